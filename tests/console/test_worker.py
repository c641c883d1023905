"""The service worker: the shell without a network, notifications, and an update of the server under open pages."""

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Response, Route, expect

from tests.browser.conftest import scrolls_sideways, violations
from tests.support.console import CONSOLE, ROOT, SCHEMES, SIZES, Desk, bundle, desk, picture
from tests.support.hands import Hands
from tests.support.push_service import Browser as Subscribed
from tests.support.push_service import PushService, serving_in_thread
from tests.support.served import Served, served

SETTINGS = {"throttles": "off", "push_subject": "mailto:ops@agency.example", "push_private_services": "on"}

# The browser of these tests has no push service, so it subscribes at one of the tests.
SUBSCRIBING = """
(() => {
    const kept = "the key of the subscription", own = SUBSCRIPTION;
    const plain = (text) => atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = (text) => Uint8Array.from(plain(text), (letter) => letter.charCodeAt(0));
    const subscription = (key) => ({
        options: { applicationServerKey: bytes(key).buffer },
        toJSON: () => own,
        unsubscribe: async () => (localStorage.removeItem(kept), true),
    });
    PushManager.prototype.getSubscription = async () => {
        const key = localStorage.getItem(kept);
        return key && subscription(key);
    };
    PushManager.prototype.subscribe = async ({ applicationServerKey: key }) => {
        localStorage.setItem(kept, key);
        return subscription(key);
    };
})();
"""
KEPT = "localStorage.getItem('the key of the subscription')"
SAVING = "**/SavePushSubscription*"

# Longer than anything takes on a busy machine.
PATIENCE_MS = 20_000

NOBODY_LOOKS = """async () => {
    const windows = await clients.matchAll({ type: "window", includeUncontrolled: true });
    return windows.every(({ focused, url }) => !focused || url.endsWith("/metadata"));
}"""
# The worker notes what it has shown.
NOTING = """() => {
    const { registration } = self;
    const show = registration.showNotification.bind(registration);
    self.shown = new Set();
    registration.showNotification = (title, options) => show(title, options).then(() => void self.shown.add(title));
}"""
CONTROLLED = "() => navigator.serviceWorker.controller !== null"

# The policy of the pages forbids how Playwright itself waits for a function.
UNTIL = """
async (argument) => {
    const ends = Date.now() + 20_000;
    for (;;) {
        const found = await (CONDITION)(argument);
        if (found || Date.now() > ends) return found;
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    bundle()
    with served(tmp_path_factory.mktemp("worker") / "data", "--demo", settings=SETTINGS) as started:
        yield started


@pytest.fixture
def service() -> Iterator[PushService]:
    with serving_in_thread(PushService()) as serving:
        yield serving


@pytest.fixture(autouse=True)
def _no_browsers(people: Desk) -> None:
    """Removes what an earlier test has subscribed."""
    for person in ("ada", "ben"):
        for each in people.call(person, "GET", "/v1/Push/Subscriptions")["subscriptions"]:
            people.call(person, "DELETE", f"/v1/Push/Subscriptions/{each['pushSubscriptionId']}")


def subscribing(people: Desk, browser: Subscribed) -> BrowserContext:
    """A browser whose person allows notifications, and which subscribes as this one."""
    context = people.context(has_worker=True, permissions=["notifications"])
    own = {"endpoint": browser.endpoint, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}}
    context.add_init_script(SUBSCRIBING.replace("SUBSCRIPTION", json.dumps(own)))
    return context


def opened(people: Desk, person: str, context: BrowserContext, path: str = "/chats") -> Page:
    """A window whose worker is at work."""
    page = people.sign_in(person, context, path)
    wait_until(page, CONTROLLED)
    return page


def wait_until(page: Page, condition: str, argument: Any = None) -> None:
    """Waits until a function of the page gives something."""
    assert page.evaluate(UNTIL.replace("CONDITION", condition), argument)


class Worker:
    """The worker of a browser, seen from another window of it. That window is not one of the console."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self._url = url
        self.window = context.new_page()
        self.window.goto("/metadata")
        self._session: CDPSession = context.new_cdp_session(self.window)
        self._ids: list[str] = []
        self._session.on("ServiceWorker.workerRegistrationUpdated", self._note)
        self._session.send("ServiceWorker.enable")
        while not self._ids:
            # Events come while something is asked.
            self.window.evaluate("0")
        [self._worker] = context.service_workers
        self.run(NOTING)

    def _note(self, event: dict[str, Any]) -> None:
        self._ids += [each["registrationId"] for each in event["registrations"]]

    def push(self, notification: dict[str, Any]) -> None:
        """Delivers a push, as the browser's push service does."""
        text = json.dumps({"web_push": 8030, "notification": notification, "app_badge": 1})
        message = {"origin": self._url, "registrationId": self._ids[0], "data": text}
        self._session.send("ServiceWorker.deliverPushMessage", message)

    def run(self, script: str) -> Any:
        """Runs a script in the worker."""
        return self._worker.evaluate(script)

    def shows(self, *titles: str) -> None:
        """
        Waits until exactly these notifications are on the screen. The browser is asked only once the worker has shown
        them all: asked meanwhile, Chromium forgets the one that is on its way.
        """
        all_are = f"() => {json.dumps(titles)}.every((title) => self.shown.has(title))"
        assert self.run(UNTIL.replace("CONDITION", all_are)), titles
        wait_until(
            self.window,
            """async (titles) => {
                const registration = await navigator.serviceWorker.getRegistration("/");
                const shown = await registration.getNotifications();
                return JSON.stringify(shown.map(({ title }) => title).sort()) === JSON.stringify(titles);
            }""",
            sorted(titles),
        )


