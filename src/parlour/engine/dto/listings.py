"""Immutable lists of DTOs that codecs write faster than others: text that is kept, and rows that need no DTOs."""

import dataclasses
from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar, cast, overload

from parlour.engine.dto import times
from parlour.engine.dto.generated import NEW, generated, making
from parlour.engine.dto.metadata import dto_type

Row = tuple[Any, ...]

D = TypeVar("D")


class ImmutableList(Sequence[D]):
    """A sequence that compares like a list. Its items may be made when they are accessed."""

    __slots__ = ()

    @abstractmethod
    def __iter__(self) -> Iterator[D]: ...

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


class Records(ImmutableList[D]):
    """DTOs as rows of the database. Codecs may write the rows as they are, which takes a fourth of the time.

    A row has the values of all members of the DTO `cls` in their declared order. Instants are microseconds since 1970,
    and truth values may be 0 and 1.
    """

    __slots__ = ("cls", "rows")

    def __init__(self, cls: type[D], rows: Sequence[Row]) -> None:
        self.cls = cls
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[D]:
        return map(_maker(cast(Any, self.cls)), self.rows)


class Listing(ImmutableList[D]):
    """A list whose encoded text codecs keep in `texts`, for as long as it lives."""

    __slots__ = ("items", "texts")

    def __init__(self, items: Sequence[D] = ()) -> None:
        self.items = items
        self.texts: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[D]:
        return iter(self.items)


def as_list(listing: ImmutableList[D]) -> list[D]:
    """The listing, typed as the list that a DTO's member declares. Nobody may change it."""
    return cast("list[D]", listing)


def columns_of(cls: Any) -> dict[str, str]:
    """The variables for the values of a row, by the attributes of the DTO, in the order of the row."""
    return {field.name: f"c{number}" for number, field in enumerate(dataclasses.fields(cls))}


@cache
def _maker(cls: Any) -> Callable[[Row], Any]:
    """A function that makes a DTO of a row."""
    kinds = {member.attribute: member.type.kind for member in dto_type(cls).properties}
    columns = columns_of(cls)
    made = {"bool": "(None if {0} is None else {0} == 1)", "datetime": "(None if {0} is None else _instant({0}))"}
    values = {name: made.get(kinds[name], "{0}").format(column) for name, column in columns.items()}
    lines = ["def make(row):", f"{', '.join(columns.values())}, = row", *making(cls, "_cls", values), "return made\n"]
    return generated("\n    ".join(lines), f"row of {cls.__name__}", {**NEW, "_cls": cls, "_instant": times.instant})
