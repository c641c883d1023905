"""The console's state with events equals state read anew: the random histories of the server's own test, as JSON.

`console/test/histories.test.ts` applies the events to the first state of each person, and compares after each round.
"""

import asyncio
import contextlib
import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from parlour.engine.codecs import Profile
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.dto.errors import ApiError
from parlour.engine.dto.metadata import type_ref
from parlour.model.chat_summaries import FindChatMembers, FindChats, GetChat
from parlour.model.me import GetMe
from parlour.model.reading import FindMessages
from parlour.services.caller import Caller
from parlour.services.chat_summaries import find_chats, find_members, get_chat
from parlour.services.me import get_me
from parlour.services.reading import find_messages
from parlour.store.database import Database
from parlour.store.sequencing import sequence_events
from tests.conftest import Clock
from tests.services.conftest import new_agency
from tests.services.test_state_equals_events import OPERATIONS, STEPS, Play
from tests.support.console import CONSOLE, bundle
from tests.support.feed import Feed
from tests.support.following import PAGE

# Between two states that are compared.
ROUNDS = 15

History = dict[str, Any]


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 12))])
def test_state_of_the_console_equals_state_read_anew(
    database: Database, clock: Clock, seed: int, tmp_path: Path
) -> None:
    play = Play(new_agency(database), random.Random(seed))
    play.people = [play.agency.person(name) for name in ("Ann", "Bob", "Cat", "Dan")]
    play.parked = play.agency.contact("Pat")
    histories = asyncio.run(histories_of(play, clock, Feed(database)))
    assert sum(len(round_["events"]) for each in histories for round_ in each["rounds"]) > 30
    path = tmp_path / "histories.json"
    path.write_text(json.dumps(histories))

    bundle()
    ran = subprocess.run(
        ["node", "test.mjs", "histories"],
        cwd=CONSOLE,
        env=os.environ | {"HISTORIES": str(path)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr


async def histories_of(play: Play, clock: Clock, feed: Feed) -> list[History]:
    """What each person reads at first, then the events and the state of each round."""
    do_some(play, clock)
    cursors = {each.user_id: (await feed.get(each)).next_cursor for each in play.people}
    # The state is newer than the cursor, so some events are in it already.
    do_some(play, clock)
    histories: list[History] = [{"first": state_of(play, each), "rounds": []} for each in play.people]
    for _ in range(ROUNDS):
        do_some(play, clock)
        for caller, history in zip(play.people, histories, strict=True):
            events = []
            while (answer := await feed.get(caller, cursors[caller.user_id])).events:
                events += [as_json(each) for each in answer.events]
                cursors[caller.user_id] = answer.next_cursor
            history["rounds"].append({"events": events, "state": state_of(play, caller)})
    return histories


def do_some(play: Play, clock: Clock) -> None:
    """Some operations at random, each at its own time, since times decide the order of members and reactions."""
    for operation in play.random.choices(list(OPERATIONS), list(OPERATIONS.values()), k=STEPS):
        clock.advance(seconds=1)
        with contextlib.suppress(ApiError):
            operation(play)
    play.agency.database.run(sequence_events)


def state_of(play: Play, caller: Caller) -> Any:
    """Everything that a person sees, as the answers of the operations have it."""

    def call(handler: Any, request: Any) -> Any:
        return as_json(play.agency.call(handler, request, caller))

    found = call(find_chats, FindChats(take=PAGE))["chats"]
    assert len(found) < PAGE
    return {
        "me": call(get_me, GetMe())["me"],
        "chats": [
            {
                "summary": call(get_chat, GetChat(chat_id=each["chatId"]))["chat"],
                "members": call(find_members, FindChatMembers(chat_id=each["chatId"], take=PAGE))["members"],
                "messages": call(find_messages, FindMessages(chat_id=each["chatId"], take=PAGE))["messages"],
            }
            for each in found
        ],
    }


_CODEC = JsonCodec(Profile())


def as_json(value: Any) -> Any:
    return json.loads(_CODEC.writer(type_ref(type(value), "A value"))(value))
