"""The marks a DTO carries: what its members are called on the wire, where it is served, who may call it.

A DTO is a plain dataclass. Its members' types are Python's own where they say enough (`str`, `int`, `bool`,
`float`, `bytes`, `Decimal`, `datetime`, `timedelta`, an `Enum`, `list[T]`, `dict[K, V]`, another DTO, each
with `| None` when absent is possible) and the aliases below where the wire tells apart what Python does not.
`metadata.py` reads the marks once; nothing else does.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, NewType, TypeVar, get_args
from uuid import uuid4

Guid = NewType("Guid", str)
"""A guid in its one form inside the program: 32 lower-case hexadecimal digits. Codecs write others."""

EMPTY_GUID = Guid("0" * 32)

MIN_DATETIME = datetime.min
"""The default of a date member that is not nullable: year 1, which callers read as absent."""

Verb = Literal["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]
Dto = TypeVar("Dto", bound=type[Any])


def new_guid() -> Guid:
    """A random guid."""
    return Guid(uuid4().hex)


@dataclass(frozen=True, slots=True)
class Wire:
    """Names the wire's type where the Python type is wider."""

    kind: Literal["long", "short", "byte", "char", "float", "offset", "array"]


Long = Annotated[int, Wire("long")]
Short = Annotated[int, Wire("short")]
Byte = Annotated[int, Wire("byte")]
Char = Annotated[str, Wire("char")]
Single = Annotated[float, Wire("float")]
DateTimeOffset = Annotated[datetime, Wire("offset")]


@dataclass(frozen=True, slots=True)
class WireName:
    """The declared name of a member where the rule (`chat_id` is `ChatId`) gives another."""

    name: str


@dataclass(frozen=True, slots=True)
class DataMember:
    """A member of a data contract; the others of its class do not travel.

    `name` replaces the declared one and is never re-cased; `order` sorts the members that have one
    after those that have none.
    """

    name: str | None = None
    order: int | None = None


@dataclass(frozen=True, slots=True)
class ApiMember:
    """What the documentation says of a member. `data_type` is the type it prints, when given, `name` the name.

    `parameter_type` says where it travels (path, query, body, form, header), where the routes do not.
    """

    description: str | None = None
    required: bool = False
    data_type: str | None = None
    name: str | None = None
    parameter_type: str | None = None


@dataclass(frozen=True, slots=True)
class OnlyInBody:
    """Marks a member that no query and no path can fill: addresses end in logs and histories, and links make them."""


@dataclass(frozen=True, slots=True)
class Secret(OnlyInBody):
    """Marks a member that only a body can fill, and that no error, page or log repeats.

    Its field says `repr=False`, so that the DTO does not tell it either. A text whose name ends in `Password` counts
    as marked.
    """


@dataclass(frozen=True, slots=True)
class Files:
    """Marks the member that the files of a multipart form are put into, a `list[UploadedFile]`.

    It is no part of the DTO on the wire. `max_bytes` is of the form's whole body, and may be more than the server takes
    otherwise.
    """

    max_bytes: int


@dataclass(frozen=True, slots=True)
class Route:
    """Where an operation is served. No verbs: every verb."""

    path: str
    verbs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Who may call: any signed-in caller, one with any or all of `roles` or `permissions`, or the holder of an API key.

    No verbs: all. A rule for verbs belongs to their methods, one for all of them to the request's class, which is
    looked at before anything of the service. An API key must have the `scope` when there is one.
    """

    kind: Literal["authenticated", "any_role", "all_roles", "any_permission", "all_permissions", "api_key"]
    roles: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    scope: str | None = None


def verbs_in(text: str) -> tuple[str, ...]:
    """The verbs in a text such as `GET POST` or `get,post`, in capitals."""
    return tuple(text.upper().replace(",", " ").split())


def unknown_verbs(verbs: Iterable[str]) -> list[str]:
    """Those among `verbs` that are none, sorted."""
    return sorted(set(verbs) - set(get_args(Verb)))


def route(path: str, verbs: str = "") -> Callable[[Dto], Dto]:
    """Serves the operation at `path` for `verbs` (see `verbs_in`); the routes keep the order they are read in."""
    return _mark("routes", Route(path, verbs_in(verbs)), repeated=True)


def requires_authentication(verbs: str = "") -> Callable[[Dto], Dto]:
    return _mark("access", AccessRule("authenticated", (), verbs_in(verbs)), repeated=True)


def requires_any_role(*roles: str, verbs: str = "") -> Callable[[Dto], Dto]:
    return _mark("access", AccessRule("any_role", roles, verbs_in(verbs)), repeated=True)


def requires_role(*roles: str, verbs: str = "") -> Callable[[Dto], Dto]:
    return _mark("access", AccessRule("all_roles", roles, verbs_in(verbs)), repeated=True)


def requires_any_permission(*permissions: str, verbs: str = "") -> Callable[[Dto], Dto]:
    rule = AccessRule("any_permission", verbs=verbs_in(verbs), permissions=permissions)
    return _mark("access", rule, repeated=True)


def requires_permission(*permissions: str, verbs: str = "") -> Callable[[Dto], Dto]:
    rule = AccessRule("all_permissions", verbs=verbs_in(verbs), permissions=permissions)
    return _mark("access", rule, repeated=True)


def requires_api_key(scope: str | None = None, verbs: str = "") -> Callable[[Dto], Dto]:
    """Only for holders of an API key, who need not be users; with `scope`, of one that has it."""
    return _mark("access", AccessRule("api_key", verbs=verbs_in(verbs), scope=scope), repeated=True)


def validate_request(rule: Any) -> Callable[[Dto], Dto]:
    """A rule for the request as a whole (`request_rules.py`); they are looked at in the order they are read in."""
    return _mark("rules", rule, repeated=True)


def returns(response: Any) -> Callable[[Dto], Dto]:
    """What the operation answers with: a DTO class, `list[...]`, `str`. Without the mark it answers nothing."""
    return _mark("returns", response)


def namespace(name: str) -> Callable[[Dto], Dto]:
    """The namespace in which clients know a plain class; its XML namespace follows from it."""
    return _mark("namespace", name)


def data_contract(xml_namespace: str | None = None) -> Callable[[Dto], Dto]:
    """Makes the class a data contract: only members marked `DataMember` travel, in their order."""
    return _mark("data_contract", xml_namespace or "")


def answers_with(description: str) -> Callable[[Dto], Dto]:
    """What the documentation says of a response."""
    return _mark("answers", description, repeated=True)


def tag(name: str) -> Callable[[Dto], Dto]:
    """The group under which documentation lists the operation."""
    return _mark("tags", name, repeated=True)


def hidden(cls: Dto) -> Dto:
    """Leaves the operation out of pages, references and descriptions; it is called like any other."""
    return _mark("hidden", True)(cls)


def default_format(name: str) -> Callable[[Dto], Dto]:
    """The format of the answer to who asks for none, where that is not the engine's."""
    return _mark("default_format", name)


def marks_of(cls: type[Any]) -> dict[str, Any]:
    """The marks on exactly this class, not those of its bases."""
    marks: dict[str, Any] = cls.__dict__.get("__marks__", {})
    return marks


def _mark(key: str, value: Any, *, repeated: bool = False) -> Callable[[Dto], Dto]:
    def apply(cls: Dto) -> Dto:
        marks = dict(marks_of(cls))
        # Decorators run from the bottom up; readers expect the order of the page.
        marks[key] = (value, *marks.get(key, ())) if repeated else value
        cls.__marks__ = marks
        return cls

    return apply
