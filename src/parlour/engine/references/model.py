"""The contents of a reference in every language: types with their members and attributes, selected and sorted.

It is made from the operations' metadata. A language only writes it down (docs/wire/references.md#the-model).
"""

import dataclasses
import enum
import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

from parlour.engine.dto.declare import marks_of
from parlour.engine.dto.errors import FRAMEWORK, ResponseStatus
from parlour.engine.dto.metadata import DtoType, Operation, Property, TypeRef, camel, dto_type, snake
from parlour.engine.references.choosing import chosen
from parlour.engine.references.options import Options
from parlour.engine.serving.description import ApiDescription

TypeRole = Literal["request", "response", "type"]

_NEVER_NULL = {"ResponseStatus": ("ErrorCode",), "ResponseError": ("ErrorCode", "FieldName", "Message")}
"""Members of the framework's own types that are texts and never null."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a declaration, such as `Route("/v1/Chat", "GET,POST")`.

    `arguments` are names and values. An argument without a name is positional; with `is_positional`, most languages
    leave out the names.
    """

    name: str
    arguments: tuple[tuple[str, str | int | bool], ...] = ()
    is_positional: bool = False

    def text(self, equals: str = "=", quote: str = "\\") -> str:
        """`ApiMember(Description="Roles", IsRequired=true)`; only the name if there are no arguments.

        `quote` is put before each quotation mark in a text.
        """
        if not self.arguments:
            return self.name
        said = (
            _literal(value, quote) if self.is_positional or not name else f"{name}{equals}{_literal(value, quote)}"
            for name, value in self.arguments
        )
        return f"{self.name}({', '.join(said)})"

    @property
    def comment(self) -> str:
        """`@ApiMember(...)` as languages without attributes write it, in a comment."""
        return f"@{self.text()}()" if self.name == "Flags" else f"@{self.text()}"


@dataclass(frozen=True, slots=True)
class TypeMember:
    """One member of a type. `wire_name` is its name in JSON, `initial` its first value if that is a number.

    `description` is empty if there is none or the options leave it out. `begins_empty` says that a list or map is first
    empty, not null. That is so if the options say it, or if the member is required.
    """

    declared: Property
    wire_name: str
    description: str
    is_required: bool
    begins_empty: bool
    attributes: tuple[Attribute, ...] = ()
    contract_attribute: Attribute | None = None
    initial: int | None = None

    @property
    def all_attributes(self) -> tuple[Attribute, ...]:
        """The attributes for the member's documentation, and its attribute in a data contract."""
        return (*self.attributes, *((self.contract_attribute,) if self.contract_attribute else ()))

    @property
    def name(self) -> str:
        """The attributes as they were declared."""
        return self.declared.name

    @property
    def type(self) -> TypeRef:
        return self.declared.type

    @property
    def may_be_absent(self) -> bool:
        """Whether the value may be missing: the type is nullable, and nothing requires a value."""
        return self.type.nullable and (self.type.is_value_type or not self.is_required)


