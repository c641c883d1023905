"""The page of an invitation, from the link in the mail to a new account that can sign in.

It is a view of the console, and without a console it is a page that needs no build. Both are tested alike.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from parlour.demo import AGENCY
from tests.browser.conftest import DESK, PHONE, Open, scrolls_sideways, violations
from tests.support.console import bundle
from tests.support.mails import invitation_mail
from tests.support.served import Served, served

IRIS, PASSWORD = "iris@demo.example", "of my own choice"


@dataclass(frozen=True)
class Invited:
    """A server of the demo, with the link and the code of its mail to Iris."""

    server: Served
    link: str
    code: str


# Whether the server has the console.
pytestmark = pytest.mark.parametrize("console", ["on", "off"], scope="module")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, console: str) -> Iterator[Invited]:
    """For tests that only view the page."""
    with invited(tmp_path_factory.mktemp("shared") / "data", console) as made:
        yield made


@pytest.fixture
def own(tmp_path: Path, console: str) -> Iterator[Invited]:
    """For tests that accept the invitation, which is possible once."""
    with invited(tmp_path / "data", console) as made:
        yield made


@contextmanager
def invited(data_dir: Path, console: str) -> Iterator[Invited]:
    if console == "on":
        bundle()
    with served(data_dir, "--demo", settings={"console": console}) as server:
        yield Invited(server, *invitation_mail(server, IRIS))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_page_is_accessible(
    shared: Invited, open_page: Open, axe: str, viewport: dict[str, int], scheme: str
) -> None:
    page = open_page(shared.link, scheme=scheme, viewport=viewport)
    page.get_by_role("button", name="Make my account and accept").wait_for()

    assert violations(page, axe) == []
    assert not scrolls_sideways(page)


def test_a_guest_accepts_with_their_own_password(own: Invited, open_page: Open) -> None:
    page = open_page(own.link)

    page.get_by_label("Your name").fill("Iris")
    assert "#" not in page.url
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.keyboard.press("Enter")

    page.get_by_role("heading", name=f"Welcome to {AGENCY}").wait_for()
    assert page.get_by_role("link", name="Open Parlour").evaluate("link => link.href") == f"{own.server.url}/"
    status, session = own.server.call("POST", "/auth/credentials", {"UserName": IRIS, "Password": PASSWORD})
    assert (status, session["userName"]) == (200, IRIS)


def test_somebody_with_an_account_signs_in_to_accept(own: Invited, open_page: Open) -> None:
    page = open_page(own.link)

    section = page.get_by_role("region", name="I have an account")
    section.get_by_label("E-mail address").fill("dan@demo.example")
    section.get_by_label("Password").fill("wrong")
    section.get_by_role("button").click()
    page.get_by_role("alert").filter(has_text=re.compile(".")).wait_for()

    section.get_by_label("Password").fill("parlour-demo")
    section.get_by_role("button").click()
    page.get_by_role("heading", name=f"Welcome to {AGENCY}").wait_for()


def test_an_invalid_link_says_what_to_do(shared: Invited, open_page: Open) -> None:
    page = open_page(f"{shared.server.url}/invite#nothing")

    page.get_by_role("heading", name="This link no longer works").wait_for()


def test_a_reload_finds_the_invitation_again(shared: Invited, open_page: Open) -> None:
    page = open_page(shared.link)
    page.get_by_label("Your name").wait_for()

    page.reload()
    page.get_by_label("Your name").wait_for()
    assert shared.link.partition("#")[2] not in page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_form_for_the_code_is_accessible(
    shared: Invited, open_page: Open, axe: str, viewport: dict[str, int], scheme: str
) -> None:
    page = open_page(f"{shared.server.url}/invite", scheme=scheme, viewport=viewport)
    page.get_by_label("Code in the mail").wait_for()

    assert violations(page, axe) == []
    assert not scrolls_sideways(page)


def test_a_guest_with_a_broken_link_accepts_with_the_code(own: Invited, open_page: Open) -> None:
    page = open_page(f"{own.server.url}/invite/")

    page.get_by_label("Code in the mail").fill("00000-00000")
    page.keyboard.press("Enter")
    page.get_by_text("There is no open invitation with this code.").wait_for()
    page.get_by_label("Code in the mail").fill(f" {own.code.lower().replace('-', '')} ")
    page.keyboard.press("Enter")
    page.get_by_label("Your name").fill("Iris")
    assert not page.get_by_label("Code in the mail").is_visible()
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.keyboard.press("Enter")

    page.get_by_role("heading", name=f"Welcome to {AGENCY}").wait_for()
    status, _ = own.server.call("POST", "/auth/credentials", {"UserName": IRIS, "Password": PASSWORD})
    assert status == 200


def test_a_link_whose_hash_was_escaped_shows_the_invitation(shared: Invited, open_page: Open) -> None:
    page = open_page(shared.link.replace("#", "%23"))

    page.get_by_label("Your name").wait_for()
    assert page.url == f"{shared.server.url}/invite"


@pytest.mark.parametrize("added", ["?utm_source=mail", "&utm_source=mail", "%3Futm_source%3Dmail", "/", "=", ")."])
def test_a_link_with_words_added_behind_it_shows_the_invitation(shared: Invited, open_page: Open, added: str) -> None:
    page = open_page(shared.link + added)

    page.get_by_label("Your name").wait_for()
