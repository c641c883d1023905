"""Sends the requests of `docs/wire`, and compares the answers with those shown.

The application is that of the index; a page may put Python of its own after it. An `http` block is a request and its
answer. In an answer `…` stands for any text, and `«name»` for a text that later requests of the page repeat. Lines that
begin with blanks go on with the line before.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from types import ModuleType

import pytest

from parlour.engine import AsgiApp
from tests.support.asgi_face import Answer, call
from tests.support.documents import ROOT, anchors, blocks, dead_links

PAGES = ROOT / "docs" / "wire"
TOPICS = [page for page in sorted(PAGES.glob("*.md")) if page.stem != "index"]
HOST = "library.example"

_LINE_GOES_ON = re.compile(r"\n[ \t]+")


@dataclass(frozen=True)
class Message:
    """A request or an answer, by its first line."""

    start: str
    headers: list[tuple[str, str]]
    body: str


@dataclass
class Known:
    """The values of a page's names in this run."""

    values: dict[str, str] = field(default_factory=dict)

    def put_into(self, text: str) -> str:
        return re.sub("«(.+?)»", lambda name: self.values[name[1]], text)

    def check(self, shown: str, given: str) -> None:
        """Compares the text of a page with the real text, and remembers the values of new names."""
        match = re.fullmatch(self._pattern(shown), given, re.DOTALL)
        assert match is not None, f"shown: {shown}\ngiven: {given}"
        self.values |= match.groupdict()

    def _pattern(self, shown: str) -> str:
        new: set[str] = set()

        def part_pattern(part: str) -> str:
            name = part[1:-1]
            if part == "…":
                return ".*?"
            if not part.startswith("«") or name in self.values:
                return re.escape(self.put_into(part))
            if name in new:
                return f"(?P={name})"
            new.add(name)
            return rf"(?P<{name}>[^\s;,\"]+)"

        return "".join(map(part_pattern, re.split("(…|«.+?»)", shown)))


def exchange(block: str) -> tuple[str, Message]:
    """The request and the answer of a block."""
    request, separator, answer = block.partition("\nHTTP/1.1 ")
    assert separator, f"A request without an answer: {block}"
    return request, message(answer)


def message(text: str) -> Message:
    head, _, body = text.partition("\n\n")
    start, *lines = head.split("\n")
    headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines if line)]
    return Message(start, headers, body.strip("\n"))


def sent(app: AsgiApp, request: Message) -> Answer:
    method, _, target = request.start.partition(" ")
    body = request.body.encode() if request.body else None
    answer = call(app, method, target, body, headers={"Host": HOST} | dict(request.headers))
    # Servers omit the body.
    return replace(answer, body=b"") if method == "HEAD" else answer


def text_of(body: bytes) -> str:
    return body.decode().replace("\r\n", "\n").strip("\n")


def program() -> ModuleType:
    """The application of the index."""
    made = ModuleType("wire_pages")
    sys.modules[made.__name__] = made
    run(blocks((PAGES / "index.md").read_text())[0].text, made)
    return made


def run(code: str, module: ModuleType) -> None:
    exec(compile(code, module.__name__, "exec"), module.__dict__)


def check(app: AsgiApp, block: str, known: Known) -> None:
    request, shown = exchange(block)
    given = sent(app, message(known.put_into(request)))
    assert shown.start == f"{given.status} {HTTPStatus(given.status).phrase}", given
    for name, value in shown.headers:
        check_header(name, value, given, known)
    known.check(_LINE_GOES_ON.sub("", shown.body), _LINE_GOES_ON.sub("", text_of(given.body)))


def check_header(name: str, shown: str, given: Answer, known: Known) -> None:
    values = [value for key, value in given.headers if key == name.lower()]
    for value in values:
        try:
            return known.check(shown, value)
        except AssertionError:
            continue
    raise AssertionError(f"{name}: {shown} is not among {values}")


@pytest.mark.parametrize("page", TOPICS, ids=lambda page: page.stem)
def test_each_request_of_a_page_gets_the_answer_shown(page: Path) -> None:
    application, known = program(), Known()
    shown = blocks(page.read_text())

    for block in shown:
        if block.language == "python":
            run(block.text, application)
        elif block.language == "http":
            check(application.app, block.text, known)

    assert any(block.language == "http" for block in shown)


def sources() -> Iterator[Path]:
    """The files that may cite a page: programs, tests and pages."""
    for folder in ("src", "tests", "docs", "tools", "examples", "bench"):
        yield from (path for path in (ROOT / folder).rglob("*") if path.suffix in (".md", ".py", ".sql"))
    yield from ROOT.glob("*.md")


def test_citations_of_wire_rules_name_existing_sections() -> None:
    cited = [
        (str(path.relative_to(ROOT)), page, anchor)
        for path in sources()
        for page, anchor in re.findall(r"docs/wire/([\w-]+\.md)(?:#([\w-]+))?", path.read_text())
    ]

    assert len(cited) > 25
    assert [each for each in cited if not is_section(PAGES / each[1], each[2])] == []


def is_section(page: Path, anchor: str) -> bool:
    return page.exists() and (not anchor or anchor in anchors(page))


def test_only_existing_pages_are_cited() -> None:
    assert [path for path in sources() if re.search(r"\bcontract/[\w-]+\.md", path.read_text())] == []


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_links_of_a_page_exist_and_the_index_lists_it(page: Path) -> None:
    assert dead_links(page) == []
    assert page.stem == "index" or f"]({page.name})" in (PAGES / "index.md").read_text()
