"""What documents show, to be compared with what happens: fenced blocks, commands, and answers whose ids differ."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]

_TIME = r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)"
_SESSION_ID = r"(?<=\"sessionId\":\")[A-Za-z0-9]{20}"
_VARIES = re.compile(rf"(?P<id>\b[0-9a-f]{{32}}\b)|(?P<time>{_TIME})|{_SESSION_ID}")

_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)

_ELLIPSIS = re.compile(r"\s*\.\.\.\s*")
_WRAP = re.compile(r"\n +")


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
        """Compares what a document shows with what was given; learns the ids that it shows for the first time.

        An ellipsis in `shown`, with the blanks around it, stands for anything. What is beside it must be there. A long
        line may be wrapped: the document then has a line break and an indentation that were not given.
        """
        if _ELLIPSIS.search(shown) or _WRAP.search(shown):
            self._check_parts(shown, given)
            return
        assert _VARIES.sub("...", given) == _VARIES.sub("...", shown)
        for promised, actual in zip(_VARIES.finditer(shown), _VARIES.finditer(given), strict=True):
            assert (promised["id"] is None) == (actual["id"] is None)
            if promised["id"] is not None:
                assert self.found.setdefault(promised["id"], actual["id"]) == actual["id"]

    def _check_parts(self, shown: str, given: str) -> None:
        new: dict[str, str] = {}

        def varying(match: re.Match[str]) -> str:
            id_ = match["id"]
            if id_ is None:
                return _TIME if match["time"] else _SESSION_ID
            if id_ in self.found:
                return self.found[id_]
            if id_ in new:
                return f"(?P={new[id_]})"
            new[id_] = f"id{len(new)}"
            return f"(?P<{new[id_]}>[0-9a-f]{{32}})"

        found = re.fullmatch(".*".join(_pattern(part, varying) for part in _ELLIPSIS.split(shown)), given, re.DOTALL)
        assert found is not None, f"The document shows\n{shown}\nand this was given:\n{given}"
        self.found |= {id_: found[group] for id_, group in new.items()}


def _pattern(text: str, varying: Callable[[re.Match[str]], str]) -> str:
    """A regular expression for `text`, in which `varying` says what stands for each id and time."""
    pattern, end = "", 0
    for match in _VARIES.finditer(text):
        pattern += _wrapped(text[end : match.start()]) + varying(match)
        end = match.end()
    return pattern + _wrapped(text[end:])


def _wrapped(text: str) -> str:
    """A regular expression for `text`, as it is or with the wraps of its lines undone."""
    parts = zip(_WRAP.split(text), [*_WRAP.findall(text), ""], strict=True)
    return "".join(re.escape(part) + (f"(?:{wrap})?" if wrap else "") for part, wrap in parts)


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
    """The links of a page to files that do not exist, or to a heading that is not there."""
    targets = re.findall(r"\]\(([^)]+)\)", _FENCED.sub("", page.read_text()))
    return [target for target in targets if "://" not in target and not _leads_somewhere(page, *target.split("#", 1))]


def anchors(page: Path) -> set[str]:
    """What links call the headings of a page."""
    heads = re.findall(r"^#+ (.+)$", _FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def _leads_somewhere(page: Path, path: str, anchor: str = "") -> bool:
    aim = page.parent / path if path else page
    return aim.exists() and (not anchor or anchor in anchors(aim))
