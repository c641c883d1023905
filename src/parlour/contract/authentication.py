"""Finds out who calls from what a request shows, in the order of contract/auth.md, 4, by asking `Accounts`."""

from dataclasses import dataclass
from typing import Any

from parlour.contract import cookies
from parlour.contract.accounts import Accounts, Token
from parlour.contract.auth import ApiKey, Authentication, Identified, Principal
from parlour.contract.cookies import Header, expired_cookie, kept_cookie, set_cookie
from parlour.contract.credentials import LONGEST_NAME, LONGEST_TOKEN, Presented, is_password, presented
from parlour.contract.errors import NotFound, TokenError, Unauthorized
from parlour.contract.handlers import Exchange, UnitOfWork
from parlour.contract.http import Request

CHALLENGE = 'credentials realm="/auth/credentials"'


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a request presents; `proof` is that of a Basic password found right."""

    presented: Presented
    proof: Any = None


class AccountsAuthentication:
    """The pipeline's Authentication over an application's accounts."""

    def __init__(
        self,
        accounts: Accounts,
        *,
        admin_role: str = "Admin",
        challenge: str = CHALLENGE,
        login_path: str | None = None,
    ) -> None:
        self._accounts = accounts
        self.admin_role = admin_role
        self.challenge = challenge
        self.login_path = login_path

    async def credentials(self, request: Request, units: UnitOfWork) -> _Shown | None:
        """What the request shows; a Basic password is checked here, where it may take its time."""
        shown = presented(request)
        if shown is None or shown.basic is None:
            return None if shown is None else _Shown(shown)
        user_name, password = shown.basic
        if len(user_name) > LONGEST_NAME or not is_password(password):
            raise Unauthorized("Invalid Username or Password")
        return _Shown(shown, await self._accounts.verify(user_name, password, request, units))

    def identify(self, credentials: _Shown | None, tx: Any) -> Identified:
        """The caller. Raises TokenError for a token of no more use, NotFound for an API key sent by Basic that is none.

        A refresh token's cookie stands in for an access token that is missing or has expired, and brings a new one.
        """
        if credentials is None:
            return Identified()
        shown, accounts = credentials.presented, self._accounts
        if shown.basic is not None:
            known = accounts.of_password(credentials.proof, tx)
            seen = user_cookie(known, is_secure=shown.is_secure)
            return Identified(known, [seen], "basic", shown_name=shown.basic[0])
        key = accounts.api_key(shown.api_key, tx) if shown.api_key else None
        if shown.basic_key is not None:
            is_key = len(shown.basic_key) <= LONGEST_TOKEN
            principal = accounts.of_user_key(shown.basic_key, tx) if is_key else None
            if principal is None:
                raise NotFound("API Key does not exist")
            return Identified(principal, (), "apikey", key)
        return self._by_token(shown, key, tx)

    def renewed(self, principal: Principal, tx: Any) -> Principal:
        return self._accounts.renewed(principal, tx)

    def _by_token(self, shown: Presented, key: ApiKey | None, tx: Any) -> Identified:
        accounts = self._accounts
        principal: Principal | None
        problem: TokenError | None = None
        unusable: list[Header] = []
        for token in (shown.bearer, shown.token_cookie):
            try:
                principal = accounts.of_access_token(token, tx) if token else None
            except TokenError as error:
                problem = problem or error
                if token == shown.token_cookie:
                    unusable.append(expired_cookie(cookies.ACCESS_TOKEN, is_secure=shown.is_secure))
                continue
            if principal is not None:
                return Identified(principal, (), "jwt", key)
        principal = accounts.of_user_key(shown.bearer, tx) if shown.bearer else None
        if principal is not None:
            return Identified(principal, unusable, "apikey", key)
        if shown.refresh_cookie:
            refreshed = accounts.of_refresh_token(shown.refresh_cookie, tx)
            if refreshed is not None:
                principal, fresh = refreshed
                return Identified(principal, [*unusable, access_cookie(fresh, is_secure=shown.is_secure)], "jwt", key)
            unusable.append(expired_cookie(cookies.REFRESH_TOKEN, is_secure=shown.is_secure))
        if problem is not None:
            raise TokenError(problem.message, headers=unusable)
        principal = accounts.of_session(shown.session, tx) if shown.session else None
        return Identified(principal, unusable, None if principal is None else "credentials", key)


async def caller_of(authentication: Authentication, exchange: Exchange) -> Identified:
    """Who calls an operation that looks for itself. Raises what is wrong with the credentials."""
    credentials = await authentication.credentials(exchange.http, exchange.units)
    return await exchange.units.read(lambda tx: authentication.identify(credentials, tx))


def access_cookie(token: Token, *, is_secure: bool) -> Header:
    """The cookie that carries an access token."""
    return set_cookie(cookies.ACCESS_TOKEN, token.text, is_secure=is_secure, lasts=(token.expires_at, token.life))


def user_cookie(principal: Principal, *, is_secure: bool) -> Header:
    """The cookie that tells scripts of the server who signed in last."""
    return kept_cookie(cookies.USER_ID, principal.user_id, is_secure=is_secure)
