import gzip
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import pytest

from examples.stubs.services import AllTypes, ChatRequest, Colour, number
from parlour.engine.codecs import Profile
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.codecs.xml import XmlCodec
from parlour.engine.dto.declare import namespace, route
from parlour.engine.dto.errors import BindingError, PayloadTooLarge
from parlour.engine.dto.metadata import operation_of
from parlour.engine.http.messages import Request
from parlour.engine.serving.binding import Binder
from parlour.engine.serving.negotiation import Formats
from parlour.engine.serving.routes import RouteTable

MAX_BYTES = 10_000
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
FORMATS = Formats((JsonCodec(Profile()), XmlCodec()), "json")
ID_1, ID_2 = number(1), number(2)


def bind(
    cls: Any,
    path: str,
    *,
    method: str = "POST",
    query: str = "",
    body: str | bytes | None = None,
    type_: str | None = JSON,
    encoding: str | None = None,
) -> Any:
    """The DTO of a request to a declared route."""
    operation = operation_of(cls)
    match = RouteTable([operation]).find(method, path)
    assert match is not None
    binder = Binder(operation.request, FORMATS, MAX_BYTES)
    return binder.bind_route(request(path, method, query, body, type_, encoding), match.route.variables, match.values)


def predefined(
    cls: Any, *, method: str = "POST", query: str = "", body: str | None = None, type_: str | None = JSON
) -> Any:
    """The DTO of a request to `/json/reply/`."""
    binder = Binder(operation_of(cls).request, FORMATS, MAX_BYTES)
    return binder.bind_predefined(request("/json/reply/X", method, query, body, type_), FORMATS.named("json"))


def request(
    path: str,
    method: str,
    query: str,
    body: str | bytes | None,
    type_: str | None,
    encoding: str | None = None,
) -> Request:
    headers = [("content-type", type_)] if type_ and body is not None else []
    headers += [("content-encoding", encoding)] if encoding else []
    raw = body.encode() if isinstance(body, str) else body
    return Request(method=method, path=path, query=query, headers=headers, body=raw)


def refusal(**given: Any) -> list[tuple[str, str]]:
    """The field errors of a refused request to AllTypes."""
    with pytest.raises(BindingError) as caught:
        bind(AllTypes, "/alltypes", **given)
    assert caught.value.message == "Unable to bind to request 'AllTypes'"
    return [(wrong.field_name, wrong.message) for wrong in caught.value.errors]


def test_a_request_without_values_is_empty() -> None:
    assert bind(AllTypes, "/alltypes") == AllTypes()
    assert bind(AllTypes, "/alltypes", body="") == AllTypes()


@pytest.mark.parametrize("type_", ["text/plain", "application/vnd.x+json", None])
def test_a_body_of_an_unknown_type_is_ignored(type_: str | None) -> None:
    assert bind(AllTypes, "/alltypes", body='{"int":5}', type_=type_, query="text=a") == AllTypes(text="a")


@pytest.mark.parametrize("type_", ["application/json", "text/json", "APPLICATION/JSON; charset=utf-8"])
def test_the_content_type_says_how_a_body_is_read(type_: str) -> None:
    assert bind(AllTypes, "/alltypes", body='{"int":5}', type_=type_).int_ == 5


def test_the_query_overrides_the_body_and_the_form_overrides_the_query() -> None:
    over_body = bind(AllTypes, "/alltypes", body='{"int":1,"long":2}', query="INT=5")
    over_query = bind(AllTypes, "/alltypes", body="int=7", type_=FORM, query="int=5&long=6")

    assert (over_body.int_, over_body.long) == (5, 2)
    assert (over_query.int_, over_query.long) == (7, 6)


def test_blank_values_and_unknown_names_are_ignored() -> None:
    dto = bind(AllTypes, "/alltypes", body='{"int":1,"text":"a"}', query="int=&text=&nothing=5&strings[]=x")

    assert dto == AllTypes(int_=1, text="a")


def test_query_values_are_read_by_the_type_of_their_member() -> None:
    dto = bind(
        AllTypes,
        "/alltypes",
        query="strings=a,b&ints=[1,2]&inner={Name:x,Count:2}&text=%22q%22&colour=green&flag=true&flag=false&map={a:1}",
    )

    assert (dto.strings, dto.ints, dto.text, dto.colour, dto.flag) == (["a", "b"], [1, 2], '"q"', Colour.Green, True)
    assert (dto.inner.name, dto.inner.count, dto.map_) == ("x", 2, {"a": "1"})


def test_a_repeated_name_is_one_list() -> None:
    dto = bind(AllTypes, "/alltypes", query="strings=a&STRINGS=b&text=c&text=d")

    assert (dto.strings, dto.text) == (["a", "b"], "c,d")


