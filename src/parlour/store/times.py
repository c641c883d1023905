"""Instants as the database stores them: whole microseconds since 1970 in UTC."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


# A transaction stores its own instant several times.
@lru_cache(maxsize=16)
def microseconds(instant: datetime) -> int:
    """An aware datetime as a column stores it."""
    return (instant - _EPOCH) // _MICROSECOND


def to_datetime(stored: int) -> datetime:
    """A column's instant, aware, in UTC. Exact: a float of seconds would not be."""
    return _EPOCH + timedelta(0, 0, stored)
