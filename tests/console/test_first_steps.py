"""A server with nothing in it: what its administrator sees, and how the first agents come."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import scrolls_sideways, violations
from tests.support.console import DESK, PASSWORD, SCHEMES, SIZES, Desk, bundle, picture
from tests.support.hands import Hands
from tests.support.mails import invitation_mail
from tests.support.served import Served, served


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    """A server at its first start. One for each test, since the page is another one as soon as there is a chat."""
    bundle()
    with served(tmp_path / "data", settings={"throttles": "off"}) as started:
        yield started


def administrator(people: Desk, size: dict[str, int] = DESK, scheme: str = "light") -> Page:
    """The window of the account that the first start has printed."""
    printed = re.search(r"the administrator (\S+) with the password (\S+)", people.server.said)
    assert printed is not None
    page = people.context(size=size, scheme=scheme).new_page()
    page.goto("/")
    page.get_by_label("E-mail address").fill(printed[1])
    page.get_by_label("Password").fill(printed[2])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name=re.compile("^Welcome"))).to_be_visible()
    return page


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_the_first_steps_are_whole_and_accessible(people: Desk, axe: str, size: dict[str, int], scheme: str) -> None:
    page = administrator(people, size, scheme)
    expect(page.get_by_role("checkbox", name="Agent")).to_be_visible()
    # Nobody is there to write to.
    expect(page.get_by_text("Invite somebody, and you can write to them at once.")).to_be_visible()
    expect(page.locator("main").get_by_role("button", name="New chat")).to_have_count(0)
    picture(page, f"first-steps-{size['width']}-{scheme}")

    assert violations(page, axe) + ["scrolls sideways"] * scrolls_sideways(page) == []


def test_the_first_agents_are_invited_from_the_page_and_written_to(people: Desk) -> None:
    page = administrator(people)
    addresses = ["max@new.example", "nina@new.example"]
    page.get_by_label("E-mail addresses").fill(", ".join(addresses))
    page.get_by_role("button", name="Send invitations").click()
    # Whoever is invited can be written to at once.
    expect(page.locator("main").get_by_role("button", name="New chat")).to_be_visible()
    for address in addresses:
        expect(page.locator(".outcomes li", has_text=address)).not_to_have_class("wrong")
    agent = joined(people, "Max Moor", addresses[0])

    page.get_by_role("button", name="New chat").first.click()
    chosen = page.get_by_role("dialog")
    chosen.get_by_role("combobox").fill("max")
    chosen.get_by_role("option", name=re.compile("Max Moor")).click()
    chosen.get_by_role("button", name="Start chat").click()
    field = page.get_by_role("textbox", name="Write a message")
    field.fill("Good morning, Max")
    field.press("Enter")

    expect(agent.locator(".list .entry", has_text="Good morning, Max")).to_be_visible()
    expect(agent.get_by_role("heading", name=re.compile("^Welcome"))).to_have_count(0)


def test_the_first_steps_are_taken_by_the_keyboard_alone(people: Desk) -> None:
    hands = Hands(administrator(people))
    page = hands.page
    hands.reach(page.get_by_label("E-mail addresses"))
    hands.type("olga@new.example")
    hands.use(page.get_by_role("button", name="Send invitations"))
    expect(page.locator(".outcomes li", has_text="olga@new.example")).not_to_have_class("wrong")
    hands.use(page.get_by_role("button", name="New chat").first, by="Shift+Tab")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    hands.press("Escape")
    hands.use(page.get_by_role("link", name="To your settings"))
    expect(page.get_by_role("heading", name="Me", exact=True)).to_be_visible()


def joined(people: Desk, name: str, address: str) -> Page:
    """The window of somebody who has accepted their invitation and went on to the console."""
    page = people.context().new_page()
    page.goto(invitation_mail(people.server, address)[0])
    new = page.get_by_role("region", name="I am new here")
    new.get_by_label("Your name").fill(name)
    new.get_by_label("Choose a password").fill(PASSWORD)
    new.get_by_role("button", name="Make my account and accept").click()
    page.get_by_role("link", name="Open Parlour").click()
    expect(page.get_by_role("heading", name=f"Welcome, {name}")).to_be_visible()
    return page
