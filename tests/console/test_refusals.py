"""What the server refuses is said in the language of the person.

A German browser meets real refusals. The server says all of them in English.
"""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.console.test_people import new_group
from tests.support.console import PASSWORD, Desk, bundle, desk, picture
from tests.support.served import PARLOUR, Served, environment, served

ENGLISH = "[lang=en]"

# The smallest limits, so that a test meets them soon.
LIMITS = {"max_attachment_bytes": "2000", "attachment_quota_bytes": "3000", "edit_time": "0s"}


SEARCHES = {
    "from:niemand": "„from:niemand“ passt auf niemanden.",
    "haus in:nirgends": "„in:nirgends“ passt auf keinen Ihrer Chats.",
    "haus after:morgen": "„after:morgen“ muss einen Tag nennen, zum Beispiel 2026-01-31.",
    "has:beine": "„has:beine“ ist unbekannt. Es gibt nur has:attachment.",
    "wort " * 31: "Eine Suche hat höchstens 30 Wörter und Filter.",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with its throttles, and with small limits."""
    bundle()
    with served(tmp_path_factory.mktemp("refusals") / "data", "--demo", settings=LIMITS) as started:
        yield started


@pytest.fixture
def people(browser: Browser, server: Served) -> Iterator[Desk]:
    with desk(browser, server) as made:
        yield made


def german(people: Desk) -> BrowserContext:
    """A German browser."""
    return people.context(language="de-DE")


def problem(page: Page) -> Locator:
    """The one place that says why something did not work."""
    return page.locator(".wrong:not(:empty), .toast.problem, [role=alert]:not(.wrong):not(:empty)").filter(visible=True)


def first(page: Page, path: str, change: Callable[[], object]) -> None:
    """Lets something else happen just before the first request of the page to `path`. The answer is a real one."""

    def route(each: Route) -> None:
        change()
        each.continue_()

    page.route(path, route, times=1)


def write(page: Page, text: str) -> None:
    field = page.get_by_role("textbox", name="Nachricht schreiben")
    field.fill(text)
    field.press("Enter")


def act(page: Page, menu: str, action: str) -> None:
    page.get_by_role("button", name=menu).first.click()
    page.get_by_role("menuitem", name=action, exact=True).click()


def test_a_sign_in_that_is_refused(people: Desk, server: Served) -> None:
    page = german(people).new_page()
    page.goto("/sign-in")
    page.get_by_label("E-Mail-Adresse").fill("finn@demo.example")
    page.get_by_label("Passwort").fill("falsch")
    page.keyboard.press("Enter")
    expect(problem(page)).to_have_text("Die Adresse oder das Passwort ist falsch.")

    command = [PARLOUR, "user", "disable", "finn@demo.example", "--data-dir", server.data_dir]
    subprocess.run(
        [str(part) for part in command], check=True, env=environment({}), cwd=server.data_dir.parent, timeout=60
    )
    page.get_by_label("Passwort").fill(PASSWORD)
    page.keyboard.press("Enter")

    expect(problem(page)).to_have_text("Dieses Konto ist gesperrt, oder es gehört nicht zu dieser Agentur.")
    expect(page.locator(ENGLISH)).to_have_count(0)


def test_codes_that_are_tried_too_often(people: Desk) -> None:
    page = german(people).new_page()
    page.goto("/invite")
    field = page.get_by_label("Code in der Mail")
    for _ in range(30):
        people.server.call("POST", "/api/PreviewInvitation", {"token": "AAAAA-AAAAA"})
    field.fill("BBBBB-BBBBB")
    page.keyboard.press("Enter")

    expect(problem(page)).to_have_text(re.compile(r"^Zu viele Versuche\. Versuchen Sie es in \d+ Minuten wieder\.$"))


def test_a_message_for_a_chat_that_was_archived_meanwhile(people: Desk) -> None:
    chat = new_group(people, "Archiviert", "ben", "cleo")
    page = people.sign_in("ben", german(people), f"/chats/{chat}")
    first(page, "**/api/SendMessage", lambda: people.call("ada", "PUT", f"/v1/Chats/{chat}/Archive"))
    write(page, "Zu spät")

    expect(page.locator(".not-sent > span").nth(1)).to_have_text("Der Chat ist archiviert. Er kann nur gelesen werden.")
    # The reason is kept with the message, and not its words.
    people.call("ben", "PUT", "/v1/Me", {"language": "en", "settings": {}})
    expect(page.locator(".not-sent > span").nth(1)).to_have_text("The chat is archived. It can only be read.")
    people.call("ben", "PUT", "/v1/Me", {"language": "", "settings": {}})


def test_a_member_who_may_not(people: Desk) -> None:
    chat = new_group(people, "Rechte", "ben", "cleo")
    [_, ben, _] = people.call("ada", "GET", f"/api/FindChatMembers?ChatId={chat}")["members"]
    role = f"/v1/ChatMembers/{ben['chatMemberId']}/Role"
    people.call("ada", "PUT", role, {"role": "owner"})
    page = people.sign_in("ben", german(people), f"/chats/{chat}?panel=members")

    first(page, "**/api/SetChatRole", lambda: people.call("ada", "PUT", role, {"role": "member"}))
    act(page, "Aktionen für Cleo Diaz", "Moderation geben")

    expect(problem(page)).to_have_text("Das darf nur, wem der Chat gehört.")


def test_a_name_that_nobody_can_read(people: Desk) -> None:
    chat = new_group(people, "Vorher", "ben")
    page = people.sign_in("ada", german(people), f"/chats/{chat}")
    act(page, "Aktionen für diesen Chat", "Umbenennen")
    page.get_by_role("dialog").get_by_label("Name").fill("Vor\u202eher")
    page.keyboard.press("Enter")

    expect(problem(page)).to_have_text("Schreiben Sie einen lesbaren Namen, in einer Zeile und ohne Sonderzeichen.")


def test_a_message_that_can_no_longer_be_changed(people: Desk) -> None:
    chat = new_group(people, "Zu spät", "ben")
    page = people.sign_in("ben", german(people), f"/chats/{chat}")
    write(page, "So bleibt es")
    # One that is still on its way cannot be edited.
    expect(page.locator(".message:not(.waiting)")).to_have_count(1)
    page.get_by_role("textbox", name="Nachricht schreiben").press("ArrowUp")
    page.get_by_role("textbox", name="Nachricht schreiben").fill("Anders")
    page.keyboard.press("Enter")

    expect(problem(page)).to_have_text("Die Zeit, in der Nachrichten geändert werden können, ist vorbei.")


def test_a_search_that_cannot_be_understood(people: Desk) -> None:
    page = people.sign_in("ada", german(people), "/search")
    for query, words in SEARCHES.items():
        page.get_by_role("searchbox").fill(query)
        page.keyboard.press("Enter")
        expect(problem(page).locator("p")).to_have_text(words)
    expect(page.locator(ENGLISH)).to_have_count(0)


def test_an_address_that_is_none(people: Desk) -> None:
    page = people.sign_in("ada", german(people), "/invitations")
    page.get_by_label("E-Mail-Adressen").fill("ida@-.example")
    page.get_by_role("button", name="Einladungen senden").click()

    told = "ida@-.example wurde nicht eingeladen: Das ist keine E-Mail-Adresse."
    expect(page.locator(".outcomes li")).to_have_text(told)


def test_files_that_are_too_large(people: Desk, tmp_path: Path) -> None:
    chat = new_group(people, "Dateien", "cleo")
    page = people.sign_in("cleo", german(people), f"/chats/{chat}")
    for name, size in {"riesig.bin": 2_001, "eins.bin": 2_000, "zwei.bin": 1_500}.items():
        (tmp_path / name).write_bytes(bytes(size))
        page.locator("input[type=file]").first.set_input_files(tmp_path / name)
        # One after another, so that the same one is too much each time.
        row = page.locator(".uploads li", has_text=name)
        expect(row).to_be_visible()
        expect(row.locator("progress")).to_have_count(0)
    failed = page.locator(".uploads li.failed .wrong")

    expect(failed).to_have_text(
        [
            "Zu groß: höchstens 2 kB sind erlaubt.",
            "Kein Platz: Ihre Dateien dürfen zusammen 3 kB haben.",
        ]
    )


def test_a_refusal_that_the_console_does_not_know(people: Desk) -> None:
    """A later server may refuse for reasons that this console has no words for. Nothing of it is lost."""
    chat = new_group(people, "Unbekannt", "ben")
    page = people.sign_in("ada", german(people), f"/chats/{chat}")
    said = "The moon is full."
    told = {"responseStatus": {"errorCode": "FullMoon", "message": said, "errors": []}}
    page.route("**/api/RenameChat", lambda route: route.fulfill(status=400, json=told))
    act(page, "Aktionen für diesen Chat", "Umbenennen")
    page.get_by_role("dialog").get_by_role("button", name="Speichern").click()

    expect(problem(page)).to_have_text(f"Parlour hat das nicht angenommen.{said}")
    expect(problem(page).locator(ENGLISH)).to_have_text(said)
    picture(page, "refusal-unknown")
