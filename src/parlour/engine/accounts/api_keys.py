"""Lists and renews a user's own API keys. An application opts in to these operations.

The operations are those of docs/wire/authentication.md#api-keys.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Protocol

from parlour.engine.accounts.credentials import LONGEST_NAME
from parlour.engine.dto.declare import DataMember, data_contract, namespace, requires_authentication, returns, route
from parlour.engine.dto.errors import FRAMEWORK, TYPES_NAMESPACE, ResponseStatus
from parlour.engine.rules.rules import MaximumLength
from parlour.engine.serving.handlers import Handler, Services
from parlour.engine.serving.principals import Principal


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class UserApiKey:
    """One key, for one environment."""

    key: Annotated[str | None, DataMember(order=1)] = field(default=None, repr=False)
    key_type: Annotated[str | None, DataMember(order=2)] = None
    expiry_date: Annotated[datetime | None, DataMember(order=3)] = None
    meta: Annotated[dict[str, str] | None, DataMember(order=4)] = None


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class GetApiKeysResponse:
    results: Annotated[list[UserApiKey] | None, DataMember(order=1)] = None
    meta: Annotated[dict[str, str] | None, DataMember(order=2)] = None
    response_status: Annotated[ResponseStatus | None, DataMember(order=3)] = None


@route("/apikeys", "GET")
@route("/apikeys/{Environment}", "GET")
@requires_authentication()
@returns(GetApiKeysResponse)
@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class GetApiKeys:
    """The caller's keys that are in use, of all environments or of one."""

    environment: Annotated[str | None, DataMember(order=1), MaximumLength(LONGEST_NAME)] = None
    meta: Annotated[dict[str, str] | None, DataMember(order=2)] = None


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class RegenerateApiKeysResponse:
    results: Annotated[list[UserApiKey] | None, DataMember(order=1)] = None
    meta: Annotated[dict[str, str] | None, DataMember(order=2)] = None
    response_status: Annotated[ResponseStatus | None, DataMember(order=3)] = None


@route("/apikeys/regenerate", "POST")
@route("/apikeys/regenerate/{Environment}", "POST")
@requires_authentication()
@returns(RegenerateApiKeysResponse)
@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class RegenerateApiKeys:
    """Cancels the caller's keys, of all environments or of one, and makes as many new ones."""

    environment: Annotated[str | None, DataMember(order=1), MaximumLength(LONGEST_NAME)] = None
    meta: Annotated[dict[str, str] | None, DataMember(order=2)] = None


class KeyRing(Protocol):
    """Stores users' keys. Without `environment` the methods work on all of them."""

    def keys_of(self, principal: Principal, environment: str | None, tx: Any) -> list[UserApiKey]: ...

    def regenerate(self, principal: Principal, environment: str | None, tx: Any) -> list[UserApiKey]: ...


def register(services: Services, ring: KeyRing) -> None:
    """Adds both operations."""

    def get(request: GetApiKeys, tx: Any, caller: Principal) -> GetApiKeysResponse:
        return GetApiKeysResponse(results=ring.keys_of(caller, request.environment, tx))

    def regenerate(request: RegenerateApiKeys, tx: Any, caller: Principal) -> RegenerateApiKeysResponse:
        return RegenerateApiKeysResponse(results=ring.regenerate(caller, request.environment, tx))

    services.add(GetApiKeys, service="GetApiKeysService", get=Handler(get, writes=False))
    services.add(RegenerateApiKeys, service="RegenerateApiKeysService", post=Handler(regenerate))
