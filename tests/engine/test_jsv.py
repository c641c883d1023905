"""JSV: its grammar, bodies, and the values of paths, queries and forms."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.engine.codecs import MAX_DEPTH, MAX_NODES, Profile, jsv_grammar
from parlour.engine.codecs.jsv import JsvCodec, value_reader
from parlour.engine.codecs.tolerant import ConversionError
from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import BindingError, BodyError, ErrorResponse, ResponseStatus
from parlour.engine.dto.metadata import TypeRef, dto_type
from tests.engine.samples import (
    UNHURRIED,
    Access,
    Branch,
    Colour,
    Contract,
    Everything,
    Part,
    everything,
    with_shortest_times,
)

REASONS = r"ends inside|without a value|Unexpected text|Too deep"
MEMBERS = {member.name: member.type for member in dto_type(Everything).properties}
PROFILES = {
    "own": Profile(),
    "dashed": Profile(name_case="pascal", guid_format="D", dates="milliseconds", nulls="written"),
}
GUID = Guid("00000001000040008000000000000000")


def written(value: Any, profile: Profile = PROFILES["own"]) -> str:
    return JsvCodec(profile).writer(TypeRef("dto", python=type(value)))(value).decode()


def read_body(body: str | bytes, cls: Any = Everything) -> Any:
    reader = JsvCodec(Profile()).reader(TypeRef("dto", python=cls))
    return reader(body.encode() if isinstance(body, str) else body)


def read(member: str, text: str) -> Any:
    return value_reader(MEMBERS[member])(text)


def refuses(member: str, text: str) -> bool:
    try:
        read(member, text)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a b", "a b"),
        ("{}", {}),
        ("[]", []),
        ("{a:1,b:[x,y],c:{d:e}}", {"a": "1", "b": ["x", "y"], "c": {"d": "e"}}),
        ('{a:"x,""y""",b:""}', {"a": 'x,"y"', "b": ""}),
        ("{a:,b: x}", {"a": None, "b": " x"}),
        ("[a,,b]", ["a", None, "b"]),
        ("{when:2024-01-02T03:04:05Z}", {"when": "2024-01-02T03:04:05Z"}),
        ('{ "a" : "b", "c" : [ 1, {"d" : true} ] }', {"a": "b", "c": [" 1", {"d": " true"}]}),
        ("{a:1,}", {"a": "1"}),
    ],
)
def test_the_notation_is_read(text: str, tree: Any) -> None:
    assert jsv_grammar.parse(text) == tree


@pytest.mark.parametrize(
    "text",
    ["{a:1", "{a}", "{a:[1}", "[1,2", '"a', "{a:1}x", "[1]]", "a,b", "{" * 1000, "[" * 1000, '{a:"b', "{a:{b:c}"],
)
def test_unterminated_and_trailing_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=REASONS):
        jsv_grammar.parse(text)


TREES = st.recursive(
    st.text(min_size=1),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@UNHURRIED
@given(st.dictionaries(st.text(), TREES) | st.lists(TREES))
def test_a_tree_reads_back_as_it_was_written(tree: Any) -> None:
    assert jsv_grammar.parse(jsv_grammar.text_of(tree)) == tree


@pytest.mark.parametrize(
    ("member", "text", "value"),
    [
        ("Text", '"a,b"', '"a,b"'),
        ("Number", " 5", 5),
        ("Flag", "true,false", True),
        ("Colour", "green", Colour.Green),
        ("Access", "Read,Write", Access.Read | Access.Write),
        ("Texts", "a,b", ["a", "b"]),
        ("Texts", "[a,b]", ["a", "b"]),
        ("Texts", '"a,b",c', ["a,b", "c"]),
        ("Texts", "a", ["a"]),
        ("Numbers", "1,2", [1, 2]),
        ("Numbers", "[]", []),
        ("Part", "{Name:n,Count:2}", Part(name="n", count=2)),
        ("Part", '{"name":"n","count":2}', Part(name="n", count=2)),
        ("Parts", "{Name:a},{Name:b}", [Part(name="a"), Part(name="b")]),
        ("Parts", "[{Name:a},{Name:b}]", [Part(name="a"), Part(name="b")]),
        ("Words", "{a:1,b:2}", {"a": "1", "b": "2"}),
        ("Counts", "{a:1}", {"a": 1}),
    ],
)
def test_a_value_is_read_by_the_type_of_its_member(member: str, text: str, value: Any) -> None:
    assert read(member, text) == value


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ("Number", "1e3"),
        ("Number", "1,000"),
        ("Number", "1,2"),
        ("Double", "1,5"),
        ("Flag", "yes"),
        ("Part", "x"),
        ("Part", "5"),
        ("Part", "[a]"),
        ("Part", "{Name:n"),
        ("Part", "{Count:x}"),
        ("Parts", "x"),
        ("Numbers", "1,x"),
        ("Numbers", "1,,2"),
        ("Numbers", "[1,2"),
        ("Guids", "x"),
        ("Texts", "a," * jsv_grammar.MAX_LENGTH),
        ("Texts", "[" + "a," * jsv_grammar.MAX_LENGTH + "]"),
        ("Words", "x"),
        ("Part", "{Name:" * 1000),
        ("Part", "{Name:" + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}"),
    ],
)
def test_a_value_that_is_not_of_the_type_is_refused(member: str, text: str) -> None:
    assert refuses(member, text)


def test_all_wrong_inner_values_are_reported() -> None:
    with pytest.raises(ConversionError) as refusal:
        read("Parts", "{Count:x},{Count:1},{Count:y}")

    assert [path for path, _ in refusal.value.errors] == ["[0].Count", "[2].Count"]


