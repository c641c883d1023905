"""Invitations, and the tokens and codes that identify the invited person.

Tokens and codes are never stored. Both are the HMAC of a random seed under the server's key. Only the seed is stored,
so the mail can be written after a restart, but the database alone is not enough to accept. They are looked up by their
hashes.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from parlour.engine.dto.declare import Guid, new_guid
from parlour.store.database import Row, Transaction
from parlour.store.email_addresses import address_key
from parlour.store.times import microseconds, to_datetime

InvitationState = Literal["pending", "accepted", "declined", "ignored", "revoked"]

# As many bits as the token has.
_SEED_BYTES = 32

# Prefixes that separate these tokens and codes from each other, and from other uses of the server's key.
_PURPOSE = b"invitation:"
_CODE_PURPOSE = b"invitation code:"
_CODE_HASH_PURPOSE = b"invitation code hash:"

# Crockford's 32 characters, none of which looks like another. Ten of them have 50 bits, too many to be guessed at the
# rate that the throttle allows.
_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_CHARACTERS = 10
_HALF = _CODE_CHARACTERS // 2

# Characters that people type instead of those of a code, and separators between them.
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})

# Longer than any typed code, and shorter than a token.
_LONGEST_TYPED = 40


@dataclass(frozen=True, slots=True)
class Invitation:
    """A stored invitation. Its expiry is checked when reading: see `is_open`."""

    agency_id: Guid
    invitation_id: Guid
    contact_id: Guid
    email_address: str
    state: InvitationState
    expires_at: datetime
    mailed_at: datetime | None
    accepted_by: Guid | None

    def is_open(self, now: datetime) -> bool:
        return self.state == "pending" and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Letter:
    """The contents of an invitation for the invited person."""

    agency_name: str
    inviter_name: str
    email_address: str
    role_names: Sequence[str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """One offered role, and the contact who offers it."""

    role_id: Guid
    offered_by: Guid


def new_seed() -> str:
    return secrets.token_hex(_SEED_BYTES)


def token_of(key: bytes, seed: str) -> str:
    """The token of a seed: 256 bits, as 43 characters that need no escape in a URL."""
    code = hmac.digest(key, _PURPOSE + seed.encode(), hashlib.sha256)
    return urlsafe_b64encode(code).rstrip(b"=").decode()


def code_of(key: bytes, seed: str) -> str:
    """The code of a seed, for people whose mail program breaks the link: `7KQ2M-X04TZ`."""
    bits = int.from_bytes(hmac.digest(key, _CODE_PURPOSE + seed.encode(), hashlib.sha256))
    text = "".join(_CODE_ALPHABET[bits >> 5 * place & 31] for place in range(_CODE_CHARACTERS))
    return f"{text[:_HALF]}-{text[_HALF:]}"


def code_in(text: str) -> str | None:
    """The code in a typed text, in any case and with or without its hyphen. None if it cannot be a code."""
    if len(text) > _LONGEST_TYPED:
        return None
    typed = text.upper().translate(_MEANT)
    if len(typed) != _CODE_CHARACTERS or not set(typed) <= set(_CODE_ALPHABET):
        return None
    return f"{typed[:_HALF]}-{typed[_HALF:]}"


def by_token(tx: Transaction, token: str, *, key: bytes) -> Invitation | None:
    """The invitation of a token or code, in any state."""
    code = code_in(token)
    row = tx.row(
        """SELECT agency_id, invitation_id, contact_id, email_address, state, expires_at, mailed_at, accepted_by
             FROM invitation
            WHERE token_hash = :token_hash OR code_hash = :code_hash""",
        token_hash=_hash(token),
        code_hash=None if code is None else _code_hash(key, code),
    )
    return None if row is None else _invitation(row)


def pending(tx: Transaction, agency_id: Guid, contact_id: Guid, address: str) -> Invitation | None:
    """The one pending invitation of a contact at an address, even if it has expired."""
    row = tx.row(
        """SELECT agency_id, invitation_id, contact_id, email_address, state, expires_at, mailed_at, accepted_by
             FROM invitation
            WHERE agency_id = :agency_id AND contact_id = :contact_id AND address_key = :address_key
              AND state = 'pending'""",
        agency_id=agency_id,
        contact_id=contact_id,
        address_key=address_key(address),
    )
    return None if row is None else _invitation(row)


def add(
    tx: Transaction,
    agency_id: Guid,
    *,
    contact_id: Guid,
    inviter_id: Guid,
    address: str,
    key: bytes,
    expires_at: datetime,
) -> Guid:
    """Adds an invitation, whose mail is queued next, and returns its id."""
    invitation_id, seed = new_guid(), new_seed()
    tx.execute(
        """INSERT INTO invitation (agency_id, invitation_id, contact_id, inviter_contact_id, email_address,
                                   address_key, state, token_hash, code_hash, token_seed, created_at, renewed_at,
                                   expires_at, mailed_at)
           VALUES (:agency_id, :invitation_id, :contact_id, :inviter_id, :email_address,
                   :address_key, 'pending', :token_hash, :code_hash, :token_seed, :now, :now,
                   :expires_at, :now)""",
        agency_id=agency_id,
        invitation_id=invitation_id,
        contact_id=contact_id,
        inviter_id=inviter_id,
        email_address=address,
        address_key=address_key(address),
        token_hash=_hash(token_of(key, seed)),
        code_hash=_code_hash(key, code_of(key, seed)),
        token_seed=seed,
        now=microseconds(tx.now),
        expires_at=microseconds(expires_at),
    )
    return invitation_id


def prolong(tx: Transaction, invitation: Invitation, *, inviter_id: Guid, expires_at: datetime) -> None:
    """Renews a pending invitation without a new token: the mailed link stays valid for longer."""
    tx.execute(
        """UPDATE invitation
              SET inviter_contact_id = :inviter_id, renewed_at = :now, expires_at = :expires_at
            WHERE agency_id = :agency_id AND invitation_id = :invitation_id AND state = 'pending'""",
        agency_id=invitation.agency_id,
        invitation_id=invitation.invitation_id,
        inviter_id=inviter_id,
        now=microseconds(tx.now),
        expires_at=microseconds(expires_at),
    )


def change_token(tx: Transaction, invitation: Invitation, *, key: bytes) -> None:
    """Gives a pending invitation a new token and code, for a mail that is queued next. The old ones become invalid."""
    seed = new_seed()
    tx.execute(
        """UPDATE invitation
              SET token_hash = :token_hash, code_hash = :code_hash, token_seed = :token_seed, mailed_at = :now
            WHERE agency_id = :agency_id AND invitation_id = :invitation_id AND state = 'pending'""",
        agency_id=invitation.agency_id,
        invitation_id=invitation.invitation_id,
        token_hash=_hash(token_of(key, seed)),
        code_hash=_code_hash(key, code_of(key, seed)),
        token_seed=seed,
        now=microseconds(tx.now),
    )


def offer(tx: Transaction, agency_id: Guid, invitation_id: Guid, role_ids: Iterable[Guid], *, offered_by: Guid) -> None:
    """Replaces the offers of this contact with `role_ids`. Offers of others in the same invitation are kept."""
    tx.execute(
        """DELETE FROM invitation_role
            WHERE agency_id = :agency_id AND invitation_id = :invitation_id AND offered_by = :offered_by""",
        agency_id=agency_id,
        invitation_id=invitation_id,
        offered_by=offered_by,
    )
    for role_id in role_ids:
        tx.execute(
            """INSERT INTO invitation_role (agency_id, invitation_id, role_id, offered_by)
               VALUES (:agency_id, :invitation_id, :role_id, :offered_by)""",
            agency_id=agency_id,
            invitation_id=invitation_id,
            role_id=role_id,
            offered_by=offered_by,
        )


def offers(tx: Transaction, agency_id: Guid, invitation_id: Guid) -> list[Offer]:
    rows = tx.rows(
        """SELECT role_id, offered_by
             FROM invitation_role
            WHERE agency_id = :agency_id AND invitation_id = :invitation_id
            ORDER BY role_id, offered_by""",
        agency_id=agency_id,
        invitation_id=invitation_id,
    )
    return [Offer(**row) for row in rows]


def accept(tx: Transaction, invitation: Invitation, user_id: Guid) -> bool:
    """Marks a pending, unexpired invitation as accepted by a user. False if it no longer is pending and unexpired."""
    return (
        tx.execute(
            """UPDATE invitation SET state = 'accepted', accepted_by = :user_id
                WHERE agency_id = :agency_id AND invitation_id = :invitation_id
                  AND state = 'pending' AND expires_at > :now""",
            agency_id=invitation.agency_id,
            invitation_id=invitation.invitation_id,
            user_id=user_id,
            now=microseconds(tx.now),
        )
        == 1
    )


def letter(tx: Transaction, agency_id: Guid, invitation_id: Guid) -> Letter | None:
    """The contents of an open invitation. None if it is over."""
    row = tx.row(
        """SELECT a.name AS agency_name, c.full_name AS inviter_name, i.email_address, i.expires_at
             FROM invitation i
             JOIN agency a ON a.agency_id = i.agency_id
             JOIN contact c ON c.agency_id = i.agency_id AND c.contact_id = i.inviter_contact_id
            WHERE i.agency_id = :agency_id AND i.invitation_id = :invitation_id
              AND i.state = 'pending' AND i.expires_at > :now""",
        agency_id=agency_id,
        invitation_id=invitation_id,
        now=microseconds(tx.now),
    )
    if row is None:
        return None
    return Letter(
        agency_name=row["agency_name"],
        inviter_name=row["inviter_name"],
        email_address=row["email_address"],
        role_names=_role_names(tx, agency_id, invitation_id),
        expires_at=to_datetime(row["expires_at"]),
    )


def token_and_code(tx: Transaction, agency_id: Guid, invitation_id: Guid, *, key: bytes) -> tuple[str, str | None]:
    """The token and code for an invitation's mail. The code is None if its mail was sent before codes existed."""
    row = tx.row(
        "SELECT token_seed, code_hash FROM invitation WHERE agency_id = :agency_id AND invitation_id = :invitation_id",
        agency_id=agency_id,
        invitation_id=invitation_id,
    )
    assert row is not None
    seed: str = row["token_seed"]
    return token_of(key, seed), None if row["code_hash"] is None else code_of(key, seed)


