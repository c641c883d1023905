"""Users, their sessions, and the secrets that belong to a session. Secrets are here only as hashes.

The functions of this module are the engine's `SessionStore` (see `engine/accounts/session_store.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Literal

from parlour.engine.dto.declare import Guid, new_guid
from parlour.store import roles
from parlour.store.database import Row, Transaction
from parlour.store.email_addresses import address_key
from parlour.store.people import folded
from parlour.store.times import microseconds, to_datetime

SecretKind = Literal["cookie", "access", "refresh"]

# SQLite takes no OFFSET without a LIMIT. Nobody has so many of anything.
_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session as its user sees it."""

    session_id: Guid
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class User:
    """An account that can sign in."""

    user_id: Guid
    email_address: str
    display_name: str
    password_hash: str | None = field(repr=False)
    is_disabled: bool

    @property
    def shown_name(self) -> str:
        return self.email_address


@dataclass(frozen=True, slots=True)
class Person:
    """A user in an agency. Only the full name is kept."""

    user_id: Guid
    email: str
    password_hash: str | None = field(repr=False)
    is_disabled: bool
    agency_id: Guid
    contact_id: Guid
    full_name: str
    roles: frozenset[str]
    first_name: str = ""
    last_name: str = ""

    def __hash__(self) -> int:
        # Hashing all members takes as long as the rest of a look-up.
        return hash(self.user_id)


@dataclass(frozen=True, slots=True)
class Session:
    """A session that has not ended, and its user."""

    person: Person
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SessionSecret:
    """A cookie, an access token or a refresh token of a session, and its user."""

    kind: SecretKind
    expires_at: datetime
    replaced_at: datetime | None
    successor_seed: str | None = field(repr=False)
    session_id: Guid
    session_ends_at: datetime
    person: Person


def now(tx: Transaction) -> datetime:
    """The instant of the transaction."""
    return tx.now


def name_key(name: str) -> str:
    """The same text for every spelling of a user's address."""
    return address_key(name)


def user_of(tx: Transaction, address: str) -> User | None:
    """The account with an e-mail address."""
    row = tx.row(
        """SELECT user_id, email_address, display_name, password_hash, is_disabled
             FROM user_account
            WHERE address_key = :address_key""",
        address_key=address_key(address),
    )
    return None if row is None else _user(row)


def get_user(tx: Transaction, user_id: Guid) -> User | None:
    row = tx.row(
        """SELECT user_id, email_address, display_name, password_hash, is_disabled
             FROM user_account
            WHERE user_id = :user_id""",
        user_id=user_id,
    )
    return None if row is None else _user(row)


def add_user(tx: Transaction, address: str, display_name: str, password_hash: str | None) -> Guid:
    """Adds an account, in no agency yet. No other account may have the address."""
    user_id = new_guid()
    tx.execute(
        """INSERT INTO user_account (user_id, email_address, address_key, display_name, password_hash, created_at)
           VALUES (:user_id, :email_address, :address_key, :display_name, :password_hash, :created_at)""",
        user_id=user_id,
        email_address=address.strip(),
        address_key=address_key(address),
        display_name=display_name,
        password_hash=password_hash,
        created_at=microseconds(tx.now),
    )
    return user_id


def add_contact(tx: Transaction, agency_id: Guid, user_id: Guid, address: str, full_name: str) -> Guid:
    """Adds a user's contact in an agency. The address must be new to the agency."""
    contact_id = new_guid()
    tx.execute(
        """INSERT INTO contact (agency_id, contact_id, full_name, email_address, address_key, state, user_id,
                                created_at, folded)
           VALUES (:agency_id, :contact_id, :full_name, :email_address, :address_key, 'real', :user_id, :created_at,
                   :folded)""",
        agency_id=agency_id,
        contact_id=contact_id,
        full_name=full_name,
        email_address=address.strip(),
        address_key=address_key(address),
        user_id=user_id,
        created_at=microseconds(tx.now),
        folded=folded(full_name, address),
    )
    return contact_id


