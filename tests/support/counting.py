"""Counts work, and decides whether its growth is too high.

It counts executed lines of Python, and the characters that text methods in C read. Both are the same on every machine
and in every run. Other loops in C are not counted; `test_processor_time.py` measures their processor time.
"""

import sys
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import FrameType
from typing import Any

# Four times the input may cost six times as much. Linear work costs four times as much, quadratic work sixteen times.
MOST = 6.0

# The same for twice the input.
MOST_OF_DOUBLE = MOST**0.5

# This many additional lines do not count as growth: they are less than two for each of four hundred bytes.
FEW = 750


# Methods that always read the whole text, without those that may start in the middle.
WHOLE = frozenset(
    {
        *("casefold", "count", "decode", "encode", "isascii", "isprintable", "lower", "lstrip", "partition"),
        *("removeprefix", "replace", "rpartition", "rsplit", "rstrip", "split", "splitlines", "strip", "translate"),
        "upper",
    }
)

# The characters that are read in the time of one line.
CHARACTERS_A_LINE = 16


@dataclass(frozen=True)
class Cost:
    """The cost of a request and its outcome. Requests that took the same path have the same `outcome`.

    `lines` are the executed lines, plus the equivalent of the work in C.
    """

    lines: int
    outcome: Hashable


def cost_of(work: Callable[[], Hashable]) -> Cost:
    """Counts the lines that `work` executes in this thread, with each turn of a loop. `work` returns the outcome."""
    count = characters = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal characters
        if event == "c_call" and argument.__name__ in WHOLE:
            text = argument.__self__
            if isinstance(text, str | bytes | bytearray):
                characters += len(text)

    before = sys.gettrace(), sys.getprofile()
    sys.setprofile(profile)
    sys.settrace(trace)
    try:
        outcome = work()
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return Cost(count + characters // CHARACTERS_A_LINE, outcome)


def growth(cost: Callable[[int], Cost], n: int) -> str | None:
    """The growth of the cost from size `n` to `4n` if it is too high, else None.

    The fixed cost of a request hides growth. So the increases between doublings are compared too, if all outcomes are
    equal. All increases must grow, since a single one may come from another path.
    """
    small, large = cost(n), cost(4 * n)
    if large.lines > MOST * small.lines:
        return f"{small.lines:,} lines for {n}, {large.lines:,} for {4 * n}"
    if large.lines - small.lines < FEW or small.outcome != large.outcome:
        return None
    costs = [cost(n // 2), small, cost(2 * n), large]
    if _doubles_too_fast(costs) and _doubles_too_fast([*costs, cost(8 * n)]):
        return f"{', '.join(f'{each.lines:,}' for each in costs)} lines from {n // 2} to {4 * n}"
    return None


def _doubles_too_fast(costs: Sequence[Cost]) -> bool:
    """Whether each increase is too high compared with the one before. Requests with other outcomes are ignored."""
    alike = [each.lines for each in costs if each.outcome == costs[1].outcome]
    increases = [more - less for less, more in pairwise(alike)]
    return len(increases) > 2 and all(more > MOST_OF_DOUBLE * less for less, more in pairwise(increases))
