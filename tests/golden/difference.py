"""An intended difference from the recordings."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.golden.hosts import Hosts
from tests.golden.recordings import Answer, Case

Applies = Callable[[Case], bool]
Complaint = str | None
Check = Callable[[Case, Answer, Hosts], Complaint]


@dataclass(frozen=True)
class Deviation:
    """The description of a difference for users."""

    title: str
    recorded: str
    ours: str
    reason: str


@dataclass(frozen=True)
class Difference(Deviation):
    """A difference in some cases.

    `cases` is a pattern for `HOST: NAME`, since recordings may be in files of any name. `check` returns the problem
    with our response, or None if it is the promised one.
    """

    cases: str
    applies: Applies
    check: Check

    def covers(self, case: Case) -> bool:
        return fnmatchcase(f"{case.host}: {case.name}", self.cases) and self.applies(case)
