"""Sessions of users in memory, for examples, tests, and tools with a file of users.

Tokens that others made with the same key are accepted as they are. Those that were signed out are kept until they would
have expired.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import scrypt
from typing import Any, TypeVar

from parlour.engine.accounts.api_keys import UserApiKey
from parlour.engine.accounts.attempts import Attempts
from parlour.engine.accounts.credentials import LONGEST_NAME, is_password
from parlour.engine.accounts.devices import Devices
from parlour.engine.accounts.jwt import ACCESS, REFRESH, Claims, JwtSigner, principal_of
from parlour.engine.accounts.registration import Register
from parlour.engine.accounts.role_assignment import Held
from parlour.engine.accounts.sessions import Lifetimes, Sessions, UserProfile
from parlour.engine.accounts.tokens import SESSION, secret_hash
from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import Conflict, Forbidden, NotFound, TokenError
from parlour.engine.http import cookies
from parlour.engine.serving.handlers import UnitOfWork
from parlour.engine.serving.principals import ApiKey, Principal
from parlour.engine.testing.memory_store import MemorySecret, MemoryStore, MemoryTries, MemoryUser

T = TypeVar("T")

# The memory of the process has worse secrets than these hashes, so they may be quick: about 3 ms.
_HASH_COST = 2**10


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
    """A caller and the id of their session. For a caller without a session the id belongs to nothing."""

    session_id: str


@dataclass(slots=True, kw_only=True)
class _Claimed(MemoryUser):
    """A user as a foreign token describes them. They may be unknown here."""

    claims: frozenset[tuple[str, str]]


class CheapHashes:
    """Quick password hashes, which never leave the memory of one process."""

    def hash_password(self, password: str) -> str:
        salt = secrets.token_hex(16)
        return f"{salt} {_hashed(password, salt)}"

    def verify_password(self, password_hash: str | None, password: str) -> bool:
        salt, _, expected = (password_hash or "nobody ").partition(" ")
        return hmac.compare_digest(_hashed(password, salt), expected)

    def is_outdated(self, password_hash: str) -> bool:
        return False


# The end of the year 9999.
_LAST_SECOND = 253_402_300_799

# Those of hosts of the framework.
LIFETIMES = Lifetimes(tokens_end_with_session=False)


def now() -> datetime:
    return datetime.now(UTC)


class MemoryAccounts(Sessions[MemoryUser]):
    """The sessions of users who are added by code.

    Without `counts_tries` guessing passwords has no limit. Without `rotates` the cookie of a refresh token stays the
    same. `picture` is the address of a picture for users without one of their own. `on_session_end` is called with the
    id of each session that a request has ended. `clock` returns the time in UTC.
    """

    def __init__(
        self,
        signer: JwtSigner,
        *,
        lifetimes: Lifetimes = LIFETIMES,
        picture: str | None = None,
        counts_tries: bool = True,
        rotates: bool = True,
        on_session_end: Callable[[str], Awaitable[None]] | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.store = MemoryStore(clock)
        self._hashes = CheapHashes()
        attempts = Attempts(
            MemoryTries(clock) if counts_tries else None, Devices(secrets.token_bytes(32)), self.store.name_key
        )
        super().__init__(self.store, self._hashes, signer, attempts, lifetimes=lifetimes, rotates=rotates)
        self._on_session_end = on_session_end
        self._ended_sessions: list[str] = []
        self._picture = picture
        self._clock = clock
        self._user_keys: dict[str, UserKey] = {}
        self._api_keys: dict[str, ApiKey] = {}
        # Foreign tokens that were signed out, by hash, and when they expire.
        self._signed_out: dict[str, datetime] = {}

    # -- users

    def add(self, user: MemoryUser, password: str) -> MemoryUser:
        """Adds a user. Raises ValueError if the name or the address is taken, or too long."""
        if max(len(user.user_name), len(user.email)) > LONGEST_NAME or not is_password(password):
            raise ValueError("A name has 254 characters at most, a password 1,000 bytes.")
        if any(name and self.find(name) for name in (user.user_name, user.email)):
            raise ValueError(f"{user.shown_name} has an account already.")
        user.password_hash = self._hashes.hash_password(password)
        self.store.users[Guid(user.user_id)] = user
        return user

    def find(self, name: str) -> MemoryUser | None:
        """The user with that user name or e-mail address."""
        return self.store.user_of(None, name)

    def add_api_key(self, key: str, granted: ApiKey) -> None:
        self._api_keys[secret_hash(key)] = granted

    def add_user_key(self, key: UserKey) -> None:
        self._user_keys[secret_hash(key.key)] = key

    # -- what Sessions asks of an application

    def principal_of(self, person: MemoryUser, session_id: Guid | None, good_until: datetime | None) -> MemoryPrincipal:
        return MemoryPrincipal(
            user_id=Guid(person.user_id),
            user_name=person.shown_name,
            display_name=person.display_name,
            roles=frozenset(person.roles),
            permissions=frozenset(person.permissions),
            claims=person.claims if isinstance(person, _Claimed) else frozenset(),
            session_id=session_id or cookies.new_session_id(),
        )

    def profile_of(self, principal: Principal) -> UserProfile:
        assert isinstance(principal, MemoryPrincipal)
        user = self.store.users.get(principal.user_id)
        return UserProfile(principal.session_id, (user and user.picture) or self._picture)

    def renewed(self, principal: Principal, tx: Any) -> Principal:
        user = self.store.users.get(principal.user_id)
        if user is None:
            return principal
        return replace(principal, roles=frozenset(user.roles), permissions=frozenset(user.permissions))

    def foreign_token(self, token: str, tx: Any) -> MemorySecret | None:
        access = self._signer.read(ACCESS, token, self._clock())
        claims = access or self._signer.read(REFRESH, token, self._clock())
        if claims is None:
            return None
        if SESSION in claims or secret_hash(token) in self._signed_out:
            raise TokenError("Token has been invalidated")
        user = self.store.users.get(Guid(str(claims["sub"])))
        if access is not None:
            return MemorySecret("access", _end_of(claims), _end_of(claims), _claimed(claims, user))
        if user is None:
            raise NotFound("User does not exist")
        return MemorySecret("refresh", _end_of(claims), datetime.fromtimestamp(_LAST_SECOND, UTC), user)

    def end_foreign_token(self, token: str, tx: Any) -> None:
        at = self._clock()
        self._signed_out = {each: until for each, until in self._signed_out.items() if until > at}
        for kind in (ACCESS, REFRESH):
            try:
                claims = self._signer.read(kind, token, at)
            except TokenError:
                continue
            if claims is not None:
                self._signed_out[secret_hash(token)] = _end_of(claims)

    def of_user_key(self, key: str, tx: Any) -> Principal | None:
        found = self._user_keys.get(secret_hash(key))
        if found is None:
            return None
        if found.is_cancelled:
            raise Forbidden("API Key has been cancelled")
        if found.expires_at is not None and found.expires_at <= self._clock():
            raise Forbidden("API Key has expired")
        return self.principal_of(self.store.users[Guid(found.user_id)], None, None)

    def api_key(self, key: str, tx: Any) -> ApiKey | None:
        return self._api_keys.get(secret_hash(key))

    def session_ended(self, tx: Any, session_id: Guid) -> None:
        # The memory has no commit, so `_write` reports it.
        self._ended_sessions.append(session_id)

    async def _write(self, work: Callable[[Any], T], units: UnitOfWork) -> T:
        result = await super()._write(work, units)
        ended, self._ended_sessions = self._ended_sessions, []
        if self._on_session_end is not None:
            for session_id in ended:
                await self._on_session_end(session_id)
        return result

    # -- what operations of the engine change: Registry, RoleBook and KeyRing

    async def is_taken(self, name: str, units: UnitOfWork) -> bool:
        return self.find(name) is not None

    async def enrol(self, request: Register, units: UnitOfWork) -> Principal:
        user = MemoryUser(
            user_id=Guid(str(len(self.store.users) + 1)),
            user_name=request.user_name or "",
            email=request.email or "",
            display_name=request.display_name or "",
            first_name=request.first_name or "",
            last_name=request.last_name or "",
        )
        try:
            return self.principal_of(self.add(user, request.password or ""), None, None)
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


def _claimed(claims: Claims, user: MemoryUser | None) -> _Claimed:
    """The user that a foreign access token describes. Only this server knows whether they are disabled."""
    described = principal_of(claims)
    return _Claimed(
        user_id=described.user_id,
        user_name=described.user_name,
        display_name=described.display_name,
        roles=set(described.roles),
        permissions=set(described.permissions),
        claims=described.claims,
        is_disabled=user is not None and user.is_disabled,
    )


def _end_of(claims: Claims) -> datetime:
    # A foreign token may have any number.
    return datetime.fromtimestamp(min(claims["exp"], _LAST_SECOND), UTC)


def _hashed(password: str, salt: str) -> str:
    return scrypt(password.encode("utf-8", "surrogatepass"), salt=salt.encode(), n=_HASH_COST, r=8, p=1).hex()
