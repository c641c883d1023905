"""What a person does by the keyboard alone."""

import re

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.console.test_messages import SENDING, field, new_chat, row, say
from tests.support.console import PASSWORD, PHONE, Desk
from tests.support.hands import Hands
from tests.support.pictures import png


def test_a_list_under_a_field_is_walked_by_the_arrows(people: Desk) -> None:
    page = people.sign_in("ada")
    page.wait_for_selector(".entry")
    page.keyboard.press("Control+k")
    options = page.get_by_role("option")
    field = page.get_by_role("combobox")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect_active(page, options.last.inner_text())
    page.keyboard.press("ArrowDown")
    expect_active(page, options.first.inner_text())
    page.keyboard.press("End")
    expect_active(page, options.last.inner_text())
    page.keyboard.press("Home")
    expect_active(page, options.first.inner_text())

    # After a letter they are for the text again.
    page.keyboard.type("xyz")
    expect(options).to_have_text(["Search messages for “xyz”"])
    page.keyboard.press("Home")
    page.keyboard.type("w")
    expect(field).to_have_value("wxyz")
    page.keyboard.press("Escape")

    # In the choice of people nobody is chosen by Enter alone, since it is also for the form.
    page.keyboard.press("Control+k")
    page.keyboard.type("new chat")
    page.keyboard.press("Enter")
    expect(options.first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect_active(page, options.first.inner_text())
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text("Ben Frost")
    expect(field).to_be_focused()
    page.keyboard.type("nobody at all")
    expect(options).to_have_count(0)
    expect(field).to_have_attribute("aria-expanded", "false")


def expect_active(page: Page, words: str) -> None:
    """Waits until the field with the focus names the option with these words as its active one."""
    active = page.locator("[aria-selected=true]")
    expect(active).to_have_text(words, use_inner_text=True)
    expect(page.locator(":focus")).to_have_attribute("aria-activedescendant", active.get_attribute("id") or "")


def test_places_and_the_skip_link(people: Desk) -> None:
    page = people.sign_in("ada")
    page.wait_for_selector(".entry")
    hands = Hands(page)
    hands.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    hands.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()

    rail = page.get_by_role("navigation")
    for place in ("Contacts", "Invitations", "Administration", "Me", "Chats"):
        hands.reach(rail.locator("[tabindex='0']"), "F6")
        hands.reach(rail.locator(f"a[title='{place}']"), "Home" if place == "Chats" else "ArrowDown")
        hands.press("Enter")
        expect(page.get_by_role("heading", level=1, name=place, exact=True)).to_be_visible()


def test_the_list_of_chats(people: Desk) -> None:
    """Filters, opening, favourites, and the steps from chat to chat."""
    first, second, third = (new_chat(people, "ben", name=f"Keys {name}") for name in ("one", "two", "three"))
    say(people, "ben", first, "Unread")
    page = people.sign_in("ada")
    hands = Hands(page)
    head = page.locator(".pane-head h1")
    for name in ("Unread", "Direct", "Archived", "All"):
        hands.use(page.get_by_role("button", name=name, exact=True), " " if name == "All" else "Enter")
        expect(page.get_by_role("button", name=name, exact=True)).to_have_attribute("aria-pressed", "true")

    # The entry with the focus keeps it when the list changes its order.
    entry = page.locator(".list .entry", has_text="Keys two")
    hands.reach(page.locator(".list .entry").first)
    hands.reach(entry, "ArrowDown")
    say(people, "ben", second, "Moves to the top")
    # Favourites stay above it.
    expect(page.locator(".list .entry:not(:has-text('favourite'))").first).to_contain_text("Keys two")
    expect(entry).to_be_focused()

    # An opened chat is for writing.
    hands.press("Enter")
    expect(head).to_have_text("Keys two")
    expect(page.get_by_role("textbox", name="Write a message")).to_be_focused()
    hands.choose(page.get_by_role("button", name="Actions for this chat"), "Keep on top", "Shift+Tab")
    expect(entry.get_by_text("favourite")).to_be_attached()
    hands.press("Alt+ArrowDown")
    expect(head).not_to_have_text("Keys two")
    hands.press("Alt+ArrowUp")
    expect(head).to_have_text("Keys two")
    say(people, "ben", third, "Unread")
    expect(page.locator(".list .entry.unread", has_text="Keys three")).to_be_visible()
    hands.press("Alt+Shift+ArrowDown")
    expect(head).to_have_text("Keys three")


def test_a_narrow_window(people: Desk) -> None:
    """As one with a page that is four times as large: one column, and a keyboard."""
    new_chat(people, "ben", name="Keys in one column")
    page = people.sign_in("ada", size=PHONE)
    hands = Hands(page)
    entry = page.locator(".list .entry", has_text="Keys in one column")
    hands.reach(page.locator(".list .entry[tabindex='0']"))
    hands.reach(entry, "ArrowDown")
    for _ in range(2):
        hands.press("Enter")
        expect(field(page)).to_be_focused()
        hands.use(page.locator(".pane-head").get_by_role("link", name="Back"), by="Shift+Tab")
        expect(page.locator(".list")).to_be_visible()
        hands.look()
        hands.reach(entry, "ArrowDown")
    hands.press("Enter")
    members = page.locator(".pane-head").get_by_role("link", name="Members")
    hands.use(members, by="Shift+Tab")
    expect(page.get_by_role("complementary").get_by_role("button", name="Close")).to_be_focused()
    hands.press("Escape")
    expect(members).to_be_focused()


def test_a_search_and_its_hits(people: Desk) -> None:
    chat = new_chat(people, "ben", name="Keys found")
    say(people, "ben", chat, "A chandelier of brass")
    say(people, "ben", chat, "Another chandelier")
    page = people.sign_in("ada")
    page.wait_for_selector(".entry")
    hands = Hands(page)
    hands.press("Tab", "/")
    expect(page.get_by_label("Words or filters")).to_be_focused()
    hands.type("chandelier")
    expect(page.locator(".hit")).to_have_count(2)
    hands.use(page.get_by_role("button", name="From"))
    hands.type("ben")
    # What was typed last is not searched for after a hit is opened.
    hands.reach(page.locator(".hit").first)
    hands.press("ArrowDown", "Enter")
    expect(page.locator(".pane").get_by_text("A chandelier of brass")).to_be_visible()
    expect(page.locator(".hit").last).to_be_focused()
    hands.press("/")
    expect(page.get_by_label("Words or filters")).to_be_focused()
    expect(page.get_by_label("Words or filters")).to_have_value("chandelier from:ben")


def test_the_messages_of_a_chat(people: Desk) -> None:
    """Through the rows, and what is done with one of them by its keys."""
    chat = new_chat(people, "ben", name="Keys rows")
    asked = say(people, "ben", chat, "What is the code?")
    for number in range(130):
        say(people, "ben", chat, f"Line {number:03}")
    say(people, "ben", chat, "It is 4711.", replyToMessageId=asked)
    thanks = say(people, "ada", chat, "Thanks a lot")
    people.call("ada", "PUT", "/v1/Read", {"chatId": chat})
    page = people.sign_in("ada", path=f"/chats/{chat}")
    hands = Hands(page)
    mine = page.locator(f"[data-row='{thanks}']")
    expect(field(page)).to_be_focused()
    hands.reach(mine, "Shift+F6")
    hands.press("k")
    expect(row(page, "It is 4711.")).to_be_focused()
    hands.press("j")
    expect(mine).to_be_focused()

    # Its keys.
    hands.press("r")
    expect(page.get_by_text("Replying to yourself:")).to_be_visible()
    hands.press("Escape")
    expect(page.get_by_text("Replying to yourself:")).to_be_hidden()
    hands.reach(mine, "Shift+F6")
    hands.press("e")
    expect(field(page)).to_have_value("Thanks a lot")
    hands.press("Escape")
    hands.reach(mine, "Shift+F6")
    hands.press("+")
    expect(page.get_by_role("searchbox", name="Find an emoji")).to_be_focused()
    hands.type("rocket")
    hands.press("Enter")
    expect(mine).to_be_focused()
    reaction = mine.get_by_role("button", name="🚀 1")
    hands.use(reaction)
    expect(reaction).to_have_count(0)
    expect(mine).to_be_focused()
    hands.press("Delete")
    hands.use(mine.get_by_role("button", name="Undo"))
    expect(mine).to_be_focused()
    hands.press("Delete")
    expect(mine.get_by_text("Message deleted")).to_be_visible()
    hands.press("Control+z")
    expect(mine.get_by_text("Message deleted")).to_be_hidden()
    hands.press("u")
    expect(page.locator(".first-unread")).to_be_visible()

    # A quote leads to what it answers, and the end is one key away.
    hands.press("k")
    hands.use(row(page, "It is 4711.").locator(".quote"))
    expect(row(page, "What is the code?").first).to_be_focused()
    hands.press("End")
    expect(mine).to_be_focused()
    expect(mine).to_be_in_viewport()

    # Older ones are read on the way up.
    for _ in range(60):
        page.keyboard.press("k")
    expect(row(page, "Line 071")).to_be_focused()
    hands.use(page.locator(".to-newest"))
    expect(mine).to_be_focused()
    hands.press("Escape")
    expect(field(page)).to_be_focused()


def test_the_menu_of_a_message(people: Desk) -> None:
    chat = new_chat(people, "ben", name="Keys of a message")
    said = say(people, "ada", chat, "The frist text")
    people.call("ada", "PUT", f"/v1/Message/{said}", {"text": "The first text"})
    context = people.context(permissions=["clipboard-read", "clipboard-write"])
    page = people.sign_in("ada", context, f"/chats/{chat}")
    hands = Hands(page)
    mine = page.locator(f"[data-row='{said}']")
    more = mine.get_by_role("button", name="More actions")

    def choose(action: str) -> None:
        hands.reach(mine, "Shift+F6")
        hands.choose(more, action)

    choose("Pin")
    pins = page.get_by_role("region", name="Pinned messages")
    expect(pins).to_contain_text("The first text")
    choose("Copy text")
    expect(page.get_by_role("status").get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "The first text"
    choose("Copy link")
    expect(page.get_by_role("status").get_by_text("Copied")).to_be_visible()
    choose("Earlier texts")
    expect(page.get_by_role("dialog").get_by_text("The frist text")).to_be_visible()
    hands.press("Escape")
    expect(more).to_be_focused()
    hands.reach(mine, "Shift+F6")
    hands.use(mine.get_by_role("button", name="edited"))
    expect(page.get_by_role("dialog").get_by_text("The frist text")).to_be_visible()
    hands.press("Escape")
    choose("React")
    expect(page.get_by_role("searchbox", name="Find an emoji")).to_be_focused()
    hands.press("ArrowDown", "ArrowRight", "Enter")
    expect(mine.locator(".reaction[aria-pressed=true]")).to_have_count(1)
    choose("Mark unread from here")
    expect(page.locator(".first-unread")).to_be_visible()
    choose("Reply")
    expect(page.get_by_text("Replying to yourself:")).to_be_visible()
    hands.use(page.locator(".about").get_by_role("button", name="Cancel"), by="Shift+Tab")
    expect(field(page)).to_be_focused()
    choose("Edit")
    expect(field(page)).to_have_value("The first text")
    hands.press("Escape")

    hands.use(pins.get_by_role("button", name="The first text"), by="Shift+Tab")
    expect(mine).to_be_focused()
    hands.use(pins.get_by_role("button", name="Show"), by="Shift+Tab")
    hands.use(pins.get_by_role("button", name="Unpin"), by="Shift+Tab")
    expect(pins).to_have_count(0)
    choose("Delete")
    expect(mine.get_by_text("Message deleted")).to_be_visible()
    hands.reach(mine.get_by_role("button", name="Undo"))


def test_the_composer(people: Desk) -> None:
    chat = new_chat(people, "ben", name="Keys to write")
    page = people.sign_in("ada", path=f"/chats/{chat}")
    hands = Hands(page)
    text = field(page)
    expect(text).to_be_focused()
    hands.type("One")
    hands.press("Shift+Enter")
    hands.type("two")
    hands.press("Enter")
    expect(row(page, "One\ntwo")).to_be_visible()
    hands.type("Hello @be")
    expect(page.get_by_role("option", name="Ben Frost")).to_be_visible()
    hands.press("Enter")
    hands.type("and :rocke")
    expect(page.locator("[aria-selected=true]")).to_contain_text("🚀")
    hands.press("Tab")
    expect(text).to_have_value("Hello @Ben Frost and 🚀 ")
    hands.press("Enter")
    sent = row(page, "Hello @Ben Frost")
    expect(sent.get_by_title("Sent", exact=True)).to_be_visible()
    hands.press("ArrowUp")
    expect(text).to_have_value("Hello @Ben Frost and 🚀")
    hands.press("Escape")
    expect(text).to_have_value("")

    hands.use(page.locator(".composer").get_by_role("button", name="Emoji"))
    expect(page.get_by_role("searchbox", name="Find an emoji")).to_be_focused()
    hands.type("rocket")
    hands.press("Enter")
    expect(text).to_have_value("🚀")
    expect(text).to_be_focused()
    hands.press("Backspace")

    # Files: two are chosen, one is removed, one is sent.
    attach(hands, *(FilePayload(name=f"{name}.txt", mimeType="text/plain", buffer=b"one") for name in ("One", "Two")))
    hands.use(page.get_by_role("button", name="Remove One.txt"), by="Shift+Tab")
    expect(page.get_by_role("button", name="Remove Two.txt")).to_be_focused()
    hands.use(page.get_by_role("button", name="Send", exact=True))
    expect(page.locator(".message").last.get_by_role("link", name="Two.txt")).to_be_visible()
    expect(text).to_be_focused()


def test_a_file_is_paused_goes_on_and_is_removed(people: Desk) -> None:
    chat = new_chat(people, "ben", name="Keys for files")
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat}")
    hands = Hands(page)
    expect(field(page)).to_be_focused()
    context.route("**/v1/Uploads/*", lambda route: route.abort())
    page.once("filechooser", lambda chooser: chooser.set_files(FilePayload(name="Long.txt", mimeType="", buffer=b"a")))
    hands.use(page.get_by_role("button", name="Attach files"), by="Shift+Tab")

    for words in ("Pause", "Go on with", "Pause"):
        hands.use(page.get_by_role("button", name=f"{words} Long.txt"), by="Shift+Tab")
    expect(page.get_by_role("button", name="Go on with Long.txt")).to_be_focused()
    hands.use(page.get_by_role("button", name="Remove Long.txt"))
    expect(page.locator(".uploads li")).to_have_count(0)


def test_a_message_that_is_refused(people: Desk) -> None:
    chat = new_chat(people, "ben", name="Keys refused")
    page = people.sign_in("ada", path=f"/chats/{chat}")
    hands = Hands(page)
    refuse = {"responseStatus": {"errorCode": "Conflict", "message": "The server says no."}}
    page.route(SENDING, lambda route: route.fulfill(status=409, json=refuse))
    expect(field(page)).to_be_focused()
    for text in ("To send again", "To discard", "To change"):
        hands.type(text)
        hands.press("Enter")
        expect(row(page, text).get_by_text("The server says no.")).to_be_visible()
    page.unroute(SENDING)

    hands.reach(row(page, "To change"), "Shift+F6")
    hands.use(row(page, "To change").get_by_role("button", name="Edit"))
    expect(field(page)).to_have_value("To change")
    expect(field(page)).to_be_focused()
    expect(row(page, "To change")).to_have_count(0)
    hands.reach(row(page, "To discard"), "Shift+F6")
    hands.use(row(page, "To discard").get_by_role("button", name="Discard"))
    expect(row(page, "To discard")).to_have_count(0)
    expect(row(page, "To send again")).to_be_focused()
    hands.use(row(page, "To send again").get_by_role("button", name="Try again"))
    expect(row(page, "To send again").get_by_title("Sent", exact=True)).to_be_visible()


def test_pictures_large(people: Desk) -> None:
    chat = new_chat(people, "ben", name="Keys of pictures")
    page = people.sign_in("ada", path=f"/chats/{chat}")
    hands = Hands(page)
    expect(field(page)).to_be_focused()
    picture = png(60, 40)
    attach(hands, *(FilePayload(name=f"{name}.png", mimeType="image/png", buffer=picture) for name in ("One", "Two")))
    expect(field(page)).to_be_focused()
    hands.press("Enter")
    expect(page.locator(".picture img")).to_have_count(2)

    hands.reach(page.locator(".message"), "Shift+F6")
    first = page.get_by_label("Open the picture One.png")
    hands.use(first)
    viewer = page.get_by_role("dialog")
    expect(viewer.get_by_role("img", name="One.png")).to_be_visible()
    hands.press("ArrowRight")
    expect(viewer.get_by_role("img", name="Two.png")).to_be_visible()
    hands.use(viewer.get_by_role("button", name="Picture before"))
    expect(viewer.get_by_role("img", name="One.png")).to_be_visible()
    hands.press("+", "-", "ArrowRight")
    expect(viewer.get_by_role("img", name="Two.png")).to_be_visible()
    stays_within(hands, viewer)
    hands.press("Escape")
    expect(viewer).to_have_count(0)
    expect(first).to_be_focused()


def test_the_menu_of_a_chat_and_its_dialogs(people: Desk) -> None:
    chat = new_chat(people, "ben", name="Keys of a chat")
    page = people.sign_in("ada", path=f"/chats/{chat}")
    hands = Hands(page)
    head = page.locator(".pane-head")
    menu = page.get_by_role("button", name="Actions for this chat")
    dialog = page.get_by_role("dialog")
    expect(field(page)).to_be_focused()

    def choose(action: str) -> None:
        hands.choose(menu, action, "Shift+Tab")

    # Each dialog keeps the focus while it is open, and gives it back.
    for action in ("Add people", "Rename", "Archive for everybody", "Leave chat"):
        choose(action)
        expect(dialog).to_be_visible()
        stays_within(hands, dialog)
        hands.press("Escape")
        expect(dialog).to_have_count(0)
        expect(menu).to_be_focused()
    choose("Rename")
    hands.press("Control+a")
    hands.type("Keys renamed")
    hands.press("Enter")
    expect(head.locator("h1")).to_have_text("Keys renamed")
    expect(dialog).to_have_count(0)
    choose("Add people")
    hands.type("new-one@keys.example")
    expect(page.get_by_role("option")).to_have_count(1)
    hands.press("Enter")
    expect(page.locator(".chip")).to_have_count(1)
    hands.use(dialog.get_by_role("button", name="Add", exact=True))
    expect(head).to_contain_text("3 members")
    expect(menu).to_be_focused()

    # What can be taken back: from the toast, or by its key.
    entry = page.locator(".list .entry", has_text="Keys renamed")
    choose("Mute")
    expect(entry.get_by_text("muted")).to_be_attached()
    hands.press("m")
    expect(entry.get_by_text("muted")).to_have_count(0)
    choose("Archive for me")
    expect(entry).to_have_count(0)
    hands.use(undo(page, "The chat is in your archive."), by="F6")
    expect(entry).to_be_visible()
    expect(undo(page, "The chat is in your list again.")).to_be_visible()
    choose("Archive for me")
    expect(undo(page, "The chat is in your archive.")).to_be_visible()
    expect(entry).to_have_count(0)
    hands.press("Control+z")
    expect(entry).to_be_visible()
    choose("Search in this chat")
    expect(page.get_by_label("Words or filters")).to_be_focused()
    page.go_back()
    expect(field(page)).to_be_visible()

    choose("Archive for everybody")
    hands.use(dialog.get_by_role("button", name="Archive for everybody"))
    expect(head).to_contain_text("Archived")
    choose("Open again for everybody")
    hands.use(dialog.get_by_role("button", name="Open again for everybody"))
    expect(head).to_contain_text("3 members")
    choose("Leave chat")
    hands.use(dialog.get_by_role("button", name="Leave chat"))
    expect(dialog.get_by_role("alert")).to_have_text("You are the only owner. Make somebody else an owner first.")
    hands.use(dialog.get_by_role("link", name="Choose a new owner among the members"))
    expect(page.get_by_role("complementary", name="Members")).to_be_visible()


def undo(page: Page, words: str) -> Locator:
    """The button that takes back what a toast says. An older toast stays until the server has answered."""
    return page.locator(".toast", has_text=words).get_by_role("button", name="Undo")


def test_the_panels_of_a_chat(people: Desk) -> None:
    chat = new_chat(people, "ben", "cleo", name="Keys of members")
    page = people.sign_in("ada", path=f"/chats/{chat}")
    hands = Hands(page)
    panel = page.get_by_role("complementary")
    members = page.locator(".pane-head").get_by_role("link", name="Members")
    expect(field(page)).to_be_focused()
    hands.use(members, by="Shift+Tab")
    expect(panel.locator(".entry")).to_have_count(3)
    hands.reach(panel.get_by_role("link", name="Ada Young"))
    hands.reach(panel.get_by_role("link", name="Cleo Diaz"), "ArrowDown")
    cleo = panel.get_by_role("button", name="Actions for Cleo Diaz")
    hands.choose(cleo, "Make moderator")
    expect(panel.locator(".entry", has_text="Cleo Diaz")).to_contain_text("moderator")
    hands.choose(cleo, "Remove from the chat")
    expect(panel.locator(".entry")).to_have_count(2)
    hands.look()
    hands.use(undo(page, "Cleo Diaz was removed."), by="F6")
    expect(panel.locator(".entry")).to_have_count(3)
    hands.reach(panel.get_by_label("Filter members"), "Shift+Tab")
    hands.type("frost")
    expect(panel.locator(".entry")).to_have_count(1)
    hands.press("Escape", "Escape")
    expect(panel).to_have_count(0)
    expect(members).to_be_focused()

    # The settings of the chat.
    menu = page.get_by_role("button", name="Actions for this chat")
    hands.choose(menu, "Chat settings")
    hands.reach(panel.get_by_role("radio", name=re.compile("^Every message")))
    hands.press("ArrowDown")
    expect(panel.get_by_role("radio", name=re.compile("^Only mentions"))).to_be_checked()
    hands.use(panel.get_by_role("button", name="Mute for an hour"))
    expect(panel.get_by_role("button", name="Unmute")).to_be_focused()
    hands.press("Enter")
    hands.use(panel.get_by_role("checkbox", name="Keep on top"), " ")
    expect(panel.get_by_role("checkbox", name="Keep on top")).to_be_checked()
    hands.use(panel.get_by_role("checkbox", name="Archive for me"), " ")
    expect(undo(page, "The chat is in your archive.")).to_be_visible()
    hands.press("Control+z")
    expect(panel.get_by_role("checkbox", name="Archive for me")).not_to_be_checked()
    hands.use(panel.get_by_role("button", name="Close"), by="Shift+Tab")
    expect(menu).to_be_focused()

    hands.use(members, by="Shift+Tab")
    hands.choose(panel.get_by_role("button", name="Actions for Ben Frost"), "Write to them")
    expect(page.locator(".pane-head h1")).to_have_text("Ben Frost")
    expect(field(page)).to_be_focused()


def test_starting_a_chat_and_what_lies_over_the_page(people: Desk) -> None:
    page = people.sign_in("cleo")
    page.wait_for_selector(".entry")
    hands = Hands(page)
    dialog = page.get_by_role("dialog")
    new = page.get_by_role("button", name="New chat")
    hands.use(new)
    expect(dialog.get_by_role("option").first).to_be_visible()
    stays_within(hands, dialog)
    hands.press("Escape")
    expect(new).to_be_focused()
    for key in ("?", "Control+k"):
        hands.press(key)
        expect(dialog).to_be_visible()
        stays_within(hands, dialog)
        hands.press("Escape")
        expect(dialog).to_have_count(0)
        expect(new).to_be_focused()

    hands.press("Enter")
    for name in ("dan", "eve"):
        hands.type(name)
        expect(dialog.get_by_role("option")).to_have_count(1)
        hands.press("Enter")
    hands.use(dialog.get_by_role("button", name="Remove Dan Ito"), by="Shift+Tab")
    expect(page.locator(".chip")).to_have_text("Eve Larsen")
    hands.use(dialog.get_by_role("button", name="Start chat"))
    expect(page.locator(".pane-head h1")).to_have_text("Eve Larsen")
    expect(field(page)).to_be_focused()


def test_signing_in_what_a_person_chooses_and_signing_out(people: Desk) -> None:
    people.sign_in("finn")
    page = people.context(has_worker=True).new_page()
    page.goto("/sign-in?continue=/me")
    hands = Hands(page)
    expect(page.get_by_label("E-mail address")).to_be_focused()
    hands.type("finn@demo.example")
    hands.press("Tab")
    hands.type("wrong")
    hands.use(page.get_by_role("button", name="Sign in"))
    expect(page.get_by_role("alert")).to_have_text("The address or the password is wrong.")
    expect(page.get_by_label("Password")).to_be_focused()
    hands.type(PASSWORD)
    hands.press("Enter")

    name = page.get_by_label("Your name")
    hands.reach(name)
    hands.press("Control+a")
    hands.type("Finn M. Moore")
    hands.use(page.get_by_role("button", name="Save"))
    expect(page.locator(".card-name").first).to_have_text("Finn M. Moore")
    expect(name).to_be_focused()
    hands.use(page.get_by_role("checkbox", name="Others see when I am there"), " ")
    for group, value in (("Theme", "Dark"), ("Enter", "^Begins"), ("opens", "newest"), ("Screen readers", "not read")):
        choice = page.get_by_role("group", name=re.compile(group)).get_by_role("radio")
        hands.reach(choice.first)
        hands.reach(page.get_by_role("radio", name=re.compile(value)), "ArrowDown")
        expect(hands.focus).to_be_checked()
    hands.reach(page.get_by_role("checkbox", name="Notify me in this browser"))
    hands.use(page.get_by_role("button", name="Sign out there").first)
    expect(page.get_by_role("button", name="Sign out there")).to_have_count(0)
    hands.look()
    hands.reach(page.get_by_label("Language"), "Shift+Tab")
    hands.press("ArrowDown")
    expect(page.get_by_role("heading", name="Ich", exact=True)).to_be_visible()
    hands.use(page.get_by_role("button", name="Abmelden", exact=True))
    expect(page.get_by_label("E-mail address")).to_be_focused()


def test_signing_out_while_something_waits(people: Desk) -> None:
    chat = new_chat(people, "ben", name="Keys that wait")
    page = people.sign_in("ada", path=f"/chats/{chat}")
    hands = Hands(page)
    page.route(SENDING, lambda route: route.abort())
    expect(field(page)).to_be_focused()
    hands.type("Not sent yet")
    hands.press("Enter")
    expect(row(page, "Not sent yet")).to_be_visible()
    dialog = page.get_by_role("dialog", name="Sign out")

    def sign_out() -> None:
        page.keyboard.press("Control+k")
        expect(page.get_by_role("combobox")).to_be_focused()
        hands.type("sign out")
        expect(page.get_by_role("option").first).to_have_text("Sign out")
        page.keyboard.press("Enter")

    sign_out()
    expect(dialog.get_by_role("button", name="Stay")).to_be_focused()
    stays_within(hands, dialog)
    hands.press("Escape")
    expect(dialog).to_have_count(0)
    expect(field(page)).to_be_focused()
    sign_out()
    hands.use(dialog.get_by_role("button", name="Sign out and discard 1 message"))
    expect(page.get_by_label("E-mail address")).to_be_focused()


def test_contacts_invitations_and_the_administration(people: Desk) -> None:
    page = people.sign_in("ada", path="/contacts")
    hands = Hands(page)
    hands.reach(page.get_by_label("Search by name or address"))
    hands.type("grace")
    grace = page.locator(".list").get_by_role("link", name=re.compile("Grace Hall"))
    expect(page.locator(".list .entry")).to_have_count(1)
    hands.use(grace)
    again = page.get_by_role("button", name="Invite again")
    hands.use(again)
    expect(page.get_by_role("status").get_by_text("grace@demo.example was invited.")).to_be_visible()
    expect(again).to_be_focused()
    hands.use(page.get_by_role("button", name="Write to them"), by="Shift+Tab")
    expect(page.locator(".pane-head h1")).to_have_text("Grace Hall")
    expect(field(page)).to_be_focused()

    # From the administration to the invitations.
    rail = page.get_by_role("navigation")
    hands.reach(rail.locator("[tabindex='0']"), "F6")
    hands.use(rail.locator("a[title='Administration']"), by="ArrowDown")
    for name in ("Contacts", "All operations"):
        hands.reach(page.get_by_role("main").get_by_role("link", name=name))
    hands.use(page.get_by_role("link", name="Invite people"), by="Shift+Tab")
    addresses = page.get_by_label("E-mail addresses")
    hands.reach(addresses)
    hands.type("keys@new.example")
    agent = page.get_by_role("checkbox", name="Agent")
    hands.use(agent, " ")
    expect(agent).not_to_be_checked()
    hands.press(" ")
    send = page.get_by_role("button", name="Send invitations")
    hands.use(send)
    expect(page.locator(".outcomes")).to_contain_text("keys@new.example was invited.")
    expect(send).to_be_focused()
    actions = page.locator(".sent", has_text="keys@new.example").get_by_role("button")
    hands.choose(actions, "Send again")
    expect(page.get_by_text("The invitation of keys@new.example is valid longer.")).to_be_visible()
    hands.choose(actions, "Revoke")
    expect(page.locator(".sent", has_text="keys@new.example")).to_have_count(0)
    hands.look()


def test_the_list_of_keys_names_them_as_the_keyboard_does(people: Desk) -> None:
    people.call("dan", "PUT", "/v1/Me", {"settings": {"console.enter": "break"}})
    page = people.sign_in("dan", language="de-DE")
    page.wait_for_selector(".entry")
    Hands(page).press("Tab", "?")

    for words, keys in (
        ("Zu einem Chat, einer Person oder einer Aktion", "Strg+K"),
        ("Löschen", "Entf"),
        ("Reagieren", "+"),
        ("Senden", "Umschalt+Eingabe"),
    ):
        line = page.get_by_role("dialog").locator("dl > div").filter(has=page.get_by_text(words, exact=True))
        expect(line.locator("kbd")).to_have_text(keys)
    people.call("dan", "PUT", "/v1/Me", {"settings": {"console.enter": ""}})


def stays_within(hands: Hands, dialog: Locator) -> None:
    """Goes around in a dialog, which never lets the focus out."""
    for key in ["Tab"] * 12 + ["Shift+Tab"] * 12:
        hands.page.keyboard.press(key)
        # Between the end and the start the browser itself has it for one step.
        expect(hands.page.locator(":focus:not(dialog, dialog *)")).to_have_count(0)


def attach(hands: Hands, *files: FilePayload) -> None:
    """Chooses files by the button for it, and waits until they are uploaded."""
    # Before the keys, since the browser needs to know that nobody sits there to choose.
    hands.page.once("filechooser", lambda chooser: chooser.set_files(files))
    hands.use(hands.page.get_by_role("button", name="Attach files"), by="Shift+Tab")
    expect(hands.page.locator(".uploads li.done")).to_have_count(len(files))
