"""Finding people of an agency by the words of their names and addresses, which are stored folded with each contact."""

from collections.abc import Sequence
from dataclasses import dataclass

from parlour.engine.dto.declare import Guid
from parlour.model.people import FoundPerson
from parlour.store.database import Transaction
from parlour.store.folding import Phrase, words_of

# The contacts that the migration reads at once.
_FOLDED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class PersonPlace:
    """A place in the list of people: that of the person who was listed last."""

    folded: str
    contact_id: str


FIRST = PersonPlace("", "")


def folded(full_name: str, address: str | None) -> str:
    """A person as they are stored for searching: each word between spaces. No phrase crosses the bar."""
    return " ".join(("", *words_of(full_name), "|", *words_of(address or ""), ""))


def fold_again(tx: Transaction, agency_id: Guid, contact_id: Guid) -> None:
    """Folds a contact anew, after its name or address has changed."""
    row = tx.row(
        "SELECT full_name, email_address FROM contact WHERE agency_id = :agency_id AND contact_id = :contact_id",
        agency_id=agency_id,
        contact_id=contact_id,
    )
    if row is not None:
        _store(tx, agency_id, contact_id, folded(row["full_name"], row["email_address"]))


def find(
    tx: Transaction, agency_id: Guid, phrases: Sequence[Phrase], *, without: Guid, after: PersonPlace, most: int
) -> tuple[list[FoundPerson], PersonPlace]:
    """The first people after a place in whose name or address all phrases are, and the place of the last of them.

    The contact `without` is left out, like people whose account is disabled. Every folded name may be read: ten
    thousand take some milliseconds, and need no table of words.
    """
    conditions = "".join(f" AND c.folded LIKE :phrase{index}" for index in range(len(phrases)))
    rows = tx.rows(
        f"""SELECT c.contact_id, c.user_id, c.full_name, c.email_address, c.folded
              FROM contact c
             WHERE c.agency_id = :agency_id AND (c.folded, c.contact_id) > (:after_folded, :after_contact){conditions}
               AND c.state IN ('virtual', 'invited', 'real') AND c.contact_id <> :without
               AND NOT EXISTS (SELECT 1 FROM user_account u WHERE u.user_id = c.user_id AND u.is_disabled = 1)
             ORDER BY c.folded, c.contact_id
             LIMIT :most""",  # noqa: S608  # constants and numbers
        agency_id=agency_id,
        without=without,
        after_folded=after.folded,
        after_contact=after.contact_id,
        most=most,
        **{f"phrase{index}": pattern(phrase) for index, phrase in enumerate(phrases)},
    )
    found = [
        FoundPerson(
            user_id=row["user_id"] or row["contact_id"],
            contact_id=row["contact_id"],
            name=row["full_name"],
            email_address=row["email_address"],
            has_joined=row["user_id"] is not None,
        )
        for row in rows
    ]
    return found, PersonPlace(rows[-1]["folded"], rows[-1]["contact_id"]) if rows else after


def users_named(tx: Transaction, agency_id: Guid, phrases: Sequence[Phrase], *, most: int) -> list[Guid]:
    """The users of the agency in whose name or address all phrases are, also those who are disabled."""
    conditions = "".join(f" AND c.folded LIKE :phrase{index}" for index in range(len(phrases)))
    rows = tx.rows(
        f"""SELECT c.user_id
              FROM contact c
             WHERE c.agency_id = :agency_id{conditions} AND c.user_id IS NOT NULL
             ORDER BY c.folded, c.contact_id
             LIMIT :most""",  # noqa: S608  # constants and numbers
        agency_id=agency_id,
        most=most,
        **{f"phrase{index}": pattern(phrase) for index, phrase in enumerate(phrases)},
    )
    return [row["user_id"] for row in rows]


def users_among(tx: Transaction, agency_id: Guid, user_id: Guid) -> list[Guid]:
    """The user with this id, if the agency has them."""
    rows = tx.rows(
        "SELECT user_id FROM contact WHERE agency_id = :agency_id AND user_id = :user_id",
        agency_id=agency_id,
        user_id=user_id,
    )
    return [row["user_id"] for row in rows]


def fold_people(tx: Transaction) -> None:
    """The step of migration 0011: folds all contacts."""
    agency_id, contact_id = "", ""
    while True:
        rows = tx.rows(
            """SELECT agency_id, contact_id, full_name, email_address
                 FROM contact
                WHERE (agency_id, contact_id) > (:agency_id, :contact_id)
                ORDER BY agency_id, contact_id
                LIMIT :most""",
            agency_id=agency_id,
            contact_id=contact_id,
            most=_FOLDED_AT_ONCE,
        )
        for row in rows:
            agency_id, contact_id = row["agency_id"], row["contact_id"]
            _store(tx, Guid(agency_id), Guid(contact_id), folded(row["full_name"], row["email_address"]))
        if len(rows) < _FOLDED_AT_ONCE:
            return


def pattern(phrase: Phrase) -> str:
    """The pattern of LIKE for a phrase. Words have no character that means something there."""
    return f"% {' '.join(phrase.words)}{'' if phrase.is_open else ' '}%"


def _store(tx: Transaction, agency_id: Guid, contact_id: Guid, text: str) -> None:
    tx.execute(
        "UPDATE contact SET folded = :folded WHERE agency_id = :agency_id AND contact_id = :contact_id",
        agency_id=agency_id,
        contact_id=contact_id,
        folded=text,
    )
