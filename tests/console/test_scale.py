"""Many chats, many members, and nothing at all."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import violations
from tests.support.console import PHONE, SCHEMES, Desk

CHATS = 500
MEMBERS = 150

# As in state/chats.ts.
A_PAGE = 100


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


def test_many_members_come_by_pages(people: Desk) -> None:
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
    expect(entries).to_have_count(A_PAGE)
    entries.last.scroll_into_view_if_needed()
    expect(entries).to_have_count(MEMBERS + 1)

    page.get_by_label("Filter members").fill("m042")
    expect(entries).to_have_count(1)


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
