"""The formats: each turns a DTO into bytes and bytes into a DTO.

A codec compiles its readers and writers from the metadata when a type is first asked for: at start, or at the first
answer in a format that few ask for (`answers.py`). From then on it only calls them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from parlour.engine.codecs.context import RequestContext
from parlour.engine.dto.errors import ApiError, BindingError
from parlour.engine.dto.metadata import TypeRef, camel, snake
from parlour.engine.http.messages import Request, Response

Reader = Callable[[bytes], Any]
Writer = Callable[[Any], bytes]

MAX_DEPTH = 64
"""Nesting beyond which a body is refused: no DTO of ours is a tenth as deep, and a reader recurses."""


MAX_NODES = 50_000
"""Objects, lists or elements in one body. Each costs some microseconds while all other requests wait, and no
request of ours has a tenth of these."""

_CASES: Mapping[str, Callable[[str], str]] = {"camel": camel, "pascal": str, "snake": snake}


def refuse_longer(items: int, most: int) -> None:
    """Raises BindingError for a list of more items than it may have."""
    if items > most:
        raise BindingError(f"A batch may have {most:,} {'item' if most == 1 else 'items'} at most.")


@dataclass(frozen=True, slots=True)
class Spellings:
    """What is read beside the spellings that every profile reads: those that one profile alone writes.

    `unix` is what a number says of a date: seconds or milliseconds since 1970; empty: nothing.
    """

    snake_names: bool = False
    unix: Literal["", "seconds", "milliseconds"] = ""


USUAL = Spellings()


@dataclass(frozen=True, slots=True)
class Profile:
    """The switches by which one application's JSON and JSV differ from another's. The defaults are Parlour's own.

    `guid_format`: N is 32 digits, D has dashes. `dates` are of JSON alone: `milliseconds` is `/Date(1704164645000)/`,
    the Unix ones are bare numbers. `defaults` are the zeros of value types. `spans`: `PT1H2M` or `01:02:00`.
    """

    name_case: Literal["camel", "pascal", "snake"] = "camel"
    guid_format: Literal["N", "D"] = "N"
    dates: Literal["iso", "milliseconds", "unix seconds", "unix milliseconds", "rfc 1123"] = "iso"
    spans: Literal["duration", "clock"] = "duration"
    enums: Literal["names", "numbers"] = "names"
    nulls: Literal["omitted", "written"] = "omitted"
    defaults: Literal["omitted", "written"] = "written"
    zero_enums: Literal["omitted", "written"] = "written"
    layout: Literal["dense", "indented"] = "dense"

    @property
    def spellings(self) -> Spellings:
        """What JSON in this profile is read with."""
        unix: Mapping[str, Literal["seconds", "milliseconds"]] = {
            "unix seconds": "seconds",
            "unix milliseconds": "milliseconds",
        }
        return Spellings(self.name_case == "snake", unix.get(self.dates, ""))

    def cased(self, name: str) -> str:
        """A declared name as it stands in JSON."""
        return _CASES[self.name_case](name)


class Codec(ABC):
    """One format, and all that the engine asks of it. What follows the writer has defaults, which suit most formats."""

    name: ClassVar[str]
    """The name in addresses, such as `json`."""

    media_type: ClassVar[str]

    content_type: ClassVar[str]
    """The Content-Type of answers: the media type, with a charset where the format is known to have one."""

    reads: ClassVar[Sequence[str]] = ()
    """The types of the bodies it reads, without parameters; empty for a format that only writes."""

    compiles_at_start: ClassVar[bool] = False
    """Whether writers are made when an engine is made, not at the first answer. For formats that programs use a lot."""

    writes_rows: ClassVar[bool] = False
    """Whether only the rows of an answer are written, without the object that holds them."""

    is_for_people: ClassVar[bool] = False
    """Whether answers are read in a browser. People who must sign in are then led to the login page."""

    shows_request: ClassVar[bool] = False
    """Whether answers show what was asked: `for_request` is then called for requests without a query too."""

    explains_missing: ClassVar[bool] = False
    """Whether an address with nothing at it is answered with a failure in this format. Otherwise the 404 is empty."""

    @abstractmethod
    def writer(self, type_: TypeRef) -> Writer:
        """Gives the body for a value of the type, which may be None."""

    def reader(self, type_: TypeRef, most_items: int = MAX_NODES) -> Reader:
        """Gives a new value of the type, a DTO or a list of one kind of DTO, from a body.

        The reader raises BindingError with a FieldError for each member whose value cannot be converted,
        all at once, or BodyError when the body as a whole cannot be read. A blank body is an empty value. Of a list
        that has more than `most_items` no item is looked at: BindingError too.
        """
        raise NotImplementedError(f"Nothing is read from {self.name}.")

    def text(self, value: str) -> bytes:
        """The body for a result that is bare text."""
        return value.encode()

    def headers(self, operation: str) -> Sequence[tuple[str, str]]:
        """The headers that every answer of the operation has in this format. They are asked for once, at start."""
        return ()

    def for_request(self, context: RequestContext) -> "Codec":
        """The variant of the format that one request asks for. It is asked for when there is a query."""
        return self

    def for_body(self, request: Request) -> "Codec":
        """The variant that reads the request's body, which may be what `for_request` has written before."""
        return self

    def finish_answer(self, response: Response, *, has_own_type: bool) -> Response:
        """The answer with a success, last of all. `has_own_type`: the handler chose its Content-Type."""
        return response

    def finish_failure(self, response: Response, error: ApiError, *, is_of_service: bool) -> Response:
        """The answer with `error`, last of all. `is_of_service`: the request came as far as its operation's rules."""
        return response
