"""What a deleted message said leaves the feed too, on both databases."""

import asyncio
from typing import Any

import pytest

from parlour.engine.dto.declare import Guid
from parlour.model.conversations import Message
from parlour.model.events import GetEventsResponse
from parlour.services.caller import Caller
from parlour.store import messages
from parlour.store.sequencing import sequence_events
from tests.conftest import Clock
from tests.services.conftest import Agency
from tests.services.test_chat_costs import Watched
from tests.services.test_editing import deleted, edited
from tests.services.test_messages import started
from tests.services.test_sending import sent, uploaded
from tests.support.feed import Feed, kinds


@pytest.fixture
def chat(agency: Agency, ann: Caller, bob: Caller) -> Guid:
    return started(agency, ann, bob)


def number(agency: Agency) -> None:
    """Gives all events their positions."""
    agency.database.run(sequence_events)


def heard(agency: Agency, caller: Caller, cursor: str | None = None) -> GetEventsResponse:
    number(agency)
    return asyncio.run(Feed(agency.database).get(caller, cursor))


def stored(agency: Agency) -> str:
    """Everything that the feed's tables hold."""
    tables = ["event"] if agency.database.numbers_events else ["event", "event_pending"]
    found = agency.database.run(lambda tx: [tx.tuples(f"SELECT data FROM {table}") for table in tables])
    return str(found)


def told(message: Message | None) -> tuple[Any, ...]:
    assert message is not None
    return message.text, message.is_deleted, message.attachments, message.reply_to


@pytest.mark.parametrize("is_numbered", [True, False])
def test_the_texts_of_a_deleted_message_leave_the_feed(
    agency: Agency, clock: Clock, ann: Caller, bob: Caller, chat: Guid, is_numbered: bool
) -> None:
    begun = heard(agency, bob).next_cursor
    message = sent(agency, ann, chat, 'Secret "one" ü', mentioned_user_ids=[bob.user_id])
    for text in ("Secret two", "Secret three"):
        clock.advance(minutes=40)
        edited(agency, ann, message, text)
        sent(agency, bob, chat, "Kept")
    if is_numbered:
        number(agency)
    clock.advance(minutes=40)

    deleted(agency, ann, message.chat_message_id)

    assert "Secret" not in stored(agency)
    events = heard(agency, bob, begun).events
    assert [each.kind for each in events] == [
        "chat.messageSent",
        "chat.messageEdited",
        "chat.messageSent",
        "chat.messageEdited",
        "chat.messageSent",
        "chat.messageDeleted",
    ]
    first = events[0].message_sent
    assert first is not None
    assert first.message is not None
    assert (told(first.message), first.message.mentioned_user_ids) == (("", True, [], None), [bob.user_id])
    assert [each.message_edited.text for each in events if each.message_edited is not None] == ["", ""]
    others = [each.message_sent.message for each in (events[2], events[4]) if each.message_sent is not None]
    assert [each.text for each in others if each is not None] == ["Kept", "Kept"]


def test_its_files_and_what_it_answered_leave_the_feed(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    begun = heard(agency, bob).next_cursor
    question = sent(agency, bob, chat, "Question")
    file = uploaded(agency, ann, "secret.txt")
    message = sent(agency, ann, chat, "Hm", attachment_ids=[file], reply_to_message_id=question.chat_message_id)

    deleted(agency, ann, message.chat_message_id)

    answer = heard(agency, bob, begun)
    assert kinds(answer) == ["chat.messageSent", "chat.messageSent", "chat.messageDeleted"]
    first, second = (each.message_sent.message for each in answer.events[:2] if each.message_sent is not None)
    assert first is not None
    assert (first.text, told(second)) == ("Question", ("", True, [], None))
    assert "secret.txt" not in stored(agency)


@pytest.mark.parametrize("is_numbered", [True, False])
def test_answers_do_not_show_it_any_more(
    agency: Agency, clock: Clock, ann: Caller, bob: Caller, chat: Guid, is_numbered: bool
) -> None:
    begun = heard(agency, bob).next_cursor
    message = sent(agency, ann, chat, "Secret")
    for n in range(3):
        clock.advance(days=1)
        sent(agency, bob, chat, f"Answer {n}", reply_to_message_id=message.chat_message_id)
    if is_numbered:
        number(agency)

    deleted(agency, ann, message.chat_message_id)

    assert "Secret" not in stored(agency)
    answers = [each.message_sent.message for each in heard(agency, bob, begun).events[1:4] if each.message_sent]
    shown = [(each.text, each.reply_to.text, each.reply_to.is_deleted) for each in answers if each and each.reply_to]
    assert shown == [(f"Answer {n}", "", True) for n in range(3)]


def test_only_the_deleted_message_is_erased(
    agency: Agency, other_agency: Agency, ann: Caller, bob: Caller, chat: Guid
) -> None:
    """All have one instant, since the clock stands still."""
    eve, fay = (other_agency.person(name) for name in ("Eve", "Fay"))
    elsewhere = started(other_agency, eve, fay)
    texts = [sent(agency, ann, chat, f"Text {n}") for n in range(5)]
    sent(agency, ann, started(agency, ann), "Text of another chat")
    sent(other_agency, eve, elsewhere, "Text elsewhere")
    number(agency)

    deleted(agency, ann, texts[2].chat_message_id)

    found = stored(agency)
    kept = ["Text 0", "Text 1", "Text 3", "Text 4", "Text of another chat", "Text elsewhere"]
    assert [text in found for text in ["Text 2", *kept]] == [False, *[True] * len(kept)]


@pytest.mark.parametrize("minutes", [-50, -1, 0, 1, 600])
def test_texts_are_found_although_the_clock_was_set_anew(
    agency: Agency, clock: Clock, ann: Caller, chat: Guid, minutes: int
) -> None:
    for n in range(20):
        sent(agency, ann, chat, f"Before {n}")
    clock.advance(minutes=minutes)
    message = sent(agency, ann, chat, "Secret")
    for n in range(9):
        sent(agency, ann, chat, f"Behind {n}")
    number(agency)

    deleted(agency, ann, message.chat_message_id)

    assert "Secret" not in stored(agency)


def test_a_delete_takes_as_many_statements_with_any_history(
    agency: Agency, clock: Clock, ann: Caller, chat: Guid
) -> None:
    def statements() -> int:
        message = sent(agency, ann, chat, "Secret")
        number(agency)
        ran = 0

        def work(tx: Any) -> None:
            nonlocal ran
            watched = Watched(tx)
            messages.delete_message(watched, agency.agency_id, message.chat_message_id)
            ran = len(watched.ran)

        agency.database.run(work)
        return ran

    heard(agency, ann)
    early = statements()
    for _ in range(300):
        clock.advance(minutes=1)
        sent(agency, ann, chat, "Later")

    assert statements() == early <= 20
