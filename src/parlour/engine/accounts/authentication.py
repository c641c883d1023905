"""Identifies the caller from the request's credentials, by asking `Sessions`.

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
from parlour.engine.dto.errors import AnotherUser, ApiError, NotFound, TokenError, Unauthorized
from parlour.engine.http import cookies
from parlour.engine.http.cookies import Header, expired_cookie, kept_cookie, set_cookie
from parlour.engine.http.messages import Request
from parlour.engine.serving.handlers import UnitOfWork
from parlour.engine.serving.principals import ApiKey, Identified, Principal

CHALLENGE = 'credentials realm="/auth/credentials"'


# Not frozen, since each request makes one, and a frozen one takes three times as long.
@dataclass(slots=True)
class _Shown:
    """The credentials of a request.

    `proof` says that a Basic password was right. `refreshed` is the valid refresh token after an exchange.
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
        """Returns the request's credentials. A Basic password is checked here, outside the transaction of the handler.

        The cookie of a refresh token replaces an access token that is missing or not valid. It is exchanged here, in
        its own unit of work, because the new tokens must last even if the request fails.
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
        """The caller.

        Raises TokenError for a token that has ended, NotFound for an unknown key sent by Basic, AnotherUser if the
        request is meant for another user.
        """
        if credentials is None:
            return Identified()
        caller = self._identified(credentials, tx)
        expected = credentials.presented.expected_user
        if expected is not None and caller.principal is not None and caller.principal.user_id != expected:
            raise AnotherUser
        return caller

    def _identified(self, credentials: _Shown, tx: Any) -> Identified:
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
        """The request's credentials, after exchanging its refresh cookie if that is needed and possible."""
        assert shown.refresh_cookie is not None
        unusable = await units.read(lambda tx: self._unusable(shown, tx))
        if unusable is None:
            return _Shown(shown)
        try:
            fresh = await self._sessions.refresh(shown.refresh_cookie, units, rotates=True)
        except ApiError:
            return _Shown(shown)
        request.renew(held_cookies(fresh), [*unusable, *fresh_cookies(fresh, is_secure=shown.is_secure)])
        # Not by the access token: parallel requests may have got several, and only the newest are valid.
        return _Shown(shown, refreshed=fresh.refresh.text if fresh.refresh else shown.refresh_cookie)

    def _unusable(self, shown: Presented, tx: Any) -> list[Header] | None:
        """The headers that delete expired tokens. None if another token or key identifies the caller."""
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
            # The key is not valid any more, and the caller should learn that.
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
            # The exchange failed.
            unusable.append(expired_cookie(cookies.REFRESH_TOKEN, is_secure=shown.is_secure))
        if problem is not None:
            raise TokenError(problem.message, headers=unusable)
        principal = sessions.of_session(shown.session, tx) if shown.session else None
        return Identified(principal, unusable, None if principal is None else "credentials", key)


def access_cookie(token: Token, *, is_secure: bool) -> Header:
    """The cookie that carries an access token."""
    return set_cookie(cookies.ACCESS_TOKEN, token.text, is_secure=is_secure, lasts=(token.expires_at, token.life))


def held_cookies(fresh: Refreshed) -> dict[str, str]:
    """The cookies of new tokens, as a client keeps them."""
    renewed = {} if fresh.refresh is None else {cookies.REFRESH_TOKEN: fresh.refresh.text}
    return {cookies.ACCESS_TOKEN: fresh.access.text, **renewed}


def fresh_cookies(fresh: Refreshed, *, is_secure: bool) -> list[Header]:
    """The headers that set the cookies of new tokens."""
    renewed = [] if fresh.refresh is None else [refresh_cookie(fresh.refresh, is_secure=is_secure)]
    return [access_cookie(fresh.access, is_secure=is_secure), *renewed]


def refresh_cookie(token: Token, *, is_secure: bool) -> Header:
    """The cookie that carries a refresh token."""
    return set_cookie(cookies.REFRESH_TOKEN, token.text, is_secure=is_secure, lasts=(token.expires_at, token.life))


def user_cookie(principal: Principal, *, is_secure: bool) -> Header:
    """The cookie with the id of the user who signed in last."""
    return kept_cookie(cookies.USER_ID, principal.user_id, is_secure=is_secure)
