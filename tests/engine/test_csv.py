"""CSV: rows, cells, and the bodies of requests."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.engine.codecs import MAX_NODES, Profile
from parlour.engine.codecs.csv import CsvCodec
from parlour.engine.codecs.jsv import JsvCodec
from parlour.engine.dto.declare import namespace
from parlour.engine.dto.errors import BindingError, BodyError, ErrorResponse, ResponseStatus
from parlour.engine.dto.metadata import TypeRef
from tests.engine.samples import UNHURRIED, Contract, Everything, Part, everything, with_shortest_times

CODEC = CsvCodec(JsvCodec(Profile()))
PART = TypeRef("dto", python=Part)
PARTS = TypeRef("list", item=PART)
TEXT = TypeRef("string", nullable=True)


@namespace("Sample")
@dataclass(slots=True, kw_only=True)
class Basket:
    """Contains rows, but is not a data contract."""

    name: str | None = None
    parts: list[Part] = field(default_factory=list)


def written(value: Any, type_: TypeRef | None = None, codec: CsvCodec = CODEC) -> str:
    return codec.writer(type_ or TypeRef("dto", python=type(value)))(value).decode()


def read(body: str | bytes, cls: Any = Everything) -> Any:
    return CODEC.reader(TypeRef("dto", python=cls))(body.encode() if isinstance(body, str) else body)


@UNHURRIED
@given(everything(st.text(st.characters(codec="utf-8")), finest=timedelta(microseconds=1)))
def test_a_body_reads_back_as_it_was_written(value: Everything) -> None:
    if value.texts == [None]:
        value.texts = []  # JSV has one spelling for the two

    # An empty cell means both null and an empty text.
    assert read(written(value)) == replace(with_shortest_times(value), text=value.text or None)


def test_a_list_is_a_line_of_names_and_a_line_for_each_item() -> None:
    assert written([Part(name="a", count=1), Part()], PARTS) == "Name,Count\r\na,1\r\n,0\r\n"
    assert written([], PARTS) == "Name,Count\r\n"
    assert written([None, Part()], TypeRef("list", item=replace(PART, nullable=True))) == "Name,Count\r\n,0\r\n"
    assert written(None, replace(PARTS, nullable=True)) == ""


def test_a_response_without_a_data_contract_is_one_row() -> None:
    assert written(Basket(parts=[Part(name="a,b")])) == 'Name,Parts\r\n,"[{name:""a,b"",count:0}]"\r\n'


def test_the_rows_of_a_data_contract_are_written() -> None:
    assert written(Contract(parts=[Part(name="a")])) == "Name,Count\r\na,0\r\n"
    assert written(Contract()) == ""


def test_a_failure_is_written_whole() -> None:
    status = ResponseStatus(error_code="NotFound", message="No such thing")

    assert written(ErrorResponse(response_status=status)) == (
        'ResponseStatus\r\n"{errorCode:NotFound,message:No such thing}"\r\n'
    )
    assert written(Contract(parts=[], response_status=status)) == (
        'ResponseStatus,first_one,Second,Parts\r\n"{errorCode:NotFound,message:No such thing}",0,,"[]"\r\n'
    )


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a b", "a b"),
        ("", ""),
        ("a,b", '"a,b"'),
        ('a "b"', '"a ""b"""'),
        ("a\nb", '"a\nb"'),
        ("a\rb", '"a\rb"'),
        ("[a", '"[a"'),
        ("{a", '"{a"'),
        ("a[", "a["),
        (" a ", " a "),
        ("a:b", "a:b"),
        ("=1+1", "=1+1"),
        ("@a", "@a"),
        ("é😀", "é😀"),
    ],
)
def test_a_cell_is_quoted_only_where_necessary(text: str, cell: str) -> None:
    assert written(Part(name=text)) == f"Name,Count\r\n{cell},0\r\n"


def test_maps_have_a_column_for_each_key() -> None:
    map_ = TypeRef("map", key=TypeRef("string"), item=TEXT)

    assert written({"b": "1", "a": "2,3"}, map_) == 'b,a\r\n1,"2,3"\r\n'
    assert written([{"b": "1"}, {"a": "2", "b": None}], TypeRef("list", item=map_)) == "a,b\r\n,1\r\n2,\r\n"


def test_a_list_without_names_is_its_items_line_by_line() -> None:
    assert written(["a", None, "b,c"], TypeRef("list", item=TEXT)) == 'a\r\n"b,c"\r\n'
    assert written([[Part()]], TypeRef("list", item=PARTS)) == '"[{count:0}]"\r\n'


