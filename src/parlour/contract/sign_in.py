"""Signing in and out over HTTP: the operations, their answers and cookies (contract/auth.md, 1-3 and 6).

Who the users are, and where sessions and tokens are kept, is the business of the `Accounts` behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Protocol
from urllib.parse import quote, quote_plus, urlsplit

from parlour.contract import cookies
from parlour.contract.auth import Authentication, Principal
from parlour.contract.cookies import Header, came_securely, expired_cookie, set_cookie
from parlour.contract.declare import DataMember, WireName, data_contract, namespace, returns, route
from parlour.contract.errors import (
    FRAMEWORK,
    TYPES_NAMESPACE,
    ApiError,
    FieldError,
    MethodNotAllowed,
    NotFound,
    ResponseStatus,
    Unauthorized,
)
from parlour.contract.handlers import DirectHandler, Exchange, Services, UnitOfWork
from parlour.contract.http import HttpResult, Request

CHALLENGE = 'credentials realm="/auth/credentials"'

_BY_PASSWORD = frozenset({"credentials", "login"})
_BY_REQUEST = frozenset({"", "jwt", "basic"})

# What may stand in an address as it is (RFC 3986, 2.2).
_ADDRESS_CHARACTERS = ":/?#[]@!$&'()*+,;=%"

# How long clients keep a cookie whose end the server decides.
_KEPT = timedelta(days=20 * 365)


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class AuthenticateResponse:
    """Who is signed in, and the tokens when they do not travel as cookies."""

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
    """Signs in with a user name and a password, or tells who is signed in."""

    provider: Annotated[str | None, DataMember(order=1), WireName("provider")] = None
    user_name: Annotated[str | None, DataMember(order=2)] = None
    password: Annotated[str | None, DataMember(order=3)] = field(default=None, repr=False)
    remember_me: Annotated[bool | None, DataMember(order=4)] = None
    access_token: Annotated[str | None, DataMember(order=5)] = field(default=None, repr=False)
    access_token_secret: Annotated[str | None, DataMember(order=6)] = field(default=None, repr=False)
    return_url: Annotated[str | None, DataMember(order=7)] = None
    error_view: Annotated[str | None, DataMember(order=8)] = None
    meta: Annotated[dict[str, str] | None, DataMember(order=9)] = None


@route("/auth/logout", "GET POST")
@returns(AuthenticateResponse)
@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class AuthenticateLogout:
    """Signs out: ends the session and every token that came from it."""


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class GetAccessTokenResponse:
    """A fresh access token, when it does not travel as a cookie."""

    access_token: Annotated[str | None, DataMember(order=1)] = field(default=None, repr=False)
    meta: Annotated[dict[str, str] | None, DataMember(order=2)] = None
    response_status: Annotated[ResponseStatus | None, DataMember(order=3)] = None


@route("/access-token")
@returns(GetAccessTokenResponse)
@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class GetAccessToken:
    """Exchanges a refresh token, from the request or its cookie, for a fresh access token."""

    refresh_token: Annotated[str | None, DataMember(order=1)] = field(default=None, repr=False)
    meta: Annotated[dict[str, str] | None, DataMember(order=2)] = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try to sign in. `request` is the HTTP request it came in."""

    user_name: str
    password: str = field(repr=False)
    remember_me: bool
    meta: Mapping[str, str]
    request: Request


@dataclass(frozen=True, slots=True)
class Token:
    """A token just issued, when it ends and how long that is."""

    text: str = field(repr=False)
    expires_at: datetime
    life: timedelta


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that succeeded, at an instant; `session_cookie` is the secret of the new session."""

    principal: Principal
    session_cookie: str = field(repr=False)
    access: Token
    refresh: Token
    at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """What an answer tells about a caller beside his principal."""

    session_id: str | None = None
    profile_url: str | None = None
    meta: Mapping[str, str] | None = None


class Accounts(Protocol):
    """The users of an application, their sessions and tokens."""

    async def sign_in(self, attempt: Attempt, units: UnitOfWork) -> SignedIn:
        """Begins a session. A session whose cookies the request still carries ends.

        Raises Unauthorized, with the same words whether the name or the password is wrong; TooManyRequests.
        """
        ...

    async def refresh(self, refresh_token: str, units: UnitOfWork) -> Token:
        """A fresh access token. Raises TokenError when the refresh token has expired, ApiError when it is none."""
        ...

    async def sign_out(self, request: Request, units: UnitOfWork) -> None:
        """Ends every session that the request's credentials belong to, with all its tokens."""
        ...

    def profile_of(self, principal: Principal) -> Profile: ...


