"""The console in a real browser: its bundle, people who are signed in, and pictures of what they see."""

import fcntl
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.served import Served
from tools.console import build

ROOT = Path(__file__).parents[2]
CONSOLE = ROOT / "console"
BUNDLE = ROOT / "src" / "parlour" / "console" / "dist"
SCREENS = ROOT / ".test" / "screens"

PASSWORD = "parlour-demo"

DESK = {"width": 1440, "height": 900}
TABLET = {"width": 900, "height": 800}
PHONE = {"width": 390, "height": 844}
SIZES = (DESK, TABLET, PHONE)
SCHEMES = ("light", "dark")

# What a test causes on purpose: answers that are errors, and connections that are cut.
_EXPECTED = re.compile(
    "the server responded with a status of|net::ERR_|Failed to fetch|WebSocket|Service Worker registration blocked"
)


@cache
def bundle() -> Path:
    """The folder of the bundle, built from the sources of this checkout. Skips the test without node or npm."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    with (CONSOLE / "package.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        build()
    return BUNDLE


# Fonts are loaded, and two frames are drawn.
_AT_REST = """
document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
"""


class Desk:
    """Browser windows of people who use one server. `complaints` are the errors that their pages logged."""

    def __init__(self, browser: Browser, server: Served) -> None:
        self.server = server
        self.complaints: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def context(
        self,
        *,
        size: dict[str, int] = DESK,
        scheme: str = "light",
        language: str = "en-GB",
        has_worker: bool = False,
        **options: Any,
    ) -> BrowserContext:
        """
        A browser of its own, with its own cookies and storage. It has a service worker only if that is asked for: a
        request that is made while a worker takes over the page goes past the routes of a test.
        """
        made = self._browser.new_context(
            base_url=self.server.url,
            viewport=size,  # type: ignore[arg-type] # as it is declared above
            color_scheme=scheme,  # type: ignore[arg-type] # light or dark
            locale=language,
            timezone_id="Europe/Berlin",
            service_workers="allow" if has_worker else "block",
            **options,
        )
        made.set_default_timeout(60_000)
        made.on("page", self._watch)
        self._contexts.append(made)
        return made

    def sign_in(self, person: str, context: BrowserContext | None = None, path: str = "/chats", **options: Any) -> Page:
        """A window in which a person of the demo, such as `ada`, has signed in and sees the console at `path`."""
        context = context or self.context(**options)
        answer = context.request.post(
            "/auth/credentials",
            data={"userName": f"{person}@demo.example", "password": PASSWORD, "rememberMe": True},
            headers={"Accept": "application/json"},
        )
        assert answer.ok, answer.text()
        page = context.new_page()
        page.goto(path)
        page.wait_for_selector("nav", state="attached")
        return page

    def call(self, person: str, method: str, path: str, body: Any = None) -> Any:
        """The answer of the API to a person of the demo."""
        status, answer = self.server.call(method, path, body, caller=f"{person}@demo.example:{PASSWORD}")
        assert status == 200, json.dumps(answer)
        return answer

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _watch(self, page: Page) -> None:
        page.on("console", lambda said: self._note(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._note(str(error)))

    def _note(self, said: str) -> None:
        if not _EXPECTED.search(said):
            self.complaints.append(said)


@contextmanager
def desk(browser: Browser, server: Served) -> Iterator[Desk]:
    """The windows of one test. Fails it if a page logged errors."""
    made = Desk(browser, server)
    try:
        yield made
    finally:
        made.close()
    assert made.complaints == [], made.complaints


def picture(page: Page, name: str) -> None:
    """Takes a picture of what the window shows, once it is at rest, into .test/screens."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.evaluate(_AT_REST)
    page.screenshot(path=SCREENS / f"{name}.png", animations="disabled")
