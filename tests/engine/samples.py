"""DTOs with a member of every kind, and strategies that fill them."""

import enum
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any

from hypothesis import settings
from hypothesis import strategies as st

from parlour.engine.dto.declare import (
    EMPTY_GUID,
    MIN_DATETIME,
    Byte,
    Char,
    DataMember,
    DateTimeOffset,
    Guid,
    Long,
    Short,
    Single,
    data_contract,
    namespace,
)
from parlour.engine.dto.errors import ResponseStatus

UNHURRIED = settings(deadline=None, max_examples=60)
"""For property tests, which may run on a busy machine."""

XML_NAMESPACE = "http://schemas.datacontract.org/2004/07/Sample"


@namespace("Sample")
class Colour(enum.Enum):
    Red = 0
    Green = 1


class Access(enum.Flag):
    Nothing = 0
    Read = 1
    Write = 2


@namespace("Sample")
@dataclass(slots=True, kw_only=True)
class Part:
    name: str | None = None
    count: int = 0


@namespace("Sample")
@dataclass(slots=True, kw_only=True)
class Branch:
    """Contains its own type."""

    name: str | None = None
    branches: list["Branch"] | None = None


@namespace("Sample.Answers")
@data_contract("http://sample.example/types")
@dataclass(slots=True, kw_only=True)
class Contract:
    second: Annotated[str | None, DataMember(order=2)] = None
    first: Annotated[int, DataMember(name="first_one", order=1)] = 0
    parts: Annotated[list[Part] | None, DataMember(order=3)] = None
    hidden: str | None = None
    response_status: Annotated[ResponseStatus | None, DataMember()] = None


@namespace("Sample")
@dataclass(slots=True, kw_only=True)
class Everything:
    ident: Guid = EMPTY_GUID
    maybe_ident: Guid | None = None
    text: str | None = None
    name: str = ""
    flag: bool = False
    number: int = 0
    maybe_number: int | None = None
    long: Long = 0
    short: Short = 0
    byte: Byte = 0
    double: float = 0.0
    single: Single = 0.0
    amount: Decimal = Decimal(0)
    letter: Char = "\0"
    when: datetime = MIN_DATETIME
    maybe_when: datetime | None = None
    offset: DateTimeOffset = MIN_DATETIME
    span: timedelta = timedelta()
    colour: Colour = Colour.Red
    access: Access = Access.Nothing
    content: bytes | None = None
    part: Part | None = None
    parts: list[Part] = field(default_factory=list)
    texts: list[str | None] | None = None
    numbers: list[int] | None = None
    guids: list[Guid] | None = None
    colours: list[Colour] | None = None
    words: dict[str, str] | None = None
    counts: dict[str, int] | None = None
    by_number: dict[int, Part] | None = None


def with_shortest_times(value: Everything) -> Everything:
    """The value as JSV and CSV return it: for an instant at midnight they write only the date."""
    when, maybe_when = map(_shortest, (value.when, value.maybe_when))
    return replace(value, when=when, maybe_when=maybe_when)


def _shortest(value: datetime | None) -> Any:
    return value.replace(tzinfo=None) if value is not None and value.time() == time() else value


def everything(text: st.SearchStrategy[str], *, finest: timedelta) -> st.SearchStrategy[Everything]:
    """Any value of Everything whose texts are of `text` and whose times are whole multiples of `finest`."""
    steps = st.integers(-(10**12), 10**12)
    naive = steps.map(lambda n: datetime(2000, 1, 1) + (n % 10**11) * finest)
    instants = naive.map(lambda value: value.replace(tzinfo=UTC))
    offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    guids = st.uuids().map(lambda value: Guid(value.hex))
    floats = st.floats(allow_nan=False)
    decimals = st.decimals(-(10**12), 10**12, places=4)
    ints = st.integers(-(2**31), 2**31 - 1)
    part = st.builds(Part, name=st.none() | text, count=ints)
    members: dict[str, st.SearchStrategy[Any]] = {
        "ident": guids,
        "maybe_ident": st.none() | guids,
        "text": st.none() | text,
        "name": text,
        "flag": st.booleans(),
        "number": ints,
        "maybe_number": st.none() | ints,
        "long": st.integers(-(2**63), 2**63 - 1),
        "short": st.integers(-(2**15), 2**15 - 1),
        "byte": st.integers(0, 255),
        "double": floats,
        "single": st.floats(allow_nan=False, width=32),
        "amount": decimals,
        "letter": st.characters(min_codepoint=0x20, max_codepoint=0xD7FF),
        "when": naive | instants,
        "maybe_when": st.none() | naive | instants,
        "offset": st.builds(lambda value, zone: value.astimezone(zone), instants, offsets),
        "span": steps.map(lambda n: timedelta(microseconds=n)),
        "colour": st.sampled_from(Colour),
        "access": st.sampled_from([Access.Nothing, Access.Read, Access.Write, Access.Read | Access.Write]),
        "content": st.none() | st.binary(min_size=1),
        "part": st.none() | part,
        "parts": st.lists(part, max_size=3),
        "texts": st.none() | st.lists(st.none() | text, max_size=3),
        "numbers": st.none() | st.lists(ints, max_size=3),
        "guids": st.none() | st.lists(guids, max_size=3),
        "colours": st.none() | st.lists(st.sampled_from(Colour), max_size=3),
        "words": st.none() | st.dictionaries(text, text, max_size=3),
        "counts": st.none() | st.dictionaries(text, ints, max_size=3),
        "by_number": st.none() | st.dictionaries(ints, part, max_size=3),
    }
    return st.builds(Everything, **members)
