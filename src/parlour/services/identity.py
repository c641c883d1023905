"""Parlour's users: who calls, signing in and out, sessions and their tokens.

A session is one sign-in, of a user to one agency. It has a cookie, access tokens and a refresh token; all are
random, known to the database by their hashes, and looked up on every request: a role taken away, a user
disabled or a session ended counts from the next request on, so tokens may live as long as clients expect.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from uuid import UUID, uuid4

from parlour.engine.accounts import sign_in
from parlour.engine.accounts.accounts import Attempt, Refreshed, SignedIn, Token, UserProfile
from parlour.engine.accounts.attempts import TRIES_WINDOW, log_failure
from parlour.engine.accounts.authentication import AccountsAuthentication
from parlour.engine.accounts.credentials import LONGEST_NAME, Client, Presented, is_password
from parlour.engine.accounts.devices import Devices
from parlour.engine.accounts.jwt import JwtSigner
from parlour.engine.dto.declare import EMPTY_GUID, Guid
from parlour.engine.dto.errors import ApiError, TokenError, TooManyRequests, Unauthorized
from parlour.engine.http import cookies
from parlour.engine.serving.handlers import Services, UnitOfWork
from parlour.engine.serving.principals import Principal
from parlour.services.caller import ADMINISTRATOR, AGENT, Caller
from parlour.services.guessing import ACCOUNT_TRIES, NETWORK_TRIES, Guesses
from parlour.services.password_cache import PasswordCache, Verified
from parlour.services.passwords import hash_password, is_outdated, verify_password
from parlour.services.throttles import Throttle, throttle
from parlour.services.tokens import access_token, refresh_token, session_named_in, successor_secret, token_hash
from parlour.store import identity as store
from parlour.store import roles
from parlour.store.database import Row, Transaction
from parlour.store.times import microseconds, to_datetime

__all__ = ["ACCOUNT_TRIES", "NETWORK_TRIES", "TRIES_WINDOW", "Identity", "Lifetimes", "register"]

# What the operations ask for (docs/wire/authentication.md#who-is-signed-in: an administrator is told all of these).
ROLES_ASKED_FOR = (ADMINISTRATOR, AGENT)

# The newest access tokens of a session that count. A page, an application and what they do at the same time need
# no more; each exchange makes one, and a client may exchange as often as it likes.
LIVE_TOKENS = 5

# Replaced refresh tokens of a session that are kept, to end it when one is shown again. Older ones are known by the
# session that they name.
REPLACED_TOKENS = 20

# So long a refresh token that was just replaced gives what replaced it: a browser sends several requests at once.
REPLACED_GRACE = timedelta(seconds=10)

# The newest sessions of a user that count: more than anybody has devices, and a program that signs in with every call
# fills no disk.
USER_SESSIONS = 100

# So long an expired token is still told that it has expired, which clients answer with a refresh.
KEPT_AFTER_EXPIRY = timedelta(days=7)

# Each new session takes so many of those away that have been over for longer: more than it adds, in little time.
FORGOTTEN_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long what a sign-in gives is good: the recorded lives of the framework."""

    access_token: timedelta = timedelta(days=14)
    refresh_token: timedelta = timedelta(days=365)
    session: timedelta = timedelta(days=14)
    remembered_session: timedelta = timedelta(days=28)


