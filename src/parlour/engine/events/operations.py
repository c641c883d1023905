"""The operations with which clients see and change subscriptions. Pages and references do not show them."""

from dataclasses import dataclass
from typing import Annotated

from parlour.engine.dto.declare import DataMember, data_contract, default_format, hidden, namespace, returns, route
from parlour.engine.dto.errors import FRAMEWORK, TYPES_NAMESPACE, ResponseStatus


@route("/event-subscribers")
@returns(list[dict[str, str]])
@hidden
@default_format("json")
@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class GetEventSubscribers:
    """Lists the subscribers of some channels, or of all."""

    channels: Annotated[list[str] | None, DataMember(order=1)] = None


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class UpdateEventSubscriberResponse:
    """An empty response when the channels were changed."""

    response_status: Annotated[ResponseStatus | None, DataMember(order=1)] = None


@route("/event-subscribers/{Id}")
@returns(UpdateEventSubscriberResponse)
@hidden
@default_format("json")
@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class UpdateEventSubscriber:
    """Leaves channels, then joins others."""

    id: Annotated[str | None, DataMember(order=1)] = None
    subscribe_channels: Annotated[list[str] | None, DataMember(order=2)] = None
    unsubscribe_channels: Annotated[list[str] | None, DataMember(order=3)] = None


@route("/event-unregister")
@returns(dict[str, str])
@hidden
@default_format("json")
@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class UnRegisterEventSubscriber:
    """Ends a stream."""

    id: Annotated[str | None, DataMember(order=1)] = None
