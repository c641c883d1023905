"""CORS: which pages of other sites may call this server from a browser (the Fetch standard).

The headers are those of docs/wire/answers.md#other-sites.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.http.messages import VARY, Answer, Headers, Request, Response

ANY_ORIGIN = "*"

# Sent also without an origin: a cache must not reuse the answer for a page that sends one.
VARY_BY_ORIGIN = ("Vary", "Accept, Origin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cors:
    """The permissions of other sites' pages.

    `origins` is either `*` or a list, of which each origin sees only itself. `methods`, `headers` and `exposed_headers`
    are sent as written, or not at all if empty. `max_age_seconds` is sent unless None. With `credentials` browsers also
    send cookies.
    """

    origins: Sequence[str] = (ANY_ORIGIN,)
    methods: str = "GET, POST, PUT, DELETE, PATCH, OPTIONS, HEAD"
    headers: str = "Content-Type"
    exposed_headers: str = ""
    max_age_seconds: int | None = 600
    credentials: bool = False

    def __post_init__(self) -> None:
        if ANY_ORIGIN in self.origins and len(self.origins) > 1:
            raise DeclarationError("CORS: * stands for every origin, so no other can be named beside it.")
        if ANY_ORIGIN in self.origins and self.credentials:
            raise DeclarationError("CORS: with credentials the origins must be named, since browsers do not take *.")


class CrossOrigin:
    """Middleware that adds the headers of `cors` to responses. Only the origin differs between them."""

    def __init__(self, cors: Cors) -> None:
        self._origins = frozenset(cors.origins)
        self._fixed = [VARY_BY_ORIGIN]
        self._fixed += [
            (f"Access-Control-{name}", value)
            for name, value in (
                ("Allow-Origin", ANY_ORIGIN if ANY_ORIGIN in self._origins else ""),
                ("Allow-Credentials", "true" if cors.credentials else ""),
                ("Allow-Headers", cors.headers),
                ("Allow-Methods", cors.methods),
                ("Max-Age", "" if cors.max_age_seconds is None else str(cors.max_age_seconds)),
                ("Expose-Headers", cors.exposed_headers),
            )
            if value
        ]

    def around(self, answer: Answer) -> Answer:
        """Wraps `answer`: adds the headers to all responses, and answers OPTIONS for every path."""

        async def answer_with_headers(request: Request) -> Response:
            response = Response(headers=[VARY]) if request.method == "OPTIONS" else await answer(request)
            return self.mark(response, request)

        return answer_with_headers

    def mark(self, response: Response, request: Request) -> Response:
        """A copy of `response` with the headers. The original may be shared by many requests, so it is not changed."""
        headers = [each for each in response.headers if each != VARY]
        return dataclasses.replace(response, headers=[*headers, *self._of(request)])

    def _of(self, request: Request) -> Headers:
        origin = request.header("origin")
        if origin is None or origin not in self._origins:
            return self._fixed
        return [("Access-Control-Allow-Origin", origin), *self._fixed]