def notification(people: Desk, title: str, path: str = "/chats", tag: str = "chat") -> dict[str, Any]:
    return {"title": title, "body": "Ben: Hello", "navigate": f"{people.server.url}{path}", "tag": tag, "dir": "auto"}


def look_away(context: BrowserContext, page: Page, worker: Worker) -> None:
    """Another window is in front. Browsers of tests otherwise say of each window that it is."""
    context.new_cdp_session(page).send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    worker.window.bring_to_front()
    assert worker.run(UNTIL.replace("CONDITION", NOBODY_LOOKS))


# The shell ------------------------------------------------------------------------------------------------------------


def test_the_console_opens_without_a_network(people: Desk) -> None:
    context = people.context(has_worker=True)
    page = opened(people, "ada", context)
    context.set_offline(True)

    page.goto("/contacts")

    expect(page.get_by_role("status")).to_have_text(
        re.compile("Parlour (opens as soon as|tries again)"), timeout=PATIENCE_MS
    )
    context.set_offline(False)
    expect(page.get_by_role("heading", name="Contacts", exact=True).first).to_be_visible(timeout=PATIENCE_MS)


def test_no_answer_of_the_api_is_ever_kept(people: Desk) -> None:
    context = people.context(has_worker=True)
    page = opened(people, "ada", context)
    chat = people.call("ada", "GET", "/v1/Chats")["chats"][0]["chatId"]
    for path in (f"/chats/{chat}", "/contacts", "/me", "/search?query=the", "/metadata", "/auth"):
        page.goto(path)
    page.goto("/chats")

    kept = page.evaluate(
        """async () => {
            const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
            const requests = await Promise.all(caches_.map((each) => each.keys()));
            return requests.flat().map(({ url }) => new URL(url).pathname);
        }"""
    )
    is_of_shell = re.compile(r"/|/manifest\.webmanifest|/(assets|icons)/[^/]+")
    assert len(kept) > 10
    assert [path for path in kept if not is_of_shell.fullmatch(path)] == []
    context.set_offline(True)
    assert page.evaluate("fetch('/v1/Me').then(() => 'answered', () => 'failed')") == "failed"


def test_the_console_can_be_installed(people: Desk) -> None:
    context = people.context(has_worker=True)
    page = opened(people, "ada", context)
    session = context.new_cdp_session(page)

    manifest = session.send("Page.getAppManifest")
    errors = [each["errorId"] for each in session.send("Page.getInstallabilityErrors")["installabilityErrors"]]

    assert manifest["errors"] == []
    for icon in json.loads(manifest["data"])["icons"]:
        answer = context.request.get(icon["src"])
        assert (answer.status, answer.headers["content-type"]) == (200, icon["type"])
    # Windows of tests are private ones, which install nothing.
    assert set(errors) <= {"in-incognito"}


# Notifications --------------------------------------------------------------------------------------------------------


def test_a_push_is_shown_unless_somebody_looks_at_the_console(people: Desk) -> None:
    context = people.context(has_worker=True, permissions=["notifications"])
    page = opened(people, "ada", context)
    worker = Worker(context, people.server.url)

    worker.push(notification(people, "not this one"))
    worker.push(notification(people, "Test", tag="test"))
    worker.shows("Test")
    look_away(context, page, worker)
    worker.push(notification(people, "Sales"))

    worker.shows("Sales", "Test")