class Identity:
    """The Accounts behind the engine's authentication and its signing in.

    `signing_key` makes tokens look as clients expect, and signs the cookie by which a browser is known; it opens
    nothing. `throttle` slows down guessing. `on_session_end` is told each session that a request ended, once that is
    committed.
    """

    def __init__(
        self,
        signing_key: bytes,
        *,
        lifetimes: Lifetimes | None = None,
        throttle: Throttle = throttle,
        on_session_end: Callable[[Guid], None] = lambda session_id: None,
    ) -> None:
        self._signer = JwtSigner(signing_key, key_id=sha256(signing_key).hexdigest()[:3])
        self._lifetimes = lifetimes or Lifetimes()
        self._devices = Devices(signing_key)
        self._guesses = Guesses(self._devices, throttle)
        self._on_session_end = on_session_end
        self._password_cache = PasswordCache()
        self.authentication = AccountsAuthentication(self, admin_role=ADMINISTRATOR)

    async def verify(self, user_name: str, password: str, client: Client, units: UnitOfWork) -> Verified:
        """A password sent with every request is hashed at the first of them only."""
        verified = self._password_cache.get(user_name, password)
        if verified is None:
            verified = await self._verify(user_name, password, client, units)
            user_id = verified.user_id
            await units.write(lambda tx: self._guesses.forgive(tx, user_name, user_id, client))
            self._password_cache.put(user_name, password, verified)
        return verified

    def user_by_password(self, proof: Verified, tx: Transaction) -> Caller:
        person = store.person_of_user(tx, proof.user_id)
        if person is None or person["password_hash"] != proof.password_hash:
            raise _wrong_password()
        if person["is_disabled"]:
            raise _locked()
        return _caller(person)

    def of_access_token(self, token: str, tx: Transaction) -> Caller | None:
        """By one query."""
        person = store.person_of_token(tx, token_hash(token))
        if person is None or person["kind"] != "access" or person["is_disabled"]:
            return None
        if person["expires_at"] <= microseconds(tx.now):
            raise TokenError("Token has expired")
        return _caller(person)

    def of_refresh_token(self, token: str, tx: Transaction) -> Caller | None:
        """One that was replaced a moment ago is still good: by then a parallel request may have replaced it."""
        person = _good(tx, token, "refresh")
        return None if person is None or _was_replaced(tx, person) else _caller(person)

    def of_session(self, session_id: str, tx: Transaction) -> Caller | None:
        person = _good(tx, session_id, "cookie")
        return None if person is None else _caller(person)

    def of_user_key(self, key: str, tx: Transaction) -> None:
        """There are no API keys yet."""

    def api_key(self, key: str, tx: Transaction) -> None:
        """There are no API keys yet."""

    def renewed(self, principal: Principal, tx: Transaction) -> Principal:
        """Every look-up tells of him as he is."""
        return principal

    async def sign_in(self, attempt: Attempt, units: UnitOfWork) -> SignedIn:
        verified = await self._verify(attempt.user_name, attempt.password, attempt.client, units)
        new_hash = None
        if is_outdated(verified.password_hash):
            new_hash = await units.run_slow(partial(hash_password, attempt.password))

        def start(tx: Transaction) -> _Started:
            self._guesses.forgive(tx, attempt.user_name, verified.user_id, attempt.client)
            person = _person_signing_in(tx, verified, attempt)
            if new_hash is not None:
                store.set_password_hash(tx, verified.user_id, new_hash)
            return self._start_session(tx, person, attempt.client, attempt.shown, remember_me=attempt.remember_me)

        return await self._started(start, units)

    async def start_session(
        self, principal: Principal, client: Client, shown: Presented | None, units: UnitOfWork
    ) -> SignedIn:
        def start(tx: Transaction) -> _Started:
            return self._start_session(tx, _person_of(tx, principal), client, shown, remember_me=False)

        return await self._started(start, units)

    async def access_token(self, principal: Principal, units: UnitOfWork) -> Token:
        assert isinstance(principal, Caller)

        def issue(tx: Transaction) -> Token:
            person, session_id = _person_of(tx, principal), principal.session_id
            ends_at = session_id and store.end_of_session(tx, session_id)
            if not session_id or not ends_at:
                raise Unauthorized("Not Authenticated")
            return self._issue_access_token(tx, person, session_id, to_datetime(ends_at))

        return await units.write(issue)

    async def refresh(self, refresh_token: str, units: UnitOfWork, *, rotates: bool) -> Refreshed:
        refreshed = await units.write(partial(self._refresh, refresh_token, rotates))
        if isinstance(refreshed, Refreshed):
            return refreshed
        self._tell_ended([refreshed])
        raise TokenError("Token has been invalidated")

    async def sign_out(self, shown: Presented | None, units: UnitOfWork) -> None:
        secrets_shown = shown.secrets if shown else []
        if secrets_shown:
            self._tell_ended(await units.write(lambda tx: _end_sessions(tx, secrets_shown)))

    def profile_of(self, principal: Principal) -> UserProfile:
        assert isinstance(principal, Caller)
        meta = {"contactId": principal.contact_id, "agencyId": principal.agency_id}
        return UserProfile(session_id=principal.session_id, meta=meta)

    async def _verify(self, user_name: str, password: str, client: Client, units: UnitOfWork) -> Verified:
        """The user, if the password is his. A name nobody has takes as long, and is told the same, as a wrong password.

        The try is counted before the password is looked at, so that many at once are counted too.
        """
        if len(user_name) > LONGEST_NAME or not is_password(password):
            raise _wrong_password()

        def begin(tx: Transaction) -> store.User | None:
            user = store.user_of(tx, user_name)
            self._guesses.count(tx, user_name, user.user_id if user else None, client)
            return user

        try:
            user = await units.write(begin)
        except TooManyRequests:
            log_failure("too many tries", client)
            raise
        password_hash = user.password_hash if user else None
        if not await units.run_slow(partial(verify_password, password_hash, password)):
            log_failure("wrong password" if user else "no such account", client, user.email_address if user else "")
            raise _wrong_password()
        assert user is not None and password_hash is not None
        if user.is_disabled:
            # He is refused where his password is used; it is logged here, where it is known from where he came.
            log_failure("account locked", client, user.email_address)
        return Verified(user.user_id, password_hash)

    async def _started(self, start: "Callable[[Transaction], _Started]", units: UnitOfWork) -> SignedIn:
        started = await units.write(start)
        self._tell_ended(started.ended)
        return started.signed_in

    def _tell_ended(self, session_ids: Sequence[Guid]) -> None:
        for session_id in session_ids:
            self._on_session_end(session_id)

    def _start_session(
        self, tx: Transaction, person: Row, client: Client, shown: Presented | None, *, remember_me: bool
    ) -> "_Started":
        # The browser's old cookies are about to be replaced; what they opened must not stay open behind them.
        ended = _end_sessions(tx, shown.cookies if shown else [])
        ended += store.end_older_sessions(tx, person["user_id"], kept=USER_SESSIONS - 1)
        store.forget_expired_sessions(tx, tx.now - KEPT_AFTER_EXPIRY, FORGOTTEN_AT_ONCE)
        session_cookie = cookies.new_session_id()
        ends_at = tx.now + (self._lifetimes.remembered_session if remember_me else self._lifetimes.session)
        session_id = store.add_session(tx, person, ends_at)
        store.add_token(tx, session_id, "cookie", token_hash(session_cookie), ends_at)
        signed_in = SignedIn(
            principal=_caller({**person, "session_id": session_id}),
            session_cookie=session_cookie,
            access=self._issue_access_token(tx, person, session_id, ends_at),
            refresh=self._issue_refresh_token(tx, person, session_id, ends_at),
            device=self._devices.remembering(client, person["user_id"]),
        )
        return _Started(signed_in, ended)

    def _refresh(self, token: str, rotates: bool, tx: Transaction) -> Refreshed | Guid:
        """Fresh tokens. The id of the session when it was ended, since the token had been replaced for longer."""
        person = store.person_of_token(tx, token_hash(token))
        if person is None or person["kind"] != "refresh":
            forgotten = None if person else session_named_in(self._signer, token, tx.now)
            if forgotten is None or store.end_of_session(tx, forgotten) is None:
                raise ApiError("Token is invalid", code="ArgumentException")
            # It was replaced so often that it is kept no longer.
            store.end_session(tx, forgotten)
            return forgotten
        if person["expires_at"] <= microseconds(tx.now):
            raise TokenError("Token has expired")
        if person["is_disabled"]:
            raise _locked()
        session_id = Guid(person["session_id"])
        if _was_replaced(tx, person):
            # Two have it, and one of them stole it.
            store.end_session(tx, session_id)
            return session_id
        refresh = self._next_refresh_token(tx, token, person) if rotates else None
        access = self._issue_access_token(tx, person, session_id, to_datetime(person["session_ends_at"]))
        return Refreshed(access, refresh)

    def _next_refresh_token(self, tx: Transaction, token: str, person: Row) -> Token:
        """The token that takes the place of `token`, or took it a moment ago: parallel requests get the same one."""
        session_id, expires_at = person["session_id"], to_datetime(person["expires_at"])
        is_first = person["replaced_at"] is None and store.replace_token(tx, token_hash(token), uuid4().hex)
        text = self._successor(tx, token)
        if is_first:
            store.forget_older_tokens(tx, session_id, "refresh", kept=REPLACED_TOKENS)
            store.add_token(tx, session_id, "refresh", token_hash(text), expires_at)
        else:
            # The one that replaced it may have been used by now, too.
            while store.is_replaced(tx, token_hash(text)):
                text = self._successor(tx, text)
        return Token(text, expires_at, expires_at - tx.now)

    def _successor(self, tx: Transaction, token: str) -> str:
        """The token that one that was replaced leads to, made again."""
        person = store.person_of_token(tx, token_hash(token))
        assert person is not None and person["replaced_at"] is not None
        return refresh_token(
            self._signer,
            user_id=person["user_id"],
            session_id=person["session_id"],
            issued=_seconds(to_datetime(person["replaced_at"])),
            expires=_seconds(to_datetime(person["expires_at"])),
            secret=successor_secret(token, person["successor_seed"]),
        )

    def _issue_access_token(self, tx: Transaction, person: Row, session_id: Guid, session_ends_at: datetime) -> Token:
        store.forget_expired_tokens(tx, session_id, tx.now - KEPT_AFTER_EXPIRY)
        store.forget_older_tokens(tx, session_id, "access", kept=LIVE_TOKENS - 1)
        expires_at = min(tx.now + self._lifetimes.access_token, session_ends_at)
        text = access_token(
            self._signer,
            user_id=person["user_id"],
            user_name=person["email_address"],
            display_name=person["full_name"],
            roles=sorted(_roles(person["roles"])),
            issued=_seconds(tx.now),
            expires=_seconds(expires_at),
        )
        store.add_token(tx, session_id, "access", token_hash(text), expires_at)
        return Token(text, expires_at, expires_at - tx.now)

    def _issue_refresh_token(self, tx: Transaction, person: Row, session_id: Guid, session_ends_at: datetime) -> Token:
        expires_at = min(tx.now + self._lifetimes.refresh_token, session_ends_at)
        text = refresh_token(
            self._signer,
            user_id=person["user_id"],
            session_id=session_id,
            issued=_seconds(tx.now),
            expires=_seconds(expires_at),
        )
        store.add_token(tx, session_id, "refresh", token_hash(text), expires_at)
        return Token(text, expires_at, expires_at - tx.now)


