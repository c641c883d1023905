"""What somebody writes reaches the server once, in order, whatever happens to the network, the page and the server."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.browser.conftest import violations
from tests.support.console import PASSWORD, Desk, bundle, desk, picture
from tests.support.served import served

SEND = "**/api/SendMessage"

# Whether the browser has stored so many messages, which it does just after it has shown them.
ARE_KEPT = """
(count) => new Promise((done) => {
    const opening = indexedDB.open("parlour")
    opening.onsuccess = () => {
        const counting = opening.result.transaction("messages").objectStore("messages").count()
        counting.onsuccess = () => { opening.result.close(); done(counting.result >= count) }
    }
})
"""


def team(people: Desk, person: str = "ada") -> str:
    """The id of the chat of all agents."""
    chats = people.call(person, "GET", "/v1/Chats")["chats"]
    return str(next(each["chatId"] for each in chats if each["memberCount"] > 2))


def written(people: Desk, chat_id: str, person: str = "ada") -> list[str]:
    """The texts of the newest messages, oldest first, as the server has them."""
    found = people.call(person, "GET", f"/v1/Messages?ChatId={chat_id}")["messages"]
    return [each.get("text", "") for each in found]


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Write a message")


def write(page: Page, *texts: str) -> None:
    for text in texts:
        composer(page).fill(text)
        composer(page).press("Enter")


def shown(page: Page, text: str) -> Locator:
    """The places in the open chat that have exactly this text."""
    return page.locator("main").get_by_text(text, exact=True)


def sends(context: BrowserContext) -> list[Any]:
    """The messages that the pages of a browser try to send, one for each try. Grows as they do so."""
    tried: list[Any] = []
    context.on("request", lambda each: tried.append(each.post_data_json) if "/api/SendMessage" in each.url else None)
    return tried


def test_a_message_whose_answer_is_lost_is_there_once(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    ada, ben = people.sign_in("ada", context, f"/chats/{chat_id}"), people.sign_in("ben", path=f"/chats/{chat_id}")
    tried = sends(context)

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    context.route(SEND, lose_the_answer, times=1)
    write(ada, "Is this there once?")

    expect(shown(ben, "Is this there once?")).to_have_count(1)
    expect(shown(ada, "Is this there once?")).to_have_count(1)
    write(ada, "And this comes behind.")
    expect(shown(ben, "And this comes behind.")).to_have_count(1)
    assert written(people, chat_id)[-2:] == ["Is this there once?", "And this comes behind."]
    assert len({each["chatMessageId"] for each in tried if each["text"] == "Is this there once?"}) == 1


def test_messages_wait_while_offline_and_survive_a_reload(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    context.route(SEND, lambda route: route.abort())
    write(page, "Waits first", "Waits second")
    expect(shown(page, "Waits second")).to_have_count(1)
    page.wait_for_function(ARE_KEPT, arg=2)

    page.reload()

    expect(shown(page, "Waits first")).to_have_count(1)
    expect(shown(page, "Waits second")).to_have_count(1)
    assert "Waits first" not in written(people, chat_id)
    context.unroute(SEND)
    other = people.sign_in("ben", path=f"/chats/{chat_id}")
    expect(shown(other, "Waits second")).to_have_count(1)
    assert written(people, chat_id)[-2:] == ["Waits first", "Waits second"]
    expect(shown(page, "Waits second")).to_have_count(1)


def test_an_answer_that_waited_is_sent_although_its_message_was_deleted(people: Desk) -> None:
    chat_id = team(people)
    asked = people.call("ben", "POST", "/v1/Messages", {"chatId": chat_id, "text": "Is the key with you?"})["message"]
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    context.route(SEND, lambda route: route.abort())
    page.locator(".message", has_text="Is the key with you?").first.focus()
    page.keyboard.press("r")
    expect(page.locator(".about")).to_contain_text("Is the key with you?")
    write(page, "It is with me")
    expect(shown(page, "It is with me")).to_have_count(1)

    people.call("ben", "DELETE", f"/v1/Message/{asked['chatMessageId']}")
    context.unroute(SEND)

    other = people.sign_in("ben", path=f"/chats/{chat_id}")
    expect(shown(other, "It is with me")).to_have_count(1)
    [answer] = [
        each
        for each in people.call("ben", "GET", f"/v1/Messages?ChatId={chat_id}")["messages"]
        if each.get("text") == "It is with me"
    ]
    assert "replyToMessageId" not in answer


FULL_DISK = """
() => {
    IDBObjectStore.prototype.put = () => { throw new DOMException("", "QuotaExceededError") }
}
"""

# Other tabs cannot store messages until `release()` is called.
HOLD_STORE = """
new Promise((held) => {
    const opening = indexedDB.open("parlour")
    opening.onsuccess = () => {
        const messages = opening.result.transaction("messages", "readwrite").objectStore("messages")
        let isHeld = true
        window.release = () => { isHeld = false }
        const look = () => {
            held()
            if (isHeld) messages.count().onsuccess = look
            else opening.result.close()
        }
        messages.count().onsuccess = look
    }
})
"""


def test_a_message_is_there_once_if_its_page_is_reloaded_at_once(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    other = context.new_page()
    other.goto(f"/chats/{chat_id}")
    composer(other).wait_for()
    context.route(SEND, lambda route: route.abort())
    other.evaluate(HOLD_STORE)
    write(page, "Left at once")

    page.reload()
    other.evaluate("release()")

    for tab in (page, other):
        expect(shown(tab, "Left at once")).to_have_count(1)
    expect(composer(page)).to_have_value("")
    context.unroute(SEND)
    for tab in (page, other):
        expect(tab.locator(".message:not(.waiting)", has_text="Left at once")).to_have_count(1)
        expect(tab.locator(".message.waiting")).to_have_count(0)
    assert written(people, chat_id).count("Left at once") == 1


def test_a_message_that_is_discarded_stays_so_if_the_page_is_reloaded_at_once(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    other = context.new_page()
    other.goto("/me")
    other.get_by_role("heading", name="Me", exact=True).wait_for()
    refusal = {"responseStatus": {"errorCode": "Forbidden", "message": "Not here.", "errors": []}}
    context.route(SEND, lambda route: route.fulfill(status=403, json=refusal))
    write(page, "Better not")
    expect(page.get_by_role("button", name="Discard")).to_have_count(1)
    page.wait_for_function(ARE_KEPT, arg=1)
    other.evaluate(HOLD_STORE)
    page.get_by_role("button", name="Discard").click()
    expect(shown(page, "Better not")).to_have_count(0)

    page.reload()
    other.evaluate("release()")

    write(page, "Better so")
    expect(shown(page, "Better so")).to_have_count(1)
    expect(shown(page, "Better not")).to_have_count(0)


def test_what_is_written_before_the_database_answers_is_kept(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    other = context.new_page()
    other.goto("/me")
    other.get_by_role("heading", name="Me", exact=True).wait_for()
    other.evaluate(HOLD_STORE)
    page.reload()
    write(page, "Sent early")
    composer(page).fill("Begun early")

    other.evaluate("release()")

    expect(page.locator(".message:not(.waiting)", has_text="Sent early")).to_have_count(1)
    expect(composer(page)).to_have_value("Begun early")
    page.reload()
    expect(composer(page)).to_have_value("Begun early")
    composer(page).fill("")


def test_a_message_is_kept_by_a_browser_whose_database_takes_nothing(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    context.route(SEND, lambda route: route.abort())
    page.evaluate(FULL_DISK)
    write(page, "The disk is full")
    expect(shown(page, "The disk is full")).to_have_count(1)

    page.reload()

    expect(shown(page, "The disk is full")).to_have_count(1)
    context.unroute(SEND)
    expect(page.locator(".message:not(.waiting)", has_text="The disk is full")).to_have_count(1)
    assert written(people, chat_id).count("The disk is full") == 1


def test_drafts_of_two_tabs_are_both_kept_while_offline(people: Desk) -> None:
    context = people.context()
    started = people.call("ada", "POST", "/v1/Chat", {"chat": {"chatName": "Two drafts", "chatMembers": []}})
    texts = {team(people): "Begun with all", str(started["chat"][0]["chatId"]): "Begun alone"}
    first = people.sign_in("ada", context)
    tabs = [first, context.new_page()]
    for tab, chat_id in zip(tabs, texts, strict=True):
        tab.goto(f"/chats/{chat_id}")
        composer(tab).wait_for()
    context.route("**/api/SaveDraft", lambda route: route.abort())
    for tab, text in zip(tabs, texts.values(), strict=True):
        composer(tab).fill(text)
        expect(composer(tab)).to_have_value(text)

    for chat_id, text in texts.items():
        first.goto(f"/chats/{chat_id}")
        expect(composer(first)).to_have_value(text)


def test_three_messages_wait_while_the_server_is_killed_and_started_again(browser: Browser, tmp_path: Path) -> None:
    bundle()
    texts = ["One of three", "Two of three", "Three of three"]
    with served(tmp_path / "data", "--demo", settings={"throttles": "off"}) as first, desk(browser, first) as people:
        chat_id = team(people)
        ada = people.sign_in("ada", path=f"/chats/{chat_id}")
        ben = people.sign_in("ben", path=f"/chats/{chat_id}")
        first.process.kill()
        first.process.wait()
        write(ada, *texts)
        for text in texts:
            expect(shown(ada, text)).to_have_count(1)
        expect(ada.get_by_text(re.compile("Connecting"))).to_be_visible()

        again = first.url.removeprefix("http://")
        with served(tmp_path / "data", "--demo", "--listen", again, settings={"throttles": "off"}):
            expect(shown(ben, texts[-1])).to_have_count(1, timeout=60_000)
            expect(ada.get_by_text(re.compile("Connecting"))).to_have_count(0)
            assert written(people, chat_id)[-3:] == texts
            for text in texts:
                expect(shown(ada, text)).to_have_count(1)


def test_two_tabs_do_not_send_a_message_twice(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    first = people.sign_in("ada", context, f"/chats/{chat_id}")
    second = context.new_page()
    second.goto(f"/chats/{chat_id}")
    composer(second).wait_for()
    context.set_offline(True)
    write(first, "From the first tab")
    expect(shown(second, "From the first tab")).to_have_count(1)
    write(second, "From the second tab")
    expect(shown(first, "From the second tab")).to_have_count(1)
    answered: list[str] = []
    context.on("requestfinished", lambda each: answered.append(each.url) if "/api/SendMessage" in each.url else None)

    context.set_offline(False)

    other = people.sign_in("ben", path=f"/chats/{chat_id}")
    expect(shown(other, "From the second tab")).to_have_count(1)
    assert written(people, chat_id)[-2:] == ["From the first tab", "From the second tab"]
    for page in (first, second):
        expect(shown(page, "From the first tab")).to_have_count(1)
        expect(shown(page, "From the second tab")).to_have_count(1)
    assert len(answered) == 2


def test_a_message_that_is_refused_does_not_block_those_behind_it(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")

    def refuse(route: Route) -> None:
        if "Nobody wants this" not in (route.request.post_data or ""):
            return route.continue_()
        refusal = {"responseStatus": {"errorCode": "Forbidden", "message": "Not here.", "errors": []}}
        return route.fulfill(status=403, json=refusal)

    context.route(SEND, refuse)
    write(page, "Nobody wants this", "Everybody wants this")

    expect(shown(people.sign_in("ben", path=f"/chats/{chat_id}"), "Everybody wants this")).to_have_count(1)
    expect(shown(page, "Nobody wants this")).to_have_count(1)
    page.reload()
    expect(shown(page, "Nobody wants this")).to_have_count(1)
    assert "Nobody wants this" not in written(people, chat_id)


def test_what_somebody_wrote_is_kept_for_them_while_another_person_is_signed_in(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    context.route(SEND, lambda route: route.abort())
    write(page, "Only Ada says this")
    expect(shown(page, "Only Ada says this")).to_have_count(1)

    context.request.post("/auth/logout", headers={"Accept": "application/json"})
    expect(page.get_by_label("Password")).to_be_visible()
    context.unroute(SEND)
    sign_in(page, "ben")
    page.goto(f"/chats/{chat_id}")
    write(page, "Ben says that")
    expect(shown(page, "Ben says that")).to_have_count(1)
    expect(shown(page, "Only Ada says this")).to_have_count(0)
    assert "Only Ada says this" not in written(people, chat_id)

    context.request.post("/auth/logout", headers={"Accept": "application/json"})
    sign_in(page, "ada")
    expect_sent_by_ada(people, chat_id, "Only Ada says this")


def test_a_link_to_the_page_of_those_who_signed_out_deletes_nothing(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    context.route(SEND, lambda route: route.abort())
    write(page, "No link deletes this")
    expect(shown(page, "No link deletes this")).to_have_count(1)
    page.wait_for_function(ARE_KEPT, arg=1)

    # Her session lives: she is asked for nothing.
    page.goto("/sign-in?signed-out")
    expect(page.get_by_role("link", name="Contacts")).to_be_visible()
    # It was ended elsewhere.
    context.request.post("/auth/logout", headers={"Accept": "application/json"})
    page.goto("/sign-in?signed-out")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    context.unroute(SEND)
    sign_in(page, "ada")

    expect_sent_by_ada(people, chat_id, "No link deletes this")


def expect_sent_by_ada(people: Desk, chat_id: str, text: str) -> None:
    """Waits until another member sees the message, which must be the last of its chat."""
    expect(shown(people.sign_in("dan", path=f"/chats/{chat_id}"), text)).to_have_count(1)
    last = people.call("ada", "GET", f"/v1/Messages?ChatId={chat_id}")["messages"][-1]
    assert (last["text"], last["senderName"]) == (text, "Ada Young")


def sign_in(page: Page, person: str) -> None:
    page.get_by_label("E-mail address").fill(f"{person}@demo.example")
    page.get_by_label("Password").fill("parlour-demo")
    page.get_by_label("Password").press("Enter")
    page.wait_for_selector("nav", state="attached")


# What the browser has of a person: the names of what is stored, by their id.
STORED_OF = """
(userId) => new Promise((done) => {
    const names = Object.keys(localStorage)
    const opening = indexedDB.open("parlour")
    opening.onsuccess = () => {
        const stores = ["messages", "uploads", "files"]
        const transaction = opening.result.transaction(stores)
        for (const store of stores) {
            const keys = transaction.objectStore(store).getAllKeys()
            keys.onsuccess = () => names.push(...keys.result)
        }
        transaction.oncomplete = () => { opening.result.close(); done(names.filter((name) => name.includes(userId))) }
    }
})
"""


def sign_out(page: Page) -> None:
    page.goto("/me")
    page.get_by_role("button", name="Sign out", exact=True).click()


def test_signing_out_asks_before_what_waits_is_lost(people: Desk, axe: str) -> None:
    chat_id = team(people)
    me = people.call("ada", "GET", "/v1/Me")["me"]["userId"]
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    context.route(SEND, lambda route: route.abort())
    write(page, "Waits at the door", "Waits as well")
    expect(shown(page, "Waits as well")).to_have_count(1)
    page.wait_for_function(ARE_KEPT, arg=2)
    sign_out(page)
    asked = page.get_by_role("dialog", name="Sign out")
    expect(asked).to_contain_text("2 messages have not been sent yet.")
    expect(asked.get_by_role("button", name="Stay")).to_be_focused()
    assert violations(page, axe) == []
    picture(page, "signing-out-while-messages-wait")
    asked.get_by_role("button", name="Stay").click()
    expect(asked).to_have_count(0)
    assert page.evaluate(STORED_OF, me) != []

    page.get_by_role("button", name="Sign out", exact=True).click()
    asked.get_by_role("button", name="Sign out and discard 2 messages").click()

    expect(page.get_by_label("Password")).to_be_visible()
    assert page.evaluate(STORED_OF, me) == []
    context.unroute(SEND)
    sign_in(page, "ada")
    page.goto(f"/chats/{chat_id}")
    write(page, "Signed in again")
    expect(page.locator(".message:not(.waiting)", has_text="Signed in again")).to_have_count(1)
    expect(shown(page, "Waits at the door")).to_have_count(0)
    assert "Waits at the door" not in written(people, chat_id)


def test_signing_out_leaves_nothing_in_the_browser_and_a_draft_on_the_server(people: Desk) -> None:
    chat_id = team(people)
    me = people.call("ada", "GET", "/v1/Me")["me"]["userId"]
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    composer(page).fill("To be continued")
    assert page.evaluate(STORED_OF, me) != []

    sign_out(page)

    expect(page.get_by_label("Password")).to_be_visible()
    assert page.evaluate(STORED_OF, me) == []
    assert people.call("ada", "GET", f"/v1/Chats/{chat_id}")["chat"]["draft"]["text"] == "To be continued"


def test_a_draft_is_kept_at_once_and_follows_to_other_devices(people: Desk) -> None:
    chat_id = team(people)
    page = people.sign_in("ada", path=f"/chats/{chat_id}")
    composer(page).fill("Not finished")
    page.reload()
    expect(composer(page)).to_have_value("Not finished")
    with page.expect_response("**/api/SaveDraft"):
        composer(page).fill("Still not finished")

    other = people.sign_in("ada", path=f"/chats/{chat_id}")
    expect(composer(other)).to_have_value("Still not finished")
    write(other, "Finished")

    expect(composer(page)).to_have_value("")
    assert "draft" not in people.call("ada", "GET", f"/v1/Chats/{chat_id}")["chat"]


def test_a_message_on_its_way_is_not_sent_as_whoever_signs_in_meanwhile(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")

    def sign_in_ben(route: Route) -> None:
        # The request was made for Ada. When it leaves, the cookies of the browser are Ben's.
        who = {"userName": "ben@demo.example", "password": PASSWORD, "rememberMe": True}
        context.request.post("/auth/credentials", data=who, headers={"Accept": "application/json"})
        route.continue_()

    context.route(SEND, sign_in_ben, times=1)
    with page.expect_response(SEND) as answered:
        write(page, "Ada wrote this just in time")

    assert answered.value.status == 412
    assert answered.value.json()["responseStatus"]["errorCode"] == "AnotherUser"
    # The page of an administrator goes, and that of Ben comes.
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)
    expect(page.get_by_role("link", name="Contacts")).to_have_count(1)
    expect(shown(page, "Ada wrote this just in time")).to_have_count(0)
    assert "Ada wrote this just in time" not in written(people, chat_id)

    context.request.post("/auth/logout", headers={"Accept": "application/json"})
    sign_in(page, "ada")
    expect_sent_by_ada(people, chat_id, "Ada wrote this just in time")


def test_a_late_refusal_of_one_person_does_not_disturb_the_next(people: Desk) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    held: list[Route] = []
    page.route(SEND, lambda route: held.append(route))
    with page.expect_request(SEND):
        write(page, "Ada wrote this, and the network is slow")
    people.sign_in("ben", context).close()
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)
    expect(page.get_by_role("link", name="Contacts")).to_have_count(1)
    reads: list[str] = []
    page.on("request", lambda each: reads.append(each.url) if "/api/GetMe" in each.url else None)

    with page.expect_response(SEND) as answered:
        held[0].continue_()
    assert answered.value.status == 412

    page.get_by_role("link", name="Contacts").click()
    expect(page.get_by_role("link", name="Cleo Diaz")).to_be_visible()
    assert reads == []
