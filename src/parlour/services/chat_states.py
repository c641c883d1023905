"""Starting the chat of two people, renaming chats, and archiving them for everybody."""

from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.errors import ValidationError
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.chat_states import ArchiveChat, ChangedChatResponse, RenameChat, StartDirectChat, UnarchiveChat
from parlour.model.events import ChatChanged, MemberJoined
from parlour.services import access, events, field_errors
from parlour.services.caller import Caller
from parlour.store import chats, members, memberships
from parlour.store.chats import Membership, Person
from parlour.store.database import Transaction

# Room for a title with several people's names.
LONGEST_NAME = 200


def register(services: Services) -> None:
    """Registers the operations of this area."""
    services.add(StartDirectChat, service="ChatService", post=Handler(start_direct_chat))
    services.add(RenameChat, service="ChatService", put=Handler(rename_chat))
    services.add(ArchiveChat, service="ChatService", put=Handler(archive_chat))
    services.add(UnarchiveChat, service="ChatService", put=Handler(unarchive_chat))


def start_direct_chat(request: StartDirectChat, tx: Transaction, caller: Caller) -> ChangedChatResponse:
    """The one chat of the caller and another person. Raises ValidationError for an unknown one, and for the caller."""
    other = chats.people(tx, caller.agency_id, [request.user_id]).get(request.user_id)
    if other is None or other.contact_id == caller.contact_id:
        raise ValidationError([field_errors.unknown("UserId", request.user_id)])
    key = chats.direct_key(caller.contact_id, other.contact_id)
    chat_id = chats.direct_chat(tx, caller.agency_id, key)
    if chat_id is None:
        chat_id = new_guid()
        chats.add(tx, caller.agency_id, chat_id, name="", created_by=caller.user_id, direct_key=key)
    chats.lock(tx, caller.agency_id, chat_id)
    let_join(tx, caller.agency_id, chat_id, [Person(caller.contact_id, caller.user_id), other])
    return _as_seen_by(caller, chat_id, tx)


def let_join(tx: Transaction, agency_id: Guid, chat_id: Guid, people: list[Person]) -> None:
    """Adds those people to a chat who are not in it, with an event for each."""
    contact_ids = [person.contact_id for person in people]
    there = chats.members_among(tx, agency_id, chat_id, contact_ids)
    joining = [person for person in people if person.contact_id not in there]
    if not joining:
        return
    memberships.join(tx, agency_id, chat_id, joining)
    joined = members.of_contacts(tx, agency_id, chat_id, [person.contact_id for person in joining])
    events.record(tx, agency_id, *(MemberJoined(chat_id=chat_id, member=member) for member in joined))


def rename_chat(request: RenameChat, tx: Transaction, caller: Caller) -> ChangedChatResponse:
    """Renames a chat. Raises NotFound if the caller is not in it, ValidationError, and Conflict if it has no name."""
    membership = access.locked_chat_of(tx, caller, request.chat_id)
    field_errors.raise_any(field_errors.in_name("ChatName", request.chat_name, most=LONGEST_NAME))
    access.check_open(membership)
    access.check_has_name(membership)
    name = request.chat_name or ""
    if name != membership.name:
        chats.rename(tx, caller.agency_id, membership.chat_id, name)
        _record(tx, membership, name=name, is_archived=False)
    return _as_seen_by(caller, membership.chat_id, tx)


def archive_chat(request: ArchiveChat, tx: Transaction, caller: Caller) -> ChangedChatResponse:
    """Archives a chat for everybody. Raises NotFound if the caller is not in it, Forbidden unless it is theirs."""
    return _set_archived(request.chat_id, tx, caller, is_archived=True)


def unarchive_chat(request: UnarchiveChat, tx: Transaction, caller: Caller) -> ChangedChatResponse:
    """Opens a chat again. Raises NotFound if the caller is not in it, Forbidden unless it is theirs."""
    return _set_archived(request.chat_id, tx, caller, is_archived=False)


def _set_archived(chat_id: Guid, tx: Transaction, caller: Caller, *, is_archived: bool) -> ChangedChatResponse:
    membership = access.locked_chat_of(tx, caller, chat_id)
    access.check_owns(caller, membership)
    if is_archived != membership.is_archived:
        chats.archive(tx, caller.agency_id, chat_id, is_archived=is_archived)
        _record(tx, membership, name=membership.name, is_archived=is_archived)
    return _as_seen_by(caller, chat_id, tx)


def _record(tx: Transaction, membership: Membership, *, name: str, is_archived: bool) -> None:
    changed = ChatChanged(chat_id=membership.chat_id, chat_name=name, is_archived=is_archived)
    events.record(tx, membership.agency_id, changed)


def _as_seen_by(caller: Caller, chat_id: Guid, tx: Transaction) -> ChangedChatResponse:
    return ChangedChatResponse(chat=access.summary_of(tx, caller, chat_id))
