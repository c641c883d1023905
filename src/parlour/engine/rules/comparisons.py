"""Rules that compare a value: greater, less, equal, between. `rules.py` has the others."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from parlour.engine.dto.metadata import Kind, TypeRef
from parlour.engine.rules.rule import Rule

_NUMBERS: frozenset[Kind] = frozenset({"int", "long", "short", "byte", "double", "float", "decimal"})

_COMPARABLE: dict[Kind, tuple[type, ...]] = {
    "string": (str,),
    "guid": (str,),
    "char": (str,),
    "bool": (bool,),
    "int": (int,),
    "long": (int,),
    "short": (int,),
    "byte": (int,),
    "double": (int, float),
    "float": (int, float),
    "decimal": (int, Decimal),
    "datetime": (datetime,),
    "offset": (datetime,),
    "span": (timedelta,),
}
"""The Python types that values of each kind can be compared with."""


@dataclass(frozen=True)
class _Comparison(Rule):
    with_: Any

    keyword: ClassVar[str]

    def placeholders(self, value: Any) -> dict[str, Any]:
        return {"ComparisonValue": self.with_, "ComparisonProperty": ""}

    def fits(self, type_: TypeRef) -> bool:
        return _is_comparable(self.with_, type_)

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        return {self.keyword: self.with_} if type_.kind in _NUMBERS else {}


class GreaterThan(_Comparison):
    code = "GreaterThan"
    message = "'{PropertyName}' must be greater than '{ComparisonValue}'."

    keyword = "exclusiveMinimum"

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(_ordered(value) > _ordered(self.with_))


class GreaterThanOrEqual(_Comparison):
    code = "GreaterThanOrEqual"
    message = "'{PropertyName}' must be greater than or equal to '{ComparisonValue}'."

    keyword = "minimum"

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(_ordered(value) >= _ordered(self.with_))


class LessThan(_Comparison):
    code = "LessThan"
    message = "'{PropertyName}' must be less than '{ComparisonValue}'."

    keyword = "exclusiveMaximum"

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(_ordered(value) < _ordered(self.with_))


class LessThanOrEqual(_Comparison):
    code = "LessThanOrEqual"
    message = "'{PropertyName}' must be less than or equal to '{ComparisonValue}'."

    keyword = "maximum"

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(_ordered(value) <= _ordered(self.with_))


class Equal(_Comparison):
    code = "Equal"
    message = "'{PropertyName}' must be equal to '{ComparisonValue}'."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(_ordered(value) == _ordered(self.with_))

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        return {"const": self.with_}


class NotEqual(_Comparison):
    code = "NotEqual"
    message = "'{PropertyName}' must not be equal to '{ComparisonValue}'."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(_ordered(value) != _ordered(self.with_))

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        return {"not": {"const": self.with_}}


@dataclass(frozen=True)
class InclusiveBetween(Rule):
    lowest: Any
    highest: Any

    code = "InclusiveBetween"
    message = "'{PropertyName}' must be between {From} and {To}. You entered {Value}."
    keywords: ClassVar[tuple[str, str]] = ("minimum", "maximum")

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(_ordered(self.lowest) <= _ordered(value) <= _ordered(self.highest))

    def placeholders(self, value: Any) -> dict[str, Any]:
        return {"From": self.lowest, "To": self.highest, "Value": value}

    def fits(self, type_: TypeRef) -> bool:
        return _is_comparable(self.lowest, type_) and _is_comparable(self.highest, type_)

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        least, most = self.keywords
        return {least: self.lowest, most: self.highest} if type_.kind in _NUMBERS else {}


class ExclusiveBetween(InclusiveBetween):
    code = "ExclusiveBetween"
    message = "'{PropertyName}' must be between {From} and {To} (exclusive). You entered {Value}."
    keywords = ("exclusiveMinimum", "exclusiveMaximum")

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(_ordered(self.lowest) < _ordered(value) < _ordered(self.highest))


def _is_comparable(value: Any, type_: TypeRef) -> bool:
    if type_.kind in ("enum", "flags"):
        return isinstance(value, type_.python)
    return type(value) in _COMPARABLE.get(type_.kind, ())


def _ordered(value: Any) -> Any:
    """`value`, comparable with all others of its type: a time without a zone counts as UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
