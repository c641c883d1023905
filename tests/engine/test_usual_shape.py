"""The fast readers of XML, JSV and CSV: they read what writers write, with the same results as the exact readers."""

import enum
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.engine.codecs import MAX_NODES, Codec, Profile, csv_typed, jsv_grammar, jsv_typed, xml_typed
from parlour.engine.codecs.csv import CsvCodec
from parlour.engine.codecs.jsv import JsvCodec
from parlour.engine.codecs.usual_shape import REFUSALS
from parlour.engine.codecs.xml import XmlCodec
from parlour.engine.codecs.xml_reading import document_reader
from parlour.engine.dto.declare import EMPTY_GUID, MIN_DATETIME, Byte, Guid, Long, Short, namespace
from parlour.engine.dto.metadata import TypeRef, dto_type
from tests.engine.samples import UNHURRIED, Branch, Everything, Part


@namespace("Elsewhere")
class Size(enum.Enum):
    Small = 0
    Large = 1


@namespace("Elsewhere")
@dataclass(slots=True, kw_only=True)
class Leaf:
    id: Guid = EMPTY_GUID
    parts: list[Part] = field(default_factory=list)


@namespace("Sample")
@dataclass(slots=True, kw_only=True)
class Shaped:
    title: str | None = None
    part: Part | None = None
    id: Guid = EMPTY_GUID
    maybe_id: Guid | None = None
    name: str = ""
    flag: bool = False
    maybe_flag: bool | None = None
    number: int = 0
    maybe_number: int | None = None
    large: Long = 0
    short: Short = 0
    byte: Byte = 0
    when: datetime = MIN_DATETIME
    maybe_when: datetime | None = None
    size: Size = Size.Small
    maybe_size: Size | None = None
    leaves: list[Leaf] = field(default_factory=list)
    maybe_parts: list[Part] | None = None
    remark: str | None = None


TYPE = TypeRef("dto", python=Shaped)
LIST = TypeRef("list", item=TYPE)
DTO = dto_type(Shaped)
JSV, XML = JsvCodec(Profile()), XmlCodec()
CSV = CsvCodec(JSV)
NAMES = CSV.writer(TYPE)(Shaped()).decode().splitlines()[0]

CODECS: dict[str, Codec] = {"jsv": JSV, "csv": CSV, "xml": XML}
QUICK: dict[str, Any] = {
    "jsv": jsv_typed.typed_reader(DTO, Profile()),
    "csv": csv_typed.typed_reader(DTO, Profile(), NAMES),
    "xml": xml_typed.typed_reader(DTO),
}
# Only bodies of one DTO are read quickly, and one object or row is also a list of one item.
EXACT: dict[str, Callable[[bytes], Any]] = {
    "jsv": lambda body: only(JSV.reader(LIST)(body)),
    "csv": lambda body: only(CSV.reader(LIST)(body)),
    "xml": document_reader(TYPE, MAX_NODES),
}
FULL = Shaped(
    title='Ann, "quoted"',
    part=Part(name="one", count=-1),
    id=Guid("0123456789abcdef0123456789abcdef"),
    maybe_id=EMPTY_GUID,
    name="ä\n\u2028 ",
    flag=True,
    maybe_flag=False,
    number=7,
    maybe_number=-123456789,
    large=10**18 - 1,
    short=-9999,
    byte=99,
    when=datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    maybe_when=datetime(2024, 1, 2, 3, 4, 5),
    size=Size.Large,
    maybe_size=Size.Small,
    leaves=[Leaf(), Leaf(parts=[Part(), Part(name="two")])],
    maybe_parts=[],
    remark="{x}",
)

texts = st.text(st.characters(codec="utf-8")) | st.text(st.sampled_from(" ,:\"'{}[]ab\n"))
guids = st.uuids().map(lambda found: Guid(found.hex))
times = st.datetimes() | st.datetimes(timezones=st.just(UTC))
parts = st.builds(Part, name=st.none() | texts, count=st.integers(-(2**31), 2**31 - 1))
dtos = st.builds(
    Shaped,
    title=st.none() | texts,
    part=st.none() | parts,
    id=guids,
    maybe_id=st.none() | guids,
    name=texts,
    flag=st.booleans(),
    maybe_flag=st.none() | st.booleans(),
    number=st.integers(-(2**31), 2**31 - 1),
    maybe_number=st.none() | st.integers(-99, 99),
    large=st.integers(-(2**63), 2**63 - 1),
    short=st.integers(-(2**15), 2**15 - 1),
    byte=st.integers(0, 255),
    when=times,
    maybe_when=st.none() | times,
    size=st.sampled_from(Size),
    maybe_size=st.none() | st.sampled_from(Size),
    leaves=st.lists(st.builds(Leaf, id=guids, parts=st.lists(parts, max_size=2)), max_size=2),
    maybe_parts=st.none() | st.lists(parts, max_size=2),
    remark=st.none() | texts,
)
marks = st.sampled_from(
    [
        *"{}[]:,\"' \n\r\t\0<>/&;=-+.TZ019aA",
        "",
        "\r\n",
        '""',
        "{}",
        "[]",
        "\ufeff",
        "\ufffe",
        "&amp;",
        "<!-- -->",
        " />",
    ]
)
in_formats = pytest.mark.parametrize("name", sorted(CODECS))


