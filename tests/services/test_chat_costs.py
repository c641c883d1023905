"""The cost of a chat does not grow with its history or agency: every statement finds its rows with an index."""

import sys
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from parlour.engine.dto.declare import new_guid
from parlour.model.chat_summaries import FindChatMembers, FindChats, GetChat
from parlour.model.chats import Chat, ChatMember, ChatMemberRequest, ChatRequest
from parlour.model.editing import DeleteMessage, EditMessage, GetMessageHistory
from parlour.model.markers import GetUnread, MarkRead, MarkUnread
from parlour.model.messages import ChatMessage, ChatMessageRequest, ChatMessagesRequest
from parlour.model.pins import PinMessage
from parlour.model.reactions import ReactToMessage
from parlour.model.reading import FindMessages
from parlour.model.sending import SendMessage
from parlour.services import editing, sending
from parlour.services.caller import Caller
from parlour.services.chat_members import MOST_MEMBERS_NAMED, remove_member
from parlour.services.chat_summaries import find_chats, find_members, get_chat
from parlour.services.chats import change_chat, list_chats, start_chat
from parlour.services.markers import get_unread, mark_read, mark_unread
from parlour.services.messages import get_message, read_messages, send_message
from parlour.services.pins import pin
from parlour.services.reactions import react
from parlour.services.reading import find_messages
from parlour.store import messages
from parlour.store.cache import Kept
from parlour.store.database import AfterCommit, Database, Gathered, Row, Transaction, open_database
from parlour.store.sqlite_connections import WritingTransaction
from tests.conftest import Store
from tests.services.conftest import Agency, new_agency

T = TypeVar("T")


