"""Checks the rules of a DTO, which are compiled at start, so that a request only calls them."""

import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import Any, Literal

from parlour.engine.dto import times
from parlour.engine.dto.declare import unknown_verbs
from parlour.engine.dto.errors import HIDDEN, FieldError, FieldErrors, shown
from parlour.engine.dto.metadata import DeclarationError, DtoType, Property, TypeRef
from parlour.engine.dto.scalars import double_text
from parlour.engine.rules.rules import Inside, Length, MaximumBytes, MaximumLength, Rule, RuleSet, rule_sets

# The longest text that a rule reads, such as a regular expression, unless the member declares a higher limit. A regular
# expression can take quadratic time, so clients may not choose any length.
READ_CHARACTERS = 1000

# The placeholders that contain the member's value or the expected value.
_REPEAT_VALUES = frozenset({"Value", "ComparisonValue"})

GuidFormat = Literal["N", "D"]
Validator = Callable[[Any, str], FieldErrors]
"""Returns the field errors of a DTO for a verb."""


def validator(dto: DtoType, guid_format: GuidFormat = "N") -> Validator | None:
    """Compiles the check of all rules of a DTO and of the DTOs inside it. None without any rules.

    Own members come first, in order, then those of the DTOs inside. Errors repeat values as JSV writes them, with
    `guid_format`. Raises DeclarationError for a rule that does not fit its member or names an unknown verb.
    """
    checks = _Checks(guid_format)
    compiled = checks.of(dto)
    if not checks.are_needed(compiled):
        return None

    def validate(value: Any, verb: str) -> FieldErrors:
        found = FieldErrors()
        compiled.check(value, verb, "", found)
        return found

    return validate


@dataclass(frozen=True, slots=True)
class _Limit:
    """The most characters of a member that are read, and the rule that a longer text breaks."""

    characters: int
    rule: Rule


@dataclass(frozen=True)
class _MemberCheck:
    """The rules of one member, with its name in errors. `path` may lead into a DTO inside."""

    get: Callable[[Any], Any]
    path: str
    display_name: str
    type: TypeRef
    sets: Sequence[RuleSet]
    guid_format: GuidFormat
    limit: _Limit | None
    is_secret: bool

    def check(self, dto: Any, verb: str, prefix: str, found: FieldErrors) -> None:
        """Adds the field errors to `found`."""
        value = self.get(dto)
        if self.limit is not None and value is not None and len(value) > self.limit.characters:
            found.add(partial(self._failure, self.limit.rule, RuleSet(), value, prefix))
            return
        for rules in self.sets:
            if not rules.verbs or verb in rules.verbs:
                broken = (rule for rule in rules.rules if rule.is_broken_by(value, self.type))
                for rule in islice(broken, 1 if rules.stops_at_first else None):
                    found.add(partial(self._failure, rule, rules, value, prefix))

    def _failure(self, rule: Rule, rules: RuleSet, value: Any, prefix: str) -> FieldError:
        said = rule.placeholders(value)
        if self.is_secret and value:
            said = {name: HIDDEN if name in _REPEAT_VALUES else found for name, found in said.items()}
            value = HIDDEN
        meta: dict[str, str | None] = {
            name: value_text(found, self.guid_format if found is value and self.type.kind == "guid" else "N")
            for name, found in said.items()
        }
        meta["PropertyName"] = self.display_name
        meta["PropertyValue"] = value_text(value, self.guid_format if self.type.kind == "guid" else "N")
        message = rule.message.format_map(meta)
        return FieldError(prefix + self.path, message, rule.code, meta if rules.state is None else rules.state)


@dataclass(eq=False)
class _DtoChecks:
    """The checks of one DTO class, and its members that contain DTOs with their own checks."""

    members: list[_MemberCheck] = field(default_factory=list)
    through: list[tuple[Callable[[Any], Any], list[_MemberCheck]]] = field(default_factory=list)
    inside: list[tuple[Property, "_DtoChecks"]] = field(default_factory=list)

    def check(self, dto: Any, verb: str, prefix: str, found: FieldErrors) -> None:
        for member in self.members:
            member.check(dto, verb, prefix, found)
        for get, members in self.through:
            held = get(dto)
            if held is not None:
                for member in members:
                    member.check(held, verb, prefix, found)
        for property_, checks in self.inside:
            path = f"{prefix}{property_.name}"
            for inner_path, inner in _dtos_in(getattr(dto, property_.attribute), property_.type, path):
                checks.check(inner, verb, f"{inner_path}.", found)


