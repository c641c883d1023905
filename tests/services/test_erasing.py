"""What a deleted message said leaves the feed too, on both databases."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta
from typing import Any

import pytest

from parlour.engine.dto.declare import Guid
from parlour.model.conversations import Message
from parlour.model.editing import DeleteMessage
from parlour.model.events import GetEventsResponse
from parlour.model.sending import SendMessage
from parlour.services import editing
from parlour.services.caller import Caller
from parlour.services.sending import send_message
from parlour.store import messages
from parlour.store.database import Database, Transaction, open_database
from parlour.store.sequencing import sequence_events
from tests.conftest import Clock, Store
from tests.services.conftest import Agency, new_agency
from tests.services.test_chat_costs import Watched
from tests.services.test_editing import deleted, edited
from tests.services.test_messages import started
from tests.services.test_sending import sent, uploaded
from tests.support.feed import Feed, kinds

Work = Callable[[Transaction], Any]


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


# Deleting while the sequencer of PostgreSQL numbers events ---------------------------------------------------------


class Rivals:
    """A message in a chat, whose event waits for its position, and works that meet in the database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.agency = new_agency(database)
        self.ann = self.agency.person("Ann")
        self.chat_id = started(self.agency, self.ann, self.agency.person("Bob"))
        self.message = sent(self.agency, self.ann, self.chat_id, "Secret")

    def delete(self, tx: Transaction, message_id: Guid | None = None) -> None:
        request = DeleteMessage(chat_message_id=message_id or self.message.chat_message_id)
        editing.delete_message(request, tx, self.ann, edit_time=timedelta(days=1))

    async def meet(self, first: Work, second: Work) -> None:
        """The second work begins when the first one has done everything, and waits for the commit of the first."""
        is_done, may_end = threading.Event(), threading.Event()

        def held(tx: Transaction) -> None:
            first(tx)
            # What was posted is sent with this.
            tx.value("SELECT 1")
            is_done.set()
            assert may_end.wait(60)

        # Each on a lane of its own, as these works have.
        run_first, run_second = self._lanes(first), self._lanes(second)
        holding = asyncio.create_task(run_first(held))
        assert await asyncio.to_thread(is_done.wait, 60)
        waiting = asyncio.create_task(run_second(second))
        while not await asyncio.to_thread(self._somebody_waits):
            assert not waiting.done(), "The second work should wait for the first."
        may_end.set()
        await asyncio.gather(holding, waiting)

    def _lanes(self, work: Work) -> Callable[[Work], Coroutine[Any, Any, Any]]:
        return self.database.sequence if work is sequence_events else self.database.write

    def _somebody_waits(self) -> bool:
        return bool(
            self.database.run(
                lambda tx: tx.value(
                    """SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'"""
                )
            )
        )

    def positions(self) -> list[int]:
        rows = self.database.run(lambda tx: tx.tuples("SELECT position FROM event ORDER BY position"))
        return [position for (position,) in rows]


@pytest.fixture
def rivals(postgres_store: Store) -> Iterator[Rivals]:
    database = open_database(postgres_store.url, postgres_store.data_dir, migrate=False)
    yield Rivals(database)
    database.close()


def test_a_delete_erases_what_the_sequencer_has_just_taken(rivals: Rivals) -> None:
    asyncio.run(rivals.meet(sequence_events, rivals.delete))

    assert "Secret" not in stored(rivals.agency)
    number(rivals.agency)
    assert rivals.positions() == list(range(1, len(rivals.positions()) + 1))


def test_the_sequencer_moves_what_a_delete_has_just_erased(rivals: Rivals) -> None:
    asyncio.run(rivals.meet(rivals.delete, sequence_events))

    assert "Secret" not in stored(rivals.agency)
    number(rivals.agency)
    assert "Secret" not in stored(rivals.agency)
    assert rivals.positions() == list(range(1, len(rivals.positions()) + 1))


def test_no_text_is_left_by_deletes_while_two_sequencers_run(rivals: Rivals) -> None:
    async def sequence_until(is_over: asyncio.Event, run: Callable[[Work], Coroutine[Any, Any, Any]]) -> None:
        while not is_over.is_set():
            await run(sequence_events)

    async def apart(work: Work) -> None:
        await asyncio.to_thread(rivals.database.run, work)

    async def play() -> None:
        is_over = asyncio.Event()
        sequencers = [asyncio.create_task(sequence_until(is_over, run)) for run in (rivals.database.sequence, apart)]
        for index in range(30):
            sending = SendMessage(chat_id=rivals.chat_id, text=f"Secret {index}")
            answer = await rivals.database.write(
                lambda tx, sending=sending: send_message(sending, tx, rivals.ann),  # type: ignore[misc]
                rivals.chat_id,
            )
            assert answer.message is not None
            gone = answer.message.chat_message_id
            await rivals.database.write(lambda tx, gone=gone: rivals.delete(tx, gone))  # type: ignore[misc]
        is_over.set()
        await asyncio.gather(*sequencers)

    asyncio.run(play())

    number(rivals.agency)
    assert [index for index in range(30) if f"Secret {index}" in stored(rivals.agency)] == []
    assert rivals.positions() == list(range(1, len(rivals.positions()) + 1))


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