def test_a_newer_message_takes_the_place_of_an_older_one_of_its_chat(people: Desk) -> None:
    context = people.context(has_worker=True, permissions=["notifications"])
    page = opened(people, "ada", context)
    worker = Worker(context, people.server.url)
    look_away(context, page, worker)

    for title in ("first", "second", "third"):
        worker.push(notification(people, title))
    worker.push(notification(people, "other", tag="another chat"))

    worker.shows("other", "third")


def test_a_click_shows_the_message(people: Desk) -> None:
    context = people.context(has_worker=True, permissions=["notifications"])
    page = opened(people, "ada", context)
    worker = Worker(context, people.server.url)
    look_away(context, page, worker)
    chat = people.call("ada", "GET", "/v1/Chats")["chats"][0]
    path = f"/chats/{chat['chatId']}/m/{chat['lastMessage']['chatMessageId']}"
    worker.push(notification(people, "Sales", path))
    worker.shows("Sales")

    worker.run(
        """async () => {
            const [notification] = await registration.getNotifications();
            dispatchEvent(new NotificationEvent("notificationclick", { notification }));
        }"""
    )

    page.wait_for_url(f"**{path}")
    worker.shows()


def test_a_browser_with_no_room_for_the_worker_says_that_it_cannot_notify(people: Desk) -> None:
    context = people.context(has_worker=True, permissions=["notifications"])
    session = context.new_cdp_session(context.new_page())
    session.send("Storage.overrideQuotaForOrigin", {"origin": people.server.url, "quotaSize": 1000})
    page = people.sign_in("ada", context, "/me")

    expect(page.get_by_text("This browser shows no notifications here.")).to_be_visible()


def test_a_person_turns_notifications_on_tests_them_and_turns_them_off(people: Desk, service: PushService) -> None:
    browser = service.subscribe()
    page = opened(people, "ben", subscribing(people, browser), "/me")

    page.get_by_label("Notify me in this browser").check()
    expect(page.get_by_text("also while Parlour is closed")).to_be_visible(timeout=PATIENCE_MS)
    with page.expect_response(lambda answer: saves(answer, hides_text=True)):
        page.get_by_label("Show only the name of the chat").check()
    page.get_by_role("button", name="Send me a test").click()
    expect(page.get_by_text("Sent. If nothing appears")).to_be_visible(timeout=PATIENCE_MS)

    [told] = service.told(browser)
    assert told["notification"]["body"] == "Notifications arrive in this browser."
    [saved] = people.call("ben", "GET", "/v1/Push/Subscriptions")["subscriptions"]
    assert (saved["hidesText"], saved["deviceName"]) == (True, "Chrome · Linux")
    page.get_by_label("Notify me in this browser").uncheck()
    expect(page.get_by_text("You are not told of new messages")).to_be_visible(timeout=PATIENCE_MS)
    assert people.call("ben", "GET", "/v1/Push/Subscriptions")["subscriptions"] == []
    assert page.evaluate(KEPT) is None


def test_the_last_of_two_quick_choices_holds(people: Desk, service: PushService) -> None:
    page = opened(people, "ben", subscribing(people, service.subscribe()), "/me")
    page.get_by_label("Notify me in this browser").check()
    hides = page.get_by_label("Show only the name of the chat")
    expect(hides).to_be_enabled(timeout=PATIENCE_MS)
    held: list[Route] = []
    page.route(SAVING, lambda route: held.append(route), times=1)
    with page.expect_request(SAVING):
        hides.check()
    hides.uncheck()
    # Longer than the second choice takes to be saved, if it does not wait for the first.
    page.evaluate("async () => { for (let each = 0; each < 5; each += 1) await fetch('/v1/Push/Key') }")
    with page.expect_response(lambda answer: saves(answer, hides_text=False)):
        held[0].continue_()

    [saved] = people.call("ben", "GET", "/v1/Push/Subscriptions")["subscriptions"]
    assert saved["hidesText"] is False
    expect(hides).not_to_be_checked()


def saves(answer: Response, *, hides_text: bool) -> bool:
    """Whether this is the answer to a subscription that is saved with or without texts."""
    return "SavePushSubscription" in answer.url and (answer.request.post_data_json or {}).get("hidesText") is hides_text


