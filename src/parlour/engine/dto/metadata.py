"""The metadata of DTOs and operations, read once from the marks of `declare.py`.

Codecs, binding, pages and references use these values and never read annotations themselves.
"""

import dataclasses
import enum
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union

from parlour.engine.dto.declare import (
    EMPTY_GUID,
    MIN_DATETIME,
    AccessRule,
    ApiMember,
    DataMember,
    Files,
    Guid,
    OnlyInBody,
    Route,
    Secret,
    Wire,
    WireName,
    marks_of,
)

CLR_NAMESPACES = "http://schemas.datacontract.org/2004/07/"

Kind = Literal[
    "string", "guid", "bool", "int", "long", "short", "byte", "char", "double", "float", "decimal",
    "datetime", "offset", "span", "bytes", "enum", "flags", "list", "map", "dto", "any",
]  # fmt: skip

_SCALARS: dict[Any, Kind] = {
    str: "string",
    Guid: "guid",
    bool: "bool",
    int: "int",
    float: "double",
    Decimal: "decimal",
    datetime: "datetime",
    timedelta: "span",
    bytes: "bytes",
    Any: "any",
    object: "any",
}

_ZEROS: dict[Kind, Any] = {
    "guid": EMPTY_GUID,
    "bool": False,
    "int": 0,
    "long": 0,
    "short": 0,
    "byte": 0,
    "char": "\0",
    "double": 0.0,
    "float": 0.0,
    "decimal": Decimal(0),
    "datetime": MIN_DATETIME,
    "offset": MIN_DATETIME,
    "span": timedelta(),
}


class DeclarationError(Exception):
    """A DTO or operation is declared wrongly; the message says where and how. Stops the start."""


@dataclass(frozen=True)
class TypeRef:
    """The type of a member, an item or a response.

    `item` is the type of a list's items or a map's values, `key` that of a map's keys. `python` is the class of an enum
    or DTO. A `nullable` type allows None.
    """

    kind: Kind
    nullable: bool = False
    item: "TypeRef | None" = None
    key: "TypeRef | None" = None
    python: Any = None
    is_array: bool = False

    @property
    def dto(self) -> "DtoType":
        assert self.kind == "dto" and self.python is not None
        return dto_type(self.python)

    @property
    def is_value_type(self) -> bool:
        """Whether the type's default is a value instead of null."""
        return self.kind in _ZEROS or self.kind in ("enum", "flags")

    @cached_property
    def default(self) -> Any:
        """The type's default: zero for value types (the member of value 0 for enums), else None."""
        if self.nullable or not self.is_value_type:
            return None
        if self.kind in ("enum", "flags"):
            assert self.python is not None
            return self.python(0)
        return _ZEROS[self.kind]


@dataclass(frozen=True)
class Property:
    """One member of a DTO. `name` is the declared name (`ChatId`), `attribute` the Python name (`chat_id`)."""

    attribute: str
    name: str
    type: TypeRef
    default_factory: Callable[[], Any]
    has_constant_default: bool = False
    alias: str | None = None
    order: int | None = None
    description: str | None = None
    is_required: bool = False
    data_type: str | None = None
    documented_name: str | None = None
    parameter_type: str | None = None
    rules: tuple[Any, ...] = ()
    is_only_in_body: bool = False
    is_secret: bool = False

    @property
    def wire_name(self) -> str:
        """The name in XML and CSV: the alias of the data contract, else the declared name."""
        return self.alias or self.name

    @cached_property
    def holds_secret(self) -> bool:
        """Whether the member is a secret or contains one."""
        return self.is_secret or holds_secret(self.type)

    @property
    def may_be_in_address(self) -> bool:
        """Whether a query or path may set the member."""
        return not (self.is_only_in_body or self.holds_secret)


@dataclass(frozen=True)
class FilesMember:
    """The attribute that receives the files of a form, and the most bytes of such a form.

    Without `max_bytes` the form may have one file, which the server's options limit.
    """

    attribute: str
    max_bytes: int | None

    @property
    def limit(self) -> str:
        """The limit as a sentence."""
        if self.max_bytes is None:
            return "The form may have one file."
        return f"The whole form may have {self.max_bytes:,} bytes."


@dataclass(frozen=True, eq=False)
class DtoType:
    """The metadata of a DTO class. `properties` are in declared order, own before inherited, without `files`."""

    cls: type[Any]
    name: str
    namespace: str
    xml_namespace: str
    is_data_contract: bool
    properties: tuple[Property, ...]
    inherited: frozenset[str] = field(default_factory=frozenset)
    files: FilesMember | None = None

    @cached_property
    def base(self) -> type[Any] | None:
        """The DTO class that this one inherits from, if any."""
        return next((base for base in self.cls.__mro__[1:] if "namespace" in marks_of(base)), None)

    @cached_property
    def own_properties(self) -> tuple[Property, ...]:
        """The members declared in the class itself, in their order."""
        declared = [field.name for field in dataclasses.fields(self.cls)]
        own = (p for p in self.properties if self.base is None or p.attribute not in self.inherited)
        return tuple(sorted(own, key=lambda p: declared.index(p.attribute)))

    @cached_property
    def by_name(self) -> dict[str, Property]:
        """Properties by lower-cased declared name and alias."""
        found = {p.name.lower(): p for p in self.properties}
        found.update({p.alias.lower(): p for p in self.properties if p.alias})
        return found

    @cached_property
    def xml_properties(self) -> tuple[Property, ...]:
        """The properties as a data-contract serialiser orders them: those of the base first, then by order, then by
        name.
        """
        return tuple(
            sorted(
                self.properties,
                key=lambda p: (
                    p.attribute not in self.inherited,
                    p.order is not None,
                    p.order or 0,
                    p.wire_name,
                ),
            )
        )

    @cached_property
    def status_property(self) -> Property | None:
        """The member for the ResponseStatus of a failure, if there is one."""
        return self.by_name.get("responsestatus")


