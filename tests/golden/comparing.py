"""Compares responses: status, the headers that clients read, and the body byte for byte.

Dates are compared as instants to the microsecond, in their format. A reader's own words about an unreadable body are
not compared, nor the secrets of a sign-in. Cookies are compared by name, attributes, whether they have a value, and the
year of their expiry.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from tests.golden.recordings import Answer, Case

_COMPARED = {
    "content-type",
    "content-disposition",
    "location",
    "www-authenticate",
    "x-autobatch-completed",
    "set-cookie",
    "x-cookies",
    "vary",
}

_MILLISECONDS = re.compile(r"\\?/Date\((-?\d+)(?:[+-]\d{4})?\)\\?/")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))?")
# Up to the end of the message, which is the next quote in JSON and the next tag in XML.
_READERS_WORDS_IN_JSON = re.compile(r"(request using [^\\]*'\\nError: |Error in line)(?:[^\"\\]|\\.)*")
_READERS_WORDS = re.compile(r"(request using [^\n]*'\nError: |Error in line)[^<]*")
_COOKIE_VALUE = re.compile(r"^([^=]+)=[^;]+")
_COOKIE_LIFE = re.compile(r"expires=[^;<]+; max-age=(\d+)")

# The date of the recordings, for the year in which cookies expire.
_RECORDED_ON = date(2026, 11, 22)

# The values that differ at every sign-in, in JSON and in XML.
_SECRETS = re.compile(
    r"""("(?:sessionId|bearerToken|refreshToken|accessToken|refreshTokenExpiry|profileUrl)":)"[^"]*"
      | (<(?:SessionId|BearerToken|RefreshToken|AccessToken|RefreshTokenExpiry|ProfileUrl)>)
        (?:<default-picture>|[^<]*)""",
    re.VERBOSE,
)


def discrepancies(case: Case, ours: Answer) -> list[str]:
    """The differences between our response and the recorded one."""
    recorded = case.recorded
    found = []
    if ours.status != recorded.status:
        found.append(f"status {ours.status}, recorded {recorded.status}")
    ours_headers, recorded_headers = compared_headers(ours), compared_headers(recorded)
    if ours_headers != recorded_headers:
        found.append(f"headers {ours_headers}, recorded {recorded_headers}")
    if not recorded.is_page and comparable(ours) != comparable(recorded):
        found.append(f"body {comparable(ours)!r}\n    recorded {comparable(recorded)!r}")
    return found


def compared_headers(answer: Answer) -> list[tuple[str, str]]:
    """The headers that are compared, in one order."""
    return sorted(_headers(answer))


def comparable(answer: Answer) -> str | bytes:
    """A body in which all parts that are not compared are made equal."""
    try:
        text = answer.body.decode()
    except UnicodeDecodeError:
        return answer.body
    words = _READERS_WORDS_IN_JSON if answer.media_type == "application/json" else _READERS_WORDS
    text = words.sub(r"\1...", text)
    text = _SECRETS.sub(lambda m: f"{m[1] or m[2]}...", text)
    text = _MILLISECONDS.sub(lambda m: f"<Date {int(m[1])}>", text)
    has_seven = answer.media_type == "application/json"
    return _ISO.sub(lambda m: _instant(m, has_seven=has_seven), text)


def _instant(found: re.Match[str], *, has_seven: bool) -> str:
    """A date in UTC to the microsecond. Dates without a zone are in UTC. In JSON they have seven digits of fraction or
    none.
    """
    day, time, fraction, sign, hours, minutes = found.groups()
    try:
        at = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC)
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        at = at + offset if sign == "-" else at - offset
    except (ValueError, OverflowError):
        return found[0]
    digits = f" {len(fraction or '')} digits" if has_seven else ""
    return f"<{at.isoformat()} {(fraction or '').ljust(6, '0')[:6]}{digits}>"


def _year(life: re.Match[str]) -> str:
    return f"expires=<{(_RECORDED_ON + timedelta(seconds=int(life[1]))).year}>"


def _headers(answer: Answer) -> Iterator[tuple[str, str]]:
    for name, value in answer.headers:
        key = name.lower()
        if key == "set-cookie":
            # Ours also have Max-Age, on purpose.
            yield key, _COOKIE_LIFE.sub(_year, _COOKIE_VALUE.sub(r"\1=...", value))
        elif key == "vary":
            # Ours also name the origin with CORS, on purpose.
            yield key, value.removesuffix(", Origin")
        elif key in _COMPARED or key.startswith("access-control-"):
            yield key, value


def are_alike(one: Answer, other: Answer) -> bool:
    """Whether two of our responses are equal, except times and random parts."""
    return (
        one.status == other.status
        and compared_headers(one) == compared_headers(other)
        and comparable(one) == comparable(other)
    )
