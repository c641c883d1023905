"""What the engine asks of an application about its users: who shows which credential, their sessions and tokens.

`authentication.py` asks it who calls, `sign_in.py` and its neighbours let people in and out with it.
`memory_accounts.py` is one that keeps all of it in memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from parlour.engine.accounts.credentials import Client, Presented
from parlour.engine.serving.handlers import UnitOfWork
from parlour.engine.serving.principals import ApiKey, Principal


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try to sign in, from `client`. `shown` are the credentials that came along."""

    user_name: str
    password: str = field(repr=False)
    remember_me: bool
    meta: Mapping[str, str]
    client: Client
    shown: Presented | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A token just issued, when it ends and how long that is."""

    text: str = field(repr=False)
    expires_at: datetime
    life: timedelta


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that succeeded; `session_cookie` is the secret of the new session.

    `device` is the cookie by which the browser is known at the account's next sign-in, where it is given one.
    """

    principal: Principal
    session_cookie: str = field(repr=False)
    access: Token
    refresh: Token
    device: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh token was exchanged for; `refresh` takes its place, None where it stays as it is."""

    access: Token
    refresh: Token | None = None


@dataclass(frozen=True, slots=True)
class UserProfile:
    """What an answer tells about a caller beside his principal."""

    session_id: str | None = None
    profile_url: str | None = None
    meta: Mapping[str, str] | None = None


class Accounts(Protocol):
    """The users of an application, their sessions and tokens.

    What takes a `tx` runs in the transaction of whoever asks.
    """

    # -- who calls

    async def verify(self, user_name: str, password: str, client: Client, units: UnitOfWork) -> Any:
        """Proof that a password was right, for `user_by_password`.

        Raises Unauthorized, with the same words whether the name or the password is wrong; TooManyRequests.
        """
        ...

    def user_by_password(self, proof: Any, tx: Any) -> Principal:
        """Whose password it was. Raises Unauthorized when it is so no longer."""
        ...

    def of_access_token(self, token: str, tx: Any) -> Principal | None:
        """Whose token it is, None when it is none of ours. Raises TokenError for one that was and is so no longer."""
        ...

    def of_refresh_token(self, token: str, tx: Any) -> Principal | None:
        """Whose refresh token it is; None when it is not good. Nothing is exchanged."""
        ...

    def of_session(self, session_id: str, tx: Any) -> Principal | None:
        """Whose session it is; None when it is none, or has ended."""
        ...

    def of_user_key(self, key: str, tx: Any) -> Principal | None:
        """The user an API key stands for; None when it is none. Raises Forbidden when it is out of use."""
        ...

    def api_key(self, key: str, tx: Any) -> ApiKey | None:
        """What a key that belongs to no user may do; None when it is none, or out of use."""
        ...

    def renewed(self, principal: Principal, tx: Any) -> Principal:
        """The caller as the store knows him now, when a token may tell of him as he was."""
        ...

    def profile_of(self, principal: Principal) -> UserProfile: ...

    # -- in and out

    async def sign_in(self, attempt: Attempt, units: UnitOfWork) -> SignedIn:
        """Begins a session. A session whose cookies came along ends. Raises like `verify`."""
        ...

    async def start_session(
        self, principal: Principal, client: Client, shown: Presented | None, units: UnitOfWork
    ) -> SignedIn:
        """Begins a session for somebody who has just registered. A session that `shown` belongs to ends."""
        ...

    async def access_token(self, principal: Principal, units: UnitOfWork) -> Token:
        """An access token for the session that a caller is in. Raises Unauthorized when he is in none."""
        ...

    async def refresh(self, refresh_token: str, units: UnitOfWork, *, rotates: bool) -> Refreshed:
        """A fresh access token, and with `rotates` perhaps another refresh token, which then is the one that counts.

        Raises TokenError when the refresh token has expired or was ended, ApiError when it is none.
        """
        ...

    async def sign_out(self, shown: Presented | None, units: UnitOfWork) -> None:
        """Ends every session that the credentials belong to, with all its tokens."""
        ...
