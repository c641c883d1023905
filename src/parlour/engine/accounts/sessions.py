"""Sessions: who calls, signing in and out, and the tokens of a session. All policy about them is here.

A session is one sign-in. It has a cookie, access tokens and a refresh token. All are random, and the store has only
their hashes. They are looked up on every request. So a revoked role, a disabled user or an ended session counts from
the next request on. Tokens can have the lifetimes that clients expect.

`authentication.py` asks `Sessions` who calls; `sign_in.py` and its neighbours let people in and out with it. A
`SessionStore` keeps the users and sessions.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import uuid4

from parlour.engine.accounts.attempts import Attempts, log_failure
from parlour.engine.accounts.credentials import LONGEST_NAME, Client, Presented, is_password
from parlour.engine.accounts.jwt import JwtSigner
from parlour.engine.accounts.password_cache import PasswordCache, Verified
from parlour.engine.accounts.session_store import P, PasswordHashes, SecretRecord, SessionStore, UserRecord
from parlour.engine.accounts.tokens import access_token, refresh_token, secret_hash, session_named_in, successor_secret
from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import ApiError, TokenError, TooManyRequests, Unauthorized
from parlour.engine.http import cookies
from parlour.engine.serving.handlers import UnitOfWork
from parlour.engine.serving.principals import ApiKey, Principal

# Only the newest access tokens of a session are valid. A page and an application that work in parallel need no more.
# Each exchange creates one, and a client may exchange as often as it likes.
LIVE_TOKENS = 5

# Replaced refresh tokens are kept, so that the session ends when one of them comes back. Older ones than these are
# recognised by the session that they name.
REPLACED_TOKENS = 20

# During this time a replaced refresh token still gives its replacement: a browser sends several requests at once.
REPLACED_GRACE = timedelta(seconds=10)

# Only the newest sessions of a user are kept. Nobody has so many devices, and a program that signs in with every call
# cannot fill the disk.
USER_SESSIONS = 100

# During this time an expired token is reported as expired, and clients then refresh it.
KEPT_AFTER_EXPIRY = timedelta(days=7)

# Each new session deletes some that have been over for longer: more than it adds, but few enough to be quick.
FORGOTTEN_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long sessions and tokens are valid. The defaults are the recorded ones of the framework.

    With `tokens_end_with_session` tokens expire with the session's cookie, and end when the browser signs in again.
    Without, they stay valid for their own lifetimes, as in hosts of the framework. Signing out always ends them.
    """

    access_token: timedelta = timedelta(days=14)
    refresh_token: timedelta = timedelta(days=365)
    session: timedelta = timedelta(days=14)
    remembered_session: timedelta = timedelta(days=28)
    tokens_end_with_session: bool = True


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
    """A new token, when it expires and how long that is."""

    text: str = field(repr=False)
    expires_at: datetime
    life: timedelta


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A successful sign-in. `session_cookie` is the secret of the new session.

    `device` is the cookie that identifies the browser at the account's next sign-in, or None.
    """

    principal: Principal
    session_cookie: str = field(repr=False)
    access: Token
    refresh: Token
    device: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The result of exchanging a refresh token. `refresh` replaces it; None if it stays valid."""

    access: Token
    refresh: Token | None = None


@dataclass(frozen=True, slots=True)
class UserProfile:
    """The caller's data that answers show besides the principal."""

    session_id: str | None = None
    profile_url: str | None = None
    meta: Mapping[str, str] | None = None


T = TypeVar("T")


