"""The rules for members; `validators.py` checks them.

A rule is declared in a member's annotation: `Annotated[str | None, NotEmpty(), Length(2, 5)]`. Each rule is a class.
Clients know its code, message and placeholders (docs/wire/validation.md#rules-of-members).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from parlour.engine.dto.declare import verbs_in
from parlour.engine.dto.metadata import TypeRef
from parlour.engine.rules import characters
from parlour.engine.rules.comparisons import (
    Equal,
    ExclusiveBetween,
    GreaterThan,
    GreaterThanOrEqual,
    InclusiveBetween,
    LessThan,
    LessThanOrEqual,
    NotEqual,
)
from parlour.engine.rules.rule import Rule

__all__ = [
    "CreditCard",
    "Email",
    "Empty",
    "Enum",
    "Equal",
    "ExactLength",
    "ExclusiveBetween",
    "GreaterThan",
    "GreaterThanOrEqual",
    "InclusiveBetween",
    "Inside",
    "Length",
    "LessThan",
    "LessThanOrEqual",
    "MaximumBytes",
    "MaximumCharacters",
    "MaximumLength",
    "MinimumLength",
    "Must",
    "NotEmpty",
    "NotEqual",
    "NotNull",
    "Null",
    "RegularExpression",
    "Rule",
    "RuleSet",
    "ScalePrecision",
    "rule_sets",
]

_ONLY_IN_PYTHON = re.compile(r"\(\?P|\(\?[aiLmsux-]+[:)]|\\[AZ]")
"""Syntax that JSON Schema does not have: named groups, switches, `\\A` and `\\Z`."""


@dataclass(frozen=True)
class NotNull(Rule):
    code = "NotNull"
    message = "'{PropertyName}' must not be empty."
    sees_null = True

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return value is not None


@dataclass(frozen=True)
class NotEmpty(Rule):
    """Requires a value that is not null, blank, an empty list or a value type's default."""

    code = "NotEmpty"
    message = "'{PropertyName}' must not be empty."
    sees_null = True

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return not _is_empty(value, type_)

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        match type_.kind:
            case "string":
                return {"minLength": 1, "pattern": r"\S"}
            case "list":
                return {"minItems": 1}
            case "map":
                return {"minProperties": 1}
            case "bytes":
                return {"minLength": 1}
            case "guid" if not type_.nullable:
                # The zero guid in any form.
                return {"not": {"pattern": "^[0-]*$"}}
        return {} if type_.default is None else {"not": {"const": type_.default}}


@dataclass(frozen=True)
class Null(Rule):
    code = "Null"
    message = "'{PropertyName}' must be empty."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return False

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        return {"const": None}


@dataclass(frozen=True)
class Empty(Rule):
    code = "Empty"
    message = "'{PropertyName}' must be empty."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return _is_empty(value, type_)

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        match type_.kind:
            case "string":
                return {"pattern": r"^\s*$"}
            case "list":
                return {"maxItems": 0}
            case "map":
                return {"maxProperties": 0}
            case "bytes":
                return {"maxLength": 0}
        return {"const": type_.default}


@dataclass(frozen=True)
class Email(Rule):
    """Requires one @ that is neither first nor last. Only a mail can show whether the address exists."""

    code = "Email"
    message = "'{PropertyName}' is not a valid email address."
    reads_text = True
    kinds = frozenset({"string"})

    def holds(self, value: Any, type_: TypeRef) -> bool:
        name, at, host = value.partition("@")
        return bool(name and at and host) and "@" not in host

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        return {"format": "email", "pattern": "^[^@]+@[^@]+$"}


