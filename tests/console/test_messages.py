"""The messages of a chat in a real browser: writing, changing and reading them, by mouse, keyboard and ear."""

import re
from base64 import b64decode
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, Route, expect

from tests.browser.conftest import scrolls_sideways, violations
from tests.support.console import DESK, PHONE, SCHEMES, Desk, bundle, desk, picture
from tests.support.hands import Hands
from tests.support.history import write_history
from tests.support.pictures import mp3, png
from tests.support.served import Served, served

SENDING = re.compile("/api/SendMessage$")
EDITING = re.compile("/api/EditMessage$")
READING = re.compile(r"/api/FindMessages\b")


def chat_of(people: Desk, person: str, name: str = "Team") -> str:
    chats = people.call(person, "GET", "/v1/Chats")["chats"]
    return next(str(chat["chatId"]) for chat in chats if chat["chatName"] == name)


def open_chat(people: Desk, person: str, **options: object) -> Page:
    """The window of a person with the chat of the team."""
    path = f"/chats/{chat_of(people, person)}"
    page = people.sign_in(person, path=path, **options)  # type: ignore[arg-type] # as a window takes them
    page.wait_for_selector(".messages[aria-busy=false] .message")
    return page


def new_chat(people: Desk, *others: str, name: str) -> str:
    """A chat of Ada and others, by its id."""
    found = {
        person: people.call("ada", "GET", f"/v1/People?Query={person}")["people"][0]["userId"] for person in others
    }
    started = people.call("ada", "POST", "/v1/Chat", {"chat": {"chatName": name}})["chat"][0]["chatId"]
    people.call("ada", "POST", f"/v1/Chats/{started}/Members", {"userIds": list(found.values())})
    return str(started)


def say(people: Desk, person: str, chat_id: str, text: str, **more: object) -> str:
    """Sends a message by the API. Returns its id."""
    sent = people.call(person, "POST", "/v1/Messages", {"chatId": chat_id, "text": text, **more})
    return str(sent["message"]["chatMessageId"])


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Write a message")


def write(page: Page, text: str) -> None:
    field(page).fill(text)
    field(page).press("Enter")


def row(page: Page, text: str) -> Locator:
    return page.locator(".message").filter(has_text=text)


def hold_edit(page: Page, text: str) -> list[Route]:
    """Edits the last own message, and keeps the request from the server. What is returned has the request."""
    held: list[Route] = []
    page.route(EDITING, lambda route: held.append(route))
    field(page).press("ArrowUp")
    field(page).fill(text)
    with page.expect_request(EDITING):
        field(page).press("Enter")
    return held


def show(page: Page, name: str) -> None:
    """Opens a chat of the list."""
    page.locator(".list .entry").filter(has=page.get_by_text(name, exact=True)).click()
    expect(page.locator(".pane-head h1")).to_have_text(name)


def test_two_people_chat(people: Desk) -> None:
    ada, ben = open_chat(people, "ada"), open_chat(people, "ben")

    field(ada).press_sequentially("Good mor")
    expect(ben.get_by_text("Ada Young is writing")).to_be_visible()
    field(ada).press_sequentially("ning, Ben")
    field(ada).press("Enter")
    expect(row(ben, "Good morning, Ben")).to_be_visible()
    expect(ben.get_by_text("Ada Young is writing")).to_be_hidden()

    write(ben, "Good morning, Ada")
    expect(row(ada, "Good morning, Ada")).to_be_visible()
    expect(row(ada, "Good morning, Ada").locator("b", has_text="Ben Frost")).to_be_visible()


def test_own_message_is_there_before_the_server_has_it(people: Desk) -> None:
    page = open_chat(people, "ada")
    held: list[Route] = []
    is_open = False

    def hold(route: Route) -> None:
        """Holds a request until the way is open. It may come here before that or after it."""
        if is_open:
            route.continue_()
        else:
            held.append(route)

    page.route(SENDING, hold)
    write(page, "On my way")
    expect(row(page, "On my way").get_by_title("Waiting to be sent")).to_be_visible()
    assert field(page).input_value() == ""

    is_open = True
    for route in held:
        route.continue_()
    expect(row(page, "On my way").get_by_title("Waiting to be sent")).to_be_hidden()
    expect(row(page, "On my way")).to_have_count(1)


def test_up_edits_nothing_while_a_later_message_is_on_its_way(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="Up too soon")
    say(people, "ada", chat_id, "Sent before")
    page = people.sign_in("ada", path=f"/chats/{chat_id}")
    row(page, "Sent before").wait_for()
    held: list[Route] = []
    page.route(SENDING, lambda route: held.append(route))
    with page.expect_request(SENDING):
        write(page, "Still on its way")

    field(page).press("ArrowUp")
    expect(field(page)).to_have_value("")
    held[0].continue_()
    row(page, "Still on its way").get_by_title("Sent", exact=True).wait_for()
    field(page).press("ArrowUp")
    expect(field(page)).to_have_value("Still on its way")


