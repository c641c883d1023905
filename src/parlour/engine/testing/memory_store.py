"""A SessionStore and a TryStore in dictionaries, which are gone when the process ends."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from parlour.engine.accounts.credentials import LONGEST_NAME
from parlour.engine.accounts.session_store import SecretKind
from parlour.engine.dto.declare import Guid
from parlour.engine.http import cookies

# So many windows are counted at the same time. The oldest is dropped first.
COUNTED_NAMES = 10_000


@dataclass(slots=True, kw_only=True)
class MemoryUser:
    """A user who signs in with their user name or e-mail address, in upper or lower case."""

    user_id: str
    user_name: str
    email: str = ""
    display_name: str = ""
    first_name: str = ""
    last_name: str = ""
    picture: str | None = None
    roles: set[str] = field(default_factory=set)
    permissions: set[str] = field(default_factory=set)
    is_disabled: bool = False
    password_hash: str | None = field(default=None, repr=False)

    @property
    def shown_name(self) -> str:
        return self.user_name or self.email

    def is_named(self, name: str) -> bool:
        return bool(name) and name.casefold() in (self.user_name.casefold(), self.email.casefold())


@dataclass(slots=True)
class MemorySecret:
    """A session's secret and its user. A token that others made has no session."""

    kind: SecretKind
    expires_at: datetime
    session_ends_at: datetime
    person: MemoryUser
    session_id: Guid | None = None
    replaced_at: datetime | None = None
    successor_seed: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class MemorySession:
    """A session and its secrets by hash, oldest first."""

    person: MemoryUser
    expires_at: datetime
    secrets: dict[str, MemorySecret] = field(default_factory=dict)


class MemoryStore:
    """Users and their sessions in dictionaries. `clock` returns the time in UTC. Transactions are ignored."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.users: dict[Guid, MemoryUser] = {}
        self._sessions: dict[Guid, MemorySession] = {}
        self._sessions_of_secrets: dict[str, Guid] = {}

    def now(self, tx: Any) -> datetime:
        return self._clock()

    def name_key(self, name: str) -> str:
        return name.casefold()

    # -- users

    def user_of(self, tx: Any, name: str) -> MemoryUser | None:
        if len(name) > LONGEST_NAME:
            return None
        return next((user for user in self.users.values() if user.is_named(name)), None)

    def get_user(self, tx: Any, user_id: Guid) -> MemoryUser | None:
        return self.users.get(user_id)

    def set_password_hash(self, tx: Any, user_id: Guid, password_hash: str) -> None:
        self.users[user_id].password_hash = password_hash

    def person_of_user(self, tx: Any, user_id: Guid, tenant: Guid | None = None) -> MemoryUser | None:
        return self.users.get(user_id)

    # -- sessions

    def person_of_secret(self, tx: Any, secret_hash: str) -> MemorySecret | None:
        session_id = self._sessions_of_secrets.get(secret_hash)
        return None if session_id is None else self._sessions[session_id].secrets[secret_hash]

    def get_session(self, tx: Any, session_id: Guid) -> MemorySession | None:
        session = self._sessions.get(session_id)
        return None if session is None or session.expires_at <= self._clock() else session

    def add_session(self, tx: Any, person: MemoryUser, expires_at: datetime) -> Guid:
        session_id = Guid(cookies.new_session_id())
        self._sessions[session_id] = MemorySession(person, expires_at)
        return session_id

    def end_session(self, tx: Any, session_id: Guid) -> None:
        for secret_hash in self._sessions.pop(session_id).secrets:
            del self._sessions_of_secrets[secret_hash]

    def end_session_of(self, tx: Any, secret_hash: str) -> Guid | None:
        session_id = self._sessions_of_secrets.get(secret_hash)
        if session_id is not None:
            self.end_session(tx, session_id)
        return session_id

    def end_older_sessions(self, tx: Any, user_id: Guid, *, kept: int) -> list[Guid]:
        own = [session_id for session_id, each in self._sessions.items() if each.person.user_id == user_id]
        return self._end_all(own[: max(0, len(own) - kept)])

    def forget_expired_sessions(self, tx: Any, before: datetime, limit: int) -> None:
        self._end_all([session_id for session_id, each in self._sessions.items() if each.expires_at < before][:limit])

    def _end_all(self, session_ids: list[Guid]) -> list[Guid]:
        for session_id in session_ids:
            self.end_session(None, session_id)
        return session_ids

    # -- secrets

    def add_secret(self, tx: Any, session_id: Guid, kind: SecretKind, secret_hash: str, expires_at: datetime) -> None:
        session = self._sessions[session_id]
        session.secrets[secret_hash] = MemorySecret(kind, expires_at, session.expires_at, session.person, session_id)
        self._sessions_of_secrets[secret_hash] = session_id

    def replace_secret(self, tx: Any, secret_hash: str, seed: str) -> bool:
        secret = self.person_of_secret(tx, secret_hash)
        if secret is None or secret.replaced_at is not None:
            return False
        secret.replaced_at, secret.successor_seed = self._clock(), seed
        return True

    def forget_older_secrets(self, tx: Any, session_id: Guid, kind: SecretKind, *, kept: int) -> None:
        secrets = self._sessions[session_id].secrets
        of_kind = [secret_hash for secret_hash, each in secrets.items() if each.kind == kind]
        self._forget(session_id, of_kind[: max(0, len(of_kind) - kept)])

    def forget_expired_secrets(self, tx: Any, session_id: Guid, before: datetime) -> None:
        secrets = self._sessions[session_id].secrets
        self._forget(session_id, [secret_hash for secret_hash, each in secrets.items() if each.expires_at < before])

    def _forget(self, session_id: Guid, secret_hashes: list[str]) -> None:
        for secret_hash in secret_hashes:
            del self._sessions[session_id].secrets[secret_hash]
            del self._sessions_of_secrets[secret_hash]


class MemoryTries:
    """Counts of tries in windows that begin with the first one."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        # How many tries by key, and when the window ends. The oldest window stands first.
        self._windows: dict[str, tuple[int, datetime]] = {}

    def __iter__(self) -> Iterator[str]:
        """The keys that are counted."""
        return iter(self._windows)

    def count(self, tx: Any, key: str, window: timedelta) -> tuple[int, timedelta]:
        now = self._clock()
        tries, ends_at = self._windows.get(key, (0, now))
        if ends_at <= now:
            self._windows.pop(key, None)
            self._make_room(now)
            tries, ends_at = 0, now + window
        self._windows[key] = tries + 1, ends_at
        return tries + 1, ends_at - now

    def uncount(self, tx: Any, key: str) -> None:
        tries, ends_at = self._windows.get(key, (0, self._clock()))
        if tries > 1:
            self._windows[key] = tries - 1, ends_at
        else:
            self._windows.pop(key, None)

    def forget(self, tx: Any, key: str) -> None:
        self._windows.pop(key, None)

    def _make_room(self, now: datetime) -> None:
        if len(self._windows) < COUNTED_NAMES:
            return
        self._windows = {key: window for key, window in self._windows.items() if window[1] > now}
        if len(self._windows) >= COUNTED_NAMES:
            del self._windows[next(iter(self._windows))]
