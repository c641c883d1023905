"""The context of a format: the request that it answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from parlour.engine.dto.metadata import Operation
from parlour.engine.http.messages import Request


class Api(Protocol):
    """The application that an answer belongs to, as pages show it. `ApiDescription` in the serving room is one."""

    @property
    def title(self) -> str: ...

    @property
    def prefix(self) -> str: ...

    @property
    def format_names(self) -> Collection[str]: ...

    @property
    def endpoints(self) -> Mapping[Operation, Collection[str]]:
        """The operations that are not hidden, each with its verbs."""
        ...


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request whose format is known.

    `operation` is None if it is unknown. `path_values` are the names and values of the variables in the path.
    """

    request: Request
    verb: str
    api: Api
    operation: Operation | None = None
    path_values: Sequence[tuple[str, str]] = ()
