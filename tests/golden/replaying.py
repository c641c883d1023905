"""Replays recordings, and reports for each case whether our response is the recorded one."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.golden.comparing import discrepancies
from tests.golden.differences import DIFFERENCES
from tests.golden.hosts import Hosts
from tests.golden.recordings import Case, load

Outcome = Literal["passed", "differs on purpose", "failed", "not yet"]


@dataclass(frozen=True)
class Verdict:
    """The result of a case. `detail` is the title of the difference, the missing feature, or the problem."""

    case: Case
    outcome: Outcome
    detail: str = ""


@dataclass
class Tally:
    """The number of cases by result, and of missing ones by the feature they lack."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    lacking: Counter[str] = field(default_factory=Counter)

    def add(self, verdict: Verdict) -> None:
        self.outcomes[verdict.outcome] += 1
        if verdict.outcome == "not yet":
            self.lacking[verdict.detail] += 1

    def lines(self) -> Iterator[str]:
        lacking = ", ".join(f"{reason} {count}" for reason, count in sorted(self.lacking.items()))
        yield f"{self.outcomes['not yet']} not yet supported" + (f": {lacking}" if lacking else "")
        yield (
            f"{self.outcomes['passed']} passed, {self.outcomes['differs on purpose']} differ on purpose, "
            f"{self.outcomes['failed']} failed"
        )


def replay(directory: Path) -> list[Verdict]:
    hosts = Hosts()
    try:
        return [judge(case, hosts) for case in load(directory)]
    finally:
        hosts.close()


def judge(case: Case, hosts: Hosts) -> Verdict:
    missing = hosts.missing(case)
    if missing is not None:
        return Verdict(case, "not yet", missing)
    ours = hosts.answer(case)
    wrong = discrepancies(case, ours)
    if not wrong:
        return Verdict(case, "passed")
    for difference in DIFFERENCES:
        if difference.covers(case):
            complaint = difference.check(case, ours, hosts)
            if complaint is None:
                return Verdict(case, "differs on purpose", difference.title)
            wrong.append(f"not as in {difference.title!r}: our answer {complaint}")
    return Verdict(case, "failed", "\n    ".join(wrong))


def report(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """The differences by group, then a line for each group, then the totals."""
    groups: dict[str, Tally] = {}
    total = Tally()
    for verdict in verdicts:
        tally = groups.setdefault(verdict.case.group, Tally())
        tally.add(verdict)
        total.add(verdict)
        where = f"{verdict.case.group}: {verdict.case.name}"
        if verdict.outcome == "failed":
            yield f"FAILED {where}\n    {verdict.case.method} {verdict.case.target}\n    {verdict.detail}"
        elif verdict.outcome == "differs on purpose":
            yield f"differs {where} ({verdict.detail})"
    for group, tally in groups.items():
        yield f"{group}: " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(tally.outcomes.items()))
    yield from total.lines()
