"""Many chats, many members, and nothing at all."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import violations
from tests.console.test_outbox import composer, team
from tests.support.console import PHONE, SCHEMES, Desk, bundle, desk, picture
from tests.support.crowd import write_crowd
from tests.support.served import Served, served

CHATS = 500
MEMBERS = 150
CROWD = 10_000

# The most rows of a list of members. As in components/rows.ts.
MOST_ROWS = 200

# Scrolls to the end of the list of members until all have come. Returns the most rows that there were at any time.
SCROLL_TO_THE_END = """
async ([list, count]) => {
    let most = 0
    let frames = 6000
    const last = () => Number(list.lastElementChild?.ariaPosInSet ?? 0)
    while (last() < count && frames-- > 0) {
        list.scrollTop = list.scrollHeight
        await new Promise(requestAnimationFrame)
        most = Math.max(most, list.childElementCount)
    }
    return most
}
"""


def test_five_hundred_chats_are_listed_and_found(people: Desk) -> None:
    for number in range(CHATS):
        people.call("cleo", "POST", "/v1/Chat", {"chat": {"chatName": f"Chat {number:03}", "chatMembers": []}})
    page = people.sign_in("cleo")
    expect(page.locator(".list .entry").first).to_contain_text(f"Chat {CHATS - 1}")
    expect(page.locator(".list .entry", has_text="Chat 000")).to_be_attached()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("123")
    expect(page.get_by_role("option").first).to_contain_text("Chat 123")
    page.keyboard.press("Enter")

    expect(page.locator(".list .entry[aria-current=page]")).to_be_in_viewport()


def test_many_members_are_listed_and_found(people: Desk) -> None:
    me = people.call("ada", "GET", "/v1/Me")["me"]["contactId"]
    roles = [role["roleId"] for role in people.call("ada", "GET", "/v1/InvitableRoles")["roles"]]
    members = []
    for number in range(MEMBERS):
        asked = {"emailAddress": f"m{number:03}@many.example", "roles": roles[:1]}
        invited = people.call("ada", "POST", f"/api/contacts/{me}/invite/contact", asked)
        members.append({"userId": invited["contactId"]})
    started = people.call("ada", "POST", "/v1/Chat", {"chat": {"chatName": "Many", "chatMembers": members}})
    page = people.sign_in("ada", path=f"/chats/{started['chat'][0]['chatId']}?panel=members")
    entries = page.locator(".panel .entry")
    expect(page.locator(".panel")).to_contain_text(f"{MEMBERS + 1} members")
    expect(entries).to_have_count(MEMBERS + 1)

    page.get_by_label("Filter members").fill("m042")
    expect(entries).to_have_count(1)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose chat of the team has ten thousand more members."""
    bundle()
    data = tmp_path_factory.mktemp("crowd") / "data"
    with served(data, "--demo"):
        pass
    write_crowd(data, "Team", CROWD)
    with served(data, settings={"throttles": "off"}) as server:
        yield server


def test_ten_thousand_members_are_scrolled_and_changed_at_the_end(browser: Browser, crowded: Served) -> None:
    with desk(browser, crowded) as people:
        page = people.sign_in("ada", path=f"/chats/{team(people)}?panel=members")
        panel, entries = page.locator(".panel"), page.locator(".panel .entry")
        expect(entries.first).to_contain_text("Ada Young")
        everybody = int("".join(filter(str.isdigit, panel.get_by_role("status").inner_text())))
        assert everybody > CROWD

        most = page.evaluate(SCROLL_TO_THE_END, [panel.get_by_role("list").element_handle(), everybody])

        assert most <= MOST_ROWS
        last = f"Person {CROWD:05}"
        expect(entries.last).to_contain_text(last)
        picture(page, "members-of-ten-thousand")
        choose(page, last, "Make moderator")
        expect(entries.last).to_contain_text("moderator")
        choose(page, f"Person {CROWD - 1:05}", "Remove from the chat")
        expect(panel).to_contain_text(f"{everybody - 1:,} members")
        expect(entries.filter(has_text=f"Person {CROWD - 1:05}")).to_have_count(0)
        # The list stays where it was.
        expect(entries.last).to_contain_text(last)
        expect(entries.last).to_be_in_viewport()

        page.get_by_label("Filter members").fill("Person 04")
        expect(entries.first).to_contain_text("Person 04000")
        page.get_by_label("Filter members").fill("Person 04321")
        expect(entries).to_have_count(1)


def test_somebody_of_ten_thousand_is_named(browser: Browser, crowded: Served) -> None:
    with desk(browser, crowded) as people:
        chat_id = team(people)
        page = people.sign_in("ben", path=f"/chats/{chat_id}")
        composer(page).press_sequentially("Ask @Person 07")
        offers = page.get_by_role("listbox").get_by_role("option")
        expect(offers).to_have_count(8)
        composer(page).press_sequentially("777")
        expect(offers).to_have_count(1)
        composer(page).press("Enter")
        expect(composer(page)).to_have_value("Ask @Person 07777 ")
        composer(page).press_sequentially("for the keys")
        composer(page).press("Enter")

        expect(page.locator(".message:not(.waiting) .mention")).to_have_text("@Person 07777")
        sent = people.call("ben", "GET", f"/v1/Messages?ChatId={chat_id}")["messages"][-1]
        assert (sent["text"], sent["mentionedUserIds"]) == ("Ask @Person 07777 for the keys", [f"{7777:032x}"])
        # Who is named stays named when another page, which knows fewer people, changes the text.
        page.reload()
        expect(page.locator("main").get_by_text("Ask @Person 07777 for the keys")).to_have_count(1)
        composer(page).press("ArrowUp")
        expect(composer(page)).to_have_value("Ask @Person 07777 for the keys")
        composer(page).fill("Ask @Person 07777 for both keys")
        with page.expect_response("**/api/EditMessage"):
            composer(page).press("Enter")
        edited = people.call("ben", "GET", f"/v1/Messages?ChatId={chat_id}")["messages"][-1]
        assert (edited["text"], edited["mentionedUserIds"]) == ("Ask @Person 07777 for both keys", [f"{7777:032x}"])


def choose(page: Page, name: str, action: str) -> None:
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name=action).click()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_somebody_without_chats_learns_what_to_do(people: Desk, axe: str, scheme: str) -> None:
    page = people.sign_in("eve", scheme=scheme, size=PHONE)
    for chat in people.call("eve", "GET", "/v1/Chats")["chats"]:
        mine = next(member for member in chat["members"] if member["name"] == "Eve Larsen")
        people.call("eve", "DELETE", f"/v1/ChatMembers/{mine['chatMemberId']}")
    expect(page.get_by_role("heading", name="Welcome, Eve Larsen")).to_be_visible()
    assert violations(page, axe) == []
    page.get_by_role("button", name="New chat").click()

    expect(page.get_by_role("dialog", name="New chat")).to_be_visible()