def test_refused_message_says_why_and_can_be_taken_back(people: Desk, axe: str) -> None:
    page = open_chat(people, "ada")
    refuse = {"responseStatus": {"errorCode": "Conflict", "message": "The server says no."}}

    page.route(SENDING, lambda route: route.fulfill(status=409, json=refuse))
    write(page, "Refuse me")
    expect(row(page, "Refuse me").get_by_text("The server says no.")).to_be_visible()
    assert violations(page, axe) == []
    row(page, "Refuse me").get_by_role("button", name="Edit").click()
    expect(field(page)).to_have_value("Refuse me")
    expect(row(page, "Refuse me")).to_have_count(0)


def test_message_is_edited_and_deleted_by_the_other(people: Desk) -> None:
    chat_id = chat_of(people, "ada")
    message_id = say(people, "ada", chat_id, "The viewing is on Tuesday")
    ben = open_chat(people, "ben")

    people.call("ada", "PUT", f"/v1/Message/{message_id}", {"text": "The viewing is on Wednesday"})
    edited = row(ben, "The viewing is on Wednesday")
    edited.get_by_role("button", name="edited").click()
    expect(ben.get_by_role("dialog").get_by_text("The viewing is on Tuesday")).to_be_visible()
    ben.keyboard.press("Escape")

    people.call("ada", "DELETE", f"/v1/Message/{message_id}")
    expect(row(ben, "Message deleted by Ada Young")).to_be_visible()
    expect(row(ben, "The viewing is on Wednesday")).to_have_count(0)


def test_edit_that_cannot_be_saved_is_not_lost(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="Edits")
    message_id = say(people, "ada", chat_id, "The viewing is on Monday")
    page = people.sign_in("ada", path=f"/chats/{chat_id}")
    row(page, "The viewing is on Monday").wait_for()

    page.route(EDITING, lambda route: route.abort())
    field(page).press("ArrowUp")
    field(page).fill("The viewing is on Tuesday")
    field(page).press("Enter")
    expect(page.get_by_text("Parlour cannot be reached.")).to_be_visible()
    expect(page.get_by_text("Editing:")).to_be_visible()
    expect(field(page)).to_have_value("The viewing is on Tuesday")
    page.unroute(EDITING)
    field(page).press("Enter")
    expect(row(page, "The viewing is on Tuesday").get_by_role("button", name="edited")).to_be_visible()

    # Without its message the text is a draft.
    field(page).press("ArrowUp")
    field(page).fill("The viewing is on Friday")
    people.call("ada", "DELETE", f"/v1/Message/{message_id}")
    expect(row(page, "Message deleted by Ada Young")).to_be_visible()
    field(page).press("Enter")
    expect(page.get_by_text("It is not there any more")).to_be_visible()
    expect(page.get_by_text("Editing:")).to_be_hidden()
    expect(field(page)).to_have_value("The viewing is on Friday")


def test_edit_that_cannot_be_saved_is_not_lost_in_another_chat(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="Edits left behind")
    new_chat(people, "ben", name="Away from the edit")
    for person, text in {"ada": "Is it red?", "ben": "Is it blue?"}.items():
        say(people, person, chat_id, text)
    page = people.sign_in("ada", path=f"/chats/{chat_id}")
    row(page, "Is it blue?").wait_for()

    held = hold_edit(page, "Is it grey?")
    row(page, "Is it blue?").focus()
    page.keyboard.press("r")
    field(page).fill("No, green")
    show(page, "Away from the edit")
    held.pop().abort()
    expect(page.get_by_text("Parlour cannot be reached.")).to_be_visible()
    show(page, "Edits left behind")
    expect(field(page)).to_have_value("No, green\nIs it grey?")
    expect(page.locator(".about")).to_contain_text("Replying to Ben Frost: Is it blue?")


def test_edit_that_cannot_be_saved_is_not_lost_behind_another_one(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="Two edits")
    new_chat(people, "ben", name="Away from both")
    for text in ("Is it red?", "Is it blue?"):
        say(people, "ada", chat_id, text)
    page = people.sign_in("ada", path=f"/chats/{chat_id}")
    row(page, "Is it blue?").wait_for()

    held = hold_edit(page, "Is it grey?")
    row(page, "Is it red?").focus()
    page.keyboard.press("e")
    expect(field(page)).to_have_value("Is it red?")
    held.pop().abort()
    expect(page.get_by_text("Parlour cannot be reached.")).to_be_visible()
    show(page, "Away from both")
    show(page, "Two edits")
    expect(field(page)).to_have_value("Is it grey?")


