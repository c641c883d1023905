"""Groups many values into one statement, since a round trip for each of a thousand would delay others."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeVar

from parlour.engine.dto.declare import Guid

T = TypeVar("T")

MOST_AT_ONCE = 128


def in_groups(things: Sequence[T]) -> Iterator[Sequence[T]]:
    """The things in order, in groups whose sizes are powers of two, so that few different statements are cached."""
    start = 0
    while left := len(things) - start:
        size = min(MOST_AT_ONCE, 1 << (left.bit_length() - 1))
        yield things[start : start + size]
        start += size


def ids_in_groups(ids: Iterable[Guid]) -> Iterator[tuple[str, dict[str, Guid]]]:
    """The distinct ids in groups: the text between the brackets of `IN (...)`, and its parameters."""
    for group in in_groups(list(dict.fromkeys(ids))):
        parameters = {f"id_{place}": id_ for place, id_ in enumerate(group)}
        yield ", ".join(f":{name}" for name in parameters), parameters


def listed(name: str, ids: Collection[Guid]) -> tuple[str, dict[str, Guid | None]]:
    """The text between the brackets of `IN (...)`, and its parameters. Ids are repeated up to a power of two, so that
    few different statements are prepared.
    """
    given: list[Guid | None] = [*ids] or [None]
    size = 1 << (len(given) - 1).bit_length()
    padded = given + given[-1:] * (size - len(given))
    parameters = {f"{name}_{place}": id_ for place, id_ in enumerate(padded)}
    return ", ".join(f":{each}" for each in parameters), parameters
