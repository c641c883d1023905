"""A stream is read by the rules of the stock .NET client, which are stricter than those of browsers.

The client itself needs the .NET runtime. `DotNetReader` has its rules. Each read is decoded alone. Lines end with a
line feed. An id is a whole number of 64 bits. What a browser would ignore is an error.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.served import Served, basic, served

BEN, CLEO = "ben@demo.example:parlour-demo", "cleo@demo.example:parlour-demo"

# What a reader could trip over: ends of lines, characters of several bytes, and the words of frames.
HOSTILE = "Line one\nline two\r\n\r\ndata: cmd.onLeave {}\n\n: a comment – ✓ 😀 \u2028 id: 7"


class Misread(Exception):
    """The client would fail, or drop the message."""


class DotNetReader:
    """The messages of a stream: their number, selector and body."""

    def __init__(self, response: HTTPResponse) -> None:
        self._response = response
        self._text = ""

    def message(self) -> tuple[int, str, Any]:
        id_: int | None = None
        data: str | None = None
        line = self._line()
        while not line:
            # A line feed alone between messages is skipped.
            line = self._line()
        while line:
            name, colon, value = line.partition(":")
            if name == "id" and colon:
                if not value.strip().isdecimal() or int(value) >= 2**63:
                    raise Misread("The id is no number of 64 bits.")
                id_ = int(value)
            elif name == "data" and colon and data is None:
                data = value.removeprefix(" ")
            else:
                raise Misread("The line has no meaning.")
            line = self._line()
        if id_ is None or data is None:
            raise Misread("The message lacks its id or its data.")
        selector, blank, body = data.partition(" ")
        if not blank:
            raise Misread("The selector has no blank behind it.")
        if "." not in selector.rpartition("@")[2]:
            raise Misread("The selector has no dot.")
        return id_, selector, json.loads(body) if body else None

    def until(self, selector: str) -> tuple[int, Any]:
        """The number and body of the next message with this selector."""
        while True:
            id_, found, body = self.message()
            if found == selector:
                return id_, body

    def _line(self) -> str:
        while "\n" not in self._text:
            read = self._response.read1(65536)
            if not read:
                raise Misread("The stream has ended.")
            # Half a character would raise an error here, where the client would show a wrong one.
            self._text += read.decode()
        line, _, self._text = self._text.partition("\n")
        if "\r" in line:
            raise Misread("The line ends with more than a line feed.")
        return line


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("dotnet") / "data", "--demo", settings={"throttles": "off"}) as started:
        yield started


@contextmanager
def stream(server: Served, caller: str, channels: str = "", **headers: str) -> Iterator[DotNetReader]:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    sent = {"Authorization": basic(caller), "Accept": "application/json", **headers}
    connection.request("GET", f"/event-stream?channels={channels}", headers=sent)
    try:
        yield DotNetReader(connection.getresponse())
    finally:
        connection.close()


def called(server: Served, method: str, path: str, body: Any = None, caller: str = BEN) -> Any:
    status, answer = server.call(method, path, body, caller=caller)
    assert status == 200, answer
    return answer


@pytest.fixture
def chat(server: Served) -> str:
    """A chat of Ben and Cleo, which is typed in and written to."""
    people = called(server, "GET", "/v1/People?Query=cleo")["people"]
    members = [{"userId": people[0]["userId"]}]
    started = called(server, "POST", "/v1/Chat", {"chat": {"chatName": "Gate", "chatMembers": members}})
    return str(started["chat"][0]["chatId"])


def test_the_first_message_has_text_that_the_client_can_read_as_numbers(server: Served) -> None:
    with stream(server, CLEO) as reader:
        id_, selector, body = reader.message()

    assert id_ > 0
    assert selector == "cmd.onConnect"
    assert all(isinstance(value, str) for value in body.values())
    assert (int(body["heartbeatIntervalMs"]), int(body["idleTimeoutMs"]), body["isAuthenticated"]) == (
        10_000,
        30_000,
        "true",
    )


def test_changes_of_messages_are_read_and_their_ids_grow(server: Served, chat: str) -> None:
    with stream(server, CLEO, f"chat-{chat}") as reader:
        reader.until(f"chat-{chat}@cmd.onJoin")
        sent = called(server, "POST", "/v1/Messages", {"chatId": chat, "text": HOSTILE})["message"]
        place = f"/v1/Message/{sent['chatMessageId']}"
        first, message = reader.until("chat.messageSent")
        called(server, "PUT", place, {"text": f"{HOSTILE}!"})
        second, edited = reader.until("chat.messageEdited")
        called(server, "PUT", f"{place}/Reaction", {"emoji": "👍🏽", "isOn": True})
        third, reacted = reader.until("chat.reactionChanged")
        called(server, "PUT", f"/v1/Chats/{chat}/Typing", {"isTyping": True})
        _, typing = reader.until("chat.typing")
        called(server, "DELETE", place)
        fourth, deleted = reader.until("chat.messageDeleted")

    assert (message["message"]["text"], edited["text"]) == (HOSTILE, f"{HOSTILE}!")
    assert (reacted["emoji"], typing["chatId"], deleted["chatId"]) == ("👍🏽", chat, chat)
    assert first < second < third < fourth


def test_a_heartbeat_is_answered_on_the_stream(server: Served) -> None:
    with stream(server, CLEO) as reader:
        _, _, connected = reader.message()
        called(server, "POST", connected["heartbeatUrl"].removeprefix(server.url), caller=CLEO)

        assert reader.until("cmd.onHeartbeat")[1]["userId"] == connected["userId"]


def test_a_stream_that_cannot_go_on_says_so_in_a_message_like_any_other(server: Served) -> None:
    with stream(server, CLEO, **{"Last-Event-ID": "5"}) as reader:
        _, selector, body = reader.message()

    assert (selector, body["isGap"]) == ("cmd.onConnect", "true")


@pytest.mark.parametrize(
    ("wire", "problem"),
    [
        (b": hello\nid: 1\ndata: cmd.a 1\n\n", "no meaning"),
        (b"event: a\nid: 1\ndata: cmd.a 1\n\n", "no meaning"),
        (b"retry: 5\nid: 1\ndata: cmd.a 1\n\n", "no meaning"),
        (b"id: 1\ndata: cmd.a 1\ndata: cmd.b 2\n\n", "no meaning"),
        (b"id: x\ndata: cmd.a 1\n\n", "64 bits"),
        (b"id: 1_0\ndata: cmd.a 1\n\n", "64 bits"),
        (b"id: 9223372036854775808\ndata: cmd.a 1\n\n", "64 bits"),
        (b"id: 1\r\ndata: cmd.a 1\r\n\r\n", "line feed"),
        (b"id: 1\ndata: cmd.a\n\n", "no blank"),
        (b"id: 1\ndata: nothing 1\n\n", "no dot"),
        (b"data: cmd.a 1\n\n", "lacks"),
    ],
)
def test_what_the_client_cannot_read_is_found(wire: bytes, problem: str) -> None:
    with pytest.raises(Misread, match=problem):
        DotNetReader(Written([wire])).message()


def test_half_a_character_in_a_read_is_found() -> None:
    whole = 'id: 1\ndata: cmd.a "✓"\n\n'.encode()
    with pytest.raises(UnicodeDecodeError):
        DotNetReader(Written([whole[:-5], whole[-5:]])).message()


class Written(HTTPResponse):
    """A response that is read in these pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = iter(pieces)

    def read1(self, n: int = -1) -> bytes:
        return next(self._pieces, b"")

    def close(self) -> None:
        """Nothing is open."""
