"""The actions of a transaction after its commit, on both databases."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from parlour.engine.serving.handlers import tried
from parlour.store.database import Database, Transaction
from tests.store.names import add, names

ORDER = "a name for each work that came before"


def announcing(work: Callable[[Transaction], object], announce: Callable[[], object]) -> Callable[[Transaction], None]:
    """The work, which registers its action first, also when it fails later."""

    def announced(tx: Transaction) -> None:
        tx.after_commit(announce)
        work(tx)

    return announced


def fail(tx: Transaction) -> None:
    raise ZeroDivisionError


def add_and_fail(name: str) -> Callable[[Transaction], None]:
    def work(tx: Transaction) -> None:
        add(name)(tx)
        fail(tx)

    return work


def test_actions_run_once_in_order_on_the_event_loop_before_the_result(database: Database) -> None:
    happened: list[object] = []

    def work(tx: Transaction) -> str:
        add("kept")(tx)
        tx.after_commit(lambda: happened.append(("first", threading.current_thread())))
        tx.after_commit(lambda: happened.append(("second", asyncio.get_running_loop())))
        return "result"

    async def write() -> asyncio.AbstractEventLoop:
        happened.append(await database.write(work))
        return asyncio.get_running_loop()

    loop = asyncio.run(write())

    assert happened == [("first", threading.current_thread()), ("second", loop), "result"]


def test_what_was_written_is_there_when_an_action_runs(database: Database) -> None:
    async def write() -> list[str]:
        found: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()

        async def look() -> None:
            found.set_result(await database.read(names))

        looking: list[asyncio.Task[None]] = []
        await database.write(announcing(add("kept"), lambda: looking.append(asyncio.create_task(look()))))
        return await found

    assert asyncio.run(write()) == ["kept"]


@pytest.mark.parametrize("work", [fail, add_and_fail("lost")], ids=["before it wrote", "after it wrote"])
def test_rolled_back_work_runs_no_actions(database: Database, work: Callable[[Transaction], None]) -> None:
    announced: list[str] = []

    async def write() -> None:
        with pytest.raises(ZeroDivisionError):
            await database.write(announcing(work, lambda: announced.append("lost")))
        # A turn for actions that may still wait.
        await database.write(add("later"))

    asyncio.run(write())

    assert announced == []


def test_a_group_that_is_run_again_announces_each_kept_work_once(database: Database) -> None:
    announced: list[str] = []

    def work(number: int) -> Callable[[Transaction], None]:
        inner = add_and_fail(f"lost {number}") if number % 3 == 1 else add(f"kept {number}")
        return announcing(inner, lambda: announced.append(f"work {number}"))

    async def meet() -> None:
        await asyncio.gather(*(database.write(work(number)) for number in range(9)), return_exceptions=True)

    asyncio.run(meet())

    assert Counter(announced) == {f"work {number}": 1 for number in range(9) if number % 3 != 1}


def test_works_that_collide_and_are_run_again_announce_themselves_once(database: Database) -> None:
    runs: Counter[int] = Counter()
    announced: list[int] = []

    def work(number: int) -> Callable[[Transaction], None]:
        def count_and_add(tx: Transaction) -> None:
            runs[number] += 1
            add(f"{ORDER}: {len(names(tx))}")(tx)

        return announcing(count_and_add, lambda: announced.append(number))

    async def meet() -> None:
        await asyncio.gather(*(database.write(work(number)) for number in range(8)))

    asyncio.run(meet())

    assert sorted(announced) == list(range(8))
    assert len(database.run(names)) == 8


def test_a_read_with_actions_is_rerun_as_a_write(database: Database) -> None:
    announced: list[str] = []

    asyncio.run(database.read(announcing(names, lambda: announced.append("read"))))

    assert announced == ["read"]


def test_actions_run_although_nobody_waits_for_the_result_any_more(database: Database) -> None:
    started, may_end = threading.Event(), threading.Event()

    def work(tx: Transaction) -> None:
        started.set()
        may_end.wait(10)
        add("kept")(tx)

    async def give_up() -> None:
        announced = asyncio.Event()
        waiting = asyncio.create_task(database.write(announcing(work, announced.set)))
        await asyncio.to_thread(started.wait, 10)
        waiting.cancel()
        may_end.set()
        await asyncio.wait_for(announced.wait(), 10)

    asyncio.run(give_up())

    assert database.run(names) == ["kept"]


def test_an_action_that_fails_is_logged_and_fails_nothing_else(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    announced: list[str] = []

    def work(tx: Transaction) -> str:
        tx.after_commit(lambda: 1 / 0)
        tx.after_commit(lambda: announced.append("next"))
        return "result"

    assert asyncio.run(database.write(work)) == "result"
    assert announced == ["next"]
    assert "ZeroDivisionError" in caplog.text


def test_work_of_a_thread_has_its_actions_run_there(database: Database) -> None:
    ran_in: list[threading.Thread] = []

    database.run(announcing(add("kept"), lambda: ran_in.append(threading.current_thread())))

    assert ran_in == [threading.current_thread()]


@pytest.mark.parametrize("writes", [True, False])
def test_work_that_is_only_tried_announces_nothing(database: Database, writes: bool) -> None:
    """As when HEAD is answered, or a batch whose items are kept only if all are answered."""
    announced: list[str] = []
    work = announcing(add("undone"), lambda: announced.append("undone"))

    trial = asyncio.run(tried(database.write if writes else database.read, work, may_write=writes))

    assert trial.has_changes
    assert announced == database.run(names) == []
