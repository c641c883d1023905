"""The predefined routes of every operation: `/{format}/reply/{Op}` and `/api/{Op}`.

The rules are those of docs/wire/routing.md#addresses-by-name.

Each kind is a class with `find`. The engine gets a list of them.
"""

from dataclasses import dataclass
from typing import Protocol

from parlour.engine.codecs import Codec
from parlour.engine.serving.negotiation import Formats


@dataclass(frozen=True, slots=True)
class NamedOperation:
    """The operation named in a path, in any case, and the format of the path, or None if the path has none."""

    operation: str
    codec: Codec | None


class PredefinedRoutes(Protocol):
    def find(self, path: str) -> NamedOperation | None:
        """The operation and format of a path, or None if it is not of this kind. The operation may not exist."""
        ...


class FormatRoutes:
    """`/json/reply/ChatRequest`, and `/json/oneway/ChatRequest`, which does the same, since nothing is queued."""

    def __init__(self, formats: Formats) -> None:
        self._formats = formats

    def find(self, path: str) -> NamedOperation | None:
        parts = [part for part in path.split("/") if part]
        if len(parts) != 3 or parts[1].lower() not in ("reply", "oneway"):
            return None
        codec = self._formats.named(parts[0].lower())
        return None if codec is None else NamedOperation(parts[2], codec)


class ApiRoutes:
    """`/api/ChatRequest` in JSON, `/api/ChatRequest.xml` in the format of the suffix.

    Only the last segment counts. With an unknown suffix the request chooses the format.
    """

    def __init__(self, formats: Formats) -> None:
        self._formats = formats

    def find(self, path: str) -> NamedOperation | None:
        if not path.startswith("/api/"):
            return None
        last = path.rstrip("/").rpartition("/")[2]
        name, dot, suffix = last.partition(".")
        if not name or not path.strip("/").startswith("api/"):
            return None
        codec = self._formats.named(suffix if dot else "json")
        return NamedOperation(name, codec)
