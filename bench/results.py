"""The figures of a run, how they are printed, and how they differ from those of an earlier run.

Machines change speed from minute to minute, so only ratios are compared, and each of them with its spread. The spread
of a figure is the width of the middle half of its rounds, the interquartile range. One round in four may be disturbed
on either side without changing it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

# A figure is the list of its values, one for each round. A row has figures by name, a run has rows by name.
Rounds = Sequence[float]
Figures = Mapping[str, Rounds]
Run = Mapping[str, Figures]

RATIO, TAIL, COST, OF_SQLITE = "ratio to the floor", "p99 / p50", "cost of a large history", "ratio to SQLite"

# The figures that can be compared between runs, and whether more of them is better.
MORE_IS_BETTER = {RATIO: True, OF_SQLITE: True, TAIL: False, COST: False}


@dataclass(frozen=True)
class Change:
    """A ratio that differs between two runs by more than the spread of both."""

    row: str
    figure: str
    before: float
    after: float

    @property
    def is_better(self) -> bool:
        return (self.after > self.before) == MORE_IS_BETTER[self.figure]

    def __str__(self) -> str:
        word = "faster" if self.is_better else "slower"
        return f"{word}: {self.row}, {self.figure}: {self.before:.3f} before, {self.after:.3f} now"


def spread(rounds: Rounds) -> tuple[float, float]:
    """The bounds of the middle half of the rounds."""
    if len(rounds) == 1:
        return rounds[0], rounds[0]
    low, _, high = quantiles(rounds, n=4, method="inclusive")
    return low, high


def changes(before: Run, after: Run) -> list[Change]:
    """The ratios of rows in both runs whose medians differ by more than the spread of both together."""
    return [
        Change(row, figure, median(before[row][figure]), median(figures[figure]))
        for row, figures in after.items()
        for figure in MORE_IS_BETTER
        if figure in figures and figure in before.get(row, {}) and _differ(before[row][figure], figures[figure])
    ]


def compared(before: Run, after: Run) -> str:
    """What became faster or slower, for people to read."""
    count = sum(figure in before.get(row, {}) for row in after for figure in after[row] if figure in MORE_IS_BETTER)
    found = changes(before, after)
    head = f"{len(found)} of {count} ratios differ from the earlier run by more than the spread of both."
    return "\n".join([head, *(f"- {change}" for change in found)])


def _differ(before: Rounds, after: Rounds) -> bool:
    widths = sum(high - low for low, high in (spread(before), spread(after)))
    return abs(median(after) - median(before)) > widths


# Printing. Nothing is rounded in our favour: rates and ratios are rounded down, times and costs up.


def rate(rounds: Rounds) -> str:
    return f"{math.floor(median(rounds)):,}/s"


def rate_with_spread(rounds: Rounds) -> str:
    low, high = spread(rounds)
    return f"{rate(rounds)} ({math.floor(low):,} to {math.floor(high):,})"


def milliseconds(rounds: Rounds) -> str:
    return f"{math.ceil(median(rounds) * 10) / 10:.1f} ms"


def ratio(rounds: Rounds) -> str:
    """The median and the spread: `0.18 (0.17 to 0.20)`."""
    return _with_spread(rounds, math.floor)


def cost(rounds: Rounds) -> str:
    """The same for a figure of which less is better."""
    return _with_spread(rounds, math.ceil)


def _with_spread(rounds: Rounds, whole: Callable[[float], int]) -> str:
    middle, low, high = (f"{whole(each * 1000) / 1000:.3f}" for each in (median(rounds), *spread(rounds)))
    return f"{middle} ({low} to {high})"