def only(found: list[Any]) -> Any:
    (item,) = found
    return item


def written(name: str, dto: Shaped) -> bytes:
    return CODECS[name].writer(TYPE)(dto)


@in_formats
def test_what_a_writer_writes_is_read_quickly(name: str) -> None:
    assert QUICK[name](written(name, FULL)) == FULL


@in_formats
def test_members_without_a_value_are_read_quickly(name: str) -> None:
    assert QUICK[name](written(name, Shaped())) == Shaped()


@UNHURRIED
@given(dto=dtos)
@in_formats
def test_the_fast_reader_gives_the_same_as_the_exact_one(name: str, dto: Shaped) -> None:
    body = written(name, dto)
    with suppress(*REFUSALS):
        found = QUICK[name](body)

        assert found == EXACT[name](body)


@UNHURRIED
@given(data=st.data())
@in_formats
def test_changed_bodies_are_refused_or_read_the_same(name: str, data: st.DataObject) -> None:
    text = written(name, data.draw(st.just(FULL) | dtos)).decode()
    for _ in range(data.draw(st.integers(1, 2))):
        begin = data.draw(st.integers(0, len(text)))
        end = min(len(text), begin + data.draw(st.integers(0, 3)))
        text = text[:begin] + data.draw(marks) + text[end:]
    body = text.encode()
    with suppress(*REFUSALS):
        found = QUICK[name](body)

        assert found == EXACT[name](body)


@in_formats
@pytest.mark.parametrize("more", [b" ", b"x", b"\r\n\r\n,"])
def test_more_than_one_value_is_refused(name: str, more: bytes) -> None:
    with pytest.raises(REFUSALS):
        QUICK[name](written(name, FULL) + more)


@in_formats
def test_bytes_that_are_not_text_are_refused(name: str) -> None:
    with pytest.raises(REFUSALS):
        QUICK[name](written(name, replace(FULL, remark="x")).replace(b"x", b"\xff"))


def test_a_comma_before_the_first_member_is_refused() -> None:
    with pytest.raises(REFUSALS):
        QUICK["jsv"](written("jsv", Shaped()).replace(b"{id", b"{,id", 1))


@pytest.mark.parametrize("name", ["jsv", "xml"])
def test_more_objects_than_a_body_may_hold_are_refused(name: str) -> None:
    body = written(name, replace(FULL, leaves=[Leaf()] * (MAX_NODES + 1)))

    with pytest.raises(REFUSALS):
        QUICK[name](body)


def test_a_longer_cell_than_the_exact_reader_takes_is_refused() -> None:
    body = written("csv", replace(FULL, leaves=[Leaf()] * jsv_grammar.MAX_LENGTH))

    with pytest.raises(REFUSALS):
        QUICK["csv"](body)


@pytest.mark.parametrize("guid_format", ["N", "D"])
@pytest.mark.parametrize("case", ["camel", "pascal", "snake"])
def test_every_profile_reads_its_own_jsv_quickly(case: Any, guid_format: Any) -> None:
    profile = Profile(name_case=case, guid_format=guid_format)
    body = JsvCodec(profile).writer(TYPE)(replace(FULL, maybe_id=None, leaves=[]))

    read = jsv_typed.typed_reader(DTO, profile)

    assert read is not None
    assert read(body) == replace(FULL, maybe_id=None, leaves=[])


def test_some_kinds_and_recursive_types_have_no_fast_reader() -> None:
    for cls in (Everything, Branch):
        assert xml_typed.typed_reader(dto_type(cls)) is None
        assert jsv_typed.typed_reader(dto_type(cls), Profile()) is None
        assert csv_typed.typed_reader(dto_type(cls), Profile(), "") is None
