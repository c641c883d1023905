"""A process that changes one chat at random while others do the same, to see whether its counters stay exact.

`python -m tests.support.contenders` reads one line of JSON: the database, the people and contacts of an agency, a chat,
and how much to do. It ends with status 0 if nothing failed but what may.
"""

import asyncio
import json
import random
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import ApiError
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.editing import EditMessage
from parlour.model.markers import MarkRead, MarkUnread
from parlour.model.messages import ChatMessage, ChatMessageRequest, ChatMessagesRequest
from parlour.model.sending import SendMessage
from parlour.services.caller import Caller
from parlour.services.chats import change_chat
from parlour.services.editing import edit_message
from parlour.services.markers import mark_read, mark_unread
from parlour.services.messages import read_messages, send_message
from parlour.services.sending import send_message as send_live_message
from parlour.store import chats, memberships, messages, unread
from parlour.store.database import Database, Transaction, open_database

# How often each action is done, beside the others.
WEIGHTS = {
    "send": 4,
    "name": 4,
    "edit": 4,
    "fetch": 4,
    "mark": 4,
    "unread": 2,
    "read_all": 1,
    "delete": 2,
    "leave": 2,
    "join": 3,
    "park": 1,
    "activate": 1,
}


class Contender:
    """Does one action after another. Concurrent changes may make any of them fail as for a caller."""

    def __init__(self, database: Database, plan: dict[str, Any], number: int) -> None:
        self._database = database
        self._agency_id: Guid = plan["agency_id"]
        self._chat_id: Guid = plan["chat_id"]
        self._people = [
            Caller(
                user_id=person["user_id"],
                user_name=person["user_id"],
                display_name=person["user_id"],
                roles=frozenset(),
                agency_id=plan["agency_id"],
                contact_id=person["contact_id"],
            )
            for person in plan["people"]
        ]
        self._contacts: list[Guid] = plan["contacts"]
        self._random = random.Random(f"{plan['seed']} {number}")

    async def contend(self, steps: int) -> None:
        names, weights = list(WEIGHTS), list(WEIGHTS.values())
        for name in self._random.choices(names, weights, k=steps):
            person = self._random.choice(self._people)
            try:
                await getattr(self, f"_{name}")(person)
            except ApiError as refusal:
                if refusal.http_status not in (400, 403, 404, 409):
                    raise

    async def _send(self, person: Caller) -> None:
        request = ChatMessageRequest(chat_message=ChatMessage(chat_id=self._chat_id, message="x"))
        await self._database.write(lambda tx: send_message(request, tx, person), self._chat_id)

    async def _fetch(self, person: Caller) -> None:
        request = ChatMessagesRequest(chat_id=self._chat_id)
        await self._database.read(lambda tx: read_messages(request, tx, person), self._chat_id)

    async def _mark(self, person: Caller) -> None:
        message_id = await self._some_message()
        await self._change(person, ChatMember(user_id=person.user_id, last_chat_message_id=message_id))

    async def _delete(self, person: Caller) -> None:
        message_id = await self._some_message()
        await self._write(lambda tx: messages.delete_message(tx, self._agency_id, message_id))

    async def _name(self, person: Caller) -> None:
        """Sends a message to one of the people or contacts, or to everybody."""
        named = self._random.choice([each.contact_id for each in self._people] + self._contacts)
        request = SendMessage(chat_id=self._chat_id, text="x", mentioned_user_ids=[named])
        if person is self._people[0] and self._random.random() < 0.5:
            request.mentions_everybody = True
        await self._database.write(lambda tx: send_live_message(request, tx, person), self._chat_id)

    async def _edit(self, person: Caller) -> None:
        """Changes whom a message names. It is refused for messages of others."""
        named = self._random.choice(self._people).user_id
        request = EditMessage(chat_message_id=await self._some_message(), text="y", mentioned_user_ids=[named])
        await self._write(lambda tx: edit_message(request, tx, person, edit_time=timedelta(days=1)))

    async def _unread(self, person: Caller) -> None:
        request = MarkUnread(chat_id=self._chat_id, chat_message_id=await self._some_message())
        await self._database.write(lambda tx: mark_unread(request, tx, person), self._chat_id)

    async def _read_all(self, person: Caller) -> None:
        await self._write(lambda tx: mark_read(MarkRead(), tx, person))

    async def _join(self, person: Caller) -> None:
        # The first person never leaves.
        await self._change(self._people[0], ChatMember(user_id=person.user_id))

    async def _leave(self, person: Caller) -> None:
        if person is self._people[0]:
            return
        membership = await self._database.read(
            lambda tx: chats.membership_of(tx, self._agency_id, self._chat_id, person.user_id)
        )
        if membership is not None:
            await self._change(person, ChatMember(chat_member_id=membership.member_id))

    async def _park(self, person: Caller) -> None:
        await self._change(self._people[0], ChatMember(user_id=self._random.choice(self._contacts)))

    async def _activate(self, person: Caller) -> None:
        """A contact becomes this person, even if it became another one before."""
        contact_id = self._random.choice(self._contacts)

        def activate(tx: Transaction) -> None:
            memberships.activate_parked(tx, self._agency_id, contact_id, person.user_id)

        await self._write(activate)

    async def _some_message(self) -> Guid:
        def pick(tx: Transaction) -> Guid:
            ids = tx.tuples("SELECT message_id FROM chat_message WHERE chat_id = :chat_id", chat_id=self._chat_id)
            found: Guid = self._random.choice(ids)[0]
            return found

        return await self._database.read(pick)

    async def _change(self, person: Caller, entry: ChatMember) -> None:
        request = ChatRequest(chat_id=self._chat_id, chat=Chat(chat_members=[entry]))
        await self._write(lambda tx: change_chat(request, tx, person))

    async def _write(self, work: Callable[[Transaction], Any]) -> None:
        await self._database.write(work)


def _do_nothing(*arguments: object) -> None:
    pass


async def _contend(database: Database, plan: dict[str, Any]) -> None:
    contenders = [Contender(database, plan, number) for number in range(plan["at_once"])]
    await asyncio.gather(*(each.contend(plan["steps"]) for each in contenders))


def main() -> None:
    plan = json.loads(sys.stdin.readline())
    if not plan["locks"]:
        # The bug that the test plants.
        chats.lock = unread.lock = _do_nothing  # type: ignore[assignment,attr-defined]
    database = open_database(plan["url"], Path(), migrate=False)
    print("ready", flush=True)
    # All begin when the last of them is ready.
    sys.stdin.readline()
    try:
        asyncio.run(_contend(database, plan))
    finally:
        database.close()


if __name__ == "__main__":
    main()
