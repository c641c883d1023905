"""`?jsconfig=` and `?callback=`: formats adapted to one request."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.stubs.services import open_services
from parlour.engine import Services, standard_engine
from parlour.engine.codecs import Codec, Profile
from parlour.engine.codecs.context import RequestContext
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.codecs.on_request import CACHED_PROFILES, switched
from parlour.engine.codecs.standard import standard_codecs
from parlour.engine.codecs.xml import XmlCodec
from parlour.engine.dto.errors import BindingError
from parlour.engine.dto.metadata import TypeRef
from parlour.engine.http.messages import Request, Response
from parlour.engine.serving.handlers import InlineUnits
from tests.engine.samples import UNHURRIED, Access, Branch, Colour, Everything, Part, everything, with_shortest_times

OWN = Profile()
DESCRIPTION = standard_engine(Services()).description


def written(value: Any, **switches: Any) -> str:
    return JsonCodec(replace(OWN, **switches)).writer(TypeRef("dto", python=type(value)))(value).decode()


def switching(switches: str) -> Request:
    return Request(method="GET", path="/", query=urlencode({"jsconfig": switches}))


def tuned(codec: Codec, switches: str) -> Codec:
    return codec.for_request(RequestContext(switching(switches), "GET", DESCRIPTION))


def reading(codec: Codec, switches: str) -> Codec:
    return codec.for_body(switching(switches))


def member(name: str, value: Everything, **switches: Any) -> Any:
    return json.loads(written(value, **switches))[name]


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("", {}),
        ("epcn", {"name_case": "pascal"}),
        ("EmitPascalCaseNames", {"name_case": "pascal"}),
        ("elun, inv", {"name_case": "snake", "nulls": "written"}),
        ("inv:true,inv:false", {}),
        ("eccn:false", {}),
        ("edv,ide:false", {"defaults": "omitted", "zero_enums": "omitted"}),
        ("teai,pp", {"enums": "numbers", "layout": "indented"}),
        ("dh:utm,tsh:sf", {"dates": "unix milliseconds", "spans": "clock"}),
        ("dh(utm),tsh(sf)", {}),
        ("dh,dh:never,no_such,:,,", {}),
    ],
)
def test_switches_change_a_profile_and_unknown_ones_do_nothing(text: str, changes: dict[str, Any]) -> None:
    assert switched(OWN, text) == replace(OWN, **changes)


def test_names_can_be_snake_case() -> None:
    assert set(json.loads(written(Everything(), name_case="snake"))) >= {"ident", "offset"}
    assert "maybe_number" in json.loads(written(Everything(maybe_number=1), name_case="snake"))


def test_defaults_and_zero_enums_can_be_omitted() -> None:
    assert written(Part(name=""), defaults="omitted") == '{"name":""}'
    assert "colour" not in json.loads(written(Everything(), zero_enums="omitted"))
    left = json.loads(written(Everything(colour=Colour.Green, maybe_number=0), defaults="omitted"))
    assert left == {"name": "", "colour": "Green", "maybeNumber": 0, "parts": []}


def test_enums_can_be_numbers() -> None:
    value = Everything(colour=Colour.Green, access=Access.Read, colours=[Colour.Green])

    assert member("colour", value, enums="numbers") == 1
    assert member("colours", value, enums="numbers") == [1]
    assert member("access", value, enums="numbers") == 1


@pytest.mark.parametrize(
    ("dates", "when", "naive"),
    [
        ("unix seconds", 1704164645, 1704164645),
        ("unix milliseconds", 1704164645678, 1704164645678),
        ("rfc 1123", "Tue, 02 Jan 2024 03:04:05 GMT", "Tue, 02 Jan 2024 03:04:05 GMT"),
        ("iso", "2024-01-02T03:04:05.6780000Z", "2024-01-02T03:04:05.6780000"),
    ],
)
def test_dates_can_have_other_formats(dates: str, when: Any, naive: Any) -> None:
    at = datetime(2024, 1, 2, 3, 4, 5, 678_000)
    value = Everything(when=at.replace(tzinfo=UTC), maybe_when=at)

    assert member("when", value, dates=dates) == when
    assert member("maybeWhen", value, dates=dates) == naive


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(), "00:00:00"),
        (timedelta(days=1, hours=2, minutes=3, seconds=4, microseconds=500_000), "1.02:03:04.5000000"),
        (-timedelta(minutes=5), "-00:05:00"),
    ],
)
def test_spans_can_be_clocks(span: timedelta, text: str) -> None:
    assert member("span", Everything(span=span), spans="clock") == text


def in_whole_seconds(value: Any) -> Any:
    """The value with all dates as instants in whole seconds, which every date format can express."""
    changes = {}
    for name in ("when", "maybe_when", "offset"):
        date = getattr(value, name)
        changes[name] = date and date.replace(microsecond=0, tzinfo=date.tzinfo or UTC).astimezone(UTC)
    return replace(value, **changes)


@pytest.mark.parametrize("dates", ["iso8601", "ut", "utm", "rfc1123"])
@pytest.mark.parametrize("others", ["elun,tsh:sf,teai", "epcn,inv,pp", "eccn,edv,ide:false"])
@pytest.mark.parametrize("format_", ["json", "jsonl", "jsv", "csv"])
@settings(deadline=None, max_examples=15)
@given(everything(st.text(st.characters(codec="utf-8")), finest=timedelta(microseconds=1)))
def test_text_written_with_switches_is_read_with_the_same_switches(
    format_: str, others: str, dates: str, value: Everything
) -> None:
    if format_ in ("jsv", "csv"):
        # They write null and empty lists alike, and null texts as empty cells.
        value = replace(value, texts=[] if value.texts == [None] else value.texts, text=value.text or None)
    own = {codec.name: codec for codec in standard_codecs(OWN)}[format_]
    switches = f"dh:{dates},{others}"
    type_ = TypeRef("dto", python=Everything)

    body = tuned(own, switches).writer(type_)(value)
    found = reading(own, switches).reader(type_)(body)

    if format_ in ("jsv", "csv"):
        value, found = with_shortest_times(value), with_shortest_times(found)
    assert in_whole_seconds(found) == in_whole_seconds(value)


def test_readers_accept_usual_spellings_too_and_are_compiled_once() -> None:
    own = JsonCodec(OWN)
    read = reading(own, "dh:ut,elun").reader(TypeRef("dto", python=Everything))

    assert reading(own, "epcn,pp,inv,teai,tsh:sf,dh:rfc1123") is own
    assert reading(own, "dh:ut,elun,pp") is reading(own, "elun,inv,dh:ut")
    when = read(b'{"When":"2024-01-02","maybe_when":1704164645,"maybeNumber":3}')
    assert (when.when, when.maybe_when, when.maybe_number) == (
        datetime(2024, 1, 2),
        datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
        3,
    )


@pytest.mark.parametrize(
    "text",
    [
        '"Wed, 02 Jan 2024 03:04:05 GMT"',
        '"Tue, 02 Foo 2024 03:04:05 GMT"',
        '"Tue, 32 Jan 2024 03:04:05 GMT"',
        "9" * 30,
        "1.5",
        "true",
    ],
)
def test_an_invalid_date_in_any_spelling_is_refused(text: str) -> None:
    read = reading(JsonCodec(OWN), "dh:ut").reader(TypeRef("dto", python=Everything))

    with pytest.raises(BindingError):
        read(f'{{"when":{text}}}'.encode())


def test_json_can_be_indented() -> None:
    tree = Branch(name='a:{"b"},[', branches=[Branch(branches=[])])

    assert written(tree, layout="indented") == (
        '{\n    "name": "a:{\\"b\\"},[",\n    "branches": [\n        {\n            "branches": []\n        }\n    ]\n}'
    )


MARKS = st.text('ab":,{}[]\\ \n')
TREES = st.recursive(st.none() | st.integers() | MARKS, lambda inner: st.lists(inner) | st.dictionaries(MARKS, inner))


@UNHURRIED
@given(TREES)
def test_any_json_is_indented_in_the_usual_way(tree: Any) -> None:
    codec = JsonCodec(replace(OWN, layout="indented"))

    assert codec.writer(TypeRef("any"))(tree).decode() == json.dumps(tree, indent=4)


def test_a_codec_without_changes_is_reused() -> None:
    own, xml = JsonCodec(OWN), XmlCodec()

    assert tuned(own, "eccn,unknown") is own
    assert tuned(xml, "epcn") is xml
    assert tuned(own, "epcn") is tuned(own, "EmitPascalCaseNames")


def test_the_cache_of_profiles_is_limited() -> None:
    own = JsonCodec(OWN)
    first = tuned(own, "epcn")

    for number in range(CACHED_PROFILES):
        dates = ("iso8601", "ut", "utm", "rfc1123")[number % 4]
        tuned(own, f"dh:{dates},teai:{'true' if number < 4 else 'false'},inv")

    assert tuned(own, "epcn") is not first


# -- over HTTP


def answered(target: str, method: str = "GET", **more: Any) -> Response:
    path, _, query = target.partition("?")
    engine = standard_engine(open_services(), InlineUnits())
    return asyncio.run(engine.answer(Request(method=method, path=path, query=query, **more)))


def test_a_response_uses_the_switches_of_its_request() -> None:
    assert answered("/items/1?jsconfig=epcn").body == b'[{"Name":"n1","Count":1,"Ref":"' + b"0" * 32 + b'"}]'
    assert answered("/items/1.jsv?jsconfig=elun,edv").body == b"[{name:n1,count:1}]"
    assert b'"ResponseStatus":null' in answered("/fail/ok?jsconfig=epcn,inv").body


@pytest.mark.parametrize(
    "switches", ["dh:ut", "dh:utm", "dh:rfc1123", "elun,dh:ut,tsh:sf,teai", "epcn,inv,pp", "edv,dh:iso8601"]
)
@pytest.mark.parametrize("address", ["/alltypes", "/json/reply/AllTypes", "/json/reply/AllTypes[]", "/api/AllTypes"])
def test_a_response_can_be_sent_back_with_the_same_switches(address: str, switches: str) -> None:
    headers = [("content-type", "application/json"), ("accept", "application/json")]
    sent = b'{"When":"2024-01-02T03:04:05Z","MaybeWhen":"1969-12-31T23:59:58Z","Span":"P1DT2H","Colour":"Green"}'
    target = f"{address}?jsconfig={switches}"
    first = answered(target, "POST", headers=headers, body=b"[%s]" % sent if "[]" in address else sent)

    again = answered(target, "POST", headers=headers, body=first.body)

    assert first.status == again.status == 200
    assert again.body == first.body


def test_a_callback_is_called_with_json() -> None:
    response = answered("/items/1.json?callback=cb&jsconfig=epcn,edv", headers=[("accept", "application/xml")])

    assert response.body == b'cb([{"Name":"n1","Count":1}])'
    assert ("Content-Type", "text/javascript") in response.headers


def test_a_callback_of_another_format_is_ignored() -> None:
    assert answered("/items/0.xml?callback=cb").body.startswith(b"<?xml")


@pytest.mark.parametrize(
    ("target", "method", "status", "code"),
    [
        # An error of the service or its rules.
        ("/fail/notfound?callback=cb", "GET", 404, "NotFound"),
        ("/fail/conflict?callback=cb", "GET", 409, "Conflict"),
        ("/people?callback=cb", "POST", 400, "NotEmpty"),
        ("/json/reply/Fail?kind=notfound&callback=cb", "GET", 404, "NotFound"),
        # An error before the service.
        ("/alltypes?int=x&callback=cb", "POST", 200, "SerializationException"),
        ("/json/reply/Unknown?callback=cb", "GET", 200, "NotImplementedException"),
        ("/people?callback=cb", "DELETE", 200, "NotImplementedException"),
    ],
)
def test_a_callback_gets_failures_with_status_200_unless_the_service_failed(
    target: str, method: str, status: int, code: str
) -> None:
    response = answered(target, method)

    assert response.status == status
    assert response.body.startswith(b"cb({")
    assert f'"responseStatus":{{"errorCode":"{code}"'.encode() in response.body


def test_a_callback_is_not_called_without_a_response_body() -> None:
    assert answered("/void?callback=cb", "POST").body == b""
    redirected = answered("/fail/redirect?callback=cb")
    assert (redirected.status, redirected.body) == (302, b"")


@pytest.mark.parametrize(
    ("callback", "called"),
    [
        ("jQuery_1.$done", b"jQuery_1.$done("),
        ("alert%281%29;", b"alert_1__("),
        ("a%0Ab%22%27%3C%3E", b"a_b____("),
        ("%C3%A9", b"_("),
    ],
)
def test_a_callback_can_only_be_the_name_of_a_function(callback: str, called: bytes) -> None:
    assert answered(f"/items/0?callback={callback}").body == called + b"[])"


def test_a_callback_gets_the_refusal_of_a_body_too() -> None:
    engine = standard_engine(open_services(), InlineUnits())

    response = engine.refuse(Request(method="POST", path="/items", query="callback=cb"), BindingError("Too long."))

    assert response.status == 200
    assert response.body.startswith(b"cb(")
