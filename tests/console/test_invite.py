"""The page of an invitation as a view of the console: its language, its look, its keys, and what it says of errors.

`tests/browser/test_invitation.py` has the ways to accept, with and without a console.
"""

import re
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.support.console import PASSWORD, Desk
from tests.support.mails import invitation_mail

IRIS, OWN_PASSWORD = "iris@demo.example", "of my own choice"
ACCEPT = "**/api/AcceptInvitation"


def invited(people: Desk, address: str) -> str:
    """The link of a new invitation."""
    me = people.call("ada", "GET", "/v1/Me")["me"]["contactId"]
    roles = [role["roleId"] for role in people.call("ada", "GET", "/v1/InvitableRoles")["roles"]]
    asked = {"emailAddress": address, "roles": roles[:1]}
    people.call("ada", "POST", f"/api/contacts/{me}/invite/contact", asked)
    return invitation_mail(people.server, address)[0]


def opened(people: Desk, link: str, **options: Any) -> Page:
    page = people.context(**options).new_page()
    page.goto(link)
    return page


def way(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def test_the_page_has_the_language_of_the_browser_and_the_theme_that_was_chosen(people: Desk) -> None:
    link = invitation_mail(people.server, IRIS)[0]
    page = opened(people, link, language="de-DE")
    expect(page.get_by_role("heading", name="Ben Frost lädt Sie zu Harbour Street Agency ein")).to_be_focused()
    expect(page.get_by_role("button", name="Konto anlegen und annehmen")).to_be_visible()
    expect(page.locator("html[lang=de]:not([data-theme])")).to_have_count(1)
    expect(page).to_have_title("Ben Frost lädt Sie zu Harbour Street Agency ein – Parlour")

    page.evaluate("localStorage.setItem('parlour.theme', 'dark')")
    page.reload()
    expect(page.locator("html[data-theme=dark]")).to_have_count(1)
    expect(page.get_by_label("Ihr Name")).to_be_visible()


def test_a_guest_joins_by_the_keyboard_alone_and_goes_on_without_signing_in(people: Desk) -> None:
    link = invited(people, "keys@new.example")
    page = opened(people, link)
    expect(page.get_by_role("heading", name=re.compile("^Ada Young invites you"))).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("Kay Keys")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Your e-mail address")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type(OWN_PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name=re.compile("^Welcome to"))).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Welcome, Kay Keys")).to_be_visible()
    # A link works once.
    expect(opened(people, link).get_by_role("heading", name="This link no longer works")).to_be_visible()


def test_what_is_wrong_is_said_at_its_field(people: Desk) -> None:
    page = opened(people, invited(people, "fields@new.example"))
    new = way(page, "I am new here")
    new.get_by_label("Your name").fill("\u3164")
    new.get_by_label("Choose a password").fill(OWN_PASSWORD)
    page.keyboard.press("Enter")
    expect(new.get_by_role("alert").filter(has_text=re.compile("."))).to_have_text(re.compile("^Write a name"))
    expect(new.get_by_label("Your name")).to_have_attribute("aria-invalid", "true")

    # The browser itself refuses what is too short.
    new.get_by_label("Your name").fill("Finn")
    new.get_by_label("Choose a password").fill("short")
    page.keyboard.press("Enter")
    assert new.get_by_label("Choose a password").evaluate("field => field.validity.tooShort")

    known = way(page, "I have an account")
    known.get_by_label("E-mail address").fill("dan@demo.example")
    known.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(known.get_by_role("alert")).to_have_text("The address or the password is wrong.")
    expect(known.get_by_label("Password")).to_be_focused()


def test_an_address_that_has_an_account_is_led_to_the_sign_in(people: Desk) -> None:
    page = opened(people, invited(people, "twice@new.example"))

    def exists(route: Route) -> None:
        refusal = {"responseStatus": {"errorCode": "AccountExists", "message": "There is one.", "errors": []}}
        route.fulfill(status=409, json=refusal)

    page.route(ACCEPT, exists)
    page.get_by_label("Your name").fill("Finn")
    page.get_by_label("Choose a password").fill(OWN_PASSWORD)
    page.keyboard.press("Enter")

    known = way(page, "I have an account")
    expect(known.get_by_role("alert")).to_contain_text("There is an account for this invitation already.")
    expect(known.get_by_label("E-mail address")).to_be_focused()


def test_a_link_that_was_revoked_says_so_even_at_the_last_moment(people: Desk) -> None:
    link = invited(people, "late@new.example")
    page = opened(people, link)
    page.get_by_label("Your name").fill("Lena Late")
    page.get_by_label("Choose a password").fill(OWN_PASSWORD)
    found = people.call("ada", "GET", "/v1/Invitations")["invitations"]
    [id_] = [each["invitationId"] for each in found if each["emailAddress"] == "late@new.example"]
    people.call("ada", "DELETE", f"/v1/Invitation/{id_}")

    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="This link no longer works")).to_be_focused()
    expect(page.get_by_label("Code in the mail")).to_be_visible()
    again = opened(people, link)
    expect(again.get_by_role("heading", name="This link no longer works")).to_be_visible()
    again.get_by_role("link", name="Open Parlour").click()
    expect(again.get_by_label("Password")).to_be_visible()


def test_nobody_accepts_as_a_person_whom_the_page_did_not_name(people: Desk) -> None:
    link = invited(people, "whoever@new.example")
    context = people.context()
    people.sign_in("ben", context).close()
    page = context.new_page()
    page.goto(link)
    mine = way(page, "You are signed in")
    expect(mine.get_by_text("You can accept as Ben Frost")).to_be_visible()

    def sign_in_dan(route: Route) -> None:
        who = {"userName": "dan@demo.example", "password": PASSWORD}
        context.request.post("/auth/credentials", data=who, headers={"Accept": "application/json"})
        route.continue_()

    page.route(ACCEPT, sign_in_dan, times=1)
    with page.expect_response(ACCEPT) as answered:
        mine.get_by_role("button", name="Accept").click()

    assert answered.value.status == 412
    expect(mine.get_by_role("alert")).to_have_text("Somebody else has signed in here, so that was not done.")
    expect(mine.get_by_text("You can accept as Dan Ito")).to_be_visible()


def test_another_link_in_the_same_tab_shows_its_own_invitation(people: Desk) -> None:
    first, second = invited(people, "first@new.example"), invited(people, "second@new.example")
    page = opened(people, first)
    expect(page.get_by_text("first@new.example")).to_be_visible()

    page.goto(second)
    expect(page.get_by_text("second@new.example")).to_be_visible()
    assert page.url == f"{people.server.url}/invite"
