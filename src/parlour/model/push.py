"""Web Push: the browsers in which a person is told of messages, also while none of their programs is open.

A program asks for the server's key, subscribes at its browser with that, and saves the subscription here. It saves it
at each start, since browsers lose subscriptions at times.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from parlour.engine.dto.declare import (
    EMPTY_GUID,
    MIN_DATETIME,
    ApiMember,
    Guid,
    namespace,
    requires_authentication,
    returns,
    route,
    tag,
)
from parlour.engine.dto.errors import ResponseStatus
from parlour.model.invitations import PARLOUR


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class PushSubscription:
    """A browser of the caller that is told of messages. Its address and keys are secrets, and never returned."""

    push_subscription_id: Annotated[Guid, ApiMember("The subscription.")] = EMPTY_GUID
    device_name: Annotated[str | None, ApiMember("The name that the browser was saved with.")] = None
    hides_text: Annotated[bool, ApiMember("Whether a notification has nothing but the chat's name.")] = False
    date_saved: Annotated[datetime, ApiMember("When it was last saved.")] = MIN_DATETIME
    date_delivered: Annotated[
        datetime | None, ApiMember("When its push service last took a notification, or null.")
    ] = None
    last_error: Annotated[str | None, ApiMember("Why the last notification did not go out, or null.")] = None


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class PushSubscriptionResponse:
    """A subscription."""

    subscription: Annotated[PushSubscription | None, ApiMember("The subscription.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetPushKeyResponse:
    """The key of the server."""

    public_key: Annotated[
        str | None, ApiMember("The `applicationServerKey` as base64url. Null if the server has Web Push off.")
    ] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Push/Key", "GET")
@tag("Push")
@requires_authentication()
@returns(GetPushKeyResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetPushKey:
    """Returns the key with which a browser subscribes. A subscription with another key is of no use any more."""


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetPushSubscriptionsResponse:
    """The browsers of the caller."""

    subscriptions: Annotated[list[PushSubscription], ApiMember("The subscriptions, the last saved first.")] = field(
        default_factory=list
    )
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Push/Subscriptions", "GET")
@tag("Push")
@requires_authentication()
@returns(GetPushSubscriptionsResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetPushSubscriptions:
    """Returns the caller's browsers that are told of messages."""


@route("/v1/Push/Subscriptions", "PUT")
@tag("Push")
@requires_authentication()
@returns(PushSubscriptionResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SavePushSubscription:
    """Saves the subscription of a browser, which is the caller's from then on. Saving it again changes it.

    It ends with the caller's session. A person has at most 20, and the one that was saved longest ago gives way.
    """

    endpoint: Annotated[str | None, ApiMember("The address at the push service: `endpoint`.")] = None
    p256dh: Annotated[str | None, ApiMember("The browser's public key as base64url: `keys.p256dh`.")] = None
    auth: Annotated[str | None, ApiMember("The browser's secret as base64url: `keys.auth`.")] = None
    hides_text: Annotated[bool, ApiMember("Whether a notification has nothing but the chat's name.")] = False
    device_name: Annotated[
        str | None, ApiMember("A name by which the person knows the browser, such as `Firefox on Linux`.")
    ] = None


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class DeletePushSubscriptionResponse:
    """The subscription is gone."""

    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Push/Subscriptions/{PushSubscriptionId}", "DELETE")
@tag("Push")
@requires_authentication()
@returns(DeletePushSubscriptionResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class DeletePushSubscription:
    """Removes a browser, which is told nothing any more."""

    push_subscription_id: Annotated[Guid, ApiMember("The subscription.")] = EMPTY_GUID


@route("/v1/Push/Subscriptions/{PushSubscriptionId}/Test", "POST")
@tag("Push")
@requires_authentication()
@returns(PushSubscriptionResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SendTestPush:
    """Sends a notification to one of the caller's browsers, to see whether it arrives.

    It leaves within seconds. `DateDelivered` or `LastError` of GetPushSubscriptions then say what became of it. After
    20 of them in ten minutes the person has to wait.
    """

    push_subscription_id: Annotated[Guid, ApiMember("The subscription.")] = EMPTY_GUID