@dataclass(frozen=True, eq=False)
class Operation:
    """One request DTO and how it is served."""

    name: str
    request: DtoType
    response: TypeRef | None
    routes: tuple[Route, ...]
    access: tuple[AccessRule, ...]
    tags: tuple[str, ...]
    description: str
    rules: tuple[Any, ...] = ()
    is_hidden: bool = False
    default_format: str | None = None

    @property
    def needs_user(self) -> bool:
        """Whether a signed-in user is required; an API key is not a user."""
        return any(rule.kind != "api_key" for rule in self.access) or any(rule.needs_caller for rule in self.rules)


@cache
def dto_type(cls: Any) -> DtoType:
    """Reads a DTO class.

    Raises DeclarationError if it is not a dataclass, or a member's type has no wire type.
    """
    if not (isinstance(cls, type) and dataclasses.is_dataclass(cls)):
        raise DeclarationError(f"{cls!r} is used as a DTO but is not a dataclass.")
    marks = marks_of(cls)
    clr = _namespace(cls)
    is_contract = "data_contract" in marks
    try:
        hints = typing.get_type_hints(cls, include_extras=True)
    except NameError as error:
        message = f"{cls.__qualname__}: a member is of the type {error.name}, which is not known."
        raise DeclarationError(message) from None
    inherited = frozenset(
        f.name for base in cls.__mro__[1:] if dataclasses.is_dataclass(base) for f in dataclasses.fields(base)
    )
    fields = dataclasses.fields(cls)
    ordered = [f for f in fields if f.name not in inherited] + [f for f in fields if f.name in inherited]
    files = _files_member(cls, fields, hints)
    properties = [
        _property(cls, f, hints[f.name])
        for f in ordered
        if (files is None or f.name != files.attribute) and (not is_contract or _is_member(hints[f.name]))
    ]
    _refuse_shared_names(cls, properties)
    if is_contract:
        properties.sort(key=lambda p: (p.order is not None, p.order or 0))
    return DtoType(
        cls=cls,
        name=cls.__name__,
        namespace=clr,
        xml_namespace=marks.get("data_contract") or CLR_NAMESPACES + clr,
        is_data_contract=is_contract,
        properties=tuple(properties),
        inherited=inherited,
        files=files,
    )


@cache
def holds_secret(type_: TypeRef) -> bool:
    """Whether a value of the type can contain a secret at any depth."""
    seen: set[Any] = set()
    waiting = [type_]
    while waiting:
        found = waiting.pop()
        waiting += [inner for inner in (found.item, found.key) if inner is not None]
        if found.kind == "dto" and found.python not in seen:
            seen.add(found.python)
            if any(member.is_secret for member in found.dto.properties):
                return True
            waiting += [member.type for member in found.dto.properties]
    return False


@cache
def operation_of(cls: Any) -> Operation:
    """Reads a request DTO as an operation. Raises DeclarationError like `dto_type`."""
    marks = marks_of(cls)
    returned = marks.get("returns")
    return Operation(
        name=cls.__name__,
        request=dto_type(cls),
        response=None if returned is None else type_ref(returned, cls.__name__),
        routes=marks.get("routes", ()),
        access=marks.get("access", ()),
        tags=marks.get("tags", ()),
        description=_description(cls),
        rules=marks.get("rules", ()),
        is_hidden="hidden" in marks,
        default_format=marks.get("default_format"),
    )


def type_ref(annotation: Any, where: str) -> TypeRef:
    """The wire type of a Python annotation. `where` names its place in errors."""
    wire: Wire | None = None
    while typing.get_origin(annotation) is Annotated:
        annotation, *extras = typing.get_args(annotation)
        wire = next((extra for extra in extras if isinstance(extra, Wire)), wire)
    if typing.get_origin(annotation) in (Union, UnionType):
        arms = [arm for arm in typing.get_args(annotation) if arm is not NoneType]
        if len(arms) != 1:
            raise DeclarationError(f"{where}: a union of {len(arms)} types is not supported.")
        inner = type_ref(Annotated[arms[0], wire] if wire else arms[0], where)
        return dataclasses.replace(inner, nullable=True)
    if wire is not None and wire.kind != "array":
        return TypeRef(wire.kind)
    if annotation in _SCALARS:
        return TypeRef(_SCALARS[annotation])
    origin = typing.get_origin(annotation)
    if origin is list:
        (item,) = typing.get_args(annotation)
        return TypeRef("list", item=type_ref(item, where), is_array=wire is not None)
    if origin is dict:
        key, value = typing.get_args(annotation)
        return TypeRef("map", key=type_ref(key, where), item=type_ref(value, where))
    if isinstance(annotation, type) and issubclass(annotation, enum.Flag):
        return TypeRef("flags", python=annotation)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return TypeRef("enum", python=annotation)
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return TypeRef("dto", python=annotation)
    raise DeclarationError(f"{where}: the type {annotation!r} is not supported.")