def users_of(tx: Transaction, agency_id: Guid) -> Sequence[Row]:
    """All users of an agency, sorted by address, with the names of their roles."""
    return tx.rows(
        """SELECT u.user_id, u.email_address, u.is_disabled, u.created_at, c.agency_id, c.contact_id, c.full_name,
                  (SELECT string_agg(r.name, ',')
                     FROM contact_role h
                     JOIN role r ON r.agency_id = h.agency_id AND r.role_id = h.role_id
                    WHERE h.agency_id = c.agency_id AND h.contact_id = c.contact_id) AS roles
             FROM user_account u
             JOIN contact c ON c.user_id = u.user_id
            WHERE c.agency_id = :agency_id
            ORDER BY u.address_key""",
        agency_id=agency_id,
    )


def set_password_hash(tx: Transaction, user_id: Guid, password_hash: str) -> None:
    tx.execute(
        "UPDATE user_account SET password_hash = :password_hash WHERE user_id = :user_id",
        user_id=user_id,
        password_hash=password_hash,
    )


def set_disabled(tx: Transaction, user_id: Guid, *, is_disabled: bool) -> None:
    tx.execute(
        "UPDATE user_account SET is_disabled = :is_disabled WHERE user_id = :user_id",
        user_id=user_id,
        is_disabled=int(is_disabled),
    )


def person_of_secret(tx: Transaction, secret_hash: str) -> SessionSecret | None:
    """A secret and its user, as they are now. Secrets may have expired, and users may be disabled.

    None if the secret is unknown, or its user is not a contact of the agency any more.
    """
    kept = tx.kept
    if kept is None:
        return _person_of_secret(tx, secret_hash)
    # Nearly all commits change nothing about callers. Asking SQLite again after each of them would take 14 us.
    person: SessionSecret | None = kept.caller(secret_hash)
    if person is None:
        person = _person_of_secret(tx, secret_hash)
        # Anybody may show secrets that nobody knows.
        if person is not None:
            kept.keep_caller(secret_hash, person)
    return person


def _person_of_secret(tx: Transaction, secret_hash: str) -> SessionSecret | None:
    row = tx.row(
        """SELECT t.kind, t.expires_at, t.replaced_at, t.successor_seed, s.session_id, s.expires_at AS session_ends_at,
                  u.user_id, u.email_address, u.password_hash, u.is_disabled, c.agency_id, c.contact_id, c.full_name,
                  (SELECT string_agg(r.name, ',')
                     FROM contact_role h
                     JOIN role r ON r.agency_id = h.agency_id AND r.role_id = h.role_id
                    WHERE h.agency_id = s.agency_id AND h.contact_id = s.contact_id) AS role_names
             FROM session_token t
             JOIN session s ON s.session_id = t.session_id
             JOIN user_account u ON u.user_id = s.user_id
             JOIN contact c ON c.agency_id = s.agency_id AND c.contact_id = s.contact_id AND c.user_id = s.user_id
            WHERE t.token_hash = :secret_hash""",
        secret_hash=secret_hash,
    )
    return _session_secret(*row.values()) if row else None


# Every request of a caller reads these columns. Making the objects again takes 5 us, and finding them 1 us. Other
# values give other objects, so nothing outlives a change in the database.
@lru_cache(maxsize=1000)
def _session_secret(
    kind: SecretKind,
    expires_at: int,
    replaced_at: int | None,
    successor_seed: str | None,
    session_id: Guid,
    session_ends_at: int,
    user_id: Guid,
    email_address: str,
    password_hash: str | None,
    is_disabled: int,
    agency_id: Guid,
    contact_id: Guid,
    full_name: str,
    role_names: str | None,
) -> SessionSecret:
    return SessionSecret(
        kind=kind,
        expires_at=to_datetime(expires_at),
        replaced_at=None if replaced_at is None else to_datetime(replaced_at),
        successor_seed=successor_seed,
        session_id=session_id,
        session_ends_at=to_datetime(session_ends_at),
        person=Person(
            user_id=user_id,
            email=email_address,
            password_hash=password_hash,
            is_disabled=bool(is_disabled),
            agency_id=agency_id,
            contact_id=contact_id,
            full_name=full_name,
            roles=_role_names(role_names),
        ),
    )


