"""Lists, starts and changes chats."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256

from parlour.engine.dto.declare import EMPTY_GUID, Guid, new_guid
from parlour.engine.dto.errors import Conflict, FieldError, ValidationError
from parlour.engine.rules.rules import NotNull
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.chats import Chat, ChatMember, ChatRequest, ChatResponse
from parlour.services import (
    access,
    chat_choices,
    chat_events,
    chat_members,
    chat_states,
    chat_summaries,
    field_errors,
    markers,
)
from parlour.services.caller import Caller
from parlour.services.chat_members import MOST_MEMBERS_NAMED
from parlour.services.chat_states import LONGEST_NAME
from parlour.store import chat_listings, chats, memberships, messages
from parlour.store.chats import ChatStart, MemberRow, Membership, Person
from parlour.store.database import Transaction
from parlour.store.messages import MessagePosition

_Entries = Sequence[tuple[str, ChatMember]]
"""Members as a request lists them, each with its path for field errors."""


def register(services: Services, *, on_members_change: Callable[[Guid], None] = lambda chat_id: None) -> None:
    """Registers all operations about chats. `on_members_change` gets the ids of chats that members have left."""
    change = partial(change_chat, on_members_change=on_members_change)
    services.add(
        ChatRequest,
        service="ChatService",
        get=Handler(list_chats, writes=False),
        post=Handler(start_chat),
        put=Handler(change),
    )
    chat_choices.register(services)
    chat_members.register(services, on_members_change=on_members_change)
    chat_states.register(services)
    chat_summaries.register(services)


def list_chats(request: ChatRequest, tx: Transaction, caller: Caller) -> ChatResponse:
    """The caller's chats, newest activity first; with a ChatId only that one.

    Raises NotFound if the caller is not in the requested chat.
    """
    if request.chat_id == EMPTY_GUID:
        listed = tx.cached(chat_listings.chats_of, caller.agency_id, caller.user_id, caller.display_name)
        return ChatResponse(chat=listed)
    membership = access.chat_of(tx, caller, request.chat_id)
    return _as_seen_by(caller, membership.chat_id, tx)


def start_chat(request: ChatRequest, tx: Transaction, caller: Caller) -> ChatResponse:
    """Starts a chat of the caller and the listed people. Of each entry only the person counts.

    A client that chooses the chat's id may repeat the request. It then gets the existing chat, and no second one is
    started.

    Raises NotFound if the caller has left the existing chat since, Conflict if it was started differently or by another
    user. Raises ValidationError with all field errors, such as people unknown in the agency, or for more than a
    thousand people.
    """
    chat = _chat_in(request)
    name = chat.chat_name or ""
    errors = _name_errors(chat.chat_name)
    entries = list(_entries(chat, errors))
    chosen = chat.chat_id if request.chat_id == EMPTY_GUID else request.chat_id
    if chat.chat_id not in (EMPTY_GUID, chosen):
        errors.append(field_errors.differing("Chat.ChatId", chat.chat_id, chosen))
    started_with = None
    if chosen != EMPTY_GUID and not errors:
        started_with = _content_digest(name, [entry.user_id for _, entry in entries], caller)
        first = chats.start_of(tx, caller.agency_id, chosen)
        if first is not None:
            return _repeated(chosen, first, started_with, tx, caller)
    known = chats.people(tx, caller.agency_id, _user_ids_in(entries))
    people = [Person(caller.contact_id, caller.user_id)]
    for path, entry in entries:
        person = _person(known, path, entry, errors)
        if person is not None:
            people.append(person)
    field_errors.raise_any(errors)
    chat_id = new_guid() if chosen == EMPTY_GUID else chosen
    chats.add(tx, caller.agency_id, chat_id, name=name, created_by=caller.user_id, started_with=started_with)
    memberships.join(tx, caller.agency_id, chat_id, people)
    chat_events.joined(tx, caller.agency_id, chat_id, (person.contact_id for person in people))
    return _as_seen_by(caller, chat_id, tx)


def _content_digest(name: str, user_ids: Iterable[Guid], caller: Caller) -> str:
    """A digest of a new chat's content: its name, and the ids of the people other than the caller.

    Ids are compared as they were sent, since the people they refer to may change later.
    """
    others = set(user_ids) - {caller.user_id, caller.contact_id}
    return sha256("\0".join([name, *sorted(others)]).encode()).hexdigest()


def _repeated(chat_id: Guid, first: ChatStart, started_with: str, tx: Transaction, caller: Caller) -> ChatResponse:
    """The answer to an id that is taken. It is the same for every other chat, and reveals nothing about it."""
    if (first.created_by, first.started_with) != (caller.user_id, started_with):
        raise Conflict("The ChatId is already in use.")
    access.chat_of(tx, caller, chat_id)
    return _as_seen_by(caller, chat_id, tx)


def change_chat(
    request: ChatRequest,
    tx: Transaction,
    caller: Caller,
    *,
    on_members_change: Callable[[Guid], None] = lambda chat_id: None,
) -> ChatResponse:
    """Renames a chat, adds or removes people, moves the caller's marker, or archives the chat for the caller.

    Empty members of the request change nothing. Returns the changed chat, or no chat if the caller has left it.
    `on_members_change` is called after the commit if somebody has left.

    Raises NotFound if the caller is not in the chat, ValidationError with all field errors, Forbidden for removing
    others without the right to. Raises Conflict if the chat is archived for everybody, unless the request only removes
    members.
    """
    membership = access.locked_chat_of(tx, caller, request.chat_id)
    change = _change(tx, caller, membership, _chat_in(request))
    for member in change.leaving.values():
        access.check_may_remove(caller, membership, member)
    if change.name is not None or change.joining:
        access.check_open(membership)
    if change.name is not None:
        access.check_has_name(membership)
    access.check_may_join(membership, change.joining)
    _apply(change, tx, membership)
    if change.leaving:
        tx.after_commit(lambda: on_members_change(membership.chat_id))
    return _as_seen_by(caller, membership.chat_id, tx)


@dataclass(slots=True)
class _Change:
    """The changes that a PUT asks for, with all ids looked up. None and empty mean no change."""

    name: str | None = None
    joining: dict[Guid, Person] = field(default_factory=dict)
    """By contact id."""
    leaving: dict[Guid, MemberRow] = field(default_factory=dict)
    """By member id."""
    read_up_to: MessagePosition | None = None
    is_archived: bool | None = None
    keeps_caller: bool = False
    errors: list[FieldError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """The members and people named by the entries of a PUT, looked up together."""

    members: Mapping[Guid, MemberRow]
    people: Mapping[Guid, Person]
    member_contact_ids: Collection[Guid]


def _look_up(tx: Transaction, membership: Membership, entries: _Entries) -> _Lookup:
    member_ids = [entry.chat_member_id for _, entry in entries if entry.chat_member_id != EMPTY_GUID]
    members = chats.members(tx, membership.agency_id, membership.chat_id, member_ids)
    returning = [member.contact_id for member in members.values() if member.state == "left"]
    people = chats.people(tx, membership.agency_id, [*_user_ids_in(entries), *returning])
    contact_ids = [person.contact_id for person in people.values()]
    return _Lookup(members, people, chats.members_among(tx, membership.agency_id, membership.chat_id, contact_ids))


def _change(tx: Transaction, caller: Caller, membership: Membership, chat: Chat) -> _Change:
    name = chat.chat_name or ""
    change = _Change(errors=_name_errors(name) if name.strip() else [])
    if chat.chat_id not in (EMPTY_GUID, membership.chat_id):
        change.errors.append(field_errors.differing("Chat.ChatId", chat.chat_id, membership.chat_id))
    if name.strip() and name != membership.name:
        change.name = name
    entries = list(_entries(chat, change.errors))
    known = _look_up(tx, membership, entries)
    own = [(path, entry) for path, entry in entries if _change_by_entry(known, membership, path, entry, change)]
    _move_marker(tx, membership, own, change)
    field_errors.raise_any(change.errors)
    if chat.is_archived:
        change.is_archived = True
    elif not name.strip() and not chat.chat_members:
        # Typed clients send false with every rename, so it counts only if nothing else is sent.
        change.is_archived = False
    if change.keeps_caller:
        # Every listing contains the caller and shows parked members as inactive. Sent back, it must remove nobody.
        change.leaving = {id_: member for id_, member in change.leaving.items() if member.state != "parked"}
    return change


def _change_by_entry(known: _Lookup, membership: Membership, path: str, entry: ChatMember, change: _Change) -> bool:
    """Adds the entry's change, and returns whether the entry is the caller's own."""
    if entry.chat_id not in (EMPTY_GUID, membership.chat_id):
        change.errors.append(field_errors.differing(f"{path}.ChatId", entry.chat_id, membership.chat_id))
    if entry.chat_member_id != EMPTY_GUID:
        user_id = _change_of_member(known, path, entry, change)
    else:
        user_id = _change_of_person(known, path, entry, change)
    if user_id != membership.user_id:
        return False
    if membership.member_id not in change.leaving:
        change.keeps_caller = True
    return True


def _move_marker(tx: Transaction, membership: Membership, own: _Entries, change: _Change) -> None:
    """Adds the caller's new marker. If they have several entries, the last one counts."""
    given = [(path, entry.last_chat_message_id) for path, entry in own if entry.last_chat_message_id != EMPTY_GUID]
    positions = messages.positions_of(
        tx, membership.agency_id, membership.chat_id, [message_id for _, message_id in given]
    )
    for path, message_id in given:
        change.read_up_to = positions.get(message_id)
        if change.read_up_to is None:
            change.errors.append(field_errors.unknown(f"{path}.LastChatMessageId", message_id))


