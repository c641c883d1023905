"""What the transactions of both databases that may write have in common."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from parlour.store.database import AfterCommit

T = TypeVar("T")


class MayWrite:
    """The part of a transaction that may write which is the same on both databases: it remembers nothing."""

    __slots__ = ("actions",)

    may_write = True
    actions: tuple[AfterCommit, ...]

    def cached(self, query: Callable[..., T], *arguments: Hashable) -> T:
        return query(self, *arguments)

    def expect(self, query: Callable[..., object], *arguments: Hashable) -> None:
        """Nothing to do: asking takes no round trip on SQLite, and what writes on PostgreSQL reads little."""

    def may_take_long(self) -> None:
        """Nothing to do: it has a thread."""

    def for_writing(self) -> None:
        """Nothing to do: it may."""

    def after_commit(self, action: AfterCommit) -> None:
        self.actions = (*self.actions, action)