def test_notifications_are_turned_on_and_off_by_the_keyboard_alone(people: Desk, service: PushService) -> None:
    page = opened(people, "ben", subscribing(people, service.subscribe()), "/me")
    hands = Hands(page)
    notify = page.get_by_role("checkbox", name="Notify me in this browser")
    hands.use(notify, " ")
    expect(page.get_by_text("also while Parlour is closed")).to_be_visible(timeout=PATIENCE_MS)
    with page.expect_response(lambda answer: saves(answer, hides_text=True)):
        hands.use(page.get_by_role("checkbox", name="Show only the name of the chat"), " ")
    hands.use(page.get_by_role("button", name="Send me a test"))
    expect(page.get_by_text("Sent. If nothing appears")).to_be_visible(timeout=PATIENCE_MS)

    [saved] = people.call("ben", "GET", "/v1/Push/Subscriptions")["subscriptions"]
    assert saved["hidesText"] is True
    hands.use(notify, " ", by="Shift+Tab")
    expect(page.get_by_text("You are not told of new messages")).to_be_visible(timeout=PATIENCE_MS)


def test_a_subscription_is_saved_at_each_start_and_renewed_for_another_key(people: Desk, service: PushService) -> None:
    browser = service.subscribe()
    page = opened(people, "ben", subscribing(people, browser), "/me")
    page.get_by_label("Notify me in this browser").check()
    expect(page.get_by_text("also while Parlour is closed")).to_be_visible(timeout=PATIENCE_MS)
    key = page.evaluate(KEPT)
    [saved] = people.call("ben", "GET", "/v1/Push/Subscriptions")["subscriptions"]
    people.call("ben", "DELETE", f"/v1/Push/Subscriptions/{saved['pushSubscriptionId']}")
    page.evaluate("localStorage.setItem('the key of the subscription', btoa('the key of another server'))")

    page.reload()
    expect(page.get_by_text("also while Parlour is closed")).to_be_visible(timeout=PATIENCE_MS)

    assert page.evaluate(KEPT) == key == people.call("ben", "GET", "/v1/Push/Key")["publicKey"]
    assert len(people.call("ben", "GET", "/v1/Push/Subscriptions")["subscriptions"]) == 1


def test_notifications_end_with_the_session_and_are_not_those_of_the_next_person(
    people: Desk, service: PushService
) -> None:
    def subscriptions(person: str) -> int:
        return len(people.call(person, "GET", "/v1/Push/Subscriptions")["subscriptions"])

    context = subscribing(people, service.subscribe())
    page = opened(people, "ben", context, "/me")
    page.get_by_label("Notify me in this browser").check()
    expect(page.get_by_text("also while Parlour is closed")).to_be_visible(timeout=PATIENCE_MS)

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/sign-in**")
    assert subscriptions("ben") == 0
    other = people.sign_in("ada", context, "/me")
    expect(other.get_by_text("You are not told of new messages")).to_be_visible(timeout=PATIENCE_MS)
    assert (subscriptions("ada"), subscriptions("ben")) == (0, 0)
    again = people.sign_in("ben", context, "/me")
    expect(again.get_by_text("also while Parlour is closed")).to_be_visible(timeout=PATIENCE_MS)

    assert (subscriptions("ada"), subscriptions("ben")) == (0, 1)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_settings_of_notifications_are_whole_and_accessible(
    people: Desk, service: PushService, axe: str, scheme: str
) -> None:
    other = service.subscribe()
    keys = {"p256dh": other.p256dh, "auth": other.auth}
    subscription = {"endpoint": other.endpoint, "deviceName": "Safari · iPhone", **keys}
    people.call("ada", "PUT", "/v1/Push/Subscriptions", subscription)
    page = opened(people, "ada", subscribing(people, service.subscribe()), "/me")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # light or dark
    page.get_by_label("Notify me in this browser").check()
    expect(page.get_by_text("Safari · iPhone")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("also while Parlour is closed")).to_be_visible(timeout=PATIENCE_MS)
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type] # as it is declared
        page.get_by_role("button", name="Send me a test").scroll_into_view_if_needed()
        picture(page, f"notifications-{size['width']}-{scheme}")
        assert violations(page, axe) + ["scrolls sideways"] * scrolls_sideways(page) == []

    page.get_by_role("button", name="Remove").click()

    expect(page.get_by_text("Safari · iPhone")).not_to_be_visible(timeout=PATIENCE_MS)


def test_a_worker_saves_the_subscription_that_its_browser_has_changed(people: Desk, service: PushService) -> None:
    browser, changed = service.subscribe(), service.subscribe()
    context = subscribing(people, browser)
    page = opened(people, "ben", context, "/me")
    page.get_by_label("Notify me in this browser").check()
    expect(page.get_by_text("also while Parlour is closed")).to_be_visible(timeout=PATIENCE_MS)
    with page.expect_response(lambda answer: saves(answer, hides_text=True)):
        page.get_by_label("Show only the name of the chat").check()
    worker = Worker(context, people.server.url)
    own = {"endpoint": changed.endpoint, "keys": {"p256dh": changed.p256dh, "auth": changed.auth}}

    worker.run(
        f"""async () => {{
            PushManager.prototype.subscribe = async () => ({{ toJSON: () => ({json.dumps(own)}) }});
            let done;
            const event = new ExtendableEvent("pushsubscriptionchange");
            event.waitUntil = (work) => (done = work);
            dispatchEvent(event);
            await done;
        }}"""
    )

    found = people.call("ben", "GET", "/v1/Push/Subscriptions")["subscriptions"]
    assert [each["hidesText"] for each in found] == [True, True]


