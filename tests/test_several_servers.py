"""Two servers on one PostgreSQL: each hears what happens on the other."""

import contextlib
import http.client
import json
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from typing import Any

import psycopg
import pytest

from parlour.services import users
from parlour.services.passwords import hash_password
from parlour.store.database import Transaction, open_database
from tests.conftest import Store
from tests.delivery.test_postgres_bus import END_BUSES
from tests.support.served import Served, basic, served

PASSWORD = "correct horse"
ANN, BOB = f"ann@example.org:{PASSWORD}", f"bob@example.org:{PASSWORD}"

# A message sent on one server is heard on the other within this time. The fastest of some counts, since the machine may
# be busy.
SECONDS = 1.0
TRIES = 5


@pytest.fixture
def servers(postgres_store: Store) -> Iterator[tuple[Served, Served]]:
    password = hash_password(PASSWORD)

    def add(tx: Transaction) -> None:
        agency_id = users.first_start(tx, "Agency")
        for name in ("ann", "bob"):
            users.add_user(tx, agency_id, f"{name}@example.org", name.title(), ["Agent"], password)

    database = open_database(postgres_store.url, postgres_store.data_dir)
    database.run(add)
    database.close()
    settings = {"secret_key": "k" * 32, "throttles": "off", "database_url": postgres_store.url}
    with (
        served(postgres_store.data_dir, settings=settings) as one,
        served(postgres_store.data_dir, settings=settings) as other,
    ):
        yield one, other


@contextmanager
def stream(server: Served, **headers: str) -> Iterator["Queue[tuple[str, Any] | None]"]:
    """The frames of an event stream, as selector and body, and None at its end."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)
    connection.request("GET", "/event-stream", headers=headers)
    opened = connection.getresponse()
    heard: Queue[tuple[str, Any] | None] = Queue()

    def read() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            for line in opened:
                if line.startswith(b"data: "):
                    selector, _, body = line.decode().removeprefix("data: ").partition(" ")
                    heard.put((selector, json.loads(body)))
        heard.put(None)

    reading = threading.Thread(target=read)
    reading.start()
    try:
        yield heard
    finally:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)
        reading.join()
        connection.close()


def texts_until(heard: "Queue[tuple[str, Any] | None]", text: str) -> list[str]:
    """The texts of messages that are heard, until this one."""
    texts: list[str] = []
    while not texts or texts[-1] != text:
        frame = heard.get(timeout=60)
        assert frame is not None, "the stream ended"
        if frame[0] == "chat.messageSent":
            texts.append(frame[1]["message"]["text"])
    return texts


def start_chat(server: Served) -> str:
    _, bob = server.call("GET", "/auth", caller=BOB)
    chat = {"chatName": "Roof", "chatMembers": [{"userId": bob["userId"]}]}
    status, started = server.call("POST", "/v1/Chat", {"chat": chat}, caller=ANN)
    assert status == 200
    chat_id: str = started["chat"][0]["chatId"]
    return chat_id


def say(server: Served, chat_id: str, text: str) -> None:
    message = {"chatMessage": {"chatId": chat_id, "message": text}}
    assert server.call("POST", "/v1/ChatMessage", message, caller=ANN)[0] == 200


def test_a_message_sent_on_one_server_is_heard_on_the_other_within_a_second(servers: tuple[Served, Served]) -> None:
    one, other = servers
    chat_id = start_chat(one)
    times = []

    with stream(other, Authorization=basic(BOB)) as heard:
        for number in range(TRIES):
            begun = time.monotonic()
            say(one, chat_id, str(number))
            assert texts_until(heard, str(number)) == [str(number)]
            times.append(time.monotonic() - begun)
    assert min(times) < SECONDS


def test_losing_the_connection_for_hints_loses_no_event(servers: tuple[Served, Served], postgres_store: Store) -> None:
    one, other = servers
    chat_id = start_chat(one)
    texts = [str(number) for number in range(10)]

    with stream(other, Authorization=basic(BOB)) as heard, psycopg.connect(postgres_store.url, autocommit=True) as bare:
        for text in texts:
            bare.execute(END_BUSES.encode())
            say(one, chat_id, text)
        assert texts_until(heard, texts[-1]) == texts


def test_a_session_that_ends_on_one_server_ends_its_streams_on_the_other(servers: tuple[Served, Served]) -> None:
    one, other = servers
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    name, _, password = BOB.partition(":")
    signing_in = json.dumps({"userName": name, "password": password}).encode()
    in_json = {"Content-Type": "application/json"}
    with browser.open(urllib.request.Request(f"{one.url}/auth/credentials", signing_in, in_json)) as answer:
        cookies = "; ".join(each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie"))

    with stream(other, Cookie=cookies) as heard:
        first = heard.get(timeout=60)
        assert first is not None and first[0] == "cmd.onConnect"
        browser.open(urllib.request.Request(f"{one.url}/auth/logout", b"", in_json)).close()
        while heard.get(timeout=60) is not None:
            pass
