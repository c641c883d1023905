"""The step of migration 0007 that SQL cannot say: keys of addresses fold ASCII letters and no others.

Before, a key was case-folded like any text. So `sam@` written with a long s (U+017F) was the address of Sam, and its
owner could become Sam's contact. Like every migration this is never edited, and makes keys by itself: it must do in
years what it did on the day it landed.
"""

import unicodedata

from parlour.store.database import Row, Transaction

# Trimming these leaves nothing of an address of ASCII characters alone: its key stays as it is.
_ASCII = "".join(map(chr, range(1, 128)))

# The characters that composing would turn into ASCII.
_COMPOSED_TO_ASCII = frozenset("\u212a\u037e\u1fef")


def rekey_addresses(tx: Transaction) -> None:
    """Makes the keys anew, and revokes pending invitations that would make one person another's contact.

    A new key is never that of another row: addresses with equal new keys had equal old ones.
    """
    for table in ("user_account", "contact", "invitation"):
        found = tx.rows(
            f"""SELECT DISTINCT email_address, address_key FROM {table}
                 WHERE email_address IS NOT NULL AND trim(email_address, :ascii) <> ''""",  # noqa: S608 # names above
            ascii=_ASCII,
        )
        for row in found:
            tx.execute(
                f"UPDATE {table} SET address_key = :address_key WHERE email_address = :email_address",  # noqa: S608
                email_address=row["email_address"],
                address_key=_rekeyed(row),
            )
    # A contact without an account is always invited at its own address; where it has another now, two were joined.
    tx.execute(
        """UPDATE invitation SET state = 'revoked'
            WHERE state = 'pending'
              AND EXISTS (SELECT 1 FROM contact c
                           WHERE c.agency_id = invitation.agency_id AND c.contact_id = invitation.contact_id
                             AND c.state IN ('virtual', 'invited') AND c.address_key <> invitation.address_key
                             AND trim(c.email_address || invitation.email_address, :ascii) <> '')""",
        ascii=_ASCII,
    )
    _revoke_mailed_elsewhere(tx)


def _revoke_mailed_elsewhere(tx: Transaction) -> None:
    """Revokes pending invitations of which a mail, and so perhaps the link that works, went to another mailbox."""
    found = tx.rows(
        """SELECT i.agency_id, i.invitation_id, i.address_key, o.to_address
             FROM invitation i
             JOIN outbox o ON o.agency_id = i.agency_id AND o.invitation_id = i.invitation_id
            WHERE i.state = 'pending' AND trim(i.email_address || o.to_address, :ascii) <> ''""",
        ascii=_ASCII,
    )
    for row in found:
        if _local_key(row["to_address"]) != row["address_key"].rpartition("@")[0]:
            tx.execute(
                """UPDATE invitation SET state = 'revoked'
                    WHERE agency_id = :agency_id AND invitation_id = :invitation_id""",
                agency_id=row["agency_id"],
                invitation_id=row["invitation_id"],
            )


def _rekeyed(row: Row) -> str:
    """The key of an address. Its domain was right before."""
    _, at, domain = row["address_key"].rpartition("@")
    return f"{_local_key(row['email_address'])}{at}{domain}"


def _local_key(address: str) -> str:
    local = address.strip().rpartition("@")[0]
    composed = local if not _COMPOSED_TO_ASCII.isdisjoint(local) else unicodedata.normalize("NFC", local)
    return composed.encode().lower().decode()
