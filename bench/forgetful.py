"""A Parlour that remembers nothing it has read, to measure what a read costs when it is not remembered.

`python -m bench.forgetful serve ...` takes the commands of `parlour`. Every read goes the way it goes after a commit.
It begins with no results, and what it reads is forgotten when it ends. No commit is needed for it, so only the read is
measured. Commits do not end what is kept until it changes (`Kept`), so neither does this.
"""

from parlour import cli
from parlour.store.cache import Cache, Remembered
from parlour.store.sqlite_connections import ReadingTransaction

# In place of the results that reads begin with, and that a commit would clear.
NOTHING = property(lambda cache: Remembered(), lambda cache, remembered: None)

_remembered = ReadingTransaction._remembered


def _nothing_remembered(transaction: ReadingTransaction) -> Remembered:
    """On SQLite, reads of one turn of the event loop share a transaction. Here they share no results."""
    _remembered(transaction)
    return Remembered()


def main() -> None:
    Cache.current = NOTHING  # type: ignore[assignment]  # a property in place of an attribute
    ReadingTransaction._remembered = _nothing_remembered  # type: ignore[assignment,method-assign]
    cli.main()


if __name__ == "__main__":
    main()