def get_session(tx: Transaction, session_id: Guid) -> Session | None:
    """A session and its user. None if it has ended, or the user is not a contact of the agency any more."""
    row = tx.row(
        """SELECT s.expires_at, u.user_id, u.email_address, u.is_disabled, u.password_hash,
                  c.agency_id, c.contact_id, c.full_name,
                  (SELECT string_agg(r.name, ',')
                     FROM contact_role h
                     JOIN role r ON r.agency_id = h.agency_id AND r.role_id = h.role_id
                    WHERE h.agency_id = s.agency_id AND h.contact_id = s.contact_id) AS roles
             FROM session s
             JOIN user_account u ON u.user_id = s.user_id
             JOIN contact c ON c.agency_id = s.agency_id AND c.contact_id = s.contact_id AND c.user_id = s.user_id
            WHERE s.session_id = :session_id AND s.expires_at > :now""",
        session_id=session_id,
        now=microseconds(tx.now),
    )
    return None if row is None else Session(_person(row), to_datetime(row["expires_at"]))


def person_of_user(tx: Transaction, user_id: Guid, tenant: Guid | None = None) -> Person | None:
    """A user in an agency, or in the one they joined first. None if they are not in it."""
    row = tx.row(
        """SELECT u.user_id, u.email_address, u.is_disabled, u.password_hash, c.agency_id, c.contact_id, c.full_name,
                  (SELECT string_agg(r.name, ',')
                     FROM contact_role h
                     JOIN role r ON r.agency_id = h.agency_id AND r.role_id = h.role_id
                    WHERE h.agency_id = c.agency_id AND h.contact_id = c.contact_id) AS roles
             FROM user_account u
             JOIN contact c ON c.user_id = u.user_id
            WHERE u.user_id = :user_id AND c.agency_id = COALESCE(:agency_id, c.agency_id)
            ORDER BY c.created_at, c.agency_id
            LIMIT 1""",
        user_id=user_id,
        agency_id=tenant,
    )
    return None if row is None else _person(row)


def add_session(tx: Transaction, person: Person, expires_at: datetime) -> Guid:
    """Adds a session, which must outlive all its secrets."""
    session_id = new_guid()
    tx.execute(
        """INSERT INTO session (session_id, agency_id, contact_id, user_id, created_at, expires_at)
           VALUES (:session_id, :agency_id, :contact_id, :user_id, :created_at, :expires_at)""",
        session_id=session_id,
        agency_id=person.agency_id,
        contact_id=person.contact_id,
        user_id=person.user_id,
        created_at=microseconds(tx.now),
        expires_at=microseconds(expires_at),
    )
    return session_id


def add_secret(tx: Transaction, session_id: Guid, kind: SecretKind, secret_hash: str, expires_at: datetime) -> None:
    tx.execute(
        """INSERT INTO session_token (token_hash, session_id, kind, expires_at, number)
           VALUES (:secret_hash, :session_id, :kind, :expires_at,
                   (SELECT COALESCE(MAX(number), 0) + 1 FROM session_token WHERE session_id = :session_id))""",
        secret_hash=secret_hash,
        session_id=session_id,
        kind=kind,
        expires_at=microseconds(expires_at),
    )


def replace_secret(tx: Transaction, secret_hash: str, seed: str) -> bool:
    """Marks a refresh token as replaced; `seed` leads to its replacement. False if it was replaced already."""
    return (
        tx.execute(
            """UPDATE session_token
                  SET replaced_at = :now, successor_seed = :seed
                WHERE token_hash = :secret_hash AND replaced_at IS NULL""",
            now=microseconds(tx.now),
            seed=seed,
            secret_hash=secret_hash,
        )
        == 1
    )


