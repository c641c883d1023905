"""A Parlour that remembers nothing it has read, to measure what a read costs when it is not remembered.

`python -m bench.forgetful serve ...` takes the commands of `parlour`. Every read goes the way it goes after a commit.
It begins with no results, and what it reads is forgotten when it ends. No commit is needed for it, so only the read is
measured. Commits do not end what is kept until it changes (`Kept`), so neither does this.
"""

from parlour import cli
from parlour.store.cache import Cache, Remembered
from parlour.store.sqlite import _ShortReads
from parlour.store.sqlite_connections import ReadingTransaction

# In place of the results that reads begin with, and that a commit would clear.
NOTHING = property(lambda cache: Remembered(), lambda cache, remembered: None)

_of_this_turn = _ShortReads._of_this_turn


def _beginning_with_nothing(reads: _ShortReads) -> ReadingTransaction:
    """On SQLite, reads of one turn of the event loop share a transaction. Here they share no results."""
    transaction = _of_this_turn(reads)
    transaction._results = Remembered()
    return transaction


def main() -> None:
    Cache.current = NOTHING  # type: ignore[assignment]  # a property in place of an attribute
    _ShortReads._of_this_turn = _beginning_with_nothing  # type: ignore[assignment,method-assign]
    cli.main()


if __name__ == "__main__":
    main()
