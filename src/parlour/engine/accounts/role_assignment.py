"""Lets administrators give and take roles and permissions. An application opts in to it.

The operations are those of docs/wire/authentication.md#roles.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol

from parlour.engine.accounts.credentials import LONGEST_NAME
from parlour.engine.dto.declare import DataMember, data_contract, namespace, returns, route
from parlour.engine.dto.errors import (
    FRAMEWORK,
    TYPES_NAMESPACE,
    Forbidden,
    NotFound,
    ResponseStatus,
    Unauthorized,
    missing_argument,
)
from parlour.engine.rules.rules import MaximumLength
from parlour.engine.serving.handlers import DirectHandler, Exchange, Services
from parlour.engine.serving.principals import Authentication, Principal, identified


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class AssignRolesResponse:
    """All that the user has now."""

    all_roles: Annotated[list[str] | None, DataMember(order=1)] = field(default_factory=list)
    all_permissions: Annotated[list[str] | None, DataMember(order=2)] = field(default_factory=list)
    meta: Annotated[dict[str, str] | None, DataMember(order=3)] = None
    response_status: Annotated[ResponseStatus | None, DataMember(order=4)] = None


@route("/assignroles", "POST")
@returns(AssignRolesResponse)
@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class AssignRoles:
    """Gives a user roles and permissions."""

    user_name: Annotated[str | None, DataMember(order=1), MaximumLength(LONGEST_NAME)] = None
    permissions: Annotated[list[str] | None, DataMember(order=2)] = field(default_factory=list)
    roles: Annotated[list[str] | None, DataMember(order=3)] = field(default_factory=list)
    meta: Annotated[dict[str, str] | None, DataMember(order=4)] = None


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class UnAssignRolesResponse:
    """All that the user still has."""

    all_roles: Annotated[list[str] | None, DataMember(order=1)] = field(default_factory=list)
    all_permissions: Annotated[list[str] | None, DataMember(order=2)] = None
    meta: Annotated[dict[str, str] | None, DataMember(order=3)] = None
    response_status: Annotated[ResponseStatus | None, DataMember(order=4)] = None


@route("/unassignroles", "POST")
@returns(UnAssignRolesResponse)
@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class UnAssignRoles:
    """Takes roles and permissions from a user."""

    user_name: Annotated[str | None, DataMember(order=1), MaximumLength(LONGEST_NAME)] = None
    permissions: Annotated[list[str] | None, DataMember(order=2)] = field(default_factory=list)
    roles: Annotated[list[str] | None, DataMember(order=3)] = field(default_factory=list)
    meta: Annotated[dict[str, str] | None, DataMember(order=4)] = None


@dataclass(frozen=True, slots=True)
class Held:
    """A user's roles and permissions, sorted."""

    roles: list[str]
    permissions: list[str]


class RoleBook(Protocol):
    """Stores users' roles and permissions. The methods return None for an unknown user."""

    def assign(self, user_name: str, roles: list[str], permissions: list[str], tx: Any) -> Held | None: ...

    def unassign(self, user_name: str, roles: list[str], permissions: list[str], tx: Any) -> Held | None: ...


def register(services: Services, book: RoleBook, authentication: Authentication) -> None:
    """Adds both operations."""
    assigning = _Assigning(book, authentication)
    services.add(AssignRoles, service="AssignRolesService", post=DirectHandler(assigning.assign))
    services.add(UnAssignRoles, service="UnAssignRolesService", post=DirectHandler(assigning.unassign))


@dataclass(frozen=True, slots=True)
class _Assigning:
    book: RoleBook
    authentication: Authentication

    async def assign(self, request: AssignRoles, exchange: Exchange) -> AssignRolesResponse:
        held = await self._change(self.book.assign, request, exchange)
        return AssignRolesResponse(all_roles=held.roles, all_permissions=held.permissions)

    async def unassign(self, request: UnAssignRoles, exchange: Exchange) -> UnAssignRolesResponse:
        held = await self._change(self.book.unassign, request, exchange)
        return UnAssignRolesResponse(all_roles=held.roles, all_permissions=held.permissions)

    async def _change(self, change: Any, request: AssignRoles | UnAssignRoles, exchange: Exchange) -> Held:
        """Raises Unauthorized or Forbidden unless the caller is an administrator, NotFound for an unknown user."""
        caller = (await identified(self.authentication, exchange.http, exchange.units)).principal
        if caller is None:
            raise Unauthorized("Not Authenticated")

        def work(tx: Any) -> Held:
            self._check_administrator(caller, tx)
            if not request.user_name:
                raise missing_argument("UserName")
            held: Held | None = change(request.user_name, request.roles or [], request.permissions or [], tx)
            if held is None:
                raise NotFound(request.user_name)
            return held

        return await exchange.units.write(work)

    def _check_administrator(self, caller: Principal, tx: Any) -> None:
        admin_role = self.authentication.admin_role
        if admin_role not in caller.roles and admin_role not in self.authentication.renewed(caller, tx).roles:
            raise Forbidden("Invalid Role")
