"""How many round trips to PostgreSQL the frequent requests take, with the look at the caller's session."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import psycopg
import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.model.chat_summaries import FindChatMembers, FindChats, GetChat
from parlour.model.chats import Chat, ChatRequest
from parlour.model.messages import ChatMessage, ChatMessageRequest, ChatMessagesRequest
from parlour.services.caller import Caller
from parlour.services.chat_summaries import find_chats, find_members, get_chat
from parlour.services.chats import list_chats, start_chat
from parlour.services.messages import read_messages, send_message
from parlour.store import identity
from parlour.store.database import Database, Transaction, open_database
from parlour.store.postgres_pipeline import Pipeline, Query
from tests.conftest import Store
from tests.services.conftest import Agency, new_agency

Read = Callable[[Transaction], object]


@pytest.fixture
def database(postgres_store: Store) -> Iterator[Database]:
    opened = open_database(postgres_store.url, postgres_store.data_dir, migrate=False)
    yield opened
    opened.close()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Query]]:
    made: list[Sequence[Query]] = []
    ask = Pipeline.ask

    def noted(self: Pipeline, queries: Sequence[Query], *others: object) -> None:
        made.append(queries)
        ask(self, queries, *others)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(Pipeline, "ask", noted)
    return made


@pytest.fixture(params=["list", "messages", "find", "get", "members"])
def read(database: Database, request: pytest.FixtureRequest) -> Read:
    """A request of a signed-in person, as a unit of work."""
    agency = new_agency(database)
    ann = agency.person("Ann")
    chat = agency.call(start_chat, ChatRequest(chat=Chat(chat_name="Chat")), ann).chat[0].chat_id
    message = ChatMessage(chat_id=chat, message="Hello")
    agency.call(send_message, ChatMessageRequest(chat_message=message), ann)
    secret = _signed_in(agency, ann)

    def work(tx: Transaction) -> object:
        found = identity.person_of_secret(tx, secret)
        assert found is not None
        caller = Caller(
            user_id=found.person.user_id,
            user_name=found.person.email,
            display_name=found.person.full_name,
            roles=found.person.roles,
            agency_id=found.person.agency_id,
            contact_id=found.person.contact_id,
        )
        if request.param == "list":
            return list_chats(ChatRequest(), tx, caller).chat
        if request.param == "find":
            return find_chats(FindChats(query="ch"), tx, caller).chats
        if request.param == "get":
            return get_chat(GetChat(chat_id=chat), tx, caller).chat
        if request.param == "members":
            return find_members(FindChatMembers(chat_id=chat), tx, caller).members
        return read_messages(ChatMessagesRequest(chat_id=chat), tx, caller).chat_message

    return work


def _signed_in(agency: Agency, caller: Caller) -> Guid:
    """The hash of an access token."""
    secret = new_guid()

    def sign_in(tx: Transaction) -> None:
        person = identity.person_of_user(tx, caller.user_id)
        assert person is not None
        ends_at = tx.now + timedelta(days=1)
        identity.add_secret(tx, identity.add_session(tx, person, ends_at), "access", secret, ends_at)

    agency.database.run(sign_in)
    return secret


def test_a_request_that_is_not_remembered_takes_two(
    database: Database, read: Read, trips: list[Sequence[Query]]
) -> None:
    asyncio.run(database.read(read))

    assert len(trips) == 2


def test_a_request_that_is_remembered_takes_one(database: Database, read: Read, trips: list[Sequence[Query]]) -> None:
    async def repeated() -> int:
        first = await database.read(read)
        trips.clear()
        is_same = await database.read(read) is first
        return len(trips) if is_same else 2

    # Tests that run beside this one commit on the same server, after which nothing is remembered.
    assert any(asyncio.run(repeated()) == 1 for _ in range(20))


def test_a_request_after_a_commit_of_another_process_takes_two(
    database: Database, postgres_store: Store, read: Read, trips: list[Sequence[Query]]
) -> None:
    async def twice() -> None:
        await database.read(read)
        with psycopg.connect(postgres_store.url) as other:
            other.execute("UPDATE agency SET name = 'Renamed'")
        trips.clear()
        await database.read(read)

    asyncio.run(twice())

    assert len(trips) == 2