def test_a_guid_with_dashes_is_written_even_when_it_is_zero() -> None:
    codec = CsvCodec(JsvCodec(Profile(guid_format="D")))

    assert "\r\n00000000-0000-0000-0000-000000000000," in written(Everything(), codec=codec)


def test_every_response_is_a_file_named_after_its_operation() -> None:
    assert CODEC.headers("FindParts") == (("Content-Disposition", 'attachment;filename="FindParts.csv"'),)


@pytest.mark.parametrize(
    "body", ["Name\nHello, world\n", "Name,Count\na,1,2\n", "Name,\na,1\n", "Name,name\na,b\n", "Name,Name\na,b\n"]
)
@pytest.mark.parametrize("type_", [PARTS, TypeRef("dto", python=Part)], ids=["list", "dto"])
def test_a_cell_without_a_column_is_refused(body: str, type_: TypeRef) -> None:
    with pytest.raises(BodyError):
        CODEC.reader(type_)(body.encode())


def test_a_row_fills_the_members_of_its_header() -> None:
    body = "NAME,unknown,Count,\r\na,x,5,,\r\n"

    assert read(body, Part) == Part(name="a", count=5)
    assert read("\ufeffCount\n7", Part) == Part(count=7)
    assert read("Name,Count\r\n,\r\n", Part) == read("Name,Count", Part) == read(" \r\n", Part) == Part()


@pytest.mark.parametrize(
    "body",
    [
        "Name,Count\r\na,1\r\nb,2\r\n",
        "Name,Count\r\n,\r\nb,2\r\n",
        "Name,Count\na,1\n,",
        "Name\r\n" + "a\r\n" * 1000,
    ],
)
def test_several_rows_are_not_a_single_request(body: str) -> None:
    with pytest.raises(BodyError, match="one row"):
        read(body.encode(), Part)


@pytest.mark.parametrize("separator", [";", "\t", "|", " ; "])
@pytest.mark.parametrize("body", ["Name{}Count\r\na{}1\r\n", "\ufeffName{}Count", "Other,Name{}Count\r\n1,a{}1"])
def test_columns_must_be_separated_by_commas(body: str, separator: str) -> None:
    text = body.replace("{}", separator).encode()

    with pytest.raises(BodyError, match="Commas must separate"):
        read(text, Part)
    with pytest.raises(BodyError, match="Commas must separate"):
        CODEC.reader(PARTS)(text)


def test_a_cell_may_hold_a_semicolon() -> None:
    assert read(b"Name,Count\r\na;b\tc|d,1\r\n", Part) == Part(name="a;b\tc|d", count=1)


def test_cells_hold_jsv() -> None:
    row = read('Parts,Texts,Words\r\n"[{name:""a """"b"""""",count:1}]","[a,b]","{k:v}"\r\n')

    assert row == Everything(parts=[Part(name='a "b"', count=1)], texts=["a", "b"], words={"k": "v"})


def test_every_row_is_read_into_a_list() -> None:
    read_parts = CODEC.reader(PARTS)

    assert read_parts(b"Name,Count\r\na,1\r\n\r\n,2\r\n") == [Part(name="a", count=1), Part(count=2)]
    assert read_parts(b"Name,Count\r\n") == read_parts(b"") == []
    with pytest.raises(BindingError) as refusal:
        read_parts(b"Count\n1\nx\n2.5\n")
    assert [wrong.field_name for wrong in refusal.value.errors] == ["[1].Count", "[2].Count"]


def test_wrong_values_are_named() -> None:
    with pytest.raises(BindingError) as refusal:
        read('Number,Flag,Parts\nx,maybe,"[{count:1},{count:y}]"')

    assert [wrong.field_name for wrong in refusal.value.errors] == ["Number", "Flag", "Parts[1].Count"]


@pytest.mark.parametrize(
    "body", [b'Name\r\n"a', b'Name\r\n"a"b', b"Name\r\n\xff", b"Name\r\n" + b"a" * 200_000, b'"' * 100_001]
)
def test_malformed_csv_is_refused(body: bytes) -> None:
    with pytest.raises(BodyError):
        read(body, Part)


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(BodyError, match="more than 50,000 rows"):
        CODEC.reader(PARTS)(b"Count\n" + b"1\n" * (MAX_NODES + 1))


@UNHURRIED
@given(st.binary() | st.text('",\r\nText[]{}:1').map(str.encode))
def test_reading_any_body_gives_a_dto_or_a_binding_error(body: bytes) -> None:
    with suppress(BindingError):
        assert isinstance(read(body), Everything)