@dataclass(frozen=True, eq=False)
class Type:
    """A class or an enumeration to print. `values` are an enumeration's; `contract_attribute` is a data contract's.

    `operation` is set for a request whose routes are printed too. `returns` is its response, and `verb` is the verb
    that clients use.
    """

    cls: type[Any]
    name: str
    namespace: str
    role: TypeRole
    description: str = ""
    attributes: tuple[Attribute, ...] = ()
    contract_attribute: Attribute | None = None
    members: tuple[TypeMember, ...] = ()
    base: type[Any] | None = None
    values: tuple[tuple[str, int], ...] = ()
    operation: Operation | None = None
    verb: str = "POST"

    @property
    def is_data_contract(self) -> bool:
        return self.contract_attribute is not None

    @property
    def all_attributes(self) -> tuple[Attribute, ...]:
        """All attributes, with the routes first and the data contract last."""
        return (*self.routes, *self.attributes, *((self.contract_attribute,) if self.contract_attribute else ()))

    @property
    def routes(self) -> tuple[Attribute, ...]:
        if self.operation is None:
            return ()
        return tuple(_route(route.path, ",".join(route.verbs)) for route in self.operation.routes)

    @property
    def is_enum(self) -> bool:
        return issubclass(self.cls, enum.Enum)

    @property
    def is_flags(self) -> bool:
        """Whether it is an enumeration whose values are sent as numbers."""
        return issubclass(self.cls, enum.Flag)

    @property
    def is_numbered(self) -> bool:
        """Whether the values of an enumeration must be printed, because they do not count up from zero."""
        return self.is_flags or [value for _, value in self.values] != list(range(len(self.values)))

    @property
    def is_framework(self) -> bool:
        """Whether clients' libraries already contain the type."""
        return self.namespace == FRAMEWORK

    @property
    def returns(self) -> TypeRef | None:
        return None if self.operation is None else self.operation.response

    @cached_property
    def mentioned(self) -> tuple[type[Any], ...]:
        """The classes that the type needs: its response, its base, then those of its members."""
        needed = [] if self.returns is None else list(classes_in(self.returns))
        needed += [] if self.base is None else [self.base]
        needed += [cls for member in self.members for cls in classes_in(member.type)]
        return tuple(dict.fromkeys(needed))


@dataclass(frozen=True)
class Model:
    """The types to print, each once. `requests` and `responses` are in the order of the operations. Of the other
    `types`, those nearer to an operation come first. A type that is both a request and a response is in both.

    `framework` are the types of clients' libraries that the others mention.
    """

    requests: Sequence[Type]
    responses: Sequence[Type]
    types: Sequence[Type]
    framework: Sequence[Type] = ()

    @cached_property
    def by_role(self) -> Sequence[Type]:
        """All types: requests, responses, then the others."""
        seen = dict.fromkeys((*self.requests, *self.responses, *self.types))
        return tuple(seen)

    @cached_property
    def by_name(self) -> Sequence[Type]:
        """All types, sorted by namespace, then by name."""
        return sorted(self.by_role, key=lambda type_: (type_.namespace, type_.name))

    @cached_property
    def by_class(self) -> Mapping[type[Any], Type]:
        return {type_.cls: type_ for type_ in (*self.framework, *self.by_role)}

    @cached_property
    def namespaces(self) -> Sequence[str]:
        """Those of the types, in the order in which the metadata mentions them."""
        return tuple(dict.fromkeys(type_.namespace for type_ in (*self.types, *self.by_role)))

    def dependencies_first(self, *, with_framework: bool = False) -> Sequence[Type]:
        """Each type after the types it mentions. `with_framework` includes those of clients' libraries."""
        found: dict[type[Any], Type | None] = {}

        def add(type_: Type) -> None:
            if type_.cls in found:
                return
            # Added first, so that types which mention each other come to an end.
            found[type_.cls] = None
            for cls in type_.mentioned:
                if cls in self.by_class:
                    add(self.by_class[cls])
            del found[type_.cls]
            found[type_.cls] = type_

        for type_ in (*self.types, *self.responses, *self.requests):
            add(type_)
        return [type_ for type_ in found.values() if type_ and (with_framework or not type_.is_framework)]


def model_of(api: ApiDescription, options: Options) -> Model:
    """The types of the operations that `options` include."""
    model = _Reader(api, options).read(api.operations)
    wanted = chosen(model.by_role, options)
    return Model(
        [type_ for type_ in model.requests if type_.cls in wanted],
        [type_ for type_ in model.responses if type_.cls in wanted],
        [type_ for type_ in model.types if type_.cls in wanted],
        model.framework,
    )


def model_of_operation(api: ApiDescription, operation: Operation, options: Options) -> Model:
    """The types that the page of an operation shows as code, without routes and responses."""
    return _Reader(api, options, tells_operations=False).read([operation])


