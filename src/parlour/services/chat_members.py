"""Members of chats: their ways in and out, and what they are in it."""

from collections.abc import Callable, Iterable
from functools import partial

from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import Conflict, Forbidden, NotFound, ValidationError
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.chat_members import (
    AddChatMembers,
    AddChatMembersResponse,
    RemoveChatMember,
    RemoveChatMemberResponse,
    SetChatRole,
    SetChatRoleResponse,
)
from parlour.model.chats import ChatMemberRequest, ChatMemberResponse
from parlour.model.events import ArchivedForMe, MemberChanged, MemberLeft
from parlour.services import access, events, field_errors
from parlour.services.caller import Caller
from parlour.services.chat_states import let_join
from parlour.services.reasons import Reason, because
from parlour.store import chat_listings, chats, members, memberships
from parlour.store.chats import MemberRow, Membership
from parlour.store.database import Transaction

# Each named member occupies the writer for about 40 microseconds, so a thousand take less than 50 milliseconds. A chat
# may have more members, who join by several requests.
MOST_MEMBERS_NAMED = 1_000

ROLES = ("owner", "moderator", "member")

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
    services.add(AddChatMembers, service="ChatMemberService", post=Handler(add_members))
    end = Handler(partial(remove_chat_member, on_members_change=on_members_change))
    services.add(RemoveChatMember, service="ChatMemberService", delete=end)
    services.add(SetChatRole, service="ChatMemberService", put=Handler(set_role))


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
    listed = chat_listings.member_of(tx, membership.agency_id, membership.chat_id, member.member_id)
    return ChatMemberResponse(chat_member=listed)


def add_members(request: AddChatMembers, tx: Transaction, caller: Caller) -> AddChatMembersResponse:
    """Adds people to a chat. Those who are in it already stay as they are.

    Raises NotFound if the caller is not in the chat, ValidationError for unknown people or too many. Raises Conflict if
    the chat is archived or stays that of two people.
    """
    membership = access.locked_chat_of(tx, caller, request.chat_id)
    if len(request.user_ids) > MOST_MEMBERS_NAMED:
        raise ValidationError([field_errors.too_many("UserIds", len(request.user_ids), most=MOST_MEMBERS_NAMED)])
    known = chats.people(tx, caller.agency_id, request.user_ids)
    field_errors.raise_any(
        field_errors.unknown(f"UserIds[{index}]", user_id)
        for index, user_id in enumerate(request.user_ids)
        if user_id not in known
    )
    access.check_open(membership)
    people = list({known[user_id].contact_id: known[user_id] for user_id in request.user_ids}.values())
    contact_ids = [person.contact_id for person in people]
    access.check_may_join(membership, contact_ids)
    let_join(tx, caller.agency_id, membership.chat_id, people)
    return AddChatMembersResponse(members=members.of_contacts(tx, caller.agency_id, membership.chat_id, contact_ids))


def remove_chat_member(
    request: RemoveChatMember,
    tx: Transaction,
    caller: Caller,
    *,
    on_members_change: OnMembersChange = lambda chat_id: None,
) -> RemoveChatMemberResponse:
    """Ends a membership: the caller's own, or another one if the caller may.

    Raises NotFound if the caller is not in the chat, Forbidden. Raises Conflict for the last owner among others.
    """
    membership, member = access.locked_member_of(tx, caller, request.chat_member_id)
    if not membership.is_direct:
        _check_not_last_owner(tx, membership, member)
    end_membership(tx, caller, membership, member, on_members_change)
    return RemoveChatMemberResponse()


def set_role(request: SetChatRole, tx: Transaction, caller: Caller) -> SetChatRoleResponse:
    """Gives a member a role.

    Raises NotFound if the caller or the member is not in the chat, Forbidden unless the chat is the caller's. Raises
    Conflict for the last owner, for people without an account, and in the chat of two people. In an archived chat only
    an owner is named, and otherwise Conflict is raised.
    """
    membership, member = access.locked_member_of(tx, caller, request.chat_member_id)
    if request.role not in ROLES:
        raise ValidationError([field_errors.not_among("Role", request.role, ROLES)])
    access.check_owns(caller, membership)
    if member.state == "left":
        raise NotFound(access.MEMBER_NOT_FOUND)
    if request.role != "owner":
        # The last owner of an archived chat must be able to leave it.
        access.check_open(membership)
    if membership.is_direct:
        raise Conflict("The chat of two people belongs to both.", meta=because(Reason.CHAT_OF_TWO))
    if member.state == "parked":
        message = "The person has no account yet, so they have no role in the chat."
        raise Conflict(message, meta=because(Reason.NOT_JOINED))
    if request.role != "owner":
        _check_not_last_owner(tx, membership, member, may_be_alone=False)
    if request.role != member.role:
        chats.set_role(tx, membership.agency_id, membership.chat_id, member.member_id, request.role)
        events.record(tx, membership.agency_id, *_changed(tx, membership, [member.contact_id]))
    [shown] = members.of_contacts(tx, membership.agency_id, membership.chat_id, [member.contact_id])
    return SetChatRoleResponse(member=shown)


def _check_not_last_owner(
    tx: Transaction, membership: Membership, member: MemberRow, *, may_be_alone: bool = True
) -> None:
    """Raises Conflict if the member is the only owner. With `may_be_alone` not if nobody else could own the chat."""
    if member.state != "active" or member.role != "owner":
        return
    owners, active = chats.owners_and_active(tx, membership.agency_id, membership.chat_id)
    if owners == 1 and not (may_be_alone and active == 1):
        message = "The last owner of a chat must make somebody else an owner first."
        raise Conflict(message, meta=because(Reason.LAST_OWNER))


def _changed(tx: Transaction, membership: Membership, contact_ids: Iterable[Guid]) -> list[MemberChanged]:
    changed = members.of_contacts(tx, membership.agency_id, membership.chat_id, contact_ids)
    return [MemberChanged(chat_id=membership.chat_id, member=member) for member in changed]


def end_membership(
    tx: Transaction, caller: Caller, membership: Membership, member: MemberRow, on_members_change: OnMembersChange
) -> None:
    """Ends the membership of a member of the caller's chat. Does nothing if they have left. Raises Forbidden."""
    agency_id, chat_id = membership.agency_id, membership.chat_id
    if member.state == "left":
        return
    access.check_may_remove(caller, membership, member)
    promoted = memberships.leave(tx, agency_id, chat_id, [member.member_id])
    left = MemberLeft(chat_id=chat_id, chat_member_id=member.member_id, user_id=member.user_id or member.contact_id)
    events.record(tx, agency_id, left, *_changed(tx, membership, promoted))
    tx.after_commit(lambda: on_members_change(chat_id))
