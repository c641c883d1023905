"""Runs all measurements and prints the table of `docs/performance.md`.

Each figure is compared with a floor, measured before and after it in the same run. The ratio can be compared between
machines. No result passes or fails.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import echo, fill, formats
from parlour.engine.codecs import Profile
from parlour.engine.codecs.standard import standard_codecs
from parlour.engine.dto.metadata import TypeRef
from parlour.store.database import open_database

COMMANDS = Path(sys.executable).parent


@dataclass(frozen=True)
class Work:
    """One row of the table: `user` sends the request with `path` and `body`."""

    name: str
    connections: int
    user: int
    floor: str
    path: str
    body: dict[str, Any] | None = None
    is_beside_sends: bool = False


SEND = Work(
    "send into a chat of 21 members",
    64,
    fill.SENDER,
    "write",
    "/v1/ChatMessage",
    {"chatMessage": {"chatId": fill.guid("d", fill.LARGE_CHAT), "message": fill.TEXT}},
)
LIST = Work("list 20 chats of 6 members", 16, fill.READER, "read", "/v1/Chat")
MESSAGES = Work("newest 50 messages of a chat", 16, fill.READER, "read", f"/v1/Chat/{fill.guid('d', 0)}/Messages")
# The same response with either history, so that costs can be compared: one call returns at most 200 messages.
FULL = replace(
    MESSAGES, name="newest 200 messages of a chat", path=f"/v1/Chat/{fill.guid('d', fill.FULL_CHAT)}/Messages"
)
# Reads are cached until the next commit. So they are measured again while messages are sent.
LIST_BESIDE = replace(LIST, name="list, beside 50 sends a second", is_beside_sends=True)
FULL_BESIDE = replace(FULL, name="newest 200, beside 50 sends a second", is_beside_sends=True)
WORKS = (SEND, LIST, LIST_BESIDE, MESSAGES, FULL, FULL_BESIDE)
SEND_PAUSE = 0.018


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.5, help="how long each measurement counts")
    parser.add_argument("--rounds", type=int, default=5, help="how often floor and work are measured in turn")
    parser.add_argument("--skip-large", action="store_true", help="leave out the large history")
    parser.add_argument("--only", choices=["parlour", "formats"], help="leave out the other tables")
    options = parser.parse_args()
    if options.only != "formats":
        _parlour_table(options)
    if options.only != "parlour":
        _format_table(options)
        formats.main()


def _parlour_table(options: argparse.Namespace) -> None:
    with ExitStack() as started:
        small = started.enter_context(_parlour(fill.SMALL))
        large = None if options.skip_large else started.enter_context(_parlour(fill.LARGE))
        idle = [_resident_mb(served.pid) for served in (small, large) if served]
        _head()
        for work in WORKS:
            _row(work, _compare(work, small, large, options))
        loaded = [_resident_mb(served.pid) for served in (small, large) if served]
    for name, megabytes in (("idle memory", idle), ("memory after the load", loaded)):
        print(f"| {name} | | {megabytes[0]:.0f} MB | | | | | {f'{megabytes[1]:.0f} MB' if megabytes[1:] else ''} |")


@dataclass(frozen=True)
class Served:
    """A running Parlour: its address, its process, and a folder for its requests."""

    address: str
    pid: int
    folder: Path


def _compare(work: Work, small: Served, large: Served | None, options: argparse.Namespace) -> dict[str, float]:
    """The medians of all rounds. Each round measures floor, small and large history in turn, since machines change
    speed.
    """
    size = int(_measured(work, small, 0.3)["body_bytes"])
    rounds: list[dict[str, float]] = []
    for _ in range(options.rounds):
        with _floor(work, size) as address:
            floor = _load(address, _request_file(work, small), work, options.seconds)["rate"]
        one = _measured(work, small, options.seconds)
        found = {key: one[key] for key in ("rate", "p50_ms", "p99_ms")} | {"floor": floor, "ratio": one["rate"] / floor}
        if large and work is not MESSAGES:
            found["cost"] = one["rate"] / _measured(work, large, options.seconds)["rate"]
        rounds.append(found)
    return {key: statistics.median(found[key] for found in rounds) for key in rounds[0]}


def _format_table(options: argparse.Namespace) -> None:
    """The engine alone, with two chats: as a response, and as an echo, which also reads them."""
    codecs = {codec.name: codec for codec in standard_codecs(Profile())}
    command = [sys.executable, "-m", "bench.echo"]
    print("| two chats | rate | p50 | p99 | floor | ratio |")
    print("|---|---|---|---|---|---|")
    with _started(command, dict(os.environ)) as (_, line), tempfile.TemporaryDirectory() as folder:
        for name in ("json", "xml", "jsv", "csv"):
            body = codecs[name].writer(TypeRef("dto", python=echo.EchoChats))(echo.EchoChats(chat=echo.two_chats()))
            for kind, sent in (("answer", b""), ("echo", body)):
                request = Path(folder) / f"{name} {kind}"
                request.write_bytes(_engine_request(codecs[name].media_type, sent))
                _format_row(f"{name} {kind}", _against_floor(line.strip(), request, options))


def _engine_request(media_type: str, body: bytes) -> bytes:
    head = [f"{'POST' if body else 'GET'} /chats HTTP/1.1", "Host: localhost", f"Accept: {media_type}"]
    if body:
        head += [f"Content-Type: {media_type}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


def _against_floor(address: str, request: Path, options: argparse.Namespace) -> dict[str, float]:
    """The medians of rounds with 16 connections, each compared with a floor that answers with as many bytes."""
    size = int(_loaded(address, request, 16, 0.3)["body_bytes"])
    rounds = []
    for _ in range(options.rounds):
        with _started([sys.executable, "-m", "bench.floors", "read", str(size)], dict(os.environ)) as (_, line):
            floor = _loaded(line.strip(), request, 16, options.seconds)["rate"]
        one = _loaded(address, request, 16, options.seconds)
        rounds.append(
            {k: one[k] for k in ("rate", "p50_ms", "p99_ms")} | {"floor": floor, "ratio": one["rate"] / floor}
        )
    return {key: statistics.median(found[key] for found in rounds) for key in rounds[0]}


def _format_row(name: str, found: dict[str, float]) -> None:
    print(
        f"| {name} | {found['rate']:,.0f}/s | {found['p50_ms']:.1f} ms | {found['p99_ms']:.1f} ms | "
        f"{found['floor']:,.0f}/s | {found['ratio']:.2f} |",
        flush=True,
    )


def _measured(work: Work, served: Served, seconds: float) -> dict[str, Any]:
    with _sending(served) if work.is_beside_sends else nullcontext():
        return _load(served.address, _request_file(work, served), work, seconds)


def _request_file(work: Work, served: Served) -> Path:
    path = served.folder / f"{work.name}.http"
    if not path.exists():
        path.write_bytes(_request(work, served.address))
    return path


def _request(work: Work, address: str) -> bytes:
    body = json.dumps(work.body).encode() if work.body else b""
    head = [
        f"{'POST' if body else 'GET'} {work.path} HTTP/1.1",
        f"Host: {address}",
        "Accept: application/json",
        f"Authorization: Bearer {_token(work.user, address)}",
    ]
    if body:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


def _token(user: int, address: str) -> str:
    credentials = {"userName": fill.email(user), "password": fill.PASSWORD}
    request = urllib.request.Request(
        f"http://{address}/auth/credentials",
        json.dumps(credentials).encode(),
        {"Content-Type": "application/json", "Accept": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        cookies = response.headers.get_all("Set-Cookie")
    token: str = next(cookie[7:].split(";")[0] for cookie in cookies if cookie.startswith("ss-tok="))
    return token


def _load(address: str, request: Path, work: Work, seconds: float) -> dict[str, Any]:
    return _loaded(address, request, work.connections, seconds)


def _loaded(address: str, request: Path, connections: int, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.load", address, str(request)]
    command += ["--connections", str(connections), "--seconds", str(seconds)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if found["failures"]:
        raise SystemExit(f"{request.name}: {found['failures']} failures, the first: {found['first_failure']}")
    return found


@contextmanager
def _sending(served: Served) -> Iterator[None]:
    """Another user sends to another chat, about fifty times a second."""
    command = [sys.executable, "-m", "bench.load", served.address, str(_request_file(SEND, served))]
    command += ["--connections", "1", "--seconds", "600", "--pause", str(SEND_PAUSE)]
    with subprocess.Popen(command) as process:
        try:
            yield
        finally:
            process.kill()


@contextmanager
def _parlour(size: fill.Size) -> Iterator[Served]:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database("", Path(folder))
        try:
            fill.fill(database, size)
        finally:
            database.close()
        command = [str(COMMANDS / "parlour"), "serve", "--listen", "127.0.0.1:0", "--data-dir", folder]
        with _started(command, {**os.environ, "PARLOUR_THROTTLES": "off"}) as (process, line):
            yield Served(line.rsplit("//", 1)[-1].strip(), process.pid, Path(folder))


@contextmanager
def _floor(work: Work, answer_bytes: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        what = folder if work.floor == "write" else str(answer_bytes)
        with _started([sys.executable, "-m", "bench.floors", work.floor, what], dict(os.environ)) as (_, line):
            yield line.strip()


@contextmanager
def _started(command: list[str], environment: dict[str, str]) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            yield process, _address_line(process.stdout)
        finally:
            process.terminate()


def _address_line(output: Any) -> str:
    for line in output:
        if "127.0.0.1:" in line:
            return str(line)
    raise SystemExit("The server said no address.")


def _resident_mb(pid: int) -> float:
    """The resident memory of the process, as the kernel counts it, in MB of 10^6 bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise SystemExit("This system does not tell a process's memory.")


def _head() -> None:
    print("| work | connections | rate | p50 | p99 | floor | ratio | cost of a large history |")
    print("|---|---|---|---|---|---|---|---|")


def _row(work: Work, found: dict[str, float]) -> None:
    cost = f"{found['cost']:.2f} times" if "cost" in found else ""
    print(
        f"| {work.name} | {work.connections} | {found['rate']:,.0f}/s | {found['p50_ms']:.1f} ms | "
        f"{found['p99_ms']:.1f} ms | {found['floor']:,.0f}/s | {found['ratio']:.2f} | {cost} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
