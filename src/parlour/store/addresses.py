"""When two e-mail addresses are the same."""

import unicodedata
from hashlib import sha256

import idna

# RFC 5321, 4.5.3.1.3.
LONGEST_ADDRESS = 254


def address_key(address: str) -> str:
    """The form by which an address is compared: two addresses are the same when their keys are.

    The domain in lower case and in IDNA's ASCII form, the local part case-folded: a mail server may tell
    `Ann@` from `ann@`, but hardly any does, and people write both. Surrounding blanks do not count. Text that
    is no address has a key too, which no address shares: it can be looked up and is not found.
    Text too long for an address is only hashed: bringing it to its normal form would take very long.
    """
    if len(address) > LONGEST_ADDRESS:
        return f"too long: {sha256(address.encode('utf-8', 'surrogatepass')).hexdigest()}"
    local, at, domain = _storable(address).strip().rpartition("@")
    return f"{unicodedata.normalize('NFC', local.casefold())}{at}{_ascii_domain(domain)}"


def _storable(text: str) -> str:
    # PostgreSQL takes no zero character and neither database half a surrogate pair; no address has one.
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return unicodedata.normalize("NFC", domain.casefold())
