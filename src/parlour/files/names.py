"""Names of files: as a sender gives them, as they are kept, and as browsers are told them (RFC 6266)."""

import re
import unicodedata
from urllib.parse import quote

# The longest name that common file systems store.
LONGEST_NAME_BYTES = 255

NAMELESS = "file"

# Control and format characters, surrogates and separators: invisible, or able to turn a name round, so that `exe.png`
# is shown for a program. Unassigned ones may be emoji that are newer than this Python.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

# Joins letters and emoji, and turns nothing round.
_JOINERS = "\u200c\u200d"

# Characters with a meaning in the quoted form of the header, or in its other form.
_UNQUOTABLE = re.compile(r'[^\x20-\x7e]|["\\%]')


def kept_name(given: str) -> str:
    """The name without the path that some senders add, and without invisible characters.

    The end of a long name is kept, as it says what the file is.
    """
    last = re.split(r"[/\\]", given)[-1]
    normal = unicodedata.normalize("NFC", last.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    visible = "".join(each for each in normal if each in _JOINERS or unicodedata.category(each) not in _INVISIBLE)
    # Windows drops dots and blanks at the end, and so would change the end.
    plain = visible.strip(" \u00a0").rstrip(". ")
    return _shortened(plain) or NAMELESS


def content_disposition(kind: str, name: str) -> str:
    """The header for `inline` or `attachment`: the real name, and one in ASCII for old programs."""
    plain = _UNQUOTABLE.sub("_", name)
    header = f'{kind}; filename="{plain}"'
    return header if plain == name else f"{header}; filename*=UTF-8''{quote(name, safe='')}"


def _shortened(name: str) -> str:
    raw = name.encode()
    if len(raw) <= LONGEST_NAME_BYTES:
        return name
    stem, dot, end = name.rpartition(".")
    suffix = f"{dot}{end}" if stem and len(end.encode()) <= 32 else ""
    return raw[: LONGEST_NAME_BYTES - len(suffix.encode())].decode(errors="ignore") + suffix
