"""What documents show, to be compared with what happens: fenced blocks, commands, and answers whose ids differ."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]

_VARIES = re.compile(
    r"(?P<id>\b[0-9a-f]{32}\b)"
    r"|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)"
    r"|(?<=\"sessionId\":\")[A-Za-z0-9]{20}"
)


@dataclass(frozen=True)
class Block:
    """A fenced block: the language it names, and its text."""

    language: str
    text: str


@dataclass
class Meanings:
    """What the ids of a document stand for in this run."""

    found: dict[str, str] = field(default_factory=lambda: {"0" * 32: "0" * 32})

    def put_into(self, text: str) -> str:
        """The text with each id replaced by what it stands for."""
        return re.sub(r"\b[0-9a-f]{32}\b", lambda match: self.found[match[0]], text)

    def check(self, shown: str, given: str) -> None:
        """Compares what a document shows with what was given; learns the ids that it shows for the first time."""
        assert _VARIES.sub("...", given) == _VARIES.sub("...", shown)
        for promised, actual in zip(_VARIES.finditer(shown), _VARIES.finditer(given), strict=True):
            assert (promised["id"] is None) == (actual["id"] is None)
            if promised["id"] is not None:
                assert self.found.setdefault(promised["id"], actual["id"]) == actual["id"]


def blocks(text: str) -> list[Block]:
    found = re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(match[1], match[2]) for match in found]


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Each command of a console block, with the answer shown below it."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        match = re.match(r"((?:[^\n]*\\\n)*[^\n]*\n)(.*)", part, re.DOTALL)
        assert match is not None
        yield match[1], match[2]


def dead_links(page: Path) -> list[str]:
    """The links of a page to files that do not exist."""
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    return [target for target in targets if "://" not in target and not (page.parent / target).exists()]
