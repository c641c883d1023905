"""Runs all measurements and prints the tables of `docs/performance.md`.

Each figure is compared with a floor, measured just before it in each round. The ratio can be compared between machines.
No result passes or fails.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench import echo, fill, formats
from bench.results import (
    COST,
    OF_SQLITE,
    RATIO,
    TAIL,
    Figures,
    compared,
    cost,
    milliseconds,
    rate,
    rate_with_spread,
    ratio,
)
from bench.servers import (
    EMBEDDED,
    WARM_SECONDS,
    Subject,
    fixed_answer,
    loaded,
    on_postgres,
    on_sqlite,
    resident_mb,
    started,
)
from bench.works import LARGE_WORKS, SEARCHES, WANTED_ECHOES, WANTED_SEARCH_MS, WORD_SEARCHES, WORKS, Work
from parlour.engine.codecs import Codec, Profile
from parlour.engine.codecs.standard import standard_codecs
from parlour.engine.dto.metadata import TypeRef

COLUMNS = ("rate", "p50", "p99", "p99 / p50", "floor", "ratio", "wanted")

ECHO_CONNECTIONS = 16

Measure = Callable[[], dict[str, float]]
"""Measures one row once."""


class Bench:
    """One run: measures in rounds, prints tables, and keeps all figures by the name of their row."""

    def __init__(self, rounds: int, seconds: float) -> None:
        self.rounds = rounds
        self.seconds = seconds
        self.run: dict[str, Figures] = {}

    def works(self, subject: Subject, sqlite: Subject | None) -> None:
        """Each work beside its floor. Those that are wanted on both databases are measured on `sqlite` in turn."""
        with ExitStack() as floors:
            found = self._in_rounds(
                {
                    f"{subject.name}: {work.name}": self._work(
                        work,
                        subject,
                        floors.enter_context(subject.floor(work)),
                        sqlite if work.wanted_of_sqlite else None,
                    )
                    for work in WORKS
                }
            )
        _head(f"{subject.name}: work", "connections", *COLUMNS)
        for work, figures in zip(WORKS, found, strict=True):
            wanted = None if sqlite else work.wanted
            _row(work.name, str(work.connections), *_columns(figures), _least(wanted))

    def both(self, postgres: Subject) -> None:
        """The rates on both databases, which were measured in turn for the table before."""
        _head("work", "connections", "SQLite", "PostgreSQL", "ratio", "wanted")
        for work in WORKS:
            figures = self.run[f"{postgres.name}: {work.name}"]
            if work.wanted_of_sqlite:
                rates = rate(figures["SQLite"]), rate(figures["rate"])
                wanted = _least(work.wanted_of_sqlite)
                _row(work.name, str(work.connections), *rates, ratio(figures[OF_SQLITE]), wanted)

    def large_history(self, small: Subject, large: Subject) -> None:
        """What the same work costs with a thousand times the history."""
        found = self._in_rounds({f"large history: {work.name}": self._cost(work, small, large) for work in LARGE_WORKS})
        _head("work", "rate", "with the large history", "cost")
        for work, figures in zip(LARGE_WORKS, found, strict=True):
            _row(work.name, rate(figures["rate"]), rate(figures["large"]), cost(figures[COST]))

    def searches(self, subject: Subject) -> None:
        """What searches in a million messages take, with nothing remembered."""
        for work in SEARCHES:
            subject.load(work, WARM_SECONDS)
        found = self._in_rounds({f"{subject.name}: {work.name}": self._times(work, subject) for work in SEARCHES})
        _head(f"{subject.name}: search", "median", "p99", "wanted")
        for work, figures in zip(SEARCHES, found, strict=True):
            wanted = f"{WANTED_SEARCH_MS} ms" if work in WORD_SEARCHES else ""
            _row(work.name, milliseconds(figures["p50"]), milliseconds(figures["p99"]), wanted)

    def echoes(self) -> None:
        """The engine alone reads two chats in each format, and answers with them."""
        codecs = {codec.name: codec for codec in standard_codecs(Profile())}
        with ExitStack() as open_:
            folder = Path(open_.enter_context(tempfile.TemporaryDirectory()))
            _, line = open_.enter_context(started([sys.executable, "-m", "bench.echo"]))
            measures = {}
            for name in WANTED_ECHOES:
                request = folder / name
                request.write_bytes(_echo_request(codecs[name]))
                size = int(loaded(line.strip(), [request], ECHO_CONNECTIONS, WARM_SECONDS)["body_bytes"])
                floor = open_.enter_context(fixed_answer(size))
                measures[f"echo: {name}"] = self._echo(request, line.strip(), floor)
            found = self._in_rounds(measures)
        _head("echo of two chats", *COLUMNS)
        for (name, wanted), figures in zip(WANTED_ECHOES.items(), found, strict=True):
            _row(name, *_columns(figures), _least(wanted))

    def _in_rounds(self, measures: Mapping[str, Measure]) -> Sequence[Figures]:
        """The figures of each row. A round measures all rows once, so a disturbed minute is in few rounds of each."""
        rounds = []
        for number in range(1, self.rounds + 1):
            print(f"round {number} of {self.rounds}", file=sys.stderr)
            rounds.append({row: measure() for row, measure in measures.items()})
        for row in measures:
            self.run[row] = {figure: [found[row][figure] for found in rounds] for figure in rounds[0][row]}
        return [self.run[row] for row in measures]

    def _work(self, work: Work, subject: Subject, floor: Callable[[float], float], sqlite: Subject | None) -> Measure:
        def measure() -> dict[str, float]:
            found = _against(floor(self.seconds), subject.load(work, self.seconds))
            if sqlite:
                found["SQLite"] = sqlite.load(work, self.seconds)["rate"]
                found[OF_SQLITE] = found["rate"] / found["SQLite"]
            return found

        return measure

    def _cost(self, work: Work, small: Subject, large: Subject) -> Measure:
        for subject in (small, large):
            subject.load(work, WARM_SECONDS)

        def measure() -> dict[str, float]:
            few, many = (subject.load(work, self.seconds)["rate"] for subject in (small, large))
            return {"rate": few, "large": many, COST: few / many}

        return measure

    def _times(self, work: Work, subject: Subject) -> Measure:
        def measure() -> dict[str, float]:
            found = subject.load(work, self.seconds)
            return {"p50": found["p50_ms"], "p99": found["p99_ms"]}

        return measure

    def _echo(self, request: Path, address: str, floor: str) -> Measure:
        def measure() -> dict[str, float]:
            fixed, echoed = (loaded(each, [request], ECHO_CONNECTIONS, self.seconds) for each in (floor, address))
            return _against(fixed["rate"], echoed)

        return measure


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.6, help="how long each measurement counts")
    parser.add_argument("--rounds", type=int, default=7, help="how often floor and work are measured in turn")
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="measure PostgreSQL beside SQLite, on a database that is created on this server and dropped; "
        f"`{EMBEDDED}` starts the server of the tests",
    )
    parser.add_argument("--skip-large", action="store_true", help="leave out the large history")
    parser.add_argument(
        "--only",
        choices=["parlour", "large", "search", "formats", "console"],
        help="leave out the other tables; `search` and `console` are measured only if they are named",
    )
    parser.add_argument("--save", type=Path, metavar="NEW.json", help="keep the figures of all rounds")
    parser.add_argument(
        "--compare", type=Path, metavar="OLD.json", help="say what became faster or slower than in an earlier run"
    )
    options = parser.parse_args()
    before = json.loads(options.compare.read_text()) if options.compare else None
    bench = Bench(options.rounds, options.seconds)
    on = partial(on_postgres, options.database_url) if options.database_url else on_sqlite
    if options.only in (None, "parlour", "large"):
        with on(fill.SMALL) as small:
            if options.only != "large":
                _works(bench, small, beside_sqlite=bool(options.database_url))
            if not options.skip_large:
                with on(fill.LARGE) as large:
                    bench.large_history(small, large)
    if options.only == "search":
        with on(fill.SEARCHED) as searched:
            bench.searches(searched)
    if options.only == "console":
        # A browser is needed only here.
        from bench import console

        console.main()
    if options.only == "formats" or not (options.only or options.database_url):
        bench.echoes()
        formats.main()
    if options.save:
        options.save.write_text(json.dumps(bench.run, indent=1))
    if before is not None:
        print(compared(before, bench.run))


def _works(bench: Bench, subject: Subject, *, beside_sqlite: bool) -> None:
    if beside_sqlite:
        with on_sqlite(fill.SMALL) as sqlite:
            bench.works(subject, sqlite)
            bench.both(subject)
        return
    idle = resident_mb(subject.usual.pid)
    bench.works(subject, None)
    print(f"\nmemory of the process: {idle:.1f} MB idle, {resident_mb(subject.usual.pid):.1f} MB after this table")


def _against(floor: float, found: dict[str, float]) -> dict[str, float]:
    return {
        "rate": found["rate"],
        "p50": found["p50_ms"],
        "p99": found["p99_ms"],
        "floor": floor,
        TAIL: found["p99_ms"] / found["p50_ms"],
        RATIO: found["rate"] / floor,
    }


def _echo_request(codec: Codec) -> bytes:
    """A request whose body is two chats, for an answer in the same format."""
    body = codec.writer(TypeRef("dto", python=echo.EchoChats))(echo.EchoChats(chat=echo.two_chats()))
    head = [
        "POST /chats HTTP/1.1",
        "Host: localhost",
        f"Accept: {codec.media_type}",
        f"Content-Type: {codec.media_type}",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def _head(*columns: str) -> None:
    print()
    _row(*columns)
    print("|---" * len(columns) + "|")


def _row(*columns: str) -> None:
    print("|", " | ".join(columns), "|", flush=True)


def _columns(figures: Figures) -> Sequence[str]:
    times = milliseconds(figures["p50"]), milliseconds(figures["p99"]), cost(figures[TAIL])
    return rate(figures["rate"]), *times, rate_with_spread(figures["floor"]), ratio(figures[RATIO])


def _least(wanted: float | None) -> str:
    return f"{wanted:.2f}" if wanted else ""


if __name__ == "__main__":
    main()
