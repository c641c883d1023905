"""The rules a member can carry, and how the rules of a DTO are checked.

A rule stands in a member's annotation, `Annotated[str | None, NotEmpty(), Length(2, 5)]`; another one is another
class. Codes, messages and placeholders are those that the field's clients know (contract/errors.md, 5).
"""

import enum
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any, ClassVar, Literal

from parlour.contract.errors import FieldError
from parlour.contract.metadata import DeclarationError, DtoType, Property, TypeRef

GuidFormat = Literal["N", "D"]
Validator = Callable[[Any], list[FieldError]]


class Rule:
    """A rule for one member. `message` is filled from the placeholders, which travel along as the error's `Meta`.

    Null passes every rule that does not see it.
    """

    code: ClassVar[str]
    message: ClassVar[str]
    sees_null: ClassVar[bool] = False

    def holds(self, value: Any, type_: TypeRef) -> bool:
        raise NotImplementedError

    def placeholders(self, value: Any) -> dict[str, Any]:
        """What this rule adds to the member's name and value."""
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


@dataclass(frozen=True)
class Null(Rule):
    code = "Null"
    message = "'{PropertyName}' must be empty."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return False


@dataclass(frozen=True)
class Empty(Rule):
    code = "Empty"
    message = "'{PropertyName}' must be empty."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return _is_empty(value, type_)


@dataclass(frozen=True)
class Email(Rule):
    """One @, neither first nor last. Whether mail arrives there only mail can tell."""

    code = "Email"
    message = "'{PropertyName}' is not a valid email address."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        name, at, host = value.partition("@")
        return bool(name and at and host) and "@" not in host


@dataclass(frozen=True)
class Length(Rule):
    minimum: int
    maximum: int

    code = "Length"
    message = (
        "'{PropertyName}' must be between {MinLength} and {MaxLength} characters. You entered {TotalLength} characters."
    )

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return self.minimum <= _length(value) and (self.maximum < 0 or _length(value) <= self.maximum)

    def placeholders(self, value: Any) -> dict[str, Any]:
        return {"MinLength": self.minimum, "MaxLength": self.maximum, "TotalLength": _length(value)}


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

    def placeholders(self, value: Any) -> dict[str, Any]:
        return {"ComparisonValue": self.with_, "ComparisonProperty": ""}


class GreaterThan(_Comparison):
    code = "GreaterThan"
    message = "'{PropertyName}' must be greater than '{ComparisonValue}'."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(value > self.with_)


class GreaterThanOrEqual(_Comparison):
    code = "GreaterThanOrEqual"
    message = "'{PropertyName}' must be greater than or equal to '{ComparisonValue}'."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(value >= self.with_)


class LessThan(_Comparison):
    code = "LessThan"
    message = "'{PropertyName}' must be less than '{ComparisonValue}'."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(value < self.with_)


class LessThanOrEqual(_Comparison):
    code = "LessThanOrEqual"
    message = "'{PropertyName}' must be less than or equal to '{ComparisonValue}'."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(value <= self.with_)


class Equal(_Comparison):
    code = "Equal"
    message = "'{PropertyName}' must be equal to '{ComparisonValue}'."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(value == self.with_)


class NotEqual(_Comparison):
    code = "NotEqual"
    message = "'{PropertyName}' must not be equal to '{ComparisonValue}'."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(value != self.with_)


@dataclass(frozen=True)
class InclusiveBetween(Rule):
    lowest: Any
    highest: Any

    code = "InclusiveBetween"
    message = "'{PropertyName}' must be between {From} and {To}. You entered {Value}."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(self.lowest <= value <= self.highest)

    def placeholders(self, value: Any) -> dict[str, Any]:
        return {"From": self.lowest, "To": self.highest, "Value": value}


class ExclusiveBetween(InclusiveBetween):
    code = "ExclusiveBetween"
    message = "'{PropertyName}' must be between {From} and {To} (exclusive). You entered {Value}."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return bool(self.lowest < value < self.highest)


