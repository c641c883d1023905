"""Which pages of other sites may call this server from a browser (the Fetch standard).

The headers are those of docs/wire/answers.md#other-sites.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.http.messages import VARY, Answer, Headers, Request, Response

ANY_ORIGIN = "*"

# Also where no origin is named: a cache must not give that answer to a page that sends one.
VARY_BY_ORIGIN = ("Vary", "Accept, Origin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cors:
    """What other sites' pages may do.

    `origins` is `*` alone, or those that are named to themselves when they ask. `methods`, `headers` and
    `exposed_headers` stand as they are sent; an empty one is not sent, nor is a `max_age_seconds` of None. With
    `credentials` browsers send cookies along.
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
    """Puts the headers of `cors` on responses, the same on each but for the origin."""

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
        """`answer` with the headers on all it gives, and with every OPTIONS answered, whatever is at the path."""

        async def answer_with_headers(request: Request) -> Response:
            response = Response(headers=[VARY]) if request.method == "OPTIONS" else await answer(request)
            return self.mark(response, request)

        return answer_with_headers

    def mark(self, response: Response, request: Request) -> Response:
        """`response` with the headers on it. It may be one that is given often, so it stays as it is."""
        headers = [each for each in response.headers if each != VARY]
        return dataclasses.replace(response, headers=[*headers, *self._of(request)])

    def _of(self, request: Request) -> Headers:
        origin = request.header("origin")
        if origin is None or origin not in self._origins:
            return self._fixed
        return [("Access-Control-Allow-Origin", origin), *self._fixed]