def _change_of_member(known: _Lookup, path: str, entry: ChatMember, change: _Change) -> Guid | None:
    """Adds the change of an entry with a ChatMemberId, and returns the member's user."""
    member = known.members.get(entry.chat_member_id)
    if member is None:
        change.errors.append(field_errors.unknown(f"{path}.ChatMemberId", entry.chat_member_id))
        return None
    if member.state == "left" and entry.is_active:
        returning = known.people.get(member.contact_id)
        if returning is not None:
            change.joining[returning.contact_id] = returning
    if member.state != "left" and not entry.is_active:
        change.leaving[member.member_id] = member
    return member.user_id


def _change_of_person(known: _Lookup, path: str, entry: ChatMember, change: _Change) -> Guid | None:
    """Adds the person of an entry with only a UserId, and returns their user."""
    person = _person(known.people, path, entry, change.errors)
    if person is None:
        return None
    if person.contact_id not in known.member_contact_ids:
        change.joining[person.contact_id] = person
    return person.user_id


def _apply(change: _Change, tx: Transaction, membership: Membership) -> None:
    if change.name is not None:
        chats.rename(tx, membership.agency_id, membership.chat_id, change.name)
        chat_events.renamed(tx, membership, change.name)
    if change.joining:
        memberships.join(tx, membership.agency_id, membership.chat_id, list(change.joining.values()))
        chat_events.joined(tx, membership.agency_id, membership.chat_id, change.joining)
    if change.read_up_to is not None:
        markers.read_up_to(tx, membership, change.read_up_to.seq, change.read_up_to.message_id)
    if change.is_archived is not None:
        chats.archive_for(tx, membership, is_archived=change.is_archived)
        chat_events.archived_for_me(tx, membership, is_archived=change.is_archived)
    promoted = memberships.leave(tx, membership.agency_id, membership.chat_id, change.leaving)
    chat_events.left(tx, membership.agency_id, membership.chat_id, change.leaving.values(), promoted)


