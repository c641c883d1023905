"""Runs all measurements and prints the tables of `docs/performance.md`.

Each figure is compared with a floor, measured just before it in each round. The ratio can be compared between machines.
No result passes or fails.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import echo, fill, formats
from bench.results import COST, OF_SQLITE, RATIO, TAIL, Figures, compared, cost, milliseconds, rate, ratio
from bench.servers import EMBEDDED, Subject, fixed_answer, loaded, on_postgres, on_sqlite, resident_mb, started
from bench.works import LARGE_WORKS, WANTED_ECHOES, WORKS, Work
from parlour.engine.codecs import Profile
from parlour.engine.codecs.standard import standard_codecs
from parlour.engine.dto.metadata import TypeRef


class Bench:
    """One run: measures in rounds, prints rows, and keeps all figures by the name of their row."""

    def __init__(self, rounds: int, seconds: float) -> None:
        self.rounds = rounds
        self.seconds = seconds
        self.run: dict[str, Figures] = {}

    def works(self, subject: Subject, sqlite: Subject | None) -> None:
        """Each work beside its floor. Those that are wanted on both databases are measured on `sqlite` in turn."""
        _head(f"{subject.name}: work", "connections", "rate", "p50", "p99", "p99 / p50", "floor", "ratio", "wanted")
        for work in WORKS:
            figures = self._work(work, subject, sqlite if work.wanted_of_sqlite else None)
            self.run[f"{subject.name}: {work.name}"] = figures
            wanted = work.wanted if subject.name == "SQLite" else None
            _row(work.name, str(work.connections), *_columns(figures), *_wanted(wanted))

    def both(self, postgres: Subject) -> None:
        """The rates on both databases, which were measured in turn for the table before."""
        _head("work", "connections", "SQLite", "PostgreSQL", "ratio", "wanted")
        for work in WORKS:
            figures = self.run[f"{postgres.name}: {work.name}"]
            if work.wanted_of_sqlite:
                rates = rate(figures["SQLite"]), rate(figures["rate"])
                _row(
                    work.name, str(work.connections), *rates, ratio(figures[OF_SQLITE]), *_wanted(work.wanted_of_sqlite)
                )

    def large_history(self, small: Subject, large: Subject) -> None:
        """What the same work costs with a thousand times the history, in the same rounds."""
        _head("work", "rate", "with the large history", "cost")
        for work in LARGE_WORKS:
            for subject in (small, large):
                subject.load(work, 0.3)
            rates = [
                (small.load(work, self.seconds)["rate"], large.load(work, self.seconds)["rate"])
                for _ in self._in_turn()
            ]
            few, many = zip(*rates, strict=True)
            costs = [one / other for one, other in rates]
            self.run[f"large history: {work.name}"] = {"rate": few, "large": many, COST: costs}
            _row(work.name, rate(few), rate(many), cost(costs))

    def echoes(self) -> None:
        """The engine alone reads two chats in each format, and answers with them."""
        _head("echo of two chats", "rate", "p50", "p99", "p99 / p50", "floor", "ratio", "wanted")
        codecs = {codec.name: codec for codec in standard_codecs(Profile())}
        with started([sys.executable, "-m", "bench.echo"]) as (_, line), tempfile.TemporaryDirectory() as folder:
            for name, wanted in WANTED_ECHOES.items():
                body = codecs[name].writer(TypeRef("dto", python=echo.EchoChats))(echo.EchoChats(chat=echo.two_chats()))
                request = Path(folder) / name
                request.write_bytes(_echo_request(codecs[name].media_type, body))
                figures = self.run[f"echo: {name}"] = self._echo(line.strip(), request)
                _row(name, *_columns(figures), *_wanted(wanted))

    def _work(self, work: Work, subject: Subject, sqlite: Subject | None) -> Figures:
        rounds = []
        with subject.floor(work) as floor:
            for _ in self._in_turn():
                found = _against(floor(self.seconds), subject.load(work, self.seconds))
                if sqlite:
                    found["SQLite"] = sqlite.load(work, self.seconds)["rate"]
                    found[OF_SQLITE] = found["rate"] / found["SQLite"]
                rounds.append(found)
        return _by_figure(rounds)

    def _echo(self, address: str, request: Path) -> Figures:
        size = int(loaded(address, [request], 16, 0.3)["body_bytes"])
        rounds = []
        with fixed_answer(size) as beside:
            for _ in self._in_turn():
                floor = loaded(beside, [request], 16, self.seconds)["rate"]
                rounds.append(_against(floor, loaded(address, [request], 16, self.seconds)))
        return _by_figure(rounds)

    def _in_turn(self) -> range:
        return range(self.rounds)


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
    parser.add_argument("--skip-large", action="store_true", help="leave out the large history, which SQLite has only")
    parser.add_argument("--only", choices=["parlour", "formats"], help="leave out the other tables")
    parser.add_argument("--save", type=Path, metavar="NEW.json", help="keep the figures of all rounds")
    parser.add_argument(
        "--compare", type=Path, metavar="OLD.json", help="say what became faster or slower than in an earlier run"
    )
    options = parser.parse_args()
    before = json.loads(options.compare.read_text()) if options.compare else None
    bench = Bench(options.rounds, options.seconds)
    if options.only != "formats":
        if options.database_url:
            _on_postgres(bench, options.database_url)
        else:
            _on_sqlite(bench, skips_large=options.skip_large)
    if options.only != "parlour" and not options.database_url:
        bench.echoes()
        formats.main()
    if options.save:
        options.save.write_text(json.dumps(bench.run, indent=1))
    if before is not None:
        print(compared(before, bench.run))


def _on_sqlite(bench: Bench, *, skips_large: bool) -> None:
    with on_sqlite(fill.SMALL) as small:
        idle = resident_mb(small.usual.pid)
        bench.works(small, None)
        print(f"\nmemory of the process: {idle:.1f} MB idle, {resident_mb(small.usual.pid):.1f} MB after this table")
        if not skips_large:
            with on_sqlite(fill.LARGE) as large:
                bench.large_history(small, large)


def _on_postgres(bench: Bench, url: str) -> None:
    with on_postgres(url, fill.SMALL) as postgres, on_sqlite(fill.SMALL) as sqlite:
        bench.works(postgres, sqlite)
        bench.both(postgres)


def _against(floor: float, found: dict[str, float]) -> dict[str, float]:
    return {
        "rate": found["rate"],
        "p50": found["p50_ms"],
        "p99": found["p99_ms"],
        "floor": floor,
        TAIL: found["p99_ms"] / found["p50_ms"],
        RATIO: found["rate"] / floor,
    }


def _by_figure(rounds: Sequence[dict[str, float]]) -> Figures:
    return {figure: [found[figure] for found in rounds] for figure in rounds[0]}


def _echo_request(media_type: str, body: bytes) -> bytes:
    head = ["POST /chats HTTP/1.1", "Host: localhost", f"Accept: {media_type}", f"Content-Type: {media_type}"]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body


def _head(*columns: str) -> None:
    print()
    _row(*columns)
    print("|---" * len(columns) + "|")


def _row(*columns: str) -> None:
    print("|", " | ".join(columns), "|", flush=True)


def _columns(figures: Figures) -> Sequence[str]:
    times = milliseconds(figures["p50"]), milliseconds(figures["p99"]), cost(figures[TAIL])
    return rate(figures["rate"]), *times, rate(figures["floor"]), ratio(figures[RATIO])


def _wanted(least: float | None) -> Sequence[str]:
    return [f"{least:.2f}" if least else ""]


if __name__ == "__main__":
    main()