def register(services: Services, identity: Identity, *, tokens_in_cookies: bool = True) -> None:
    """Adds signing in and out, and the exchange of refresh tokens and sessions for access tokens."""
    sign_in.register(
        services,
        identity,
        identity.authentication,
        tokens_in_cookies=tokens_in_cookies,
        known_roles=ROLES_ASKED_FOR,
    )


@dataclass(frozen=True, slots=True)
class _Started:
    """A new session, and those that its browser had before."""

    signed_in: SignedIn
    ended: Sequence[Guid]


def _person_signing_in(tx: Transaction, verified: Verified, attempt: Attempt) -> Row:
    """Who the user is in the agency he signs in to: that named in `Meta`, or the one he joined first."""
    user = store.get_user(tx, verified.user_id)
    if user is None or user.password_hash != verified.password_hash:
        raise _wrong_password()
    if user.is_disabled:
        raise _locked()
    wanted = next((value for name, value in attempt.meta.items() if name.lower() == "agencyid"), None)
    person = store.person_of_user(tx, verified.user_id, _guid(wanted) if wanted else None)
    if person is None:
        log_failure("not of that agency", attempt.client, user.email_address)
        raise Unauthorized("This account does not belong to the agency", code="AuthenticationException")
    return person


def _person_of(tx: Transaction, principal: Principal) -> Row:
    """Who the caller is by now, in the agency he is signed in to. Raises Unauthorized when he may not be any more."""
    assert isinstance(principal, Caller)
    person = store.person_of_user(tx, principal.user_id, principal.agency_id)
    if person is None or person["is_disabled"]:
        raise _locked()
    return person