def test_a_page_in_the_background_tells_of_messages_at_once(people: Desk, service: PushService) -> None:
    context = subscribing(people, service.subscribe())
    page = opened(people, "ben", context, "/me")
    page.get_by_label("Notify me in this browser").check()
    expect(page.get_by_text("also while Parlour is closed")).to_be_visible(timeout=PATIENCE_MS)
    worker = Worker(context, people.server.url)
    look_away(context, page, worker)
    me, ada = (people.call(person, "GET", "/v1/Me")["me"] for person in ("ben", "ada"))
    direct = people.call("ada", "POST", "/v1/DirectChats", {"userId": me["userId"]})["chat"]

    for person, text in (("ben", "own"), ("ada", "Hello Ben")):
        people.call(person, "POST", "/v1/Messages", {"chatId": direct["chatId"], "text": text})

    worker.shows(ada["name"])


# An update of the server ----------------------------------------------------------------------------------------------


IS_SENT_ONCE = """async ([chatId, text]) => {
    const answer = await fetch(`/v1/Messages?chatId=${chatId}`, { headers: { Accept: "application/json" } });
    const { messages } = await answer.json();
    return messages.filter((message) => message.text === text).length === 1;
}"""


@contextmanager
def updated(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a server with another console: the same sources, with another word in them."""
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(CONSOLE, folder / "console", ignore=shutil.ignore_patterns("node_modules"))
    (folder / "console" / "node_modules").symlink_to(CONSOLE / "node_modules")
    for words in ("common.ts", "me.ts"):
        path = folder / "console" / "src" / "text" / "en" / words
        path.write_text(path.read_text().replace('me: "Me"', 'me: "Myself"').replace("Your name", "Your own name"))
    subprocess.run(["node", "build.mjs"], cwd=folder / "console", check=True, timeout=300)
    yield {"PYTHONPATH": str(folder / "src")}


def test_an_update_of_the_server_under_an_open_page_loses_nothing(
    browser: Browser, service: PushService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle()
    subscribed = service.subscribe()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    data, options = tmp_path / "data", ("--demo", "--listen", listen)
    with served(data, *options, settings=SETTINGS) as server, desk(browser, server) as people:
        context = subscribing(people, subscribed)
        page = opened(people, "ada", context, "/me")
        page.get_by_label("Notify me in this browser").check()
        expect(page.get_by_text("also while Parlour is closed")).to_be_visible(timeout=PATIENCE_MS)
        before = people.call("ada", "GET", "/v1/Push/Subscriptions")["subscriptions"]
        chat = people.call("ada", "GET", "/v1/Chats")["chats"][0]["chatId"]
        page.goto(f"/chats/{chat}")
        composer = page.get_by_role("textbox", name=re.compile("message", re.IGNORECASE))
        composer.fill("before")
        composer.press("Enter")
        expect(page.get_by_text("before", exact=True)).to_be_visible(timeout=PATIENCE_MS)
        server.process.terminate()
        server.process.wait(60)
        composer.fill("while the server was away")
        composer.press("Enter")
        expect(page.get_by_text("while the server was away").last).to_be_visible(timeout=PATIENCE_MS)

        with updated(tmp_path / "next") as environment:
            monkeypatch.setenv("PYTHONPATH", environment["PYTHONPATH"])
            with served(data, "--listen", listen, settings=SETTINGS):
                page.get_by_role("link", name="Me", exact=True).click()
                # The page still has its old files, which the server does not have any more.
                expect(page.get_by_label("Your name", exact=True)).to_be_visible(timeout=PATIENCE_MS)
                wait_until(page, IS_SENT_ONCE, [chat, "while the server was away"])
                page.reload()
                expect(page.get_by_label("Your own name")).to_be_visible(timeout=PATIENCE_MS)
                expect(page.get_by_text("also while Parlour is closed")).to_be_visible(timeout=PATIENCE_MS)
                after = people.call("ada", "GET", "/v1/Push/Subscriptions")["subscriptions"]

    assert [each["pushSubscriptionId"] for each in after] == [each["pushSubscriptionId"] for each in before]
