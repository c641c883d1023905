"""The people of the console: finding them, starting chats, inviting, members, and what one chooses about a chat."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.conftest import violations
from tests.support.console import PHONE, SCHEMES, Desk

# A picture of one pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f00050001ff"
    "89993d1d0000000049454e44ae426082"
)


def test_somebody_new_does_the_five_tasks(people: Desk, tmp_path: Path) -> None:
    """Sign in, find a person, start a chat, send a picture, invite somebody new into it."""
    picture = tmp_path / "shed.png"
    picture.write_bytes(PIXEL)
    page = people.context().new_page()
    page.goto("/")
    page.get_by_label("E-mail address").fill("ada@demo.example")
    page.get_by_label("Password").fill("parlour-demo")
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("link", name="Contacts").click()
    page.get_by_label("Search by name or address").fill("cleo")
    page.get_by_role("link", name=re.compile("Cleo Diaz")).click()
    page.get_by_role("button", name="Write to them").click()
    # Their card has their name at its head as well.
    expect(page).to_have_url(re.compile("/chats/"))
    expect(page.locator(".pane-head h1")).to_have_text("Cleo Diaz")

    page.get_by_role("link", name="Chats").click()
    start_chat(page, "cleo", "ben")
    expect(page.locator(".pane-head")).to_contain_text("3 members")
    send_picture(page, picture)

    page.locator(".pane-head").get_by_role("button", name="Actions for this chat").click()
    page.get_by_role("menuitem", name="Add people").click()
    choose(page, "zoe@new.example")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".pane-head")).to_contain_text("4 members")
    page.locator(".pane-head").get_by_role("link", name="Members").click()
    zoe = page.locator(".panel .entry", has_text="not joined yet")
    expect(zoe).to_contain_text(re.compile("zoe", re.IGNORECASE))
    expect(zoe.locator(".avatar.not-joined")).to_be_visible()


def test_a_chat_is_started_by_the_keyboard_alone(people: Desk) -> None:
    page = people.sign_in("ben")
    page.wait_for_selector(".entry")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("new ch")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="New chat")).to_be_visible()
    page.keyboard.type("dan")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")

    expect(page.locator(".pane-head h1")).to_have_text("Dan Ito")


def test_a_repeated_start_makes_one_chat(people: Desk) -> None:
    """The answer is lost, and the person presses the button again."""
    page = people.sign_in("cleo")
    page.wait_for_selector(".entry")
    lost: list[APIResponse] = []

    def lose_first(route: Route) -> None:
        if lost or route.request.method != "POST":
            return route.fallback()
        lost.append(route.fetch())
        return route.abort()

    page.route("**/ChatRequest*", lose_first)
    page.get_by_role("button", name="New chat").first.click()
    choose(page, "dan")
    choose(page, "finn")
    page.get_by_label("Name of the group").fill("Only once")
    page.get_by_role("button", name="Start group").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Start group").click()

    expect(page.locator(".pane-head h1")).to_have_text("Only once")
    names = [chat["chatName"] for chat in people.call("cleo", "GET", "/v1/Chats")["chats"]]
    assert names.count("Only once") == 1


def test_a_chat_that_comes_late_takes_nobody_from_what_they_do(people: Desk) -> None:
    page = people.sign_in("dan", path="/contacts?search=hugo")
    held: list[Route] = []
    page.route("**/StartDirectChat*", lambda route: held.append(route))
    page.get_by_role("link", name=re.compile("Hugo Brandt")).click()
    with page.expect_request("**/StartDirectChat*"):
        page.get_by_role("button", name="Write to them").click()
    page.get_by_role("link", name="Chats").click()
    page.get_by_role("button", name="New chat").first.click()
    choose(page, "ada")
    held[0].continue_()
    expect(page.locator(".list .entry", has_text="Hugo Brandt")).to_be_visible()

    choose(page, "ben")
    expect(page.locator(".chip")).to_have_text(["Ada Young", "Ben Frost"])
    expect(page).to_have_url(re.compile("/chats$"))


def test_a_dialog_that_was_left_does_not_close_the_next_one(people: Desk) -> None:
    chat = new_group(people, "Slow to rename", "ben")
    page = people.sign_in("ada", path=f"/chats/{chat}")
    held: list[Route] = []
    page.route("**/RenameChat*", lambda route: held.append(route))
    act(page, "Actions for this chat", "Rename")
    page.get_by_role("dialog").get_by_label("Name").fill("Renamed at last")
    with page.expect_request("**/RenameChat*"):
        page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    act(page, "Actions for this chat", "Add people")
    choose(page, "cleo")
    with page.expect_response("**/RenameChat*"):
        held[0].continue_()
    expect(page.locator(".pane-head h1")).to_have_text("Renamed at last")

    choose(page, "dan")
    expect(page.locator(".chip")).to_have_text(["Cleo Diaz", "Dan Ito"])


def test_people_come_and_go_and_have_roles(people: Desk) -> None:
    chat = new_group(people, "Roles", "ben", "cleo")
    page = people.sign_in("ada", path=f"/chats/{chat}?panel=members")
    ben = page.locator(".panel .entry", has_text="Ben Frost")
    act(page, "Actions for Ben Frost", "Make moderator")
    expect(ben).to_contain_text("moderator")
    act(page, "Actions for Cleo Diaz", "Remove from the chat")
    expect(page.locator(".panel .entry")).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".panel .entry", has_text="Cleo Diaz")).to_be_visible()

    page.get_by_label("Filter members").fill("frost")
    expect(page.locator(".panel .entry")).to_have_count(1)
    page.get_by_label("Filter members").fill("nobody at all")
    expect(page.get_by_text("Nobody fits.")).to_be_visible()
    # Where the first of them would be.
    assert page.locator(".panel-list").evaluate("list => list.offsetHeight") == 0


def test_a_chat_is_renamed_archived_opened_again_and_left(people: Desk) -> None:
    chat = new_group(people, "Before", "ben")
    page = people.sign_in("ada", path=f"/chats/{chat}")
    head = page.locator(".pane-head")
    act(page, "Actions for this chat", "Rename")
    page.get_by_role("dialog").get_by_label("Name").fill("After")
    page.keyboard.press("Enter")
    expect(head.locator("h1")).to_have_text("After")

    act(page, "Actions for this chat", "Archive for everybody")
    page.get_by_role("dialog").get_by_role("button", name="Archive for everybody").click()
    expect(head).to_contain_text("Archived")
    page.get_by_role("button", name="Archived").click()
    expect(page.locator(".list .entry", has_text="After")).to_be_visible()
    act(page, "Actions for this chat", "Open again for everybody")
    page.get_by_role("dialog").get_by_role("button", name="Open again for everybody").click()
    expect(head).to_contain_text("2 members")
    page.get_by_role("button", name="All", exact=True).click()


def test_the_only_owner_names_another_one_and_leaves(people: Desk) -> None:
    chat = new_group(people, "Handed over", "ben")
    page = people.sign_in("ada", path=f"/chats/{chat}")
    act(page, "Actions for this chat", "Leave chat")
    leave = page.get_by_role("dialog").get_by_role("button", name="Leave chat")
    leave.click()
    expect(page.get_by_role("alert")).to_have_text("You are the only owner. Make somebody else an owner first.")
    page.get_by_role("dialog").get_by_role("link").click()
    act(page, "Actions for Ben Frost", "Make owner")
    expect(page.locator(".panel .entry", has_text="Ben Frost")).to_contain_text("owner")

    act(page, "Actions for this chat", "Leave chat")
    leave.click()
    expect(page.locator(".list .entry", has_text="Handed over")).to_have_count(0)


def test_a_chat_is_put_away_with_a_way_back(people: Desk) -> None:
    chat = new_group(people, "Away", "ben")
    page = people.sign_in("ada", path=f"/chats/{chat}")
    entry = page.locator(".list .entry", has_text="Away")
    act(page, "Actions for this chat", "Archive for me")
    expect(entry).to_have_count(0)
    page.get_by_role("button", name="Undo").click()

    expect(entry).to_be_visible()


def test_a_chat_is_muted_hidden_and_kept_on_top(people: Desk) -> None:
    chat = new_group(people, "Quiet", "ben")
    page = people.sign_in("ada", path=f"/chats/{chat}?panel=settings")
    entry = page.locator(".list .entry", has_text="Quiet")
    page.get_by_role("button", name="Mute for an hour").click()
    expect(page.locator(".panel")).to_contain_text("Muted until")
    expect(entry.get_by_text("muted")).to_be_attached()
    page.get_by_role("button", name="Unmute").click()
    expect(entry.get_by_text("muted")).to_have_count(0)
    page.locator(".panel").get_by_role("heading", name="Chat settings").click()
    page.keyboard.press("m")
    expect(entry.get_by_text("muted")).to_be_attached()
    expect(page.get_by_label(re.compile("^Nothing"))).to_be_checked()

    page.get_by_label("Keep on top").check()
    people.call("ben", "POST", "/v1/Messages", {"chatId": new_group(people, "Newer", "ben"), "text": "Hello"})
    expect(page.locator(".list .entry", has_text="Newer")).to_be_visible()
    expect(page.locator(".list .entry").first).to_contain_text("Quiet")

    page.get_by_label(re.compile("^Hide the chat")).check()
    expect(entry).to_have_count(0)


def test_times_and_counts_end_at_one_line(people: Desk) -> None:
    chat = new_group(people, "Counted", "ben")
    mentioned = [people.call("ada", "GET", "/v1/Me")["me"]["userId"]]
    people.call("ben", "POST", "/v1/Messages", {"chatId": chat, "text": "@Ada Young", "mentionedUserIds": mentioned})
    entry = people.sign_in("ada").locator(".list .entry", has_text="Counted")
    expect(entry.locator(".count")).to_have_count(2)

    ends = [entry.locator(part).evaluate("part => part.getBoundingClientRect().right") for part in (".time", ".counts")]
    assert ends[0] == ends[1]


def test_a_search_shows_its_hits_in_their_chats(people: Desk) -> None:
    chat = new_group(people, "Hits", "ben")
    people.call("ben", "POST", "/v1/Messages", {"chatId": chat, "text": "The wallpaper is green"})
    page = people.sign_in("ada")
    page.wait_for_selector(".entry")
    page.keyboard.press("/")
    page.get_by_label("Words or filters").fill("wallp from:ben")
    hit = page.locator(".hit")
    expect(hit.locator("mark")).to_have_text("wallp")
    expect(hit).to_contain_text("in Hits")
    hit.click()
    expect(page.locator(".pane-head h1")).to_have_text("Hits")
    expect(page.locator(".pane").get_by_text("The wallpaper is green")).to_be_visible()
    page.reload()
    expect(page.locator(".pane").get_by_text("The wallpaper is green")).to_be_visible()
    expect(page.get_by_label("Words or filters")).to_have_value("wallp from:ben")

    page.locator(".pane-head").get_by_role("link", name="Search in this chat").click()
    expect(page.get_by_label("Words or filters")).to_have_value('in:"Hits" ')


def test_a_search_in_a_chat_waits_for_words(people: Desk) -> None:
    chat = new_group(people, "Words", "ben")
    page = people.sign_in("ada", path=f"/chats/{chat}")
    page.locator(".pane-head").get_by_role("link", name="Search in this chat").click()
    expect(page.get_by_text("Write a few words")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)

    page.get_by_label("Words or filters").press_sequentially("zebra")
    expect(page.get_by_text("Nothing was found.")).to_be_visible()


def test_several_people_are_invited_at_once(people: Desk) -> None:
    page = people.sign_in("ada", path="/invitations")
    page.get_by_label("E-mail addresses").fill("one@new.example, nonsense")
    page.get_by_role("button", name="Send invitations").click()
    expect(page.get_by_role("alert")).to_have_text("This is not an address: nonsense")
    page.get_by_label("E-mail addresses").fill("one@new.example, two@new.example")
    page.get_by_role("button", name="Send invitations").click()

    expect(page.locator(".outcomes li")).to_have_text(["one@new.example was invited.", "two@new.example was invited."])
    sent = page.locator(".sent", has_text="one@new.example")
    expect(sent).to_contain_text("Agent")
    expect(sent).to_contain_text("invited by Ada Young")
    expect(sent).to_contain_text(re.compile(r"valid until \d{1,2} \w+ 20\d\d, \d\d:\d\d"))

    sent.get_by_role("button").click()
    page.get_by_role("menuitem", name="Send again").click()
    expect(page.get_by_text("The invitation of one@new.example is valid longer.")).to_be_visible()
    sent.get_by_role("button").click()
    page.get_by_role("menuitem", name="Revoke").click()
    expect(sent).to_have_count(0)


def test_a_person_changes_their_name_for_all(people: Desk) -> None:
    page = people.sign_in("eve", path="/me")
    page.get_by_label("Your name").fill("Eve L. Larsen")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".card-name").first).to_have_text("Eve L. Larsen")

    assert people.call("eve", "GET", "/v1/Me")["me"]["name"] == "Eve L. Larsen"


def test_a_person_sees_where_they_are_signed_in_and_ends_that(people: Desk) -> None:
    elsewhere = people.sign_in("eve", path="/me")
    page = people.sign_in("eve", path="/me")
    expect(page.locator(".sessions")).to_contain_text("Here, since")
    page.get_by_role("button", name="Sign out there").first.click()

    expect(elsewhere.get_by_label("Password")).to_be_visible()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_dialogs_and_panels_with_people_are_accessible(people: Desk, axe: str, scheme: str) -> None:
    chat = new_group(people, "Axe", "ben")
    page = people.sign_in("ada", scheme=scheme, path=f"/chats/{chat}?panel=members", reduced_motion="reduce")
    page.wait_for_selector(".panel .entry")
    found = {"members": violations(page, axe)}
    page.get_by_role("button", name="New chat").first.click()
    choose(page, "ben")
    page.get_by_role("combobox").fill("new@new.example")
    page.wait_for_selector("[role=option]")
    found["new chat"] = violations(page, axe)
    page.keyboard.press("Escape")
    contact = people.call("ada", "GET", "/v1/People?Query=grace")["people"][0]["contactId"]
    page.goto(f"/contacts/{contact}?search=gr")
    page.wait_for_selector(".card")
    found["contact"] = violations(page, axe)

    assert found == {name: [] for name in found}


def test_a_contact_on_a_phone_has_a_way_back(people: Desk) -> None:
    page = people.sign_in("ada", size=PHONE, path="/contacts?search=grace")
    page.locator(".entry", has_text="Grace Hall").click()
    expect(page.get_by_role("heading", name="Grace Hall").first).to_be_visible()
    page.get_by_role("link", name="Back").click()

    expect(page.get_by_label("Search by name or address")).to_have_value("grace")


def start_chat(page: Page, *words: str) -> None:
    page.get_by_role("button", name="New chat").first.click()
    for each in words:
        choose(page, each)
    page.get_by_role("button", name="Start group" if len(words) > 1 else "Start chat").click()


def choose(page: Page, words: str) -> None:
    """Chooses the one person who fits."""
    field = page.get_by_role("dialog").get_by_role("combobox")
    field.fill(words)
    expect(page.get_by_role("option")).to_have_count(1)
    field.press("Enter")
    expect(field).to_have_value("")


def act(page: Page, menu: str, action: str) -> None:
    page.get_by_role("button", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=action, exact=True).click()


def send_picture(page: Page, picture: Path) -> None:
    page.locator("input[type=file]").first.set_input_files(picture)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".pane .messages img")).to_be_visible()


def new_group(people: Desk, name: str, *others: str) -> str:
    """The id of a new chat of Ada and others."""
    members = [{"userId": people.call(each, "GET", "/v1/Me")["me"]["userId"]} for each in others]
    started = people.call("ada", "POST", "/v1/Chat", {"chat": {"chatName": name, "chatMembers": members}})
    chat_id: str = started["chat"][0]["chatId"]
    return chat_id
