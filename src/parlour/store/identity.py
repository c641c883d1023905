"""Users, their sessions, and the tokens that belong to a session. Secrets are here only as hashes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from parlour.engine.dto.declare import Guid, new_guid
from parlour.store.database import Row, Transaction
from parlour.store.email_addresses import address_key
from parlour.store.times import microseconds

TokenKind = Literal["cookie", "access", "refresh"]

# SQLite takes no OFFSET without a LIMIT. Nobody has so many of anything.
_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class User:
    """An account that can sign in."""

    user_id: Guid
    email_address: str
    display_name: str
    password_hash: str | None = field(repr=False)
    is_disabled: bool


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
    """Adds an account, in no agency yet. The address must be that of no other."""
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
    """Adds the contact that a user is in an agency. Its address must be new to the agency."""
    contact_id = new_guid()
    tx.execute(
        """INSERT INTO contact (agency_id, contact_id, full_name, email_address, address_key, state, user_id,
                                created_at)
           VALUES (:agency_id, :contact_id, :full_name, :email_address, :address_key, 'real', :user_id, :created_at)""",
        agency_id=agency_id,
        contact_id=contact_id,
        full_name=full_name,
        email_address=address.strip(),
        address_key=address_key(address),
        user_id=user_id,
        created_at=microseconds(tx.now),
    )
    return contact_id


def users_of(tx: Transaction, agency_id: Guid) -> Sequence[Row]:
    """Everybody with an account in an agency, by address: the columns of `person_of_user`, and when he was added."""
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


def person_of_token(tx: Transaction, token_hash: str) -> Row | None:
    """What a token is, and who its session belongs to, as he is now: expired ones and disabled users too.

    None for a token that is unknown, was ended, or whose user is no contact of the agency any more. `roles` are
    names with `roles.SEPARATOR` between them, None without any.
    """
    return tx.row(
        """SELECT t.kind, t.expires_at, t.replaced_at, t.successor_seed, s.session_id, s.expires_at AS session_ends_at,
                  u.user_id, u.email_address, u.is_disabled,
                  c.agency_id, c.contact_id, c.full_name,
                  (SELECT string_agg(r.name, ',')
                     FROM contact_role h
                     JOIN role r ON r.agency_id = h.agency_id AND r.role_id = h.role_id
                    WHERE h.agency_id = s.agency_id AND h.contact_id = s.contact_id) AS roles
             FROM session_token t
             JOIN session s ON s.session_id = t.session_id
             JOIN user_account u ON u.user_id = s.user_id
             JOIN contact c ON c.agency_id = s.agency_id AND c.contact_id = s.contact_id AND c.user_id = s.user_id
            WHERE t.token_hash = :token_hash""",
        token_hash=token_hash,
    )


def person_of_user(tx: Transaction, user_id: Guid, agency_id: Guid | None = None) -> Row | None:
    """Who a user is in an agency, or in the one he joined first. None when he is in none, or not in that.

    The columns are those of `person_of_token`, without the token's, and `password_hash`.
    """
    return tx.row(
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
        agency_id=agency_id,
    )


def add_session(tx: Transaction, person: Row, expires_at: datetime) -> Guid:
    """Begins a session of a person; it outlives every token it will have."""
    session_id = new_guid()
    tx.execute(
        """INSERT INTO session (session_id, agency_id, contact_id, user_id, created_at, expires_at)
           VALUES (:session_id, :agency_id, :contact_id, :user_id, :created_at, :expires_at)""",
        session_id=session_id,
        agency_id=person["agency_id"],
        contact_id=person["contact_id"],
        user_id=person["user_id"],
        created_at=microseconds(tx.now),
        expires_at=microseconds(expires_at),
    )
    return session_id


def add_token(tx: Transaction, session_id: Guid, kind: TokenKind, token_hash: str, expires_at: datetime) -> None:
    tx.execute(
        """INSERT INTO session_token (token_hash, session_id, kind, expires_at, number)
           VALUES (:token_hash, :session_id, :kind, :expires_at,
                   (SELECT COALESCE(MAX(number), 0) + 1 FROM session_token WHERE session_id = :session_id))""",
        token_hash=token_hash,
        session_id=session_id,
        kind=kind,
        expires_at=microseconds(expires_at),
    )


def replace_token(tx: Transaction, token_hash: str, seed: str) -> bool:
    """Marks a refresh token as replaced by one that `seed` leads to; whether it was not replaced already."""
    return (
        tx.execute(
            """UPDATE session_token
                  SET replaced_at = :now, successor_seed = :seed
                WHERE token_hash = :token_hash AND replaced_at IS NULL""",
            now=microseconds(tx.now),
            seed=seed,
            token_hash=token_hash,
        )
        == 1
    )


def is_replaced(tx: Transaction, token_hash: str) -> bool:
    """Whether a refresh token was replaced by another one."""
    replaced_at = tx.value("SELECT replaced_at FROM session_token WHERE token_hash = :hash", hash=token_hash)
    return replaced_at is not None


def forget_older_tokens(tx: Transaction, session_id: Guid, kind: TokenKind, *, kept: int) -> None:
    """Forgets the tokens of a kind that a session has beside the newest ones."""
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
    """Ends the sessions of a user beside the newest ones, and tells which those were."""
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


def end_session(tx: Transaction, session_id: Guid) -> None:
    """Ends a session, and with it all its tokens."""
    tx.execute("DELETE FROM session WHERE session_id = :session_id", session_id=session_id)


def end_session_of(tx: Transaction, token_hash: str) -> Guid | None:
    """Ends the session a token belongs to, and with it all its tokens. None when it belongs to none."""
    row = tx.row(
        """DELETE FROM session
            WHERE session_id IN (SELECT session_id FROM session_token WHERE token_hash = :token_hash)
        RETURNING session_id""",
        token_hash=token_hash,
    )
    return None if row is None else Guid(row["session_id"])


def end_sessions_of_user(tx: Transaction, user_id: Guid) -> None:
    """Ends everything a user is signed in with."""
    tx.execute("DELETE FROM session WHERE user_id = :user_id", user_id=user_id)


def end_of_session(tx: Transaction, session_id: Guid) -> int | None:
    """When a session ends, in microseconds; None when it is over."""
    ends_at: int | None = tx.value(
        "SELECT expires_at FROM session WHERE session_id = :session_id AND expires_at > :now",
        session_id=session_id,
        now=microseconds(tx.now),
    )
    return ends_at


def forget_expired_sessions(tx: Transaction, before: datetime, limit: int) -> None:
    """Forgets sessions that expired before an instant, the oldest first, `limit` of them at most."""
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


def forget_expired_tokens(tx: Transaction, session_id: Guid, before: datetime) -> None:
    """Forgets a session's tokens that expired before an instant."""
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
