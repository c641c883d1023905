"""JSV: its notation, and the values of paths, queries and forms."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.contract.codecs import MAX_DEPTH, notation
from parlour.contract.codecs.jsv import value_reader
from parlour.contract.codecs.loose import Misfit
from parlour.contract.metadata import TypeRef, dto_type
from tests.contract.samples import UNHURRIED, Access, Colour, Everything, Part

REASONS = r"ends inside|without a value|Unexpected text|Too deep"
MEMBERS = {member.name: member.type for member in dto_type(Everything).properties}


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
    assert notation.parse(text) == tree


@pytest.mark.parametrize(
    "text",
    ["{a:1", "{a}", "{a:[1}", "[1,2", '"a', "{a:1}x", "[1]]", "a,b", "{" * 1000, "[" * 1000, '{a:"b', "{a:{b:c}"],
)
def test_what_does_not_end_or_goes_on_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=REASONS):
        notation.parse(text)


TREES = st.recursive(
    st.text(min_size=1),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@UNHURRIED
@given(st.dictionaries(st.text(), TREES) | st.lists(TREES))
def test_a_tree_reads_back_as_it_was_written(tree: Any) -> None:
    assert notation.parse(notation.text_of(tree)) == tree


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
        ("Texts", "a," * notation.MAX_LENGTH),
        ("Texts", "[" + "a," * notation.MAX_LENGTH + "]"),
        ("Words", "x"),
        ("Part", "{Name:" * 1000),
        ("Part", "{Name:" + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}"),
    ],
)
def test_a_value_that_is_not_of_the_type_is_refused(member: str, text: str) -> None:
    assert refuses(member, text)


def test_inner_values_that_are_wrong_are_all_named() -> None:
    with pytest.raises(Misfit) as refusal:
        read("Parts", "{Count:x},{Count:1},{Count:y}")

    assert [path for path, _ in refusal.value.wrong] == ["[0].Count", "[2].Count"]


@UNHURRIED
@given(st.sampled_from(sorted(MEMBERS)), st.text() | st.text('{}[]",:aCount 1'))
def test_whatever_the_text_reading_it_gives_a_value_or_a_value_error(member: str, text: str) -> None:
    with suppress(ValueError):
        read(member, text)


def test_a_list_of_text_may_hold_nothing_between_commas() -> None:
    assert value_reader(TypeRef("list", item=TypeRef("string", nullable=True)))("a,,b") == ["a", None, "b"]