def test_edit_that_cannot_be_saved_is_no_draft_of_the_next_person(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="One browser")
    say(people, "ada", chat_id, "Is it red?")
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    row(page, "Is it red?").wait_for()

    held = hold_edit(page, "Only Ada wrote this")
    people.sign_in("ben", context).close()
    # The page has become Ben's.
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)
    show(page, "One browser")
    with page.expect_response(EDITING) as answered:
        held.pop().continue_()
    assert answered.value.status == 412
    show(page, "Team")
    show(page, "One browser")
    expect(row(page, "Is it red?")).to_be_visible()
    expect(field(page)).to_have_value("")


def test_answer_is_sent_although_its_message_was_deleted_meanwhile(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="Answers")
    message_id = say(people, "ben", chat_id, "Is it blue?")
    page = people.sign_in("ada", path=f"/chats/{chat_id}")
    row(page, "Is it blue?").focus()
    page.keyboard.press("r")
    expect(page.locator(".about")).to_contain_text("Replying to Ben Frost: Is it blue?")
    field(page).fill("No, green")

    people.call("ben", "DELETE", f"/v1/Message/{message_id}")
    expect(page.locator(".about")).to_contain_text("Message deleted")
    field(page).press("Enter")
    expect(row(page, "No, green").get_by_title("Sent", exact=True)).to_be_visible()


def test_person_is_removed_while_they_read(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="Not for Ben")
    ben = people.sign_in("ben", path=f"/chats/{chat_id}")
    expect(ben.get_by_text("No messages yet. Write")).to_be_visible()
    members = people.call("ada", "GET", f"/v1/Chats/{chat_id}/Members")["members"]
    membership = next(each["chatMemberId"] for each in members if each["name"] == "Ben Frost")

    people.call("ada", "DELETE", f"/v1/ChatMembers/{membership}")

    expect(ben.get_by_text("This chat is not there, or you are not in it.")).to_be_visible()
    expect(field(ben)).to_have_count(0)


def test_quote_jumps_to_what_it_answers(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="A long one")
    first = say(people, "ada", chat_id, "What is the code of the door?")
    for number in range(80):
        say(people, "ben", chat_id, f"Line {number}")
    say(people, "ben", chat_id, "It is 4711.", replyToMessageId=first)
    people.call("ada", "PUT", "/v1/Read", {"chatId": chat_id})
    page = people.sign_in("ada", path=f"/chats/{chat_id}")

    row(page, "It is 4711.").locator(".quote").click()

    expect(page.locator(f'[data-row="{first}"].flash')).to_be_in_viewport()


def test_older_messages_come_without_scrolling_once_they_can(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="Cut off")
    for number in range(130):
        say(people, "ben", chat_id, f"Line {number:03}")
    people.call("ada", "PUT", "/v1/Read", {"chatId": chat_id})
    page = people.sign_in("ada", path=f"/chats/{chat_id}")
    row(page, "Line 129").wait_for()

    page.route(READING, lambda route: route.abort())
    with page.expect_event("requestfailed", lambda request: READING.search(request.url) is not None):
        page.locator(".messages").evaluate("list => { list.scrollTop = 0 }")
    expect(row(page, "Line 005")).to_have_count(0)
    page.unroute(READING)

    expect(row(page, "Line 005")).to_be_attached()


def test_address_of_a_message_opens_the_chat_there(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="A deep one")
    wanted = [say(people, "ben", chat_id, f"Line {number}") for number in range(130)][40]
    page = people.sign_in("ada", path=f"/chats/{chat_id}/m/{wanted}")

    expect(page.locator(f'[data-row="{wanted}"].flash')).to_be_in_viewport()
    page.get_by_role("button", name=re.compile("new message|Newest")).click()
    expect(row(page, "Line 129")).to_be_in_viewport()


def test_address_of_no_message_opens_the_chat(people: Desk) -> None:
    page = people.sign_in("ada", path=f"/chats/{chat_of(people, 'ada')}/m/{'0' * 31}1")

    expect(page.get_by_text("This message is not there any more.")).to_be_visible()
    expect(row(page, "Welcome, Dan.")).to_be_visible()


MARKUP = "<img src=x onerror=alert(1)> <script>alert(1)</script> [x](javascript:alert(1)) **bold** `code`"


def test_markdown_is_drawn_and_markup_is_text(people: Desk) -> None:
    page = open_chat(people, "ada")
    write(page, MARKUP)

    text = row(page, "onerror=alert(1)").locator(".text")
    expect(text).to_contain_text("<img src=x onerror=alert(1)> <script>alert(1)</script> [x](javascript:alert(1))")
    expect(text.locator("strong")).to_have_text("bold")
    expect(text.locator("code")).to_have_text("code")
    assert text.locator("img, script, a").count() == 0


