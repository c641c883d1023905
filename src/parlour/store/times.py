"""Instants as the database holds them: whole microseconds since 1970 in UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(to_datetime: datetime) -> int:
    """An aware datetime as a column holds it."""
    return (to_datetime - _EPOCH) // _MICROSECOND


def to_datetime(stored: int) -> datetime:
    """A column's instant, aware, in UTC. Exact: a float of seconds would not be."""
    return _EPOCH + timedelta(0, 0, stored)