@dataclass(frozen=True)
class Length(Rule):
    minimum: int
    maximum: int

    code = "Length"
    message = (
        "'{PropertyName}' must be between {MinLength} and {MaxLength} characters. You entered {TotalLength} characters."
    )
    kinds = frozenset({"string"})

    def holds(self, value: Any, type_: TypeRef) -> bool:
        length = self.length(value)
        return self.minimum <= length and (self.maximum < 0 or length <= self.maximum)

    def length(self, value: str) -> int:
        return _length(value)

    def placeholders(self, value: Any) -> dict[str, Any]:
        return {"MinLength": self.minimum, "MaxLength": self.maximum, "TotalLength": self.length(value)}

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        least = {"minLength": self.minimum} if self.minimum > 0 else {}
        return least if self.maximum < 0 else {**least, "maxLength": self.maximum}


class ExactLength(Length):
    message = "'{PropertyName}' must be {MaxLength} characters in length. You entered {TotalLength} characters."

    def __init__(self, length: int) -> None:
        super().__init__(length, length)


class MinimumLength(Length):
    code = "MinimumLength"
    message = (
        "The length of '{PropertyName}' must be at least {MinLength} characters. You entered {TotalLength} characters."
    )

    def __init__(self, minimum: int) -> None:
        super().__init__(minimum, -1)


class MaximumLength(Length):
    code = "MaximumLength"
    message = (
        "The length of '{PropertyName}' must be {MaxLength} characters or fewer. You entered {TotalLength} characters."
    )

    def __init__(self, maximum: int) -> None:
        super().__init__(0, maximum)


class MaximumCharacters(MaximumLength):
    """Limits the characters that a person counts: one in `👩‍👩‍👧`, where programs count eight.

    Such a text can have any size, so put a rule for its bytes before this one (`RuleSet`, `stops_at_first`).
    """

    def length(self, value: str) -> int:
        return characters.count(value)

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        # JSON Schema cannot express it: its characters are code points.
        return {}


@dataclass(frozen=True)
class MaximumBytes(Rule):
    """Limits the size of a text in UTF-8, regardless of the characters that a person sees in it."""

    maximum: int

    code = "MaximumLength"
    message = "The length of '{PropertyName}' must be {MaxLength} bytes or fewer. You entered {TotalLength} bytes."
    kinds = frozenset({"string"})

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return _bytes(value) <= self.maximum

    def placeholders(self, value: Any) -> dict[str, Any]:
        return {"MaxLength": self.maximum, "TotalLength": _bytes(value)}

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        # No text has more characters than bytes.
        return {"maxLength": self.maximum}