def test_lists_are_indented_as_far_as_they_need(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="Lists")
    say(people, "ben", chat_id, "1. paint\n   - walls\n   - doors\n2. carpet\n> quoted")
    say(people, "ben", chat_id, "99. last\n100. and one more")
    page = people.sign_in("ada", path=f"/chats/{chat_id}")

    text = row(page, "paint").locator(".text")
    expect(text.locator("ol > li > ul > li")).to_have_text(["walls", "doors"])
    expect(text.locator("ol > li")).to_have_count(2)
    assert text.locator("blockquote").evaluate("quote => getComputedStyle(quote).marginTop") == "8px"
    # The numbers stand in the padding.
    padding = "list => parseFloat(getComputedStyle(list).paddingInlineStart)"
    assert row(page, "last").locator("ol").evaluate(padding) >= text.locator("ol").evaluate(padding) + 15


def test_people_and_emoji_are_completed(people: Desk) -> None:
    page = open_chat(people, "ada")
    field(page).press_sequentially("@cle")
    page.get_by_role("option", name="Cleo Diaz").wait_for()
    field(page).press("Enter")
    field(page).press_sequentially("welcome :party")
    page.get_by_role("option").first.wait_for()
    field(page).press("Tab")
    expect(field(page)).to_have_value("@Cleo Diaz welcome 🎉 ")
    field(page).press("Enter")

    expect(row(page, "welcome 🎉").locator(".mention")).to_have_text("@Cleo Diaz")
    page.wait_for_selector("[title='Waiting to be sent']", state="detached")
    newest = people.call("ada", "GET", f"/v1/Messages?ChatId={chat_of(people, 'ada')}")["messages"][-1]
    assert len(newest["mentionedUserIds"]) == 1


def test_input_method_and_setting_decide_what_enter_does(people: Desk) -> None:
    page = open_chat(people, "ben")
    field(page).fill("にほんご")
    field(page).dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True})
    expect(field(page)).to_have_value("にほんご")

    people.call("ben", "PUT", "/v1/Me", {"settings": {"console.enter": "break"}})
    page.reload()
    page.wait_for_selector(".message")
    field(page).fill("one")
    field(page).press("Enter")
    field(page).press_sequentially("two")
    expect(field(page)).to_have_value("one\ntwo")
    field(page).press("Shift+Enter")
    expect(row(page, "one\ntwo")).to_be_visible()
    people.call("ben", "PUT", "/v1/Me", {"settings": {"console.enter": ""}})


def test_too_long_text_is_told_before_it_is_sent(people: Desk) -> None:
    page = open_chat(people, "ada")
    field(page).fill("x" * 10_003)
    expect(page.get_by_text("3 characters too many")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    field(page).fill("")


def test_messages_are_reached_and_changed_by_keys(people: Desk) -> None:
    page = open_chat(people, "ada")
    write(page, "First of mine")
    write(page, "Secnd of mine")
    row(page, "Secnd of mine").get_by_title("Sent", exact=True).wait_for()

    # Up edits the newest one.
    field(page).press("ArrowUp")
    expect(field(page)).to_have_value("Secnd of mine")
    field(page).fill("Second of mine")
    field(page).press("Enter")
    expect(row(page, "Second of mine").get_by_role("button", name="edited")).to_be_visible()

    # Nothing fires in a field. Outside, j and k walk, r answers.
    field(page).press("k")
    expect(field(page)).to_have_value("k")
    field(page).fill("")
    row(page, "Second of mine").focus()
    page.keyboard.press("k")
    expect(row(page, "First of mine")).to_be_focused()
    page.keyboard.press("r")
    expect(page.get_by_text("Replying to yourself:")).to_be_visible()
    expect(field(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Replying to yourself:")).to_be_hidden()

    # Delete can be undone.
    row(page, "First of mine").focus()
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "First of mine")).to_be_visible()

    # + reacts, and the reaction is a button.
    row(page, "First of mine").focus()
    page.keyboard.press("+")
    page.get_by_role("searchbox", name="Find an emoji").fill("rocket")
    page.keyboard.press("Enter")
    expect(row(page, "First of mine").get_by_role("button", name="🚀 1")).to_have_attribute("aria-pressed", "true")

    # u marks as unread, and stays so while the chat is open.
    row(page, "First of mine").focus()
    page.keyboard.press("u")
    expect(page.locator(".first-unread")).to_be_visible()


def test_menu_of_a_message_pins_it(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="With pins")
    say(people, "ben", chat_id, "The plan of the week")
    page = people.sign_in("ada", path=f"/chats/{chat_id}")

    row(page, "The plan of the week").hover()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Pin").click()

    expect(page.get_by_role("region", name="Pinned messages").get_by_text("The plan of the week")).to_be_visible()


def test_divider_stays_and_newer_messages_are_counted(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="Unread ones")
    for number in range(60):
        say(people, "ben", chat_id, f"Read {number}")
    people.call("ada", "PUT", "/v1/Read", {"chatId": chat_id})
    for number in range(40):
        say(people, "ben", chat_id, f"New {number:02}")
    page = people.sign_in("ada", path=f"/chats/{chat_id}")

    expect(page.locator(".first-unread")).to_be_in_viewport()
    expect(row(page, "New 39")).not_to_be_in_viewport()
    before = place_of(row(page, "New 02"))
    say(people, "ben", chat_id, "One more")
    expect(page.get_by_role("button", name=re.compile(r"\d+ new messages"))).to_be_visible()
    assert place_of(row(page, "New 02")) == before

    page.get_by_role("button", name=re.compile(r"\d+ new messages")).click()
    expect(row(page, "One more")).to_be_in_viewport()
    # At the end, the next one comes into view by itself, and the divider is where it was.
    say(people, "ben", chat_id, "The last one")
    expect(row(page, "The last one")).to_be_in_viewport()
    expect(page.locator(".first-unread + .message, .row:has(.first-unread) .message")).to_contain_text("New 00")


def test_files_are_sent_with_previews_and_shown_large(people: Desk, axe: str) -> None:
    page = open_chat(people, "ada")
    page.locator("input[type=file]").set_input_files(
        [
            FilePayload(name="Low.png", mimeType="image/png", buffer=png(400, 10)),
            FilePayload(name="Plan.png", mimeType="image/png", buffer=png(300, 200)),
            FilePayload(name="List.txt", mimeType="text/plain", buffer=b"one"),
        ]
    )
    expect(page.locator(".uploads li.done")).to_have_count(3)
    page.get_by_role("button", name="Remove List.txt").click()
    write(page, "Two pictures")

    sent = row(page, "Two pictures")
    expect(sent.locator(".picture img")).to_have_count(2)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type] # as it is declared there
    picture(page, "pictures-390")
    assert page.eval_on_selector(".messages", "list => list.scrollWidth <= list.clientWidth")
    page.set_viewport_size(DESK)  # type: ignore[arg-type] # as it is declared there
    low = sent.locator(".picture").first.bounding_box()
    # A low one has room for a finger, and is not as high as the one next to it.
    assert low is not None and 40 <= low["height"] < 60

    sent.get_by_label("Open the picture Low.png").click()
    viewer = page.get_by_role("dialog")
    expect(viewer.get_by_role("img", name="Low.png")).to_be_visible()
    page.keyboard.press("ArrowRight")
    plan = viewer.get_by_role("img", name="Plan.png")
    expect(plan).to_be_visible()
    picture(page, "viewer")
    assert violations(page, axe) == []
    before = width_of(plan)
    page.keyboard.press("+")
    assert width_of(plan) > before
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)