@dataclass(frozen=True)
class RegularExpression(Rule):
    """The pattern is found in the value; anchor it to mean the whole."""

    pattern: str
    _search: Callable[[str], object] = field(init=False, repr=False, compare=False)

    code = "RegularExpression"
    message = "'{PropertyName}' is not in the correct format."

    def __post_init__(self) -> None:
        object.__setattr__(self, "_search", re.compile(self.pattern).search)

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return self._search(value) is not None

    def placeholders(self, value: Any) -> dict[str, Any]:
        return {"RegularExpression": self.pattern}


@dataclass(frozen=True)
class CreditCard(Rule):
    """Digits whose checksum holds; blanks and dashes between them do not count."""

    code = "CreditCard"
    message = "'{PropertyName}' is not a valid credit card number."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        plain = value.replace("-", "").replace(" ", "")
        if not (plain.isascii() and plain.isdecimal()):
            return False
        doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(plain)))
        return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


@dataclass(frozen=True)
class Enum(Rule):
    """One of the members declared."""

    code = "Enum"
    message = "'{PropertyName}' has a range of values which does not include '{PropertyValue}'."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        assert type_.python is not None
        return any(value == member for member in type_.python)


@dataclass(frozen=True)
class ScalePrecision(Rule):
    scale: int
    precision: int

    code = "ScalePrecision"
    message = (
        "'{PropertyName}' must not be more than {ExpectedPrecision} digits in total, with allowance for "
        "{ExpectedScale} decimals. {Digits} digits and {ActualScale} decimals were found."
    )

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


@dataclass(frozen=True)
class Must(Rule):
    """Whatever a function of the value says."""

    predicate: Callable[[Any], bool]

    code = "Predicate"
    message = "The specified condition was not met for '{PropertyName}'."

    def holds(self, value: Any, type_: TypeRef) -> bool:
        return self.predicate(value)


class Inside:
    """Rules for a member of the DTO a member holds, when there is one: `Inside("Name", NotEmpty())`."""

    def __init__(self, member: str, *rules: Rule) -> None:
        self.member = member
        self.rules = rules


def validator(dto: DtoType, guid_format: GuidFormat = "N") -> Validator | None:
    """Checks all rules of a DTO and of those inside it; None when there are none.

    Own members come first, in their order, then those of the DTOs inside. A value is told in a failure as
    it is written in JSV, which is what `guid_format` is for. Raises DeclarationError for a rule that fits
    nothing.
    """
    checks = _Checks(guid_format)
    compiled = checks.of(dto)
    if not checks.matter(compiled):
        return None

    def validate(value: Any) -> list[FieldError]:
        return list(compiled.failures(value, ""))

    return validate


@dataclass(frozen=True)
class _MemberCheck:
    """The rules of one member, under the name failures give it. `path` may lead into a DTO inside."""

    get: Callable[[Any], Any]
    path: str
    display_name: str
    type: TypeRef
    rules: Sequence[Rule]
    guid_format: GuidFormat

    def failures(self, dto: Any, prefix: str) -> Iterator[FieldError]:
        value = self.get(dto)
        for rule in self.rules:
            if value is None and not rule.sees_null:
                continue
            if not rule.holds(value, self.type):
                yield self._failure(rule, value, prefix)

    def _failure(self, rule: Rule, value: Any, prefix: str) -> FieldError:
        meta: dict[str, str | None] = {
            name: value_text(said, self.guid_format if said is value and self.type.kind == "guid" else "N")
            for name, said in rule.placeholders(value).items()
        }
        meta["PropertyName"] = self.display_name
        meta["PropertyValue"] = value_text(value, self.guid_format if self.type.kind == "guid" else "N")
        return FieldError(prefix + self.path, rule.message.format_map(meta), rule.code, meta)


@dataclass(eq=False)
class _DtoChecks:
    """The checks of one DTO class, and its members that hold DTOs with checks of their own."""

    members: list[_MemberCheck] = field(default_factory=list)
    through: list[tuple[Callable[[Any], Any], list[_MemberCheck]]] = field(default_factory=list)
    inside: list[tuple[Property, "_DtoChecks"]] = field(default_factory=list)

    def failures(self, dto: Any, prefix: str) -> Iterator[FieldError]:
        for member in self.members:
            yield from member.failures(dto, prefix)
        for get, members in self.through:
            held = get(dto)
            if held is not None:
                for member in members:
                    yield from member.failures(held, prefix)
        for property_, checks in self.inside:
            held = getattr(dto, property_.attribute)
            if property_.type.kind == "dto":
                if held is not None:
                    yield from checks.failures(held, f"{prefix}{property_.name}.")
            else:
                for index, item in enumerate(held or ()):
                    if item is not None:
                        yield from checks.failures(item, f"{prefix}{property_.name}[{index}].")


