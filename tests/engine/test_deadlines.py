"""`within`: work with a timeout that starts when it first waits."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from parlour.engine.http.deadlines import within
from tests.support.loops import run_without_waiting

SHORT, LONG = 0.01, 60.0


async def _with(*parts: Awaitable[Any], result: str = "done") -> str:
    for part in parts:
        await part
    return result


async def _nothing() -> None:
    pass


def test_work_that_never_waits_is_done_at_once() -> None:
    with pytest.raises(StopIteration) as finished:
        within(LONG, _with(_nothing())).send(None)
    assert finished.value.value == "done"


def test_work_that_waits_several_times_gives_its_result() -> None:
    waits = asyncio.sleep(0), asyncio.sleep(0.001), asyncio.sleep(0)

    assert run_without_waiting(within(LONG, _with(*waits))) == "done"


@pytest.mark.parametrize("waits", [1, 3])
def test_work_that_times_out_is_cancelled_where_it_waits(waits: int) -> None:
    stopped: list[str] = []

    async def late() -> None:
        for _ in range(waits - 1):
            await asyncio.sleep(0)
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append("stopped")

    with pytest.raises(TimeoutError):
        run_without_waiting(within(SHORT, late()))
    assert stopped == ["stopped"]


@pytest.mark.parametrize("waits_first", [False, True])
def test_an_exception_of_the_work_is_raised(waits_first: bool) -> None:
    async def failing() -> None:
        if waits_first:
            await asyncio.sleep(0)
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        asyncio.run(within(LONG, failing()))


def test_work_may_catch_exceptions_where_it_waits() -> None:
    async def mended() -> str:
        loop = asyncio.get_running_loop()
        broken = loop.create_future()
        loop.call_soon(broken.set_exception, ValueError())
        try:
            await broken
        except ValueError:
            await asyncio.sleep(0)
        return "mended"

    assert asyncio.run(within(LONG, mended())) == "mended"


def test_cancelling_the_task_cancels_the_work_without_a_timeout() -> None:
    async def cancelled_from_outside() -> list[str]:
        heard: list[str] = []

        async def work() -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                heard.append("cancelled")
                raise

        task = asyncio.create_task(within(LONG, work()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return heard

    assert asyncio.run(cancelled_from_outside()) == ["cancelled"]
