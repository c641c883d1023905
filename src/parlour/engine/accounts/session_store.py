"""The store of users, their sessions and tokens, as `Sessions` needs it.

Parlour's is the module `store/identity.py`, whose functions are these methods; `testing/memory_store.py` is another. A
store holds no policy: each method is one query or one change, in the caller's transaction.
"""

from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar

from parlour.engine.dto.declare import Guid

SecretKind = Literal["cookie", "access", "refresh"]
"""The use of a session's secret: the session's cookie, an access token, a refresh token."""


class UserRecord(Protocol):
    """An account that can sign in. `shown_name` is its name in the log."""

    @property
    def user_id(self) -> str: ...

    @property
    def shown_name(self) -> str: ...

    @property
    def password_hash(self) -> str | None: ...

    @property
    def is_disabled(self) -> bool: ...


class PersonRecord(Protocol):
    """A user as a caller. The names and the address stand in their access tokens."""

    @property
    def user_id(self) -> str: ...

    @property
    def email(self) -> str: ...

    @property
    def first_name(self) -> str: ...

    @property
    def last_name(self) -> str: ...

    @property
    def password_hash(self) -> str | None: ...

    @property
    def is_disabled(self) -> bool: ...


P = TypeVar("P", bound=PersonRecord)
P_co = TypeVar("P_co", bound=PersonRecord, covariant=True)


class SessionRecord(Protocol[P_co]):
    """A session that has not ended."""

    @property
    def person(self) -> P_co: ...

    @property
    def expires_at(self) -> datetime: ...


class SecretRecord(Protocol[P_co]):
    """A session's secret, expired ones too, and whose it is.

    `replaced_at` is when a refresh token was replaced; `successor_seed` leads to the token that replaced it.
    `session_id` is None for a token that was not made here (see `Sessions.foreign_token`).
    """

    @property
    def kind(self) -> SecretKind: ...

    @property
    def expires_at(self) -> datetime: ...

    @property
    def replaced_at(self) -> datetime | None: ...

    @property
    def successor_seed(self) -> str | None: ...

    @property
    def session_id(self) -> Guid | None: ...

    @property
    def session_ends_at(self) -> datetime: ...

    @property
    def person(self) -> P_co: ...


class SessionStore(Protocol[P]):
    """Users, their sessions, and the hashes of what opens these. People are as they are now."""

    def now(self, tx: Any) -> datetime:
        """The instant of the transaction, aware, in UTC."""
        ...

    def name_key(self, name: str) -> str:
        """The same text for every spelling of a user's name or address."""
        ...

    # -- users

    def user_of(self, tx: Any, name: str) -> UserRecord | None:
        """The account of a name or an address."""
        ...

    def get_user(self, tx: Any, user_id: Guid) -> UserRecord | None: ...

    def set_password_hash(self, tx: Any, user_id: Guid, password_hash: str) -> None: ...

    def person_of_user(self, tx: Any, user_id: Guid, tenant: Guid | None = None) -> P | None:
        """A user in a tenant, or in the one they joined first. None when they are not in it."""
        ...

    # -- sessions

    def person_of_secret(self, tx: Any, secret_hash: str) -> SecretRecord[P] | None:
        """The secret of that hash, by one query. None when it is unknown or its session was ended."""
        ...

    def get_session(self, tx: Any, session_id: Guid) -> SessionRecord[P] | None:
        """A session; None when it has ended."""
        ...

    def add_session(self, tx: Any, person: P, expires_at: datetime) -> Guid:
        """Begins a session without any secret, and returns its id."""
        ...

    def end_session(self, tx: Any, session_id: Guid) -> None:
        """Ends a session with all its secrets."""
        ...

    def end_session_of(self, tx: Any, secret_hash: str) -> Guid | None:
        """Ends the session that a secret belongs to, and returns its id."""
        ...

    def end_older_sessions(self, tx: Any, user_id: Guid, *, kept: int) -> list[Guid]:
        """Ends all but the newest sessions of a user, and returns their ids."""
        ...

    def forget_expired_sessions(self, tx: Any, before: datetime, limit: int) -> None:
        """Deletes at most `limit` sessions that expired before an instant."""
        ...

    # -- secrets

    def add_secret(
        self, tx: Any, session_id: Guid, kind: SecretKind, secret_hash: str, expires_at: datetime
    ) -> None: ...

    def replace_secret(self, tx: Any, secret_hash: str, seed: str) -> bool:
        """Marks a refresh token as replaced; False when it was already."""
        ...

    def forget_older_secrets(self, tx: Any, session_id: Guid, kind: SecretKind, *, kept: int) -> None:
        """Deletes all but the newest secrets of a kind."""
        ...

    def forget_expired_secrets(self, tx: Any, session_id: Guid, before: datetime) -> None:
        """Deletes the secrets of a session that expired before an instant."""
        ...


class TryStore(Protocol):
    """Counts of tries, by key, in windows that begin with the first try."""

    def count(self, tx: Any, key: str, window: timedelta) -> tuple[int, timedelta]:
        """Counts one more try. Returns how many that makes, and how long the window lasts from now on."""
        ...

    def uncount(self, tx: Any, key: str) -> None:
        """Takes one try back."""
        ...

    def forget(self, tx: Any, key: str) -> None:
        """Begins the key anew."""
        ...


class PasswordHashes(Protocol):
    """How passwords are hashed. All of it is slow on purpose, and runs outside transactions."""

    def hash_password(self, password: str) -> str: ...

    def verify_password(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is the one that was hashed. None takes as long, and is False."""
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """Whether a right password should be hashed anew, at today's cost."""
        ...