class _Checks:
    """Compiles each DTO class once, as one may hold itself."""

    def __init__(self, guid_format: GuidFormat) -> None:
        self._guid_format = guid_format
        self._known: dict[type[Any], _DtoChecks] = {}

    def of(self, dto: DtoType) -> _DtoChecks:
        if dto.cls in self._known:
            return self._known[dto.cls]
        checks = self._known[dto.cls] = _DtoChecks()
        for property_ in dto.properties:
            rules = [rule for rule in property_.rules if isinstance(rule, Rule)]
            if rules:
                checks.members.append(self._member(property_, property_.name, rules))
            for inner in (rule for rule in property_.rules if isinstance(rule, Inside)):
                checks.through.append((attrgetter(property_.attribute), [self._through(dto, property_, inner)]))
            held = property_.type.item if property_.type.kind == "list" else property_.type
            if held is not None and held.kind == "dto":
                checks.inside.append((property_, self.of(held.dto)))
        return checks

    def matter(self, compiled: _DtoChecks) -> bool:
        """Whether anything can fail in a DTO; afterwards no DTO is looked into in which nothing can."""
        mattering = [checks for checks in self._known.values() if checks.members or checks.through]
        # A round for each level of holding, as a DTO may come to matter by one that is found to.
        for _ in self._known:
            holds = [c for c in self._known.values() if any(inner in mattering for _, inner in c.inside)]
            mattering += [checks for checks in holds if checks not in mattering]
        for checks in self._known.values():
            checks.inside = [(member, inner) for member, inner in checks.inside if inner in mattering]
        return compiled in mattering

    def _member(self, property_: Property, path: str, rules: Sequence[Rule]) -> _MemberCheck:
        return _MemberCheck(
            get=attrgetter(property_.attribute),
            path=path,
            display_name=display_name(path),
            type=property_.type,
            rules=tuple(rules),
            guid_format=self._guid_format,
        )

    def _through(self, dto: DtoType, property_: Property, inner: Inside) -> _MemberCheck:
        held = property_.type.dto.by_name.get(inner.member.lower()) if property_.type.kind == "dto" else None
        if held is None:
            raise DeclarationError(f"{dto.name}.{property_.name} holds no DTO with a member {inner.member!r}.")
        return self._member(held, f"{property_.name}.{held.name}", inner.rules)


def display_name(path: str) -> str:
    """A member's name in words: `EmailAddress` is `Email Address`, `URLPath` is `URL Path`."""
    words = ""
    for i, letter in enumerate(path):
        begins = (i > 1 and not path[i - 1].isupper()) or (i + 1 < len(path) and not path[i + 1].isupper())
        words += f" {letter}" if letter.isupper() and begins else letter
    return words.strip()


def value_text(value: Any, guid_format: GuidFormat = "N") -> str | None:
    """A value as a placeholder tells it; None for null and for what is no scalar."""
    if isinstance(value, str):
        if guid_format == "D":
            return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
        return value
    if isinstance(value, enum.Enum):
        # Flags that are no one declared member have no name.
        return value.name or str(value.value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, bool | int):
        return str(value)
    return None


def _is_empty(value: Any, type_: TypeRef) -> bool:
    if value is None or value == type_.default:
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, list | dict | bytes) and not value


def _length(value: str) -> int:
    """The length clients see, who count UTF-16 units."""
    return len(value) + sum(character > "\uffff" for character in value)


def _digits(value: Decimal) -> tuple[int, int]:
    """How many digits stand after and before the point; trailing zeros of the fraction count."""
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    scale = max(-exponent, 0)
    return scale, max(len(digits) + exponent, 0)