def register(
    services: Services,
    accounts: Accounts,
    authentication: Authentication,
    *,
    tokens_in_cookies: bool = True,
    known_roles: Sequence[str] = (),
) -> None:
    """Adds the operations of signing in and out.

    Tokens travel in cookies or in the answer's body. `known_roles` are those the operations ask for; an
    answer names them all for a caller who passes every check.
    """
    signing_in = _SigningIn(accounts, authentication, tokens_in_cookies=tokens_in_cookies, known_roles=known_roles)
    authenticate = DirectHandler(signing_in.authenticate)
    sign_out = DirectHandler(signing_in.sign_out)
    services.add(Authenticate, service="AuthenticateService", get=authenticate, post=authenticate)
    services.add(AuthenticateLogout, service="AuthenticateService", get=sign_out, post=sign_out)
    services.add(GetAccessToken, service="GetAccessTokenService", any=DirectHandler(signing_in.refresh))


class _SigningIn:
    def __init__(
        self,
        accounts: Accounts,
        authentication: Authentication,
        *,
        tokens_in_cookies: bool,
        known_roles: Sequence[str],
    ) -> None:
        self._accounts = accounts
        self._authentication = authentication
        self._tokens_in_cookies = tokens_in_cookies
        self._known_roles = known_roles

    async def authenticate(self, request: Authenticate, exchange: Exchange) -> AuthenticateResponse | HttpResult:
        """Signs in by password, or tells who is signed in when the request names neither user nor such a provider."""
        provider = (request.provider or "").lower()
        if provider == "logout":
            return await self.sign_out(AuthenticateLogout(), exchange)
        if provider not in _BY_PASSWORD and provider not in _BY_REQUEST:
            raise NotFound(f"No configuration was added for OAuth provider '{request.provider}'")
        if provider not in _BY_PASSWORD and (provider or not request.user_name):
            return await self._current(exchange)
        # A password in an address ends in logs and histories.
        if exchange.http.method != "POST":
            raise MethodNotAllowed(
                "GET Authenticate requests are disabled, to enable set "
                "AuthFeature.AllowGetAuthenticateRequests = req => true",
                code="NotSupportedException",
                headers=[("Allow", "POST")],
            )
        return await self._by_password(request, exchange)

    async def sign_out(self, request: AuthenticateLogout, exchange: Exchange) -> HttpResult:
        """Succeeds always: whoever asks for it is signed out afterwards."""
        return_to = _return_to(exchange)
        await self._accounts.sign_out(exchange.http, exchange.units)
        names = (
            cookies.TEMPORARY_SESSION,
            cookies.PERMANENT_SESSION,
            cookies.USER_ID,
            cookies.ACCESS_TOKEN,
            cookies.REFRESH_TOKEN,
        )
        headers = [expired_cookie(name, is_secure=came_securely(exchange.http)) for name in names]
        if return_to is not None:
            return _redirect(return_to, headers)
        return HttpResult(body=AuthenticateResponse(), headers=headers)

    async def refresh(self, request: GetAccessToken, exchange: Exchange) -> GetAccessTokenResponse | HttpResult:
        """Answers as the refresh token came: by cookie when it came by cookie, or when tokens always do."""
        by_cookie = exchange.http.cookies.get(cookies.REFRESH_TOKEN)
        refresh_token = request.refresh_token or by_cookie
        if not refresh_token:
            raise _no_refresh_token()
        token = await self._accounts.refresh(refresh_token, exchange.units)
        if request.refresh_token and not self._tokens_in_cookies:
            return GetAccessTokenResponse(access_token=token.text)
        is_secure = came_securely(exchange.http)
        return HttpResult(body=GetAccessTokenResponse(), headers=[access_cookie(token, is_secure=is_secure)])

    async def _current(self, exchange: Exchange) -> HttpResult:
        authentication, units = self._authentication, exchange.units
        try:
            credentials = await authentication.credentials(exchange.http, units)
            identified = await units.read(lambda tx: authentication.identify(credentials, tx))
        except Unauthorized as error:
            raise Unauthorized("Not Authenticated", headers=error.headers) from error
        if identified.principal is None:
            raise Unauthorized("Not Authenticated", headers=identified.headers)
        response = self._response(identified.principal)
        response.auth_provider = identified.provider
        # Only the answer to a sign-in has lists where there is nothing to list.
        response.roles = response.roles or None
        response.permissions = None
        return HttpResult(body=response, headers=identified.headers)

    async def _by_password(self, request: Authenticate, exchange: Exchange) -> HttpResult:
        return_to = _return_to(exchange, request.return_url) if request.provider else None
        try:
            signed_in = await self._accounts.sign_in(_attempt(request, exchange.http), exchange.units)
        except ApiError as error:
            if return_to is None:
                raise
            joint = "&" if "?" in return_to else "?"
            return _redirect(f"{return_to}{joint}f={quote_plus(error.message)}", error.headers)
        response = self._response(signed_in.principal)
        headers = _session_cookies(signed_in, exchange.http, is_permanent=bool(request.remember_me))
        if self._tokens_in_cookies:
            headers += _token_cookies(signed_in, exchange.http)
        else:
            response.bearer_token = signed_in.access.text
            response.refresh_token = signed_in.refresh.text
            response.refresh_token_expiry = signed_in.refresh.expires_at
        if return_to is not None:
            return _redirect(return_to, headers)
        return HttpResult(body=response, headers=headers)

    def _response(self, principal: Principal) -> AuthenticateResponse:
        profile = self._accounts.profile_of(principal)
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
            permissions=[],
            meta=dict(profile.meta) if profile.meta else None,
        )


