"""Web Push: the browsers in which a person is told of messages."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.errors import Conflict, FieldError
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.push import (
    DeletePushSubscription,
    DeletePushSubscriptionResponse,
    GetPushKey,
    GetPushKeyResponse,
    GetPushSubscriptions,
    GetPushSubscriptionsResponse,
    PushSubscription,
    PushSubscriptionResponse,
    SavePushSubscription,
    SendTestPush,
)
from parlour.services import access, field_errors
from parlour.services.caller import Caller
from parlour.services.reasons import Reason, because
from parlour.services.throttles import Throttle, throttle
from parlour.store import push
from parlour.store.database import Transaction
from parlour.store.push import Subscription

# More than anybody uses. Browsers that lost their subscription leave the old one behind.
MOST_SUBSCRIPTIONS = 20

# Tests of one person. More than it takes to set up a few browsers; each posts to an address of the person's choice.
TEST_LIMIT, TEST_WINDOW = 20, timedelta(minutes=10)

# The addresses of the known services have at most 800 characters. PostgreSQL has them in an index.
LONGEST_ENDPOINT = 2000
LONGEST_DEVICE_NAME = 100

# RFC 8291, 3.2.
AUTH_BYTES = 16

_PRINTABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class PushPolicy:
    """The server's public key, or None if Web Push is off. `allows_http` is for a service in a private network."""

    public_key: str | None = None
    allows_http: bool = False
    throttle: Throttle = throttle

    def check_is_on(self) -> None:
        """Raises Conflict if Web Push is off."""
        if self.public_key is None:
            message = "Web Push is off: the server has no address for its operator, the setting push_subject."
            raise Conflict(message, meta=because(Reason.PUSH_IS_OFF))


def register(services: Services, policy: PushPolicy) -> None:
    """Registers the operations of this area."""

    def get_key(request: GetPushKey, tx: Transaction, caller: Caller) -> GetPushKeyResponse:
        return GetPushKeyResponse(public_key=policy.public_key)

    def save(request: SavePushSubscription, tx: Transaction, caller: Caller) -> PushSubscriptionResponse:
        policy.check_is_on()
        return save_subscription(request, tx, caller, allows_http=policy.allows_http)

    def test(request: SendTestPush, tx: Transaction, caller: Caller) -> PushSubscriptionResponse:
        policy.check_is_on()
        return send_test(request, tx, caller, throttle=policy.throttle)

    services.add(GetPushKey, service="PushService", get=Handler(get_key, writes=False))
    services.add(GetPushSubscriptions, service="PushService", get=Handler(get_subscriptions, writes=False))
    services.add(SavePushSubscription, service="PushService", put=Handler(save))
    services.add(DeletePushSubscription, service="PushService", delete=Handler(delete_subscription))
    services.add(SendTestPush, service="PushService", post=Handler(test))


def get_subscriptions(request: GetPushSubscriptions, tx: Transaction, caller: Caller) -> GetPushSubscriptionsResponse:
    """The caller's browsers."""
    found = push.subscriptions_of(tx, caller.agency_id, caller.user_id)
    return GetPushSubscriptionsResponse(subscriptions=[_shown(each) for each in found])


def save_subscription(
    request: SavePushSubscription, tx: Transaction, caller: Caller, *, allows_http: bool
) -> PushSubscriptionResponse:
    """Saves a browser. Whoever saves it last has it, since only they can read what it is told. Raises ValidationError.

    The browser belongs to the caller's session, and goes with it.
    """
    field_errors.raise_any(_errors(request, allows_http=allows_http))
    endpoint = request.endpoint or ""
    known = push.id_of(tx, caller.agency_id, endpoint)
    saved = Subscription(
        subscription_id=known or new_guid(),
        user_id=caller.user_id,
        endpoint=endpoint,
        p256dh=(request.p256dh or "").rstrip("="),
        auth=(request.auth or "").rstrip("="),
        device_name=request.device_name or "",
        hides_text=request.hides_text,
        saved_at=tx.now,
    )
    push.save(tx, caller.agency_id, saved, caller.session_id)
    for each in push.subscriptions_of(tx, caller.agency_id, caller.user_id)[MOST_SUBSCRIPTIONS:]:
        push.remove(tx, caller.agency_id, each.subscription_id)
    return _response(tx, caller, saved.subscription_id)


