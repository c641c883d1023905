"""What somebody sees follows the server, whatever happens to the connection, the tabs, and who is signed in."""

import re
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.console.test_outbox import composer, shown, sign_in, team, write, written
from tests.support.console import Desk, bundle, desk
from tests.support.served import Served, served


def streams(context: BrowserContext) -> list[str]:
    """The streams that the pages of a browser open. Grows as they do so."""
    opened: list[str] = []
    context.on("request", lambda each: opened.append(each.url) if "/event-stream" in each.url else None)
    return opened


def send(people: Desk, chat_id: str, text: str, person: str = "ben") -> Any:
    return people.call(person, "POST", "/v1/Messages", {"chatId": chat_id, "text": text})["message"]


def messages_of(people: Desk, chat_id: str) -> Any:
    return people.call("ada", "GET", f"/v1/Messages?ChatId={chat_id}")["messages"]


def opened(context: BrowserContext, path: str) -> Page:
    """Another tab of a browser, which shows this chat."""
    page = context.new_page()
    page.goto(path)
    composer(page).wait_for()
    return page


def test_two_tabs_share_one_stream_and_the_other_goes_on_when_one_is_closed(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    requests = streams(context)
    first = people.sign_in("ada", context, f"/chats/{chat_id}")
    composer(first).wait_for()
    second = opened(context, f"/chats/{chat_id}")
    send(people, chat_id, "For both tabs")
    for page in (first, second):
        expect(shown(page, "For both tabs")).to_have_count(1)
    assert len(requests) == 1

    first.close()

    send(people, chat_id, "For the tab that is left")
    expect(shown(second, "For the tab that is left")).to_have_count(1)
    send(people, chat_id, "And one more")
    expect(shown(second, "And one more")).to_have_count(1)
    assert len(requests) == 2


def test_what_happened_while_offline_is_caught_up(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    edited = send(people, chat_id, "Written before")
    deleted = send(people, chat_id, "Deleted before long")
    expect(shown(page, "Deleted before long")).to_have_count(1)
    context.set_offline(True)
    expect(page.get_by_text(re.compile("You are offline"))).to_be_visible()

    send(people, chat_id, "Sent meanwhile")
    people.call("ben", "PUT", f"/v1/Message/{edited['chatMessageId']}", {"text": "Changed meanwhile"})
    people.call("ben", "DELETE", f"/v1/Message/{deleted['chatMessageId']}")
    context.set_offline(False)

    expect(shown(page, "Sent meanwhile")).to_have_count(1)
    expect(shown(page, "Changed meanwhile")).to_have_count(1)
    expect(shown(page, "Deleted before long")).to_have_count(0)
    expect(page.get_by_text(re.compile("You are offline"))).to_have_count(0)


def test_a_server_that_is_restored_from_a_backup_is_shown_as_it_is_and_the_place_is_kept(
    browser: Browser, tmp_path: Path
) -> None:
    bundle()
    data, backup, settings = tmp_path / "data", tmp_path / "backup", {"throttles": "off"}
    with served(data, "--demo", settings=settings) as first, desk(browser, first) as people:
        same = ("--listen", first.url.removeprefix("http://"))
        chat_id = team(people)
        sent = [send(people, chat_id, f"Line {number}") for number in range(60)]
        own = people.call("ada", "POST", "/v1/Chat", {"chat": {"chatName": "Notes", "chatMembers": []}})["chat"][0]
        page = people.sign_in("ada", path=f"/chats/{chat_id}")
        expect(shown(page, "Line 59")).to_have_count(1)
        stop(first)
        shutil.copytree(data, backup)

        with served(data, *same, settings=settings) as second:
            people.call("ben", "DELETE", f"/v1/Message/{sent[58]['chatMessageId']}")
            expect(shown(page, "Line 58")).to_have_count(0)
            write(page, "Lost by the restore")
            expect(page.locator(".message:not(.waiting)", has_text="Lost by the restore")).to_have_count(1)
            send(people, chat_id, "Lost as well")
            expect(shown(page, "Lost as well")).to_have_count(1)
            people.call("ada", "PUT", f"/v1/Chats/{own['chatId']}/Draft", {"text": "Lost draft"})
            drafted = page.get_by_role("region", name="Chats").get_by_text("Lost draft")
            expect(drafted).to_have_count(1)
            stop(second)
        write(page, "Waits for the server")
        upper = page.locator("main").get_by_text(re.compile(r"^Line \d+$")).first
        upper.scroll_into_view_if_needed()
        place = upper.inner_text()
        composer(page).fill("A draft")
        shutil.rmtree(data)
        shutil.copytree(backup, data)

        with served(data, *same, settings=settings):
            expect(shown(page, "Line 58")).to_have_count(1)
            expect(shown(page, place)).to_be_in_viewport()
            expect(composer(page)).to_have_value("A draft")
            for text in ("Lost by the restore", "Lost as well"):
                expect(shown(page, text)).to_have_count(0)
                expect(page.get_by_role("region", name="Chats").get_by_text(text)).to_have_count(0)
            # A draft is saved again, since the page still knows it.
            expect(drafted).to_have_count(1)
            elsewhere = people.sign_in("ada", path=f"/chats/{own['chatId']}")
            expect(composer(elsewhere)).to_have_value("Lost draft")
            send(people, chat_id, "After the restore")
            expect(page.get_by_role("region", name="Chats").get_by_text("After the restore")).to_have_count(1)
            expect(shown(page, place)).to_be_in_viewport()
            page.get_by_role("button", name=re.compile("new message|newest", re.IGNORECASE)).click()
            expect(shown(page, "After the restore")).to_be_in_viewport()
            expect(page.locator(".message.waiting")).to_have_count(0)
            newest = written(people, chat_id)[-4:]
            assert sorted(newest) == sorted(["Line 58", "Line 59", "Waits for the server", "After the restore"])
            assert page.locator(".message .text").all_inner_texts()[-4:] == newest


def stop(server: Served) -> None:
    server.process.terminate()
    server.process.wait(timeout=60)


def test_a_laptop_that_slept_connects_again_at_once(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context)
    page.clock.install()
    page.goto(f"/chats/{chat_id}")
    composer(page).wait_for()
    send(people, chat_id, "Before it slept")
    expect(shown(page, "Before it slept")).to_have_count(1)

    with page.expect_request("**/event-stream"):
        page.clock.fast_forward("02:00")

    send(people, chat_id, "After it woke")
    expect(shown(page, "After it woke")).to_have_count(1)


def test_signed_out_elsewhere(people: Desk) -> None:
    context = people.context()
    first = people.sign_in("ada", context)
    second = people.sign_in("ada", context)

    context.request.post("/auth/logout", headers={"Accept": "application/json"})

    for page in (first, second):
        expect(page.get_by_label("Password")).to_be_visible()
        expect(page.get_by_text("Team", exact=True)).to_have_count(0)
    sign_in(second, "ada")
    first.wait_for_selector("nav", state="attached")


def test_a_tab_follows_when_another_person_signs_in_beside_it(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    first = people.sign_in("ada", context, f"/chats/{chat_id}")
    second = opened(context, f"/chats/{chat_id}")
    write(first, "Written by Ada")
    # It is sent, and does not wait for Ada to come back.
    expect(first.locator(".message:not(.waiting)", has_text="Written by Ada")).to_have_count(1)
    expect(shown(second, "Written by Ada")).to_have_count(1)

    with first.expect_response("**/api/FindChats*"), second.expect_response("**/api/FindChats*"):
        people.sign_in("ben", context).close()
    # The tabs are Ben's when the message is not their person's any more.
    for tab in (first, second):
        expect(tab.locator(".message:not(.mine)", has_text="Written by Ada")).to_have_count(1)

    write(first, "Written by Ben")
    expect(shown(first, "Written by Ben")).to_have_count(1)
    expect(shown(second, "Written by Ben")).to_have_count(1)
    expect(first.locator(".message:not(.waiting)", has_text="Written by Ben")).to_have_count(1)
    names = {each["text"]: each["senderName"] for each in messages_of(people, chat_id)}
    assert (names["Written by Ada"], names["Written by Ben"]) == ("Ada Young", "Ben Frost")


def test_removed_from_a_chat_while_reading_it(people: Desk) -> None:
    ids = {name: people.call(name, "GET", "/v1/Me")["me"]["userId"] for name in ("ada", "ben")}
    named = {"chatName": "Short-lived", "chatMembers": [{"userId": ids["ben"], "isActive": True}]}
    chat = people.call("ada", "POST", "/v1/Chat", {"chat": named})["chat"][0]
    page = people.sign_in("ben", path=f"/chats/{chat['chatId']}")
    composer(page).wait_for()
    found = people.call("ada", "GET", f"/v1/Chats/{chat['chatId']}/Members")["members"]
    membership = next(each["chatMemberId"] for each in found if each["userId"] == ids["ben"])

    people.call("ada", "DELETE", f"/v1/ChatMembers/{membership}")

    expect(composer(page)).to_have_count(0)
    expect(page.locator("main").get_by_text(re.compile("not in it|no longer"))).to_be_visible()
    expect(page.get_by_text("Short-lived")).to_have_count(0)


def test_with_a_clock_that_is_wrong_by_an_hour_nothing_is_in_the_future(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    context.add_init_script("{ const now = Date.now; Date.now = () => now() - 3_600_000 }")
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    send(people, chat_id, "Just now")
    expect(shown(page, "Just now")).to_have_count(1)

    expect(page.get_by_role("region", name="Chats").locator("time").first).to_contain_text(re.compile("^now"))


def test_a_tab_in_sight_takes_the_stream_from_one_that_is_silent(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    first = people.sign_in("ada", context, f"/chats/{chat_id}")
    composer(first).wait_for()
    second = context.new_page()
    second.clock.install()
    second.goto(f"/chats/{chat_id}")
    composer(second).wait_for()

    with second.expect_request("**/event-stream"):
        second.clock.fast_forward("01:00")

    send(people, chat_id, "Whoever has the stream")
    for page in (first, second):
        expect(shown(page, "Whoever has the stream")).to_have_count(1)