def _guid(text: str) -> Guid:
    """A guid in any of its forms. Text that is none gives one that nothing has."""
    try:
        return Guid(UUID(text).hex)
    except ValueError:
        return EMPTY_GUID


def _good(tx: Transaction, secret: str, kind: store.TokenKind) -> Row | None:
    """Whose token it is, when it is of the kind and neither it nor its user is out of use."""
    person = store.person_of_token(tx, token_hash(secret))
    if person is None or person["kind"] != kind or person["is_disabled"]:
        return None
    return person if person["expires_at"] > microseconds(tx.now) else None


def _was_replaced(tx: Transaction, person: Row) -> bool:
    """Whether a refresh token was replaced for longer than parallel requests take."""
    replaced_at = person["replaced_at"]
    return replaced_at is not None and to_datetime(replaced_at) + REPLACED_GRACE < tx.now


def _caller(person: Row) -> Caller:
    return Caller(
        user_id=person["user_id"],
        user_name=person["email_address"],
        display_name=person["full_name"],
        roles=_roles(person["roles"]),
        agency_id=person["agency_id"],
        contact_id=person["contact_id"],
        session_id=person.get("session_id"),
        good_until=person.get("expires_at"),
    )


def _roles(names: str | None) -> frozenset[str]:
    return frozenset(names.split(roles.SEPARATOR)) if names else frozenset()


def _end_sessions(tx: Transaction, shown: Iterable[str]) -> list[Guid]:
    """Ends the sessions that secrets belong to, and tells which those were."""
    ended = (store.end_session_of(tx, token_hash(secret)) for secret in shown)
    return [session_id for session_id in ended if session_id is not None]


def _seconds(to_datetime: datetime) -> int:
    return microseconds(to_datetime) // 1_000_000


def _wrong_password() -> Unauthorized:
    return Unauthorized("Invalid Username or Password")


def _locked() -> Unauthorized:
    return Unauthorized("This account has been locked", code="AuthenticationException")
