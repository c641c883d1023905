"""Finding chats, and reading one with its members."""

from parlour.engine.dto.declare import EMPTY_GUID
from parlour.engine.dto.errors import ValidationError
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.chat_summaries import (
    FindChatMembers,
    FindChatMembersResponse,
    FindChats,
    FindChatsResponse,
    GetChat,
    GetChatResponse,
)
from parlour.services import access, field_errors
from parlour.services.caller import Caller
from parlour.services.cursors import USUAL_PAGE, cursor_of, keys_in
from parlour.services.people import phrases_in
from parlour.store import chat_summaries, chats, members
from parlour.store.chat_summaries import ChatPlace, Search
from parlour.store.database import Transaction
from parlour.store.members import MemberPlace


def register(services: Services) -> None:
    """Registers the operations of this area."""
    services.add(FindChats, service="ChatService", get=Handler(find_chats, writes=False))
    services.add(GetChat, service="ChatService", get=Handler(get_chat, writes=False))
    services.add(FindChatMembers, service="ChatService", get=Handler(find_members, writes=False))


def find_chats(request: FindChats, tx: Transaction, caller: Caller) -> FindChatsResponse:
    """The caller's chats that meet all conditions, newest activity first.

    Raises ValidationError, also for a person whom the agency does not know.
    """
    after = chat_summaries.FIRST
    if request.cursor:
        active_at, chat_id = keys_in(request.cursor, int, str)
        after = ChatPlace(int(active_at), str(chat_id))
    phrases = phrases_in(request.query or "")
    contact_id = None
    if request.with_user_id != EMPTY_GUID:
        person = chats.people(tx, caller.agency_id, [request.with_user_id]).get(request.with_user_id)
        if person is None:
            raise ValidationError([field_errors.unknown("WithUserId", request.with_user_id)])
        contact_id = person.contact_id
    if phrases is None:
        return FindChatsResponse()
    search = Search(
        phrases=tuple(phrases),
        contact_id=contact_id,
        is_archived=request.is_archived,
        is_direct=request.is_direct,
        unread_only=request.unread_only,
        after=after,
        most=request.take or USUAL_PAGE,
    )
    found, last = tx.cached(chat_summaries.find, caller.agency_id, caller.user_id, search)
    return FindChatsResponse(
        chats=found, next_cursor=cursor_of(last.active_at, last.chat_id) if len(found) == search.most else None
    )


def get_chat(request: GetChat, tx: Transaction, caller: Caller) -> GetChatResponse:
    """One chat. Raises NotFound if the caller is not in it."""
    return GetChatResponse(chat=access.summary_of(tx, caller, request.chat_id))


def find_members(request: FindChatMembers, tx: Transaction, caller: Caller) -> FindChatMembersResponse:
    """Members of a chat in the order in which they joined. Raises NotFound if the caller is not in it."""
    after = members.FIRST
    if request.cursor:
        joined_at, member_id = keys_in(request.cursor, int, str)
        after = MemberPlace(int(joined_at), str(member_id))
    phrases = phrases_in(request.query or "")
    take = request.take or USUAL_PAGE
    page = (caller.agency_id, request.chat_id, tuple(phrases or ()), after, take)
    tx.expect(members.page, *page)
    access.chat_of(tx, caller, request.chat_id)
    if phrases is None:
        return FindChatMembersResponse()
    found, last = tx.cached(members.page, *page)
    return FindChatMembersResponse(
        members=found, next_cursor=cursor_of(last.joined_at, last.member_id) if len(found) == take else None
    )
