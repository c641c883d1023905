"""The verb and the operation of a request."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest

from parlour.engine import standard_engine
from parlour.engine.dto.declare import namespace, returns, route
from parlour.engine.events import ServerEvents
from parlour.engine.http.asgi import AsgiApp
from parlour.engine.http.login import login_address
from parlour.engine.http.messages import Request
from parlour.engine.serving.handlers import Handler, Services
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.targets import verb_of
from tests.support.asgi_face import Answer, call

FORM = "application/x-www-form-urlencoded"


def form(body: bytes, content_type: str = FORM, method: str = "POST") -> Request:
    return Request(method=method, path="/", headers=[("content-type", content_type)], body=body)


@pytest.mark.parametrize(
    "body",
    [b"X-HTTP-Method-Override=PUT", b"text=a&x-http-method-override=put", b"X-HTTP-METHOD-OVERRIDE=Put&text=%E2%82%AC"],
)
def test_a_form_field_replaces_the_verb_in_any_case(body: bytes) -> None:
    assert verb_of(form(body)) == "PUT"
    assert verb_of(form(body, "Application/X-WWW-Form-Urlencoded; charset=utf-8")) == "PUT"


@pytest.mark.parametrize("body", [b"text=X-HTTP-Method-Override", b"X-HTTP-Method-Override=", b"", b"&" * 2000])
def test_a_form_without_a_verb_field_keeps_the_verb(body: bytes) -> None:
    assert verb_of(form(body)) == "POST"


def test_an_unreadable_form_keeps_the_verb() -> None:
    assert verb_of(form(b"X-HTTP-Method-Override=PUT&text=\xff")) == "POST"
    assert verb_of(form(b"X-HTTP-Method-Override=PUT&\xff=text")) == "POST"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_form_cannot_turn_a_get_into_a_change(method: str) -> None:
    assert verb_of(form(b"X-HTTP-Method-Override=PUT", method=method)) == method


@pytest.mark.parametrize("type_", ["application/json", "text/plain", "multipart/form-data; boundary=b"])
def test_other_bodies_keep_the_verb(type_: str) -> None:
    assert verb_of(form(b"X-HTTP-Method-Override=PUT", type_)) == "POST"


def test_the_header_comes_before_the_query_and_the_query_before_the_form() -> None:
    request = form(b"X-HTTP-Method-Override=PUT")
    assert verb_of(request) == "PUT"

    asked = Request(
        method="POST", path="/", query="X-HTTP-Method-Override=delete", headers=request.headers, body=request.body
    )
    assert verb_of(asked) == "DELETE"

    asked.replace_header("x-http-method-override", "patch")
    assert verb_of(asked) == "PATCH"


@route("/kept/info", "GET")
@returns(str)
@namespace("Tests")
@dataclass
class Info: ...


@route("/kept/marked", "HEAD")
@returns(str)
@namespace("Tests")
@dataclass
class Marked: ...


@route("/kept/{Path*}")
@returns(str)
@namespace("Tests")
@dataclass
class Kept:
    path: str | None = None


@pytest.mark.parametrize(
    ("path", "get", "head"),
    [("/kept/info", "Info", "Info"), ("/kept/marked", "Kept", "Marked"), ("/kept/x", "Kept", "Kept")],
)
def test_head_uses_the_route_of_get_unless_it_has_its_own(path: str, get: str, head: str) -> None:
    asked = []

    def answer(request: Any, tx: Any, caller: Any) -> str:
        asked.append(type(request).__name__)
        return "here"

    services = Services()
    for operation in (Info, Marked, Kept):
        services.add(operation, any=Handler(answer))
    engine = standard_engine(services)

    assert (call(engine, "GET", path).status, call(engine, "HEAD", path).status) == (200, 200)
    assert asked == [get, head]


@route("/v1/Chat", "GET POST")
@returns(str)
@namespace("Tests")
@dataclass
class Chats: ...


@route("/rooms/{Room}/of/{Owner}", "GET")
@returns(str)
@namespace("Tests")
@dataclass
class Room:
    room: str | None = None
    owner: str | None = None


def answered(target: str, *, prefix: str = "") -> Answer:
    """The response of an engine whose operations return their request."""
    services = Services()
    for operation in (Chats, Room, Kept):
        services.add(operation, any=Handler(lambda request, tx, caller: repr(request)))
    return call(standard_engine(services, events=ServerEvents(), options=EngineOptions(prefix=prefix)), "GET", target)


@pytest.mark.parametrize(
    "target",
    [
        "/v1%2FChat",
        "/v1%2fChat",
        "%2Fv1/Chat",
        "/v1/Chat%2F",
        "/v1%252FChat",
        "/json%2Freply%2FChats",
        "/json/reply%2FChats",
        "/json%2Freply/Chats",
        "/api%2FChats",
        "/json%2Fmetadata",
        "/metadata%2F",
        "/operations%2Fmetadata",
        "/types%2Fpython",
        "/types/python%2F",
        "/api%2F",
        "/x%2Fevent-stream",
        "/x%2Fevent-heartbeat",
    ],
)
def test_an_escaped_slash_does_not_separate_segments(target: str) -> None:
    assert answered(target).status == 404


@pytest.mark.parametrize(
    "target", ["/office%2Fv1/Chat", "/office%2Fmetadata", "%2Foffice/v1/Chat", "/office/v1%2FChat"]
)
def test_an_escaped_slash_after_a_prefix_does_not_separate_segments(target: str) -> None:
    assert answered(target, prefix="/office").status == 404
    assert answered("/office/v1/Chat", prefix="/office").status == 200


def test_an_escaped_slash_does_not_begin_an_operations_name() -> None:
    assert answered("/api/x%2FChats").status == 405


@pytest.mark.parametrize(
    "target", ["/v1/Ch%61t", "/%76%31/Chat", "/json/reply/Ch%61ts", "/%61pi/Chats", "/met%61data", "/types/pyth%6Fn"]
)
def test_other_escapes_equal_their_characters(target: str) -> None:
    assert answered(target).status == 200


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("a%2Fb", "a/b"),
        ("a%2fb%25", "a/b%"),
        ("%252F", "%2F"),
        ("%2541", "%41"),
        ("%%32F", "%2F"),
        ("100%", "100%"),
        ("%zz%C3%A5+", "%zzå+"),
        ("%F0%9F%98%80.json", "😀.json"),
    ],
)
def test_a_variable_gets_its_segment_decoded_once(sent: str, taken: str) -> None:
    assert answered(f"/rooms/{sent}/of/Ann").body.decode() == repr(Room(room=taken, owner="Ann"))
    assert answered(f"/kept/{sent}/x").body.decode() == repr(Kept(path=f"{taken}/x"))


@pytest.mark.parametrize("sent", ["caf%E9", "%ff", "%C3", "a%2F%ED%A0%80", "%25%FF"])
def test_a_segment_not_in_utf_8_is_refused_with_its_member(sent: str) -> None:
    answer = answered(f"/rooms/{sent}/of/Ann")

    assert answer.status == 400
    assert [each["fieldName"] for each in json.loads(answer.body)["responseStatus"]["errors"]] == ["Room"]
    assert answered(f"/kept/x/{sent}").status == 400
    assert answered(f"/{sent}/Chat").status == 404


def test_without_a_raw_path_the_decoded_one_is_split() -> None:
    services = Services()
    services.add(Kept, any=Handler(lambda request, tx, caller: request.path))
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/kept/50%2F",
        "query_string": b"",
        "headers": [],
        "scheme": "http",
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(AsgiApp(standard_engine(services))(scope, receive, send))

    assert sent[1]["body"] == b"50%2F"


@route("/shelves/{Name}", "GET")
@returns(list[str])
@namespace("Tests")
@dataclass
class Shelf:
    name: str | None = None


@pytest.mark.parametrize("path", ["/shelves/a%2Fb%25%C3%A5", "/shelves/x"])
def test_a_page_links_to_its_requested_path(path: str) -> None:
    services = Services()
    services.add(Shelf, any=Handler(lambda request, tx, caller: ["here"]))

    page = call(standard_engine(services), "GET", path, headers={"Accept": "text/html"}).body.decode()

    assert f'href="{path}?format=json"' in page


def test_a_browser_is_redirected_back_to_the_requested_path() -> None:
    request = Request(method="GET", path="/a%2Fb/%25å", headers=[("host", "h")])

    assert login_address(request, "/login") == "http://h/login?redirect=http%3a%2f%2fh%2fa%252Fb%2f%2525%25C3%25A5"
