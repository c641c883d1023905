"""Reading the messages of a chat."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from parlour.engine.dto.declare import (
    EMPTY_GUID,
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
from parlour.engine.rules.comparisons import GreaterThanOrEqual, InclusiveBetween
from parlour.engine.rules.rules import MaximumLength, RegularExpression
from parlour.model.conversations import Message
from parlour.model.invitations import PARLOUR
from parlour.model.people import LONGEST_CURSOR

# More than a screen shows.
MOST_MESSAGES = 200

BEFORE, AFTER, AROUND = "before", "after", "around"


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class FindMessagesResponse:
    """Some messages of a chat, with those that were deleted as empty ones in their places."""

    messages: Annotated[list[Message], ApiMember("The messages, oldest first.")] = field(default_factory=list)
    next_cursor: Annotated[
        str | None, ApiMember("The `Cursor` of the page further in the same direction, or null if there is none.")
    ] = None
    previous_cursor: Annotated[
        str | None, ApiMember("The `Cursor` of the page in the other direction, or null if there is none.")
    ] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Messages", "GET")
@tag("Messages")
@requires_authentication()
@returns(FindMessagesResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class FindMessages:
    """Returns messages of a chat, without marking them as read.

    Without a message, a number and a date these are the newest ones. The first unread message has the number after the
    caller's `ReadNumber`.
    """

    chat_id: Annotated[Guid, ApiMember("The chat.")] = EMPTY_GUID
    chat_message_id: Annotated[Guid, ApiMember("A message of the chat from which to look, or empty.")] = EMPTY_GUID
    number: Annotated[
        Long,
        ApiMember("The number from which to look, in place of a message. 0 for none."),
        GreaterThanOrEqual(0),
    ] = 0
    date: Annotated[datetime | None, ApiMember("The time from which to look, in place of a message.")] = None
    direction: Annotated[
        str | None,
        ApiMember("Where to look: `before`, `after` or `around` that place. Empty for `before`."),
        RegularExpression("^(before|after|around)?$"),
    ] = None
    cursor: Annotated[
        str | None,
        ApiMember(
            "The `NextCursor` or `PreviousCursor` of another page, in place of a message, number, date and direction."
        ),
        MaximumLength(LONGEST_CURSOR),
    ] = None
    take: Annotated[
        int, ApiMember("The most messages on a page, up to 200. 0 for 50."), InclusiveBetween(0, MOST_MESSAGES)
    ] = 0
