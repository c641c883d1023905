"""What an engine serves, as one value: pages, references and OpenAPI are made from it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from parlour.engine.codecs import Profile
from parlour.engine.dto.metadata import Operation
from parlour.engine.http.messages import Request, Response
from parlour.engine.serving.admission import Endpoint
from parlour.engine.serving.negotiation import Formats
from parlour.engine.serving.principals import Authentication


@dataclass(frozen=True, slots=True)
class ApiDescription:
    """`operations` stand in the order they were added; without `authentication` everybody may call all of them.

    `endpoints` are what answers each operation, by verb. `prefix` is where everything is mounted, such as `/api`; empty
    at the root.
    """

    title: str
    operations: Sequence[Operation]
    endpoints: Mapping[Operation, Mapping[str, Endpoint]]
    formats: Formats
    profile: Profile
    authentication: Authentication | None = None
    prefix: str = ""

    @property
    def format_names(self) -> Collection[str]:
        return self.formats.by_name.keys()

    def requirements(self, operation: Operation) -> Sequence[str]:
        """What the rules for a request as a whole ask for."""
        admin_role = "" if self.authentication is None else self.authentication.admin_role
        return [rule.requirement(admin_role) for rule in operation.rules]


class Page(Protocol):
    """Something at fixed addresses that is not an operation."""

    def answer(self, request: Request) -> Response | None:
        """The page; None when the request is for another."""
        ...


class Streams(Protocol):
    """Answers its own paths with streams, before any operation."""

    def answers(self, path: str) -> bool:
        """Whether it answers this path."""
        ...

    async def answer(self, request: Request) -> Response:
        """The answer at such a path. Raises ApiError for a caller who may not read the stream."""
        ...


PageFactory = Callable[[ApiDescription], Page]
"""Makes a page of an engine, once everything is known that the engine serves."""
