"""Lists of DTOs that nobody changes, so that a codec need not write them twice."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, TypeVar, cast, overload

ItemRow = tuple[Any, ...]

RowTexts = dict[Hashable, Callable[[ItemRow], str]]
"""Where codecs keep what they wrote of rows: by what writes them, a function that knows the text of each."""

D = TypeVar("D")


class Listing(Sequence[D]):
    """A list that stays as it is. `texts` is where codecs keep what they wrote of it, for as long as it lives."""

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
        """Like the list it stands for."""
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment] # as of any list

    def __repr__(self) -> str:
        return repr(list(self))


class Records(Listing[D]):
    """DTOs as the rows they come from, made when somebody looks at them.

    `make` gives one from the values of a row, and from no more. So a codec that has written an equal row before, for
    another listing with the same `row_texts`, may write the same text again without making the DTO. Whoever reads rows
    drops their texts with them, so that no text outlives its row.
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
    """The listing, for a member that holds a list. The types say list, as a DTO's do; but nobody may add to it."""
    return cast("list[D]", listing)
