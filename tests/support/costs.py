"""Fails work that costs too much, without using the clock.

Usually it counts executed lines, which are the same on every machine. Counters do not see loops in C, so `scripts/test
--long` also measures the processor time of the same work.
"""

import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Literal, Protocol, TypeVar

import pytest

from tests.support.counting import CHARACTERS_A_LINE, cost_of

T = TypeVar("T")

MOST_LINES = 4_000_000
"""These take less than half a second when they are not counted."""

MOST_SECONDS = 1.0


class Affordable(Protocol):
    """Runs some work and returns its result. Fails the test if it costs too much."""

    def __call__(self, work: Callable[[], T], *, lines: int = MOST_LINES, seconds: float = MOST_SECONDS) -> T: ...


def counted(work: Callable[[], T], *, lines: int = MOST_LINES, seconds: float = MOST_SECONDS) -> T:
    """Counts executed lines, and adds the cost of normalising texts."""
    results: list[T] = []
    with _normalising() as steps:
        cost = cost_of(lambda: results.append(work()))
    spent = cost.lines + sum(steps) // CHARACTERS_A_LINE
    assert spent <= lines, f"{spent:,} lines where {lines:,} are enough"
    return results[0]


def measured(work: Callable[[], T], *, lines: int = MOST_LINES, seconds: float = MOST_SECONDS) -> T:
    """Measures processor time. Not used on usual runs, since it grows on a busy machine."""
    began = time.process_time()
    result = work()
    spent = time.process_time() - began
    assert spent <= seconds, f"{spent:.2f} s where {seconds} s are enough"
    return result


@contextmanager
def _normalising() -> Iterator[list[int]]:
    """Counts the steps of `unicodedata.normalize`.

    It sorts the marks after a letter, with one step for each pair. A text that takes too long is returned unchanged, so
    that a failing test fails at once.
    """
    steps: list[int] = []
    normalize = unicodedata.normalize

    def counting(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str, /) -> str:
        steps.append(len(text) + sum(len(list(run)) ** 2 for is_mark, run in groupby(text, _is_mark) if is_mark))
        return text if steps[-1] > MOST_LINES * CHARACTERS_A_LINE else normalize(form, text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unicodedata, "normalize", counting)
        yield steps


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) > 0