def forget_older_secrets(tx: Transaction, session_id: Guid, kind: SecretKind, *, kept: int) -> None:
    """Deletes all but the newest secrets of a kind that a session has."""
    tx.execute(
        """DELETE FROM session_token
            WHERE token_hash IN (SELECT token_hash
                                   FROM session_token
                                  WHERE session_id = :session_id AND kind = :kind
                                  ORDER BY number DESC
                                  LIMIT :all_others OFFSET :kept)""",
        session_id=session_id,
        kind=kind,
        all_others=_MANY,
        kept=kept,
    )


def end_older_sessions(tx: Transaction, user_id: Guid, *, kept: int) -> list[Guid]:
    """Ends all but the newest sessions of a user, and returns their ids."""
    rows = tx.rows(
        """DELETE FROM session
            WHERE session_id IN (SELECT session_id
                                   FROM session
                                  WHERE user_id = :user_id
                                  ORDER BY created_at DESC, session_id
                                  LIMIT :all_others OFFSET :kept)
        RETURNING session_id""",
        user_id=user_id,
        all_others=_MANY,
        kept=kept,
    )
    return [Guid(row["session_id"]) for row in rows]


def sessions_of(tx: Transaction, agency_id: Guid, user_id: Guid) -> list[OwnSession]:
    """The sessions of a user in an agency that have not ended, newest first."""
    rows = tx.rows(
        """SELECT session_id, created_at, expires_at
             FROM session
            WHERE user_id = :user_id AND agency_id = :agency_id AND expires_at > :now
            ORDER BY created_at DESC, session_id""",
        user_id=user_id,
        agency_id=agency_id,
        now=microseconds(tx.now),
    )
    return [
        OwnSession(Guid(row["session_id"]), to_datetime(row["created_at"]), to_datetime(row["expires_at"]))
        for row in rows
    ]


def end_session(tx: Transaction, session_id: Guid) -> None:
    """Ends a session, and with it all its secrets."""
    tx.execute("DELETE FROM session WHERE session_id = :session_id", session_id=session_id)


def end_session_of(tx: Transaction, secret_hash: str) -> Guid | None:
    """Ends the session that a secret belongs to, and returns its id. None if the session does not exist."""
    row = tx.row(
        """DELETE FROM session
            WHERE session_id IN (SELECT session_id FROM session_token WHERE token_hash = :secret_hash)
        RETURNING session_id""",
        secret_hash=secret_hash,
    )
    return None if row is None else Guid(row["session_id"])


def end_sessions_of_user(tx: Transaction, user_id: Guid) -> None:
    """Ends all sessions of a user."""
    tx.execute("DELETE FROM session WHERE user_id = :user_id", user_id=user_id)


def forget_expired_sessions(tx: Transaction, before: datetime, limit: int) -> None:
    """Deletes sessions that expired before an instant, the oldest first, `limit` of them at most."""
    tx.execute(
        """DELETE FROM session
            WHERE session_id IN (SELECT session_id
                                   FROM session
                                  WHERE expires_at < :before
                                  ORDER BY expires_at
                                  LIMIT :limit)""",
        before=microseconds(before),
        limit=limit,
    )


def forget_expired_secrets(tx: Transaction, session_id: Guid, before: datetime) -> None:
    """Deletes a session's secrets that expired before an instant."""
    tx.execute(
        "DELETE FROM session_token WHERE session_id = :session_id AND expires_at < :before",
        session_id=session_id,
        before=microseconds(before),
    )


def _user(row: Row) -> User:
    return User(
        user_id=Guid(row["user_id"]),
        email_address=row["email_address"],
        display_name=row["display_name"],
        password_hash=row["password_hash"],
        is_disabled=bool(row["is_disabled"]),
    )


def _person(row: Row) -> Person:
    return Person(
        user_id=row["user_id"],
        email=row["email_address"],
        password_hash=row["password_hash"],
        is_disabled=bool(row["is_disabled"]),
        agency_id=row["agency_id"],
        contact_id=row["contact_id"],
        full_name=row["full_name"],
        roles=_role_names(row["roles"]),
    )


def _role_names(names: str | None) -> frozenset[str]:
    return frozenset(names.split(roles.SEPARATOR)) if names else frozenset()
