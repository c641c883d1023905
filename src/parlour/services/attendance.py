"""Who is there, as far as this process has heard. It is not stored.

A person is there while one of their programs is. Each program repeats it, and is gone if it does not.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from parlour.engine.dto.declare import Guid

# A program that repeats its presence each minute may miss it once.
PRESENCE_SECONDS = 120.0

ONLINE, AWAY, OFFLINE = PRESENCES = ("online", "away", "offline")


@dataclass(slots=True)
class _Person:
    last_seen: datetime
    # The presence of each program, and when it ends.
    programs: dict[str, tuple[str, float]] = field(default_factory=dict)


class Attendance:
    """The people who are there, by agency. Those who went away since the process began are remembered as well."""

    def __init__(self) -> None:
        self._people: dict[Guid, dict[Guid, _Person]] = defaultdict(dict)

    def hear(self, agency_id: Guid, user_id: Guid, program: str, presence: str, seen_at: datetime) -> str:
        """Notes what a program says of its person, and returns their presence in all programs."""
        person = self._people[agency_id].setdefault(user_id, _Person(seen_at))
        person.last_seen = max(person.last_seen, seen_at)
        if presence == OFFLINE:
            person.programs.pop(program, None)
        else:
            person.programs[program] = presence, asyncio.get_running_loop().time() + PRESENCE_SECONDS
        return self.presence_of(agency_id, user_id)

    def miss(self, agency_id: Guid, user_id: Guid, program: str) -> str:
        """Notes that a program has not repeated its presence. Returns that of the person in the others."""
        if person := self._people[agency_id].get(user_id):
            person.programs.pop(program, None)
        return self.presence_of(agency_id, user_id)

    def presence_of(self, agency_id: Guid, user_id: Guid) -> str:
        """The presence of a person in all their programs."""
        person = self._people[agency_id].get(user_id)
        if person is None:
            return OFFLINE
        now = asyncio.get_running_loop().time()
        person.programs = {name: said for name, said in person.programs.items() if said[1] > now}
        said = {presence for presence, _ in person.programs.values()}
        return ONLINE if ONLINE in said else AWAY if AWAY in said else OFFLINE

    def last_seen(self, agency_id: Guid, user_id: Guid) -> datetime:
        """When a known person was there last."""
        return self._people[agency_id][user_id].last_seen

    def known(self, agency_id: Guid, user_ids: Collection[Guid]) -> list[Guid]:
        """Those of these people who are or were there. Without any ids, everybody who is there now."""
        people = self._people[agency_id]
        if user_ids:
            return [user_id for user_id in dict.fromkeys(user_ids) if user_id in people]
        return [user_id for user_id in people if self.presence_of(agency_id, user_id) != OFFLINE]
