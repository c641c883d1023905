"""Fails a piece of work that costs too much, without a look at the clock.

Usually executed lines are counted, which says the same on every machine. Loops in C are seen by no counter, so
`scripts/test --long` measures the processor time of the same work too.
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
"""So many take less than half a second where nobody counts them."""

MOST_SECONDS = 1.0


class Affordable(Protocol):
    """Does a piece of work and gives its result. Fails the test if the work cost too much."""

    def __call__(self, work: Callable[[], T], *, lines: int = MOST_LINES, seconds: float = MOST_SECONDS) -> T: ...


def counted(work: Callable[[], T], *, lines: int = MOST_LINES, seconds: float = MOST_SECONDS) -> T:
    """Counts the executed lines, and what bringing texts to their normal form is worth in lines."""
    results: list[T] = []
    with _normalising() as steps:
        cost = cost_of(lambda: results.append(work()))
    spent = cost.lines + sum(steps) // CHARACTERS_A_LINE
    assert spent <= lines, f"{spent:,} lines where {lines:,} are enough"
    return results[0]


def measured(work: Callable[[], T], *, lines: int = MOST_LINES, seconds: float = MOST_SECONDS) -> T:
    """Measures processor time; not on the usual run, since a busy machine takes longer."""
    began = time.process_time()
    result = work()
    spent = time.process_time() - began
    assert spent <= seconds, f"{spent:.2f} s where {seconds} s are enough"
    return result


@contextmanager
def _normalising() -> Iterator[list[int]]:
    """The steps that `unicodedata.normalize` would take for each text meanwhile.

    It sorts the marks behind a letter, one step for each pair. A text for which that takes too long comes back as it
    is, so that a test that fails does so at once.
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
