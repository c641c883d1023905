"""Reads fenced blocks and commands of documents, and compares answers whose ids differ."""

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
    """A fenced block: its language and its text."""

    language: str
    text: str


@dataclass
class Meanings:
    """The values of a document's ids in this run."""

    found: dict[str, str] = field(default_factory=lambda: {"0" * 32: "0" * 32})

    def put_into(self, text: str) -> str:
        """The text with each id replaced by its value."""
        return re.sub(r"\b[0-9a-f]{32}\b", lambda match: self.found[match[0]], text)

    def check(self, shown: str, given: str) -> None:
        """Compares the text of a document with the real text, and remembers the values of new ids.

        An ellipsis in `shown`, with the blanks around it, matches any text. The text around it must match. A long line
        may be wrapped: then the document has an additional line break and indentation.
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
    """A regular expression for `text`, with the patterns of `varying` for ids and times."""
    pattern, end = "", 0
    for match in _VARIES.finditer(text):
        pattern += _wrapped(text[end : match.start()]) + varying(match)
        end = match.end()
    return pattern + _wrapped(text[end:])


def _wrapped(text: str) -> str:
    """A regular expression for `text`, with wrapped or unwrapped lines."""
    parts = zip(_WRAP.split(text), [*_WRAP.findall(text), ""], strict=True)
    return "".join(re.escape(part) + (f"(?:{wrap})?" if wrap else "") for part, wrap in parts)


def blocks(text: str) -> list[Block]:
    found = re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(match[1], match[2]) for match in found]


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the answer below it."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        match = re.match(r"((?:[^\n]*\\\n)*[^\n]*\n)(.*)", part, re.DOTALL)
        assert match is not None
        yield match[1], match[2]


def dead_links(page: Path) -> list[str]:
    """The links of a page to missing files or headings."""
    targets = re.findall(r"\]\(([^)]+)\)", _FENCED.sub("", page.read_text()))
    return [target for target in targets if "://" not in target and not _leads_somewhere(page, *target.split("#", 1))]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    heads = re.findall(r"^#+ (.+)$", _FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def _leads_somewhere(page: Path, path: str, anchor: str = "") -> bool:
    aim = page.parent / path if path else page
    return aim.exists() and (not anchor or anchor in anchors(aim))
