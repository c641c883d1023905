"""`docs/compatibility.md`, written from the list of differences.

`python -m tools.compatibility` writes it anew.
"""

from pathlib import Path

from tests.golden.auth_differences import ALWAYS
from tests.golden.differences import BATCHES, DIFFERENCES, STREAMS

PAGE = Path(__file__).parents[1] / "docs" / "compatibility.md"

_HEAD = """\
# Where Parlour differs from the reference framework

Programs written for the framework that Parlour's interfaces come from call it unchanged: its recorded answers are
replayed against Parlour, and have to come out byte for byte. This page lists where Parlour answers otherwise on
purpose. The replay knows the same list, and checks there that the answer is the one promised here.
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
