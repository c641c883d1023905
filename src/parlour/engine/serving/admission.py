"""Identifies callers and checks their access: credentials, access rules, and new session cookies."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from parlour.engine.dto.declare import AccessRule
from parlour.engine.dto.errors import AnotherUser, ApiError, Unauthorized
from parlour.engine.dto.metadata import Operation
from parlour.engine.http.cookies import Header, new_session_cookies
from parlour.engine.http.messages import Request
from parlour.engine.serving.handlers import AnyHandler, UnitOfWork
from parlour.engine.serving.principals import Authentication, Identified, InvalidApiKey, Principal, check_access

_NOBODY = Identified()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The handler and access rules for one verb of an operation. `needs_caller`: anonymous callers are refused.

    `is_closed_outside`: all its access rules are those of the request's class, so they are checked before the service.
    """

    verb: str
    operation: Operation
    handler: AnyHandler
    rules: tuple[AccessRule, ...]
    needs_caller: bool
    is_closed_outside: bool


def endpoint_of(verb: str, operation: Operation, handler: AnyHandler) -> Endpoint:
    """The endpoint for `verb`, with the operation's access rules for it."""
    rules = tuple(rule for rule in operation.access if not rule.verbs or verb in rule.verbs)
    needs_caller = bool(rules) or any(rule.needs_caller for rule in operation.rules)
    is_closed_outside = needs_caller and not any(rule.verbs for rule in rules)
    return Endpoint(verb, operation, handler, rules, needs_caller, is_closed_outside)


class Refused(ApiError):
    """Raised in place of an error that kept the request from its service.

    Such a failure has the shape that all operations share. A later one has that of its operation.
    """


@dataclass(slots=True, kw_only=True)
class Admitted:
    """One request on its way to an endpoint.

    `new_session_cookies` are those that the request lacked. `headers` are sent with the answer, and with a failure.
    """

    endpoint: Endpoint
    credentials: Any = None
    new_session_cookies: Sequence[Header] = ()
    headers: Sequence[Header] = ()


class Admission:
    """Identifies callers and checks that they may call.

    With `gives_sessions` callers without session cookies get new ones.
    """

    def __init__(self, authentication: Authentication | None, units: UnitOfWork, *, gives_sessions: bool) -> None:
        self._authentication = authentication
        self._units = units
        self._gives_sessions = gives_sessions

    def new_session_cookies(self, request: Request) -> Sequence[Header]:
        """The session cookies that a request lacks."""
        return new_session_cookies(request) if self._gives_sessions else ()

    async def ask(self, admitted: Admitted, request: Request) -> None:
        """Takes the credentials of the request.

        Raises Refused or another ApiError if a caller is needed and the credentials are wrong. A caller who is refused
        before the service gets no cookies.
        """
        authentication, endpoint = self._authentication, admitted.endpoint
        admitted.new_session_cookies = self.new_session_cookies(request)
        if authentication is None:
            return
        admitted.headers = () if endpoint.is_closed_outside else admitted.new_session_cookies
        if endpoint.needs_caller:
            try:
                admitted.credentials = await authentication.credentials(request, self._units)
            except ApiError as error:
                if endpoint.is_closed_outside:
                    raise Refused.like(error) from error
                raise
        # An operation for everybody ignores wrong credentials, and does not spend time on checking a password.
        elif (request.header("authorization") or "")[:6].lower() != "basic ":
            with suppress(ApiError):
                admitted.credentials = await authentication.credentials(request, self._units)

    def admit(self, admitted: Admitted, dto: Any, tx: Any) -> Principal | None:
        """The caller, after checking that they may call. Raises Refused if they may not.

        It may be called again for the same request, in another transaction.
        """
        authentication, endpoint = self._authentication, admitted.endpoint
        caller = _NOBODY
        if authentication is not None and admitted.credentials is not None:
            try:
                caller = authentication.identify(admitted.credentials, tx)
            except ApiError as error:
                if endpoint.is_closed_outside:
                    raise Refused.like(error) from error
                if endpoint.needs_caller or isinstance(error, AnotherUser):
                    raise
        admitted.headers = [*admitted.new_session_cookies, *caller.headers]
        principal = caller.principal
        if not endpoint.needs_caller and not endpoint.operation.rules:
            return principal
        try:
            if authentication is not None:
                principal = check_access(endpoint.rules, endpoint.operation.name, caller, authentication, tx)
            self._check_request(endpoint.operation, dto, principal)
        except ApiError as error:
            raise Refused.like(error, self._challenge(error)) from error
        return principal

    def _check_request(self, operation: Operation, dto: Any, principal: Principal | None) -> None:
        """Raises the refusal of the first broken rule for the request as a whole."""
        admin_role = "" if self._authentication is None else self._authentication.admin_role
        for rule in operation.rules:
            refusal = rule.refusal(dto, principal, admin_role)
            if refusal is not None:
                raise refusal

    def _challenge(self, error: ApiError) -> Sequence[Header]:
        """The header that says how to sign in, if that would help the caller."""
        if self._authentication is None or not isinstance(error, Unauthorized) or isinstance(error, InvalidApiKey):
            return ()
        return (("WWW-Authenticate", self._authentication.challenge),)
