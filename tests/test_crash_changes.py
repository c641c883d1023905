"""A server killed at any moment keeps every acknowledged edit, reaction, marker and deletion, each once on the feed."""

import asyncio
import contextlib
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.store.database import Transaction, open_database
from tests.conftest import Store
from tests.support.senders import CONNECTIONS_EACH, Exchange, add_people, clients_of, connected, serving

# A server is killed after fewer changes than this, drawn each time.
MOST_ANSWERS = 60

HEART = "\u2764\ufe0f"

Fact = tuple[str, str]
"""A kind of event, and what it is about."""


@dataclass
class Changer:
    """A person who sends messages over one connection, and changes each in several ways.

    A change without an answer is sent again by the next connection. `events` are those of acknowledged changes.
    """

    token: str
    chat_id: Guid
    events: Counter[Fact] = field(default_factory=Counter)
    texts: dict[Guid, str] = field(default_factory=dict)
    deleted: set[Guid] = field(default_factory=set)
    hearts: set[Guid] = field(default_factory=set)
    read_number: int = 0
    _changes: "Iterator[_Change] | None" = None
    _unsure: "_Change | None" = None

    async def use(self, address: str, on_acknowledged: Callable[[], None]) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            async with connected(address) as exchange:
                while True:
                    await self.change(exchange)
                    on_acknowledged()

    async def change(self, exchange: Exchange) -> None:
        """Does the next change, or the one whose answer was lost."""
        if self._unsure is None:
            self._changes = self._changes or self._changes_of_a_message()
            self._unsure = next(self._changes, None)
        if self._unsure is None:
            self._changes = None
            return
        change = self._unsure
        answer = await exchange(change.method, change.path, self.token, change.body)
        assert answer.status == 200, answer
        change.acknowledged(answer.body)
        self._unsure = None

    def _changes_of_a_message(self) -> Iterator["_Change"]:
        message_id, number = new_guid(), 0
        path, place = f"/v1/Message/{message_id}", {"chatId": self.chat_id, "chatMessageId": message_id}

        def sent(body: Any) -> None:
            nonlocal number
            number = self.read_number = body["message"]["number"]
            self.texts[message_id] = "first"
            self.events["chat.messageSent", message_id] += 1

        def edited(body: Any) -> None:
            self.texts[message_id] = "second"
            self.events["chat.messageEdited", message_id] += 1

        def reacted(body: Any) -> None:
            self.hearts.add(message_id)
            self.events["chat.reactionChanged", message_id] += 1

        def moved(to: int) -> Callable[[Any], None]:
            def note(body: Any) -> None:
                self.read_number = to
                self.events["chat.read", f"{self.token} {to}"] += 1

            return note

        def gone(body: Any) -> None:
            self.deleted.add(message_id)
            self.events["chat.messageDeleted", message_id] += 1

        yield _Change("POST", "/v1/Messages", {**place, "text": "first"}, sent)
        yield _Change("PUT", path, {"text": "second"}, edited)
        yield _Change("PUT", f"{path}/Reaction", {"emoji": HEART}, reacted)
        yield _Change("PUT", "/v1/Unread", place, moved(number - 1))
        yield _Change("PUT", "/v1/Read", place, moved(number))
        if number % 2:
            yield _Change("DELETE", path, None, gone)


@dataclass(frozen=True)
class _Change:
    """A request, and what is true once it is acknowledged."""

    method: str
    path: str
    body: Any
    acknowledged: Callable[[Any], None]


@pytest.mark.parametrize("kills", [3, pytest.param(15, marks=pytest.mark.long)])
def test_acknowledged_changes_survive_kills(store: Store, kills: int) -> None:
    moments = random.Random(11)
    add_people(store)
    with serving(store) as (_, address):
        changers, cursor = asyncio.run(begin(address))
    for _ in range(kills):
        with serving(store) as (process, address):
            asyncio.run(killed_under_load(process, address, changers, answers=moments.randrange(MOST_ANSWERS)))
    with serving(store) as (_, address):
        heard = asyncio.run(finish(address, changers, cursor))

    expected = sum((each.events for each in changers.values()), Counter[Fact]())
    assert expected.total() > kills
    assert heard == expected
    check_stored(store, changers)
    settings = {"PARLOUR_SECRET_KEY": "k" * 32, "PARLOUR_DATABASE_URL": store.url}
    check = [sys.executable, "-m", "parlour", "check", "--data-dir", str(store.data_dir)]
    assert subprocess.check_output(check, text=True, env=os.environ | settings) == "All counters are correct.\n"


