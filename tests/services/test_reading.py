"""Reading pages of messages, on both databases."""

from typing import Any

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.errors import NotFound, ValidationError
from parlour.model.reading import FindMessages, FindMessagesResponse
from parlour.services.caller import Caller
from parlour.services.cursors import cursor_of
from parlour.services.reading import find_messages
from parlour.store import messages
from parlour.store.database import Transaction
from tests.conftest import Clock
from tests.services.conftest import Agency
from tests.services.test_messages import leave, seen, send, started
from tests.services.test_sending import give_role, sent, uploaded

MESSAGES = 10


@pytest.fixture
def chat(agency: Agency, clock: Clock, ann: Caller, bob: Caller) -> Guid:
    """A chat of Ann with Bob, who has not read Ann's ten messages, one a minute."""
    chat_id = started(agency, ann, bob)
    give_role(agency, ann, "owner")
    for number in range(1, MESSAGES + 1):
        send(agency, ann, chat_id, f"{number}")
        clock.advance(minutes=1)
    return chat_id


def found(agency: Agency, caller: Caller, chat_id: Guid, **also: Any) -> FindMessagesResponse:
    return agency.call(find_messages, FindMessages(chat_id=chat_id, **also), caller)


def numbers(response: FindMessagesResponse) -> list[int]:
    assert [int(message.text or 0) for message in response.messages] == [each.number for each in response.messages]
    return [message.number for message in response.messages]


def id_of(agency: Agency, caller: Caller, chat_id: Guid, number: int) -> Guid:
    return found(agency, caller, chat_id).messages[number - 1].chat_message_id


def test_the_newest_messages_come_first_and_stay_unread(agency: Agency, bob: Caller, chat: Guid) -> None:
    page = found(agency, bob, chat, take=3)

    assert numbers(page) == [8, 9, 10]
    assert page.previous_cursor is None
    assert seen(agency, bob, chat).unread_count == MESSAGES


@pytest.mark.parametrize(
    ("direction", "expected"), [("before", [2, 3, 4]), ("after", [6, 7, 8]), ("around", [4, 5, 6]), ("", [2, 3, 4])]
)
def test_messages_are_found_from_another_one(
    agency: Agency, bob: Caller, chat: Guid, direction: str, expected: list[int]
) -> None:
    fifth = id_of(agency, bob, chat, 5)

    assert numbers(found(agency, bob, chat, chat_message_id=fifth, direction=direction, take=3)) == expected


@pytest.mark.parametrize(
    ("direction", "expected"), [("before", [2, 3, 4]), ("after", [5, 6, 7]), ("around", [4, 5, 6])]
)
def test_messages_are_found_from_a_time(
    agency: Agency, bob: Caller, chat: Guid, direction: str, expected: list[int]
) -> None:
    date = found(agency, bob, chat).messages[4].date_created

    assert numbers(found(agency, bob, chat, date=date, direction=direction, take=3)) == expected
    assert numbers(found(agency, bob, chat, date=date.replace(tzinfo=None), direction=direction, take=3)) == expected


@pytest.mark.parametrize(
    ("number", "direction", "expected"),
    [
        (5, "before", [2, 3, 4]),
        (5, "after", [6, 7, 8]),
        (5, "around", [4, 5, 6]),
        (1, "around", [1, 2, 3]),
        (11, "around", [10]),
        (2**62, "before", [8, 9, 10]),
        (2**62, "after", []),
    ],
)
def test_messages_are_found_from_a_number(
    agency: Agency, bob: Caller, chat: Guid, number: int, direction: str, expected: list[int]
) -> None:
    assert numbers(found(agency, bob, chat, number=number, direction=direction, take=3)) == expected


def test_a_time_outside_of_the_chat_finds_its_ends(agency: Agency, clock: Clock, bob: Caller, chat: Guid) -> None:
    assert numbers(found(agency, bob, chat, date=clock.now, take=2)) == [9, 10]
    assert numbers(found(agency, bob, chat, date=clock.now, direction="after")) == []


def test_pages_follow_each_other_in_both_directions(agency: Agency, bob: Caller, chat: Guid) -> None:
    pages, cursor = [], None
    while True:
        page = found(agency, bob, chat, take=4, cursor=cursor)
        pages.append(numbers(page))
        cursor = page.next_cursor
        if cursor is None:
            break
    assert pages == [[7, 8, 9, 10], [3, 4, 5, 6], [1, 2]]

    pages, cursor = [], page.previous_cursor
    while cursor is not None:
        page = found(agency, bob, chat, take=4, cursor=cursor)
        pages.append(numbers(page))
        cursor = page.next_cursor
    assert pages == [[3, 4, 5, 6], [7, 8, 9, 10]]


