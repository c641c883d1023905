"""Serves an application below a path prefix, such as `/api` (docs/wire/routing.md#prefix)."""

import re

from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.http.messages import Answer, Request, Response

_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")


class Mount:
    """Middleware that serves the application below `prefix`, in any case, and answers other paths with not found.

    Raises DeclarationError for an invalid prefix.
    """

    def __init__(self, prefix: str) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise DeclarationError(f"The prefix {prefix!r} must start with / and end without, as in /api.")
        self._prefix = prefix
        self._lowered = prefix.lower()

    def around(self, answer: Answer) -> Answer:
        """Wraps `answer`, which gets requests below the prefix, without the prefix."""

        async def answer_below(request: Request) -> Response:
            return await answer(request) if self.enter(request) else Response(status=404)

        return answer_below

    def enter(self, request: Request) -> bool:
        """Moves the prefix from the request's path to its `root_path`. False if the path is not below the prefix."""
        length = len(self._prefix)
        head, path = request.path[:length], request.path[length:]
        if head.lower() != self._lowered or path[:1] not in ("", "/"):
            return False
        request.root_path += self._prefix
        request.path = path or "/"
        return True


def has_api_routes(prefix: str) -> bool:
    """Whether `/api/{Operation}` is served, which is not the case below another `api`."""
    return "api" not in prefix.lower()