async def begin(address: str) -> tuple[dict[Guid, Changer], str]:
    """The people of one chat by their ids, and a cursor in front of everything that they do in it."""
    clients = await clients_of(address)
    tokens = [each.token for each in clients[::CONNECTIONS_EACH]]
    async with connected(address) as exchange:
        ids = [(await exchange("GET", "/v1/Me", token)).body["me"]["userId"] for token in tokens]
        begun = await exchange("GET", "/v1/Events", tokens[0])
    changers = {id_: Changer(token, clients[0].chat_id) for id_, token in zip(ids, tokens, strict=True)}
    return changers, begun.body["nextCursor"]


async def killed_under_load(
    process: "subprocess.Popen[str]", address: str, changers: dict[Guid, Changer], *, answers: int
) -> None:
    are_enough, left = asyncio.Event(), answers

    def count() -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            are_enough.set()

    count()
    at_work = [asyncio.create_task(each.use(address, count)) for each in changers.values()]
    waiting = asyncio.create_task(are_enough.wait())
    # A failing client also ends the wait.
    await asyncio.wait([waiting, *at_work], return_when=asyncio.FIRST_COMPLETED)
    process.kill()
    waiting.cancel()
    await asyncio.gather(*at_work)


async def finish(address: str, changers: dict[Guid, Changer], cursor: str) -> Counter[Fact]:
    """Has everybody send again what has no answer, and returns all events of the chat."""
    async with connected(address) as exchange:
        for each in changers.values():
            await each.change(exchange)
        token = next(iter(changers.values())).token
        expected, heard = sum(each.events.total() for each in changers.values()), Counter[Fact]()
        while True:
            # Events are numbered a moment after their commit, so the last ones are waited for.
            seconds = 0 if heard.total() >= expected else 30
            path = f"/v1/Events?Cursor={cursor}&Take=200&WaitSeconds={seconds}"
            answer = (await exchange("GET", path, token)).body
            assert not answer["isGap"]
            if not answer["events"]:
                return heard
            # On PostgreSQL the beginning of the chat may be numbered after the first cursor was taken.
            changes = [each for each in answer["events"] if each["kind"] != "chat.memberJoined"]
            heard.update(fact_of(each, changers) for each in changes)
            cursor = answer["nextCursor"]


def fact_of(event: dict[str, Any], changers: dict[Guid, Changer]) -> Fact:
    kind = event["kind"]
    [happened] = [value for value in event.values() if isinstance(value, dict)]
    if kind == "chat.read":
        return kind, f"{changers[happened['userId']].token} {happened['number']}"
    return kind, happened.get("message", happened)["chatMessageId"]


def check_stored(store: Store, changers: dict[Guid, Changer]) -> None:
    """Asserts that exactly what was acknowledged is stored."""

    def read(tx: Transaction) -> tuple[dict[Guid, str], set[Guid], set[Guid], dict[Guid, int]]:
        messages = tx.rows("SELECT message_id, message, deleted_at FROM chat_message")
        hearts = tx.tuples(
            """SELECT x.message_id FROM reaction r
                 JOIN chat_message x ON x.agency_id = r.agency_id AND x.chat_id = r.chat_id AND x.seq = r.seq"""
        )
        markers = tx.tuples(
            """SELECT c.user_id, m.read_seq FROM chat_member m
                 JOIN contact c ON c.agency_id = m.agency_id AND c.contact_id = m.contact_id"""
        )
        return (
            {row["message_id"]: row["message"] for row in messages if row["deleted_at"] is None},
            {row["message_id"] for row in messages if row["deleted_at"] is not None},
            {message_id for (message_id,) in hearts},
            dict(markers),
        )

    database = open_database(store.url, store.data_dir, migrate=False)
    texts, deleted, hearts, markers = database.run(read)
    database.close()
    everybody = changers.values()
    assert deleted == {id_ for each in everybody for id_ in each.deleted}
    assert texts == {id_: text for each in everybody for id_, text in each.texts.items() if id_ not in deleted}
    assert hearts - deleted == {id_ for each in everybody for id_ in each.hearts} - deleted
    assert markers == {user_id: each.read_number for user_id, each in changers.items()}
