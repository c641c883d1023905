"""Exchanges refresh tokens and sessions for access tokens.

Source: docs/wire/authentication.md#exchanging-tokens.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any

from parlour.engine.accounts.authentication import access_cookie, fresh_cookies, held_cookies
from parlour.engine.accounts.credentials import LONGEST_TOKEN
from parlour.engine.accounts.issuing import Issuing
from parlour.engine.accounts.sessions import Sessions
from parlour.engine.dto.declare import (
    DataMember,
    Secret,
    data_contract,
    hidden,
    namespace,
    requires_authentication,
    returns,
    route,
)
from parlour.engine.dto.errors import FRAMEWORK, TYPES_NAMESPACE, ResponseStatus, Unauthorized, missing_argument
from parlour.engine.http import cookies
from parlour.engine.http.cookies import came_securely
from parlour.engine.http.messages import HttpResult
from parlour.engine.http.origins import ForeignPage
from parlour.engine.rules.rules import MaximumLength
from parlour.engine.serving.handlers import DirectHandler, Exchange, Services
from parlour.engine.serving.principals import Authentication, identified


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class GetAccessTokenResponse:
    """A new access token, unless it is in a cookie."""

    access_token: Annotated[str | None, DataMember(order=1)] = field(default=None, repr=False)
    meta: Annotated[dict[str, str] | None, DataMember(order=2)] = None
    response_status: Annotated[ResponseStatus | None, DataMember(order=3)] = None


@route("/access-token")
@returns(GetAccessTokenResponse)
@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class GetAccessToken:
    """Exchanges a refresh token, from the request or its cookie, for a new access token."""

    refresh_token: Annotated[str | None, DataMember(order=1), Secret(), MaximumLength(LONGEST_TOKEN)] = field(
        default=None, repr=False
    )
    meta: Annotated[dict[str, str] | None, DataMember(order=2)] = None


@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class ConvertSessionToTokenResponse:
    """The tokens of the session, unless they are in cookies."""

    meta: Annotated[dict[str, str] | None, DataMember(order=1)] = None
    access_token: Annotated[str | None, DataMember(order=2)] = field(default=None, repr=False)
    refresh_token: Annotated[str | None, DataMember(order=3)] = field(default=None, repr=False)
    response_status: Annotated[ResponseStatus | None, DataMember(order=4)] = None


@hidden
@route("/session-to-token")
@requires_authentication()
@returns(ConvertSessionToTokenResponse)
@namespace(FRAMEWORK)
@data_contract(TYPES_NAMESPACE)
@dataclass(slots=True, kw_only=True)
class ConvertSessionToToken:
    """Sets an access token as a cookie for the user of a session. The session continues."""

    preserve_session: Annotated[bool, DataMember(order=1)] = False
    meta: Annotated[dict[str, str] | None, DataMember(order=2)] = None


# The kinds of credentials that belong to a session.
_OPEN_SESSIONS = frozenset({"jwt", "credentials"})


def register(services: Services, sessions: Sessions[Any], authentication: Authentication, issuing: Issuing) -> None:
    """Adds both operations."""
    exchanges = _Exchanges(sessions, authentication, issuing)
    services.add(GetAccessToken, service="GetAccessTokenService", any=DirectHandler(exchanges.refresh))
    services.add(
        ConvertSessionToToken, service="ConvertSessionToTokenService", any=DirectHandler(exchanges.convert_session)
    )


class _Exchanges:
    def __init__(self, sessions: Sessions[Any], authentication: Authentication, issuing: Issuing) -> None:
        self._sessions = sessions
        self._authentication = authentication
        self._issuing = issuing

    async def refresh(self, request: GetAccessToken, exchange: Exchange) -> GetAccessTokenResponse | HttpResult:
        """Returns the new token as the refresh token came: in a cookie, or in the body unless tokens are in cookies.

        Only a refresh token from a cookie is replaced: the body of the answer has no member for it.
        """
        by_cookie = exchange.http.cookies.get(cookies.REFRESH_TOKEN)
        refresh_token = request.refresh_token or by_cookie
        if not refresh_token:
            raise missing_argument("refreshToken")
        stays_in_body = bool(request.refresh_token) and not self._issuing.tokens_in_cookies
        if exchange.is_foreign and not stays_in_body:
            # The cookie would sign the browser in as a user of the page's own choice.
            raise ForeignPage
        fresh = await self._sessions.refresh(refresh_token, exchange.units, rotates=not request.refresh_token)
        if stays_in_body:
            return GetAccessTokenResponse(access_token=fresh.access.text)
        # The next request of a batch has the cookies that a client would have now.
        exchange.http.renew(held_cookies(fresh), ())
        headers = fresh_cookies(fresh, is_secure=came_securely(exchange.http))
        return HttpResult(body=GetAccessTokenResponse(), headers=headers)

    async def convert_session(self, request: ConvertSessionToToken, exchange: Exchange) -> HttpResult:
        caller = await identified(self._authentication, exchange.http, exchange.units)
        if caller.principal is None:
            challenge = ("WWW-Authenticate", self._authentication.challenge)
            raise Unauthorized("Not Authenticated", headers=[*caller.headers, challenge])
        if caller.provider not in _OPEN_SESSIONS:
            raise Unauthorized("A password or a key with each request opens no session. Sign in first.")
        token = await self._sessions.access_token(caller.principal, exchange.units)
        response = ConvertSessionToTokenResponse()
        if not self._issuing.tokens_in_cookies:
            response.access_token = token.text
        # Always as a cookie too, because pages ask for that.
        cookie = access_cookie(token, is_secure=came_securely(exchange.http))
        return HttpResult(body=response, headers=[*caller.headers, cookie])
