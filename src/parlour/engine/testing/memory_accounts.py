"""Accounts that live as long as the process: for examples, tests, and tools whose users stand in a file.

Tokens are JWTs, believed for what they say. Those made here name their session and count as long as it knows them; of
those that others made with the same key, the ones that were signed out are remembered until they would have ended.
"""

import hmac
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import scrypt, sha256
from typing import Any

from parlour.engine.accounts.accounts import Attempt, Refreshed, SignedIn, Token, UserProfile
from parlour.engine.accounts.api_keys import UserApiKey
from parlour.engine.accounts.attempts import (
    TRIES,
    TRIES_ANYWHERE,
    TRIES_ANYWHERE_WINDOW,
    TRIES_WINDOW,
    log_failure,
)
from parlour.engine.accounts.credentials import LONGEST_NAME, Client, Presented, is_password
from parlour.engine.accounts.devices import Devices
from parlour.engine.accounts.jwt import (
    ACCESS,
    REFRESH,
    Claims,
    JwtSigner,
    TokenKind,
    access_claims,
    principal_of,
    refresh_claims,
)
from parlour.engine.accounts.registration import Register
from parlour.engine.accounts.role_assignment import Held
from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import ApiError, Conflict, Forbidden, NotFound, TokenError, TooManyRequests, Unauthorized
from parlour.engine.http import cookies
from parlour.engine.http.networks import neighbourhood_of
from parlour.engine.serving.handlers import UnitOfWork
from parlour.engine.serving.principals import ApiKey, Principal

# Windows, by name and place, in which tries are counted at the same time. The oldest give way first.
COUNTED_NAMES = 10_000

# The newest access tokens of a session, and the newest sessions of a user, that count.
LIVE_TOKENS = 5
USER_SESSIONS = 100

# The claim that names a session, by a digest of its id: the id itself is a secret.
_SESSION = "sid"

