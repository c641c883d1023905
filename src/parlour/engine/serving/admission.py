"""Who comes to an operation, and whether he may: credentials, access rules, and the cookies a visitor is given."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from parlour.engine.dto.declare import AccessRule
from parlour.engine.dto.errors import ApiError, Unauthorized
from parlour.engine.dto.metadata import Operation
from parlour.engine.http.cookies import Header, new_session_cookies
from parlour.engine.http.messages import Request
from parlour.engine.serving.handlers import AnyHandler, UnitOfWork
from parlour.engine.serving.principals import Authentication, Identified, InvalidApiKey, Principal, check_access

_NOBODY = Identified()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What answers one verb of an operation. `needs_caller`: only for those who show who they are.

    `is_closed_outside` says that all its rules are the request's class's, and so stand before the service.
    """

    verb: str
    operation: Operation
    handler: AnyHandler
    rules: tuple[AccessRule, ...]
    needs_caller: bool
    is_closed_outside: bool


def endpoint_of(verb: str, operation: Operation, handler: AnyHandler) -> Endpoint:
    """What answers `verb`, under those rules of the operation that are about it."""
    rules = tuple(rule for rule in operation.access if not rule.verbs or verb in rule.verbs)
    needs_caller = bool(rules) or any(rule.needs_caller for rule in operation.rules)
    is_closed_outside = needs_caller and not any(rule.verbs for rule in rules)
    return Endpoint(verb, operation, handler, rules, needs_caller, is_closed_outside)


@dataclass(slots=True, kw_only=True)
class Admitted:
    """One request on its way to an endpoint.

    `new_session_cookies` are those that the request lacked. `headers` go on the answer, also on a failure.
    `has_own_failure_shape` says that a failure now has the operation's own shape, not the shared one.
    """

    endpoint: Endpoint
    credentials: Any = None
    new_session_cookies: Sequence[Header] = ()
    headers: Sequence[Header] = ()
    has_own_failure_shape: bool = False


class Admission:
    """Lets visits in. With `gives_sessions` who has no session cookies gets some, for what he may yet begin."""

    def __init__(self, authentication: Authentication | None, units: UnitOfWork, *, gives_sessions: bool) -> None:
        self._authentication = authentication
        self._units = units
        self._gives_sessions = gives_sessions

    def new_session_cookies(self, request: Request) -> Sequence[Header]:
        """The session cookies that a visitor lacks."""
        return new_session_cookies(request) if self._gives_sessions else ()

    async def ask(self, admitted: Admitted, request: Request) -> None:
        """Takes the credentials that the request shows. Raises what is wrong with them where they are needed.

        A failure before the service is told as operations share it, to a visitor who was given nothing yet.
        """
        authentication, endpoint = self._authentication, admitted.endpoint
        admitted.new_session_cookies = self.new_session_cookies(request)
        if authentication is None:
            return
        admitted.has_own_failure_shape = not endpoint.is_closed_outside
        admitted.headers = () if endpoint.is_closed_outside else admitted.new_session_cookies
        if endpoint.needs_caller:
            admitted.credentials = await authentication.credentials(request, self._units)
        # An operation for everybody ignores credentials that are wrong, and does not pay for a password's check.
        elif (request.header("authorization") or "")[:6].lower() != "basic ":
            with suppress(ApiError):
                admitted.credentials = await authentication.credentials(request, self._units)

    def admit(self, admitted: Admitted, dto: Any, tx: Any) -> Principal | None:
        """The caller, who may call. Raises Unauthorized or Forbidden when he may not.

        May be called again for the same visit, in another transaction.
        """
        authentication, endpoint = self._authentication, admitted.endpoint
        caller = _NOBODY
        if authentication is not None and admitted.credentials is not None:
            admitted.has_own_failure_shape = not endpoint.is_closed_outside
            try:
                caller = authentication.identify(admitted.credentials, tx)
            except ApiError:
                if endpoint.needs_caller:
                    raise
        admitted.headers = [*admitted.new_session_cookies, *caller.headers]
        principal = caller.principal
        if not endpoint.needs_caller and not endpoint.operation.rules:
            return principal
        admitted.has_own_failure_shape = False
        try:
            if authentication is not None:
                principal = check_access(endpoint.rules, endpoint.operation.name, caller, authentication, tx)
            self._check_request(endpoint.operation, dto, principal)
        except Unauthorized as error:
            if authentication is not None and not isinstance(error, InvalidApiKey):
                error.headers = (*error.headers, ("WWW-Authenticate", authentication.challenge))
            raise
        return principal

    def _check_request(self, operation: Operation, dto: Any, principal: Principal | None) -> None:
        """Raises what the first broken rule of the request as a whole tells."""
        admin_role = "" if self._authentication is None else self._authentication.admin_role
        for rule in operation.rules:
            refusal = rule.refusal(dto, principal, admin_role)
            if refusal is not None:
                raise refusal
