"""What a format may know of the request that it answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from parlour.engine.dto.metadata import Operation
from parlour.engine.http.messages import Request


class Api(Protocol):
    """The application around an answer, as pages show it. `ApiDescription` of the serving room is one."""

    @property
    def title(self) -> str: ...

    @property
    def prefix(self) -> str: ...

    @property
    def format_names(self) -> Collection[str]: ...

    @property
    def endpoints(self) -> Mapping[Operation, Collection[str]]:
        """The operations that are not hidden, each with the verbs that it is answered by."""
        ...


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request, when its format is known.

    `operation` is None where nothing is known of it. `path_values` are the names and values of the variables in its
    path.
    """

    request: Request
    verb: str
    api: Api
    operation: Operation | None = None
    path_values: Sequence[tuple[str, str]] = ()
