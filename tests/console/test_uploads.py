"""Files of any size reach the server once, over lost connections and reloads."""

import hashlib
import random
import urllib.request
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, Route, expect

from tests.console.test_outbox import composer, shown, team, write
from tests.support.console import PASSWORD, Desk, bundle, desk, picture
from tests.support.served import basic, served
from tests.support.small_clamd import EICAR, SmallClamd, eicar_or_not

MEGABYTES = 100
NAME = "film.bin"
PARTS = "**/v1/Uploads/*"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that does not fit into one part of an upload."""
    path = tmp_path_factory.mktemp("files") / NAME
    some = random.Random(1).randbytes(1_000_000)
    with path.open("wb") as file:
        for number in range(MEGABYTES):
            file.write(number.to_bytes(4) + some[4:])
    return path


def choose(page: Page, path: Path) -> None:
    page.locator("input[type=file]").first.set_input_files(path)


def progress(page: Page) -> Locator:
    return page.get_by_role("progressbar", name=NAME)


def uploading(context: BrowserContext) -> list[Request]:
    """The requests by which the pages of a browser upload. Grows as they do so."""
    made: list[Request] = []
    context.on("request", lambda each: made.append(each) if "/v1/Uploads" in each.url else None)
    return made


def lose_after(context: BrowserContext, parts: int) -> None:
    """Lets some parts of each upload through, and loses all after them."""
    sent: Counter[str] = Counter()

    def route(each: Route) -> None:
        if each.request.method == "PATCH":
            sent[each.request.url] += 1
            if sent[each.request.url] > parts:
                return each.abort()
        return each.continue_()

    context.route(PARTS, route)


def content(people: Desk, attachment_id: str) -> str:
    """The hash of a file as the server gives it back."""
    request = urllib.request.Request(f"{people.server.url}/v1/Attachment/{attachment_id}/Content")
    request.add_header("Authorization", basic(f"ben@demo.example:{PASSWORD}"))
    with urllib.request.urlopen(request, timeout=60) as answer:
        return hashlib.file_digest(answer, "sha256").hexdigest()


def last_message(people: Desk, chat_id: str) -> Any:
    return people.call("ben", "GET", f"/v1/Messages?ChatId={chat_id}")["messages"][-1]


def test_a_file_is_given_up_and_another_one_goes_on_after_a_reload(people: Desk, film: Path) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    composer(page).wait_for()
    requests = uploading(context)
    lose_after(context, 3)

    choose(page, film)
    with page.expect_request(lambda each: each.method == "PATCH") as begun:
        expect(progress(page)).to_be_visible()
    with page.expect_request(lambda each: each.method == "DELETE"):
        page.get_by_role("button", name=f"Remove {NAME}").click()
    expect(progress(page)).to_have_count(0)

    with page.expect_event("requestfailed", lambda each: each.method == "PATCH" and each.url != begun.value.url):
        choose(page, film)
    write(page, "The film of the fair")
    expect(shown(page, "The film of the fair")).to_have_count(1)
    page.reload()
    expect(shown(page, "The film of the fair")).to_have_count(1)
    requests.clear()
    context.unroute(PARTS)

    ben = people.sign_in("ben", path=f"/chats/{chat_id}")
    expect(shown(ben, "The film of the fair")).to_have_count(1, timeout=60_000)
    message = last_message(people, chat_id)
    attachment = message["attachments"][0]
    assert (message["text"], attachment["fileName"], attachment["size"]) == (
        "The film of the fair",
        NAME,
        MEGABYTES * 1_000_000,
    )
    assert content(people, attachment["attachmentId"]) == hashlib.sha256(film.read_bytes()).hexdigest()
    # It went on where it was.
    assert [each.method for each in requests if each.method == "POST"] == []
    offsets = [int(each.headers["upload-offset"]) for each in requests if each.method == "PATCH"]
    assert min(offsets) > 0
    assert attachment["attachmentId"] in {each.url.rpartition("/")[2] for each in requests}


def test_messages_behind_a_file_wait_for_it(people: Desk, tmp_path: Path) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    composer(page).wait_for()
    small = tmp_path / "plan.txt"
    small.write_text("The plan")
    context.route(PARTS, lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    choose(page, small)
    write(page, "The plan is here", "And this is what I think of it")

    expect(shown(page, "And this is what I think of it")).to_have_count(1)
    assert last_message(people, chat_id).get("text") != "And this is what I think of it"
    context.unroute(PARTS)

    ben = people.sign_in("ben", path=f"/chats/{chat_id}")
    expect(shown(ben, "And this is what I think of it")).to_have_count(1)
    texts = [each.get("text") for each in people.call("ben", "GET", f"/v1/Messages?ChatId={chat_id}")["messages"]]
    assert texts[-2:] == ["The plan is here", "And this is what I think of it"]


def test_a_message_does_not_go_without_a_file_that_the_browser_lost(people: Desk, tmp_path: Path) -> None:
    chat_id = team(people)
    context = people.context()
    page = people.sign_in("ada", context, f"/chats/{chat_id}")
    composer(page).wait_for()
    small = tmp_path / "offer.txt"
    small.write_text("The offer")
    context.route(PARTS, lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    choose(page, small)
    write(page, "This is the offer")
    # A page of the console would go on, and keep the file again.
    page.goto("/metadata")
    page.evaluate(FORGET_UPLOADS)
    context.unroute(PARTS)
    page.goto(f"/chats/{chat_id}")

    expect(page.get_by_text("The file is not there any more.")).to_be_visible()
    assert last_message(people, chat_id).get("text") != "This is the offer"


def test_a_file_that_the_server_does_not_have_any_more_is_sent_again(people: Desk, tmp_path: Path) -> None:
    chat_id = team(people)
    page = people.sign_in("ada", path=f"/chats/{chat_id}")
    composer(page).wait_for()
    small = tmp_path / "keys.txt"
    small.write_text("The keys")
    with page.expect_response("**/api/GetAttachment*") as described:
        choose(page, small)
    expect(page.locator(".uploads li.done")).to_have_count(1)
    # As it does with files that wait for more than a day.
    first = described.value.json()["attachment"]["attachmentId"]
    people.server.call("DELETE", f"/v1/Attachment/{first}", caller=f"ada@demo.example:{PASSWORD}")

    write(page, "Here are the keys")

    expect(page.locator(".message:not(.waiting)", has_text="Here are the keys")).to_have_count(1)
    attachment = last_message(people, chat_id)["attachments"][0]
    assert attachment["attachmentId"] != first
    assert content(people, attachment["attachmentId"]) == hashlib.sha256(b"The keys").hexdigest()


def test_a_message_waits_until_the_scanner_has_checked_its_files(browser: Browser, tmp_path: Path) -> None:
    bundle()
    plan, virus = tmp_path / "plan.txt", tmp_path / "virus.txt"
    plan.write_text("The plan")
    virus.write_bytes(EICAR)
    scanner = SmallClamd(eicar_or_not)
    settings = {"throttles": "off", "scanner": scanner.address}
    with served(tmp_path / "data", "--demo", settings=settings) as server, desk(browser, server) as people:
        scanner.close()
        chat_id = team(people)
        page = people.sign_in("ada", path=f"/chats/{chat_id}")
        composer(page).wait_for()
        choose(page, plan)
        expect(page.get_by_text("Being checked for viruses")).to_have_count(1)
        picture(page, "attachment-being-checked")
        write(page, "Here is the plan")
        choose(page, virus)
        expect(page.get_by_text("Being checked for viruses")).to_have_count(2)
        page.reload()
        expect(page.get_by_text("Being checked for viruses")).to_have_count(2)
        assert last_message(people, chat_id).get("text") != "Here is the plan"

        with closing(SmallClamd(eicar_or_not, port=scanner.port)):
            expect(page.locator(".message:not(.waiting)", has_text="Here is the plan")).to_have_count(1)
            expect(page.get_by_text("The virus scanner refused this file.")).to_be_visible()
        assert [each["fileName"] for each in last_message(people, chat_id)["attachments"]] == ["plan.txt"]


# What a full disk does to the records of files.
FORGET_UPLOADS = """
new Promise((done) => {
    const request = indexedDB.open("parlour")
    request.onsuccess = () => {
        const transaction = request.result.transaction("uploads", "readwrite")
        transaction.objectStore("uploads").clear()
        transaction.oncomplete = () => { request.result.close(); done() }
    }
})
"""
