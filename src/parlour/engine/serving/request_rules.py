"""The rules for a whole request class, whose errors say what the caller lacks.

Their messages are those of docs/wire/validation.md#rules-of-requests.

They are checked after the access marks of `declare.py`, whose errors give no detail:
`@validate_request(HasRole("Agent"))`. Only the first broken rule is reported.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from parlour.engine.dto.errors import ApiError, Forbidden, Unauthorized
from parlour.engine.serving.principals import Principal


class InvalidRequest(ApiError):
    """Raised when a whole request breaks a condition, instead of a single member."""

    code = "InvalidRequest"


class RequestRule:
    """A rule for a request. With `needs_caller` it refuses anonymous callers."""

    needs_caller: bool = True

    def refusal(self, request: Any, caller: Principal | None, admin_role: str) -> ApiError | None:
        """The error for a caller who does not pass, or None. Administrators always pass."""
        if caller is None:
            return Unauthorized("Not Authenticated")
        passes = admin_role in caller.roles or self.is_met_by(caller)
        return None if passes else Forbidden(self.requirement(admin_role))

    def is_met_by(self, caller: Principal) -> bool:
        """Whether a caller who is not an administrator passes."""
        return True

    def requirement(self, admin_role: str) -> str:
        """The requirement, for pages and errors."""
        raise NotImplementedError


class IsAuthenticated(RequestRule):
    """Requires a signed-in caller."""

    def requirement(self, admin_role: str) -> str:
        return "Authentication Required"


class IsAdmin(RequestRule):
    def is_met_by(self, caller: Principal) -> bool:
        return False

    def requirement(self, admin_role: str) -> str:
        return f"{admin_role} Role Required"


class HasRole(RequestRule):
    """Requires all of the roles."""

    def __init__(self, *roles: str) -> None:
        self.roles = roles

    def is_met_by(self, caller: Principal) -> bool:
        return caller.roles.issuperset(self.roles)

    def requirement(self, admin_role: str) -> str:
        return _required("Role", self.roles)


class HasAnyRole(HasRole):
    """Requires one of the roles."""

    def is_met_by(self, caller: Principal) -> bool:
        return not caller.roles.isdisjoint(self.roles)

    def requirement(self, admin_role: str) -> str:
        return f"Any of {', '.join(self.roles)} Roles Required"


class HasPermission(RequestRule):
    """Requires all of the permissions."""

    def __init__(self, *permissions: str) -> None:
        self.permissions = permissions

    def is_met_by(self, caller: Principal) -> bool:
        return caller.permissions.issuperset(self.permissions)

    def requirement(self, admin_role: str) -> str:
        return _required("Permission", self.permissions)


@dataclass(frozen=True)
class HasClaim(RequestRule):
    """Requires a claim of the caller's token: `HasClaim("department", "sales")`."""

    claim: str
    value: str

    def is_met_by(self, caller: Principal) -> bool:
        return (self.claim, self.value) in caller.claims

    def requirement(self, admin_role: str) -> str:
        return f"{self.claim} Claim with '{self.value}' is Required"


@dataclass(frozen=True)
class HasScope(RequestRule):
    scope: str

    def is_met_by(self, caller: Principal) -> bool:
        return ("scope", self.scope) in caller.claims

    def requirement(self, admin_role: str) -> str:
        return f"'{self.scope}' scope is Required"


@dataclass(frozen=True)
class Condition(RequestRule):
    """Requires that a function accepts the request. `description` is for pages."""

    predicate: Callable[[Any], bool]
    description: str = "A condition on the request as a whole"

    needs_caller = False

    def refusal(self, request: Any, caller: Principal | None, admin_role: str) -> ApiError | None:
        if self.predicate(request):
            return None
        name = type(request).__name__
        return InvalidRequest(f"The specified condition was not met for '{name}'")

    def requirement(self, admin_role: str) -> str:
        return self.description


def _required(what: str, names: tuple[str, ...]) -> str:
    return f"{', '.join(names)} {what}{'' if len(names) == 1 else 's'} Required"
