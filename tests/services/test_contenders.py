"""The counters of a chat stay exact while several processes change it at once, on PostgreSQL."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from parlour.engine.dto.declare import Guid
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.messages import ChatMessage, ChatMessageRequest
from parlour.services.chats import start_chat
from parlour.services.messages import send_message
from parlour.store import consistency
from parlour.store.database import Database, open_database
from tests.conftest import Store
from tests.services.conftest import Agency, new_agency

PROCESSES, AT_ONCE, STEPS = 2, 8, 100
PEOPLE, CONTACTS = 4, 3

# A race is a matter of chance: of ten histories without locks, seven went wrong.
HISTORIES_WITH_BUG = 12


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


@pytest.mark.long
def test_a_lock_that_is_left_out_is_found(scene: Scene) -> None:
    assert any(scene.history(seed, locks=False) for seed in range(HISTORIES_WITH_BUG))
