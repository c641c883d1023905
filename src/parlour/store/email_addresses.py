"""Checks e-mail addresses, and compares them by mailbox."""

import re
import unicodedata
from hashlib import sha256

import idna
from email_validator import EmailNotValidError, validate_email

# RFC 5321, 4.5.3.1; the longest address is what remains of a path of 256 without its brackets.
LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64

# The three characters that composing turns into ASCII: the Kelvin sign, the Greek question mark and the Greek grave.
# A mailbox named with one of them is not the mailbox named with the ASCII character.
_COMPOSED_TO_ASCII = frozenset("\u212a\u037e\u1fef")

# Characters that mean something in a header. Some readers take their wide forms, such as U+FF20, for them.
_MEANINGFUL = frozenset('@<>()[]:;,\\" ')

# Letters, digits and hyphens (RFC 1123, 2.1). The last label has a letter, or it would be an address of the network.
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOST = re.compile(rf"(?:{_LABEL}\.)*(?=[0-9-]*[a-z]){_LABEL}")


def deliverable(text: str) -> str | None:
    """The address as mail is sent to it. None unless `text` is an address that every mail program reads alike.

    Such an address has no quoted local part, no comment, no brackets, no control character and no literal domain.
    A local part with `=?` is refused too: in a header, readers may take it for encoded text that names others.
    """
    text = text.strip(" \t\r\n")
    local, _, domain = text.rpartition("@")
    # First, since what comes next costs more the longer a text is.
    if len(text) > LONGEST_ADDRESS or len(local) > LONGEST_LOCAL_PART:
        return None
    if "=?" in local or not _MEANINGFUL.isdisjoint(unicodedata.normalize("NFKC", local)):
        return None
    host = ascii_domain(domain)
    if not _HOST.fullmatch(host):
        return None
    try:
        # The real host is not checked: sending will show whether it exists, and it may exist only in the agency's
        # network.
        validate_email(f"{local}@example.org", check_deliverability=False)
        return f"{_composed(local)}@{idna.decode(host) if 'xn--' in host else host}"
    except (EmailNotValidError, idna.IDNAError):
        return None


def address_key(address: str) -> str:
    """The form by which an address is compared: two addresses are the same when their keys are.

    The domain in lower case and in IDNA's ASCII form, the local part with its ASCII letters in lower case. A mail
    server may tell `Ann@` from `ann@`, but hardly any does, and people write both. No other letter is folded:
    `straße@` and `strasse@` can be two people. Surrounding blanks do not count. Text that is not an address has
    a key too, which no address shares: it can be looked up and is not found.
    Text too long for an address is only hashed: bringing it to its normal form would take very long.
    """
    if len(address) > LONGEST_ADDRESS:
        return f"too long: {sha256(address.encode('utf-8', 'surrogatepass')).hexdigest()}"
    local, at, domain = _storable(address).strip().rpartition("@")
    return f"{_ascii_lower(_composed(local))}{at}{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """The domain in lower case and in IDNA's ASCII form. One that has no such form is only put in lower case."""
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return _ascii_lower(unicodedata.normalize("NFC", domain))


def _composed(local: str) -> str:
    """With accents joined to their letters, as RFC 6532 asks, so that both ways of typing them are one mailbox."""
    return local if not _COMPOSED_TO_ASCII.isdisjoint(local) else unicodedata.normalize("NFC", local)


def _ascii_lower(text: str) -> str:
    # Bytes know no letters but those of ASCII.
    return text.encode().lower().decode()


def _storable(text: str) -> str:
    # PostgreSQL takes no zero character and neither database half a surrogate pair; no address has one.
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