# A film of some frames, recorded by the browser, as text.
FILM = """
() => new Promise((done) => {
    const canvas = document.createElement("canvas")
    Object.assign(canvas, { width: 320, height: 180 })
    const pen = canvas.getContext("2d")
    const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: "video/webm" })
    let size = 0, frame = 0
    const draw = () => {
        pen.fillStyle = `hsl(${frame++ * 7} 60% 60%)`
        pen.fillRect(0, 0, 320, 180)
        if (size === 0) requestAnimationFrame(draw)
    }
    const pieces = []
    recorder.ondataavailable = ({ data }) => {
        pieces.push(data)
        size += data.size
        if (size > 0 && recorder.state === "recording") recorder.stop()
    }
    recorder.onstop = async () => {
        const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer())
        done(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")))
    }
    draw()
    recorder.start(200)
})
"""

IS_PLAYABLE = "(player) => player.readyState >= 1 && !player.error"


def test_films_and_sounds_play_in_place(people: Desk, axe: str) -> None:
    page = open_chat(people, "ada")
    page.locator("input[type=file]").set_input_files(
        [
            FilePayload(name="Walk.webm", mimeType="video/webm", buffer=b64decode(page.evaluate(FILM))),
            FilePayload(name="Bell.mp3", mimeType="audio/mpeg", buffer=mp3(200)),
            # It only begins like a film.
            FilePayload(name="Broken.mp4", mimeType="video/mp4", buffer=b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0" * 99),
        ]
    )
    expect(page.locator(".uploads li.done")).to_have_count(3)
    write(page, "A film and a sound")

    sent = row(page, "A film and a sound")
    film, sound = sent.get_by_label("Walk.webm", exact=True), sent.get_by_label("Bell.mp3", exact=True)
    for player in (film, sound):
        player.wait_for()
        page.wait_for_function(IS_PLAYABLE, arg=player.element_handle())
    # The box of the film has its size before anything is loaded.
    box = film.bounding_box()
    assert box is not None and abs(box["width"] / box["height"] - 16 / 9) < 0.1
    sound.evaluate("(player) => player.play()")
    page.wait_for_function("(player) => player.currentTime > 0", arg=sound.element_handle())
    # By the keyboard too. The browser's controls come first on the way back, and then the film itself.
    hands = Hands(page)
    while not film.evaluate("player => player.matches(':focus')"):
        page.keyboard.press("Shift+Tab")
    hands.press(" ")
    page.wait_for_function("(player) => player.currentTime > 0", arg=film.element_handle())
    # What cannot be played is still there as a file.
    expect(sent.locator("video")).to_have_count(1)
    expect(sent.get_by_role("link", name=re.compile("Broken.mp4"))).to_be_visible()
    expect(sent.get_by_role("link", name=re.compile("Walk.webm"))).to_have_attribute("download", "Walk.webm")
    assert violations(page, axe) == []
    picture(page, "players")
    page.emulate_media(color_scheme="dark")
    picture(page, "players-dark")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type] # as it is declared there
    assert page.eval_on_selector(".messages", "list => list.scrollWidth <= list.clientWidth")
    picture(page, "players-390")