def classes_in(type_: TypeRef) -> Iterator[type[Any]]:
    """The DTOs and enumerations that a member's type contains."""
    for inner in (type_.key, type_.item):
        if inner is not None:
            yield from classes_in(inner)
    if type_.python is not None:
        yield type_.python


def actions_of(api: ApiDescription, operation: Operation) -> Sequence[str]:
    """The verbs with a handler of their own. Only `ANY` if one handler answers all."""
    endpoints = api.endpoints[operation]
    handlers = {id(endpoint.handler) for endpoint in endpoints.values()}
    if len(handlers) == 1 and "POST" in endpoints and "DELETE" in endpoints:
        return ("ANY",)
    return [verb for verb in endpoints if verb not in ("HEAD", "OPTIONS")]


def client_verb(api: ApiDescription, operation: Operation) -> str:
    """The verb that clients send the operation with.

    It is that of the first route with only one verb. Otherwise it is the first with a handler of its own, or POST.
    """
    alone = next((route.verbs[0] for route in operation.routes if len(route.verbs) == 1), None)
    first = actions_of(api, operation)[0]
    return alone or (first if first != "ANY" else "POST")


@dataclass
class _Reader:
    """Makes types from operations and the DTOs in them."""

    api: ApiDescription
    options: Options
    tells_operations: bool = True

    def read(self, operations: Sequence[Operation]) -> Model:
        requests = {operation.request.cls: self._request(operation) for operation in operations}
        responses: dict[type[Any], Type] = {}
        near: list[tuple[type[Any], str]] = []
        for operation in operations:
            request = requests[operation.request.cls]
            near += [(cls, request.namespace) for member in request.members for cls in classes_in(member.type)]
            if request.base is not None:
                near.append((request.base, request.namespace))
            answer = operation.response
            if answer is not None and answer.kind == "dto":
                cls = answer.python
                response = requests.get(cls) or responses.get(cls) or self._type(cls, "response", "")
                responses[cls] = response
                near += [(each, response.namespace) for each in response.mentioned]
            elif answer is not None:
                near += [(each, request.namespace) for each in classes_in(answer)]
        others = list(self._others(near, {*requests, *responses}))
        return Model(
            list(requests.values()),
            [type_ for type_ in responses.values() if not type_.is_framework],
            [type_ for type_ in others if not type_.is_framework],
            [type_ for type_ in (*responses.values(), *others) if type_.is_framework],
        )

    def _others(self, near: Iterable[tuple[type[Any], str]], known: set[type[Any]]) -> Iterator[Type]:
        """The types that others mention, each once, level by level."""
        level = list(near)
        while level:
            found = []
            for cls, namespace in level:
                if cls not in known:
                    known.add(cls)
                    found.append(self._type(cls, "type", namespace))
            yield from found
            level = [(cls, type_.namespace) for type_ in found for cls in type_.mentioned]

    def _request(self, operation: Operation) -> Type:
        type_ = self._type(operation.request.cls, "request", "")
        if not self.tells_operations:
            return type_
        return dataclasses.replace(type_, operation=operation, verb=client_verb(self.api, operation))

    def _type(self, cls: type[Any], role: TypeRole, near: str) -> Type:
        """The type of a class. `near` is the namespace of the class that mentions it, which an enumeration shares."""
        text = _description(cls)
        if issubclass(cls, enum.Enum):
            return Type(
                cls,
                cls.__name__,
                marks_of(cls).get("namespace", near),
                role,
                description=self._shown(text),
                attributes=(Attribute("Flags"),) if issubclass(cls, enum.Flag) else (),
                values=tuple((name, member.value) for name, member in cls.__members__.items()),
            )
        dto = dto_type(cast(Any, cls))
        is_contract = dto.is_data_contract or self.options.flag("AddDataContractAttributes")
        answers = marks_of(cls).get("answers", ())
        return Type(
            cls,
            dto.name,
            dto.namespace,
            role,
            description=self._shown(text),
            attributes=tuple(Attribute("ApiResponse", (("Description", said),)) for said in answers),
            contract_attribute=_contract(dto) if is_contract else None,
            members=tuple(self._members(dto, role, is_contract=is_contract)),
            base=dto.base,
        )

    def _shown(self, text: str) -> str:
        return text if self.options.flag("AddDescriptionAsComments") else ""

    def _members(self, dto: DtoType, role: TypeRole, *, is_contract: bool) -> Iterator[TypeMember]:
        own = list(dto.own_properties)
        version = self.options.text("AddImplicitVersion")
        if role == "request" and version:
            own.insert(0, _VERSION)
        if role == "response" and self.options.flag("AddResponseStatus") and dto.status_property is None:
            own.append(_STATUS)
        for number, property_ in enumerate(own, 1):
            contract = _data_member(property_, number if self._numbers(dto) else None) if is_contract else None
            yield self._member(dto, property_, contract, int(version) if property_ is _VERSION else None)

    def _numbers(self, dto: DtoType) -> bool:
        return self.options.flag("AddIndexesToDataMembers") and not dto.is_data_contract

    def _member(self, dto: DtoType, property_: Property, contract: Attribute | None, initial: int | None) -> TypeMember:
        is_reference = not property_.type.is_value_type
        never_null = dto.namespace == FRAMEWORK and property_.name in _NEVER_NULL.get(dto.name, ())
        is_required = property_.is_required or never_null or (is_reference and not property_.type.nullable)
        return TypeMember(
            property_,
            description=self._shown(property_.description or ""),
            wire_name=property_.alias or self._cased(property_.name),
            is_required=is_required,
            begins_empty=property_.type.kind in ("list", "map")
            and (is_required or self.options.flag("InitializeCollections")),
            attributes=_api_member(property_),
            contract_attribute=contract,
            initial=initial,
        )

    def _cased(self, name: str) -> str:
        return {"camel": camel, "snake": snake}.get(self.api.profile.name_case, str)(name)


