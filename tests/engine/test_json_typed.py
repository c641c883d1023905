"""The fast typed reader of JSON: it reads the bodies of typed clients, with the same results as the tolerant reader."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.engine.codecs import MAX_NODES, Profile
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.codecs.json_typed import REFUSALS, typed_reader
from parlour.engine.codecs.tolerant import ConversionError, converter
from parlour.engine.dto.declare import EMPTY_GUID, MIN_DATETIME, Byte, Guid, Long, namespace
from parlour.engine.dto.metadata import TypeRef, dto_type
from tests.engine.samples import UNHURRIED, Branch, Colour, Everything, Part


@namespace("Sample")
@dataclass(slots=True, kw_only=True)
class Typed:
    id: Guid = EMPTY_GUID
    maybe_id: Guid | None = None
    text: str | None = "unset"
    flag: bool = True
    small: Byte = 7
    large: Long = 0
    when: datetime = MIN_DATETIME
    colour: Colour = Colour.Green
    part: Part | None = None
    parts: list[Part | None] = field(default_factory=list)
    moments: list[datetime] | None = None
    ids: list[Guid] = field(default_factory=list)


READ = typed_reader(dto_type(Typed))
FULL = Typed(
    id=Guid("0123456789abcdef0123456789abcdef"),
    maybe_id=EMPTY_GUID,
    text="ä\n",
    flag=False,
    small=255,
    large=-(2**63),
    when=datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    colour=Colour.Red,
    part=Part(name="one", count=1),
    parts=[Part(), Part(name="two")],
    moments=[datetime(2024, 1, 2)],
    ids=[EMPTY_GUID],
)

names = [name for member in dto_type(Typed).properties for name in (member.name, member.name.lower())]
numbers = st.integers(-(2**65), 2**65) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.sampled_from(
    ["", " ", "0" * 32, "0" * 31 + "\n", "Red", "red", "1", "true", "2024-01-02", "/Date(1)/", "{name:a}", "a,b"]
)
scalars = st.none() | st.booleans() | numbers | st.text() | texts
members = st.dictionaries(st.sampled_from(["name", "Name", "count", "other"]), scalars, max_size=3)
trees = st.dictionaries(
    st.sampled_from([*names, "maybeId", "unknown"]),
    scalars | members | st.lists(scalars | members, max_size=3),
    max_size=6,
)


def typed(body: bytes) -> Any:
    assert READ is not None
    return READ(body)


def tolerant(body: bytes) -> Any:
    return converter(TypeRef("dto", python=Typed))(json.loads(body))


@pytest.mark.parametrize("case", ["camel", "pascal"])
def test_requests_of_typed_clients_are_read(case: Any) -> None:
    body = JsonCodec(Profile(name_case=case)).writer(TypeRef("dto", python=Typed))(FULL)

    assert typed(body) == FULL


def test_missing_members_get_their_defaults() -> None:
    assert typed(b"{}") == Typed()


@UNHURRIED
@given(tree=trees)
def test_the_typed_reader_gives_the_same_as_the_tolerant_one(tree: dict[str, Any]) -> None:
    body = json.dumps(tree).encode()
    with suppress(*REFUSALS):
        found = typed(body)

        assert found == tolerant(body)


@UNHURRIED
@given(tree=trees)
def test_the_typed_reader_refuses_what_the_tolerant_one_refuses(tree: dict[str, Any]) -> None:
    body = json.dumps(tree).encode()
    try:
        tolerant(body)
    except (ConversionError, ValueError):
        with pytest.raises(REFUSALS):
            typed(body)


@pytest.mark.parametrize(
    "body",
    [b'{"Id":"x","text":"mixed"}', b'{"unknown":1}', b'{"small":256}', b'{"flag":1}', b'{"text":5}', b"[]", b"", b"{"],
)
def test_other_bodies_are_refused(body: bytes) -> None:
    with pytest.raises(REFUSALS):
        typed(body)


def test_more_objects_than_a_body_may_hold_are_refused() -> None:
    with pytest.raises(REFUSALS):
        typed(b'{"parts":[' + b"{}," * MAX_NODES + b"{}]}")


def test_some_kinds_and_recursive_types_have_no_typed_reader() -> None:
    assert typed_reader(dto_type(Everything)) is None
    assert typed_reader(dto_type(Branch)) is None
