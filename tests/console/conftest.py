"""A server with the console and the demo, and people in browsers of their own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import axe, browser
from tests.support.console import Desk, bundle, desk
from tests.support.served import Served, served

__all__ = ["axe", "browser"]

# Nothing is judged by the clock. Three browsers with their servers share two cores, so a step may take long.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of its own for each module, since tests change what is in it."""
    bundle()
    with served(tmp_path_factory.mktemp("console") / "data", "--demo", settings={"throttles": "off"}) as started:
        yield started


@pytest.fixture
def people(browser: Browser, server: Served) -> Iterator[Desk]:
    with desk(browser, server) as made:
        yield made