# The hashes never leave the memory of a process that knows worse, so they may be cheap: about 3 ms.
_HASH_COST = 2**10


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long what a sign-in gives is good: the recorded lives of the framework."""

    access_token: timedelta = timedelta(days=14)
    refresh_token: timedelta = timedelta(days=365)
    session: timedelta = timedelta(days=14)
    remembered_session: timedelta = timedelta(days=28)


@dataclass(slots=True, kw_only=True)
class MemoryUser:
    """Somebody who can sign in by his user name or his e-mail address, whatever their case."""

    user_id: str
    user_name: str
    email: str = ""
    display_name: str = ""
    first_name: str = ""
    last_name: str = ""
    picture: str | None = None
    roles: set[str] = field(default_factory=set)
    permissions: set[str] = field(default_factory=set)
    is_locked: bool = False
    salt: bytes = field(default=b"", repr=False)
    password_hash: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class UserKey:
    """An API key that stands for a user, in one environment (`live`, `test`)."""

    key: str = field(repr=False)
    user_id: str
    environment: str = "live"
    kind: str = "secret"
    expires_at: datetime | None = None
    is_cancelled: bool = False


@dataclass(frozen=True, kw_only=True)
class MemoryPrincipal(Principal):
    """A caller, and the id of the session he is in."""

    session_id: str


@dataclass(slots=True)
class _Session:
    """A sign-in: until when its cookie is good, until when any of its tokens is, and the access tokens that count."""

    id: str = field(repr=False)
    user_id: str
    cookie_ends_at: datetime
    ends_at: datetime
    live: deque[int] = field(default_factory=lambda: deque(maxlen=LIVE_TOKENS))


@dataclass(frozen=True, slots=True)
class _Window:
    """Tries counted since a window began."""

    tries: int
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class _Counted:
    """Something that tries count for: `limit` of them pass in a window."""

    key: str
    limit: int
    window: timedelta


def now() -> datetime:
    return datetime.now(UTC)


class MemoryAccounts:
    """The engine's Accounts, in dictionaries.

    `tries` bounds wrong passwords for one name from one network in a window, and ten times as many those from
    everywhere in a longer one (see `attempts.py`); None: never.

    `picture` is the address of one for users without their own; `on_session_end` is told each session that a request
    ended; `clock` tells the time, in UTC.
    """

    def __init__(
        self,
        signer: JwtSigner,
        *,
        lifetimes: Lifetimes = Lifetimes(),
        picture: str | None = None,
        tries: int | None = TRIES,
        on_session_end: Callable[[str], Awaitable[None]] | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._signer = signer
        self._lifetimes = lifetimes
        self._picture = picture
        self._tries = tries
        self._on_session_end = on_session_end
        self._clock = clock
        self._users: dict[str, MemoryUser] = {}
        self._user_keys: dict[str, UserKey] = {}
        self._api_keys: dict[str, ApiKey] = {}
        self._sessions: dict[str, _Session] = {}
        # Tokens that others made and that were signed out, by digest, until they would have ended anyway.
        self._signed_out: dict[str, datetime] = {}
        self._windows: dict[str, _Window] = {}
        self._devices = Devices(secrets.token_bytes(32))

    # -- users

    def add(self, user: MemoryUser, password: str) -> MemoryUser:
        """Adds a user. Raises ValueError when the name or the address is somebody's, or one is too long."""
        if max(len(user.user_name), len(user.email)) > LONGEST_NAME or not is_password(password):
            raise ValueError("A name has 254 characters at most, a password 1,000 bytes.")
        if any(name and self.find(name) for name in (user.user_name, user.email)):
            raise ValueError(f"{user.user_name or user.email} has an account already.")
        user.salt = secrets.token_bytes(16)
        user.password_hash = _hashed(password, user.salt)
        self._users[user.user_id] = user
        return user

    def find(self, name: str) -> MemoryUser | None:
        """The user of that user name or e-mail address."""
        if len(name) > LONGEST_NAME:
            return None
        wanted = name.casefold()
        return next((u for u in self._users.values() if wanted and wanted in _names_of(u)), None)

    def add_api_key(self, key: str, granted: ApiKey) -> None:
        self._api_keys[_digest(key)] = granted

    def add_user_key(self, key: UserKey) -> None:
        self._user_keys[_digest(key.key)] = key

    # -- what operations of the engine change: Registry, RoleBook and KeyRing

    async def is_taken(self, name: str, units: UnitOfWork) -> bool:
        return self.find(name) is not None

    async def enrol(self, request: Register, units: UnitOfWork) -> Principal:
        user = MemoryUser(
            user_id=str(len(self._users) + 1),
            user_name=request.user_name or "",
            email=request.email or "",
            display_name=request.display_name or "",
            first_name=request.first_name or "",
            last_name=request.last_name or "",
        )
        try:
            return _member(self.add(user, request.password or ""), "")
        except ValueError as error:
            raise Conflict(str(error)) from error

    def assign(self, user_name: str, roles: list[str], permissions: list[str], tx: Any) -> Held | None:
        user = self.find(user_name)
        if user is None:
            return None
        user.roles.update(roles)
        user.permissions.update(permissions)
        return Held(sorted(user.roles), sorted(user.permissions))

    def unassign(self, user_name: str, roles: list[str], permissions: list[str], tx: Any) -> Held | None:
        user = self.find(user_name)
        if user is None:
            return None
        user.roles.difference_update(roles)
        user.permissions.difference_update(permissions)
        return Held(sorted(user.roles), sorted(user.permissions))

    def keys_of(self, principal: Principal, environment: str | None, tx: Any) -> list[UserApiKey]:
        return [
            UserApiKey(key=each.key, key_type=each.kind, expiry_date=each.expires_at)
            for each in self._keys_in_use(principal, environment)
        ]

    def regenerate(self, principal: Principal, environment: str | None, tx: Any) -> list[UserApiKey]:
        for each in self._keys_in_use(principal, environment):
            each.is_cancelled = True
            self.add_user_key(replace(each, key=secrets.token_urlsafe(24), is_cancelled=False))
        return self.keys_of(principal, environment, tx)

    def _keys_in_use(self, principal: Principal, environment: str | None) -> list[UserKey]:
        return [
            each
            for each in self._user_keys.values()
            if each.user_id == principal.user_id
            and not each.is_cancelled
            and environment in (None, "", each.environment)
        ]

    # -- who calls

    async def verify(self, user_name: str, password: str, client: Client, units: UnitOfWork) -> MemoryUser:
        if len(user_name) > LONGEST_NAME or not is_password(password):
            raise _wrong_password()
        user = self.find(user_name)
        counted = self._counted(user_name, user, client)
        try:
            self._count_try(counted)
        except TooManyRequests:
            log_failure("too many tries", client)
            raise
        salt, expected = (user.salt, user.password_hash) if user else (b"nobody", b"")
        # Names of nobody take as long.
        given = await units.run_slow(partial(_hashed, password, salt))
        if not hmac.compare_digest(given, expected) or user is None:
            log_failure("wrong password" if user else "no such account", client, _shown_name(user) if user else "")
            raise _wrong_password()
        if user.is_locked:
            # He is refused where his password is used.
            log_failure("account locked", client, _shown_name(user))
        self._forgive(counted)
        return user

    def user_by_password(self, proof: MemoryUser, tx: Any) -> Principal:
        if proof.is_locked:
            raise _locked()
        return _member(proof, cookies.new_session_id())

    def of_access_token(self, token: str, tx: Any) -> Principal | None:
        claims = self._signer.read(ACCESS, token, self._clock())
        if claims is None:
            return None
        user = self._users.get(str(claims["sub"]))
        session = self._session_named(token, claims)
        if (session is not None and claims["jti"] not in session.live) or (user is not None and user.is_locked):
            raise TokenError("Token has been invalidated")
        return MemoryPrincipal(
            **vars(principal_of(claims)), session_id=session.id if session else cookies.new_session_id()
        )

    def of_refresh_token(self, token: str, tx: Any) -> Principal | None:
        try:
            user, session = self._refreshing(token)
        except ApiError:
            return None
        return _member(user, session.id if session else cookies.new_session_id())

    def of_session(self, session_id: str, tx: Any) -> Principal | None:
        session = self._sessions.get(_digest(session_id))
        if session is None or session.cookie_ends_at <= self._clock():
            return None
        user = self._users[session.user_id]
        return None if user.is_locked else _member(user, session_id)

    def of_user_key(self, key: str, tx: Any) -> Principal | None:
        found = self._user_keys.get(_digest(key))
        if found is None:
            return None
        if found.is_cancelled:
            raise Forbidden("API Key has been cancelled")
        if found.expires_at is not None and found.expires_at <= self._clock():
            raise Forbidden("API Key has expired")
        return _member(self._users[found.user_id], cookies.new_session_id())

    def api_key(self, key: str, tx: Any) -> ApiKey | None:
        return self._api_keys.get(_digest(key))

    def renewed(self, principal: Principal, tx: Any) -> Principal:
        user = self._users.get(principal.user_id)
        if user is None:
            return principal
        return replace(principal, roles=frozenset(user.roles), permissions=frozenset(user.permissions))

    def profile_of(self, principal: Principal) -> UserProfile:
        assert isinstance(principal, MemoryPrincipal)
        user = self._users.get(principal.user_id)
        return UserProfile(principal.session_id, (user and user.picture) or self._picture)

    # -- in and out

    async def sign_in(self, attempt: Attempt, units: UnitOfWork) -> SignedIn:
        user = await self.verify(attempt.user_name, attempt.password, attempt.client, units)
        if user.is_locked:
            raise _locked()
        return await self._begin(user, attempt.client, attempt.shown, remember_me=attempt.remember_me)

    async def start_session(
        self, principal: Principal, client: Client, shown: Presented | None, units: UnitOfWork
    ) -> SignedIn:
        return await self._begin(self._users[principal.user_id], client, shown, remember_me=False)

    async def access_token(self, principal: Principal, units: UnitOfWork) -> Token:
        assert isinstance(principal, MemoryPrincipal)
        return self._issue_access(principal, self._sessions.get(_digest(principal.session_id)))

    async def refresh(self, refresh_token: str, units: UnitOfWork, *, rotates: bool) -> Refreshed:
        """The refresh token stays as it is, as hosts of the framework leave it."""
        user, session = self._refreshing(refresh_token)
        member = _member(user, session.id if session else cookies.new_session_id())
        return Refreshed(self._issue_access(member, session))

    async def sign_out(self, shown: Presented | None, units: UnitOfWork) -> None:
        ended = {}
        for secret in shown.secrets if shown else []:
            key = self._session_key(secret)
            session = self._sessions.pop(key, None) if key else None
            if session is not None:
                ended[key] = session
        for session in ended.values():
            await self._tell_ended(session.id)

    def _session_key(self, secret: str) -> str | None:
        """The key of the session that a secret belongs to. A token that another made ends by itself."""
        for kind in (ACCESS, REFRESH):
            try:
                claims = self._signer.read(kind, secret, self._clock())
            except TokenError:
                continue
            if claims is not None and _SESSION not in claims:
                self._signed_out[_digest(secret)] = datetime.fromtimestamp(claims["exp"], UTC)
                return None
            if claims is not None:
                return str(claims[_SESSION])
        return _digest(secret)

    async def _begin(self, user: MemoryUser, client: Client, shown: Presented | None, *, remember_me: bool) -> SignedIn:
        self._forget_the_past()
        before = self._sessions.get(_digest(shown.session)) if shown is not None and shown.session is not None else None
        if before is not None:
            # Its tokens stay good, as recorded.
            before.cookie_ends_at = self._clock()
            await self._tell_ended(before.id)
        own = [key for key, each in self._sessions.items() if each.user_id == user.user_id]
        for key in own[: len(own) - USER_SESSIONS + 1]:
            await self._end(key)
        at, lifetimes = self._clock(), self._lifetimes
        life = lifetimes.remembered_session if remember_me else lifetimes.session
        session_cookie = cookies.new_session_id()
        session = _Session(session_cookie, user.user_id, at + life, at + max(life, lifetimes.refresh_token))
        self._sessions[_digest(session_cookie)] = session
        member = _member(user, session_cookie)
        return SignedIn(
            member,
            session_cookie,
            self._issue_access(member, session),
            self._issue_refresh(session),
            # Where nothing is counted there is nothing to be known for.
            device=None if self._tries is None else self._devices.remembering(client, user.user_id),
        )

    async def _end(self, key: str) -> None:
        session = self._sessions.pop(key, None)
        if session is not None:
            await self._tell_ended(session.id)

    async def _tell_ended(self, session_id: str) -> None:
        if self._on_session_end is not None:
            await self._on_session_end(session_id)

    def _refreshing(self, token: str) -> tuple[MemoryUser, _Session | None]:
        """Whose refresh token it is, and in which session. Raises ApiError when it is none, or his no longer."""
        claims = self._signer.read(REFRESH, token, self._clock())
        if claims is None:
            raise ApiError("Token is invalid", code="ArgumentException")
        session = self._session_named(token, claims)
        user = self._users.get(str(claims["sub"]))
        if user is None:
            raise NotFound("User does not exist")
        if user.is_locked:
            raise _locked()
        return user, session

    def _session_named(self, token: str, claims: Claims) -> _Session | None:
        """The session that a token names; None for one that another made. Raises TokenError when it has ended."""
        session = self._sessions.get(str(claims[_SESSION])) if _SESSION in claims else None
        if session is None and (_SESSION in claims or _digest(token) in self._signed_out):
            raise TokenError("Token has been invalidated")
        return session

    def _issue_access(self, member: MemoryPrincipal, session: _Session | None) -> Token:
        """An access token, the newest of its session. Without a session it is like one that another made."""
        user = self._users.get(member.user_id)
        email, first, last = (user.email, user.first_name, user.last_name) if user else ("", "", "")
        at = self._clock()
        expires = at + self._lifetimes.access_token
        claims = access_claims(member, issued=at, expires=expires, email=email, first_name=first, last_name=last)
        if session is not None:
            session.live.append(claims["jti"])
        return self._signed(ACCESS, claims, session, expires, self._lifetimes.access_token)

    def _issue_refresh(self, session: _Session) -> Token:
        at = self._clock()
        expires = at + self._lifetimes.refresh_token
        claims = refresh_claims(session.user_id, issued=at, expires=expires)
        return self._signed(REFRESH, claims, session, expires, self._lifetimes.refresh_token)

    def _signed(
        self, kind: TokenKind, claims: Claims, session: _Session | None, expires: datetime, life: timedelta
    ) -> Token:
        named = {} if session is None else {_SESSION: _digest(session.id)}
        return Token(self._signer.sign(kind, claims | named), expires, life)

    def _counted(self, user_name: str, user: MemoryUser | None, client: Client) -> list[_Counted]:
        """For what a try counts: the account from that network, then the account or the device that it knows."""
        if self._tries is None:
            return []
        account = f"name {user_name.casefold()}" if user is None else f"user {user.user_id}"
        device = None if user is None else self._devices.known(client, user.user_id)
        return [
            _Counted(_digest(f"{account} from {neighbourhood_of(client.address)}"), self._tries, TRIES_WINDOW),
            _Counted(
                _digest(account if device is None else f"device {device}"),
                self._tries * TRIES_ANYWHERE // TRIES,
                TRIES_ANYWHERE_WINDOW,
            ),
        ]

    def _count_try(self, counted: Sequence[_Counted]) -> None:
        """Counts a try. Raises TooManyRequests, and counts nothing, beyond the limit of any."""
        at = self._clock()
        for each in counted:
            window = self._windows.get(each.key)
            if window is not None and window.ends_at > at and window.tries >= each.limit:
                seconds = max(1, int((window.ends_at - at).total_seconds()))
                raise TooManyRequests("Too many tries. Try again later.", headers=[("Retry-After", str(seconds))])
        for each in counted:
            window = self._windows.get(each.key)
            if window is None or window.ends_at <= at:
                window = _Window(0, at + each.window)
            if each.key not in self._windows and len(self._windows) >= COUNTED_NAMES:
                self._forget_the_past()
                if len(self._windows) >= COUNTED_NAMES:
                    del self._windows[next(iter(self._windows))]
            self._windows[each.key] = replace(window, tries=window.tries + 1)

    def _forgive(self, counted: Sequence[_Counted]) -> None:
        """A right password: wrong ones from its network are forgotten, and the try itself counts nowhere."""
        for number, each in enumerate(counted):
            window = self._windows.pop(each.key, None)
            if number > 0 and window is not None and window.tries > 1:
                self._windows[each.key] = replace(window, tries=window.tries - 1)

    def _forget_the_past(self) -> None:
        """Drops whatever has ended by itself."""
        at = self._clock()
        self._sessions = {key: each for key, each in self._sessions.items() if each.ends_at > at}
        self._signed_out = {key: until for key, until in self._signed_out.items() if until > at}
        self._windows = {key: each for key, each in self._windows.items() if each.ends_at > at}


def _shown_name(user: MemoryUser) -> str:
    return user.user_name or user.email


def _names_of(user: MemoryUser) -> tuple[str, str]:
    return user.user_name.casefold(), user.email.casefold()


def _member(user: MemoryUser, session_id: str) -> MemoryPrincipal:
    return MemoryPrincipal(
        user_id=Guid(user.user_id),
        user_name=_shown_name(user),
        display_name=user.display_name,
        roles=frozenset(user.roles),
        permissions=frozenset(user.permissions),
        session_id=session_id,
    )


def _hashed(password: str, salt: bytes) -> bytes:
    return scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, n=_HASH_COST, r=8, p=1)


def _digest(secret: str) -> str:
    """The form in which secrets are looked up, so that how long that takes tells nothing of them."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _wrong_password() -> Unauthorized:
    return Unauthorized("Invalid Username or Password")


def _locked() -> Unauthorized:
    return Unauthorized("This account has been locked", code="AuthenticationException")
