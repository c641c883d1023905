"""What attackers, broken browsers and shared machines do not achieve."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.console import PASSWORD, Desk

NO_DATABASE = """
Object.defineProperty(globalThis, "indexedDB", { get() { throw new DOMException("no", "SecurityError") } })
"""
FULL_DATABASE = "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }"


def sign_in(page: Page, person: str) -> None:
    page.get_by_label("E-mail address").fill(f"{person}@demo.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")


def a_chat(people: Desk) -> str:
    """The id of a chat of Ada and Ben."""
    ada, ben = ({each["chatId"] for each in people.call(who, "GET", "/v1/Chats")["chats"]} for who in ("ada", "ben"))
    return str(min(ada & ben))


def newest(people: Desk, chat_id: str) -> str:
    messages = people.call("ben", "GET", f"/v1/Messages?ChatId={chat_id}")["messages"]
    return str(messages[-1]["text"])


@pytest.mark.parametrize("broken", [NO_DATABASE, FULL_DATABASE], ids=["none", "full"])
def test_a_browser_that_keeps_nothing_still_sends(people: Desk, broken: str) -> None:
    chat_id = a_chat(people)
    page = people.context().new_page()
    page.add_init_script(broken)
    page.goto(f"/sign-in?continue=/chats/{chat_id}")
    sign_in(page, "ada")

    page.locator("textarea").fill(f"Sent by hand: {len(broken)}")
    with page.expect_response("**/api/SendMessage"):
        page.keyboard.press("Enter")

    assert newest(people, chat_id) == f"Sent by hand: {len(broken)}"


def test_an_address_that_was_cut_shows_the_console(people: Desk) -> None:
    page = people.sign_in("ada", path="/chats/%E0")

    expect(page.locator(".rail")).to_be_visible()


@pytest.mark.parametrize(
    "onward", ["//evil.example/", "/%5Cevil.example", "https://evil.example", "javascript:alert(1)", "/.//evil.example"]
)
def test_no_link_to_the_sign_in_leads_elsewhere(people: Desk, onward: str) -> None:
    page = people.context().new_page()
    page.goto(f"/sign-in?continue={onward}")
    sign_in(page, "ada")
    page.wait_for_url(lambda url: "/sign-in" not in url)

    assert page.url.startswith(people.server.url)


def test_nothing_of_a_person_stays_on_the_screen_after_they_sign_out(people: Desk) -> None:
    context = people.context(has_worker=True)
    context.grant_permissions(["notifications"])
    page = people.sign_in("ada", context, path="/me")
    page.evaluate(
        "navigator.serviceWorker.ready.then((worker) => worker.showNotification('Ben', { body: 'A secret' }))"
    )
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_label("Password")).to_be_visible()

    page.wait_for_function(
        """async () => {
            const worker = await navigator.serviceWorker.ready;
            return (await worker.getNotifications()).length === 0;
        }"""
    )


def test_a_cursor_that_the_server_refuses_does_not_end_the_news(people: Desk) -> None:
    chat_id = a_chat(people)
    context = people.context()
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        route.fulfill(status=400, json={"responseStatus": {"errorCode": "ValidationError", "message": "No."}})

    context.route(lambda url: "/api/GetEvents" in url and "cursor" in url, refuse, times=1)
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    page.locator("textarea").wait_for()
    people.call("ben", "POST", "/v1/Messages", {"chatId": chat_id, "text": "Still news?"})

    expect(page.locator("main").get_by_text("Still news?", exact=True)).to_be_visible()
    assert refused


def test_a_server_that_says_at_once_is_not_asked_without_a_pause(people: Desk) -> None:
    chat_id = a_chat(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    tries: list[str] = []

    def busy(route: Route) -> None:
        tries.append(route.request.url)
        route.fulfill(status=503, headers={"Retry-After": "0"}, body="{}")

    context.route("**/api/SendMessage", busy)
    page.locator("textarea").fill("Patience")
    page.clock.install()
    page.keyboard.press("Enter")
    expect(page.locator("main").get_by_text("Patience", exact=True)).to_be_visible()
    page.clock.run_for(1_900)

    assert len(tries) <= 3


def test_a_link_that_pretends_to_lead_elsewhere_says_where_it_leads(people: Desk) -> None:
    chat_id = a_chat(people)
    text = "[bank.example](https://evil.example/a) and [this](https://evil.example/b), not [that](javascript:alert(1))"
    people.call("ben", "POST", "/v1/Messages", {"chatId": chat_id, "text": text})

    links = people.sign_in("ada", path=f"/chats/{chat_id}").locator("main .text a")

    expect(links).to_have_text(["bank.example (evil.example)", "this"])


def test_what_waited_is_not_sent_as_whoever_signed_in_meanwhile(people: Desk) -> None:
    chat_id = a_chat(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    page.locator("textarea").wait_for()
    context.set_offline(True)
    page.locator("textarea").fill("Meant as Ada")
    page.keyboard.press("Enter")
    expect(page.locator("main").get_by_text("Meant as Ada", exact=True)).to_be_visible()
    credentials = {"userName": "ben@demo.example", "password": PASSWORD, "rememberMe": True}
    context.request.post("/auth/credentials", data=credentials, headers={"Accept": "application/json"})

    # The first question who is signed in gets no answer.
    context.route("**/api/GetMe*", lambda route: route.abort(), times=1)
    with page.expect_response("**/api/FindChats*"):
        context.set_offline(False)
    expect(page.locator("main").get_by_text("Meant as Ada", exact=True)).to_have_count(0)
    assert newest(people, chat_id) != "Meant as Ada"

    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    expect(page.locator("main").get_by_text("Meant as Ada", exact=True)).to_be_visible()
    people.sign_in("ben", path=f"/chats/{chat_id}").locator("article", has_text="Meant as Ada").wait_for()
