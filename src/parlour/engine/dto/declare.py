"""The marks of a DTO: the names of its members on the wire, its routes, and who may call it.

A DTO is a plain dataclass. Its members have Python types: `str`, `int`, `bool`, `float`, `bytes`, `Decimal`,
`datetime`, `timedelta`, an `Enum`, `list[T]`, `dict[K, V]`, another DTO. `| None` allows null. The aliases below name
wire types that Python does not distinguish. Only `metadata.py` reads the marks, once.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Annotated, Any, Literal, NewType, TypeVar, get_args

Guid = NewType("Guid", str)
"""A guid as the program stores it: 32 lower-case hexadecimal digits. Codecs write other forms."""

EMPTY_GUID = Guid("0" * 32)

_VARIANT = "89ab"
"""The digits that begin the fourth group of a UUID."""

_CHOSEN_AT_ONCE = 64

_chosen: list[bytes] = []
"""Random bytes for the next guids. Each is taken once, whichever thread takes it."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_chosen.clear)

MIN_DATETIME = datetime.min
"""The default of date members that are not nullable: year 1, which clients read as absent."""

Verb = Literal["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]
Dto = TypeVar("Dto", bound=type[Any])


def new_guid() -> Guid:
    """A random guid: a UUID of version 4 (RFC 9562, 5.4)."""
    # `uuid4().hex` makes a number and an object first, and takes twice as long: 2.1 us.
    digits = token_hex(16)
    return Guid(f"{digits[:12]}4{digits[13:16]}{_VARIANT[int(digits[16], 16) & 3]}{digits[17:]}")


def new_guid_at(microseconds: int) -> Guid:
    """A guid that sorts by its time, in microseconds of Unix time: a UUID of version 7 (RFC 9562, 5.7 and 6.2).

    In an index, such guids are beside each other. Everybody who sees one learns the time.
    """
    milliseconds, rest = divmod(microseconds, 1000)
    try:
        chosen = _chosen.pop()
    except IndexError:
        # Asking the system lets other threads go first. So it is asked for many at once, which saves 6 us of a send.
        many = os.urandom(8 * _CHOSEN_AT_ONCE)
        _chosen.extend(many[start : start + 8] for start in range(8, len(many), 8))
        chosen = many[:8]
    return Guid(f"{milliseconds:012x}7{rest * 4096 // 1000:03x}{_VARIANT[chosen[0] & 3]}{chosen.hex()[1:]}")


@dataclass(frozen=True, slots=True)
class Wire:
    """Names the wire type where the Python type is wider."""

    kind: Literal["long", "short", "byte", "char", "float", "offset", "array"]


Long = Annotated[int, Wire("long")]
Short = Annotated[int, Wire("short")]
Byte = Annotated[int, Wire("byte")]
Char = Annotated[str, Wire("char")]
Single = Annotated[float, Wire("float")]
DateTimeOffset = Annotated[datetime, Wire("offset")]


@dataclass(frozen=True, slots=True)
class WireName:
    """The declared name of a member that does not follow the rule (`chat_id` is `ChatId`)."""

    name: str


@dataclass(frozen=True, slots=True)
class DataMember:
    """Marks a member of a data contract. Unmarked members of the class are not sent.

    `name` replaces the declared name and is never re-cased. Members with an `order` come after those without one.
    """

    name: str | None = None
    order: int | None = None


@dataclass(frozen=True, slots=True)
class ApiMember:
    """Documents a member. `data_type` and `name` replace the type and the name on pages.

    `parameter_type` says where the member is sent (path, query, body, form, header), if the routes do not say so.
    """

    description: str | None = None
    required: bool = False
    data_type: str | None = None
    name: str | None = None
    parameter_type: str | None = None


@dataclass(frozen=True, slots=True)
class OnlyInBody:
    """Marks a member that cannot be set in a query or path, since addresses are logged and can be sent as links."""


@dataclass(frozen=True, slots=True)
class Secret(OnlyInBody):
    """Marks a member that can be set only in a body, and is never repeated in errors, pages or logs.

    Its field must have `repr=False`, so that the DTO's own `repr` omits it. A text whose name ends in `Password` counts
    as marked.
    """


@dataclass(frozen=True, slots=True)
class Files:
    """Marks the member that receives the files of a multipart form, a `list[UploadedFile]`.

    It is not part of the DTO on the wire. `max_bytes` limits the form's whole body, and may exceed the server's general
    limit. None: the form may have one file, which `EngineOptions.uploads` limits.
    """

    max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A path at which an operation is served. Without verbs it is served for every verb."""

    path: str
    verbs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Requires a signed-in caller, any or all of `roles` or `permissions`, or an API key.

    Without verbs it is a rule of the request's class, which is checked before anything of the service. With verbs it is
    a rule of their methods. An API key must have the `scope` if one is given.
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
    """The unknown names among `verbs`, sorted."""
    return sorted(set(verbs) - set(get_args(Verb)))


def route(path: str, verbs: str = "") -> Callable[[Dto], Dto]:
    """Serves the operation at `path` for `verbs` (see `verbs_in`). Routes keep their order in the source."""
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
    """Requires an API key, whose holder need not be a user; with `scope`, a key that has this scope."""
    return _mark("access", AccessRule("api_key", verbs=verbs_in(verbs), scope=scope), repeated=True)


def validate_request(rule: Any) -> Callable[[Dto], Dto]:
    """Adds a rule for the whole request (`request_rules.py`). Rules are checked in their order in the source."""
    return _mark("rules", rule, repeated=True)


def returns(response: Any) -> Callable[[Dto], Dto]:
    """Declares the response: a DTO class, `list[...]` or `str`. Without this mark the response is empty."""
    return _mark("returns", response)


def namespace(name: str) -> Callable[[Dto], Dto]:
    """Sets the namespace of a class in clients, from which its XML namespace follows."""
    return _mark("namespace", name)


def data_contract(xml_namespace: str | None = None) -> Callable[[Dto], Dto]:
    """Makes the class a data contract: only members marked `DataMember` are sent, in their order."""
    return _mark("data_contract", xml_namespace or "")


def answers_with(description: str) -> Callable[[Dto], Dto]:
    """Documents a response."""
    return _mark("answers", description, repeated=True)


def tag(name: str) -> Callable[[Dto], Dto]:
    """Lists the operation in a group of the documentation."""
    return _mark("tags", name, repeated=True)


def hidden(cls: Dto) -> Dto:
    """Leaves the operation out of pages, references and descriptions. It can be called like any other."""
    return _mark("hidden", True)(cls)


def default_format(name: str) -> Callable[[Dto], Dto]:
    """Sets the response format for requests that ask for none, instead of the engine's default."""
    return _mark("default_format", name)


def marks_of(cls: type[Any]) -> dict[str, Any]:
    """The marks of this class itself, without those of its bases."""
    marks: dict[str, Any] = cls.__dict__.get("__marks__", {})
    return marks


def _mark(key: str, value: Any, *, repeated: bool = False) -> Callable[[Dto], Dto]:
    def apply(cls: Dto) -> Dto:
        marks = dict(marks_of(cls))
        # Decorators run from the bottom up; readers expect the order of the source.
        marks[key] = (value, *marks.get(key, ())) if repeated else value
        cls.__marks__ = marks
        return cls

    return apply
