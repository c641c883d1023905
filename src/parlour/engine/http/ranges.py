"""Parts of a stored file: ranges and validators of a request for one (RFC 9110, 13 and 14)."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from parlour.engine.http.messages import HttpResult, Pieces, Request

# One range. A list of several is answered with the whole file, as the standard allows.
_RANGE = re.compile(r"bytes\s*=\s*(?:(\d{1,19})-(\d{0,19})|-(\d{1,19}))\s*", re.IGNORECASE)

_TAG = re.compile(r'(?:W/)?"([^"]*)"')


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it can be sent. `etag` names exactly these bytes. `read` gives those from one place up to another."""

    size: int
    etag: str
    content_type: str
    headers: Sequence[tuple[str, str]]
    read: Callable[[int, int], AsyncIterator[bytes]]


def part_of(file: StoredFile, request: Request) -> HttpResult:
    """The part of the file that the request asks for: all of it, a range, or nothing if the client already has it."""
    etag = f'"{file.etag}"'
    headers = [("ETag", etag), ("Accept-Ranges", "bytes"), *file.headers]
    known = request.header("if-none-match")
    if known is not None and (known.strip() == "*" or file.etag in _TAG.findall(known)):
        return HttpResult(status=304, headers=headers)
    wanted = _range(file, etag, request)
    if wanted is None:
        whole = Pieces(file.size, lambda: file.read(0, file.size))
        return HttpResult(body=whole, headers=headers, content_type=file.content_type)
    start, end = wanted
    if start >= end:
        refused = [("Content-Range", f"bytes */{file.size}"), *headers]
        return HttpResult(status=416, body=b"", headers=refused, content_type=file.content_type)
    return HttpResult(
        status=206,
        body=Pieces(end - start, lambda: file.read(start, end)),
        headers=[("Content-Range", f"bytes {start}-{end - 1}/{file.size}"), *headers],
        content_type=file.content_type,
    )


def _range(file: StoredFile, etag: str, request: Request) -> tuple[int, int] | None:
    """The range that is asked for, of which nothing may be in the file. None for the whole file."""
    header = request.header("range")
    if header is None or request.method != "GET":
        return None
    # The client has a part of the file and wants the rest, if it is still the same file.
    condition = request.header("if-range")
    found = _RANGE.fullmatch(header.strip())
    if found is None or (condition is not None and condition.strip() != etag):
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        return max(0, file.size - int(suffix)), file.size
    end = min(int(last) + 1, file.size) if last else file.size
    if last and int(last) < int(first):
        return None
    return int(first), end
