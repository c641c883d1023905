"""Throttles limit how often something may be tried. Tries are counted in the database, for all processes together."""

from collections.abc import Callable
from datetime import timedelta

from parlour.engine.accounts import attempts
from parlour.store import throttles
from parlour.store.database import Transaction

Throttle = Callable[[Transaction, str, int, timedelta], None]
"""`throttle` or `no_throttle`, as the setting `throttles` says."""


def throttle(tx: Transaction, key: str, limit: int, window: timedelta) -> None:
    """Counts a try of `key`, which names what is tried and by whom. A window allows `limit` tries.

    Raises TooManyRequests, with `Retry-After`, for each further try. The count belongs to its transaction. To count
    failing tries too, count them in a separate unit of work first.
    """
    attempts.throttle(throttles, tx, key, limit, window)


def no_throttle(tx: Transaction, key: str, limit: int, window: timedelta) -> None:
    """Lets everything pass and counts nothing."""