class Watched:
    """A transaction that records its statements."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.now: datetime = tx.now
        self.has_word_table: bool = tx.has_word_table
        self.numbers_events: bool = tx.numbers_events
        self.may_write: bool = tx.may_write
        # Everything is read.
        self.kept: Kept | None = None
        self.ran: list[tuple[str, dict[str, Any]]] = []

    def rows(self, sql: str, **parameters: Any) -> Sequence[Row]:
        self.ran.append((sql, parameters))
        return self._tx.rows(sql, **parameters)

    def tuples(self, sql: str, **parameters: Any) -> Sequence[tuple[Any, ...]]:
        self.ran.append((sql, parameters))
        return self._tx.tuples(sql, **parameters)

    def row(self, sql: str, **parameters: Any) -> Row | None:
        self.ran.append((sql, parameters))
        return self._tx.row(sql, **parameters)

    def value(self, sql: str, **parameters: Any) -> Any:
        self.ran.append((sql, parameters))
        return self._tx.value(sql, **parameters)

    def execute(self, sql: str, **parameters: Any) -> int:
        self.ran.append((sql, parameters))
        return self._tx.execute(sql, **parameters)

    def post(self, sql: str, otherwise: Callable[[], object] | None = None, **parameters: Any) -> None:
        self.ran.append((sql, parameters))
        self._tx.post(sql, otherwise, **parameters)

    def gather(
        self, change: Gathered, otherwise: Callable[[], object], shared: Mapping[str, Any], row: Mapping[str, Any]
    ) -> None:
        if not change.of_rows(self, shared, [row]):
            otherwise()

    def insert(self, into: str, rows: Sequence[Sequence[Any]]) -> None:
        # Inserting values has no plan.
        assert isinstance(self._tx, WritingTransaction)
        self._tx.insert(into, rows)

    def insert_last(self, into: str, rows: Sequence[Sequence[Any]]) -> None:
        assert isinstance(self._tx, WritingTransaction)
        self._tx.insert_last(into, rows)

    def post_last(self, sql: str, **parameters: Any) -> None:
        self.ran.append((sql, parameters))
        self._tx.post_last(sql, **parameters)

    def lock(self, sql: str, **parameters: Any) -> None:
        self._tx.lock(sql, **parameters)

    def cached(self, query: Callable[..., T], *arguments: Hashable) -> T:
        return query(self, *arguments)

    def expect(self, query: Callable[..., object], *arguments: Hashable) -> None:
        self._tx.expect(query, *arguments)

    def may_take_long(self) -> None:
        self._tx.may_take_long()

    def for_writing(self) -> None:
        self._tx.for_writing()

    def after_commit(self, action: AfterCommit) -> None:
        self._tx.after_commit(action)

    def wake_feed(self) -> None:
        self._tx.wake_feed()

    def steps(self) -> list[str]:
        """The query plans of all statements in SQLite."""
        return [
            str(row["detail"])
            for sql, parameters in self.ran
            for row in self._tx.rows(f"EXPLAIN QUERY PLAN {sql}", **parameters)
        ]


@pytest.fixture
def agency(sqlite_store: Store) -> Iterator[Agency]:
    database: Database = open_database("", Path(sqlite_store.data_dir))
    yield new_agency(database)
    database.close()


def test_no_statement_scans_a_table_or_an_agency(agency: Agency) -> None:
    ann, bob, cat = (agency.person(name) for name in ("Ann", "Bob", "Cat"))
    vic = agency.contact("Vic")

    def work(tx: Transaction) -> list[str]:
        watched = Watched(tx)
        members = [ChatMember(user_id=bob.user_id), ChatMember(user_id=vic)]
        chat = start_chat(ChatRequest(chat=Chat(chat_name="Chat", chat_members=members)), watched, ann).chat[0]
        message = ChatMessage(chat_id=chat.chat_id, chat_message_id=new_guid(), message="Hello")
        for _ in range(2):
            send_message(ChatMessageRequest(chat_message=message), watched, ann)
        list_chats(ChatRequest(), watched, ann)
        list_chats(ChatRequest(chat_id=chat.chat_id), watched, ann)
        get_message(ChatMessageRequest(chat_message_id=message.chat_message_id), watched, bob)
        read_messages(ChatMessagesRequest(chat_id=chat.chat_id), watched, bob)
        for search in (FindChats(), FindChats(query="ch vi", with_user_id=vic, unread_only=True, is_direct=False)):
            find_chats(search, watched, bob)
        get_chat(GetChat(chat_id=chat.chat_id), watched, bob)
        find_members(FindChatMembers(chat_id=chat.chat_id, query="vi"), watched, bob)
        entries = [*chat.chat_members, ChatMember(user_id=cat.user_id)]
        change = Chat(chat_name="Other", chat_members=entries, is_archived=True)
        change_chat(ChatRequest(chat_id=chat.chat_id, chat=change), watched, ann)
        remove_member(ChatMemberRequest(chat_member_id=chat.chat_members[1].chat_member_id), watched, ann)
        messages.delete_message(watched, agency.agency_id, message.chat_message_id)
        return watched.steps()

    steps = agency.database.run(work)

    assert len(steps) > 40
    assert_no_scans(steps)


def test_no_statement_about_messages_scans_a_table_or_an_agency(agency: Agency) -> None:
    ann, bob = (agency.person(name) for name in ("Ann", "Bob"))

    def work(tx: Transaction) -> list[str]:
        watched = Watched(tx)
        members = [ChatMember(user_id=bob.user_id)]
        chat = start_chat(ChatRequest(chat=Chat(chat_name="Chat", chat_members=members)), watched, ann).chat[0]
        to_bob = SendMessage(chat_id=chat.chat_id, text="Hello", mentioned_user_ids=[bob.user_id])
        message = sending.send_message(to_bob, watched, ann).message
        assert message is not None
        id_ = message.chat_message_id
        answer = SendMessage(chat_id=chat.chat_id, text="Hello", reply_to_message_id=id_, mentions_everybody=True)
        sending.send_message(answer, watched, ann)
        for places in (FindMessages(), FindMessages(chat_message_id=id_), FindMessages(date=tx.now)):
            places.chat_id = chat.chat_id
            find_messages(places, watched, bob)
        editing.edit_message(EditMessage(chat_message_id=id_, text="New"), watched, ann, edit_time=timedelta(days=1))
        editing.message_history(GetMessageHistory(chat_message_id=id_), watched, bob)
        react(ReactToMessage(chat_message_id=id_, emoji="\U0001f44d"), watched, bob)
        pin(PinMessage(chat_message_id=id_), watched, bob)
        mark_read(MarkRead(chat_id=chat.chat_id), watched, bob)
        mark_unread(MarkUnread(chat_id=chat.chat_id, chat_message_id=id_), watched, bob)
        mark_read(MarkRead(), watched, bob)
        get_unread(GetUnread(), watched, bob)
        editing.delete_message(DeleteMessage(chat_message_id=id_), watched, ann, edit_time=timedelta(days=1))
        return watched.steps()

    steps = agency.database.run(work)

    assert len(steps) > 40
    assert_no_scans(steps)


def assert_no_scans(steps: list[str]) -> None:
    # `l` are the chats of one listing, `j` the people that one request makes members, `json_each` the events of that,
    # `placed` the reactions to the messages of one listing. A row of `message_words` is found by its number.
    # `search` and `s` are the few places between which a time is sought.
    scans = {step for step in steps if step.startswith("SCAN") and "CONSTANT ROW" not in step and "(sub" not in step}
    assert scans <= {
        "SCAN l",
        "SCAN j",
        "SCAN placed",
        "SCAN s",
        "SCAN search",
        "SCAN json_each VIRTUAL TABLE INDEX 1:",
        "SCAN message_words VIRTUAL TABLE INDEX 0:=",
    }
    # What a message names is found by the message's number. All that a chat ever named would grow with its history.
    assert [step for step in steps if step.endswith("mention_contact (agency_id=? AND chat_id=?)")] == []
    # `feed` is one row for each agency.
    assert [step for step in steps if step.endswith("(agency_id=?)") and not step.startswith("SEARCH f")] == []


Entries = Callable[[Agency, Caller, Chat, int], list[ChatMember]]


def joining(agency: Agency, ann: Caller, chat: Chat, count: int) -> list[ChatMember]:
    return [ChatMember(user_id=agency.contact(str(number))) for number in range(count)]


def leaving_and_the_caller_out_and_in(agency: Agency, ann: Caller, chat: Chat, count: int) -> list[ChatMember]:
    new = joining(agency, ann, chat, count // 2)
    agency.call(change_chat, ChatRequest(chat_id=chat.chat_id, chat=Chat(chat_members=new)), ann)
    sql = "SELECT member_id FROM chat_member WHERE chat_id = :chat_id AND state = 'parked'"
    rows = agency.database.run(lambda tx: tx.rows(sql, chat_id=chat.chat_id))
    own = chat.chat_members[0].chat_member_id
    leaving = [ChatMember(chat_member_id=row["member_id"]) for row in rows]
    out_and_in = [ChatMember(chat_member_id=own), *[ChatMember(chat_member_id=own, is_active=True)] * (count // 2)]
    return [*leaving, *out_and_in]


def one_again_and_again(agency: Agency, ann: Caller, chat: Chat, count: int) -> list[ChatMember]:
    return joining(agency, ann, chat, 1) * count


def the_caller_again_and_again(agency: Agency, ann: Caller, chat: Chat, count: int) -> list[ChatMember]:
    return [ChatMember(user_id=ann.user_id)] * count


@pytest.mark.parametrize(
    "entries", [joining, leaving_and_the_caller_out_and_in, one_again_and_again, the_caller_again_and_again]
)
def test_the_work_for_members_is_linear(agency: Agency, entries: Entries) -> None:
    ann = agency.person("Ann")

    def calls(count: int) -> int:
        """The calls of Python functions while a chat is changed with `count` entries."""
        chat = agency.call(start_chat, ChatRequest(chat=Chat(chat_name="Chat")), ann).chat[0]
        request = ChatRequest(chat_id=chat.chat_id, chat=Chat(chat_members=entries(agency, ann, chat, count)))
        entered = 0

        def count_call(_frame: object, event: str, _argument: object) -> None:
            nonlocal entered
            entered += event == "call"

        def work(tx: Transaction) -> None:
            sys.setprofile(count_call)
            try:
                change_chat(request, tx, ann)
            finally:
                sys.setprofile(None)

        agency.database.run(work)
        return entered

    assert calls(400) < 6 * calls(100)


@pytest.mark.parametrize(("entries", "most"), [(joining, 43), (leaving_and_the_caller_out_and_in, 43)])
def test_a_thousand_members_take_few_statements(agency: Agency, entries: Entries, most: int) -> None:
    """Each is a round trip to PostgreSQL, except those of the events."""
    ann = agency.person("Ann")
    chat = agency.call(start_chat, ChatRequest(chat=Chat(chat_name="Chat")), ann).chat[0]
    named = entries(agency, ann, chat, MOST_MEMBERS_NAMED - 2)

    def work(tx: Transaction) -> int:
        watched = Watched(tx)
        change_chat(ChatRequest(chat_id=chat.chat_id, chat=Chat(chat_members=named)), watched, ann)
        return len(watched.ran)

    assert agency.database.run(work) <= most


@pytest.mark.parametrize(("chosen", "most"), [(False, 5), (True, 6)])
def test_a_send_takes_few_statements(agency: Agency, chosen: bool, most: int) -> None:
    """Three for the message, one for its words, one for its event, and one to look whether it was sent before."""
    ann = agency.person("Ann")
    chat = agency.call(start_chat, ChatRequest(chat=Chat(chat_name="Chat")), ann).chat[0]
    message = ChatMessage(chat_id=chat.chat_id, message="Hello")
    if chosen:
        message.chat_message_id = new_guid()

    def work(tx: Transaction) -> int:
        watched = Watched(tx)
        send_message(ChatMessageRequest(chat_message=message), watched, ann)
        return len(watched.ran)

    assert agency.database.run(work) <= most
