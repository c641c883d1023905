"""The formats: each turns a DTO into bytes and bytes into a DTO.

A codec compiles its readers and writers from the metadata when a type is first asked for. That is at start, or at the
first answer in a format that few clients use (`answers.py`). After that it only calls them.
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
"""The deepest nesting of a body. No DTO of ours is a tenth as deep, and readers are recursive."""


MAX_NODES = 50_000
"""The most objects, lists or elements in one body. Each costs some microseconds while all other requests wait, and
no request of ours has a tenth of these."""

_CASES: Mapping[str, Callable[[str], str]] = {"camel": camel, "pascal": str, "snake": snake}


def refuse_longer(items: int, most: int) -> None:
    """Raises BindingError if a list has more items than it may have."""
    if items > most:
        raise BindingError(f"A batch may have {most:,} {'item' if most == 1 else 'items'} at most.")


@dataclass(frozen=True, slots=True)
class Spellings:
    """The spellings that are read in addition to those of every profile.

    `unix` is the unit of a date that is a number, counted from 1970. If it is empty, a date cannot be a number.
    """

    snake_names: bool = False
    unix: Literal["", "seconds", "milliseconds"] = ""


USUAL = Spellings()


@dataclass(frozen=True, slots=True)
class Profile:
    """The switches by which one application's JSON and JSV differ from another's. The defaults are Parlour's own.

    `guid_format`: `N` is 32 digits, `D` has dashes. `dates` are for JSON only: `milliseconds` is
    `/Date(1704164645000)/`, and the Unix ones are plain numbers. `defaults` are the zeros of value types. `spans` are
    `PT1H2M` or `01:02:00`.
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
        """The spellings that JSON in this profile is read with."""
        unix: Mapping[str, Literal["seconds", "milliseconds"]] = {
            "unix seconds": "seconds",
            "unix milliseconds": "milliseconds",
        }
        return Spellings(self.name_case == "snake", unix.get(self.dates, ""))

    def cased(self, name: str) -> str:
        """A declared name as it is written in JSON."""
        return _CASES[self.name_case](name)


class Codec(ABC):
    """A format, and everything the engine asks of one. All methods after `writer` have defaults that suit most
    formats.
    """

    name: ClassVar[str]
    """The name in addresses, such as `json`."""

    media_type: ClassVar[str]

    content_type: ClassVar[str]
    """The Content-Type of answers: the media type, with a charset if clients expect one."""

    reads: ClassVar[Sequence[str]] = ()
    """The media types that it reads, without parameters. Empty for a format that only writes."""

    compiles_at_start: ClassVar[bool] = False
    """Whether writers are made at start instead of at the first answer. For formats that most programs use."""

    writes_rows: ClassVar[bool] = False
    """Whether only the rows of an answer are written, without the object that contains them."""

    is_for_people: ClassVar[bool] = False
    """Whether people read answers in a browser. If they are not signed in, they are sent to the login page."""

    shows_request: ClassVar[bool] = False
    """Whether answers show what was asked. If so, `for_request` is called even without a query."""

    explains_missing: ClassVar[bool] = False
    """Whether a path with nothing at it is answered with an error in this format. Otherwise the 404 is empty."""

    @abstractmethod
    def writer(self, type_: TypeRef) -> Writer:
        """Return a function from a value of the type, which may be None, to a body."""

    def reader(self, type_: TypeRef, most_items: int = MAX_NODES) -> Reader:
        """Return a function from a body to a new value of the type, which is a DTO or a list of one kind of DTO.

        That function raises BindingError with a FieldError for each value that cannot be converted, or BodyError if the
        whole body cannot be read. A blank body is an empty value. If a list has more than `most_items`, it raises
        BindingError before it reads any item.
        """
        raise NotImplementedError(f"Nothing is read from {self.name}.")

    def text(self, value: str) -> bytes:
        """The body for a result that is plain text."""
        return value.encode()

    def headers(self, operation: str) -> Sequence[tuple[str, str]]:
        """The headers of every answer of the operation in this format. Called once, at start."""
        return ()

    def for_request(self, context: RequestContext) -> "Codec":
        """The variant of the format that this request asks for. Called if the request has a query."""
        return self

    def for_body(self, request: Request) -> "Codec":
        """The variant that reads this request's body, so that what `for_request` wrote can be sent back."""
        return self

    def finish_answer(self, response: Response, *, has_own_type: bool) -> Response:
        """Return the complete answer of a success. `has_own_type`: the handler chose its Content-Type."""
        return response

    def finish_failure(self, response: Response, error: ApiError, *, is_of_service: bool) -> Response:
        """Return the complete answer with `error`. `is_of_service`: the rules of the operation were reached."""
        return response
