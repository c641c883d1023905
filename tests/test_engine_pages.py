"""Runs the examples of `docs/engine` in order, and compares their output with that of the chapter.

The Python blocks of a chapter are one program. The `text` block below a block is its output, or the error that stops
it. Commands call the `app` that the program has created so far. Blocks in other languages are not run here.
"""

import contextlib
import io
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import uvicorn

from parlour.engine import DeclarationError
from tests.support.documents import ROOT, Meanings, blocks, commands, dead_links

PAGES = ROOT / "docs" / "engine"
URL = "http://127.0.0.1:8080"
PAGES_WITH_TESTS_OF_THEIR_OWN = {"authentication", "events"}
CHAPTERS = sorted({page.stem for page in PAGES.glob("*.md")} - PAGES_WITH_TESTS_OF_THEIR_OWN)


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serves `app`, and returns its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, proxy_headers=False, timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def printed(code: str, program: ModuleType) -> str:
    """The output of a block, including the error that stops it."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            exec(compile(code, program.__name__, "exec"), program.__dict__)
        except DeclarationError as error:
            print(f"DeclarationError: {error}")
    return said.getvalue()


def answered(app: Any, command: str, folder: Path) -> str:
    with serving(app) as url:
        ended = subprocess.run(
            ["sh", "-c", command.replace(URL, url)],
            cwd=folder,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ended.returncode == 0, f"{command}{ended.stdout}{ended.stderr}"
    return ended.stdout.replace(url, URL).replace("\r", "").replace(url.removeprefix("http://"), "127.0.0.1:8080")


@pytest.mark.skipif(shutil.which("curl") is None, reason="the calls need curl")
@pytest.mark.parametrize("name", CHAPTERS)
def test_the_examples_of_a_chapter_work(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, program)
    monkeypatch.chdir(tmp_path)
    meanings = Meanings()
    said = ""
    for block in blocks((PAGES / f"{name}.md").read_text()):
        if block.language == "python":
            assert said == "", "What a block prints is shown below it."
            said = printed(block.text, program)
        elif block.language == "text":
            meanings.check(block.text, said)
            said = ""
        elif block.language == "console":
            for command, shown in commands(block):
                given = answered(program.app, meanings.put_into(command), tmp_path)
                meanings.check(shown.rstrip("\n"), given.rstrip("\n"))
    assert said == ""


def test_the_first_program_is_the_example_of_that_name() -> None:
    first = next(block for block in blocks((PAGES / "hello.md").read_text()) if block.language == "python")

    assert (ROOT / "examples" / "hello.py").read_text().endswith(first.text)


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_links_of_a_page_exist_and_the_index_lists_it(page: Path) -> None:
    assert dead_links(page) == []
    assert page.stem == "index" or f"]({page.name})" in (PAGES / "index.md").read_text()
