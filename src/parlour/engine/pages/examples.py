"""Examples of requests, answers and failures, for descriptions of an application."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from parlour.engine.dto.errors import ApiError, ErrorResponse, response_status
from parlour.engine.dto.metadata import DtoType, Kind, Property, TypeRef
from parlour.engine.pages.sample import sample
from parlour.engine.rules.rules import Inside, rule_sets

# Values that satisfy the usual rules where the sample of a type does not.
_NUMBERS = (1, 20, 100, -1)
_TIMES = (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),)
_OTHERS: Mapping[Kind, Sequence[Any]] = {
    "string": ("ann@example.org", "Ann", "ANN", "A", "1", "4111 1111 1111 1111"),
    "guid": ("1" * 32,),
    "bool": (True,),
    **dict.fromkeys(("int", "long", "short", "byte", "double", "float"), _NUMBERS),
    "decimal": (Decimal(2), Decimal("0.5"), *map(Decimal, _NUMBERS)),
    **dict.fromkeys(("datetime", "offset"), _TIMES),
    "span": (timedelta(hours=1),),
}


def request_example(dto: DtoType, members: Iterable[Property]) -> Any:
    """A request with every member that has a value which satisfies its rules."""
    example = dto.cls()
    for member in members:
        kept = next(_keeping(member), None)
        if kept is not None:
            setattr(example, member.attribute, kept)
    return example


def answer_example(type_: TypeRef) -> Any:
    """A successful answer of the type."""
    example = sample(type_)
    if type_.kind == "dto" and type_.dto.status_property is not None:
        setattr(example, type_.dto.status_property.attribute, None)
    return example


def refusal_example(status: int, code: str, message: str) -> ErrorResponse:
    return ErrorResponse(response_status=response_status(ApiError(message, code=code, status=status)))


def _keeping(member: Property) -> Iterator[Any]:
    if any(isinstance(rule, Inside) for rule in member.rules):
        return
    rules = [rule for rules in rule_sets(member.rules) for rule in rules.rules]
    others = list(member.type.python) if member.type.kind == "enum" else _OTHERS.get(member.type.kind, ())
    for candidate in (sample(member.type), *others):
        if all(rule.holds(candidate, member.type) for rule in rules):
            yield candidate
