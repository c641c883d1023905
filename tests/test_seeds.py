"""The texts of the two original documents are also on Parlour's own pages, in the same order."""

import asyncio
import os
from pathlib import Path

import pytest

from parlour.engine import standard_engine
from parlour.engine.codecs import Profile
from parlour.engine.http.messages import Request
from parlour.engine.serving.handlers import InlineUnits
from parlour.engine.serving.options import EngineOptions
from parlour.services.identity import Identity
from tests.support.visible_text import words
from tools.pages import services

SEEDS = Path(os.environ.get("PARLOUR_SEEDS") or Path(__file__).parents[2] / "shared" / "seeds")

pytestmark = pytest.mark.skipif(
    not SEEDS.is_dir(), reason="The documents are not there; PARLOUR_SEEDS names their folder."
)


def page(operation: str, language: str, host: str) -> str:
    """The page of an operation in XML, with the documents' title, as one line of words."""
    engine = standard_engine(
        services(),
        InlineUnits(),
        authentication=Identity(bytes(32)).authentication,
        options=EngineOptions(profile=Profile(name_case="pascal"), title="Platform API"),
    )
    request = Request(
        method="GET", path="/xml/metadata", query=f"op={operation}&lang={language}", headers=[("host", host)]
    )
    return f" {' '.join(words(asyncio.run(engine.answer(request)).body))} "


@pytest.mark.parametrize(
    ("document", "operation", "language", "host"),
    [
        ("chat.txt", "ChatRequest", "python", "api.dev.dynamics.trendsic.com"),
        ("invite_contact.txt", "InviteContact", "fsharp", "pfapi.pstpf.com.au"),
    ],
)
def test_every_line_of_a_seed_document_is_on_our_page_in_order(
    document: str, operation: str, language: str, host: str
) -> None:
    shown = page(operation, language, host)

    at = 0
    for line in (SEEDS / document).read_text().splitlines():
        # Table bars and white space belong to the document, not to the page.
        line = " ".join(line.replace("|---", " ").replace("|", " ").split())
        # Nor does a missing blank between verbs and route.
        line = line.replace("All Verbs/", "All Verbs /")
        found = shown.find(f" {line} ", at) if line else at
        assert found >= 0, f"{line!r} does not follow {shown[max(0, at - 80) : at]!r}"
        at = found + len(line)
