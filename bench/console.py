"""Times of the console in Chromium, and the sizes of its bundle. Printed by `scripts/bench --only console`.

A time ends with the frame after the one in which what is waited for is in the page. The page measures itself, so the
way between this program and the browser does not count.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench import fill
from bench.servers import started
from parlour.store.database import open_database
from tools import console

# The chats of the list: a long one, a usual one, and as many others as the aim names.
LONG, USUAL, OTHERS = 100_000, 100, 498
OTHER_HISTORY = 20

# The newest ones are at the top of the list.
LONG_CHAT, USUAL_CHAT = fill.guid("d", OTHERS), fill.guid("d", OTHERS + 1)

ROUNDS = 7

VIEWPORT = {"width": 1440, "height": 900}

# Resolves with the milliseconds since `began` once the selector finds something and it was drawn.
_SHOWN = """
window.shown = (selector, began) => new Promise((done) => {
  const look = () => requestAnimationFrame(() =>
    document.querySelector(selector) ? requestAnimationFrame(() => done(performance.now() - began)) : look())
  look()
})
"""

_OPEN = """
([chatId, selector]) => {
  const began = performance.now()
  document.querySelector(`.list-body a[href="/chats/${chatId}"]`).click()
  return shown(selector, began)
}
"""

_SEND = """
([selector]) => {
  const began = performance.now()
  document.querySelector(".composer").requestSubmit()
  return shown(selector, began)
}
"""


def main() -> None:
    """Builds the console and prints both tables."""
    console.build()
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as url, sync_playwright() as playwright:
        # Containers have no user namespaces for a sandbox.
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        try:
            found = measured(browser, url)
        finally:
            browser.close()
    _table(("in Chromium", "median", "least and most"), ((name, *_spread(times)) for name, times in found.items()))
    sizes = console.weighed()
    rows = ((name, f"{size / 1000:.1f} kB", f"{console.LIMITS[name] / 1000:.0f} kB") for name, size in sizes.items())
    _table(("by gzip", "size", "limit"), rows)


def measured(browser: Browser, url: str) -> dict[str, list[float]]:
    """The times of each work in milliseconds. A round measures each work once."""
    names = [f"the list of {OTHERS + 2} chats", f"a chat of {USUAL:,} messages", f"a chat of {LONG:,} messages"]
    found: dict[str, list[float]] = {name: [] for name in (*names, "one's own message")}
    context = browser.new_context(base_url=url, viewport=VIEWPORT)  # type: ignore[arg-type] # as it is declared above
    context.add_init_script(_SHOWN)
    person = {"userName": fill.email(fill.READER), "password": fill.PASSWORD}
    assert context.request.post("/auth/credentials", data=person, headers={"Accept": "application/json"}).ok
    for number in range(ROUNDS + 1):
        page = context.new_page()
        times = _round(page, number)
        page.close()
        # The first one also fills the caches of the browser and the server.
        if number:
            for name, time in zip(found, times, strict=True):
                found[name].append(time)
    return found


def _round(page: Page, number: int) -> list[float]:
    text = f"Message {number}"
    page.goto("/chats", wait_until="commit")
    times = [page.evaluate("shown('.list-body [data-item]', 0)")]
    for chat_id in (USUAL_CHAT, LONG_CHAT):
        # Each of the other chat's messages is gone by then.
        selector = f".messages[aria-busy=false] [data-row^='f{int(chat_id[1:]):025d}']"
        times.append(page.evaluate(_OPEN, [chat_id, selector]))
    page.locator(".composer textarea").fill(text)
    before = page.locator("[data-row]").last.get_attribute("data-row")
    times.append(page.evaluate(_SEND, [f"li:has([data-row='{before}']) + li [data-row]"]))
    return times


def _chromium() -> str:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        raise SystemExit("chromium is not on PATH, and CHROMIUM does not name it.")
    return path


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The address of a Parlour whose reader has the chats."""
    database = open_database("", folder)
    try:
        fill.fill_list(database, [*[OTHER_HISTORY] * OTHERS, LONG, USUAL])
    finally:
        database.close()
    command = [sys.executable, "-m", "parlour", "serve", "--listen", "127.0.0.1:0", "--data-dir", str(folder)]
    with started(command, {"PARLOUR_THROTTLES": "off"}) as (_, line):
        yield line.split()[-1]


def _spread(times: list[float]) -> tuple[str, str]:
    return f"{median(times):.0f} ms", f"{min(times):.0f} to {max(times):.0f} ms"


def _table(head: tuple[str, ...], rows: Any) -> None:
    print()
    print("|", " | ".join(head), "|")
    print("|---" * len(head) + "|")
    for row in rows:
        print("|", " | ".join(row), "|")
