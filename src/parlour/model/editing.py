"""Editing and deleting messages, and the texts they had before."""

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
from parlour.engine.rules.rules import MaximumLength
from parlour.model.invitations import PARLOUR
from parlour.model.people import LONGEST_CURSOR
from parlour.model.sending import MessageResponse

# More than a screen shows.
MOST_VERSIONS = 200


@route("/v1/Message/{ChatMessageId}", "PUT")
@tag("Messages")
@requires_authentication()
@returns(MessageResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class EditMessage:
    """Changes the text of a message, and whom it names. Only its sender may, and only for some time.

    Members can still read the texts that it had before.
    """

    chat_message_id: Annotated[Guid, ApiMember("The message.")] = EMPTY_GUID
    text: Annotated[
        str | None, ApiMember("The new text, of at most 10,000 characters. It may be empty if there are attachments.")
    ] = None
    mentioned_user_ids: Annotated[
        list[Guid],
        ApiMember("The members whom it names now, at most 50. A member without an account has their contact's id."),
    ] = field(default_factory=list)
    mentions_everybody: Annotated[
        bool, ApiMember("Whether it names all members now. Only for owners, moderators and administrators.")
    ] = False


@route("/v1/Message/{ChatMessageId}", "DELETE")
@tag("Messages")
@requires_authentication()
@returns(MessageResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class DeleteMessage:
    """Deletes a message with all that belongs to it. An empty one is left in its place, and returned.

    Its sender may do so for some time. Owners and moderators of the chat, and administrators, always may. Deleting it
    again changes nothing.
    """

    chat_message_id: Annotated[Guid, ApiMember("The message.")] = EMPTY_GUID


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class MessageVersion:
    """A text that a message had before it was edited."""

    number: Annotated[Long, ApiMember("The number of the text, counted from 1.")] = 0
    text: Annotated[str | None, ApiMember("The text.")] = None
    date_written: Annotated[datetime, ApiMember("When it was written.")] = MIN_DATETIME


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetMessageHistoryResponse:
    """The texts that a message had before, without the present one."""

    versions: Annotated[list[MessageVersion], ApiMember("The texts, oldest first.")] = field(default_factory=list)
    next_cursor: Annotated[str | None, ApiMember("The `Cursor` of the next page, or null if this is the last.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Message/{ChatMessageId}/History", "GET")
@tag("Messages")
@requires_authentication()
@returns(GetMessageHistoryResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetMessageHistory:
    """Returns the texts that a message had before it was edited."""

    chat_message_id: Annotated[Guid, ApiMember("The message.")] = EMPTY_GUID
    cursor: Annotated[
        str | None,
        ApiMember("The `NextCursor` of the page before. Empty for the first page."),
        MaximumLength(LONGEST_CURSOR),
    ] = None
    take: Annotated[
        int, ApiMember("The most texts on a page, up to 200. 0 for 50."), InclusiveBetween(0, MOST_VERSIONS)
    ] = 0
