"""Serves the application of `docs/engine/events.md`, runs its client, and checks its fragments."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from parlour.engine.dto.declare import Guid
from parlour.engine.serving.principals import Principal
from tests.support.documents import ROOT, blocks
from tests.support.node import node_modules
from tests.support.served import served_by_uvicorn

PAGE = ROOT / "docs" / "engine" / "events.md"
URL = "http://127.0.0.1:8081"


def written_in(language: str) -> list[str]:
    return [block.text for block in blocks(PAGE.read_text()) if block.language == language]


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The address of the page's application."""
    program = tmp_path / "rooms.py"
    program.write_text(written_in("python")[0].replace("port=8081", "port=0"))
    process = subprocess.Popen([sys.executable, str(program)], stderr=subprocess.PIPE, text=True)
    try:
        yield served_by_uvicorn(process)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_the_client_of_the_page_prints_what_the_page_shows(url: str, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(node_modules())
    program = tmp_path / "listen.mjs"
    [shown] = written_in("javascript")
    program.write_text(shown.replace(URL, url))

    ended = subprocess.run(["node", str(program)], capture_output=True, text=True, timeout=60)

    assert (ended.stdout, ended.stderr) == (written_in("text")[0], "")


def test_the_fragments_of_the_page_fit_its_application(monkeypatch: pytest.MonkeyPatch) -> None:
    rooms = ModuleType("rooms")
    monkeypatch.setitem(sys.modules, "rooms", rooms)
    for fragment in written_in("python"):
        exec(compile(fragment, PAGE.name, "exec"), rooms.__dict__)

    ann = Principal(user_id=Guid("1"), user_name="ann")
    heard = [channel for channel in ("lobby", "user-ann", "user-bob") if rooms.Members().may_hear(None, ann, channel)]
    assert heard == ["lobby", "user-ann"]
