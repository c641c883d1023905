"""The rules a member can carry; `checks.py` checks them.

A rule stands in a member's annotation, `Annotated[str | None, NotEmpty(), Length(2, 5)]`; another one is another
class. Codes, messages and placeholders are those that the field's clients know (contract/errors.md, 5).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from parlour.contract.declare import verbs_in
from parlour.contract.metadata import Kind, TypeRef

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
"""What a value of each kind can be compared with, whatever it is."""


_PYTHONS_OWN = re.compile(r"\(\?P|\(\?[aiLmsux-]+[:)]|\\[AZ]")
"""What expressions may have here and not in JSON Schema: named groups, switches, the ends as `\\A` and `\\Z`."""


class Rule:
    """A rule for one member. `message` is filled from the placeholders, which travel along as the error's `Meta`.

    Null passes every rule that does not see it. `kinds` are those of the members it fits; empty: all.
    """

    code: str
    message: str
    sees_null: ClassVar[bool] = False
    kinds: ClassVar[frozenset[Kind]] = frozenset()

    def holds(self, value: Any, type_: TypeRef) -> bool:
        raise NotImplementedError

    def is_broken_by(self, value: Any, type_: TypeRef) -> bool:
        return (value is not None or self.sees_null) and not self.holds(value, type_)

    def placeholders(self, value: Any) -> dict[str, Any]:
        """What this rule adds to the member's name and value."""
        return {}

    def requirement(self) -> str:
        """What pages say of the rule, its placeholders not yet filled: the message without what was found."""
        return self.message.partition(". ")[0].removesuffix(".") + "."

    def fits(self, type_: TypeRef) -> bool:
        """Whether every value of the type can be asked."""
        return not self.kinds or type_.kind in self.kinds

    def constraints(self, type_: TypeRef) -> dict[str, Any]:
        """What the rule says of a value, as far as JSON Schema has words for it: `{"minLength": 2}`.

        Values in it are the program's own, as they are declared.
        """
        return {}


@dataclass(frozen=True)
class NotNull(Rule):
    code = "NotNull"
    message = "'{PropertyName}' must not be empty."
    sees_null = True

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return value is not None


@dataclass(frozen=True)
class NotEmpty(Rule):
    """Neither null nor blank, nor an empty list, nor a value type's default."""

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
                # The zero guid in whichever form.
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
    """One @, neither first nor last. Whether mail arrives there only mail can tell."""

    code = "Email"
    message = "'{PropertyName}' is not a valid email address."
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
        return self.minimum <= _length(value) and (self.maximum < 0 or _length(value) <= self.maximum)

    def placeholders(self, value: Any) -> dict[str, Any]:
        return {"MinLength": self.minimum, "MaxLength": self.maximum, "TotalLength": _length(value)}

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


@dataclass(frozen=True)
class RegularExpression(Rule):
    """The pattern is found in the value; anchor it to mean the whole."""

    pattern: str
    _search: Callable[[str], object] = field(init=False, repr=False, compare=False)

    code = "RegularExpression"
    message = "'{PropertyName}' is not in the correct format."
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
        return {} if _PYTHONS_OWN.search(self.pattern) else {"pattern": self.pattern}


@dataclass(frozen=True)
class CreditCard(Rule):
    """Digits whose checksum holds; blanks and dashes between them do not count."""

    code = "CreditCard"
    message = "'{PropertyName}' is not a valid credit card number."
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
    """One of the members declared; of flags, any of them together."""

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
    """Whatever a function of the value says. `code` is what the application calls it."""

    predicate: Callable[[Any], bool]
    code: str = "Predicate"

    message = "The specified condition was not met for '{PropertyName}'."

    def requirement(self) -> str:
        return f"'{{PropertyName}}' must meet the condition {self.code}."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return self.predicate(value)


class RuleSet:
    """Rules that belong together: `RuleSet(NotEmpty(), Length(2, 5), verbs="POST PUT", stops_at_first=True)`.

    They count for `verbs` only (all when empty). With `stops_at_first` the first broken one is told alone. `state`
    travels along with a failure in place of the placeholders.
    """

    def __init__(
        self, *rules: Rule, verbs: str = "", stops_at_first: bool = False, state: Mapping[str, str] | None = None
    ) -> None:
        self.rules = rules
        self.verbs = frozenset(verbs_in(verbs))
        self.stops_at_first = stops_at_first
        self.state = state


class Inside:
    """Rules for a member of the DTO a member holds, when there is one: `Inside("Name", NotEmpty())`."""

    def __init__(self, member: str, *rules: Rule | RuleSet) -> None:
        self.member = member
        self.rules = rules


def rule_sets(declared: Iterable[Any]) -> Iterator[RuleSet]:
    """The sets among what is declared of a member; a rule that stands alone is a set of its own."""
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
    """The members of an enum, those of flags that are no single bit too."""
    assert type_.python is not None
    return list(type_.python.__members__.values())


def _all_flags(type_: TypeRef) -> int:
    return reduce(or_, map(int, _declared(type_)), 0)


def _length(value: str) -> int:
    """The length clients see, who count UTF-16 units."""
    return len(value) + sum(character > "\uffff" for character in value)


def _digits(value: Decimal) -> tuple[int, int]:
    """How many digits stand after and before the point; trailing zeros of the fraction count."""
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    scale = max(-exponent, 0)
    return scale, max(len(digits) + exponent, 0)


def _is_comparable(value: Any, type_: TypeRef) -> bool:
    if type_.kind in ("enum", "flags"):
        return isinstance(value, type_.python)
    return type(value) in _COMPARABLE.get(type_.kind, ())


def _ordered(value: Any) -> Any:
    """`value` as it compares with any other of its type: a time without a zone counts as in UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
