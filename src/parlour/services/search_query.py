"""Reads what people write to search for: words, phrases and filters. It knows the words, and no people or chats."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from parlour.engine.dto.errors import FieldError, ValidationError
from parlour.services.reasons import Reason, because
from parlour.store.folding import Phrase, phrase_of
from parlour.store.search import EVER
from parlour.store.times import microseconds

# A filter with a value that may be in quotation marks, a phrase in quotation marks, or a word. A phrase that does not
# end is still being written, so it goes to the end.
_PART = re.compile(
    r"""(?P<name>from|in|before|after|has):(?:"(?P<quoted>[^"]*)"?|(?P<plain>\S*))"""
    r"""|"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+)""",
    re.IGNORECASE,
)

# More words than a question has. Each is looked up.
MOST_PARTS = 30


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read. `senders` and `chats` are the values of `from:` and `in:`, as written."""

    phrases: list[Phrase] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    chats: list[str] = field(default_factory=list)
    has_file: bool = False
    not_before: int = 0
    before: int = EVER


def read(text: str) -> Query:
    """Raises ValidationError that names the part which cannot be understood."""
    phrases, senders, chats = list[Phrase](), list[str](), list[str]()
    has_file, not_before, before = False, 0, EVER
    for part in _parts(text):
        name = (part["name"] or "").lower()
        value = part["quoted"] if part["quoted"] is not None else part["plain"] or ""
        if name and not value.strip():
            raise refused(
                f"'{part[0]}' must be followed by a value, without a space between.",
                because(Reason.SEARCH_FILTER_IS_EMPTY, Part=part[0]),
            )
        if name == "from":
            senders.append(value)
        elif name == "in":
            chats.append(value)
        elif name == "before":
            before = min(before, _instant(part[0], value))
        elif name == "after":
            not_before = max(not_before, _instant(part[0], value))
        elif name == "has":
            has_file = has_file or _is_attachment(part[0], value)
        elif phrase := phrase_of(part["phrase"] or part["word"] or "", is_open=part["phrase"] is None):
            phrases.append(phrase)
    if not (phrases or senders or has_file):
        raise refused("It must have a word, a phrase, 'from:' or 'has:attachment'.", because(Reason.SEARCH_IS_EMPTY))
    return Query(phrases, senders, chats, has_file, not_before, before)


def refused(reason: str, meta: Mapping[str, str]) -> ValidationError:
    """The error of a query for this reason, as a sentence and as `because` gives it."""
    return ValidationError([FieldError("Query", f"'Query' cannot be searched for. {reason}", "Predicate", meta)])


def _parts(text: str) -> Iterator[re.Match[str]]:
    for number, part in enumerate(_PART.finditer(text)):
        if number == MOST_PARTS:
            raise refused(
                f"It must have at most {MOST_PARTS} words, phrases and filters.",
                because(Reason.SEARCH_IS_TOO_LONG, MaxLength=MOST_PARTS),
            )
        yield part


def _instant(part: str, value: str) -> int:
    try:
        instant = datetime.fromisoformat(value)
        return microseconds(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise refused(
            f"'{part}' must name a day such as 2026-01-31, or an instant.", because(Reason.SEARCH_DAY, Part=part)
        ) from None


def _is_attachment(part: str, value: str) -> bool:
    if value.lower() != "attachment":
        raise refused(
            f"'{part}' is unknown. Only 'has:attachment' can be asked for.", because(Reason.SEARCH_HAS, Part=part)
        )
    return True
