"""Long listings as the rows they come from.

A DTO made from a row is a pure function of the row's values. So a codec that has written a row before may write the
same text again, without making the DTO: the values are compared, and nothing can be stale. Listings of what seldom
changes, fetched by everybody in a chat and again by everybody who polls, are mostly such rows.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, cast, overload

Row = tuple[Any, ...]
D = TypeVar("D")


class Records(Sequence[D]):
    """DTOs that are made when somebody looks at them: `make` gives one from the values of a row, and from no more."""

    __slots__ = ("make", "rows")

    def __init__(self, make: Callable[..., D], rows: Sequence[Row]) -> None:
        self.make = make
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[D]:
        return (self.make(*row) for row in self.rows)

    @overload
    def __getitem__(self, index: int) -> D: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[D]: ...
    def __getitem__(self, index: int | slice) -> D | Sequence[D]:
        if isinstance(index, slice):
            return Records(self.make, self.rows[index])
        return self.make(*self.rows[index])

    def __eq__(self, other: object) -> bool:
        """Like the list it stands for."""
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment] # as of any list

    def __repr__(self) -> str:
        return repr(list(self))


def listing(make: Callable[..., D], rows: Sequence[Row]) -> list[D]:
    """The DTOs of `rows`, for a member that holds a list. Nobody may add to it: the types say list, as a DTO's do."""
    return cast("list[D]", Records(make, rows))