def _chat_in(request: ChatRequest) -> Chat:
    """The chat in the request. Raises ValidationError if it is missing or names too many members."""
    if request.chat is None:
        raise ValidationError([field_errors.of_rule(NotNull(), "Chat")])
    # A client may send null for the list, whatever the types promise.
    count = len(request.chat.chat_members or ())
    if count > MOST_MEMBERS_NAMED:
        raise ValidationError([field_errors.too_many("Chat.ChatMembers", count, most=MOST_MEMBERS_NAMED)])
    return request.chat


def _name_errors(name: str | None) -> list[FieldError]:
    return field_errors.in_name("Chat.ChatName", name, most=LONGEST_NAME)


def _entries(chat: Chat, errors: list[FieldError]) -> Iterator[tuple[str, ChatMember]]:
    """The listed members, each with its path for field errors."""
    # A client may send null for the list and for its items, whatever the types promise.
    entries: Sequence[ChatMember | None] = chat.chat_members or ()
    for index, entry in enumerate(entries):
        path = f"Chat.ChatMembers[{index}]"
        if entry is None:
            errors.append(field_errors.of_rule(NotNull(), path))
        else:
            yield path, entry


def _user_ids_in(entries: _Entries) -> list[Guid]:
    """The UserIds of the entries."""
    return [entry.user_id for _, entry in entries if entry.user_id != EMPTY_GUID]


def _person(known: Mapping[Guid, Person], path: str, entry: ChatMember, errors: list[FieldError]) -> Person | None:
    """The person of an entry's UserId, which is the id of a user or of a contact."""
    if entry.user_id == EMPTY_GUID:
        errors.append(field_errors.missing(f"{path}.UserId", entry.user_id))
        return None
    person = known.get(entry.user_id)
    if person is None:
        errors.append(field_errors.unknown(f"{path}.UserId", entry.user_id))
    return person


def _as_seen_by(caller: Caller, chat_id: Guid, tx: Transaction) -> ChatResponse:
    return ChatResponse(chat=chat_listings.chat_of(tx, caller.agency_id, chat_id, caller.user_id, caller.display_name))
