"""`python -m tests.golden DIRECTORY` replays a folder of recordings.

The exit status is 1 when a case failed, 2 for wrong use.
"""

import logging
import sys
from pathlib import Path

from tests.golden.replaying import replay, report


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("Usage: scripts/golden DIRECTORY, a folder of recordings", file=sys.stderr)
        return 2
    # Bugs show as failed cases here; their traces go with them.
    logging.basicConfig(level=logging.ERROR)
    verdicts = replay(Path(arguments[0]))
    for line in report(verdicts):
        print(line)
    return 1 if any(verdict.outcome == "failed" for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