# Gives a file to an element, as the browser does when somebody drops or pastes one.
GIVE = """
([selector, kind, name, ...texts]) => {
  const data = new DataTransfer()
  data.items.add(new File(["one"], name, { type: "text/plain" }))
  for (const type of texts) data.setData(type, "one")
  const event = kind === "drop" ? new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true })
    : new ClipboardEvent(kind, { clipboardData: data, bubbles: true, cancelable: true })
  return !document.querySelector(selector).dispatchEvent(event)
}
"""


def test_files_are_dropped_and_pasted(people: Desk) -> None:
    page = open_chat(people, "ben")
    page.evaluate(GIVE, [".messages", "drop", "Dropped.txt"])
    page.evaluate(GIVE, [".composer textarea", "paste", "Pasted.txt"])
    expect(page.locator(".uploads li.done")).to_have_count(2)
    page.get_by_role("button", name="Remove Pasted.txt").click()
    field(page).focus()
    field(page).press("Enter")

    expect(page.locator(".message").last.get_by_role("link", name="Dropped.txt")).to_be_visible()


def test_only_files_that_are_meant_are_taken(people: Desk) -> None:
    page = open_chat(people, "ben")

    # A spreadsheet gives a picture with its text. A file next to the chat does not take the place of the console.
    assert not page.evaluate(GIVE, [".composer textarea", "paste", "Table.png", "text/plain", "text/html"])
    assert page.evaluate(GIVE, [".list", "drop", "Elsewhere.txt"])
    expect(page.locator(".uploads li")).to_have_count(0)


def test_others_see_how_far_somebody_has_read(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="Read marks")
    say(people, "ada", chat_id, "Read me")
    ada = people.sign_in("ada", path=f"/chats/{chat_id}")
    expect(row(ada, "Read me").get_by_title("Sent", exact=True)).to_be_visible()

    people.sign_in("ben", path=f"/chats/{chat_id}")

    expect(row(ada, "Read me").get_by_role("img", name="Read by Ben Frost")).to_be_visible()


def test_long_press_opens_the_menu(people: Desk) -> None:
    page = open_chat(people, "ada", size=PHONE, has_touch=True, is_mobile=True)
    touched = row(page, "Welcome, Dan.")
    touched.dispatch_event("pointerdown", {"pointerType": "touch", "bubbles": True, "clientX": 100, "clientY": 100})

    expect(page.get_by_role("menuitem", name="Copy text")).to_be_visible()
    picture(page, "long-press-390")
    page.get_by_role("menuitem", name="Reply").click()
    expect(page.get_by_text("Replying to Ben Frost:")).to_be_visible()


def test_a_window_that_becomes_wider_or_narrower_keeps_the_place(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="Turned")
    for number in range(60):
        say(people, "ben", chat_id, f"Message {number}: " + "The keys are with Cleo, and the flat is free. " * 6)
    people.call("ada", "PUT", "/v1/Read", {"chatId": chat_id})
    page = people.sign_in("ada", path=f"/chats/{chat_id}", size=PHONE)
    row(page, "Message 59:").wait_for()
    reading = row(page, "Message 40:")
    reading.evaluate("row => row.scrollIntoView()")
    page.evaluate(TWO_FRAMES)
    before = place_of(reading) - place_of(page.locator(".messages"))

    for size in (DESK, PHONE, DESK):
        page.set_viewport_size(size)  # type: ignore[arg-type] # as it is declared there
        page.evaluate(TWO_FRAMES)
        # But for rounding.
        assert abs(place_of(reading) - place_of(page.locator(".messages")) - before) <= 4


def test_time_of_a_message_without_a_head_is_beside_its_text(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="Times")
    for text in ("The first", "The second"):
        say(people, "ben", chat_id, text)
    page = people.sign_in("ada", path=f"/chats/{chat_id}")

    second = row(page, "The second")
    right = "part => part.getBoundingClientRect().right"
    left = "part => part.getBoundingClientRect().left"
    assert second.locator(".aside-time").evaluate(right) <= second.locator(".text").evaluate(left)


def test_nothing_is_lost_at_twice_the_size(people: Desk) -> None:
    page = open_chat(people, "ada", size={"width": 720, "height": 450}, device_scale_factor=2)
    write(page, "A larger word " * 10)
    expect(page.locator(".message").last).to_be_in_viewport()
    picture(page, "zoom-200")

    assert not scrolls_sideways(page)
    for name in ("Attach files", "Emoji", "Send"):
        expect(page.locator(".composer").get_by_role("button", name=name)).to_be_in_viewport()


