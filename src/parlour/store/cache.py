"""Results that reads remember until something is committed."""

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

# The largest answers are listings of some hundred kilobytes.
MOST_ANSWERS = 100

# Single rows, such as the session of a caller or their membership of a chat: of some hundred bytes each.
MOST_ROWS = 2_000

T = TypeVar("T")


class Remembered:
    """Results that were read from one version of the database. The version is None before the first result.

    `answers` are those of `Transaction.cached`, `rows` single rows by their query.
    """

    __slots__ = ("_keeping", "answers", "rows", "version")

    def __init__(self, version: Hashable = None) -> None:
        self.version = version
        self.answers: dict[Hashable, Any] = {}
        self.rows: dict[Hashable, Any] = {}
        # Several threads may share these results.
        self._keeping = threading.Lock()

    def answer(self, query: Hashable, ask: Callable[[], T]) -> T:
        answer: T
        if query in self.answers:
            answer = self.answers[query]
        else:
            answer = ask()
            self.keep_answer(query, answer)
        return answer

    def keep_answer(self, query: Hashable, answer: Any) -> None:
        with self._keeping:
            _keep(self.answers, query, answer, most=MOST_ANSWERS)

    def keep_row(self, query: Hashable, row: Any) -> None:
        with self._keeping:
            _keep(self.rows, query, row, most=MOST_ROWS)


def _keep(results: dict[Hashable, Any], key: Hashable, result: Any, *, most: int) -> None:
    """Adds a result, in place of the oldest if there are too many."""
    if len(results) >= most:
        del results[next(iter(results))]
    results[key] = result


class Cache:
    """Results that have been read since the last commit.

    The writer clears the cache after each commit, from its own thread, so that no result outlives the row it came from.
    A read takes the current results before it sees the database. If the writer clears the cache meanwhile, that read
    goes on with the old ones alone, and no old result gets into the new ones.
    """

    def __init__(self) -> None:
        self.current = Remembered()
        self._changing = threading.Lock()

    def clear(self) -> None:
        with self._changing:
            self.current = Remembered()

    def of_version(self, taken: Remembered, version: Hashable) -> Remembered:
        """The results for this version: those that the read took, unless another process has committed since."""
        with self._changing:
            if taken.version is None:
                taken.version = version
            if taken.version == version:
                return taken
            found = Remembered(version)
            if self.current is taken:
                self.current = found
            return found
