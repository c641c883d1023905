"""`python -m tests.golden` sends all recorded requests to our engine and compares the responses.

The exit status is 1 if a response is not the expected one, 2 for wrong usage.
"""

import argparse
import logging
import sys
from contextlib import closing
from pathlib import Path

from tests.golden import snapshot_files
from tests.golden.hosts import Hosts
from tests.golden.recordings import RECORDINGS
from tests.golden.replaying import replay, report
from tests.golden.snapshot_answers import RENEWAL, all_requests, answered, differences
from tests.golden.snapshot_files import SNAPSHOTS


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/golden",
        description="Asks the engine everything that was recorded. Compares with the snapshots of its own answers, and "
        "with the recordings where they are: beside the checkout in ../shared/golden, or where PARLOUR_GOLDEN says.",
    )
    only = "compare only with these recordings"
    parser.add_argument("recordings", metavar="DIRECTORY", nargs="?", type=Path, help=only)
    parser.add_argument("--write", action="store_true", help="write the snapshots anew, and print what changed")
    options = parser.parse_args(arguments)
    if options.recordings is not None and (options.write or not options.recordings.is_dir()):
        parser.error("DIRECTORY is a folder of recordings, and goes without --write.")

    # Bugs appear as failed cases here, with their stack traces.
    logging.basicConfig(level=logging.ERROR)
    if options.write:
        return write_snapshots(SNAPSHOTS, RECORDINGS)
    if options.recordings is not None:
        return compare_with_recordings(options.recordings)
    status = compare_with_snapshots(SNAPSHOTS)
    if RECORDINGS.is_dir():
        return compare_with_recordings(RECORDINGS) or status
    print(f"There are no recordings in {RECORDINGS} to replay.")
    return status


def write_snapshots(snapshots: Path, recordings: Path) -> int:
    """Writes our current responses, to the requests of the recordings or else of the snapshots."""
    requests = list(all_requests(recordings) if recordings.is_dir() else snapshot_files.read_all(snapshots))
    if not requests:
        print("There are neither recordings nor snapshots to take the requests from.", file=sys.stderr)
        return 2
    with closing(Hosts()) as hosts:
        changed = snapshot_files.write(snapshots, answered(requests, hosts))
    for group in changed:
        print(f"{group}: written")
    print(f"{len(requests)} answers, {len(changed)} groups changed")
    return 0


def compare_with_snapshots(snapshots: Path) -> int:
    known = list(snapshot_files.read_all(snapshots))
    with closing(Hosts()) as hosts:
        found = list(differences(known, list(answered(known, hosts))))
    for difference in found:
        print(difference)
    if found:
        print(RENEWAL)
    print(f"{len(known)} answers compared with the snapshots, {len(found)} changed")
    return 1 if found else 0


def compare_with_recordings(recordings: Path) -> int:
    verdicts = replay(recordings)
    for line in report(verdicts):
        print(line)
    return 1 if any(verdict.outcome == "failed" for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
