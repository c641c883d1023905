"""Which verb a request is for, and which operation answers it."""

from dataclasses import dataclass
from typing import Any

import pytest

from parlour.contract.addresses import verb_of
from parlour.contract.declare import namespace, returns, route
from parlour.contract.handlers import Handler, Services
from parlour.contract.http import Request
from parlour.contract.pipeline import Engine
from tests.contract.asgi_face import call

FORM = "application/x-www-form-urlencoded"


def form(body: bytes, content_type: str = FORM, method: str = "POST") -> Request:
    return Request(method=method, path="/", headers=[("content-type", content_type)], body=body)


@pytest.mark.parametrize(
    "body",
    [b"X-HTTP-Method-Override=PUT", b"text=a&x-http-method-override=put", b"X-HTTP-METHOD-OVERRIDE=Put&text=%E2%82%AC"],
)
def test_a_field_of_a_form_replaces_the_verb_whatever_its_case(body: bytes) -> None:
    assert verb_of(form(body)) == "PUT"
    assert verb_of(form(body, "Application/X-WWW-Form-Urlencoded; charset=utf-8")) == "PUT"


@pytest.mark.parametrize("body", [b"text=X-HTTP-Method-Override", b"X-HTTP-Method-Override=", b"", b"&" * 2000])
def test_a_form_that_names_no_verb_replaces_none(body: bytes) -> None:
    assert verb_of(form(body)) == "POST"


def test_a_form_that_cannot_be_read_replaces_none() -> None:
    assert verb_of(form(b"X-HTTP-Method-Override=PUT&text=\xff")) == "POST"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_form_does_not_make_a_change_of_what_reads(method: str) -> None:
    assert verb_of(form(b"X-HTTP-Method-Override=PUT", method=method)) == method


@pytest.mark.parametrize("type_", ["application/json", "text/plain", "multipart/form-data; boundary=b"])
def test_another_body_replaces_no_verb(type_: str) -> None:
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
def test_head_goes_where_get_does_unless_a_route_names_it(path: str, get: str, head: str) -> None:
    asked = []

    def answer(request: Any, tx: Any, caller: Any) -> str:
        asked.append(type(request).__name__)
        return "here"

    services = Services()
    for operation in (Info, Marked, Kept):
        services.add(operation, any=Handler(answer))
    engine = Engine(services)

    assert (call(engine, "GET", path).status, call(engine, "HEAD", path).status) == (200, 200)
    assert asked == [get, head]
