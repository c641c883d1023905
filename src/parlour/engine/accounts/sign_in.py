"""Signing in and out over HTTP: the operations, their answers and cookies (docs/wire/authentication.md#signing-in).

`Sessions` knows the users, their sessions and tokens.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from parlour.engine.accounts import token_exchange
from parlour.engine.accounts.credentials import LONGEST_NAME, LONGEST_PASSWORD, client_of, presented
from parlour.engine.accounts.issuing import Issuing, session_option
from parlour.engine.accounts.redirects import redirect, return_address
from parlour.engine.accounts.sessions import Attempt, Sessions
from parlour.engine.dto.declare import (
    DataMember,
    OnlyInBody,
    Secret,
    WireName,
    data_contract,
    hidden,
    namespace,
    returns,
    route,
)
from parlour.engine.dto.errors import (
    FRAMEWORK,
    HIDDEN,
    TYPES_NAMESPACE,
    AnotherUser,
    ApiError,
    FieldError,
    MethodNotAllowed,
    NotFound,
    ResponseStatus,
    TooManyRequests,
    Unauthorized,
)
from parlour.engine.http import cookies
from parlour.engine.http.cookies import came_securely, expired_cookie
from parlour.engine.http.login import signed_out_address
from parlour.engine.http.messages import HttpResult, Request
from parlour.engine.http.origins import ForeignPage
from parlour.engine.rules.rules import MaximumBytes, MaximumLength
from parlour.engine.serving.handlers import DirectHandler, Exchange, Services
from parlour.engine.serving.principals import Authentication, Principal, identified

_BY_PASSWORD = frozenset({"credentials", "login"})
_BY_REQUEST = frozenset({"", "jwt", "basic", "apikey"})

_FORGOTTEN = (
    cookies.TEMPORARY_SESSION,
    cookies.PERMANENT_SESSION,
    cookies.USER_ID,
    cookies.ACCESS_TOKEN,
    cookies.REFRESH_TOKEN,
)
"""The cookies that signing out takes back."""


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class AuthenticateResponse:
    """The signed-in user, and the tokens unless they are in cookies."""

    user_id: Annotated[str | None, DataMember(order=1)] = None
    session_id: Annotated[str | None, DataMember(order=2)] = None
    user_name: Annotated[str | None, DataMember(order=3)] = None
    display_name: Annotated[str | None, DataMember(order=4)] = None
    referrer_url: Annotated[str | None, DataMember(order=5)] = None
    bearer_token: Annotated[str | None, DataMember(order=6)] = None
    refresh_token: Annotated[str | None, DataMember(order=7)] = None
    refresh_token_expiry: Annotated[datetime | None, DataMember(order=8)] = None
    profile_url: Annotated[str | None, DataMember(order=9)] = None
    roles: Annotated[list[str] | None, DataMember(order=10)] = None
    permissions: Annotated[list[str] | None, DataMember(order=11)] = None
    auth_provider: Annotated[str | None, DataMember(order=12)] = None
    response_status: Annotated[ResponseStatus | None, DataMember(order=13)] = None
    meta: Annotated[dict[str, str] | None, DataMember(order=14)] = None


@route("/auth", "GET POST")
@route("/auth/{provider}", "GET POST")
@route("/authenticate", "GET POST")
@route("/authenticate/{provider}", "GET POST")
@returns(AuthenticateResponse)
@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class Authenticate:
    """Signs in with a user name and a password, or returns the signed-in user."""

    provider: Annotated[str | None, DataMember(order=1), WireName("provider"), MaximumLength(LONGEST_NAME)] = None
    user_name: Annotated[str | None, DataMember(order=2), OnlyInBody(), MaximumLength(LONGEST_NAME)] = None
    password: Annotated[str | None, DataMember(order=3), Secret(), MaximumBytes(LONGEST_PASSWORD)] = field(
        default=None, repr=False
    )
    remember_me: Annotated[bool | None, DataMember(order=4)] = None
    access_token: Annotated[str | None, DataMember(order=5), Secret()] = field(default=None, repr=False)
    access_token_secret: Annotated[str | None, DataMember(order=6), Secret()] = field(default=None, repr=False)
    return_url: Annotated[str | None, DataMember(order=7)] = None
    error_view: Annotated[str | None, DataMember(order=8)] = None
    meta: Annotated[dict[str, str] | None, DataMember(order=9)] = None


@hidden
@route("/auth/logout", "GET POST")
@returns(AuthenticateResponse)
@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class AuthenticateLogout:
    """Signs out: ends the session and all its tokens."""


def register(
    services: Services,
    sessions: Sessions[Any],
    authentication: Authentication,
    *,
    tokens_in_cookies: bool = True,
    known_roles: Sequence[str] = (),
) -> None:
    """Adds the operations that sign in and out, and those that exchange tokens.

    Tokens are sent in cookies or in the body. `known_roles` are the roles that operations require. Answers list all of
    them for a caller who passes every check.
    """
    issuing = Issuing(tokens_in_cookies=tokens_in_cookies)
    signing_in = _SigningIn(sessions, authentication, issuing, known_roles)
    authenticate = DirectHandler(signing_in.authenticate, is_costly=True)
    sign_out = DirectHandler(signing_in.sign_out)
    services.add(Authenticate, service="AuthenticateService", get=authenticate, post=authenticate)
    services.add(AuthenticateLogout, service="AuthenticateService", get=sign_out, post=sign_out)
    token_exchange.register(services, sessions, authentication, issuing)


class _SigningIn:
    def __init__(
        self, sessions: Sessions[Any], authentication: Authentication, issuing: Issuing, known_roles: Sequence[str]
    ) -> None:
        self._sessions = sessions
        self._authentication = authentication
        self._issuing = issuing
        self._known_roles = known_roles

    async def authenticate(self, request: Authenticate, exchange: Exchange) -> HttpResult:
        """Signs in by password. Returns the signed-in user if the request names neither a user nor such a provider."""
        provider = (request.provider or "").lower()
        if provider == "logout":
            return await self.sign_out(AuthenticateLogout(), exchange)
        if provider not in _BY_PASSWORD and provider not in _BY_REQUEST:
            raise NotFound(f"No configuration was added for OAuth provider '{request.provider}'")
        if provider not in _BY_PASSWORD and (provider or request.user_name is None):
            return await self._current(exchange)
        # A password in an address is stored in logs and histories.
        if exchange.http.method != "POST":
            raise MethodNotAllowed(
                "GET Authenticate requests are disabled, to enable set "
                "AuthFeature.AllowGetAuthenticateRequests = req => true",
                code="NotSupportedException",
                headers=[("Allow", "POST")],
            )
        return await self._by_password(request, exchange)

    async def sign_out(self, request: AuthenticateLogout, exchange: Exchange) -> HttpResult:
        """Signs the caller out, signed in or not.

        Raises ForeignPage if a page of another site asks, AnotherUser if another user is signed in than the expected.
        """
        if exchange.is_foreign:
            raise ForeignPage
        if exchange.http.method == "HEAD":
            # HEAD changes nothing.
            return HttpResult(body=AuthenticateResponse())
        login_path = self._authentication.login_path
        otherwise = None if login_path is None else signed_out_address(exchange.http, login_path)
        return_to = return_address(exchange, otherwise=otherwise)
        shown = presented(exchange.http)
        if shown is not None and shown.expected_user is not None:
            with suppress(Unauthorized):
                await identified(self._authentication, exchange.http, exchange.units)
        await self._sessions.sign_out(shown, exchange.units)
        is_secure = came_securely(exchange.http)
        headers = [expired_cookie(name, is_secure=is_secure) for name in _FORGOTTEN]
        if return_to is not None:
            return redirect(return_to, headers)
        return HttpResult(body=AuthenticateResponse(), headers=headers)

    async def _current(self, exchange: Exchange) -> HttpResult:
        try:
            caller = await identified(self._authentication, exchange.http, exchange.units)
        except (TooManyRequests, AnotherUser):
            raise
        except ApiError as error:
            raise Unauthorized("Not Authenticated", headers=error.headers) from error
        if caller.principal is None:
            raise Unauthorized("Not Authenticated", headers=caller.headers)
        response = self._response(caller.principal)
        response.auth_provider = caller.provider
        headers = list(caller.headers)
        if caller.provider == "basic":
            # A client that sends a password with every request needs no session, and would get a new one each time.
            response.user_name = caller.shown_name
        else:
            # Only the answer to a sign-in has empty lists.
            response.roles = response.roles or None
            response.permissions = response.permissions or None
        return HttpResult(body=response, headers=headers)

    async def _by_password(self, request: Authenticate, exchange: Exchange) -> HttpResult:
        if exchange.is_foreign:
            # The page would sign in as a user of its own choice, and learn what the person then writes.
            raise ForeignPage
        http = exchange.http
        option = session_option(http, is_permanent=bool(request.remember_me))
        return_to = None
        try:
            return_to = return_address(exchange, request.return_url) if request.provider else None
            signed_in = await self._sessions.sign_in(_attempt(request, http), exchange.units)
        except ApiError as error:
            if return_to is None:
                raise ApiError.like(error, [option]) from error
            return redirect(return_to, [option, *error.headers], failure=error.message)
        response = self._response(signed_in.principal)
        # The name as it was sent, which may be an e-mail address.
        response.user_name = request.user_name
        headers = self._issuing.session(signed_in, http, is_permanent=bool(request.remember_me))
        headers += self._issuing.tokens(signed_in, response, http)
        if return_to is not None:
            return redirect(return_to, headers)
        return HttpResult(body=response, headers=headers)

    def _response(self, principal: Principal) -> AuthenticateResponse:
        profile = self._sessions.profile_of(principal)
        roles = sorted(principal.roles)
        if self._authentication.admin_role in principal.roles:
            roles += [role for role in self._known_roles if role not in principal.roles]
        return AuthenticateResponse(
            user_id=principal.user_id,
            session_id=profile.session_id,
            user_name=principal.user_name,
            display_name=principal.display_name,
            profile_url=profile.profile_url,
            roles=roles,
            permissions=sorted(principal.permissions),
            meta=dict(profile.meta) if profile.meta else None,
        )


def _attempt(request: Authenticate, http: Request) -> Attempt:
    """The attempt in a request. Raises ApiError naming the fields that are blank."""
    user_name, password = request.user_name or "", request.password or ""
    wrong = []
    if not user_name.strip():
        wrong.append(_blank("UserName", "User Name", request.user_name))
    if not password.strip():
        wrong.append(_blank("Password", "Password", request.password and HIDDEN))
    if wrong:
        reasons = "".join(f"\n -- {each.field_name}: {each.message}" for each in wrong)
        raise ApiError(f"Validation failed: {reasons}", code="ValidationException", errors=wrong)
    return Attempt(
        user_name=user_name,
        password=password,
        remember_me=bool(request.remember_me),
        meta=request.meta or {},
        client=client_of(http),
        shown=presented(http),
    )


def _blank(name: str, shown: str, value: str | None) -> FieldError:
    meta = {"PropertyName": shown, "PropertyValue": value}
    return FieldError(name, f"'{shown}' must not be empty.", "NotEmpty", meta)
