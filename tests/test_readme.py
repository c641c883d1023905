"""Runs the commands and programs of the README, and compares their answers.

Ids and times differ on every run. An id of the README means the first id found in its place. Later it must be the same
id everywhere, also in commands, so a mixed-up id fails.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.documents import ROOT, Meanings, blocks, commands, dead_links
from tests.support.served import PARLOUR, environment, served

README = (ROOT / "README.md").read_text()
URL = "http://127.0.0.1:8080"
LANGUAGES = ("console", "python")

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the README's calls need curl")


def test_every_command_and_program_of_the_readme_gives_the_answer_shown(tmp_path: Path) -> None:
    meanings = Meanings()
    program = ""
    with served(tmp_path / "data", "--demo") as server:

        def run(command: list[str]) -> str:
            variables = environment({}) | {"PYTHONPATH": str(ROOT / "docs" / "python"), "PATH": os.environ["PATH"]}
            ended = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60)
            assert ended.returncode == 0, ended.stderr
            return ended.stdout

        for block in blocks(README):
            if block.language == "python":
                program = meanings.put_into(block.text).replace(URL, server.url)
            elif block.language == "text":
                meanings.check(block.text, run([sys.executable, "-c", program]))
            elif block.language == "console":
                for command, shown in commands(block):
                    if command == "scripts/serve --demo\n":
                        given = server.said.replace(server.url, URL)
                    else:
                        here = meanings.put_into(command).replace(URL, server.url)
                        given = run(["sh", "-c", here.replace(".venv/bin/parlour", str(PARLOUR))])
                    meanings.check(shown.rstrip("\n"), given.rstrip("\n"))

    assert program


def test_the_readme_makes_each_of_its_six_calls_with_curl_and_in_python() -> None:
    shown = {
        language: "".join(block.text for block in blocks(README) if block.language == language)
        for language in LANGUAGES
    }

    for address in (
        "/auth/credentials",
        "/v1/Chat \\",
        "/v1/ChatMessage",
        "/v1/Chat\n",
        "/v1/Events",
        "/invite/contact",
    ):
        assert address in shown["console"]
    calls = (
        "Authenticate(",
        "ChatRequest(chat=",
        "ChatMessageRequest(",
        "ChatRequest()",
        "GetEvents(",
        "InviteContact(",
    )
    for request in calls:
        assert request in shown["python"]


def test_links_in_the_readme_exist() -> None:
    assert dead_links(ROOT / "README.md") == []
    for script in ("scripts/serve", "scripts/test"):
        assert f"```sh\n{script}" in README
        assert os.access(ROOT / script, os.X_OK)