def camel(name: str) -> str:
    """`name` with its leading capitals in lower case, except the last one before a lower-case letter.

    `ChatId` is `chatId`, `ID` is `id`, `URLPath` is `urlPath`, `OAuthToken` is `oAuthToken`.
    """
    run = 0
    while run < len(name) and name[run].isupper():
        run += 1
    if run > 1 and run < len(name) and name[run].islower():
        run -= 1
    return name[:run].lower() + name[run:]


def snake(name: str) -> str:
    """`name` in lower case with underscores between words: `MaybeWhen` is `maybe_when`, `URLPath` is `url_path`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in camel(name))


def pascal(attribute: str) -> str:
    """The declared name of a Python attribute: `chat_id` is `ChatId`."""
    return "".join(part[:1].upper() + part[1:] for part in attribute.split("_"))


def _files_member(
    cls: type[Any], fields: "tuple[dataclasses.Field[Any], ...]", hints: dict[str, Any]
) -> FilesMember | None:
    found = [
        FilesMember(each.name, extra.max_bytes)
        for each in fields
        for extra in _extras(hints[each.name])
        if isinstance(extra, Files)
    ]
    if len(found) > 1:
        raise DeclarationError(f"{cls.__qualname__}: only one member can take the files of a form.")
    return found[0] if found else None


def _refuse_shared_names(cls: type[Any], properties: list[Property]) -> None:
    seen: dict[str, Property] = {}
    for each in properties:
        for name in {each.name.lower(), each.wire_name.lower()}:
            other = seen.setdefault(name, each)
            if other is not each:
                raise DeclarationError(
                    f"{cls.__qualname__}: {other.attribute} and {each.attribute} are both called {each.wire_name}."
                )


def _description(cls: type[Any]) -> str:
    """The class's docstring, or nothing if a dataclass has only its generated one."""
    text = (cls.__doc__ or "").strip()
    return "" if text.startswith(f"{cls.__name__}(") else text


def _namespace(cls: type[Any]) -> str:
    marks = marks_of(cls)
    if "namespace" not in marks:
        raise DeclarationError(f"{cls.__qualname__} has no namespace: mark it with @namespace(...).")
    name: str = marks["namespace"]
    return name


def _extras(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint)[1:] if typing.get_origin(hint) is Annotated else ()


def _is_member(hint: Any) -> bool:
    return any(isinstance(extra, DataMember) for extra in _extras(hint))


def _property(cls: type[Any], declared: "dataclasses.Field[Any]", hint: Any) -> Property:
    extras = _extras(hint)
    where = f"{cls.__qualname__}.{declared.name}"
    of_type = {type(extra): extra for extra in extras}
    member: DataMember = of_type.get(DataMember, DataMember())
    said: ApiMember | None = of_type.get(ApiMember)
    wire_name: WireName | None = of_type.get(WireName)
    known = (DataMember, ApiMember, WireName, Wire, OnlyInBody)
    if Secret in of_type and declared.repr:
        raise DeclarationError(f"{where} is a Secret, so its field has to say repr=False.")
    type_ = type_ref(hint, where)
    if type_.kind == "enum" and not type_.nullable and all(each.value != 0 for each in type_.python):
        raise DeclarationError(f"{where} is never null, but no member of {type_.python.__name__} is 0, the default.")
    name = wire_name.name if wire_name else pascal(declared.name)
    # A password is secret even without the mark, so that a forgotten mark cannot leak it into a log.
    is_secret = Secret in of_type or (type_.kind == "string" and name.endswith("Password"))
    return Property(
        attribute=declared.name,
        name=name,
        type=type_,
        default_factory=_default_factory(declared, where),
        has_constant_default=declared.default is not dataclasses.MISSING,
        alias=member.name,
        order=member.order,
        description=said.description if said else None,
        is_required=bool(said and said.required),
        data_type=said.data_type if said else None,
        documented_name=said.name if said else None,
        parameter_type=said.parameter_type if said else None,
        rules=tuple(extra for extra in extras if not isinstance(extra, known)),
        is_only_in_body=OnlyInBody in of_type,
        is_secret=is_secret,
    )


def _default_factory(declared: "dataclasses.Field[Any]", where: str) -> Callable[[], Any]:
    if declared.default_factory is not dataclasses.MISSING:
        return declared.default_factory
    if declared.default is dataclasses.MISSING:
        raise DeclarationError(f"{where} has no default: every member may be missing from a request.")
    value = declared.default
    return lambda: value
