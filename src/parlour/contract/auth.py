"""Who calls: principals, the access rules of an operation, and how the pipeline asks for both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from parlour.contract.declare import AccessRule, Guid
from parlour.contract.errors import Forbidden, Unauthorized
from parlour.contract.handlers import UnitOfWork
from parlour.contract.http import Request


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
class Identified:
    """The outcome of looking at a request's credentials: who, if anybody, and headers the answer must carry.

    The headers go on a refusal too. `provider` names the kind of credentials that told: jwt, basic, credentials.
    """

    principal: Principal | None = None
    headers: Sequence[tuple[str, str]] = ()
    provider: str | None = None


class Authentication(Protocol):
    """How the pipeline finds out who calls."""

    challenge: str
    """The `WWW-Authenticate` of a 401: the first provider's."""

    admin_role: str
    """The role that passes every role check."""

    async def credentials(self, request: Request, units: UnitOfWork) -> Any:
        """Whatever the request presents, costly checks (a Basic password) done; None when it presents nothing.

        Raises Unauthorized when a password is wrong.
        """
        ...

    def identify(self, credentials: Any, tx: Any) -> Identified:
        """The caller behind `credentials`, looked up in the handler's own transaction.

        Raises TokenError for a token that was ours and is so no longer.
        """
        ...


def check_access(rules: Sequence[AccessRule], verb: str, principal: Principal | None, admin_role: str) -> None:
    """Passes when every rule for the verb does.

    Raises Unauthorized without a caller, Forbidden when one lacks a role.
    """
    for rule in rules:
        if rule.verbs and verb not in rule.verbs:
            continue
        if principal is None:
            raise Unauthorized("Not Authenticated")
        if not _allows(rule, principal.roles, admin_role):
            raise Forbidden("Invalid Role")


def _allows(rule: AccessRule, roles: frozenset[str], admin_role: str) -> bool:
    if rule.kind == "authenticated" or admin_role in roles:
        return True
    if rule.kind == "any_role":
        return any(role in roles for role in rule.roles)
    return all(role in roles for role in rule.roles)
