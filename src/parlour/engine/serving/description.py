"""The description of an engine, from which pages, references and OpenAPI are created."""

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
    """The operations, in the order they were added. Without `authentication` everybody may call all of them.

    `endpoints` are the endpoints of each operation by verb. `prefix` is the path below which everything is served, such
    as `/api`, or empty. `notice` is a sentence for people who look at the list.
    """

    title: str
    operations: Sequence[Operation]
    endpoints: Mapping[Operation, Mapping[str, Endpoint]]
    formats: Formats
    profile: Profile
    authentication: Authentication | None = None
    prefix: str = ""
    notice: str = ""

    @property
    def format_names(self) -> Collection[str]:
        return self.formats.by_name.keys()

    def requirements(self, operation: Operation) -> Sequence[str]:
        """The requirements of an operation's request rules."""
        admin_role = "" if self.authentication is None else self.authentication.admin_role
        return [rule.requirement(admin_role) for rule in operation.rules]


class Page(Protocol):
    """Something at fixed addresses that is not an operation."""

    def answer(self, request: Request) -> Response | None:
        """The page, or None if the request is for another one."""
        ...


class Streams(Protocol):
    """Answers its own paths, which are not operations: with streams, or by a protocol of its own."""

    def answers(self, path: str) -> bool:
        """Whether this path is one of its own."""
        ...

    async def answer(self, request: Request) -> Response:
        """The response at such a path. Raises ApiError if the caller may not have it."""
        ...


PageFactory = Callable[[ApiDescription], Page]
"""Creates a page from the complete description of an engine."""
