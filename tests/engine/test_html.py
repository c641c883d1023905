"""Responses as pages: readable, complete, and harmless with any content."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from html import unescape
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.stubs.services import (
    Access,
    AllTypes,
    Chat,
    ChatMember,
    Colour,
    GetText,
    Inner,
    open_services,
)
from parlour.engine import standard_engine
from parlour.engine.codecs.html_values import HtmlSource
from parlour.engine.dto.declare import EMPTY_GUID, Guid, namespace
from parlour.engine.dto.errors import ErrorResponse, NotFound
from parlour.engine.dto.metadata import TypeRef, type_ref
from parlour.engine.http.messages import HttpResult, Request, Response
from parlour.engine.serving.handlers import Handler, InlineUnits, Services
from parlour.engine.serving.options import EngineOptions
from tests.support.visible_text import text_nodes, words

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"

Ask = Callable[..., Response]


@namespace("Tests")
@dataclass(kw_only=True)
class ChangePassword:
    user: str | None = None
    new_password: str | None = None


@pytest.fixture(scope="module")
def ask() -> Ask:
    engine = standard_engine(open_services(), InlineUnits(), options=EngineOptions(title=f"Stubs & {HOSTILE}"))

    def answer(method: str, path: str, query: str = "", body: bytes | None = None, **headers: str) -> Response:
        sent = [("accept", "text/html"), *((name.replace("_", "-"), value) for name, value in headers.items())]
        return asyncio.run(engine.answer(Request(method=method, path=path, query=query, headers=sent, body=body)))

    return answer


def test_not_found_is_explained_to_browsers_only(ask: Ask) -> None:
    page, plain = ask("GET", "/nowhere"), ask("GET", "/nowhere", "format=json")

    assert (page.status, plain.status, plain.body) == (404, 404, b"")
    assert "There is nothing at this address." in " ".join(words(page.body))


def shown(annotation: Any, value: Any) -> str:
    """The words of a value, without tags."""
    html = HtmlSource().shown(type_ref(annotation, "here"))(value)
    return " ".join(words(f"<body>{html}</body>".encode()))


def test_browsers_get_a_page_and_programs_get_json(ask: Ask) -> None:
    page = ask("GET", "/v1/Chat", accept="text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
    engine = standard_engine(open_services(), InlineUnits())
    plain = asyncio.run(engine.answer(Request(method="GET", path="/v1/Chat")))

    assert dict(page.headers)["Content-Type"] == "text/html"
    assert dict(plain.headers)["Content-Type"] == "application/json; charset=utf-8"


def test_a_page_is_titled_by_its_operation_and_time(ask: Ask) -> None:
    page = ask("GET", "/v1/Chat").body.decode()

    assert re.search(r"<title>ChatRequest Snapshot of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC</title>", page)


def test_a_page_contains_the_json_of_the_response(ask: Ask) -> None:
    page = ask("GET", "/v1/Chat")
    plain = ask("GET", "/v1/Chat", "format=json")

    (embedded,) = re.findall(r'<pre[^>]* id="dto"[^>]*>(.*?)</pre>', page.body.decode(), re.DOTALL)
    assert json.loads(unescape(embedded)) == json.loads(plain.body)
    assert "<b>" not in embedded


def test_a_list_of_dtos_is_a_table_with_a_column_for_each_member(ask: Ask) -> None:
    nodes = text_nodes(ask("GET", "/items/2").body)

    start = nodes.index("Name")
    assert nodes[start : start + 8] == ["Name", "Count", "Ref", "n1", "1", "none", "none", "2"]


@pytest.mark.parametrize(
    ("annotation", "value", "said"),
    [
        (datetime, datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "2 Jan 2024, 03:04:05 UTC"),
        (datetime, datetime(2024, 1, 2, 3, 4, 5, 678000), "2 Jan 2024, 03:04:05"),
        (datetime, datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))), "2 Jan 2024, 03:04:05 +02:00"),
        (datetime, datetime(2024, 12, 31, 23, 59), "31 Dec 2024, 23:59:00"),
        (datetime, datetime.min, "none"),
        (Guid, EMPTY_GUID, "none"),
        (Guid, Guid("a" * 32), "a" * 32),
        (timedelta, timedelta(days=2, hours=1, seconds=3.5), "2 days, 1:00:03.5"),
        (timedelta, -timedelta(minutes=1), "-0:01:00"),
        (bool, True, "yes"),
        (bytes, b"\1\2", "AQI="),
        (bytes, b"", "empty"),
        (str, "", "empty"),
        (str | None, None, "none"),
        (Colour, Colour.Green, "Green"),
        (Access, Access(3), "Read Write"),
        (list[int], [1, 2], "1 2"),
        (list[str], [], "none"),
        (dict[str, int], {"a": 1, "b": 2}, "a 1 b 2"),
        (dict[str, int], {}, "none"),
        (list[Inner], [], "none"),
        (list[Inner | None], [None], "Name Count Ref none"),
        (ErrorResponse, ErrorResponse(), "none"),
        (Inner, Inner(), "Name none Count 0 Ref none"),
        (Chat, Chat(chat_members=[ChatMember(chat_member_name="Ann")]), None),
    ],
)
def test_values_are_shown_as_people_write_them(annotation: Any, value: Any, said: str | None) -> None:
    if said is not None:
        assert shown(annotation, value) == said
    else:
        assert "ChatMemberName none none none no no none Ann" in shown(annotation, value)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_any_text_is_shown_unchanged(text: str) -> None:
    html = HtmlSource().shown(TypeRef("string"))(text)

    assert set(re.findall(r"<[^>]*>", html)) <= {'<span class="text">', '<span class="none">', "</span>"}
    assert unescape(re.sub(r"<[^>]*>", "", html)) == (text or "empty")


@pytest.mark.parametrize(
    "request_",
    [
        ("POST", "/alltypes", "", json.dumps({"text": HOSTILE, "strings": [HOSTILE], "map": {HOSTILE: HOSTILE}})),
        ("GET", "/alltypes", f"text={HOSTILE}&{HOSTILE}=1", None),
        ("GET", f"/files/{HOSTILE}", "", None),
        ("GET", f"/fail/{HOSTILE.replace('/', '')}", "", None),
        ("GET", "/fail/script", "", None),
        ("PUT", f"/v1/Chat/{HOSTILE.replace('/', '')}", "", None),
        ("POST", "/v1/Chat", "", HOSTILE),
        ("GET", "/text", f"text={HOSTILE}", None),
        ("GET", f"/html/reply/{HOSTILE.replace('/', '')}", "", None),
        ("GET", "/metadata", f"op={HOSTILE}", None),
        ("GET", "/metadata", f"q={HOSTILE}", None),
        ("GET", "/metadata", f"op=AllTypes&lang={HOSTILE}", None),
    ],
)
def test_hostile_text_is_escaped(ask: Ask, request_: tuple[str, str, str, str | None]) -> None:
    method, path, query, body = request_
    response = ask(
        method, path, query, None if body is None else body.encode(), content_type="application/json", host=HOSTILE
    )
    page = response.body.decode()

    assert "<script" not in page and "<img" not in page
    policy = dict(response.headers)["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_a_path_of_two_slashes_does_not_link_to_another_host(ask: Ask) -> None:
    page = ask("GET", "//v1/Chat").body.decode()

    assert 'href="//' not in page


@pytest.mark.parametrize(
    ("path", "query", "link"),
    [
        ("/v1/Chat", "", "/v1/Chat?format=xml"),
        ("/v1/Chat", "ChatId=1f&format=html", "/v1/Chat?ChatId=1f&amp;format=xml"),
        ("/v1/Chat.html", "a=b", "/v1/Chat.xml?a=b"),
        ("/files/a.html", "", "/files/a.html?format=xml"),
        ("/html/reply/ChatRequest", "", "/html/reply/ChatRequest?format=xml"),
    ],
)
def test_a_page_links_to_the_same_answer_in_other_formats(ask: Ask, path: str, query: str, link: str) -> None:
    page = ask("GET", path, query)

    assert f'href="{link}"' in page.body.decode()
    there, _, asked = link.replace("&amp;", "&").partition("?")
    assert dict(ask("GET", there, asked).headers)["Content-Type"] == "application/xml"


def test_the_response_to_a_post_has_no_format_links(ask: Ask) -> None:
    assert "format=xml" not in ask("POST", "/v1/Chat", "", b"{}", content_type="application/json").body.decode()


def test_the_form_of_a_page_has_a_field_for_each_member_and_a_button_for_each_verb(ask: Ask) -> None:
    page = ask("GET", "/v1/Chat", "ChatId=1f").body.decode()

    assert 'action="/html/reply/ChatRequest"' in page
    assert re.findall(r'<(?:input|textarea|select) name="(\w+)"', page) == ["ChatId", "Chat"]
    assert re.findall(r"<button.*?>(\w+)</button>", page) == ["GET", "POST", "PUT"]
    assert 'value="1f"' in page


def test_the_form_can_be_sent_as_it_is(ask: Ask) -> None:
    body = b"ChatId=&Chat={ChatName:Ops}&X-HTTP-Method-Override=PUT"
    page = ask("POST", "/html/reply/ChatRequest", "", body, content_type="application/x-www-form-urlencoded")

    assert page.status == 200
    assert "Ops" in text_nodes(page.body)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/alltypes/no-guid", None),
        ("POST", "/html/reply/AllTypes", b"Id=no-guid"),
        ("POST", "/html/reply/AllTypes", b"Text=&ID=no-guid"),
    ],
)
def test_the_form_contains_the_request(ask: Ask, method: str, path: str, body: bytes | None) -> None:
    page = ask(method, path, "", body, content_type="application/x-www-form-urlencoded")

    assert page.status == 400
    assert '<input name="Id" value="no-guid">' in page.body.decode()


def test_the_form_contains_no_password() -> None:
    services = Services()
    services.add(ChangePassword, post=Handler(_refused))
    headers = [("content-type", "application/x-www-form-urlencoded")]
    form = Request(method="POST", path="/html/reply/ChangePassword", headers=headers, body=b"User=ann&NewPassword=abc1")

    page = asyncio.run(standard_engine(services, InlineUnits()).answer(form)).body.decode()

    assert '<input name="User" value="ann">' in page
    assert 'name="NewPassword"' in page and "abc1" not in page


def test_a_failure_page_has_the_reason_and_the_form(ask: Ask) -> None:
    page = ask("GET", "/fail/conflict")
    nodes = text_nodes(page.body)

    assert page.status == 409
    assert nodes[nodes.index("Conflict") + 1] == "Already there"
    assert 'role="alert"' in page.body.decode() and "<form" in page.body.decode()


def test_a_failure_page_shows_the_field_errors(ask: Ask) -> None:
    page = ask("PUT", "/v1/Chat/nope")

    assert page.status == 400
    assert "'nope' is an Invalid value for 'ChatId'" in " ".join(words(page.body))


def _refused(request: Any, tx: Any, caller: Any) -> NoReturn:
    raise NotFound("There is nobody of that name.")


def test_plain_text_is_escaped_and_a_handlers_html_is_not() -> None:
    services = open_services()
    results: dict[str, Any] = {"plain": "<b>", "own": HttpResult(body="<b>", content_type="text/html")}
    services.handlers[GetText] = {"ANY": Handler(lambda request, tx, caller: results[request.text])}
    engine = standard_engine(services, InlineUnits())

    def text(which: str) -> bytes:
        request = Request(method="GET", path="/text", query=f"text={which}", headers=[("accept", "text/html")])
        return asyncio.run(engine.answer(request)).body

    assert text("plain") == b"&lt;b&gt;"
    assert text("own") == b"<b>"


def test_every_kind_of_value_is_shown_on_a_page(ask: Ask) -> None:
    filled = "Id=1&Text=a&When=2024-01-02&Span=PT1S&Bytes=AQI=&Map={a:b}&Inners=[{Name:x}]&Colour=Blue&Access=Read"
    page = ask("POST", "/html/reply/AllTypes", filled.replace("Id=1&", ""))

    assert page.status == 200
    assert {"2 Jan 2024, 00:00:00", "0:00:01", "AQI=", "Blue", "Read", "x"} <= set(text_nodes(page.body))
    assert AllTypes.__name__ in text_nodes(page.body)
