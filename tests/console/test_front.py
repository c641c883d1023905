"""What a browser gets of a server with the console: its policy, the way to the sign-in, and the way back."""

import pytest
from playwright.sync_api import Page

from tests.support.console import PASSWORD, Desk


@pytest.fixture
def page(people: Desk) -> Page:
    """A window of somebody who is not signed in."""
    return people.context(has_worker=True).new_page()


def test_a_page_of_the_api_asks_for_a_sign_in_and_is_shown_after_it(people: Desk, page: Page) -> None:
    page.goto("/v1/Chat?skip=2")
    assert page.url.startswith(f"{people.server.url}/sign-in?redirect=")

    page.get_by_label("E-mail address").fill("ada@demo.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/v1/Chat?skip=2")
    assert page.get_by_role("main").is_visible()


def test_no_text_becomes_a_script_or_markup(people: Desk, page: Page) -> None:
    page.goto("/sign-in")

    refused = page.evaluate(
        """async () => {
            const tried = {
                "a string as a script's address": () => navigator.serviceWorker.register("/sw.js"),
                "another policy": () => trustedTypes.createPolicy("other", {}),
                "markup": () => { document.body.innerHTML = "<p>" },
            }
            const refused = []
            for (const [name, attempt] of Object.entries(tried)) {
                try { await attempt() } catch { refused.push(name) }
            }
            return refused
        }"""
    )
    assert refused == ["a string as a script's address", "another policy", "markup"]
    people.complaints.clear()


def test_nothing_is_asked_of_another_host(people: Desk) -> None:
    context = people.context(has_worker=True)
    hosts = set[str]()
    context.on("request", lambda request: hosts.add("/".join(request.url.split("/")[:3])))
    page = people.sign_in("ada", context)
    for path in ("/chats", "/contacts", "/me"):
        page.goto(path)
        page.wait_for_selector("nav")

    assert hosts == {people.server.url}
    assert page.evaluate("fetch('https://example.org/').then(() => 'sent', () => 'refused')") == "refused"
    people.complaints.clear()
