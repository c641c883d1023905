"""Compares two Parlours on one PostgreSQL database with one of them.

`python -m bench.two_processes` sends on 64 connections to one process, and in turn on half of them to each of two. It
prints the ratio of their rates with the middle half of the pairs. PostgreSQL runs on this machine, and its processor
time is measured as well as that of Parlour.
"""

import argparse
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from bench import fill
from bench.results import spread
from bench.servers import EMBEDDED, Served, loaded, request_files, two_on_postgres
from bench.works import SEND, SPREAD_SEND, Work


@dataclass(frozen=True)
class Figures:
    """Sends a second, and the microseconds of processor time that each took in Parlour and in PostgreSQL."""

    rate: float
    parlour: float
    postgres: float


def compare(work: Work, both: Sequence[Served], postmaster: int, *, seconds: float, pairs: int) -> None:
    """Prints a row for one process and one for two."""
    found: dict[int, list[Figures]] = {1: [], 2: []}
    for pair in range(pairs + 1):
        for processes in (1, 2) if pair % 2 else (2, 1):
            figures = _measured(work, both[:processes], postmaster, seconds)
            # The first pair warms up.
            if pair:
                found[processes].append(figures)
    ratios = [two.rate / one.rate for one, two in zip(found[1], found[2], strict=True)]
    low, high = spread(ratios)
    for processes, rounds in found.items():
        rate, parlour, postgres = (
            median(getattr(each, name) for each in rounds) for name in ("rate", "parlour", "postgres")
        )
        told = "" if processes == 1 else f"{median(ratios):.3f} ({low:.2f} to {high:.2f})"
        print(f"| {work.name} | {processes} | {rate:,.0f}/s | {told} | {parlour:.0f} | {postgres:.0f} |", flush=True)


def _measured(work: Work, served: Sequence[Served], postmaster: int, seconds: float) -> Figures:
    parlour, postgres = [each.pid for each in served], [postmaster, *_children(postmaster)]
    before = _processor_times(parlour), _processor_times(postgres)

    def load(each: Served) -> dict[str, float]:
        return loaded(each.address, request_files(work, each), work.connections // len(served), seconds)

    with ThreadPoolExecutor(len(served)) as loads:
        rate = sum(found["rate"] for found in loads.map(load, served))
    after = _processor_times(parlour), _processor_times(postgres)
    # What is not counted at the start of a load is sent all the same.
    sends = rate * seconds * 1.2
    return Figures(rate, *(_spent(*times) / sends * 1e6 for times in zip(before, after, strict=True)))


def _spent(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """The seconds that passed for the processes that are still there."""
    return sum(seconds - before[pid] for pid, seconds in after.items() if pid in before)


def _processor_times(pids: Sequence[int]) -> dict[int, float]:
    times = {}
    for pid in pids:
        tasks = list(Path(f"/proc/{pid}/task").glob("*/schedstat"))
        if tasks:
            times[pid] = sum(int(task.read_text().split()[0]) for task in tasks) / 1e9
    return times


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _postmaster(url: str) -> int:
    """The process of the PostgreSQL server, which is the parent of all others."""
    with psycopg.connect(url) as connection:
        backend = connection.info.backend_pid
        return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", default=EMBEDDED, help="the server, by default that of the tests")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each measurement counts")
    parser.add_argument("--pairs", type=int, default=9, help="how often one and two processes are measured in turn")
    options = parser.parse_args()
    print("| sends | processes | rate | ratio | us of Parlour | us of PostgreSQL |\n|---|---|---|---|---|---|")
    with two_on_postgres(options.database_url, fill.SMALL) as (url, both):
        for work in (SEND, SPREAD_SEND):
            compare(work, both, _postmaster(url), seconds=options.seconds, pairs=options.pairs)


if __name__ == "__main__":
    main()
