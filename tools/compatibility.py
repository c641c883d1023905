"""`docs/compatibility.md`, written from the list of differences.

`python -m tools.compatibility` writes it anew.
"""

from pathlib import Path

from tests.golden.auth_differences import ALWAYS
from tests.golden.differences import BATCHES, DIFFERENCES, STREAMS

PAGE = Path(__file__).parents[1] / "docs" / "compatibility.md"

_HEAD = """\
# Where Parlour differs from the reference framework

Parlour's API comes from a framework, and programs written for that framework can call Parlour unchanged. Its recorded
answers are replayed against Parlour, which must answer the same, byte for byte. This page lists the differences that
are on purpose. The replay knows the same list, and checks that each such answer is the one described here.
"""


def page() -> str:
    sections = (
        f"## {difference.title}\n\n"
        f"| | |\n|---|---|\n"
        f"| Framework | {difference.recorded} |\n"
        f"| Parlour | {difference.ours} |\n"
        f"| Why | {difference.reason} |\n"
        for difference in (*DIFFERENCES, *ALWAYS, *BATCHES, *STREAMS)
    )
    return "\n".join((_HEAD, *sections))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