def test_all_wrong_values_are_reported_as_they_were_sent() -> None:
    assert refusal(query="iNT=x&flag=maybe&text=fine&when=junk", body="byte=300", type_=FORM) == [
        ("iNT", "'x' is an Invalid value for 'iNT'"),
        ("flag", "'maybe' is an Invalid value for 'flag'"),
        ("when", "'junk' is an Invalid value for 'when'"),
        ("byte", "'300' is an Invalid value for 'byte'"),
    ]


def test_wrong_values_of_body_and_query_are_reported_together() -> None:
    named = [name for name, _ in refusal(query="byte=-1", body='{"int":"x","inner":{"count":1.5},"guids":["y"]}')]

    assert named == ["Int", "Inner.Count", "Guids[0]", "byte"]


def test_a_wrong_value_in_the_path_is_reported_with_the_routes_name() -> None:
    with pytest.raises(BindingError) as caught:
        bind(ChatRequest, "/v1/Chat/not-a-guid", method="PUT")

    assert [wrong.field_name for wrong in caught.value.errors] == ["ChatId"]


def test_only_the_start_of_a_long_wrong_value_is_repeated() -> None:
    [(_, message)] = refusal(query="int=" + "x" * 5000)

    assert len(message) < 150


def test_the_path_fills_its_member() -> None:
    assert bind(ChatRequest, f"/v1/Chat/{ID_1}", method="PUT", body="{}").chat_id == ID_1


def test_an_empty_wildcard_keeps_the_value_of_the_query() -> None:
    assert bind(AllTypes, "/files/", method="GET", query="path=a/b").path == "a/b"


@namespace("Tests")
@route("/shelves/{ignore}/{Name}", "GET")
@dataclass(kw_only=True)
class Shelved:
    name: str | None = None


def test_an_ignored_variable_of_the_path_fills_nothing() -> None:
    assert bind(Shelved, "/shelves/oak/top", method="GET") == Shelved(name="top")


@pytest.mark.parametrize("same", [f'{{"chatId":"{ID_1}"}}', '{"chatId":"' + "0" * 32 + '"}', "{}"])
def test_the_same_or_no_value_besides_the_path_is_accepted(same: str) -> None:
    assert bind(ChatRequest, f"/v1/Chat/{ID_1}", method="PUT", body=same, query=f"chatId={ID_1}").chat_id == ID_1


@pytest.mark.parametrize(("query", "body"), [(f"chatid={ID_2}", "{}"), ("", f'{{"chatId":"{ID_2}"}}')])
def test_another_value_besides_the_path_is_refused(query: str, body: str) -> None:
    with pytest.raises(BindingError) as caught:
        bind(ChatRequest, f"/v1/Chat/{ID_1}", method="PUT", query=query, body=body)

    assert [wrong.field_name for wrong in caught.value.errors] == ["ChatId"]


def test_an_unreadable_body_is_reported_with_its_content_type() -> None:
    with pytest.raises(BindingError) as caught:
        bind(ChatRequest, "/v1/Chat", body="hello", type_="text/json; charset=utf-8")

    first, _, reason = caught.value.message.partition("\n")
    assert first == (
        "Could not deserialize 'text/json; charset=utf-8' request using CRM.AgencyPlatform.API.Internal.ChatRequest'"
    )
    assert reason.startswith("Error: ")
    assert caught.value.errors == ()


def test_on_predefined_routes_the_body_overrides_the_query() -> None:
    dto = predefined(AllTypes, body='{"int":1}', query="int=5&long=6")

    assert (dto.int_, dto.long) == (1, 6)


@pytest.mark.parametrize("type_", ["text/plain", "application/xml", None])
def test_on_predefined_routes_the_content_type_is_ignored(type_: str | None) -> None:
    assert predefined(AllTypes, body='{"int":1}', type_=type_).int_ == 1


def test_on_predefined_routes_a_form_overrides_the_query() -> None:
    dto = predefined(AllTypes, body="int=7", type_=FORM, query="int=5&long=6")

    assert (dto.int_, dto.long) == (7, 6)


def test_on_predefined_routes_get_takes_the_query() -> None:
    assert predefined(AllTypes, method="GET", query="int=5").int_ == 5


FIELD = b'--X\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
MULTIPART = (
    '--X\r\nContent-Disposition: form-data; name="Text"\r\n\r\nhe --X llo\r\n'
    "--X\r\ncontent-disposition: form-data; name=int\r\nContent-Type: text/plain\r\n\r\n5\r\n"
    '--X\r\nContent-Disposition: form-data; name="Long"; filename="a.txt"\r\n\r\n6\r\n--X--\r\n'
)


