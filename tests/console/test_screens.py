"""Every view at three widths, light and dark: nothing is cut off, axe has no objections, and pictures are taken.

Look at the pictures in .test/screens after a change. The main ones are in docs/console.
"""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import scrolls_sideways, violations
from tests.support.console import SCHEMES, SIZES, Desk, picture

VIEWS = {
    "chats": "/chats",
    "contacts": "/contacts",
    "invitations": "/invitations",
    "administration": "/administration",
    "me": "/me",
    "search": "/search?query=the",
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_every_view_is_whole_and_accessible(people: Desk, axe: str, size: dict[str, int], scheme: str) -> None:
    page = people.sign_in("ada", size=size, scheme=scheme)
    chat = people.call("ada", "GET", "/v1/Chats")["chats"][0]["chatId"]
    views = VIEWS | {"chat": f"/chats/{chat}"}
    found = {}
    for name, path in views.items():
        page.goto(path)
        ready(page)
        picture(page, f"{name}-{size['width']}-{scheme}")
        found[name] = violations(page, axe) + ["scrolls sideways"] * scrolls_sideways(page)

    assert found == {name: [] for name in views}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_signing_in_is_whole_and_accessible(people: Desk, axe: str, size: dict[str, int], scheme: str) -> None:
    page = people.context(size=size, scheme=scheme).new_page()
    page.goto("/sign-in")
    page.wait_for_selector("form")
    picture(page, f"sign-in-{size['width']}-{scheme}")

    assert violations(page, axe) + ["scrolls sideways"] * scrolls_sideways(page) == []


def ready(page: Page) -> None:
    """Waits until the view has what it shows."""
    page.wait_for_selector("nav", state="attached")
    page.wait_for_selector("[aria-busy=true]", state="detached")