class Sessions(ABC, Generic[P]):
    """The sessions of an application's users.

    An application decides how its people become principals and profiles. `signer` gives tokens the form that clients
    expect; its key opens nothing. `attempts` limits guessing. With `rotates`, a refresh cookie is replaced at each
    use. Methods with a `tx` run in their caller's transaction.
    """

    def __init__(
        self,
        store: SessionStore[P],
        passwords: PasswordHashes,
        signer: JwtSigner,
        attempts: Attempts,
        *,
        lifetimes: Lifetimes | None = None,
        rotates: bool = True,
    ) -> None:
        self._store = store
        self._rotates = rotates
        self._passwords = passwords
        self._signer = signer
        self._lifetimes = lifetimes or Lifetimes()
        self._password_cache = PasswordCache(store.name_key)
        self.attempts = attempts

    # -- what an application says of its people

    @abstractmethod
    def principal_of(self, person: P, session_id: Guid | None, good_until: datetime | None) -> Principal:
        """The caller that a person is. `good_until` is when the secret expires; None for a password."""

    @abstractmethod
    def profile_of(self, principal: Principal) -> UserProfile:
        """The caller's data that answers show besides the principal."""

    def tenant_in(self, meta: Mapping[str, str]) -> Guid | None:
        """The tenant that the `Meta` of a sign-in names. With None the store chooses."""
        return None

    def foreign_token(self, token: str, tx: Any) -> SecretRecord[P] | None:
        """An unknown token, if the application accepts tokens that others made."""
        return None

    def end_foreign_token(self, token: str, tx: Any) -> None:
        """Stops accepting a token that others made."""

    def of_user_key(self, key: str, tx: Any) -> Principal | None:
        """The user that an API key belongs to. None for an unknown key. Raises Forbidden if it is not valid."""
        return None

    def api_key(self, key: str, tx: Any) -> ApiKey | None:
        """The rights of an API key without a user. None for an unknown key."""
        return None

    def renewed(self, principal: Principal, tx: Any) -> Principal:
        """The caller with their current roles. All look-ups return these, except for foreign tokens."""
        return principal

    def session_ended(self, tx: Any, session_id: Guid) -> None:
        """Called in the transaction that ends a session. The application may register what follows the commit."""

    # -- who calls

    async def verify(self, user_name: str, password: str, client: Client, units: UnitOfWork) -> Verified:
        """Checks a password and returns a proof for `user_by_password`. Parallel requests share one check.

        Raises Unauthorized with the same words for a wrong name and a wrong password, and TooManyRequests.
        """
        key = self._password_cache.key(user_name, password)
        verified = self._password_cache.get(key)
        if verified is not None:
            return verified
        async with self._password_cache.one_at_a_time(key, client):
            verified = self._password_cache.get(key)
            if verified is None:
                verified = await self._verify(user_name, password, client, units)
                forgive = partial(self.attempts.forgive, user_name=user_name, user_id=verified.user_id, client=client)
                await units.write(forgive)
                self._password_cache.put(key, verified)
        return verified

    def user_by_password(self, proof: Verified, tx: Any) -> Principal:
        """The user whose password it was. Raises Unauthorized if it has changed since, or the user is disabled."""
        person = self._store.person_of_user(tx, proof.user_id)
        if person is None or person.password_hash != proof.password_hash:
            raise _wrong_password()
        if person.is_disabled:
            raise _locked()
        return self.principal_of(person, None, None)

    def of_access_token(self, token: str, tx: Any) -> Principal | None:
        """The user of a token, by one query. None for an unknown token. Raises TokenError if it has expired."""
        found = self._token(token, tx)
        if found is None or found.kind != "access" or found.person.is_disabled:
            return None
        if found.expires_at <= self._store.now(tx):
            raise TokenError("Token has expired")
        return self._caller(found)

    def of_refresh_token(self, token: str, tx: Any) -> Principal | None:
        """The user of a refresh token. None if it is not valid. Nothing is exchanged.

        A token that was replaced a moment ago is still valid, because a parallel request may have replaced it.
        """
        found = self._token(token, tx)
        if found is None or found.kind != "refresh" or not self._is_good(found, tx) or self._was_replaced(found, tx):
            return None
        return self._caller(found)

    def of_session(self, session_cookie: str, tx: Any) -> Principal | None:
        """The user of a session. None if it is unknown or has ended."""
        found = self._store.person_of_secret(tx, secret_hash(session_cookie))
        return self._caller(found) if found and found.kind == "cookie" and self._is_good(found, tx) else None

    # -- in and out

    async def sign_in(self, attempt: Attempt, units: UnitOfWork) -> SignedIn:
        """Starts a session. A session whose cookies came with the request ends. Raises like `verify`."""
        user_name, client = attempt.user_name, attempt.client
        verified = await self._verify(user_name, attempt.password, client, units)
        new_hash: str | None = None
        if self._passwords.is_outdated(verified.password_hash):
            new_hash = await units.run_slow(partial(self._passwords.hash_password, attempt.password))

        def begin(tx: Any) -> SignedIn:
            self.attempts.forgive(tx, user_name, verified.user_id, client)
            person = self._person_signing_in(tx, verified, attempt)
            if new_hash is not None:
                self._store.set_password_hash(tx, verified.user_id, new_hash)
            return self._begin(tx, person, client, attempt.shown, remember_me=attempt.remember_me)

        return await self._write(begin, units)

    async def start_session(
        self, principal: Principal, client: Client, shown: Presented | None, units: UnitOfWork
    ) -> SignedIn:
        """Starts a session for somebody who has just registered. A session whose cookies came with the request ends."""

        def begin(tx: Any) -> SignedIn:
            person = self._store.person_of_user(tx, principal.user_id)
            if person is None or person.is_disabled:
                raise _locked()
            return self._begin(tx, person, client, shown, remember_me=False)

        return await self._write(begin, units)

    async def access_token(self, principal: Principal, units: UnitOfWork) -> Token:
        """A new access token for the caller's session. Raises Unauthorized if the caller has none."""
        session_id = self.profile_of(principal).session_id

        def issue(tx: Any) -> Token:
            session = self._store.get_session(tx, Guid(session_id)) if session_id else None
            if session is None or not session_id:
                raise Unauthorized("Not Authenticated")
            if session.person.is_disabled:
                raise _locked()
            now = self._store.now(tx)
            return self._issue_access_token(tx, session.person, Guid(session_id), now, session.expires_at)

        return await units.write(issue)

    async def refresh(self, refresh_token: str, units: UnitOfWork, *, rotates: bool) -> Refreshed:
        """A new access token, and with `rotates` a new refresh token, which replaces this one.

        Raises TokenError if the refresh token has expired or was ended, ApiError if it is unknown.
        """
        refreshed = await self._write(partial(self._refresh, refresh_token, rotates), units)
        if refreshed is None:
            raise TokenError("Token has been invalidated")
        return refreshed

    async def sign_out(self, shown: Presented | None, units: UnitOfWork) -> None:
        """Ends every session that the credentials belong to, with all its tokens."""
        secrets = shown.secrets if shown else []
        if secrets:
            await self._write(lambda tx: self._end_sessions(tx, secrets), units)

    # -- passwords

    async def _verify(self, user_name: str, password: str, client: Client, units: UnitOfWork) -> Verified:
        """The user, if the password is right. An unknown name takes as long as a wrong password, and looks the same.

        The try is counted before the check, so that many parallel tries are counted too.
        """
        if len(user_name) > LONGEST_NAME or not is_password(password):
            raise _wrong_password()

        def begin(tx: Any) -> UserRecord | None:
            user = self._store.user_of(tx, user_name)
            self.attempts.count(tx, user_name, user.user_id if user else None, client)
            return user

        try:
            user = await units.write(begin)
        except TooManyRequests:
            log_failure("too many tries", client)
            raise
        password_hash = user.password_hash if user else None
        if not await units.run_slow(partial(self._passwords.verify_password, password_hash, password)):
            log_failure("wrong password" if user else "no such account", client, user.shown_name if user else "")
            raise _wrong_password()
        assert user is not None and password_hash is not None
        if user.is_disabled:
            # They are refused later, where the password is used. The log needs the address, which is known here.
            log_failure("account locked", client, user.shown_name)
        return Verified(Guid(user.user_id), password_hash)

    def _person_signing_in(self, tx: Any, verified: Verified, attempt: Attempt) -> P:
        """The user in the tenant that the sign-in names, or in the one they joined first."""
        user = self._store.get_user(tx, verified.user_id)
        if user is None or user.password_hash != verified.password_hash:
            raise _wrong_password()
        if user.is_disabled:
            raise _locked()
        person = self._store.person_of_user(tx, verified.user_id, self.tenant_in(attempt.meta))
        if person is None:
            log_failure("not of that agency", attempt.client, user.shown_name)
            raise Unauthorized("This account does not belong to the agency", code="AuthenticationException")
        return person

    # -- sessions

    async def _write(self, work: Callable[[Any], T], units: UnitOfWork) -> T:
        """Runs work that may end sessions."""
        return await units.write(work)

    def _begin(self, tx: Any, person: P, client: Client, shown: Presented | None, *, remember_me: bool) -> SignedIn:
        store, now = self._store, self._store.now(tx)
        if shown is not None:
            self._end_replaced_session(tx, shown)
        for session_id in store.end_older_sessions(tx, Guid(person.user_id), kept=USER_SESSIONS - 1):
            self.session_ended(tx, session_id)
        store.forget_expired_sessions(tx, now - KEPT_AFTER_EXPIRY, FORGOTTEN_AT_ONCE)
        session_cookie = cookies.new_session_id()
        lifetimes = self._lifetimes
        ends_at = cookie_ends_at = now + (lifetimes.remembered_session if remember_me else lifetimes.session)
        if not lifetimes.tokens_end_with_session:
            ends_at = max(cookie_ends_at, now + lifetimes.refresh_token)
        session_id = store.add_session(tx, person, ends_at)
        store.add_secret(tx, session_id, "cookie", secret_hash(session_cookie), cookie_ends_at)
        return SignedIn(
            principal=self.principal_of(person, session_id, None),
            session_cookie=session_cookie,
            access=self._issue_access_token(tx, person, session_id, now, ends_at),
            refresh=self._issue_refresh_token(tx, person, session_id, now, ends_at),
            device=self.attempts.device_cookie(client, person.user_id),
        )

    def _end_replaced_session(self, tx: Any, shown: Presented) -> None:
        """Ends the session of the browser's old cookies, which will be replaced."""
        if self._lifetimes.tokens_end_with_session:
            self._end_sessions(tx, shown.cookies)
            return
        found = self._store.person_of_secret(tx, secret_hash(shown.session)) if shown.session else None
        if found is None or found.kind != "cookie" or found.session_id is None:
            return
        self._store.forget_older_secrets(tx, found.session_id, "cookie", kept=0)
        self.session_ended(tx, found.session_id)

    def _end_sessions(self, tx: Any, secrets: Iterable[str]) -> None:
        """Ends the sessions that secrets belong to."""
        for secret in secrets:
            session_id = self._store.end_session_of(tx, secret_hash(secret))
            if session_id is None:
                self.end_foreign_token(secret, tx)
            else:
                self.session_ended(tx, session_id)

    # -- tokens

    def _token(self, token: str, tx: Any) -> SecretRecord[P] | None:
        return self._store.person_of_secret(tx, secret_hash(token)) or self.foreign_token(token, tx)

    def _caller(self, found: SecretRecord[P]) -> Principal:
        return self.principal_of(found.person, found.session_id, found.expires_at)

    def _is_good(self, found: SecretRecord[P], tx: Any) -> bool:
        return not found.person.is_disabled and found.expires_at > self._store.now(tx)

    def _was_replaced(self, found: SecretRecord[P], tx: Any) -> bool:
        """Whether a refresh token was replaced longer ago than parallel requests take."""
        return found.replaced_at is not None and found.replaced_at + REPLACED_GRACE < self._store.now(tx)

    def _refresh(self, token: str, rotates: bool, tx: Any) -> Refreshed | None:
        """New tokens. None if the session was ended because the token had been replaced before."""
        now = self._store.now(tx)
        found = self._store.person_of_secret(tx, secret_hash(token))
        if found is None:
            forgotten = session_named_in(self._signer, token, now)
            if forgotten is not None and self._store.get_session(tx, forgotten) is not None:
                # The token is so old that the store has deleted it.
                self._end_misused_session(tx, forgotten)
                return None
            found = self.foreign_token(token, tx)
        if found is None or found.kind != "refresh":
            raise ApiError("Token is invalid", code="ArgumentException")
        if found.expires_at <= now:
            raise TokenError("Token has expired")
        if found.person.is_disabled:
            raise _locked()
        session_id = found.session_id
        if session_id is not None and self._was_replaced(found, tx):
            # Two people have it, and one of them stole it.
            self._end_misused_session(tx, session_id)
            return None
        # Tokens that others made are not replaced.
        refresh = None
        if rotates and self._rotates and session_id is not None:
            refresh = self._next_refresh_token(tx, token, found)
        access = self._issue_access_token(tx, found.person, session_id, now, found.session_ends_at)
        return Refreshed(access, refresh)

    def _end_misused_session(self, tx: Any, session_id: Guid) -> None:
        self._store.end_session(tx, session_id)
        self.session_ended(tx, session_id)

    def _next_refresh_token(self, tx: Any, token: str, found: SecretRecord[P]) -> Token:
        """The token that replaces `token`, or replaced it a moment ago. Parallel requests get the same one."""
        store, expires_at = self._store, found.expires_at
        assert found.session_id is not None
        is_first = found.replaced_at is None and store.replace_secret(tx, secret_hash(token), uuid4().hex)
        text = self._successor(tx, token)
        if is_first:
            store.forget_older_secrets(tx, found.session_id, "refresh", kept=REPLACED_TOKENS)
            store.add_secret(tx, found.session_id, "refresh", secret_hash(text), expires_at)
        else:
            # Its replacement may have been used by now, too.
            while (later := store.person_of_secret(tx, secret_hash(text))) and later.replaced_at is not None:
                text = self._successor(tx, text)
        return Token(text, expires_at, expires_at - store.now(tx))

    def _successor(self, tx: Any, token: str) -> str:
        """Makes the token that replaced this one again."""
        found = self._store.person_of_secret(tx, secret_hash(token))
        assert found is not None and found.replaced_at is not None
        assert found.session_id is not None and found.successor_seed is not None
        return refresh_token(
            self._signer,
            user_id=found.person.user_id,
            session_id=found.session_id,
            issued=found.replaced_at,
            expires=found.expires_at,
            secret=successor_secret(token, found.successor_seed),
        )

    def _issue_access_token(
        self, tx: Any, person: P, session_id: Guid | None, now: datetime, ends_at: datetime
    ) -> Token:
        store = self._store
        expires_at = min(now + self._lifetimes.access_token, ends_at)
        principal = self.principal_of(person, session_id, expires_at)
        text = access_token(self._signer, person, principal, session_id, issued=now, expires=expires_at)
        if session_id is not None:
            store.forget_expired_secrets(tx, session_id, now - KEPT_AFTER_EXPIRY)
            store.forget_older_secrets(tx, session_id, "access", kept=LIVE_TOKENS - 1)
            store.add_secret(tx, session_id, "access", secret_hash(text), expires_at)
        return Token(text, expires_at, expires_at - now)

    def _issue_refresh_token(self, tx: Any, person: P, session_id: Guid, now: datetime, ends_at: datetime) -> Token:
        expires_at = min(now + self._lifetimes.refresh_token, ends_at)
        text = refresh_token(
            self._signer, user_id=person.user_id, session_id=session_id, issued=now, expires=expires_at
        )
        self._store.add_secret(tx, session_id, "refresh", secret_hash(text), expires_at)
        return Token(text, expires_at, expires_at - now)


def _wrong_password() -> Unauthorized:
    return Unauthorized("Invalid Username or Password")


def _locked() -> Unauthorized:
    return Unauthorized("This account has been locked", code="AuthenticationException")
