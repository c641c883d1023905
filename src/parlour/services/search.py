"""Searching in the messages of the caller's chats."""

from bisect import bisect_left
from collections.abc import Sequence

from parlour.engine.dto.declare import EMPTY_GUID, Guid
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.search import FoundMessage, SearchMessages, SearchMessagesResponse, TextRange
from parlour.services import search_query
from parlour.services.caller import Caller
from parlour.services.cursors import USUAL_PAGE, cursor_of, keys_in
from parlour.services.reasons import Reason, because
from parlour.services.search_query import Query, refused
from parlour.store import people, search
from parlour.store.database import Transaction
from parlour.store.folding import Phrase, matches, phrase_of, places_in, words_of
from parlour.store.search import NEWEST, FoundPlace, FoundRow, Sought
from parlour.store.times import to_datetime

# More people or chats are not meant by one name.
MOST_NAMED = 50

ME = "me"


def register(services: Services) -> None:
    """Registers the operations of this area."""
    services.add(SearchMessages, service="SearchService", get=Handler(search_messages, writes=False))


def search_messages(request: SearchMessages, tx: Transaction, caller: Caller) -> SearchMessagesResponse:
    """The newest messages that fit a query, in chats that the caller is in now. Raises ValidationError."""
    query = search_query.read(request.query or "")
    after = NEWEST
    if request.cursor:
        place, chat_id, seq = keys_in(request.cursor, int, str, int)
        after = FoundPlace(int(place), str(chat_id), int(seq))
    sought = Sought(
        phrases=query.phrases,
        sender_ids=_senders(tx, caller, query),
        chat_ids=_chats(tx, caller, query),
        has_file=query.has_file,
        not_before=query.not_before,
        before=query.before,
    )
    take = request.take or USUAL_PAGE
    rows = search.find(tx, caller.agency_id, caller.user_id, sought, after=after, most=take)
    last = rows[-1].place if len(rows) == take else None
    return SearchMessagesResponse(
        found=[_found(row, query.phrases) for row in rows],
        next_cursor=cursor_of(last.place, last.chat_id, last.seq) if last else None,
    )


def _senders(tx: Transaction, caller: Caller, query: Query) -> list[Guid]:
    """The users whom `from:` names. Raises ValidationError for a name that nobody has."""
    found: list[Guid] = []
    for value in query.senders:
        named = [caller.user_id] if value.lower() == ME else _users(tx, caller, value)
        if not named:
            raise refused(f"'from:{value}' names nobody.", because(Reason.SEARCH_FROM_NOBODY, Part=f"from:{value}"))
        found += named
    _check_number(found, "from:")
    return found


def _users(tx: Transaction, caller: Caller, value: str) -> list[Guid]:
    if guid := _guid(value):
        return people.users_among(tx, caller.agency_id, guid)
    phrases = _phrases(value)
    return people.users_named(tx, caller.agency_id, phrases, most=MOST_NAMED + 1) if phrases else []


def _chats(tx: Transaction, caller: Caller, query: Query) -> list[Guid]:
    """The chats that `in:` names. Raises ValidationError if the caller is in none that has the name or the id."""
    if not query.chats:
        return []
    found: list[Guid] = []
    seats = search.seats_of(tx, caller.agency_id, caller.user_id, most=search.EVER)
    for value in query.chats:
        guid, phrases = _guid(value), _phrases(value)
        named = [
            seat.chat_id
            for seat in seats
            if seat.chat_id == guid or (phrases and all(matches(words_of(seat.name), each) for each in phrases))
        ]
        if not named:
            raise refused(
                f"'in:{value}' names none of your chats.", because(Reason.SEARCH_IN_NO_CHAT, Part=f"in:{value}")
            )
        found += named
    _check_number(found, "in:")
    return found


def _check_number(found: Sequence[Guid], name: str) -> None:
    if len(found) > MOST_NAMED:
        raise refused(
            f"'{name}' fits more than {MOST_NAMED}. Write more of the name.",
            because(Reason.SEARCH_FITS_TOO_MANY, Part=name, MaxLength=MOST_NAMED),
        )


def _phrases(value: str) -> list[Phrase]:
    return [phrase for piece in value.split() if (phrase := phrase_of(piece, is_open=True)) is not None]


def _guid(value: str) -> Guid | None:
    """The guid in a text with or without hyphens, or None."""
    digits = value.replace("-", "").lower()
    is_guid = len(digits) == len(EMPTY_GUID) and set(digits) <= _HEXADECIMAL
    return Guid(digits) if is_guid else None


_HEXADECIMAL = frozenset("0123456789abcdef")


def _found(row: FoundRow, phrases: Sequence[Phrase]) -> FoundMessage:
    return FoundMessage(
        chat_message_id=row.message_id,
        chat_id=Guid(row.place.chat_id),
        chat_name=row.chat_name,
        number=row.place.seq,
        sender_user_id=row.sender_id,
        sender_name=row.sender_name,
        text=row.text,
        has_attachment=row.has_file,
        date_created=to_datetime(row.sent_at),
        date_edited=None if row.edited_at is None else to_datetime(row.edited_at),
        ranges=_ranges(row.text, phrases),
    )


def _ranges(text: str, phrases: Sequence[Phrase]) -> list[TextRange]:
    """The parts of a text that fit, in UTF-16 code units: a character beyond U+FFFF counts as two."""
    wide = [index for index, character in enumerate(text) if character > "\uffff"] if not text.isascii() else []
    ranges = []
    for place in places_in(text, phrases):
        start = place.start + bisect_left(wide, place.start)
        end = place.end + bisect_left(wide, place.end)
        ranges.append(TextRange(start=start, length=end - start))
    return ranges
