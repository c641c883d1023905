"""A Parlour that remembers nothing it has read, to measure what a read costs when it is not remembered.

`python -m bench.forgetful serve ...` takes the commands of `parlour`. Every read goes the way it goes after a commit:
its queries are unknown to the cache, which therefore asks the database, and rows have no text yet. No commit is needed
for that, so only the read is measured.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from parlour import app, cli
from parlour.engine.dto.listings import RowTexts
from parlour.store.database import Database, Transaction, open_database

T = TypeVar("T")


class Forgetful:
    """A database whose reads find nothing remembered. All else is the database itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, work: Callable[[Transaction], T], lane: str | None = None) -> T:
        return await self._database.read(lambda tx: work(_Forgetting(tx)), lane)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


class _Forgetting:
    """A transaction in which each query is a new one to the cache."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.row_texts: RowTexts = {}

    def cached(self, query: Callable[..., T], *arguments: Hashable) -> T:
        # Results are remembered by the function that asked for them, and this one is made anew each time.
        return self._tx.cached(lambda tx, *given: query(self, *given), *arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


def main() -> None:
    # `parlour` opens its database by this name.
    vars(app)["open_database"] = lambda *arguments, **named: Forgetful(open_database(*arguments, **named))
    cli.main()


if __name__ == "__main__":
    main()