def delete_subscription(
    request: DeletePushSubscription, tx: Transaction, caller: Caller
) -> DeletePushSubscriptionResponse:
    """Removes a browser. Raises NotFound if it is not the caller's."""
    found = access.push_subscription_of(tx, caller, request.push_subscription_id)
    push.remove(tx, caller.agency_id, found.subscription_id)
    return DeletePushSubscriptionResponse()


def send_test(
    request: SendTestPush, tx: Transaction, caller: Caller, *, throttle: Throttle = throttle
) -> PushSubscriptionResponse:
    """Queues a notification for a browser.

    Raises NotFound if it is not the caller's, TooManyRequests after too many.
    """
    found = access.push_subscription_of(tx, caller, request.push_subscription_id)
    throttle(tx, f"push:test:{caller.agency_id}:{caller.user_id}", TEST_LIMIT, TEST_WINDOW)
    push.add_test(tx, caller.agency_id, found.subscription_id)
    return PushSubscriptionResponse(subscription=_shown(found))


def _response(tx: Transaction, caller: Caller, subscription_id: Guid) -> PushSubscriptionResponse:
    return PushSubscriptionResponse(subscription=_shown(access.push_subscription_of(tx, caller, subscription_id)))


def _shown(subscription: Subscription) -> PushSubscription:
    return PushSubscription(
        push_subscription_id=subscription.subscription_id,
        device_name=subscription.device_name,
        hides_text=subscription.hides_text,
        date_saved=subscription.saved_at,
        date_delivered=subscription.delivered_at,
        last_error=subscription.last_error,
    )


# What a browser gives -------------------------------------------------------------------------------------------------


def _errors(request: SavePushSubscription, *, allows_http: bool) -> Iterator[FieldError]:
    for name, value in (("Endpoint", request.endpoint), ("P256dh", request.p256dh), ("Auth", request.auth)):
        if not value:
            yield field_errors.missing(name)
    if request.endpoint and not _is_endpoint(request.endpoint, allows_http=allows_http):
        yield field_errors.unfit("Endpoint", "be an address at a push service, such as https://push.example/abc")
    if request.p256dh and not _is_public_key(request.p256dh):
        yield field_errors.unfit("P256dh", "be a point of P-256 in its long form, as base64url")
    if request.auth and len(_bytes(request.auth) or b"") != AUTH_BYTES:
        yield field_errors.unfit("Auth", f"be {AUTH_BYTES} bytes, as base64url")
    if request.device_name:
        yield from field_errors.in_name("DeviceName", request.device_name, most=LONGEST_DEVICE_NAME)


def _is_endpoint(text: str, *, allows_http: bool) -> bool:
    """Whether a text may be the address of a browser. Whether its host may be asked is decided when it is."""
    if len(text) > LONGEST_ENDPOINT or not _PRINTABLE.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.port != 0 and not parts.fragment and "@" not in parts.netloc
    except ValueError:
        return False
    return is_whole and parts.scheme in (("https", "http") if allows_http else ("https",))


def _is_public_key(text: str) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(text) or b"")
    except ValueError:
        return False
    return len(text.rstrip("=")) == _LONG_FORM


# A point has 65 bytes: the number 4 and two coordinates.
_LONG_FORM = 87


def _bytes(text: str) -> bytes | None:
    """The bytes of a text in base64url. None if it is something else."""
    plain = text.rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,200}", plain):
        return None
    try:
        return urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
    except ValueError:
        return None
