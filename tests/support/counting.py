"""How work is counted, and when it has grown too much.

What is counted are the lines of Python that are executed, and the characters that methods of texts written in C go
through: both are the same on every machine and in every run. Other loops in C are not seen; what processor time tells
of those is measured in `test_processor_time.py`.
"""

import sys
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import FrameType
from typing import Any

# Input that is four times as large may cost six times as much: work that grows like the input costs four times as
# much, work that grows with its square sixteen times.
MOST = 6.0

# The same for input that is twice as large.
MOST_OF_DOUBLE = MOST**0.5

# So many lines more are no growth at all: each of four hundred bytes would take less than two.
FEW = 750


# Methods that go through the whole text whatever they find; those that may begin in the middle of it are left out.
WHOLE = frozenset(
    {
        *("casefold", "count", "decode", "encode", "isascii", "isprintable", "lower", "lstrip", "partition"),
        *("removeprefix", "replace", "rpartition", "rsplit", "rstrip", "split", "splitlines", "strip", "translate"),
        "upper",
    }
)

# So many characters are gone through in the time that a line takes.
CHARACTERS_A_LINE = 16


@dataclass(frozen=True)
class Cost:
    """What a request took, and how it came out: `outcome` is the same for requests that went the same way.

    `lines` are those executed, and as many as the work in C is worth.
    """

    lines: int
    outcome: Hashable


def cost_of(work: Callable[[], Hashable]) -> Cost:
    """What `work` executes in this thread, each turn of a loop counted; it gives the outcome."""
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
    """How the cost of input grows from size `n` to `4n`, when that is too much; None when it is not.

    What any request costs hides growth, so beside the whole cost its increases are compared, from one doubling to the
    next, where all requests came out alike. All increases must have grown: some may be another way taken.
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
    """Whether each increase is too much for the one before it. Requests that came out otherwise do not count."""
    alike = [each.lines for each in costs if each.outcome == costs[1].outcome]
    increases = [more - less for less, more in pairwise(alike)]
    return len(increases) > 2 and all(more > MOST_OF_DOUBLE * less for less, more in pairwise(increases))
