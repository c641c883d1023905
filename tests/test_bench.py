"""The parts of `scripts/bench` that decide something: what has changed since a run, and what its servers forget."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bench import fill, floors, works
from bench.forgetful import NOTHING
from bench.results import COST, OF_SQLITE, RATIO, TAIL, Run, changes, compared, cost, milliseconds, rate, ratio
from parlour.store import consistency
from parlour.store.cache import Cache
from parlour.store.database import Database, Transaction, open_database
from parlour.store.search_consistency import search_differences
from tests.conftest import Store

ROUNDS = 7
SPREAD = 0.03


def measured(figure: str, middle: float, *, seed: int, row: str = "list") -> Run:
    """A run in which one figure varies around its middle, as the same program does on a busy machine."""
    noise = random.Random(seed)
    return {row: {figure: [middle * noise.gauss(1, SPREAD) for _ in range(ROUNDS)]}}


def directions(before: Run, after: Run) -> Sequence[bool]:
    return [change.is_better for change in changes(before, after)]


@pytest.mark.parametrize(("figure", "is_better"), [(RATIO, False), (OF_SQLITE, False), (TAIL, True), (COST, True)])
@pytest.mark.parametrize("seed", range(20))
def test_a_planted_change_is_found_with_its_direction(figure: str, is_better: bool, seed: int) -> None:
    before, after = measured(figure, 0.5, seed=seed), measured(figure, 0.4, seed=seed + 100)

    assert directions(before, after) == [is_better]
    assert directions(after, before) == [not is_better]


def test_noise_is_hardly_ever_called_a_change() -> None:
    called = [directions(measured(RATIO, 0.5, seed=seed), measured(RATIO, 0.5, seed=-seed)) for seed in range(1, 1001)]

    assert sum(map(len, called)) <= 10


def test_a_disturbed_round_neither_hides_a_change_nor_makes_one() -> None:
    steady, slower = [0.50, 0.51, 0.49, 0.50, 0.51], [0.40, 0.41, 0.39, 0.40, 0.41]

    assert directions({"list": {RATIO: steady}}, {"list": {RATIO: [*slower[:4], 5.0]}}) == [False]
    assert directions({"list": {RATIO: steady}}, {"list": {RATIO: [*steady[:4], 0.01]}}) == []


def test_a_machine_of_half_the_speed_changes_nothing() -> None:
    before = {"list": {"rate": [3000.0] * 5, "floor": [9000.0] * 5, "p50": [4.0] * 5, RATIO: [0.33] * 5}}
    after = {"list": {"rate": [1500.0] * 5, "floor": [4500.0] * 5, "p50": [8.0] * 5, RATIO: [0.33] * 5}}

    assert changes(before, after) == []


def test_only_rows_of_both_runs_are_compared() -> None:
    before, after = measured(RATIO, 0.5, seed=1, row="gone"), measured(RATIO, 0.1, seed=2, row="new")

    assert changes(before, after) == []
    assert compared(before, after).startswith("0 of 0 ratios")


def test_a_comparison_names_what_became_slower() -> None:
    before, after = {"list": {RATIO: [0.5], TAIL: [2.0]}}, {"list": {RATIO: [0.25], TAIL: [2.0]}}

    assert compared(before, after).splitlines() == [
        "1 of 2 ratios differ from the earlier run by more than the spread of both.",
        "- slower: list, ratio to the floor: 0.500 before, 0.250 now",
    ]


def test_nothing_is_rounded_in_our_favour() -> None:
    assert rate([1999.9]) == "1,999/s"
    assert ratio([0.1599, 0.1699, 0.1799]) == "0.169 (0.164 to 0.174)"
    assert cost([2.5001]) == "2.501 (2.501 to 2.501)"
    assert milliseconds([3.01]) == "3.1 ms"


@pytest.mark.parametrize("remembers", [True, False])
def test_a_forgetful_server_asks_for_everything_again(
    remembers: bool, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def query(tx: Transaction, name: str) -> str:
        asked.append(name)
        return name

    def work(tx: Transaction) -> None:
        assert tx.value("SELECT 1") == 1
        assert tx.cached(query, "Ann") == "Ann"

    async def twice(database: Database) -> bool:
        await database.read(work)
        asked.clear()
        await database.read(work)
        return not asked

    if not remembers:
        monkeypatch.setattr(Cache, "current", NOTHING, raising=False)
    database = open_database(store.url, store.data_dir)

    assert asyncio.run(twice(database)) == remembers
    database.close()


@pytest.mark.parametrize("is_varied", [False, True])
def test_a_filled_database_has_a_correct_index_and_correct_counters(store: Store, is_varied: bool) -> None:
    database = open_database(store.url, store.data_dir)
    fill.fill(database, replace(fill.SMALL, is_varied=is_varied), store.url)

    assert database.run(lambda tx: tx.value("SELECT count(*) FROM chat_message")) == _messages()
    assert database.run(search_differences) == database.run(consistency.differences) == []
    database.close()


def test_the_newest_50_messages_are_50_for_each_reader(store: Store) -> None:
    database = open_database(store.url, store.data_dir)
    fill.fill(database, fill.SMALL, store.url)
    # The last part of the path is `Messages`.
    chat_ids = [call.path.split("/")[-2] for call in works.FORGOTTEN_PAGE.calls]

    stored = dict(database.run(lambda tx: tx.tuples("SELECT chat_id, last_seq FROM chat")))

    assert len(set(chat_ids)) == len(fill.READERS)
    assert {stored[chat_id] for chat_id in chat_ids} == {50}
    database.close()


def test_the_floor_on_postgres_does_what_a_send_does(postgres_store: Store) -> None:
    database = open_database(postgres_store.url, postgres_store.data_dir)
    fill.fill(database, fill.SMALL, postgres_store.url)

    rate = floors.pgbench(postgres_store.url, fill.SPREAD_CHATS, "--transactions=40", clients=2)

    assert rate > 0
    assert database.run(lambda tx: tx.value("SELECT sum(last_seq) FROM chat")) == _messages() + 80
    assert database.run(lambda tx: tx.value("SELECT count(*) FROM chat_message")) == _messages() + 80
    assert database.run(consistency.differences) == []
    database.close()


def _messages() -> int:
    chats = fill.LARGE_CHAT + 1 + len(fill.SPREAD_CHATS)
    return fill.SHORT_HISTORY * (chats - 1 + fill.FULL_HISTORY)
