"""JSON bodies: writing in each profile, reading, and errors."""

import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.engine.codecs import MAX_DEPTH, MAX_NODES, Profile
from parlour.engine.codecs.json import MAX_DIALECT, JsonCodec
from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import BindingError, BodyError, ErrorResponse, ResponseStatus
from parlour.engine.dto.metadata import TypeRef, dto_type
from tests.engine.samples import UNHURRIED, Access, Branch, Colour, Contract, Everything, Part, everything

OWN = Profile()
PROFILES = {
    "default": Profile(dates="milliseconds"),
    "iso": OWN,
    "chat": Profile(name_case="pascal"),
    "invite": Profile(name_case="pascal", guid_format="D", dates="milliseconds", nulls="written"),
}
GUID = Guid("00000001000040008000000000000000")


def written(value: Any, profile: Profile = OWN) -> str:
    return JsonCodec(profile).writer(TypeRef("dto", python=type(value)))(value).decode()


def read(body: str | bytes, cls: Any = Everything) -> Any:
    return JsonCodec(OWN).reader(TypeRef("dto", python=cls))(body.encode() if isinstance(body, str) else body)


def wrong_members(body: str, cls: Any = Everything) -> list[str]:
    """The members named in the refusal of the body."""
    with pytest.raises(BindingError) as refusal:
        read(body, cls)
    assert not isinstance(refusal.value, BodyError)
    return [wrong.field_name for wrong in refusal.value.errors]


def reason_against(body: str | bytes) -> str:
    """The reason why the whole body is refused."""
    with pytest.raises(BodyError) as refusal:
        read(body)
    return refusal.value.message


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@UNHURRIED
@given(data=st.data())
def test_a_body_reads_back_as_it_was_written(profile: Profile, data: st.DataObject) -> None:
    finest = timedelta(milliseconds=1) if profile.dates == "milliseconds" else timedelta(microseconds=1)
    value = data.draw(everything(st.text(st.characters(codec="utf-8")), finest=finest))
    codec = JsonCodec(profile)

    body = codec.writer(TypeRef("dto", python=Everything))(value)

    assert codec.reader(TypeRef("dto", python=Everything))(body) == value


def test_null_members_are_omitted_and_empty_ones_are_written() -> None:
    assert written(Part(name=None)) == '{"count":0}'
    assert written(ResponseStatus(message="", errors=[])) == '{"message":"","errors":[]}'
    assert written(ErrorResponse()) == "{}"


def test_a_profile_may_write_nulls() -> None:
    profile = replace(OWN, nulls="written")

    assert written(Part(), profile) == '{"name":null,"count":0}'
    assert written(ResponseStatus(message="m"), profile) == (
        '{"errorCode":null,"message":"m","stackTrace":null,"errors":null,"meta":null}'
    )


def test_names_have_the_profiles_case_except_in_data_contracts() -> None:
    value = Contract(first=3, second="s")

    assert written(value) == '{"first_one":3,"second":"s"}'
    assert written(value, replace(OWN, name_case="pascal")) == '{"first_one":3,"Second":"s"}'


def test_guids_have_the_format_of_the_profile() -> None:
    value = Everything(ident=GUID, guids=[GUID])
    body = written(value, replace(OWN, guid_format="D"))

    assert '"ident":"00000001-0000-4000-8000-000000000000"' in body
    assert '"guids":["00000001-0000-4000-8000-000000000000"]' in body
    assert '"ident":"00000001000040008000000000000000"' in written(value)


def test_with_dashes_a_zero_guid_is_omitted_like_null() -> None:
    profile = replace(OWN, guid_format="D")

    assert "ident" not in written(Everything(), profile)
    assert '"ident":"00000000-0000-0000-0000-000000000000"' in written(Everything(), replace(profile, nulls="written"))


def test_each_kind_is_written_as_clients_expect_it() -> None:
    value = Everything(
        amount=Decimal("1.50"),
        double=1e-5,
        single=1e-5,
        long=9007199254740993,
        letter='"',
        when=datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
        span=timedelta(hours=1),
        colour=Colour.Green,
        access=Access.Read | Access.Write,
        content=b"\1\2\3",
        words={"Key One": "v"},
        by_number={5: Part()},
    )

    assert written(value) == (
        '{"ident":"00000000000000000000000000000000","name":"","flag":false,"number":0,"long":9007199254740993,'
        '"short":0,"byte":0,"double":1E-05,"single":1e-05,"amount":1.50,"letter":"\\"",'
        '"when":"2024-01-02T03:04:05.0000000Z","offset":"0001-01-01T00:00:00.0000000+00:00","span":"PT1H",'
        '"colour":"Green","access":3,"content":"AQID","parts":[],"words":{"Key One":"v"},"byNumber":{"5":{"count":0}}}'
    )


