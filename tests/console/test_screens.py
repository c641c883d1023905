"""Every view at three widths, light and dark: nothing is cut off, axe has no objections, and pictures are taken.

Look at the pictures in .test/screens after a change. The main ones are in docs/console.
"""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import scrolls_sideways, violations
from tests.support.console import SCHEMES, SIZES, Desk, picture
from tests.support.mails import invitation_mail
from tests.support.served import Served

# The address of each view, and the keys that open what has no address. `{chat}` is a chat with a picture.
VIEWS = {
    "chats": ("/chats", ""),
    "chat": ("/chats/{chat}", ""),
    "members": ("/chats/{chat}?panel=members", ""),
    "chat-settings": ("/chats/{chat}?panel=settings", ""),
    "contacts": ("/contacts", ""),
    "contact": ("/contacts/{contact}", ""),
    "invitations": ("/invitations", ""),
    "me": ("/me", ""),
    "search": ("/search?query=flat", ""),
    "switcher": ("/chats", "Control+k"),
    "keys": ("/chats", "?"),
}


# Where a browser ends that signed out.
SIGNED_OUT = "/sign-in?signed-out"


@pytest.fixture(scope="module")
def link(server: Served) -> str:
    """The link of the demo's invitation."""
    return invitation_mail(server, "iris@demo.example")[0]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_every_view_is_whole_and_accessible(people: Desk, axe: str, size: dict[str, int], scheme: str) -> None:
    page = people.sign_in("ben", size=size, scheme=scheme, has_worker=True)
    [chat] = people.call("ben", "GET", "/v1/Chats?query=viewing")["chats"]
    [cleo] = people.call("ben", "GET", "/v1/People?query=cleo")["people"]
    found = {}
    for name, (path, keys) in VIEWS.items():
        page.goto(path.format(chat=chat["chatId"], contact=cleo["contactId"]))
        ready(page)
        if keys:
            page.keyboard.press(keys)
            page.wait_for_selector("dialog[open]")
        picture(page, f"{name}-{size['width']}-{scheme}")
        found[name] = violations(page, axe) + ["scrolls sideways"] * scrolls_sideways(page)

    assert found == {name: [] for name in VIEWS}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_the_administration_is_whole_and_accessible(people: Desk, axe: str, size: dict[str, int], scheme: str) -> None:
    page = people.sign_in("ada", size=size, scheme=scheme, path="/administration")
    ready(page)
    picture(page, f"administration-{size['width']}-{scheme}")

    assert violations(page, axe) + ["scrolls sideways"] * scrolls_sideways(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_signing_in_is_whole_and_accessible(people: Desk, axe: str, size: dict[str, int], scheme: str) -> None:
    page = people.context(size=size, scheme=scheme).new_page()
    page.goto("/sign-in")
    page.wait_for_selector("form")
    picture(page, f"sign-in-{size['width']}-{scheme}")

    assert violations(page, axe) + ["scrolls sideways"] * scrolls_sideways(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_an_invitation_is_whole_and_accessible(
    people: Desk, axe: str, link: str, size: dict[str, int], scheme: str
) -> None:
    found = {}
    for language in ("en-GB", "de-DE"):
        page = people.context(size=size, scheme=scheme, language=language).new_page()
        for name, address in (("invitation", link), ("no-invitation", "/invite#nothing"), ("signed-out", SIGNED_OUT)):
            page.goto(address)
            page.wait_for_selector(f"html[lang={language[:2]}] form")
            picture(page, f"{name}-{size['width']}-{scheme}-{language[:2]}")
            found[name, language] = violations(page, axe) + ["scrolls sideways"] * scrolls_sideways(page)

    assert found == {each: [] for each in found}


def ready(page: Page) -> None:
    """Waits until the view has what it shows."""
    page.wait_for_selector("nav", state="attached")
    page.wait_for_selector("[aria-busy=true]", state="detached")
