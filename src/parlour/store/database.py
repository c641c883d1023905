"""The two databases behind one face. They differ here and nowhere else."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Row = Mapping[str, Any]


class NeedsWriting(Exception):
    """Raised by `Transaction.for_writing` on a reader: the unit of work runs again as a writer."""


class Transaction(Protocol):
    """What a handler works with. SQL has named parameters (`:chat_id`); rows are mappings of column to value."""

    now: datetime
    """The one instant of this transaction, aware, in UTC."""

    def rows(self, sql: str, **parameters: Any) -> Sequence[Row]: ...

    def row(self, sql: str, **parameters: Any) -> Row | None:
        """The first row, or None."""
        ...

    def value(self, sql: str, **parameters: Any) -> Any:
        """The first column of the first row, or None."""
        ...

    def execute(self, sql: str, **parameters: Any) -> int:
        """Runs a statement that gives no rows; how many it touched."""
        ...

    def for_writing(self) -> None:
        """Makes sure that this transaction may write. Raises NeedsWriting when it may not."""
        ...


class Database(Protocol):
    """An open database. `read`, `write` and `apart` are the engine's UnitOfWork."""

    async def read(self, work: Callable[[Transaction], T]) -> T: ...

    async def write(self, work: Callable[[Transaction], T]) -> T: ...

    async def apart(self, work: Callable[[], T]) -> T: ...

    def run(self, work: Callable[[Transaction], T]) -> T:
        """One transaction from a thread without an event loop: the command line and tests."""
        ...

    def close(self) -> None:
        """Finishes what was begun and gives back connections and threads."""
        ...
