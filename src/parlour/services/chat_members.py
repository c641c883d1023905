"""Members of chats: who they are, and their ways out of it."""

from collections.abc import Callable
from functools import partial

from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import Forbidden
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.chats import ChatMemberRequest, ChatMemberResponse
from parlour.model.events import ArchivedForMe, MemberChanged, MemberLeft
from parlour.services import access, events
from parlour.services.caller import Caller
from parlour.store import chats, members
from parlour.store.chats import MemberRow, Membership
from parlour.store.database import Transaction

OnMembersChange = Callable[[Guid], None]
"""Gets the id of a chat that a member has left."""


def register(services: Services, *, on_members_change: OnMembersChange = lambda chat_id: None) -> None:
    """Registers the operations of this area. `on_members_change` gets the ids of chats that members have left."""
    services.add(
        ChatMemberRequest,
        service="ChatMemberService",
        delete=Handler(partial(remove_member, on_members_change=on_members_change)),
        put=Handler(archive_for_member),
    )


def remove_member(
    request: ChatMemberRequest,
    tx: Transaction,
    caller: Caller,
    *,
    on_members_change: OnMembersChange = lambda chat_id: None,
) -> ChatMemberResponse:
    """Ends a membership: the caller's own, or another one if the caller may. Returns it as it is then.

    If the last owner leaves, another member becomes one. Raises NotFound if the caller is not in the chat, Forbidden.
    """
    membership, member = access.locked_member_of(tx, caller, request.chat_member_id)
    end_membership(tx, caller, membership, member, on_members_change)
    return _as_listed(tx, membership, member)


def archive_for_member(request: ChatMemberRequest, tx: Transaction, caller: Caller) -> ChatMemberResponse:
    """Puts a chat away for the caller. Raises NotFound if they are not in it, Forbidden for another member."""
    membership, member = access.locked_member_of(tx, caller, request.chat_member_id)
    if member.member_id != membership.member_id:
        raise Forbidden("Nobody else may archive a chat for its members.")
    chats.archive_for(tx, membership, is_archived=True)
    happened = ArchivedForMe(chat_id=membership.chat_id, is_archived=True)
    events.record(tx, caller.agency_id, happened, user_id=caller.user_id)
    return _as_listed(tx, membership, member)


def _as_listed(tx: Transaction, membership: Membership, member: MemberRow) -> ChatMemberResponse:
    listed = chats.member_of(tx, membership.agency_id, membership.chat_id, member.member_id)
    return ChatMemberResponse(chat_member=listed)


def end_membership(
    tx: Transaction, caller: Caller, membership: Membership, member: MemberRow, on_members_change: OnMembersChange
) -> None:
    """Ends the membership of a member of the caller's chat. Does nothing if they have left. Raises Forbidden."""
    agency_id, chat_id = membership.agency_id, membership.chat_id
    if member.state == "left":
        return
    access.check_may_remove(caller, membership, member)
    promoted = chats.leave(tx, agency_id, chat_id, [member.member_id])
    left = MemberLeft(chat_id=chat_id, chat_member_id=member.member_id, user_id=member.user_id or member.contact_id)
    changed = [
        MemberChanged(chat_id=chat_id, member=each) for each in members.of_contacts(tx, agency_id, chat_id, promoted)
    ]
    events.record(tx, agency_id, left, *changed)
    tx.after_commit(lambda: on_members_change(chat_id))