def test_announcer_tells_what_comes(people: Desk) -> None:
    chat_id = chat_of(people, "ben")
    other = new_chat(people, "ben", name="Elsewhere")
    page = open_chat(people, "ben")

    say(people, "ada", chat_id, "Is **anybody** here?")
    expect(page.locator(".announcer")).to_have_text("Ada Young: Is anybody here?")
    assert "Ada Young: Is anybody here?" in spoken(page)

    for text in ("one", "two", "three"):
        say(people, "ada", other, text)
    expect(page.locator(".announcer")).to_have_text("3 new messages in Elsewhere")
    assert page.locator("[aria-live]").count() == 0


def test_settings_silence_the_announcer_and_open_at_the_newest(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="Settings")
    for number in range(60):
        say(people, "ada", chat_id, f"Line {number}")
    people.call("ben", "PUT", "/v1/Me", {"settings": {"console.announces": "off", "console.opensAt": "newest"}})
    page = people.sign_in("ben", path=f"/chats/{chat_id}")
    expect(row(page, "Line 59")).to_be_in_viewport()

    say(people, "ada", chat_id, "Not read out")
    expect(row(page, "Not read out")).to_be_in_viewport()
    expect(page.locator(".announcer")).to_be_empty()

    # k walks up beyond the view, and End leads back.
    row(page, "Not read out").focus()
    for _ in range(30):
        page.keyboard.press("k")
    expect(row(page, "Not read out")).not_to_be_in_viewport()
    page.keyboard.press("End")
    expect(row(page, "Not read out")).to_be_in_viewport()
    people.call("ben", "PUT", "/v1/Me", {"settings": {"console.announces": "", "console.opensAt": ""}})


def test_row_is_one_sentence(people: Desk) -> None:
    chat_id = new_chat(people, "ben", name="Sentences")
    first = say(people, "ben", chat_id, "When?")
    second = say(people, "ada", chat_id, "At *four*", replyToMessageId=first)
    people.call("ben", "PUT", f"/v1/Message/{second}/Reaction", {"emoji": "👍"})
    people.call("ada", "PUT", f"/v1/Message/{second}", {"text": "At *five*"})
    page = people.sign_in("ben", path=f"/chats/{chat_id}")

    label = row(page, "At five").get_attribute("aria-label") or ""
    assert re.fullmatch(r"Ada Young, .{4,8}, replying to Ben Frost: At five, edited, 1 reaction", label), label


ODD = [
    "שלום, הדירה פנויה ביום שישי",
    "x" * 10_000,
    "https://example.com/" + "long/" * 60,
    "| a table | that | is | none |",
    "\u202eturned round",
    "```\n" + "a_line_of_code(with_arguments) " * 20 + "\n```",
    "👋",
]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_odd_texts_stay_in_their_places(people: Desk, size: dict[str, int], axe: str) -> None:
    chat_id = new_chat(people, "ben", name="N" * 200)
    for text in ODD:
        say(people, "ben", chat_id, text)
    page = people.sign_in("ada", path=f"/chats/{chat_id}", size=size)
    row(page, "👋").wait_for()
    picture(page, f"odd-texts-{size['width']}")

    assert not scrolls_sideways(page)
    assert page.eval_on_selector(".messages", "list => list.scrollWidth <= list.clientWidth")
    direction = row(page, "שלום").locator(".text p").evaluate("text => getComputedStyle(text).direction")
    assert direction == "rtl"
    assert violations(page, axe) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_lies_over_the_messages_is_accessible(people: Desk, axe: str, scheme: str) -> None:
    chat_id = new_chat(people, "ben", name=f"Layers {scheme}")
    say(
        people,
        "ben",
        chat_id,
        "> quoted\n\nSee https://example.com, `code` and **more**\n- one\n- two\n```\nx = 1\n```",
    )
    message_id = say(people, "ada", chat_id, "Mine")
    people.call("ada", "PUT", f"/v1/Message/{message_id}", {"text": "Mine, edited"})
    people.call("ben", "PUT", f"/v1/Message/{message_id}/Reaction", {"emoji": "👍"})
    people.call("ada", "PUT", f"/v1/Message/{message_id}/Pin", {})
    page = people.sign_in("ada", path=f"/chats/{chat_id}", scheme=scheme)
    found = {}

    def look(name: str) -> None:
        picture(page, f"messages-{name}-{scheme}")
        found[name] = violations(page, axe)

    row(page, "Mine, edited").hover()
    look("tools")
    page.get_by_role("button", name="More actions").click()
    look("menu")
    page.keyboard.press("Escape")
    row(page, "Mine, edited").get_by_role("button", name="edited").click()
    page.get_by_role("dialog").get_by_text("Mine", exact=True).wait_for()
    look("history")
    page.keyboard.press("Escape")
    field(page).press_sequentially("@")
    page.get_by_role("option").first.wait_for()
    look("completions")
    page.keyboard.press("Escape")
    page.locator(".composer").get_by_role("button", name="Emoji").click()
    page.get_by_role("searchbox", name="Find an emoji").wait_for()
    look("emoji")

    assert found == {name: [] for name in found}


