"""Conditional requests: a client is not sent again what it has, if a service sets a validator (RFC 9110, 13)."""

import dataclasses
import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from parlour.engine.http.messages import HttpResult, Request

# The time for which clients cache (docs/wire/answers.md#caching), unless the result sets another. Private results are
# not cached.
CACHE_CONTROL = ("Cache-Control", "max-age=600")

_OPAQUE = re.compile(r'(?:W/)?"([^"]*)"')


def not_modified_or(result: HttpResult, request: Request, verb: str, *, is_private: bool) -> HttpResult:
    """`result` with its validators as headers, or 304 without its body if the client already has it.

    Only responses that are not private may be cached.
    """
    if result.etag is None and result.last_modified is None:
        return result
    validators = list(result.headers)
    if result.etag is not None:
        # A weak tag, since all formats of a result share it.
        validators.append(("ETag", f'W/"{result.etag}"'))
    if result.last_modified is not None:
        validators.append(("Last-Modified", format_datetime(result.last_modified.astimezone(UTC), usegmt=True)))
    if verb not in ("GET", "HEAD") or result.status != 200:
        return dataclasses.replace(result, headers=validators)
    if not is_private and not any(name.lower() == "cache-control" for name, _ in result.headers):
        validators.append(CACHE_CONTROL)
    if _is_known(result, request):
        return HttpResult(status=304, headers=validators)
    return dataclasses.replace(result, headers=validators)


def _is_known(result: HttpResult, request: Request) -> bool:
    """Whether the client already has the result. A condition on the tag replaces one on the time (RFC 9110, 13.2.2)."""
    tags = request.header("if-none-match")
    if tags is not None:
        return result.etag is not None and (tags.strip() == "*" or result.etag in _OPAQUE.findall(tags))
    since = _date(request.header("if-modified-since"))
    # The header has a precision of one second.
    return since is not None and result.last_modified is not None and int(result.last_modified.timestamp()) <= since


def _date(header: str | None) -> float | None:
    """An HTTP date in seconds since 1970. None for any other text."""
    if header is None:
        return None
    try:
        found: datetime = parsedate_to_datetime(header)
        return found.replace(tzinfo=found.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None