_VERSION = Property("version", "Version", TypeRef("int"), int)
_STATUS = Property(
    "response_status", "ResponseStatus", TypeRef("dto", nullable=True, python=ResponseStatus), lambda: None
)


def _description(cls: type[Any]) -> str:
    """The class's own docstring. Empty for the framework's types, which clients' libraries document."""
    if marks_of(cls).get("namespace") == FRAMEWORK:
        return ""
    text = (cls.__dict__.get("__doc__") or "").strip()
    return "" if text.startswith(f"{cls.__name__}(") else inspect.cleandoc(text)


def _route(path: str, verbs: str) -> Attribute:
    arguments = (("Path", path), ("Verbs", verbs)) if verbs else (("Path", path),)
    return Attribute("Route", arguments, is_positional=True)


def _contract(dto: DtoType) -> Attribute:
    declared: str | None = marks_of(dto.cls).get("data_contract")
    if not declared or dto.namespace == FRAMEWORK:
        return Attribute("DataContract")
    return Attribute("DataContract", (("Namespace", declared),))


def _data_member(property_: Property, number: int | None) -> Attribute:
    order = property_.order if property_.order is not None else number
    said = (("Name", property_.alias), ("Order", order))
    return Attribute("DataMember", tuple((name, value) for name, value in said if value is not None))


def _api_member(property_: Property) -> tuple[Attribute, ...]:
    arguments = (
        ("DataType", property_.data_type),
        ("Description", property_.description),
        ("IsRequired", property_.is_required),
        ("Name", property_.documented_name),
        ("ParameterType", property_.parameter_type),
    )
    said = tuple((name, value) for name, value in arguments if value)
    return (Attribute("ApiMember", said),) if said else ()


def _literal(value: str | int | bool, quote: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    plain = " ".join(value.split())
    return '"' + (plain.replace("\\", "\\\\") if quote == "\\" else plain).replace('"', f'{quote}"') + '"'