class _Checks:
    """Compiles each DTO class once, as a class may contain itself."""

    def __init__(self, guid_format: GuidFormat) -> None:
        self._guid_format = guid_format
        self._known: dict[type[Any], _DtoChecks] = {}

    def of(self, dto: DtoType) -> _DtoChecks:
        if dto.cls in self._known:
            return self._known[dto.cls]
        checks = self._known[dto.cls] = _DtoChecks()
        for property_ in dto.properties:
            if sets := tuple(rule_sets(property_.rules)):
                checks.members.append(self._member(dto, property_, property_.name, sets))
            for inner in (rule for rule in property_.rules if isinstance(rule, Inside)):
                checks.through.append((attrgetter(property_.attribute), [self._through(dto, property_, inner)]))
            held = property_.type
            while held.item is not None:
                held = held.item
            if held.kind == "dto":
                checks.inside.append((property_, self.of(held.dto)))
        return checks

    def are_needed(self, compiled: _DtoChecks) -> bool:
        """Whether any rule applies to a DTO. Afterwards DTOs without applicable rules are skipped."""
        mattering = [checks for checks in self._known.values() if checks.members or checks.through]
        # One round for each level of nesting, since a DTO needs checks if a DTO inside it does.
        for _ in self._known:
            holds = [c for c in self._known.values() if any(inner in mattering for _, inner in c.inside)]
            mattering += [checks for checks in holds if checks not in mattering]
        for checks in self._known.values():
            checks.inside = [(member, inner) for member, inner in checks.inside if inner in mattering]
        return compiled in mattering

    def _member(self, dto: DtoType, property_: Property, path: str, sets: Sequence[RuleSet]) -> _MemberCheck:
        for rule in (rule for rules in sets for rule in rules.rules):
            if not rule.fits(property_.type):
                kind = property_.type.kind
                raise DeclarationError(f"{dto.name}.{path} is of kind {kind}, which {rule!r} does not fit.")
        unknown = unknown_verbs(verb for rules in sets for verb in rules.verbs)
        if unknown:
            raise DeclarationError(f"{dto.name}.{path} has a rule for {unknown[0]}, which is not a verb.")
        return _MemberCheck(
            get=attrgetter(property_.attribute),
            path=path,
            display_name=display_name(path),
            type=property_.type,
            sets=sets,
            guid_format=self._guid_format,
            limit=_limit(property_.type, sets),
            is_secret=property_.holds_secret,
        )

    def _through(self, dto: DtoType, property_: Property, inner: Inside) -> _MemberCheck:
        held = property_.type.dto.by_name.get(inner.member.lower()) if property_.type.kind == "dto" else None
        if held is None:
            raise DeclarationError(f"{dto.name}.{property_.name} holds no DTO with a member {inner.member!r}.")
        return self._member(dto, held, f"{property_.name}.{held.name}", tuple(rule_sets(inner.rules)))


def _limit(type_: TypeRef, sets: Sequence[RuleSet]) -> _Limit | None:
    """The limit of a text that a rule reads: the highest that the member declares for all verbs, at least
    READ_CHARACTERS.
    """
    if type_.kind != "string" or not any(rule.reads_text for rules in sets for rule in rules.rules):
        return None
    always = (rule for rules in sets if not rules.verbs for rule in rules.rules)
    declared = [rule for rule in always if isinstance(rule, Length | MaximumBytes) and rule.maximum >= 0]
    rule = max(declared, key=attrgetter("maximum"), default=MaximumLength(READ_CHARACTERS))
    return _Limit(max(rule.maximum, READ_CHARACTERS), rule)


def _dtos_in(value: Any, type_: TypeRef, path: str) -> Iterator[tuple[str, Any]]:
    """The DTOs in a value, including those in lists and maps, each with its path: `Leaves[2]`, `Rooms[hall]`."""
    if value is None:
        return
    if type_.item is None:
        yield path, value
        return
    for key, item in value.items() if type_.kind == "map" else enumerate(value):
        yield from _dtos_in(item, type_.item, f"{path}[{shown(str(key))}]")


def display_name(path: str) -> str:
    """A member's name in words: `EmailAddress` is `Email Address`, `URLPath` is `URL Path`."""
    words = ""
    for i, letter in enumerate(path):
        begins = (i > 1 and not path[i - 1].isupper()) or (i + 1 < len(path) and not path[i + 1].isupper())
        words += f" {letter}" if letter.isupper() and begins else letter
    return words.strip()


def value_text(value: Any, guid_format: GuidFormat = "N") -> str | None:
    """A value as text for a placeholder. None for null and for values that are not scalars."""
    if isinstance(value, str):
        if guid_format == "D":
            return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
        return value
    if isinstance(value, enum.Enum):
        names = (value.name or "").split("|")
        # Combined flags have no name if one of them is not declared.
        return ", ".join(names) if set(names) <= type(value).__members__.keys() else str(value.value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, datetime):
        # As .NET writes times in the invariant culture.
        return f"{value.month:02}/{value.day:02}/{value.year:04} {value:%H:%M:%S}"
    return times.clock_text(value) if isinstance(value, timedelta) else None
