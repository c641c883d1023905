"""One way in which Parlour answers otherwise than recorded."""

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
    """One way to differ, in words for users."""

    title: str
    recorded: str
    ours: str
    reason: str


@dataclass(frozen=True)
class Difference(Deviation):
    """One way to differ in some cases.

    `cases` is a pattern for `HOST: NAME`: a recording may stand in a file of any name. `check` says what is wrong with
    our answer, or None when it is the one promised here.
    """

    cases: str
    applies: Applies
    check: Check

    def covers(self, case: Case) -> bool:
        return fnmatchcase(f"{case.host}: {case.name}", self.cases) and self.applies(case)
