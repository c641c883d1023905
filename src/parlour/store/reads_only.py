"""What both kinds of transactions that read on PostgreSQL refuse. Their work then runs again as a writer."""

from collections.abc import Callable, Mapping
from typing import Any

from parlour.store.database import AfterCommit, Gathered, NeedsWriting


class ReadsOnly:
    """The part of a transaction that writes. All of it raises NeedsWriting, but locks, which a read does not need."""

    __slots__ = ()

    def execute(self, sql: str, **parameters: Any) -> int:
        raise NeedsWriting

    def post(self, sql: str, otherwise: Callable[[], object] | None = None, **parameters: Any) -> None:
        raise NeedsWriting

    def gather(
        self, change: Gathered, otherwise: Callable[[], object], shared: Mapping[str, Any], row: Mapping[str, Any]
    ) -> None:
        raise NeedsWriting

    def post_last(self, sql: str, **parameters: Any) -> None:
        raise NeedsWriting

    def lock(self, sql: str, **parameters: Any) -> None:
        """Nothing to do: what it reads is of one instant."""

    def for_writing(self) -> None:
        raise NeedsWriting

    def after_commit(self, action: AfterCommit) -> None:
        raise NeedsWriting

    def wake_feed(self) -> None:
        raise NeedsWriting
