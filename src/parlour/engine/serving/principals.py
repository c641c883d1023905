"""Principals, API keys, authentication, and the check of an operation's access rules."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from parlour.engine.dto.declare import AccessRule, Guid
from parlour.engine.dto.errors import Forbidden, Unauthorized
from parlour.engine.http.messages import Request
from parlour.engine.serving.handlers import UnitOfWork

T = TypeVar("T")

API_KEY_HEADER = "x-api-key"

API_KEY_PREFIX = "ak-"
"""The prefix of API keys without a user. A bearer token with this prefix is such a key."""

ADMIN_SCOPE = "Admin"
"""The scope that includes all other scopes."""


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A signed-in caller. Applications extend it for their rules."""

    user_id: Guid
    user_name: str
    display_name: str = ""
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    claims: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key without a user. `operations` are the names of those it may call, or empty for all."""

    name: str
    scopes: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()

    def allows(self, operation: str, scope: str | None) -> bool:
        has_scope = scope is None or scope in self.scopes or ADMIN_SCOPE in self.scopes
        return has_scope and (not self.operations or operation in self.operations)


# Not frozen, since each request makes one, and a frozen one takes three times as long.
@dataclass(slots=True)
class Identified:
    """The result of identifying a request's caller: the principal, if any, and headers for the response.

    The headers are also sent with a refusal. `provider` is the kind of the credentials: jwt, basic, apikey,
    credentials. `api_key` is a key without a user, which may come with other credentials. `shown_name` is the name that
    was sent with a password.
    """

    principal: Principal | None = None
    headers: Sequence[tuple[str, str]] = ()
    provider: str | None = None
    api_key: ApiKey | None = None
    shown_name: str | None = None


class Authentication(Protocol):
    """Identifies the callers of requests."""

    challenge: str
    """The `WWW-Authenticate` header of a 401, from the first provider."""

    admin_role: str
    """The role that passes all checks of roles and permissions."""

    login_path: str | None
    """The page that browsers are redirected to instead of a 401, or None."""

    async def credentials(self, request: Request, units: UnitOfWork) -> Any:
        """The request's credentials, after costly checks such as a Basic password. None if it has none.

        Raises Unauthorized for a wrong password, ApiError for unreadable credentials.
        """
        ...

    def identify(self, credentials: Any, tx: Any) -> Identified:
        """The caller of `credentials`, looked up in the handler's own transaction.

        Raises TokenError for one of our tokens that is no longer valid, other ApiErrors for unusable keys.
        """
        ...

    def renewed(self, principal: Principal, tx: Any) -> Principal:
        """The caller with current roles from the store, since a token may be older. Called before a refusal."""
        ...


async def as_caller(
    authentication: Authentication,
    request: Request,
    units: UnitOfWork,
    run: Callable[[Callable[[Any], T]], Awaitable[T]],
    work: Callable[[Identified, Any], T],
) -> T:
    """Identifies the caller from the request's credentials, and does the work for them in the same transaction.

    `run` is the `read` or the `write` of `units`. Raises ApiError for wrong credentials.
    """
    credentials = await authentication.credentials(request, units)
    return await run(lambda tx: work(authentication.identify(credentials, tx), tx))


async def identified(authentication: Authentication, request: Request, units: UnitOfWork) -> Identified:
    """The caller of a request. Raises ApiError for wrong credentials."""
    return await as_caller(authentication, request, units, units.read, lambda caller, tx: caller)


def check_access(
    rules: Sequence[AccessRule], operation: str, caller: Identified, authentication: Authentication, tx: Any
) -> Principal | None:
    """Returns the caller, with current roles from the store if their token's were not enough.

    Raises Unauthorized without a caller or key, Forbidden if a role or permission is missing.
    """
    principal = caller.principal
    for rule in rules:
        if rule.kind == "api_key":
            if caller.api_key is None or not caller.api_key.allows(operation, rule.scope):
                raise InvalidApiKey("Invalid API Key")
            continue
        if principal is None:
            raise Unauthorized("Not Authenticated")
        if not _allows(rule, principal, authentication.admin_role):
            principal = authentication.renewed(principal, tx)
            if not _allows(rule, principal, authentication.admin_role):
                raise Forbidden("Invalid Permission" if rule.permissions else "Invalid Role")
    return principal


class InvalidApiKey(Unauthorized):
    """Raised when an operation needs an API key, and the request has no sufficient one."""


def _allows(rule: AccessRule, principal: Principal, admin_role: str) -> bool:
    if rule.kind == "authenticated" or admin_role in principal.roles:
        return True
    if rule.kind in ("any_role", "all_roles"):
        wanted, held = rule.roles, principal.roles
    else:
        wanted, held = rule.permissions, principal.permissions
    if rule.kind in ("any_role", "any_permission"):
        return not held.isdisjoint(wanted)
    return held.issuperset(wanted)
