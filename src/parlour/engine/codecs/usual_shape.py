"""The fast way from text to a DTO, for bodies in the shape that writers give them: all members, in their usual order.

A regular expression matches as many scalars in a row as there are, and compiled source makes the DTO of its groups.
That takes a third to a fifth of the time of the exact readers, because Python runs a few lines for each DTO and none
for each member. Everything else that clients may send is refused here. The exact reader then reads the body from its
beginning, and says what is wrong with it.

A part of a pattern never matches in two ways, and runs of characters are possessive (`*+`). So the time for a body
grows only with its length, whether it is read or refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parlour.engine.codecs import Reader
from parlour.engine.dto.generated import NEW, generated, making
from parlour.engine.dto.metadata import DtoType, Kind, Property, TypeRef

REFUSALS = (ValueError, KeyError)
"""Raised by a fast reader for a body that it does not read."""

Found = tuple[Any, int]
"""A value, and the place in the text behind it."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar in its usual spelling: a pattern without groups, and the expression for its value. In that, `{0}` stands
    for the text that was found.
    """

    pattern: str
    value: str = "{0}"


Scalars = Mapping[Kind, Scalar]

DASHED_GUID = Scalar("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "{0}.replace('-', '')")
PLAIN_GUID = Scalar("[0-9a-f]{32}")

# So few digits that every number is within its range.
INTEGERS: Scalars = {
    "int": Scalar("-?[0-9]{1,9}", "int({0})"),
    "long": Scalar("-?[0-9]{1,18}", "int({0})"),
    "short": Scalar("-?[0-9]{1,4}", "int({0})"),
    "byte": Scalar("[0-9]{1,2}", "int({0})"),
}

_DAY, _TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}", r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,7})?+Z?+"
TIME = Scalar(_DAY + _TIME, "_instant({0})")
DAY_OR_TIME = Scalar(f"{_DAY}(?:{_TIME})?+", "_instant({0})")


def first_quickly(make_quick: Callable[[], Reader | None], read: Reader) -> Reader:
    """Reads with the function that `make_quick` returns, if any, and what that one refuses with `read`.

    It is made for the first body, because compiling the patterns of a hundred operations would slow down each start.
    """
    quick: Reader | None = None
    is_made = False

    def read_either_way(body: bytes) -> Any:
        nonlocal quick, is_made
        if not is_made:
            quick, is_made = make_quick(), True
        if quick is None:
            return read(body)
        try:
            return quick(body)
        except REFUSALS:
            return read(body)

    return read_either_way


def has_usual_shape(dto: DtoType, scalars: Scalars, around: tuple[DtoType, ...] = ()) -> bool:
    """Whether bodies of the DTO can be read in this way.

    It may contain these scalars, enums, DTOs and lists of DTOs, but not its own kind. A member that can be null must be
    null if it is missing.
    """
    return (
        dto not in around
        and bool(dto.properties)
        and all(_is_usual(member, scalars, (*around, dto)) for member in dto.properties)
    )


def _is_usual(member: Property, scalars: Scalars, around: tuple[DtoType, ...]) -> bool:
    type_ = member.type
    if type_.nullable and member.default_factory() is not None:
        return False
    if type_.kind == "list":
        assert type_.item is not None
        return type_.item.kind == "dto" and has_usual_shape(type_.item.dto, scalars, around)
    if type_.kind == "dto":
        return type_.nullable and has_usual_shape(type_.dto, scalars, around)
    return type_.kind == "enum" or type_.kind in scalars


class Scope:
    """The names by which compiled functions refer to objects."""

    def __init__(self, scalars: Scalars) -> None:
        self._scalars = scalars
        self.names: dict[str, Any] = {**NEW, "_instant": datetime.fromisoformat}

    def named(self, thing: Any) -> str:
        name = f"_x{len(self.names)}"
        self.names[name] = thing
        return name

    def scalar(self, type_: TypeRef) -> Scalar:
        if type_.kind != "enum":
            return self._scalars[type_.kind]
        members = type_.python.__members__
        return Scalar("[A-Za-z0-9_]++", f"{self.named(members)}[{{0}}]")


class Steps:
    """The source of a function that reads one DTO: the patterns of its members, with calls for those inside them."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._lines: list[str] = []
        self._pattern: list[str] = []
        self._groups: list[str] = []
        self._count = 0

    def expect(self, pattern: str) -> None:
        """Adds a pattern without groups."""
        self._pattern.append(pattern)

    def group(self, pattern: str) -> str:
        """Adds a pattern with one group, and returns the variable for its text."""
        name = self._variable()
        self._pattern.append(pattern)
        self._groups.append(name)
        return name

    def inner(self, read: Callable[[str, int], Found], condition: str, otherwise: str) -> str:
        """Adds a call of `read` at the place that was reached, if `condition` is true. Returns the variable for its
        value, which is the expression `otherwise` if it is false.
        """
        self._match()
        name = self._variable()
        call = f"{name}, at = {self._scope.named(read)}(text, at)"
        if condition:
            self._lines += [f"if {condition}:", f"    {call}", "else:", f"    {name} = {otherwise}"]
        else:
            self._lines.append(call)
        return name

    def function(self, dto: DtoType, values: dict[str, str], what: str) -> Callable[[str, int], Found]:
        """The function of the steps so far. `values` are the expressions for the members, by attribute."""
        self._match()
        made = making(dto.cls, self._scope.named(dto.cls), values)
        lines = ["def read(text, at):", *self._lines, *made, "return made, at\n"]
        return generated("\n    ".join(lines), f"{what} {dto.name}", self._scope.names)

    def _match(self) -> None:
        """Ends a pattern, because a call follows or nothing."""
        if not self._pattern:
            return
        match = self._scope.named(re.compile("".join(self._pattern)).match)
        self._lines += [f"m = {match}(text, at)", "if m is None:", "    raise ValueError(at)"]
        if self._groups:
            self._lines.append(f"{', '.join(self._groups)}, = m.groups()")
        self._lines.append("at = m.end()")
        self._pattern, self._groups = [], []

    def _variable(self) -> str:
        self._count += 1
        return f"v{self._count}"