def test_only_the_largest_double_is_written_with_a_small_e() -> None:
    assert '"double":1.7976931348623157e+308' in written(Everything(double=sys.float_info.max))
    assert '"double":1E+308' in written(Everything(double=1e308))


def test_dates_may_be_milliseconds() -> None:
    value = Everything(when=datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=UTC))

    assert r'"when":"\/Date(1704164645678)\/","offset":"\/Date(-62135596800000)\/"' in written(
        value, PROFILES["default"]
    )


def test_text_is_escaped_only_where_necessary() -> None:
    assert written(Part(name='a"\\/\n\r\t\b\f\x00\x1f\x7fé😀</b>')) == (
        '{"name":"a\\"\\\\/\\n\\r\\t\\b\\f\\u0000\\u001F\x7fé😀</b>","count":0}'
    )
    assert written(Part(name=r"\u001f")) == r'{"name":"\\u001f","count":0}'


def test_a_lone_surrogate_does_not_fail_the_answer() -> None:
    assert written(Part(name="a\ud800b")) == '{"name":"a?b","count":0}'


def test_nulls_are_kept_in_lists_and_omitted_in_maps() -> None:
    words: Any = {"a": None, "b": "c"}

    assert '"texts":["a",null]' in written(Everything(texts=["a", None]))
    assert '"words":{"b":"c"}' in written(Everything(words=words))


def test_answers_may_be_lists_scalars_and_null() -> None:
    codec = JsonCodec(OWN)
    parts = TypeRef("list", item=TypeRef("dto", python=Part))

    assert codec.writer(parts)([Part(), Part(name="n")]) == b'[{"count":0},{"name":"n","count":0}]'
    assert codec.writer(TypeRef("string"))("a") == b'"a"'
    assert codec.writer(parts)(None) == b"null"


def test_a_dto_may_contain_its_own_type() -> None:
    tree = Branch(name="a", branches=[Branch(name="b", branches=[]), Branch()])

    assert written(tree) == '{"name":"a","branches":[{"name":"b","branches":[]},{}]}'
    assert read(written(tree), Branch) == tree


@pytest.mark.parametrize("name", ["maybeNumber", "MaybeNumber", "MAYBENUMBER", "maybenumber"])
def test_names_are_read_in_any_case(name: str) -> None:
    assert read(f'{{"{name}":5}}').maybe_number == 5


def test_a_member_of_a_data_contract_is_read_by_its_alias() -> None:
    assert read('{"First_One":3,"first":4,"hidden":"h"}', Contract) == Contract(first=3)


def test_missing_members_keep_defaults_and_unknown_members_are_ignored() -> None:
    assert read('{"unknown":{"deep":[1,{"x":"}"}]},"text":"t"}') == Everything(text="t")


def test_the_last_of_duplicate_members_counts() -> None:
    assert read('{"text":"a","text":"b"}').text == "b"
    assert read('{"text":"a","Text":"b"}').text == "b"


def test_null_is_read_as_missing_where_a_member_is_not_nullable() -> None:
    assert read('{"text":null,"maybeNumber":null,"number":null,"parts":null}') == Everything()


