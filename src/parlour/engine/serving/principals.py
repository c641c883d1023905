"""Who calls: principals, the access rules of an operation, and how the pipeline asks for both."""

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
"""What a key that belongs to no user begins with; a bearer token that does is one."""

ADMIN_SCOPE = "Admin"
"""The scope of an API key that has every other."""


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A signed-in caller. Applications extend it with what their rules need."""

    user_id: Guid
    user_name: str
    display_name: str = ""
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    claims: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What a key that belongs to no user may do: `operations` are the names of those it may call, all when empty."""

    name: str
    scopes: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()

    def allows(self, operation: str, scope: str | None) -> bool:
        has_scope = scope is None or scope in self.scopes or ADMIN_SCOPE in self.scopes
        return has_scope and (not self.operations or operation in self.operations)


@dataclass(frozen=True, slots=True)
class Identified:
    """The outcome of looking at a request's credentials: who, if anybody, and headers the answer must carry.

    The headers go on a refusal too. `provider` names the kind of credentials that told: jwt, basic, apikey,
    credentials. A key that is no user's is in `api_key`, whoever calls besides. `shown_name` is the name as it was
    given with a password.
    """

    principal: Principal | None = None
    headers: Sequence[tuple[str, str]] = ()
    provider: str | None = None
    api_key: ApiKey | None = None
    shown_name: str | None = None


class Authentication(Protocol):
    """How the pipeline finds out who calls."""

    challenge: str
    """The `WWW-Authenticate` of a 401: the first provider's."""

    admin_role: str
    """The role that passes every check of roles and permissions."""

    login_path: str | None
    """Where a browser is led that would be answered 401; None when there is no such page."""

    async def credentials(self, request: Request, units: UnitOfWork) -> Any:
        """Whatever the request presents, costly checks (a Basic password) done; None when it presents nothing.

        Raises Unauthorized when a password is wrong, ApiError for credentials that cannot be read.
        """
        ...

    def identify(self, credentials: Any, tx: Any) -> Identified:
        """The caller behind `credentials`, looked up in the handler's own transaction.

        Raises TokenError for a token that was ours and is so no longer, other ApiErrors for keys that are of no use.
        """
        ...

    def renewed(self, principal: Principal, tx: Any) -> Principal:
        """The caller as the store knows him now, when what he showed may be older; asked before he is refused."""
        ...


async def as_caller(
    authentication: Authentication,
    request: Request,
    units: UnitOfWork,
    run: Callable[[Callable[[Any], T]], Awaitable[T]],
    work: Callable[[Identified, Any], T],
) -> T:
    """Identifies the caller from the request's credentials, and does the work for them in the same transaction.

    `run` is the `read` or the `write` of `units`. Raises what is wrong with the credentials.
    """
    credentials = await authentication.credentials(request, units)
    return await run(lambda tx: work(authentication.identify(credentials, tx), tx))


async def identified(authentication: Authentication, request: Request, units: UnitOfWork) -> Identified:
    """The caller of a request. Raises what is wrong with the credentials."""
    return await as_caller(authentication, request, units, units.read, lambda caller, tx: caller)


def check_access(
    rules: Sequence[AccessRule], operation: str, caller: Identified, authentication: Authentication, tx: Any
) -> Principal | None:
    """The caller, as the store knows him when what he showed was too old to pass.

    Raises Unauthorized without a caller or a key, Forbidden when one lacks a role or a permission.
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
    """Raised when an operation needs an API key, and the request has none that may call it."""


def _allows(rule: AccessRule, principal: Principal, admin_role: str) -> bool:
    if rule.kind == "authenticated" or admin_role in principal.roles:
        return True
    if rule.kind in ("any_role", "all_roles"):
        wanted, held = rule.roles, principal.roles
    else:
        wanted, held = rule.permissions, principal.permissions
    if rule.kind in ("any_role", "any_permission"):
        return any(name in held for name in wanted)
    return held.issuperset(wanted)
