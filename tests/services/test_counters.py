"""The counters of chats are correct after any history: each step is compared with a recount."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parlour.engine.dto.declare import EMPTY_GUID, Guid, new_guid
from parlour.engine.dto.errors import NotFound
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.editing import EditMessage
from parlour.model.markers import GetUnread, MarkRead, MarkUnread
from parlour.model.messages import ChatMessage, ChatMessageRequest, ChatMessagesRequest
from parlour.model.sending import SendMessage
from parlour.services import messages as message_service
from parlour.services.caller import Caller
from parlour.services.chats import change_chat, list_chats, start_chat
from parlour.services.editing import edit_message
from parlour.services.markers import get_unread, mark_read, mark_unread
from parlour.services.messages import read_messages, send_message
from parlour.services.sending import send_message as send_live_message
from parlour.store import chats, consistency, memberships, messages
from parlour.store.database import Transaction
from tests.services.conftest import Agency

PEOPLE = 3

# The messages per call in this test, few enough for a history to exceed them.
LISTED, UNREAD_LISTED = 3, 5

# Each may be parked, and later become one of the people, once in a history.
CONTACTS = 4

Step = tuple[str, int, int]

# Markers move most often, since they change the counters.
ACTIONS = {
    "send": 2,
    "send_naming": 3,
    "mark": 6,
    "delete": 2,
    "edit": 3,
    "leave": 2,
    "join": 2,
    "park": 1,
    "mark_all_read": 1,
    "activate": 2,
    "fetch": 3,
    "fetch_all": 1,
    "send_again": 1,
}
STEPS = st.tuples(
    st.sampled_from([action for action, weight in ACTIONS.items() for _ in range(weight)]),
    st.integers(0, PEOPLE - 1),
    st.integers(0, 500),
)


@dataclass
class Message:
    message_id: Guid
    sender: int
    is_deleted: bool = False
    names: set[Guid] = field(default_factory=set)
    """The contacts that it names."""
    is_to_all: bool = False


@dataclass
class Model:
    """A simple model of the chat: the number of messages that each person and parked contact has read."""

    messages: list[Message] = field(default_factory=list)
    read: dict[int, int] = field(default_factory=dict)
    parked: dict[Guid, int] = field(default_factory=dict)

    def unread(self, person: int) -> int:
        return len(self.unread_by(person))

    def unread_by(self, person: int) -> list[Message]:
        return [message for message in self.later(person) if message.sender != person]

    def mentioning(self, person: int, contact_id: Guid) -> int:
        return sum(message.is_to_all or contact_id in message.names for message in self.unread_by(person))

    def later(self, person: int) -> list[Message]:
        return [message for message in self.messages[self.read[person] :] if not message.is_deleted]

    def shown(self, person: int) -> list[Message]:
        """The messages of one call: the newest, or all after the marker, up to the limit of a call."""
        later = self.later(person)
        return later[:UNREAD_LISTED] if len(later) > LISTED else self.live[-LISTED:]

    @property
    def live(self) -> list[Message]:
        return [message for message in self.messages if not message.is_deleted]

    @property
    def last_live(self) -> int:
        """The number of messages read by somebody who has read all."""
        return max((place for place, message in enumerate(self.messages, 1) if not message.is_deleted), default=0)


@dataclass
class History:
    """The history of one chat, in the database and in the model."""

    tx: Transaction
    agency_id: Guid
    people: list[Caller]
    contacts: list[Guid]
    chat_id: Guid = EMPTY_GUID
    model: Model = field(default_factory=Model)

    def begin(self) -> None:
        """Everybody is in the chat, and has sent a message."""
        everybody = [ChatMember(user_id=caller.user_id) for caller in self.people]
        request = ChatRequest(chat=Chat(chat_name="Chat", chat_members=everybody))
        self.chat_id = start_chat(request, self.tx, self.people[0]).chat[0].chat_id
        owner = "UPDATE chat_member SET role = 'owner' WHERE user_id = :user_id"
        self.tx.execute(owner, user_id=self.people[0].user_id)
        self.model.read = dict.fromkeys(range(PEOPLE), 0)
        for person in range(PEOPLE):
            self.send(person, 0)

    def do(self, step: Step) -> None:
        action, person, number = step
        getattr(self, action)(person, number)

    def send(self, person: int, number: int) -> None:
        message_id = new_guid()
        try:
            self._send(person, message_id)
        except NotFound:
            assert person not in self.model.read
            return
        self.model.messages.append(Message(message_id, person))
        self.model.read[person] = len(self.model.messages)

    def send_naming(self, person: int, number: int) -> None:
        """Names some of the members, perhaps the sender and people without an account, or everybody."""
        if person not in self.model.read:
            return
        named = self._some_members(number)
        message = Message(new_guid(), person, names=named, is_to_all=person == 0 and number % 3 == 0)
        request = SendMessage(
            chat_id=self.chat_id,
            chat_message_id=message.message_id,
            text="x",
            mentioned_user_ids=list(named),
            mentions_everybody=message.is_to_all,
        )
        send_live_message(request, self.tx, self.people[person])
        self.model.messages.append(message)
        self.model.read[person] = len(self.model.messages)

    def send_again(self, person: int, number: int) -> None:
        own = [message for message in self.model.live if message.sender == person]
        if own and person in self.model.read:
            self._send(person, own[number % len(own)].message_id)

    def fetch(self, person: int, number: int) -> None:
        """Only returned messages count as read."""
        try:
            shown = self._shown(person)
        except NotFound:
            assert person not in self.model.read
            return
        expected = self.model.shown(person)
        assert shown == [message.message_id for message in expected]
        if expected:
            self.model.read[person] = max(self.model.read[person], self.model.messages.index(expected[-1]) + 1)

    def fetch_all(self, person: int, number: int) -> None:
        """Repeated calls return all unread messages."""
        if person not in self.model.read:
            return
        unread = {message.message_id for message in self.model.unread_by(person)}
        shown: set[Guid] = set()
        for _ in range(len(self.model.messages) // UNREAD_LISTED + 1):
            shown.update(self._shown(person))
            self.model.read[person] = max(self.model.read[person], self.model.last_live)
        assert unread <= shown

    def _shown(self, person: int) -> list[Guid]:
        request = ChatMessagesRequest(chat_id=self.chat_id)
        answer = read_messages(request, self.tx, self.people[person])
        return [message.chat_message_id for message in answer.chat_message]

    def mark(self, person: int, number: int) -> None:
        """Moves a marker to any message, forward or back, and from there to any other."""
        if person in self.model.read and self.model.messages:
            for place in divmod(number, len(self.model.messages)):
                self._mark(person, place % len(self.model.messages) + 1)

    def _mark(self, person: int, seq: int) -> None:
        message_id = self.model.messages[seq - 1].message_id
        if seq > self.model.read[person]:
            self._change(person, ChatMember(user_id=self.people[person].user_id, last_chat_message_id=message_id))
        else:
            self._mark_back(person, seq, message_id)
        self.model.read[person] = seq

    def _mark_back(self, person: int, seq: int, message_id: Guid) -> None:
        """Marks the message after this one as unread, which leaves own messages after a person's marker."""
        if seq < self.model.read[person]:
            after = self.model.messages[seq].message_id
            mark_unread(MarkUnread(chat_id=self.chat_id, chat_message_id=after), self.tx, self.people[person])

    def mark_all_read(self, person: int, number: int) -> None:
        """In this chat, or in all of them."""
        chat_id = self.chat_id if number % 2 and person in self.model.read else EMPTY_GUID
        mark_read(MarkRead(chat_id=chat_id), self.tx, self.people[person])
        if person in self.model.read:
            self.model.read[person] = len(self.model.messages)

    def join(self, person: int, number: int) -> None:
        """A member of the chat adds another person, who may be in it already."""
        self._change(0, ChatMember(user_id=self.people[person].user_id))
        self.model.read.setdefault(person, len(self.model.messages))

    def leave(self, person: int, number: int) -> None:
        if person in self.model.read and person != 0:
            membership = chats.membership_of(self.tx, self.agency_id, self.chat_id, self.people[person].user_id)
            assert membership is not None
            self._change(person, ChatMember(chat_member_id=membership.member_id))
            del self.model.read[person]

    def park(self, person: int, number: int) -> None:
        if self.contacts:
            contact_id = self.contacts[number % len(self.contacts)]
            self._change(0, ChatMember(user_id=contact_id))
            self.model.parked.setdefault(contact_id, len(self.model.messages))

    def activate(self, person: int, number: int) -> None:
        """A contact becomes this person, who may be in the chat already, or have left it."""
        if not self.model.parked:
            return
        contact_id = sorted(self.model.parked)[number % len(self.model.parked)]
        self.contacts.remove(contact_id)
        self.tx.execute(
            "UPDATE contact SET state = 'merged', merged_into = :into WHERE contact_id = :contact_id",
            contact_id=contact_id,
            into=self.people[person].contact_id,
        )
        memberships.activate_parked(self.tx, self.agency_id, contact_id, self.people[person].user_id)
        self.model.read.setdefault(person, self.model.parked.pop(contact_id))
        for message in self.model.messages:
            if contact_id in message.names:
                message.names = message.names - {contact_id} | {self.people[person].contact_id}

    def delete(self, person: int, number: int) -> None:
        if self.model.messages:
            message = self.model.messages[number % len(self.model.messages)]
            deleted = messages.delete_message(self.tx, self.agency_id, message.message_id)
            assert deleted is not message.is_deleted
            message.is_deleted = True

    def edit(self, person: int, number: int) -> None:
        """Changes whom a message names."""
        own = [message for message in self.model.live if message.sender == person]
        if not own or person not in self.model.read:
            return
        message = own[number % len(own)]
        message.names = self._some_members(number)
        message.is_to_all = person == 0 and number % 3 == 0
        request = EditMessage(
            chat_message_id=message.message_id,
            text=f"{number}",
            mentioned_user_ids=list(message.names),
            mentions_everybody=message.is_to_all,
        )
        edit_message(request, self.tx, self.people[person], edit_time=timedelta(days=1))

    def _some_members(self, number: int) -> set[Guid]:
        members = [self.people[other].contact_id for other in self.model.read] + list(self.model.parked)
        return {contact_id for place, contact_id in enumerate(members) if number >> place & 1}

    def forget(self) -> None:
        for table in ("mention", "message_version", "chat_message", "chat_member", "chat"):
            self.tx.execute(f"DELETE FROM {table} WHERE chat_id = :chat_id", chat_id=self.chat_id)

    def _send(self, person: int, message_id: Guid) -> None:
        message = ChatMessage(chat_id=self.chat_id, chat_message_id=message_id, message="x")
        send_message(ChatMessageRequest(chat_message=message), self.tx, self.people[person])

    def _change(self, person: int, entry: ChatMember) -> None:
        request = ChatRequest(chat_id=self.chat_id, chat=Chat(chat_members=[entry]))
        change_chat(request, self.tx, self.people[person])

    def compare(self) -> None:
        model = self.model
        for person, caller in enumerate(self.people):
            found = list_chats(ChatRequest(), self.tx, caller).chat
            assert bool(found) == (person in model.read)
            totals = get_unread(GetUnread(), self.tx, caller)
            assert totals.unread_count == sum(chat.unread_count for chat in found)
            assert totals.mention_count == sum(self._mention_count(caller) for _ in found)
            for chat in found:
                assert chat.unread_count == model.unread(person)
                assert self._mention_count(caller) == model.mentioning(person, caller.contact_id)
                assert chat.message_count == len(model.live)
                assert chat.member_count == len(chat.chat_members) == len(model.read) + len(model.parked)
        assert consistency.differences(self.tx) == []

    def _mention_count(self, caller: Caller) -> int:
        membership = chats.membership_of(self.tx, self.agency_id, self.chat_id, caller.user_id)
        assert membership is not None
        return membership.mention_count

    def compare_messages(self) -> None:
        self.mark_all_read(0, 1)
        assert self._shown(0) == [message.message_id for message in self.model.live[-LISTED:]]


@dataclass
class People:
    """The people of every history."""

    agency: Agency
    callers: list[Caller]


@pytest.fixture
def people(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> People:
    monkeypatch.setattr(message_service, "MOST_LISTED", LISTED)
    monkeypatch.setattr(message_service, "MOST_UNREAD_LISTED", UNREAD_LISTED)
    return People(agency, [agency.person(str(number)) for number in range(PEOPLE)])


# Every history leaves the database unchanged, so all share one.
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=20, max_size=50))
def test_the_counters_equal_a_recount_after_every_step(people: People, steps: list[Step]) -> None:
    contacts = [people.agency.contact(str(number)) for number in range(CONTACTS)]

    def live(tx: Transaction) -> None:
        history = History(tx, people.agency.agency_id, people.callers, contacts)
        history.begin()
        for step in steps:
            history.do(step)
            history.compare()
        history.compare_messages()
        history.forget()

    people.agency.database.run(live)
