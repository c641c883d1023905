"""The pages of a Parlour in a browser: light and dark, on a phone, and by keyboard only."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import PHONE, Open, navigating, scrolls_sideways, violations
from tests.support.served import Served, basic, served

ADA = basic("ada@demo.example:parlour-demo")

PAGES = {
    "the index": "/metadata",
    "a search that finds nothing": "/metadata?q=nothing+like+it",
    "an operation": "/xml/metadata?op=ChatRequest",
    "an operation with rules": "/json/metadata?op=InviteContact",
    "an operation as code": "/json/metadata?op=ChatRequest&lang=csharp",
    "no operation": "/metadata?op=Nope",
    "an answer": "/v1/Chat",
    "a failure": "/v1/Chat/nope/Messages",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("demo")
    with served(folder / "data", "--demo", settings={"console": "off"}) as running:
        yield running


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_axe_finds_no_problems(server: Served, open_page: Open, axe: str, path: str, scheme: str) -> None:
    page = open_page(server.url + path, scheme=scheme, Authorization=ADA)

    assert violations(page, axe) == []


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_nothing_scrolls_sideways_on_a_phone(server: Served, open_page: Open, axe: str, path: str) -> None:
    page = open_page(server.url + path, viewport=PHONE, Authorization=ADA)

    assert not scrolls_sideways(page)
    assert violations(page, axe) == []


def test_light_and_dark_look_different(server: Served, open_page: Open) -> None:
    grounds = {
        open_page(f"{server.url}/metadata", scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    }

    assert len(grounds) == 2


def test_without_a_console_the_root_redirects_to_the_index(server: Served, open_page: Open) -> None:
    page = open_page(server.url)

    assert page.url == f"{server.url}/metadata"
    assert page.get_by_role("heading", level=1).inner_text() == "Parlour"


def test_an_operation_can_be_found_by_keyboard_only(server: Served, open_page: Open) -> None:
    page = open_page(f"{server.url}/metadata")

    page.keyboard.press("Tab")
    page.keyboard.type("newest 200 messages")
    with navigating(page):
        page.keyboard.press("Enter")
    links = page.get_by_role("rowheader").get_by_role("link")
    assert links.all_inner_texts() == ["ChatMessagesRequest"]

    links.first.focus()
    with navigating(page):
        page.keyboard.press("Enter")
    assert page.get_by_role("heading", level=2).inner_text() == "ChatMessagesRequest"


def test_the_focused_element_is_visible(server: Served, open_page: Open) -> None:
    page = open_page(f"{server.url}/metadata?op=ChatRequest")

    outlines = []
    for _ in range(6):
        page.keyboard.press("Tab")
        outlines.append(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
    assert set(outlines) == {"solid"}


def test_an_operation_is_called_from_its_page(server: Served, open_page: Open) -> None:
    page = open_page(f"{server.url}/metadata?op=ChatRequest", Authorization=ADA)

    page.get_by_label("Chat Chat").fill("{ChatName:Ops & <b>}")
    with navigating(page):
        page.get_by_role("button", name="POST").click()
    assert re.match(r"ChatRequest Snapshot of \d", page.title())
    chat = page.get_by_role("row", name="ChatName")
    assert "Ops & <b>" in chat.last.inner_text()

    chat_id = page.get_by_role("row", name=re.compile("^ChatId")).last.locator("code").inner_text()
    page.get_by_label("ChatId").fill(chat_id)
    page.get_by_label("Chat Chat").fill("{ChatName:Renamed}")
    with navigating(page):
        page.get_by_role("button", name="PUT").click()
    assert "Renamed" in page.get_by_role("row", name="ChatName").last.inner_text()

    page.get_by_label("ChatId").fill(chat_id)
    with navigating(page):
        page.get_by_role("button", name="GET").click()
    assert f"ChatId={chat_id}" in page.url
    assert page.get_by_label("ChatId").input_value() == chat_id


def test_a_wrong_value_is_reported_beside_the_form(server: Served, open_page: Open) -> None:
    page = open_page(f"{server.url}/metadata?op=ChatRequest", Authorization=ADA)

    page.get_by_label("ChatId").fill("nope")
    with navigating(page):
        page.get_by_role("button", name="GET").click()
    assert "'nope' is an Invalid value for 'ChatId'" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("ChatId").input_value() == "nope"


def test_a_response_page_links_to_other_formats(server: Served, open_page: Open) -> None:
    page = open_page(f"{server.url}/v1/Chat", Authorization=ADA)

    with navigating(page):
        page.get_by_role("link", name="JSON", exact=True).click()
    assert page.url == f"{server.url}/v1/Chat?format=json"
    assert page.inner_text("body").startswith('{"chat"') or '"chat"' in page.inner_text("body")


def test_pages_run_no_script(server: Served, open_page: Open) -> None:
    page = open_page(f"{server.url}/v1/Chat", Authorization=ADA)

    ran = page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.ran = true';
          const refused = new Promise(told => document.addEventListener('securitypolicyviolation', told));
          document.body.append(script);
          return refused.then(() => window.ran === true);
        }"""
    )
    assert ran is False
