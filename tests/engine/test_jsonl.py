"""JSON Lines."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.engine.codecs import Profile
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.codecs.jsonl import JsonlCodec
from parlour.engine.dto.errors import BindingError, BodyError, ResponseStatus
from parlour.engine.dto.metadata import TypeRef
from tests.engine.samples import UNHURRIED, Contract, Everything, Part, everything

CODEC = JsonlCodec(JsonCodec(Profile()))
PARTS = TypeRef("list", item=TypeRef("dto", python=Part))
EVERYTHING = TypeRef("dto", python=Everything)


def written(value: Any, type_: TypeRef | None = None) -> str:
    return CODEC.writer(type_ or TypeRef("dto", python=type(value)))(value).decode()


@UNHURRIED
@given(st.lists(everything(st.text(st.characters(codec="utf-8")), finest=timedelta(microseconds=1)), max_size=3))
def test_lines_read_back_as_they_were_written(rows: list[Everything]) -> None:
    type_ = TypeRef("list", item=EVERYTHING)

    body = CODEC.writer(type_)(rows)

    assert body.count(b"\n") == len(rows)
    assert CODEC.reader(type_)(body) == rows


def test_only_lists_have_several_lines() -> None:
    assert written([Part(name="a"), Part()], PARTS) == '{"name":"a","count":0}\n{"count":0}\n'
    assert written([], PARTS) == ""
    assert written(Part(name="a")) == '{"name":"a","count":0}'
    assert written(Contract(parts=[Part()])) == '{"count":0}\n'
    assert written(Contract()) == ""
    assert written(None, TypeRef("dto", nullable=True, python=Part)) == ""


def test_a_row_is_one_line_even_with_indented_json() -> None:
    codec = JsonlCodec(JsonCodec(Profile(layout="indented")))

    assert codec.writer(PARTS)([Part(name="a")]) == b'{"name":"a","count":0}\n'


def test_a_failure_is_written_whole() -> None:
    answer = Contract(response_status=ResponseStatus(error_code="NotFound"))

    assert written(answer) == '{"responseStatus":{"errorCode":"NotFound"},"first_one":0}'


def test_one_line_fills_a_dto() -> None:
    assert CODEC.reader(EVERYTHING)(b'{"number":5}\n') == Everything(number=5)
    with pytest.raises(BodyError):
        CODEC.reader(EVERYTHING)(b'{"number":5}\n{"number":6}\n')


@pytest.mark.parametrize(
    "body",
    [
        b'{"name":"a"}\n{"name":"b"}\n',
        b'{"name":"a"}\r\n\r\n{"name":"b"}',
        b'{"name":"a"}{"name":"b"}',
        b'{"name":"a"}\n[]',
        b'null\n{"name":"a"}',
        b"{}\n" * 100_000,
    ],
)
def test_several_lines_are_not_a_single_request(body: bytes) -> None:
    with pytest.raises(BodyError):
        CODEC.reader(TypeRef("dto", python=Part))(body)


def test_every_line_is_an_item_of_a_list() -> None:
    read_parts = CODEC.reader(PARTS)

    assert read_parts(b'{"name":"a"}\r\n\n{}') == [Part(name="a"), Part()]
    assert read_parts(b"") == []
    with pytest.raises(BindingError) as refusal:
        read_parts(b'{"count":1}\n{"count":"x"}\nnull\n')
    assert [wrong.field_name for wrong in refusal.value.errors] == ["[1].Count", "[2]"]
    with pytest.raises(BodyError):
        read_parts(b"{}\n{")


@pytest.mark.parametrize(
    "body",
    [
        b'{"name":"a"\n"count":3}',
        b'{"name":"a"},{"name":"b"}',
        b'{"name":"a"}\n{"name":\n"b"}',
        b'{"name":"a"},',
        b"[\n]",
    ],
)
def test_each_of_several_lines_is_one_value(body: bytes) -> None:
    with pytest.raises(BodyError):
        CODEC.reader(PARTS)(body)


def test_lines_may_use_the_json_dialect() -> None:
    assert CODEC.reader(PARTS)(b'\xef\xbb\xbf{"name":"a",}\n{"name":"it\\\'s"}') == [Part(name="a"), Part(name="it's")]