def _role_names(tx: Transaction, agency_id: Guid, invitation_id: Guid) -> list[str]:
    rows = tx.rows(
        """SELECT DISTINCT r.name
             FROM invitation_role o
             JOIN role r ON r.agency_id = o.agency_id AND r.role_id = o.role_id
            WHERE o.agency_id = :agency_id AND o.invitation_id = :invitation_id
            ORDER BY r.name""",
        agency_id=agency_id,
        invitation_id=invitation_id,
    )
    return [row["name"] for row in rows]


def _hash(token: str) -> str:
    # A fast hash is enough, since the token is random and as long as the hash.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _code_hash(key: bytes, code: str) -> str:
    # With the key, since a reader of the database could try all codes against a plain hash.
    return hmac.digest(key, _CODE_HASH_PURPOSE + code.encode(), hashlib.sha256).hex()


def _invitation(row: Row) -> Invitation:
    return Invitation(
        agency_id=row["agency_id"],
        invitation_id=row["invitation_id"],
        contact_id=row["contact_id"],
        email_address=row["email_address"],
        state=row["state"],
        expires_at=to_datetime(row["expires_at"]),
        mailed_at=None if row["mailed_at"] is None else to_datetime(row["mailed_at"]),
        accepted_by=row["accepted_by"],
    )