def test_multipart_fields_are_read_and_files_are_ignored() -> None:
    dto = bind(AllTypes, "/alltypes", body=MULTIPART, type_='multipart/form-data; boundary="X"')

    assert dto == AllTypes(text="he --X llo", int_=5)


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        ("multipart/form-data", MULTIPART),
        ("multipart/form-data; boundary=Y", MULTIPART),
        ("multipart/form-data; boundary=X", MULTIPART[:-6]),
        ("multipart/form-data; boundary=X", "--X\r\nno head\r\n--X--\r\n"),
        ("multipart/form-data; boundary=X", ""),
        (FORM, "&".join(f"a{i}=1" for i in range(2000))),
        (FORM, b"\xff"),
        (FORM, b"\xff=1&text=a"),
        (FORM, b"\xff=\xff&text=a"),
        (FORM, b"text=a&other=caf\xe9"),
        (FORM, b"text=&other=\xc3"),
        (FORM, b"\x1f\x8b\x08\x00"),
        ("multipart/form-data; boundary=X", FIELD % (b"Text", b"a") + FIELD % (b"Other", b"caf\xe9") + b"--X--\r\n"),
        ("multipart/form-data; boundary=X", FIELD % (b"\xff", b"a") + b"--X--\r\n"),
    ],
)
def test_a_broken_form_is_refused(type_: str, body: str | bytes) -> None:
    if not body:
        assert bind(AllTypes, "/alltypes", body=body, type_=type_) == AllTypes()
        return
    with pytest.raises(BindingError, match="Could not deserialize"):
        bind(AllTypes, "/alltypes", body=body, type_=type_)


@pytest.mark.parametrize("value", [b"caf%E9", b"caf\xe9", b"%ff", b"%C3", b"%C3%28", b"%ED%A0%80", b"%C0%AF", b"a%80b"])
@pytest.mark.parametrize("other", [b"", b"text=right&", b"TEXT=%41&"])
def test_a_value_not_in_utf_8_is_refused_with_its_name(value: bytes, other: bytes) -> None:
    said = [("tEXt", f"'{unquote(value)}' is an Invalid value for 'tEXt'")]

    assert refusal(body=other + b"tEXt=" + value, type_=FORM) == said
    assert refusal(query=(other + b"tEXt=" + quote(value, safe="%").encode()).decode()) == said


@pytest.mark.parametrize("value", [b"caf\xe9", b"\xc3", b"\xed\xa0\x80", b"\xff\xfe"])
def test_a_part_not_in_utf_8_is_refused_with_its_name(value: bytes) -> None:
    body = FIELD % (b"Text", value) + FIELD % (b"Int", b"x") + b"--X--\r\n"
    said = [f"'{value.decode(errors='replace')}' is an Invalid value for 'Text'", "'x' is an Invalid value for 'Int'"]

    assert [message for _, message in refusal(body=body, type_="multipart/form-data; boundary=X")] == said


@pytest.mark.parametrize("body", [b"caf%E9=1&text=a", b"other=%ff&text=a", b"%ff=%ff&text=a"])
def test_unknown_names_may_have_values_not_in_utf_8(body: bytes) -> None:
    assert bind(AllTypes, "/alltypes", body=body, type_=FORM) == AllTypes(text="a")


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("a+b%2Bc", "a b+c"),
        ("caf%C3%A9", "café"),
        ("%F0%9F%98%80%e2%82%ac", "😀€"),
        ("100%", "100%"),
        ("%%41%4", "%A%4"),
        ("%zz%4G", "%zz%4G"),
        ("a=b=c", "a=b=c"),
        ("%26%3D;", "&=;"),
    ],
)
def test_escapes_are_decoded_and_other_percent_signs_are_kept(sent: str, text: str) -> None:
    assert bind(AllTypes, "/alltypes", query=f"text={sent}").text == text
    assert bind(AllTypes, "/alltypes", body=f"&int=5&&text={sent}&", type_=FORM) == AllTypes(int_=5, text=text)


def test_a_compressed_body_is_read_within_the_limit() -> None:
    assert bind(AllTypes, "/alltypes", body=gzip.compress(b'{"int":5}'), encoding="gzip").int_ == 5
    with pytest.raises(PayloadTooLarge):
        bind(AllTypes, "/alltypes", body=gzip.compress(b" " * 1_000_000), encoding="gzip")


@pytest.mark.parametrize("query", ["text=a&" * 100_000, "&" * 100_000, "x" * 1000 + "&a" * 1001])
def test_a_query_of_too_many_parameters_is_refused(query: str) -> None:
    with pytest.raises(BindingError, match="1000 parameters at most"):
        bind(AllTypes, "/alltypes", query=query)


def test_a_member_may_be_given_as_often_as_a_query_has_parameters() -> None:
    assert bind(AllTypes, "/alltypes", query="ints=1&" * 1000).ints == [1] * 1000
