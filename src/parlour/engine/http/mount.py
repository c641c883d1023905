"""An application below a prefix of a host's paths, such as `/api` (docs/wire/routing.md#prefix)."""

import re

from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.http.messages import Answer, Request, Response

_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")


class Mount:
    """Everything of the application is below `prefix`, in any case; outside of it nothing is answered.

    Raises DeclarationError for a prefix that cannot stand in an address.
    """

    def __init__(self, prefix: str) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise DeclarationError(f"The prefix {prefix!r} must start with / and end without, as in /api.")
        self._prefix = prefix
        self._lowered = prefix.lower()

    def around(self, answer: Answer) -> Answer:
        """`answer` for requests below the prefix, which it is given without."""

        async def answer_below(request: Request) -> Response:
            return await answer(request) if self.enter(request) else Response(status=404)

        return answer_below

    def enter(self, request: Request) -> bool:
        """Moves the prefix from the path of a request to where the application is; False when it is not below."""
        length = len(self._prefix)
        head, path = request.path[:length], request.path[length:]
        if head.lower() != self._lowered or path[:1] not in ("", "/"):
            return False
        request.root_path += self._prefix
        request.path = path or "/"
        return True


def has_api_routes(prefix: str) -> bool:
    """Whether `/api/{Operation}` is served: not below another `api`, where nobody looks for it."""
    return "api" not in prefix.lower()
