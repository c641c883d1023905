"""Finds out who calls from what a request shows, by asking `Sessions`.

The order is that of docs/wire/authentication.md#credentials.
"""

from dataclasses import dataclass
from typing import Any

from parlour.engine.accounts.attempts import log_failure
from parlour.engine.accounts.credentials import (
    LONGEST_NAME,
    LONGEST_TOKEN,
    Presented,
    client_of,
    is_password,
    presented,
)
from parlour.engine.accounts.sessions import Refreshed, Sessions, Token
from parlour.engine.dto.errors import ApiError, NotFound, TokenError, Unauthorized
from parlour.engine.http import cookies
from parlour.engine.http.cookies import Header, expired_cookie, kept_cookie, set_cookie
from parlour.engine.http.messages import Request
from parlour.engine.serving.handlers import UnitOfWork
from parlour.engine.serving.principals import ApiKey, Identified, Principal

CHALLENGE = 'credentials realm="/auth/credentials"'


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a request presents.

    `proof` is that of a Basic password found right; `refreshed` is the refresh token that counts after an exchange.
    """

    presented: Presented
    proof: Any = None
    refreshed: str | None = None


class AccountsAuthentication:
    """The pipeline's Authentication over an application's sessions."""

    def __init__(
        self,
        sessions: Sessions[Any],
        *,
        admin_role: str = "Admin",
        login_path: str | None = None,
    ) -> None:
        self._sessions = sessions
        self.admin_role = admin_role
        self.challenge = CHALLENGE
        self.login_path = login_path

    async def credentials(self, request: Request, units: UnitOfWork) -> _Shown | None:
        """What the request shows; a Basic password is checked here, where it may take its time.

        A refresh token's cookie stands in for an access token that is missing or no good. It is exchanged here, in a
        unit of work of its own: what the caller is given must last, whatever becomes of the request.
        """
        shown = presented(request)
        if shown is None:
            return None
        if shown.basic is None:
            exchanges = shown.refresh_cookie is not None and shown.basic_key is None
            return await self._exchanged(shown, request, units) if exchanges else _Shown(shown)
        user_name, password = shown.basic
        client = client_of(request)
        if len(user_name) > LONGEST_NAME or not is_password(password):
            log_failure("name or password too long", client)
            raise Unauthorized("Invalid Username or Password")
        return _Shown(shown, await self._sessions.verify(user_name, password, client, units))

    def identify(self, credentials: _Shown | None, tx: Any) -> Identified:
        """The caller. Raises TokenError for a token of no more use, NotFound for a key sent by Basic that is none."""
        if credentials is None:
            return Identified()
        shown, sessions = credentials.presented, self._sessions
        if shown.basic is not None:
            known = sessions.user_by_password(credentials.proof, tx)
            seen = user_cookie(known, is_secure=shown.is_secure)
            return Identified(known, [seen], "basic", shown_name=shown.basic[0])
        key = sessions.api_key(shown.api_key, tx) if shown.api_key else None
        if shown.basic_key is not None:
            is_key = len(shown.basic_key) <= LONGEST_TOKEN
            principal = sessions.of_user_key(shown.basic_key, tx) if is_key else None
            if principal is None:
                raise NotFound("API Key does not exist")
            return Identified(principal, (), "apikey", key)
        if credentials.refreshed is not None:
            principal = sessions.of_refresh_token(credentials.refreshed, tx)
            if principal is not None:
                return Identified(principal, (), "jwt", key)
        return self._by_token(shown, key, tx)

    def renewed(self, principal: Principal, tx: Any) -> Principal:
        return self._sessions.renewed(principal, tx)

    async def _exchanged(self, shown: Presented, request: Request, units: UnitOfWork) -> _Shown:
        """What the request shows once its refresh cookie was exchanged, where that had to be and could be."""
        assert shown.refresh_cookie is not None
        unusable = await units.read(lambda tx: self._unusable(shown, tx))
        if unusable is None:
            return _Shown(shown)
        try:
            fresh = await self._sessions.refresh(shown.refresh_cookie, units, rotates=True)
        except ApiError:
            return _Shown(shown)
        request.renew(held_cookies(fresh), [*unusable, *fresh_cookies(fresh, is_secure=shown.is_secure)])
        # Not by the access token: of those that parallel requests were given only the newest count.
        return _Shown(shown, refreshed=fresh.refresh.text if fresh.refresh else shown.refresh_cookie)

    def _unusable(self, shown: Presented, tx: Any) -> list[Header] | None:
        """The headers that take expired tokens back, when no other token or key identifies the caller; else None."""
        unusable = []
        for token in (shown.bearer, shown.token_cookie):
            try:
                if token and self._sessions.of_access_token(token, tx) is not None:
                    return None
            except TokenError:
                if token == shown.token_cookie:
                    unusable.append(expired_cookie(cookies.ACCESS_TOKEN, is_secure=shown.is_secure))
        try:
            is_key = shown.bearer is not None and self._sessions.of_user_key(shown.bearer, tx) is not None
        except ApiError:
            # One that is out of use, which the caller is to be told.
            is_key = True
        return None if is_key else unusable

    def _by_token(self, shown: Presented, key: ApiKey | None, tx: Any) -> Identified:
        sessions = self._sessions
        principal: Principal | None
        problem: TokenError | None = None
        unusable: list[Header] = []
        for token in (shown.bearer, shown.token_cookie):
            try:
                principal = sessions.of_access_token(token, tx) if token else None
            except TokenError as error:
                problem = problem or error
                if token == shown.token_cookie:
                    unusable.append(expired_cookie(cookies.ACCESS_TOKEN, is_secure=shown.is_secure))
                continue
            if principal is not None:
                return Identified(principal, (), "jwt", key)
        principal = sessions.of_user_key(shown.bearer, tx) if shown.bearer else None
        if principal is not None:
            return Identified(principal, unusable, "apikey", key)
        if shown.refresh_cookie:
            # It could not be exchanged.
            unusable.append(expired_cookie(cookies.REFRESH_TOKEN, is_secure=shown.is_secure))
        if problem is not None:
            raise TokenError(problem.message, headers=unusable)
        principal = sessions.of_session(shown.session, tx) if shown.session else None
        return Identified(principal, unusable, None if principal is None else "credentials", key)


def access_cookie(token: Token, *, is_secure: bool) -> Header:
    """The cookie that carries an access token."""
    return set_cookie(cookies.ACCESS_TOKEN, token.text, is_secure=is_secure, lasts=(token.expires_at, token.life))


def held_cookies(fresh: Refreshed) -> dict[str, str]:
    """The cookies of fresh tokens, as a client holds them."""
    renewed = {} if fresh.refresh is None else {cookies.REFRESH_TOKEN: fresh.refresh.text}
    return {cookies.ACCESS_TOKEN: fresh.access.text, **renewed}


def fresh_cookies(fresh: Refreshed, *, is_secure: bool) -> list[Header]:
    """The headers that set the cookies of fresh tokens."""
    renewed = [] if fresh.refresh is None else [refresh_cookie(fresh.refresh, is_secure=is_secure)]
    return [access_cookie(fresh.access, is_secure=is_secure), *renewed]


def refresh_cookie(token: Token, *, is_secure: bool) -> Header:
    """The cookie that carries a refresh token."""
    return set_cookie(cookies.REFRESH_TOKEN, token.text, is_secure=is_secure, lasts=(token.expires_at, token.life))


def user_cookie(principal: Principal, *, is_secure: bool) -> Header:
    """The cookie that tells scripts of the server who signed in last."""
    return kept_cookie(cookies.USER_ID, principal.user_id, is_secure=is_secure)
