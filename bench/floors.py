"""The floors for comparison: bare ASGI applications on the same server, without parsing and rules.

`write` runs the four statements of a send, in the same tables, with group commit and synchronous=FULL. It uses its own
writer thread, not Parlour's. `read` answers with fixed bytes of a given size. Both are processes: `python -m
bench.floors write DIRECTORY`, `python -m bench.floors read SIZE`. They print their address on the first line.
"""

import argparse
import asyncio
import queue
import threading
import time
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import apsw

from parlour.server import ServerLimits, serve

AGENCY, CHAT = "a" * 32, "c" * 32
MEMBERS = 21
ANSWER = b"x" * 300

Work = tuple[str, "asyncio.Future[None]"]
Handle = Callable[[], Awaitable[bytes]]


class Sends:
    """Sends written by one thread: all waiting sends share a transaction, and are answered after its commit."""

    def __init__(self, directory: Path) -> None:
        self._connection = apsw.Connection(str(directory / "floor.db"))
        self._connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        schema = files("parlour.store").joinpath("migrations/0001_first.sql").read_text()
        self._connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL").fetchall()
        self._connection.execute(schema).fetchall()
        self._fill()
        self._waiting: queue.SimpleQueue[Work] = queue.SimpleQueue()

    def start(self) -> None:
        threading.Thread(target=self._write, daemon=True).start()

    async def send(self) -> None:
        done = asyncio.get_running_loop().create_future()
        self._waiting.put((uuid4().hex, done))
        await done

    def _write(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            self._connection.execute("BEGIN IMMEDIATE")
            for message_id, _ in batch:
                self._send(message_id)
            self._connection.execute("COMMIT")
            batch[0][1].get_loop().call_soon_threadsafe(_resolve, batch)

    def _send(self, message_id: str) -> None:
        execute = self._connection.execute
        (member, seq, live) = execute(
            """SELECT m.member_id, c.last_seq + 1, c.live + 1
                 FROM chat c JOIN chat_member m ON m.agency_id = c.agency_id AND m.chat_id = c.chat_id
                WHERE c.agency_id = ? AND c.chat_id = ? AND m.user_id = ?""",
            (AGENCY, CHAT, _guid("u", 0)),
        ).fetchall()[0]
        now = time.time_ns() // 1000
        execute(
            """INSERT INTO chat_message (agency_id, chat_id, seq, message_id, sender_id, message, created_at)
               VALUES (?, ?, ?, ?, ?, ?, ?)""",
            (
                AGENCY,
                CHAT,
                seq,
                message_id,
                _guid("u", 0),
                "A message of the usual length, of some sixty letters.",
                now,
            ),
        )
        execute(
            """UPDATE chat SET last_seq = ?, live = ?, last_message_id = ?, active_at = ?
                WHERE agency_id = ? AND chat_id = ?""",
            (seq, live, message_id, now, AGENCY, CHAT),
        )
        execute(
            """UPDATE chat_member SET read_seq = ?, read_live = ?, own_after = 0, read_message_id = ?
                WHERE agency_id = ? AND chat_id = ? AND member_id = ?""",
            (seq, live, message_id, AGENCY, CHAT, member),
        )

    def _fill(self) -> None:
        execute = self._connection.execute
        execute("INSERT INTO agency VALUES (?, 'Floor', 0)", (AGENCY,))
        for number in range(MEMBERS):
            user, contact = _guid("u", number), _guid("k", number)
            execute("INSERT INTO user_account VALUES (?, ?, ?, 'Somebody', NULL, 0, 0)", (user, user, user))
            execute(
                """INSERT INTO contact (agency_id, contact_id, full_name, state, user_id, created_at)
                   VALUES (?, ?, 'Somebody', 'real', ?, 0)""",
                (AGENCY, contact, user),
            )
        execute(
            """INSERT INTO chat (agency_id, chat_id, name, created_by, created_at, active_at, member_count)
               VALUES (?, ?, 'Floor', ?, 0, 0, ?)""",
            (AGENCY, CHAT, _guid("u", 0), MEMBERS),
        )
        for number in range(MEMBERS):
            execute(
                """INSERT INTO chat_member
                   (agency_id, chat_id, member_id, contact_id, user_id, state, joined_at, read_seq, read_live)
                   VALUES (?, ?, ?, ?, ?, 'active', 0, 0, 0)""",
                (AGENCY, CHAT, _guid("m", number), _guid("k", number), _guid("u", number)),
            )


def _guid(letter: str, number: int) -> str:
    return f"{letter}{number:031d}"


def _resolve(batch: list[Work]) -> None:
    for _, done in batch:
        if not done.done():
            done.set_result(None)


class Bare:
    """The minimal ASGI application: reads the body and answers."""

    def __init__(self, handle: Handle, start: Callable[[], None]) -> None:
        self._handle = handle
        self._start = start

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            self._start()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["method"] == "POST":
            while (await receive()).get("more_body"):
                pass
        body = await self._handle()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["write", "read"])
    parser.add_argument("what", help="the directory for the database, or the size of the answer in bytes")
    options = parser.parse_args()
    serve(
        _writing(Path(options.what)) if options.kind == "write" else _reading(int(options.what)),
        host="127.0.0.1",
        port=0,
        limits=ServerLimits(),
        on_listening=lambda address: print(address, flush=True),
    )


def _writing(directory: Path) -> Bare:
    sends = Sends(directory)

    async def handle() -> bytes:
        await sends.send()
        return ANSWER

    return Bare(handle, sends.start)


def _reading(size: int) -> Bare:
    body = b"x" * size

    async def handle() -> bytes:
        return body

    return Bare(handle, lambda: None)


if __name__ == "__main__":
    main()