@pytest.mark.parametrize(
    ("place", "back"),
    [
        ({"number": 1}, [1, 2, 3]),
        ({"number": 11, "direction": "after"}, [8, 9, 10]),
        ({"number": 2**62, "direction": "after"}, [8, 9, 10]),
        ({"cursor": cursor_of("before", 1)}, [1, 2, 3]),
        ({"cursor": cursor_of("before", -(2**62))}, [1, 2, 3]),
        ({"cursor": cursor_of("after", 2**62)}, [8, 9, 10]),
    ],
)
def test_a_page_beyond_an_end_can_be_left(
    agency: Agency, bob: Caller, chat: Guid, place: dict[str, Any], back: list[int]
) -> None:
    page = found(agency, bob, chat, take=3, **place)

    assert (numbers(page), page.next_cursor) == ([], None)
    assert numbers(found(agency, bob, chat, take=3, cursor=page.previous_cursor)) == back


def test_all_that_hangs_on_a_message_is_shown(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    question = id_of(agency, bob, chat, 5)
    message = sent(
        agency,
        ann,
        chat,
        "x",
        mentioned_user_ids=[bob.user_id],
        mentions_everybody=True,
        reply_to_message_id=question,
        attachment_ids=[uploaded(agency, ann)],
    )

    assert found(agency, bob, chat).messages[-1] == message


def test_a_deleted_message_leaves_a_stub(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    message = sent(
        agency, ann, chat, "secret", mentioned_user_ids=[bob.user_id], attachment_ids=[uploaded(agency, ann)]
    )
    answer = sent(agency, bob, chat, "answer", reply_to_message_id=message.chat_message_id)
    agency.database.run(lambda tx: messages.delete_message(tx, agency.agency_id, message.chat_message_id, ann.user_id))

    stub, answer = found(agency, bob, chat).messages[-2:]
    assert (stub.is_deleted, stub.deleted_by_user_id, stub.text) == (True, ann.user_id, "")
    assert (stub.mentioned_user_ids, stub.attachments, stub.number) == ([], [], message.number)
    assert answer.reply_to is not None
    assert (answer.reply_to.is_deleted, answer.reply_to.text) == (True, "")
    assert numbers(found(agency, bob, chat, chat_message_id=stub.chat_message_id, take=2)) == [9, 10]


def test_only_members_read(agency: Agency, bob: Caller, chat: Guid) -> None:
    with pytest.raises(NotFound):
        found(agency, agency.person("Stranger"), chat)
    leave(agency, bob, chat)
    with pytest.raises(NotFound):
        found(agency, bob, chat)


@pytest.mark.parametrize("wrong", [{"chat_message_id": new_guid()}, {"cursor": "x"}])
def test_an_unknown_place_is_refused(agency: Agency, bob: Caller, chat: Guid, wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        found(agency, bob, chat, **wrong)


def test_an_empty_chat_has_no_messages(agency: Agency, clock: Clock, ann: Caller) -> None:
    chat = started(agency, ann)

    assert found(agency, ann, chat) == FindMessagesResponse()
    assert found(agency, ann, chat, direction="after") == FindMessagesResponse()
    assert found(agency, ann, chat, date=clock.now).messages == []


def note_statements(transactions: type[Transaction], made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes each statement of transactions of this class that returns rows."""
    for name in ("rows", "tuples"):
        ask = getattr(transactions, name)

        def noted(tx: Transaction, sql: str, ask: Any = ask, **parameters: Any) -> Any:
            made.append(sql)
            return ask(tx, sql, **parameters)

        monkeypatch.setattr(transactions, name, noted)


def test_the_number_of_statements_is_constant(
    agency: Agency, ann: Caller, bob: Caller, chat: Guid, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def statements(take: int) -> int:
        def find(tx: Transaction) -> None:
            note_statements(type(tx), made, monkeypatch)
            made.clear()
            find_messages(FindMessages(chat_id=chat, take=take), tx, bob)

        agency.database.run(find)
        monkeypatch.undo()
        return len(made)

    for _ in range(3):
        sent(agency, ann, chat, "x", mentioned_user_ids=[bob.user_id], attachment_ids=[uploaded(agency, ann)])

    assert statements(1) == statements(13)
