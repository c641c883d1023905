"""A server killed at any moment loses and duplicates no acknowledged message, and counts correctly after a restart."""

import asyncio
import random
import subprocess

import pytest

from tests.conftest import Store
from tests.support.senders import Client, add_people, check_stored, clients_of, resend_unsure, serving

# A server is killed after fewer messages than this, drawn each time. The other connections wait for theirs then.
MOST_ANSWERS = 100


@pytest.mark.parametrize(
    ("seed", "kills"),
    [(1, 4), pytest.param(1, 25, marks=pytest.mark.long), pytest.param(2, 25, marks=pytest.mark.long)],
)
def test_sqlite_survives_kills(sqlite_store: Store, seed: int, kills: int) -> None:
    _survive(sqlite_store, kills=kills, seed=seed)


@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.long)])
def test_postgres_survives_kills(postgres_store: Store, kills: int) -> None:
    _survive(postgres_store, kills=kills, seed=3)


def _survive(store: Store, *, kills: int, seed: int) -> None:
    moments = random.Random(seed)
    add_people(store)
    with serving(store) as (process, address):
        clients = asyncio.run(clients_of(address))
        process.kill()
    for _ in range(kills):
        with serving(store) as (process, address):
            asyncio.run(_killed_under_load(process, address, clients, answers=moments.randrange(MOST_ANSWERS)))
    with serving(store) as (_, address):
        asyncio.run(resend_unsure(address, clients))

    assert sum(len(client.acknowledged) for client in clients) > kills
    check_stored(store, clients)


async def _killed_under_load(
    process: "subprocess.Popen[str]", address: str, clients: list[Client], *, answers: int
) -> None:
    are_enough, before = asyncio.Event(), sum(len(client.acknowledged) for client in clients)

    def count() -> None:
        if sum(len(client.acknowledged) for client in clients) - before >= answers:
            are_enough.set()

    count()
    at_work = [asyncio.create_task(client.use(address, count)) for client in clients]
    waiting = asyncio.create_task(are_enough.wait())
    # A failing client also ends the wait.
    await asyncio.wait([waiting, *at_work], return_when=asyncio.FIRST_COMPLETED)
    process.kill()
    waiting.cancel()
    await asyncio.gather(*at_work)