@UNHURRIED
@given(st.sampled_from(sorted(MEMBERS)), st.text() | st.text('{}[]",:aCount 1'))
def test_reading_any_text_gives_a_value_or_a_value_error(member: str, text: str) -> None:
    with suppress(ValueError):
        read(member, text)


def test_a_list_of_texts_may_contain_empty_items() -> None:
    assert value_reader(TypeRef("list", item=TypeRef("string", nullable=True)))("a,,b") == ["a", None, "b"]


def test_a_value_of_type_any_is_kept_whole() -> None:
    assert value_reader(TypeRef("any"))("a,b") == "a,b"


# -- bodies


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@UNHURRIED
@given(data=st.data())
def test_a_body_reads_back_as_it_was_written(profile: Profile, data: st.DataObject) -> None:
    value = data.draw(everything(st.text(st.characters(codec="utf-8")), finest=timedelta(microseconds=1)))
    if value.texts == [None]:
        value.texts = []  # JSV has one spelling for the two
    codec, type_ = JsvCodec(profile), TypeRef("dto", python=Everything)

    body = codec.writer(type_)(value)

    assert codec.reader(type_)(body) == with_shortest_times(value)


def test_nulls_are_always_omitted_and_empty_values_are_written() -> None:
    assert written(Part()) == "{count:0}"
    assert written(Part(name=""), PROFILES["dashed"]) == '{Name:"",Count:0}'
    assert written(ErrorResponse(response_status=ResponseStatus(message="", errors=[]))) == (
        '{responseStatus:{message:"",errors:[]}}'
    )
    assert JsvCodec(Profile()).writer(TypeRef("dto", nullable=True, python=Part))(None) == b""


def test_values_are_written_unquoted_in_their_shortest_form() -> None:
    value = Everything(
        flag=True,
        when=datetime(2024, 1, 2, tzinfo=UTC),
        maybe_when=datetime(2024, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
        colour=Colour.Green,
        access=Access.Read | Access.Write,
        content=b"\x01\x02",
        double=1e20,
        words={" a": "b", "c": "d,e"},
    )

    text = written(value)

    for part in (
        "flag:True",
        "when:2024-01-02,",
        "maybeWhen:2024-01-02T03:04:05.6780000Z",
        "offset:0001-01-01T00:00:00.0000000+00:00",
        "colour:Green",
        "access:3",
        "content:AQI=",
        "double:1E+20",
        'words:{" a":b,c:"d,e"}',
    ):
        assert part in text


def test_zero_guids_with_dashes_are_omitted_except_in_lists() -> None:
    text = written(Everything(maybe_ident=GUID, guids=[Guid("0" * 32)]), PROFILES["dashed"])

    assert text.startswith("{MaybeIdent:00000001-0000-4000-8000-000000000000,")
    assert "Guids:[00000000-0000-0000-0000-000000000000]" in text


def test_a_data_contract_is_written_with_its_own_names_and_order() -> None:
    assert written(Contract(first=1, second="b", parts=[Part(name="x")])) == (
        "{first_one:1,second:b,parts:[{name:x,count:0}]}"
    )


def test_a_body_is_read_by_the_rules_of_json() -> None:
    with pytest.raises(BindingError) as refusal:
        read_body("{NUMBER:x,parts:[{count:1},{count:y}],unknown:z,flag:maybe}")

    assert [errors.field_name for errors in refusal.value.errors] == ["Number", "Parts[1].Count", "Flag"]
    assert read_body(" \ufeff".strip()) == read_body(b"") == read_body("{}") == Everything()
    assert read_body('{ "text" : "a" , "number" : 5 }') == Everything(text="a", number=5)


@pytest.mark.parametrize(
    "body",
    [
        b"hello",
        b"[1]",
        b"{text:a",
        b"{text:a}x",
        b'{text:"a}',
        b"{text:\xff}",
        b"{branches:" * 2000,
        b"[" * 100_000,
        b"{parts:[" + b"{}," * (MAX_NODES + 1) + b"]}",
        b"{parts:[" + b"{}," * (MAX_NODES // 2) + b"[]," * (MAX_NODES // 2) + b"]}",
    ],
)
def test_a_body_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(BodyError):
        read_body(body)


def test_objects_and_lists_share_one_limit() -> None:
    body = b"{unknown:[" + b"{},[]," * 1000 + b"]}"

    assert read_body(body) == Everything()


def test_a_list_is_read_by_its_items() -> None:
    read_parts = JsvCodec(Profile()).reader(TypeRef("list", item=TypeRef("dto", python=Part)))

    assert read_parts(b"[{name:a},{count:2}]") == [Part(name="a"), Part(count=2)]
    assert read_parts(b"{name:a}") == [Part(name="a")]
    with pytest.raises(BindingError) as refusal:
        read_parts(b"[{name:a},,{count:x}]")
    assert [errors.field_name for errors in refusal.value.errors] == ["[1]", "[2].Count"]


def test_recursive_types_are_written_and_read_at_any_depth() -> None:
    tree = Branch(name="a", branches=[Branch(name="b", branches=[Branch(name="c")])])

    assert read_body(written(tree), Branch) == tree


@UNHURRIED
@given(st.binary() | st.text('{}[]",:a1 textnumber').map(str.encode))
def test_reading_any_body_gives_a_dto_or_a_binding_error(body: bytes) -> None:
    with suppress(BindingError):
        assert isinstance(read_body(body), Everything)