@pytest.mark.parametrize("body", ["", "  ", "{}", " {\n} ", "\ufeff{}", "\u00a0{\u00a0}\u00a0", "\ufeff"])
def test_a_body_without_members_is_an_empty_dto(body: str) -> None:
    assert read(body) == Everything()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ('"number":"5"', Everything(number=5)),
        ('"text":5', Everything(text="5")),
        ('"text":1.50', Everything(text="1.50")),
        ('"text":true', Everything(text="true")),
        ('"text":{"a":1,"b":"x,y"}', Everything(text='{a:1,b:"x,y"}')),
        ('"text":[1,2]', Everything(text="[1,2]")),
        ('"flag":"y"', Everything(flag=True)),
        ('"flag":1', Everything(flag=True)),
        ('"long":9223372036854775807', Everything(long=2**63 - 1)),
        ('"amount":1.50', Everything(amount=Decimal("1.50"))),
        ('"amount":"1.50"', Everything(amount=Decimal("1.50"))),
        ('"amount":100000000000000000000000001', Everything(amount=Decimal(10**26 + 1))),
        ('"double":"1.5"', Everything(double=1.5)),
        ('"double":12', Everything(double=12.0)),
        ('"double":Infinity', Everything(double=float("inf"))),
        ('"when":"/Date(1704164645000)/"', Everything(when=datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC))),
        ('"span":90.5', Everything(span=timedelta(seconds=90.5))),
        ('"colour":1', Everything(colour=Colour.Green)),
        ('"colour":"green"', Everything(colour=Colour.Green)),
        ('"access":"Read, Write"', Everything(access=Access.Read | Access.Write)),
        ('"content":[1,2,3]', Everything(content=b"\1\2\3")),
        ('"number":"","colour":"","when":"","content":""', Everything()),
        ('"texts":"a,b"', Everything(texts=["a", "b"])),
        ('"texts":"[a,b]"', Everything(texts=["a", "b"])),
        ('"texts":5', Everything(texts=["5"])),
        ('"texts":""', Everything(texts=None)),
        ('"numbers":5', Everything(numbers=[5])),
        ('"parts":{"count":1}', Everything(parts=[Part(count=1)])),
        ('"part":"{Name:a}"', Everything(part=Part(name="a"))),
        ('"words":{"a":1,"b":null}', Everything(words={"a": "1"})),
    ],
)
def test_values_are_read_in_all_spellings_of_clients(member: str, value: Everything) -> None:
    assert read(f"{{{member}}}") == value


def test_the_sign_of_zero_is_kept() -> None:
    assert str(read('{"double":-0}').double) == "-0.0"


@pytest.mark.parametrize(
    "body",
    [
        '{"text":"a\\x41\\\'b","number":1,}',
        '{"text":"aA\'b","number":1}',
        '{\u00a0"text":"aA\'b",\u00a0"number":1}',
        '{"text":"a\\u0041\'b","parts":[],"number":1}',
    ],
)
def test_lossless_dialects_are_read(body: str) -> None:
    assert read(body) == Everything(text="aA'b", number=1)


def test_strings_may_contain_unescaped_tabs_and_line_feeds() -> None:
    assert read('{"text":"a\n\tb"}').text == "a\n\tb"


def test_all_wrong_members_are_reported_with_their_paths() -> None:
    body = (
        '{"ident":"nope","number":5.5,"flag":"yes","part":{"count":"x"},"parts":[{"count":1},{"count":[]}],'
        '"numbers":[1,"a",null],"counts":{"k":"v"},"when":"01/02/2024"}'
    )

    assert wrong_members(body) == [
        "Ident", "Number", "Flag", "Part.Count", "Parts[1].Count", "Numbers[1]", "Numbers[2]", "Counts[k]", "When",
    ]  # fmt: skip


def test_at_most_a_hundred_wrong_items_are_reported() -> None:
    assert len(wrong_members('{"numbers":[' + '"x",' * 10_000 + '"x"]}')) == 100
    assert len(wrong_members('{"counts":{' + ",".join(f'"{n}":"x"' for n in range(10_000)) + "}}")) == 100


def test_an_error_repeats_only_the_start_of_a_long_value() -> None:
    with pytest.raises(BindingError) as refusal:
        read(f'{{"number":"{"x" * 1000}"}}')

    assert refusal.value.message == "Unable to bind to request 'Everything'"
    assert refusal.value.errors[0].message == f"'{'x' * 50}...' is an Invalid value for 'Number'"
    assert refusal.value.errors[0].error_code == "SerializationException"


