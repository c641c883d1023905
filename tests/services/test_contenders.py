"""The counters of a chat stay exact while several processes change it at once, on PostgreSQL."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import psycopg
import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.errors import Conflict
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.messages import ChatMessage, ChatMessageRequest
from parlour.services.chats import start_chat
from parlour.services.messages import send_message
from parlour.store import consistency
from parlour.store.database import Database, Transaction, open_database
from tests.conftest import Store
from tests.services.conftest import Agency, new_agency

PROCESSES, AT_ONCE, STEPS = 2, 8, 100
PEOPLE, CONTACTS = 4, 3

# A race is a matter of chance. The test ends with the first history that went wrong.
HISTORIES_WITH_BUG = 40


@dataclass
class Scene:
    """A chat with everybody in it, which several processes are to change."""

    store: Store
    database: Database
    agency: Agency

    def history(self, seed: int, *, locks: bool) -> list[consistency.Difference]:
        """Has the processes live through a history. The differences between its counters and a recount."""
        plan = self._plan(seed) | {"locks": locks}
        with ExitStack() as stack:
            processes = [
                stack.enter_context(self._contender(plan | {"seed": seed * PROCESSES + number}))
                for number in range(PROCESSES)
            ]
            for each in processes:
                assert each.stdout is not None and each.stdout.readline() == "ready\n"
            for each in processes:
                assert each.stdin is not None
                each.stdin.write("\n")
                each.stdin.flush()
            outcomes = [each.communicate(timeout=120) for each in processes]
            if locks:
                assert [each.returncode for each in processes] == [0] * PROCESSES, outcomes
        return self.database.run(consistency.differences)

    def _plan(self, seed: int) -> dict[str, object]:
        people = [self.agency.person(f"{seed}-{number}") for number in range(PEOPLE)]
        contacts = [self.agency.contact(f"{seed}-{number}") for number in range(CONTACTS)]
        members = [ChatMember(user_id=person.user_id) for person in people]
        request = ChatRequest(chat=Chat(chat_name="Chat", chat_members=members))
        chat_id: Guid = self.agency.call(start_chat, request, people[0]).chat[0].chat_id
        for person in people:
            message = ChatMessage(chat_id=chat_id, message="x")
            self.agency.call(send_message, ChatMessageRequest(chat_message=message), person)
        return {
            "url": self.store.url,
            "agency_id": self.agency.agency_id,
            "people": [{"user_id": person.user_id, "contact_id": person.contact_id} for person in people],
            "contacts": contacts,
            "chat_id": chat_id,
            "at_once": AT_ONCE,
            "steps": STEPS,
        }

    def _contender(self, plan: dict[str, object]) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.contenders"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(plan) + "\n")
        process.stdin.flush()
        return process


@pytest.fixture
def scene(postgres_store: Store) -> Iterator[Scene]:
    database = open_database(postgres_store.url, postgres_store.data_dir, migrate=False)
    yield Scene(postgres_store, database, new_agency(database))
    database.close()


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 10))])
def test_the_counters_equal_a_recount_after_two_processes_changed_them(scene: Scene, seed: int) -> None:
    assert scene.history(seed, locks=True) == []


@pytest.mark.parametrize("other", [0, 1])
def test_a_message_sent_twice_at_once_through_two_processes_is_stored_once(scene: Scene, other: int) -> None:
    """The second one may name another chat."""
    person = scene.agency.person("Sender")
    started = [scene.agency.call(start_chat, ChatRequest(chat=Chat(chat_name="Chat")), person) for _ in range(2)]
    chat_ids = [response.chat[0].chat_id for response in started]
    message_id = new_guid()

    def send(chat_id: Guid) -> Callable[[Transaction], ChatMessage]:
        message = ChatMessage(chat_message_id=message_id, chat_id=chat_id, message="once")
        return lambda tx: send_message(ChatMessageRequest(chat_message=message), tx, person).chat_message[0]

    async def send_both(second: Database) -> tuple[object, object]:
        is_sent, may_commit = threading.Event(), threading.Event()

        def send_and_wait(tx: Transaction) -> ChatMessage:
            sent = send(chat_ids[0])(tx)
            tx.value("SELECT 1")
            is_sent.set()
            assert may_commit.wait(30)
            return sent

        one = asyncio.ensure_future(scene.database.write(send_and_wait, chat_ids[0]))
        await asyncio.to_thread(is_sent.wait, 30)
        two = asyncio.ensure_future(second.write(send(chat_ids[other]), chat_ids[other]))
        await asyncio.to_thread(wait_for_a_blocked_connection, scene.store.url)
        may_commit.set()
        return await asyncio.gather(one, two, return_exceptions=True)

    second = open_database(scene.store.url, scene.store.data_dir, migrate=False)
    try:
        one, two = asyncio.run(send_both(second))
    finally:
        second.close()

    assert isinstance(one, ChatMessage)
    if other == 0:
        assert isinstance(two, ChatMessage)
        assert two.chat_message_id == one.chat_message_id
    else:
        assert isinstance(two, Conflict)
    count = "SELECT count(*) FROM chat_message WHERE message_id = :message_id"
    assert scene.database.run(lambda tx: tx.value(count, message_id=message_id)) == 1
    assert scene.database.run(consistency.differences) == []


def wait_for_a_blocked_connection(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        deadline = time.monotonic() + 30
        while not connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            assert time.monotonic() < deadline


@pytest.mark.long
def test_a_lock_that_is_left_out_is_found(scene: Scene) -> None:
    assert any(scene.history(seed, locks=False) for seed in range(HISTORIES_WITH_BUG))