HISTORY = 10_000


@pytest.fixture(scope="module")
def long_history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose chat of the team has ten thousand messages."""
    bundle()
    data = tmp_path_factory.mktemp("history") / "data"
    with served(data, "--demo"):
        pass
    write_history(data, "Team", HISTORY)
    with served(data, "--demo", settings={"throttles": "off"}) as server:
        yield server


# Scrolls in steps until the list ends. Returns the farthest that a row in the middle of the view moved by itself, the
# most rows that there were, and the first and last text.
SCROLL = """
async (step) => {
  const list = document.querySelector(".messages")
  const frame = () => new Promise(requestAnimationFrame)
  let farthest = 0, most = 0, still = 0
  while (still < 20) {
    const { top, height } = list.getBoundingClientRect()
    const middle = top + height / 2
    const row = [...list.querySelectorAll("[data-id]")].find((each) => each.getBoundingClientRect().bottom > middle)
    const before = row.getBoundingClientRect().top
    const from = list.scrollTop
    list.scrollTop += step
    const moved = list.scrollTop - from
    still = moved === 0 ? still + 1 : 0
    for (let frames = 0; frames < 2; frames += 1) {
      await frame()
      most = Math.max(most, list.querySelectorAll("[data-row]").length)
      farthest = Math.max(farthest, Math.abs(row.getBoundingClientRect().top - before + moved))
    }
    if (!row.isConnected) throw new Error("The row in the middle is gone.")
  }
  const texts = list.querySelectorAll(".text")
  return { farthest, most, first: texts[0].textContent, last: texts[texts.length - 1].textContent }
}
"""


def test_ten_thousand_messages_are_scrolled_without_a_jump(browser: Browser, long_history: Served) -> None:
    with desk(browser, long_history) as people:
        page = open_chat(people, "ada")
        up = page.evaluate(SCROLL, -3_000)
        down = page.evaluate(SCROLL, 3_000)

        assert up["first"] == "Good morning! Dan is here from today on."
        assert down["last"].startswith(f"Message {HISTORY}.")
        assert up["farthest"] <= 1 and down["farthest"] <= 1
        assert up["most"] <= 320 and down["most"] <= 320


# Notes the shifts from now on, beside those that scrolling explains.
WATCH_SHIFTS = """
window.shifts = 0
new PerformanceObserver((list) => { for (const { value } of list.getEntries()) window.shifts += value })
    .observe({ type: "layout-shift" })
"""

# Waits until more rows are above than one turn of the wheel shows. The first of all rows changes once there are others
# above it: it may lose its day, and the name of its writer.
READ_AHEAD = """
async () => {
    const list = document.querySelector(".messages");
    const ends = Date.now() + 20_000;
    while (list.scrollTop < 800 && Date.now() < ends) await new Promise(requestAnimationFrame);
}
"""


def test_nothing_shifts_while_pages_are_read_and_the_end_is_one_press_away(
    browser: Browser, long_history: Served
) -> None:
    with desk(browser, long_history) as people:
        page = open_chat(people, "ada")
        expect(page.locator(".notice")).to_have_count(0)
        page.evaluate(WATCH_SHIFTS)
        page.locator(".messages").hover()
        newest = row(page, f"Message {HISTORY}.")
        for _ in range(400):
            page.evaluate(READ_AHEAD)
            page.mouse.wheel(0, -600)
            page.evaluate(TWO_FRAMES)
            if newest.count() == 0:
                break
        expect(newest).to_have_count(0)
        assert page.evaluate("window.shifts") == 0

        page.locator(".to-newest").click()
        expect(row(page, f"Message {HISTORY}.")).to_be_in_viewport()


TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def place_of(of: Locator) -> float:
    box = of.bounding_box()
    assert box is not None
    return round(box["y"])


def width_of(of: Locator) -> float:
    box = of.bounding_box()
    assert box is not None
    return box["width"]


def spoken(page: Page) -> str:
    """What the accessibility tree of the browser has within the status regions."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    by_id = {node["nodeId"]: node for node in nodes}

    def texts(node: dict[str, object]) -> str:
        name = node.get("name", {}).get("value", "")  # type: ignore[attr-defined] # as the protocol has it
        children = [texts(by_id[each]) for each in node.get("childIds", []) if each in by_id]  # type: ignore[attr-defined]
        return " ".join([str(name), *children])

    return " ".join(texts(node) for node in nodes if node.get("role", {}).get("value") == "status")