@pytest.mark.parametrize(
    "member",
    [
        '"number":99999999999', '"number":true', '"number":{}', '"byte":-1', '"amount":1e30', '"double":1e400',
        '"single":1e39',
        '"ident":5', '"ident":{}', '"letter":"ab"',
        '"letter":"😀"', '"when":5', '"span":"P1Y"', '"colour":9', '"access":4',
        '"content":"!"',
        '"content":[256]', '"content":["1"]', '"part":5', '"part":"x"', '"part":[]', '"parts":"x"', '"parts":[null]',
        '"parts":[[]]', '"words":[]', '"words":"x"', '"numbers":"a,b"', '"byNumber":{"x":{}}',
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_its_member_is_refused(member: str) -> None:
    assert len(wrong_members(f"{{{member}}}")) == 1


@pytest.mark.parametrize("body", ["hello", '"x"', "null", "[1]", "[]", "5", "//c\n{}", "}"])
def test_a_body_that_is_not_an_object_is_refused_showing_its_start(body: str) -> None:
    assert reason_against(body) == (
        "Type definitions should start with a '{', "
        f"expecting serialized type 'Everything', got string starting with: {body}"
    )


@pytest.mark.parametrize(
    "body",
    [
        '{"text":"a"',
        '{"text":"a"}x',
        '{"text":"a"}}',
        "{text:bare}",
        "{'text':'q'}",
        '{"text" "a"}',
        '{"text":"a"b"}',
        '{"number":1\u00a02}',
    ],
)
def test_almost_valid_json_is_refused(body: str) -> None:
    assert reason_against(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"text":"\xff"}',
        b'{"text":"\xed\xa0\x80"}',
        b'{"text":"\\ud800"}',
        b'{"\\udc00":1}',
        b'{"text":"\\ud800","number":-0,"double":-0}',
        b"\xff\xfe{\x00}\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"text":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}",
        b'{"unknown":' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"unknown":' + b'[{"a":' * MAX_DEPTH + b"1" + b"}]" * MAX_DEPTH + b"}",
        b'{"number":' + b"1" * 5000 + b"}",
        b'{"text":"' + b'\\"' * 100_000,
        b'{"text":"' + b'\\"' * 100_000 + b"\\",
        b"{" + b"," * 100_000,
        b"\x00",
        b'{"parts":[' + b"{}," * MAX_NODES + b"{}]}",
    ],
)
def test_hostile_bodies_are_refused(body: bytes) -> None:
    assert reason_against(body)


def test_a_long_body_must_be_strict_json() -> None:
    text = "x" * MAX_DIALECT

    assert read(f'{{"text":"{text}"}}').text == text
    assert read(f'\ufeff{{"text":"{text}"}}').text == text
    assert reason_against(f'{{"text":"{text}",}}')
    assert reason_against(f'\ufeff{{"text":"{text}",}}')


def test_brackets_in_a_string_do_not_count_as_lists() -> None:
    text = '[{"' * MAX_NODES
    escaped = text.replace('"', r"\"")

    assert read(f'{{"text":"{escaped}"}}').text == text


def test_too_many_lists_are_refused_before_they_are_created() -> None:
    # Creating the lists would reach the missing end of the body.
    assert reason_against('{"unknown":[' + "[]," * MAX_NODES) == "The JSON has more than 50,000 objects and lists."


def test_a_body_may_be_as_deep_as_the_limit() -> None:
    depth = MAX_DEPTH - 1

    assert read('{"unknown":' + "[" * depth + "]" * depth + "}") == Everything()


@UNHURRIED
@given(st.binary() | st.text().map(str.encode) | st.text('{}[]",:\\u0nulltrue1e-. \u00a0').map(str.encode))
def test_reading_any_body_gives_a_dto_or_a_binding_error(body: bytes) -> None:
    with suppress(BindingError):
        assert isinstance(read(body), Everything)


NAMES = [member.name for member in dto_type(Everything).properties]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(["Name", "Count"]), inner),
    max_leaves=5,
)


@UNHURRIED
@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_any_dto_that_is_read_can_be_written(tree: Any) -> None:
    with suppress(BindingError):
        value = read(msgspec.json.encode(tree))
        assert written(read(written(value))) == written(value)


def test_a_list_body_may_be_a_single_object() -> None:
    read_parts = JsonCodec(OWN).reader(TypeRef("list", item=TypeRef("dto", python=Part)))

    assert read_parts(b'[{"name":"a"},{}]') == [Part(name="a"), Part()]
    assert read_parts(b'{"name":"a"}') == [Part(name="a")]
    assert read_parts(b"[]") == read_parts(b" ") == []


def test_errors_in_a_list_are_reported_with_the_index() -> None:
    read_parts = JsonCodec(OWN).reader(TypeRef("list", item=TypeRef("dto", python=Part)))

    with pytest.raises(BindingError) as refusal:
        read_parts(b'[{},null,{"count":"many"}]')
    assert [wrong.field_name for wrong in refusal.value.errors] == ["[1]", "[2].Count"]
    for body in (b"hello", b'"a"', b"[{}", b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2)):
        with pytest.raises(BodyError):
            read_parts(body)
