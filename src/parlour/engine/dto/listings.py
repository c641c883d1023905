"""Immutable lists of DTOs, whose encoded text codecs may cache."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, TypeVar, cast, overload

ItemRow = tuple[Any, ...]

RowTexts = dict[Hashable, Callable[[ItemRow], str]]
"""Where codecs keep what they wrote of rows: by what writes them, a function that knows the text of each."""

D = TypeVar("D")


class Listing(Sequence[D]):
    """An immutable list. Codecs cache its encoded text in `texts`, for as long as the list lives."""

    __slots__ = ("_items", "texts")

    def __init__(self, items: Sequence[D] = ()) -> None:
        self._items = items
        self.texts: dict[Hashable, str] = {}

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[D]:
        return iter(self._items)

    @overload
    def __getitem__(self, index: int) -> D: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[D]: ...
    def __getitem__(self, index: int | slice) -> D | Sequence[D]:
        return list(self)[index]

    def __eq__(self, other: object) -> bool:
        """Compares like a list."""
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment] # as of any list

    def __repr__(self) -> str:
        return repr(list(self))


class Records(Listing[D]):
    """DTOs kept as rows of the database, and created when they are accessed.

    `make` creates a DTO from the values of its row and nothing else. So a codec may reuse the text of an equal row in
    another listing with the same `row_texts`, without creating the DTO. The reader of the rows drops their texts with
    them, so that no text outlives its row.
    """

    __slots__ = ("make", "row_texts", "rows")

    def __init__(self, make: Callable[..., D], rows: Sequence[ItemRow], row_texts: RowTexts) -> None:
        super().__init__()
        self.make = make
        self.rows = rows
        self.row_texts = row_texts

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[D]:
        return (self.make(*row) for row in self.rows)


def as_list(listing: Listing[D]) -> list[D]:
    """The listing, typed as the list that a DTO's member declares. Nobody may change it."""
    return cast("list[D]", listing)