@dataclass(frozen=True)
class RegularExpression(Rule):
    """Requires a match of the pattern anywhere in the value. Anchor the pattern to match the whole value."""

    pattern: str
    _search: Callable[[str], object] = field(init=False, repr=False, compare=False)

    code = "RegularExpression"
    message = "'{PropertyName}' is not in the correct format."
    reads_text = True
    kinds = frozenset({"string"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "_search", re.compile(self.pattern).search)

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return self._search(value) is not None

    def placeholders(self, value: Any) -> dict[str, Any]:
        return {"RegularExpression": self.pattern}

    def requirement(self) -> str:
        return "'{PropertyName}' must match {RegularExpression}"

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        return {} if _ONLY_IN_PYTHON.search(self.pattern) else {"pattern": self.pattern}


@dataclass(frozen=True)
class CreditCard(Rule):
    """Requires digits with a valid checksum. Blanks and dashes between them are ignored."""

    code = "CreditCard"
    message = "'{PropertyName}' is not a valid credit card number."
    reads_text = True
    kinds = frozenset({"string"})

    def holds(self, value: Any, type_: TypeRef) -> bool:
        plain = value.replace("-", "").replace(" ", "")
        if not (plain.isascii() and plain.isdecimal()):
            return False
        doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(plain)))
        return sum(number // 10 + number % 10 for number in doubled) % 10 == 0

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        return {"pattern": "^[ -]*[0-9][0-9 -]*$"}


@dataclass(frozen=True)
class Enum(Rule):
    """Requires a declared member, or for flags a combination of declared members."""

    code = "Enum"
    message = "'{PropertyName}' has a range of values which does not include '{PropertyValue}'."
    kinds = frozenset({"enum", "flags"})

    def requirement(self) -> str:
        return "'{PropertyName}' must be one of the values declared."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        if value in _declared(type_):
            return True
        return type_.kind == "flags" and bool(value) and not value & ~_all_flags(type_)

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        return {"minimum": 0, "maximum": _all_flags(type_)} if type_.kind == "flags" else {}


@dataclass(frozen=True)
class ScalePrecision(Rule):
    scale: int
    precision: int

    code = "ScalePrecision"
    message = (
        "'{PropertyName}' must not be more than {ExpectedPrecision} digits in total, with allowance for "
        "{ExpectedScale} decimals. {Digits} digits and {ActualScale} decimals were found."
    )
    kinds = frozenset({"decimal"})

    def holds(self, value: Any, type_: TypeRef) -> bool:
        scale, whole = _digits(value)
        return scale <= self.scale and whole <= self.precision - self.scale

    def placeholders(self, value: Any) -> dict[str, Any]:
        scale, whole = _digits(value)
        return {
            "ExpectedPrecision": self.precision,
            "ExpectedScale": self.scale,
            "Digits": whole,
            "ActualScale": scale,
        }

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        bound = 10 ** (self.precision - self.scale)
        return {"exclusiveMinimum": -bound, "exclusiveMaximum": bound, "multipleOf": Decimal(1).scaleb(-self.scale)}


@dataclass(frozen=True)
class Must(Rule):
    """Requires that `predicate` accepts the value. `code` is the application's error code."""

    predicate: Callable[[Any], bool]
    code: str = "Predicate"

    message = "The specified condition was not met for '{PropertyName}'."
    reads_text = True

    def requirement(self) -> str:
        return f"'{{PropertyName}}' must meet the condition {self.code}."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return self.predicate(value)


class RuleSet:
    """Groups rules: `RuleSet(NotEmpty(), Length(2, 5), verbs="POST PUT", stops_at_first=True)`.

    They apply to `verbs`, or to all verbs if empty. With `stops_at_first` only the first error is reported. `state`
    replaces the placeholders in the error's `Meta`.
    """

    def __init__(
        self, *rules: Rule, verbs: str = "", stops_at_first: bool = False, state: Mapping[str, str] | None = None
    ) -> None:
        self.rules = rules
        self.verbs = frozenset(verbs_in(verbs))
        self.stops_at_first = stops_at_first
        self.state = state


class Inside:
    """Rules for a member of the DTO inside a member, if it is not null: `Inside("Name", NotEmpty())`."""

    def __init__(self, member: str, *rules: Rule | RuleSet) -> None:
        self.member = member
        self.rules = rules


def rule_sets(declared: Iterable[Any]) -> Iterator[RuleSet]:
    """The rule sets in a member's annotation; a single rule is a set of its own."""
    for each in declared:
        if isinstance(each, RuleSet):
            yield each
        elif isinstance(each, Rule):
            yield RuleSet(each)


def _is_empty(value: Any, type_: TypeRef) -> bool:
    if value is None or value == type_.default:
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, list | dict | bytes) and not value


def _declared(type_: TypeRef) -> list[Any]:
    """The members of an enum, including combined flags."""
    assert type_.python is not None
    return list(type_.python.__members__.values())


def _all_flags(type_: TypeRef) -> int:
    return reduce(or_, map(int, _declared(type_)), 0)


def _length(value: str) -> int:
    """The length in UTF-16 units, as clients count."""
    return len(value) + sum(character > "\uffff" for character in value)


def _bytes(value: str) -> int:
    return len(value.encode("utf-8", "surrogatepass"))


def _digits(value: Decimal) -> tuple[int, int]:
    """The number of digits after and before the point, including trailing zeros of the fraction."""
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    scale = max(-exponent, 0)
    return scale, max(len(digits) + exponent, 0)
