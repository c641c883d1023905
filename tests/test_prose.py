"""Short lines and sentences, and our words, in `docs/`, settings, commands, errors, docstrings and comments."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from parlour.config import describe
from tests.golden.auth_differences import ALWAYS
from tests.golden.differences import BATCHES, DIFFERENCES, STREAMS
from tests.support.documents import ROOT
from tests.support.prose import not_ours, too_long, written_in
from tools import compatibility, pages
from tools.pages import BEGIN, END

LONGEST_LINE = 200

# In words. We write 25 at most; the machine counts a little otherwise than a person does.
LONGEST_SENTENCE = 30

PAGES = [page for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")) if page != compatibility.PAGE]


def written_by_hand(page: Path) -> str:
    """The page without its part that is written from the code."""
    before, _, rest = page.read_text().partition(BEGIN)
    return before + rest.partition(END)[2]


def written_from_the_code() -> Iterator[tuple[str, str]]:
    """Each text from which the other parts of pages are written, with its name."""
    for setting in describe():
        yield f"setting {setting.name}", setting.meaning
    for path, command in pages.commands():
        name = " ".join(path)
        yield name, command.help or ""
        yield from ((f"{name} {option.name}", getattr(option, "help", None) or "") for option in command.params)
    for each in (*DIFFERENCES, *ALWAYS, *BATCHES, *STREAMS):
        yield each.title, "\n\n".join((each.title, each.recorded, each.ours, each.reason))
    yield "errors", pages.errors_page()
    yield "operations", pages.operations_page()


def written_in_programs() -> Iterator[tuple[str, str]]:
    """Each docstring and comment, with the program it is in."""
    for folder in ("src", "tests", "bench", "examples", "tools"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from ((str(path.relative_to(ROOT)), text) for text in written_in(path.read_text()))


@cache
def prose() -> Sequence[tuple[str, str]]:
    """Each text that people read, with the name of its place."""
    pages_by_hand = ((str(page.relative_to(ROOT)), written_by_hand(page)) for page in PAGES)
    return [*pages_by_hand, *written_from_the_code(), *written_in_programs()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_line_of_a_page_is_too_long(page: Path) -> None:
    assert [line for line in written_by_hand(page).splitlines() if len(line) > LONGEST_LINE] == []


def test_no_sentence_is_too_long_to_be_read_once() -> None:
    found = {name: long for name, text in prose() if (long := too_long(text, most=LONGEST_SENTENCE))}

    assert found == {}


def test_people_are_they_and_things_are_not_instead_of_being_none() -> None:
    found = {name: wrong for name, text in prose() if (wrong := not_ours(text))}

    assert found == {}


def test_a_long_sentence_is_found_wherever_it_ends() -> None:
    short = "This is [a link](to/somewhere.md), and `code that runs` is one word."
    long = "Word " * 30 + "end"

    assert too_long(f"# Title\n\n- {short}\n- {short} {short}\n\n```sh\n{long}\n```\n", most=12) == []
    assert [each[:2] for each in too_long(f"{short} {long}.\n\n| {long} | {long} |\n", most=30)] == ["31"] * 3
    assert not_ours("He is no fool. This is no longer so. `his` is code.") == ["He is no fool"]


def test_docstrings_and_comments_of_a_program_are_read() -> None:
    program = '''"""One."""

# Two, which
# goes on.
three = "no docstring"  # Three.
"""Four."""


def five() -> None:
    """Five.

    Six.
    """
    call("no docstring")
'''

    assert list(written_in(program)) == ["One.", "Two, which goes on.", "Three.", "Four.", "Five.\n\nSix."]
