"""The rules a request class can carry as a whole, which tell a caller what he lacks (contract/errors.md, 5).

They stand beside the access marks of `declare.py`, which say no more than that something is lacking, and are looked
at after those: `@validate_request(HasRole("Agent"))`. The first that is broken is told alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from parlour.contract.auth import Principal
from parlour.contract.errors import ApiError, Forbidden, Unauthorized


class InvalidRequest(ApiError):
    """Raised when a request breaks a condition of its own as a whole, not one of its members."""

    code = "InvalidRequest"


class RequestRule:
    """A rule for a request. `needs_caller` says that nobody passes it without being signed in."""

    needs_caller: bool = True

    def refusal(self, request: Any, caller: Principal | None, admin_role: str) -> ApiError | None:
        """What a caller is told who does not pass; None for one who does."""
        if caller is None:
            return Unauthorized("Not Authenticated")
        lacking = None if admin_role in caller.roles else self.lacking(caller, admin_role)
        return Forbidden(lacking) if lacking else None

    def lacking(self, caller: Principal, admin_role: str) -> str | None:
        """What a caller lacks who is no administrator, as he is told; None when nothing."""
        return None


class IsAuthenticated(RequestRule):
    """Any signed-in caller."""


class IsAdmin(RequestRule):
    def lacking(self, caller: Principal, admin_role: str) -> str | None:
        return f"{admin_role} Role Required"


class HasRole(RequestRule):
    """All of the roles."""

    def __init__(self, *roles: str) -> None:
        self.roles = roles

    def lacking(self, caller: Principal, admin_role: str) -> str | None:
        return None if caller.roles.issuperset(self.roles) else _required("Role", self.roles)


class HasAnyRole(HasRole):
    """One of the roles."""

    def lacking(self, caller: Principal, admin_role: str) -> str | None:
        return None if caller.roles.intersection(self.roles) else f"Any of {', '.join(self.roles)} Roles Required"


class HasPermission(RequestRule):
    """All of the permissions."""

    def __init__(self, *permissions: str) -> None:
        self.permissions = permissions

    def lacking(self, caller: Principal, admin_role: str) -> str | None:
        return None if caller.permissions.issuperset(self.permissions) else _required("Permission", self.permissions)


@dataclass(frozen=True)
class HasClaim(RequestRule):
    """A claim of the caller's token: `HasClaim("department", "sales")`."""

    claim: str
    value: str

    def lacking(self, caller: Principal, admin_role: str) -> str | None:
        held = (self.claim, self.value) in caller.claims
        return None if held else f"{self.claim} Claim with '{self.value}' is Required"


@dataclass(frozen=True)
class HasScope(RequestRule):
    scope: str

    def lacking(self, caller: Principal, admin_role: str) -> str | None:
        return None if ("scope", self.scope) in caller.claims else f"'{self.scope}' scope is Required"


@dataclass(frozen=True)
class Condition(RequestRule):
    """Whatever a function of the request says."""

    predicate: Callable[[Any], bool]

    needs_caller = False

    def refusal(self, request: Any, caller: Principal | None, admin_role: str) -> ApiError | None:
        if self.predicate(request):
            return None
        name = type(request).__name__
        return InvalidRequest(f"The specified condition was not met for '{name}'.")


def _required(what: str, names: tuple[str, ...]) -> str:
    return f"{', '.join(names)} {what}{'' if len(names) == 1 else 's'} Required"
