"""Results that reads remember until something is committed."""

import threading
from collections.abc import Callable, Hashable, Mapping, Sized
from typing import Any, TypeVar

from parlour.engine.dto.declare import Guid

# The largest answers are listings of some hundred kilobytes.
MOST_ANSWERS = 100

# Single rows, such as the session of a caller or their membership of a chat: of some hundred bytes each.
MOST_ROWS = 2_000

# Callers by the secret that they show: of about a kilobyte each.
MOST_CALLERS = 2_000

# Names by user: of about 200 bytes each.
MOST_NAMES = 5_000

# Members in the lists of those who see them: of about 700 bytes each, with their text.
MOST_MEMBERS = 20_000

T = TypeVar("T")


class Remembered:
    """Results that were read from one version of the database. The version is None before the first result.

    `answers` are those of `Transaction.cached`, `rows` single rows by their query. `kept` outlives them.
    """

    __slots__ = ("_keeping", "answers", "kept", "rows", "version")

    def __init__(self, version: Hashable = None) -> None:
        self.version = version
        self.answers: dict[Hashable, Any] = {}
        self.rows: dict[Hashable, Any] = {}
        self.kept: Kept | None = None
        # Several threads may share these results.
        self._keeping = threading.Lock()

    def answer(self, query: Hashable, ask: Callable[[], T]) -> T:
        answer: T
        if query in self.answers:
            answer = self.answers[query]
        else:
            answer = ask()
            self.keep_answer(query, answer)
        return answer

    def keep_answer(self, query: Hashable, answer: Any) -> None:
        with self._keeping:
            _keep(self.answers, query, answer, most=MOST_ANSWERS)

    def keep_row(self, query: Hashable, row: Any) -> None:
        with self._keeping:
            _keep(self.rows, query, row, most=MOST_ROWS)


def _keep(results: dict[Any, Any], key: Hashable, result: Any, *, most: int) -> None:
    """Adds a result, in place of the oldest if there are too many."""
    if len(results) >= most:
        del results[next(iter(results))]
    results[key] = result


class Cache:
    """Results that have been read since the last commit.

    The writer clears the cache after each commit, from its own thread, so that no result outlives the row it came from.
    A read takes the current results before it sees the database. If the writer clears the cache meanwhile, that read
    goes on with the old ones alone, and no old result gets into the new ones.
    """

    def __init__(self) -> None:
        self.current = Remembered()
        self._changing = threading.Lock()

    def clear(self) -> None:
        with self._changing:
            self.current = Remembered()

    def of_version(self, taken: Remembered, version: Hashable) -> Remembered:
        """The results for this version: those that the read took, unless another process has committed since."""
        with self._changing:
            if taken.version is None:
                taken.version = version
            if taken.version == version:
                return taken
            found = Remembered(version)
            if self.current is taken:
                self.current = found
            return found


class Kept:
    """What reads keep over commits: callers by their secrets, names of users, and members of chats by who sees them.

    All of it is true for one count of the changes to people. `Keeper` drops it with the next one, so that nothing about
    a person stays in memory once it was removed. Members also have the count of their changes, and a list with another
    count is not used. Triggers of the database count, in the transaction of the change (migration 0017). So it does not
    matter which process makes it.
    """

    __slots__ = ("_callers", "_keeping", "_members", "_size", "changes", "names")

    def __init__(self, changes: int) -> None:
        self.changes = changes
        self._callers: dict[Hashable, Any] = {}
        self._members: dict[Hashable, tuple[int, Any]] = {}
        self._size = 0
        self.names: dict[Guid, str] = {}
        # Several threads may share this.
        self._keeping = threading.Lock()

    def caller(self, secret_hash: str) -> Any:
        return self._callers.get(secret_hash)

    def keep_caller(self, secret_hash: str, caller: Any) -> None:
        with self._keeping:
            _keep(self._callers, secret_hash, caller, most=MOST_CALLERS)

    def keep_names(self, names: Mapping[Guid, str]) -> None:
        with self._keeping:
            for user_id, name in names.items():
                _keep(self.names, user_id, name, most=MOST_NAMES)

    def members(self, key: Hashable, changes: int) -> Any:
        """The members that were kept for this count of their changes, or None."""
        found = self._members.get(key)
        return found[1] if found is not None and found[0] == changes else None

    def keep_members(self, key: Hashable, changes: int, members: Sized) -> None:
        """Keeps a list in place of the one for another count, and of the oldest others if it is too much."""
        with self._keeping:
            self._drop(key)
            while self._members and self._size + len(members) > MOST_MEMBERS:
                self._drop(next(iter(self._members)))
            self._members[key] = changes, members
            self._size += len(members)

    def _drop(self, key: Hashable) -> None:
        if key in self._members:
            self._size -= len(self._members.pop(key)[1])


class Keeper:
    """Has what is kept for the newest count that has been seen. Connections to one database share it."""

    def __init__(self) -> None:
        self._kept = Kept(0)
        self._changing = threading.Lock()

    def of_count(self, changes: int) -> Kept:
        """What is kept for this count. A read that sees an older state gets something of its own."""
        kept = self._kept
        if kept.changes == changes:
            return kept
        with self._changing:
            found = self._kept if self._kept.changes == changes else Kept(changes)
            if self._kept.changes < changes:
                self._kept = found
            return found