def access_cookie(token: Token, *, is_secure: bool) -> Header:
    """The cookie that carries an access token."""
    return set_cookie(cookies.ACCESS_TOKEN, token.text, is_secure=is_secure, lasts=(token.expires_at, token.life))


def _session_cookies(signed_in: SignedIn, request: Request, *, is_permanent: bool) -> list[Header]:
    """Clients expect both session cookies; the one that the option does not name holds an id of nothing."""
    is_secure, kept = came_securely(request), (signed_in.at + _KEPT, _KEPT)
    secret, unused = signed_in.session_cookie, cookies.new_session_id()
    temporary, permanent = (unused, secret) if is_permanent else (secret, unused)
    return [
        set_cookie(cookies.TEMPORARY_SESSION, temporary, is_secure=is_secure),
        set_cookie(cookies.PERMANENT_SESSION, permanent, is_secure=is_secure, lasts=kept),
        set_cookie(cookies.SESSION_OPTION, "perm" if is_permanent else "temp", is_secure=is_secure, lasts=kept),
        set_cookie(cookies.USER_ID, signed_in.principal.user_id, is_secure=is_secure, lasts=kept),
    ]


def _token_cookies(signed_in: SignedIn, request: Request) -> list[Header]:
    is_secure, refresh = came_securely(request), signed_in.refresh
    lasts = (refresh.expires_at, refresh.life)
    return [
        access_cookie(signed_in.access, is_secure=is_secure),
        set_cookie(cookies.REFRESH_TOKEN, refresh.text, is_secure=is_secure, lasts=lasts),
        ("X-Cookies", f"{cookies.ACCESS_TOKEN},{cookies.REFRESH_TOKEN}"),
    ]


def _attempt(request: Authenticate, http: Request) -> Attempt:
    """The attempt in a request. Raises ApiError naming the fields that are blank."""
    wrong = [
        _blank(*field_)
        for field_ in (
            ("UserName", "User Name", request.user_name),
            ("Password", "Password", request.password),
        )
        if not (field_[2] or "").strip()
    ]
    if wrong:
        reasons = "".join(f"\n -- {each.field_name}: {each.message}" for each in wrong)
        raise ApiError(f"Validation failed: {reasons}", code="ValidationException", errors=wrong)
    assert request.user_name is not None and request.password is not None
    return Attempt(
        user_name=request.user_name,
        password=request.password,
        remember_me=bool(request.remember_me),
        meta=request.meta or {},
        request=http,
    )


def _blank(name: str, shown: str, value: str | None) -> FieldError:
    meta = {"PropertyName": shown} | ({} if value is None else {"PropertyValue": value})
    return FieldError(name, f"'{shown}' must not be empty.", "NotEmpty", meta)


def _no_refresh_token() -> ApiError:
    code, message = "ArgumentNullException", "Value cannot be null."
    return ApiError(
        f"{message} (Parameter 'refreshToken')",
        code=code,
        errors=[FieldError("refreshToken", message, code)],
    )


def _return_to(exchange: Exchange, return_url: str | None = None) -> str | None:
    """Where a browser goes after its form, when the request says so and the format is HTML.

    Raises ApiError for an address on another host, which would let a link here lead a trusting user there.
    """
    if exchange.format_name != "html":
        return None
    query = {name.lower(): value for name, value in exchange.http.query_values}
    if "noredirect" in query:
        return None
    wanted = query.get("continue") or return_url or query.get("redirect")
    if wanted:
        if not _is_here(wanted, exchange.http):
            raise ApiError("External Redirects are not permitted", code="ArgumentException")
        return wanted
    referrer = exchange.http.header("referer")
    return referrer if referrer and _is_here(referrer, exchange.http) else None


def _is_here(address: str, request: Request) -> bool:
    # Browsers read a backslash as a slash, and drop control characters before they look.
    if "\\" in address or not address.isprintable():
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if not parts.scheme and not parts.netloc:
        return address.startswith("/") and not address.startswith("//")
    return parts.scheme in ("http", "https") and parts.netloc == request.header("host")


def _redirect(address: str, headers: Sequence[Header]) -> HttpResult:
    location = quote(address, safe=_ADDRESS_CHARACTERS)
    return HttpResult(status=302, headers=[*headers, ("Location", location)], content_type="text/html")
