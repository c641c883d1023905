"""The frame of the console: places, lists, keys, history on a phone, and what the connection says."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import scrolls_sideways, violations
from tests.support.console import DESK, PHONE, SCHEMES, Desk, picture

LONG = "Donaudampfschiffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2 + "x" * 42
HEBREW = "שלום עולם"


def test_a_person_signs_in_and_is_where_they_wanted_to_be(people: Desk) -> None:
    page = people.context().new_page()
    page.goto("/sign-in?continue=/contacts")
    page.get_by_label("E-mail address").fill("ada@demo.example")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The address or the password is wrong.")

    page.get_by_label("Password").fill("parlour-demo")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Contacts")).to_be_visible()
    assert page.url.endswith("/contacts")


def test_somebody_who_is_throttled_learns_how_long(people: Desk) -> None:
    page = people.context().new_page()
    page.goto("/sign-in")
    page.route("**/Authenticate*", lambda route: route.fulfill(status=429, headers={"Retry-After": "180"}))
    page.get_by_label("E-mail address").fill("ada@demo.example")
    page.get_by_label("Password").fill("x")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_have_text("Too many tries. Try again in 3 minutes.")


def test_a_person_who_signs_out_is_out(people: Desk) -> None:
    page = people.sign_in("ada", path="/me")
    page.get_by_role("button", name="Sign out", exact=True).click()

    expect(page.get_by_label("Password")).to_be_visible()
    expect(page.locator(".notice")).to_have_count(0)


def test_whoever_signs_out_by_the_address_of_the_api_is_shown_the_sign_in(people: Desk) -> None:
    context = people.context()
    page, other = people.sign_in("cleo", context, path="/me"), context.new_page()

    other.goto("/auth/logout")

    assert other.url == f"{people.server.url}/sign-in?signed-out"
    expect(other.get_by_text("You are signed out.")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_visible()
    other.get_by_label("E-mail address").fill("cleo@demo.example")
    other.get_by_label("Password").fill("parlour-demo")
    other.keyboard.press("Enter")
    other.wait_for_url("**/chats")
    expect(other.get_by_role("link", name="Contacts")).to_be_visible()


def test_somebody_signed_out_elsewhere_goes_on_where_they_were(people: Desk) -> None:
    context = people.context()
    page = people.sign_in("cleo", context, path="/me")
    expect(page.get_by_label("Your name")).to_have_value("Cleo Diaz")
    context.request.post("/auth/logout", headers={"Accept": "application/json"})

    expect(page.locator(".notice")).to_contain_text("Your session has ended.")
    page.get_by_label("E-mail address").fill("cleo@demo.example")
    page.get_by_label("Password").fill("parlour-demo")
    page.keyboard.press("Enter")

    expect(page.get_by_label("Your name")).to_have_value("Cleo Diaz")


def test_all_places_are_reached_by_the_keyboard(people: Desk) -> None:
    page = people.sign_in("ada")
    page.wait_for_selector(".entry")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Chats")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Contacts")).to_be_visible()


def test_f6_moves_between_the_parts_of_the_page(people: Desk) -> None:
    page = people.sign_in("ben", path="/chats")
    page.wait_for_selector(".entry")
    stops = []
    for _ in range(3):
        page.keyboard.press("F6")
        stops.append(page.evaluate("document.activeElement.closest('[data-region]').className"))

    assert stops == ["rail", "list", "pane"]
    page.keyboard.press("Shift+F6")
    assert page.evaluate("document.activeElement.closest('[data-region]').className") == "list"


def test_keys_step_through_chats_and_escape_closes_the_panel(people: Desk) -> None:
    page = people.sign_in("ben")
    names = page.locator(".list .entry .name")
    names.nth(1).wait_for()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator(".pane-head h1")).to_have_text(names.nth(0).inner_text())
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator(".pane-head h1")).to_have_text(names.nth(1).inner_text())
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".pane-head h1")).to_have_text(names.nth(0).inner_text())

    page.locator(".list .entry", has_text="Invoices of May").click()
    page.locator(".pane-head").get_by_role("link", name="Members").click()
    expect(page.get_by_role("complementary", name="Members")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary")).to_have_count(0)


def test_the_switcher_goes_to_chats_people_and_actions(people: Desk) -> None:
    page = people.sign_in("ben")
    page.wait_for_selector(".entry")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox")
    field.fill("invoi")
    expect(page.get_by_role("option").first).to_contain_text("Invoices of May")
    page.keyboard.press("Enter")
    expect(page.locator(".pane-head h1")).to_have_text("Invoices of May")

    page.keyboard.press("Control+k")
    field.fill("grace")
    expect(page.get_by_role("option", name=re.compile("Grace Hall"))).to_contain_text("not joined yet")
    field.fill("contacts")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Contacts")).to_be_visible()


def test_a_question_mark_lists_the_keys_and_does_nothing_in_a_field(people: Desk) -> None:
    page = people.sign_in("ada", path="/contacts")
    field = page.get_by_label("Search by name or address")
    field.fill("a")
    field.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator(".rail a").first.focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".rail a").first).to_be_focused()


def test_the_back_button_of_a_phone_leads_from_a_chat_to_the_list(people: Desk) -> None:
    page = people.sign_in("ben", size=PHONE, has_touch=True)
    page.locator(".entry", has_text="Invoices of May").tap()
    expect(page.locator(".pane-head h1")).to_have_text("Invoices of May")
    expect(page.locator(".list")).to_be_hidden()

    page.go_back()
    expect(page.locator(".list")).to_be_visible()
    expect(page.locator(".pane")).to_be_hidden()

    page.locator(".entry", has_text="Invoices of May").tap()
    page.locator(".pane-head").get_by_role("link", name="Back").tap()
    expect(page.locator(".list")).to_be_visible()
    length = page.evaluate("history.length")
    page.locator(".entry", has_text="Invoices of May").tap()
    expect(page.locator(".list")).to_be_hidden()
    assert page.evaluate("history.length") == length


def test_targets_on_a_phone_are_large_enough(people: Desk) -> None:
    page = people.sign_in("ada", size=PHONE, has_touch=True)
    page.wait_for_selector(".entry")

    assert small_targets(page) == []


def test_the_address_of_a_chat_that_one_is_not_in_says_so_until_one_is(people: Desk) -> None:
    finn = people.call("finn", "GET", "/v1/Me")["me"]["userId"]
    started = people.call("ada", "POST", "/v1/Chat", {"chat": {"chatName": "Without Finn", "chatMembers": []}})
    chat_id = started["chat"][0]["chatId"]
    people.call("ada", "POST", "/v1/Messages", {"chatId": chat_id, "text": "Where is Finn?"})
    page = people.sign_in("finn", path=f"/chats/{chat_id}")
    expect(page.get_by_role("alert")).to_contain_text("This chat is not there, or you are not in it.")

    people.call("ada", "POST", f"/v1/Chats/{chat_id}/Members", {"userIds": [finn]})

    expect(page.locator(".pane").get_by_text("Where is Finn?")).to_be_visible()


def test_unread_messages_are_in_the_title_and_in_the_icon(people: Desk) -> None:
    page = people.sign_in("eve", path="/contacts")
    expect(page).to_have_title(re.compile(r"^(\(\d+\) )?Contacts – Parlour$"))
    eve = people.call("eve", "GET", "/v1/Me")["me"]["userId"]
    chat = people.call("ben", "POST", "/v1/DirectChats", {"userId": eve})["chat"]["chatId"]
    people.call("ben", "POST", "/v1/Messages", {"chatId": chat, "text": "One"})
    people.call("ben", "POST", "/v1/Messages", {"chatId": chat, "text": "Two"})

    expect(page).to_have_title(re.compile(r"^\([2-9]\) Contacts – Parlour$"))
    assert page.locator("link[rel=icon]").get_attribute("href") == "/icons/icon-unread.svg"


def test_a_lost_connection_is_shown(people: Desk) -> None:
    context = people.context()
    page = people.sign_in("ada", context)
    page.wait_for_selector(".entry")
    context.set_offline(True)
    expect(page.locator(".notice")).to_contain_text("You are offline.")
    context.set_offline(False)

    expect(page.locator(".notice")).to_have_count(0)


def test_a_start_without_the_server_says_so_and_goes_on(people: Desk) -> None:
    page = people.sign_in("ada")
    page.route("**/GetEvents*", lambda route: route.abort())
    page.reload()
    expect(page.locator("main [role=status]")).to_be_visible()
    page.unroute("**/GetEvents*")

    expect(page.locator(".entry").first).to_be_visible(timeout=20_000)


def test_a_list_that_cannot_be_read_says_why_and_tries_again(people: Desk) -> None:
    page = people.sign_in("ada", path="/me")
    page.wait_for_selector(".card")
    page.route("**/FindPeople*", lambda route: route.abort())
    page.locator(".rail").get_by_role("link", name="Contacts").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Parlour cannot be reached.")
    page.unroute("**/FindPeople*")
    alert.get_by_role("button", name="Try again").click()

    expect(page.locator(".entry", has_text="Ben Frost")).to_be_visible()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_lies_over_the_page_is_accessible(people: Desk, axe: str, scheme: str) -> None:
    page = people.sign_in("ada", scheme=scheme, reduced_motion="reduce")
    page.locator(".entry").first.click()
    page.wait_for_selector(".pane-head h1")
    found = {}
    page.keyboard.press("F6")
    for key in ("Control+k", "?"):
        page.keyboard.press(key)
        page.wait_for_selector("dialog [class*=entry], dialog kbd")
        found[key] = violations(page, axe)
        page.keyboard.press("Escape")
    page.locator(".pane-head [aria-haspopup]").click()
    found["menu"] = violations(page, axe)
    page.get_by_role("menuitem", name="Chat settings").click()
    page.wait_for_selector(".panel fieldset")
    found["settings"] = violations(page, axe)

    assert found == {"Control+k": [], "?": [], "menu": [], "settings": []}


def test_long_and_right_to_left_names_break_nothing(people: Desk) -> None:
    for name in (LONG, HEBREW):
        people.call("ada", "POST", "/v1/Chat", {"chat": {"chatName": name, "chatMembers": []}})
    page = people.sign_in("ada", size=PHONE)
    hebrew = page.locator(".entry .name .one-line", has_text=HEBREW)
    expect(hebrew).to_be_visible()
    assert hebrew.evaluate("name => getComputedStyle(name).direction") == "rtl"
    assert hebrew.evaluate("name => getComputedStyle(name).textAlign") == "left"
    assert not scrolls_sideways(page)
    page.locator(".entry", has_text=LONG[:20]).click()
    expect(page.locator(".pane-head h1")).to_be_visible()
    assert not scrolls_sideways(page)


# Whether anything of the page, or of what lies over it, is wider than its place.
WIDER = """
[...document.querySelectorAll("html, dialog, dialog *")].some((each) => {
    const { textOverflow, display } = getComputedStyle(each)
    return textOverflow !== "ellipsis" && display !== "inline" && each.scrollWidth > each.clientWidth + 1
})
"""


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_an_endless_name_leaves_room_for_the_rest(people: Desk, size: dict[str, int]) -> None:
    eve = people.call("eve", "PUT", "/v1/Me", {"name": "W" * 200})["me"]["userId"]
    started = people.call("ada", "POST", "/v1/Chat", {"chat": {"chatName": "N" * 200}})
    chat_id = started["chat"][0]["chatId"]
    people.call("ada", "POST", f"/v1/Chats/{chat_id}/Members", {"userIds": [eve]})
    said = people.call("eve", "POST", "/v1/Messages", {"chatId": chat_id, "text": "What she said"})["message"]
    answer = {"chatId": chat_id, "text": "An answer", "replyToMessageId": said["chatMessageId"]}
    people.call("ada", "POST", "/v1/Messages", answer)
    people.call("eve", "PUT", f"/v1/Message/{said['chatMessageId']}/Pin", {})
    page = people.sign_in("ada", size=size, path=f"/chats/{chat_id}")

    for place in (".quote > span", ".pins .said > span"):
        words = page.locator(place)
        expect(words).to_have_text("What she said")
        assert words.evaluate("words => words.scrollWidth <= words.clientWidth"), place
    page.locator(".message", has_text="What she said").first.focus()
    page.keyboard.press("r")
    expect(page.locator(".about .said > span")).to_have_text("What she said")
    assert not page.evaluate(WIDER)
    picture(page, f"endless-name-{size['width']}")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Actions for this chat").click()
    page.get_by_role("menuitem", name="Leave chat").click()
    expect(page.get_by_role("dialog")).to_contain_text("You will no longer see")
    assert not page.evaluate(WIDER)
    page.keyboard.press("Escape")

    page.goto(f"/chats/{chat_id}?panel=members")
    page.get_by_role("button", name="Actions for WWW").click()
    page.get_by_role("menuitem", name="Remove from the chat").click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("… was removed.")
    undo = toast.get_by_role("button").bounding_box()
    assert undo is not None and undo["width"] > undo["height"]
    assert not page.evaluate(WIDER)


def test_nothing_is_lost_at_twice_the_size(people: Desk) -> None:
    """A window of 1280 pixels at 200 % has 640 to draw on."""
    page = people.sign_in("ada", size={"width": 640, "height": 400}, device_scale_factor=2)
    for path in ("/chats", "/contacts", "/invitations", "/me", "/search?query=the"):
        page.goto(path)
        page.wait_for_selector(".rail")
        assert not scrolls_sideways(page), path
        expect(page.locator(".rail a").last).to_be_in_viewport()


def test_the_switcher_fits_into_a_low_window(people: Desk) -> None:
    page = people.sign_in("ada", size={"width": 720, "height": 450})
    page.wait_for_selector(".entry")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowUp")

    expect(page.get_by_role("option").last).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("option").last).to_be_in_viewport(ratio=0.9)


def test_nothing_moves_for_those_who_want_that(people: Desk) -> None:
    page = people.sign_in("ada", reduced_motion="reduce")
    page.locator(".entry").first.click()
    page.locator(".pane-head").get_by_role("link", name="Members").click()

    assert page.locator(".panel").evaluate("panel => getComputedStyle(panel).animationName") == "none"


def test_the_language_and_the_theme_follow_the_person(people: Desk) -> None:
    page = people.sign_in("dan", path="/me")
    page.get_by_label("Language").select_option("de")
    expect(page.get_by_role("heading", name="Ich", exact=True)).to_be_visible()
    page.get_by_label("Dunkel").check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    people.call("dan", "GET", "/v1/Me")

    other = people.sign_in("dan", path="/me")

    expect(other.get_by_role("heading", name="Ich", exact=True)).to_be_visible()
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")


def small_targets(page: Page) -> list[str]:
    """Links and buttons that are lower or narrower than a finger needs."""
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll("a, button")].filter((each) => each.checkVisibility()
             && !each.matches(".skip")).filter((each) => {
             const { width, height } = each.getBoundingClientRect()
             return width < 40 || height < 40
           }).map((each) => each.outerHTML.slice(0, 200))"""
    )
    return found
