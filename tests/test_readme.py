"""The README tells the truth: its commands and programs run here, and give the answers it shows.

Ids and times differ on every run. An id of the README stands for the first one found in its place; from then on it
must be that one everywhere, in commands too, so a mixed-up id fails.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.served import PARLOUR, environment, served

ROOT = Path(__file__).parent.parent
URL = "http://127.0.0.1:8080"
LANGUAGES = ("console", "python")

_VARIES = re.compile(
    r"(?P<id>\b[0-9a-f]{32}\b)"
    r"|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)"
)

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the README's calls need curl")


@dataclass(frozen=True)
class Block:
    """A fenced block of the README: the language it names, and its text."""

    language: str
    text: str


@dataclass
class Meanings:
    """What the README's ids stand for in this run."""

    found: dict[str, str] = field(default_factory=lambda: {"0" * 32: "0" * 32})

    def put_into(self, text: str) -> str:
        """The text with each id replaced by what it stands for."""
        return re.sub(r"\b[0-9a-f]{32}\b", lambda match: self.found[match[0]], text)

    def check(self, shown: str, given: str) -> None:
        """Compares what the README shows with what was given; learns the ids that it shows for the first time."""
        assert _VARIES.sub("...", given) == _VARIES.sub("...", shown)
        for promised, actual in zip(_VARIES.finditer(shown), _VARIES.finditer(given), strict=True):
            assert (promised["id"] is None) == (actual["id"] is None)
            if promised["id"] is not None:
                assert self.found.setdefault(promised["id"], actual["id"]) == actual["id"]


def blocks() -> list[Block]:
    text = (ROOT / "README.md").read_text()
    return [
        Block(match[1], match[2]) for match in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Each command of a console block, with the answer shown below it."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        match = re.match(r"((?:[^\n]*\\\n)*[^\n]*\n)(.*)", part, re.DOTALL)
        assert match is not None
        yield match[1], match[2]


def test_every_command_and_program_of_the_readme_gives_the_answer_shown(tmp_path: Path) -> None:
    meanings = Meanings()
    program = ""
    with served(tmp_path / "data", "--demo") as server:

        def run(command: list[str]) -> str:
            variables = environment({}) | {"PYTHONPATH": str(ROOT / "docs" / "python"), "PATH": os.environ["PATH"]}
            ended = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60)
            assert ended.returncode == 0, ended.stderr
            return ended.stdout

        for block in blocks():
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


def test_the_readme_makes_each_of_its_five_calls_with_curl_and_in_python() -> None:
    shown = {
        language: "".join(block.text for block in blocks() if block.language == language) for language in LANGUAGES
    }

    for address in ("/auth/credentials", "/v1/Chat \\", "/v1/ChatMessage", "/v1/Chat\n", "/invite/contact"):
        assert address in shown["console"]
    for request in ("Authenticate(", "ChatRequest(chat=", "ChatMessageRequest(", "ChatRequest()", "InviteContact("):
        assert request in shown["python"]


def test_what_the_readme_points_to_exists() -> None:
    text = (ROOT / "README.md").read_text()
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]

    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
    for script in ("scripts/serve", "scripts/test"):
        assert f"```sh\n{script}" in text
        assert os.access(ROOT / script, os.X_OK)
