"""A Parlour that remembers nothing it has read, to measure what a read costs when it is not remembered.

`python -m bench.forgetful serve ...` takes the commands of `parlour`. Every read goes the way it goes after a commit.
It begins with no results, and what it reads is forgotten when it ends. No commit is needed for it, so only the read is
measured.
"""

from parlour import cli
from parlour.store.cache import Cache, Remembered

# In place of the results that reads begin with, and that a commit would clear.
NOTHING = property(lambda cache: Remembered(), lambda cache, remembered: None)


def main() -> None:
    Cache.current = NOTHING  # type: ignore[assignment]  # a property in place of an attribute
    cli.main()


if __name__ == "__main__":
    main()
