"""A real browser, and axe for accessibility. Tests are skipped without Chromium."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.node import node_modules

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}

# Failures that a test causes, and scripts that a page must refuse.
_EXPECTED = re.compile("the server responded with a status of|Content Security Policy")

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for each module. While it exists, the driver's event loop runs in this thread, and no other test can
    run one.
    """
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not on PATH, and CHROMIUM does not name it.")
    with sync_playwright() as playwright:
        # Containers for tests have no user namespaces for a sandbox.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens an address in a new window. The test fails if the page logs errors."""
    contexts = []
    complaints: list[str] = []

    def open_(url: str, *, scheme: str = "light", viewport: dict[str, int] = DESK, **headers: str) -> Page:
        context = browser.new_context(
            color_scheme=scheme,  # type: ignore[arg-type] # light or dark
            viewport=viewport,  # type: ignore[arg-type] # as it is declared above
            extra_http_headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [said for said in complaints if not _EXPECTED.search(said)] == []


@pytest.fixture(scope="session")
def axe() -> str:
    return (node_modules() / "axe-core" / "axe.min.js").read_text()


@contextmanager
def navigating(page: Page) -> Iterator[None]:
    """Waits for the navigation that the body of the context causes."""
    with page.expect_navigation():
        yield


def violations(page: Page, axe: str) -> list[str]:
    """The violations that axe finds: the rule, and where."""
    page.evaluate(axe)
    found = page.evaluate("axe.run()")
    return [f"{each['id']}: {[node['html'][:200] for node in each['nodes']]}" for each in found["violations"]]


def scrolls_sideways(page: Page) -> bool:
    wide: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wide
