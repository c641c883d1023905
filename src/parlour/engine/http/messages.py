"""Requests and responses as values, between `asgi.py` and the pipeline."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from parlour.engine.http.arriving import ArrivingBody
from parlour.engine.http.percent import pairs_in
from parlour.engine.http.streaming import StreamedBody
from parlour.engine.http.uploads import Form

Headers = Sequence[tuple[str, str]]

VARY = ("Vary", "Accept")


@dataclass(kw_only=True)
class Request:
    """One HTTP request, with its whole body, or with a `form` that was read while it arrived.

    `arriving` is a body that is read by whoever answers the request, for addresses that ask for it.

    `path` is decoded, except `%2F` and `%25` (`percent.py`), so it can be split at slashes. `query` is as sent, without
    `?`. Header names are lower-case. `body` is None if none was sent. `client` is the client's address. `scheme` is
    http or https as the client sent it. `root_path` is the prefix of `path` in its URL, such as `/api`. `renewed` are
    headers that every response to this request must have (see `renew`). `known` has what was found out about the head,
    by whatever found it out. A connection that repeats its head keeps it (see `again`).
    """

    method: str
    path: str
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes | None = None
    form: Form | None = None
    arriving: ArrivingBody | None = None
    client: str = ""
    scheme: str = "http"
    root_path: str = ""
    renewed: Sequence[tuple[str, str]] = field(default=(), init=False, compare=False)
    known: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    # Not a cached property: those take a lock, and every request reads headers.
    _by_name: dict[str, str] | None = field(default=None, init=False, repr=False, compare=False)

    def header(self, name: str) -> str | None:
        """The value of a header by its lower-case name. Repeated headers are joined by commas."""
        found = self._by_name
        if found is None:
            found = self._by_name = {}
            repeated: dict[str, list[str]] = {}
            for key, value in self.headers:
                if key in found:
                    repeated.setdefault(key, [found[key]]).append(value)
                else:
                    found[key] = value
            for key, values in repeated.items():
                found[key] = ", ".join(values)
        return found.get(name)

    def again(self) -> "Request":
        """Another request with the same head, before its body is read. Both know what was found out about the head."""
        if self._by_name is None:
            self.header("host")  # builds the names, for all of them
        request = Request.__new__(Request)
        request.__dict__.update(self.__dict__)
        return request

    def replace_header(self, name: str, value: str) -> None:
        """Replaces all headers of a lower-case name with one."""
        self.headers = [(name, value), *(pair for pair in self.headers if pair[0] != name)]
        self._forget_headers()

    def renew(self, cookies: Mapping[str, str], headers: Sequence[tuple[str, str]]) -> None:
        """Continues with other `cookies`. Every response then sets them with `headers`."""
        self.renewed = headers
        pairs = {**self.cookies, **cookies}.items()
        self.replace_header("cookie", "; ".join(f"{name}={value}" for name, value in pairs))
        del self.cookies

    def ignore_cookies(self) -> None:
        """Continues as a request without cookies."""
        self.headers = [pair for pair in self.headers if pair[0] != "cookie"]
        self._forget_headers()
        self.__dict__.pop("cookies", None)

    def _forget_headers(self) -> None:
        # Other requests may share both.
        self._by_name, self.known = None, {}

    @property
    def base_url(self) -> str:
        """The application's URL as the client sees it, without a final slash."""
        return f"{self.scheme}://{self.header('host') or 'localhost'}{self.root_path}"

    @cached_property
    def query_values(self) -> list[tuple[str, str]]:
        """The names and values of the query. Values that are not in UTF-8 are `percent.NotUtf8`."""
        return pairs_in(self.query.encode()) if self.query else []

    def in_query(self, name: str) -> str:
        """The first value of a lower-case name in the query, where it stands in any case; empty without one."""
        if f"{name}=" not in self.query.lower():
            return ""
        return next((value for key, value in self.query_values if key.lower() == name), "")

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The cookies by name, the first of each name."""
        found: dict[str, str] = {}
        for pair in (self.header("cookie") or "").replace(",", ";").split(";"):
            name, separator, value = pair.strip().partition("=")
            if separator:
                found.setdefault(name, value.strip('"'))
        return found


@dataclass(frozen=True, slots=True)
class Pieces:
    """A body of `size` bytes that is never whole in memory. `read` begins to read it, once."""

    size: int
    read: Callable[[], AsyncIterator[bytes]]


@dataclass(kw_only=True, slots=True)
class Response:
    """One HTTP response. `asgi.py` adds `Content-Length`. A `stream` or `pieces` write the body instead of `body`.

    Each of `default_headers` is sent unless `headers` contains its name.
    """

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    stream: StreamedBody | None = None
    pieces: Pieces | None = None
    default_headers: Sequence[tuple[bytes, bytes]] = field(default=(), compare=False)


Answer = Callable[[Request], Coroutine[Any, Any, Response]]
"""A function that answers requests."""


@dataclass(kw_only=True, slots=True)
class HttpResult:
    """A handler's result with more than a DTO: another status, headers, raw bytes.

    `body` is a DTO, a list, text, bytes, Pieces or None. `content_type` replaces the negotiated one. With `etag` (the
    text between quotes) or `last_modified` (an instant) conditional requests may get 304.
    """

    body: Any = None
    status: int = 200
    headers: Sequence[tuple[str, str]] = ()
    content_type: str | None = None
    etag: str | None = None
    last_modified: datetime | None = None

    def __post_init__(self) -> None:
        if self.etag is not None and not (self.etag.isascii() and self.etag.isprintable() and '"' not in self.etag):
            raise ValueError(f"The etag {self.etag!r} cannot stand in a header.")
        if self.last_modified is not None and self.last_modified.tzinfo is None:
            raise ValueError("last_modified must have a time zone.")
