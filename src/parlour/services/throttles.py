"""Throttles limit how often something may be tried. Tries are counted in the database, for all processes together."""

from collections.abc import Callable
from datetime import timedelta
from math import ceil

from parlour.engine.dto.errors import TooManyRequests
from parlour.store import throttles
from parlour.store.database import Transaction

Throttle = Callable[[Transaction, str, int, timedelta], None]
"""`throttle` or `no_throttle`, as the setting `throttles` says."""


def throttle(tx: Transaction, key: str, limit: int, window: timedelta) -> None:
    """Counts a try of `key`, which names what is tried and by whom. A window allows `limit` tries.

    Raises TooManyRequests, with `Retry-After`, for each further try. The count belongs to its transaction. To count
    failing tries too, count them in a separate unit of work first.
    """
    tries, window_ends_at = throttles.count(tx, key, window)
    if tries > limit:
        seconds = max(1, ceil((window_ends_at - tx.now).total_seconds()))
        raise TooManyRequests(
            f"Too many tries. Try again in {_in_words(seconds)}.", headers=[("Retry-After", str(seconds))]
        )


def no_throttle(tx: Transaction, key: str, limit: int, window: timedelta) -> None:
    """Lets everything pass and counts nothing."""


def _in_words(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} seconds" if seconds > 1 else "a second"
    return f"{ceil(seconds / 60)} minutes"
