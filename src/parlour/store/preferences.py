"""What a person chose in an agency, and how they see themselves there."""

import json

from parlour.engine.dto.declare import Guid
from parlour.model.me import Me
from parlour.store import people
from parlour.store.database import Transaction


def me(tx: Transaction, agency_id: Guid, user_id: Guid) -> Me:
    """A user of the agency as they see themselves, without their roles."""
    row = tx.row(
        """SELECT u.display_name, u.email_address, c.contact_id, a.name, p.language, p.shows_presence, p.settings
             FROM contact c
             JOIN user_account u ON u.user_id = c.user_id
             JOIN agency a ON a.agency_id = c.agency_id
             LEFT JOIN preference p ON p.agency_id = c.agency_id AND p.user_id = c.user_id
            WHERE c.agency_id = :agency_id AND c.user_id = :user_id""",
        agency_id=agency_id,
        user_id=user_id,
    )
    assert row is not None, "A caller is a user of their agency."
    return Me(
        user_id=user_id,
        contact_id=row["contact_id"],
        name=row["display_name"],
        email_address=row["email_address"],
        agency_id=agency_id,
        agency_name=row["name"],
        language=row["language"],
        shows_presence=row["shows_presence"] != 0,
        settings=json.loads(row["settings"] or "{}"),
    )


def stored(settings: dict[str, str]) -> str:
    """Settings as they are stored."""
    return json.dumps(settings, ensure_ascii=False, sort_keys=True)


def save(tx: Transaction, changed: Me) -> None:
    """Keeps the language, the settings, and whether others see the person's presence."""
    tx.execute(
        """INSERT INTO preference (agency_id, user_id, language, shows_presence, settings)
           VALUES (:agency_id, :user_id, :language, :shows_presence, :settings)
               ON CONFLICT (agency_id, user_id) DO UPDATE
              SET language = excluded.language, shows_presence = excluded.shows_presence,
                  settings = excluded.settings""",
        agency_id=changed.agency_id,
        user_id=changed.user_id,
        language=changed.language,
        shows_presence=int(changed.shows_presence),
        settings=stored(changed.settings),
    )


def rename(tx: Transaction, agency_id: Guid, user_id: Guid, contact_id: Guid, name: str) -> None:
    """Gives a person another name: that of their account, and that of their contact in this agency."""
    tx.execute("UPDATE user_account SET display_name = :name WHERE user_id = :user_id", name=name, user_id=user_id)
    tx.execute(
        "UPDATE contact SET full_name = :name WHERE agency_id = :agency_id AND contact_id = :contact_id",
        name=name,
        agency_id=agency_id,
        contact_id=contact_id,
    )
    people.fold_again(tx, agency_id, contact_id)
