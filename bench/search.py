"""Measures searching in a million messages, over HTTP with nothing remembered.

`python -m bench.search` measures SQLite, and with `--database-url` PostgreSQL instead, as `scripts/bench` does. It
prints the median and the 99th percentile for words of which the first is in most messages, and the last in few. The
messages are in 63 chats. The person who searches is in 20 of them, which have nearly all messages.
"""

import argparse
from dataclasses import replace
from urllib.parse import quote

from bench import fill
from bench.results import milliseconds
from bench.servers import EMBEDDED, WARM_SECONDS, Subject, on_postgres, on_sqlite
from bench.works import FORGOTTEN_LIST, Call, Work

RANKS = (1, 10, 100, 1_000, 10_000)

WANTED_MS = 50
"""The longest that a word should take at the median."""


def _search(name: str, query: str) -> Work:
    call = Call(fill.READER, f"/v1/Messages/Search?Query={quote(query)}")
    return replace(FORGOTTEN_LIST, name=name, connections=1, calls=[call])


WORDS = tuple(_search(f"the word of rank {rank:,}", fill.word(rank)) for rank in RANKS)
OTHERS = (
    _search("the beginning of many words", fill.word(RANKS[2])[:2]),
    _search("two frequent words", f"{fill.word(2)} {fill.word(3)}"),
    _search("a frequent and a rare word", f"{fill.word(1)} {fill.word(10_000)}"),
)


def measure(subject: Subject, rounds: int, seconds: float) -> None:
    print(f"\n| {subject.name} | median | p99 | wanted |\n|---|---|---|---|")
    for work in (*WORDS, *OTHERS):
        subject.load(work, WARM_SECONDS)
        found = [subject.load(work, seconds) for _ in range(rounds)]
        times = (milliseconds([each[figure] for each in found]) for figure in ("p50_ms", "p99_ms"))
        print("|", " | ".join([work.name, *times, f"{WANTED_MS} ms" if work in WORDS else ""]), "|", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each measurement counts")
    parser.add_argument("--rounds", type=int, default=3, help="how often each search is measured")
    parser.add_argument(
        "--database-url", metavar="URL", help=f"see `scripts/bench`; `{EMBEDDED}` starts the server of the tests"
    )
    options = parser.parse_args()
    url = options.database_url
    with on_postgres(url, fill.SEARCHED) if url else on_sqlite(fill.SEARCHED) as subject:
        measure(subject, options.rounds, options.seconds)


if __name__ == "__main__":
    main()
