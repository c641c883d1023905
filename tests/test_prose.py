"""What people read can be read: the length of lines in pages that are written by hand."""

from pathlib import Path

import pytest

from tests.support.documents import ROOT
from tools import compatibility
from tools.pages import BEGIN, END

LONGEST_LINE = 200

PAGES = [page for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")) if page != compatibility.PAGE]


def written_by_hand(page: Path) -> str:
    """The page without its part that is written from the code."""
    before, _, rest = page.read_text().partition(BEGIN)
    return before + rest.partition(END)[2]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_line_of_a_page_is_longer_than_a_screen_is_wide(page: Path) -> None:
    assert [line for line in written_by_hand(page).splitlines() if len(line) > LONGEST_LINE] == []
