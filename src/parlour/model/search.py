"""Searching in the messages of the caller's chats."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from parlour.engine.dto.declare import (
    EMPTY_GUID,
    MIN_DATETIME,
    ApiMember,
    Guid,
    Long,
    namespace,
    requires_authentication,
    returns,
    route,
    tag,
)
from parlour.engine.dto.errors import ResponseStatus
from parlour.engine.rules.comparisons import InclusiveBetween
from parlour.engine.rules.rules import MaximumLength, NotEmpty
from parlour.model.invitations import PARLOUR
from parlour.model.people import LONGEST_CURSOR

# Enough for a sentence and some filters.
LONGEST_QUERY = 1_000

MOST_FOUND = 200


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class TextRange:
    """A part of a text, counted in UTF-16 code units, as strings of JavaScript, C#, Java and Swift's NSString are."""

    start: Annotated[int, ApiMember("The index of the first unit, from 0.")] = 0
    length: Annotated[int, ApiMember("The number of units.")] = 0


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class FoundMessage:
    """A message that was found, with what fits in it."""

    chat_message_id: Annotated[Guid, ApiMember("The id of the message.")] = EMPTY_GUID
    chat_id: Annotated[Guid, ApiMember("The chat it is in.")] = EMPTY_GUID
    chat_name: Annotated[str | None, ApiMember("The name of the chat.")] = None
    number: Annotated[Long, ApiMember("Its place in the chat, counted from 1 without gaps.")] = 0
    sender_user_id: Annotated[Guid, ApiMember("The person who wrote it.")] = EMPTY_GUID
    sender_name: Annotated[str | None, ApiMember("Their name.")] = None
    text: Annotated[str | None, ApiMember("The text as it was written.")] = None
    has_attachment: Annotated[bool, ApiMember("Whether it has a file.")] = False
    date_created: Annotated[datetime, ApiMember("When it was sent.")] = MIN_DATETIME
    date_edited: Annotated[datetime | None, ApiMember("When it was last edited, or null.")] = None
    ranges: Annotated[
        list[TextRange], ApiMember("The parts of the text that fit the words and phrases, in order, without overlaps.")
    ] = field(default_factory=list)


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SearchMessagesResponse:
    """The messages that were found, newest first."""

    found: Annotated[list[FoundMessage], ApiMember("The messages on this page.")] = field(default_factory=list)
    next_cursor: Annotated[str | None, ApiMember("The `Cursor` of the next page, or null if this is the last.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Messages/Search", "GET")
@tag("Messages")
@requires_authentication()
@returns(SearchMessagesResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SearchMessages:
    """Searches the messages of the caller's chats, newest first.

    A message must have all words, each at least as the beginning of one of its own: `fras` finds `Fräsen`. Case and
    accents do not matter. Words in quotation marks are a phrase, and are found only as they are. Chinese, Japanese and
    Korean are found anywhere in a run of letters. Filters are part of the query:

    `from:ann`, `from:"Ann Agent"`, `from:me` or `from:` with an id names the sender. `in:` names the chat, by the
    beginnings of words in its name or by its id. `before:2026-01-31` and `after:2026-01-31` name a day or an instant,
    in UTC unless they say otherwise; the day itself counts as after. `has:attachment` asks for a file. Of several
    `from:` or `in:` one must fit.
    """

    query: Annotated[
        str | None,
        ApiMember("Words, phrases in quotation marks, and filters.", required=True),
        NotEmpty(),
        MaximumLength(LONGEST_QUERY),
    ] = None
    cursor: Annotated[
        str | None,
        ApiMember("The `NextCursor` of the page before. Empty for the first page."),
        MaximumLength(LONGEST_CURSOR),
    ] = None
    take: Annotated[
        int, ApiMember("The most messages on a page, up to 200. 0 for 50."), InclusiveBetween(0, MOST_FOUND)
    ] = 0
