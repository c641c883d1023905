"""An event loop without waiting: when only timers are left, the time of the next one has come."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _SkippingSelector(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(timeout and 0)
        if not ready and timeout is not None:
            self.now += max(timeout, 0)
        return ready


class _SkippingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._skipping = _SkippingSelector()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now


def run_without_waiting(work: Coroutine[Any, Any, T]) -> T:
    """Like `asyncio.run`, for work without threads and sockets, which would have to be waited for."""
    with asyncio.Runner(loop_factory=_SkippingLoop) as runner:
        return runner.run(work)
