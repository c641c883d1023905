"""The fast way from JSON to a DTO, for bodies as typed clients write them: exact names of members, exact values.

msgspec decodes into a twin of the DTO, and a compiled function turns the twin into the DTO. The twin refuses everything
else that clients may send: names in another case, unknown members, numbers as text. `tolerant.py` then reads the body,
and describes what is wrong with it.
"""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from parlour.engine.codecs import MAX_NODES
from parlour.engine.dto import scalars as values
from parlour.engine.dto import times
from parlour.engine.dto.generated import NEW, generated, making
from parlour.engine.dto.metadata import DtoType, Kind, Property, TypeRef, camel

REFUSALS = (msgspec.MsgspecError, ValueError, KeyError)
"""Raised by the functions of `typed_reader` for a body that they cannot read."""

_TYPES: dict[Kind, Any] = {
    "string": str,
    "guid": str,
    "bool": bool,
    "datetime": str,
    "enum": str,
    **{
        kind: Annotated[int, msgspec.Meta(ge=lowest, le=highest)]
        for kind, (lowest, highest) in values.INTEGER_RANGES.items()
    },
}


def typed_reader(dto: DtoType) -> Callable[[bytes], Any] | None:
    """Reads a body into a new DTO, or raises one of REFUSALS. None for a DTO without a twin.

    A DTO has no twin if it contains its own kind, or members whose text the decoder would change (fractions, durations,
    maps).
    """
    if not _has_twin(dto, ()):
        return None
    as_camel, as_declared = _reader(dto, camel), _reader(dto, str)

    def read(body: bytes) -> Any:
        if body.count(b"{") + body.count(b"[") > MAX_NODES:
            raise ValueError
        return as_declared(body) if body[2:3].isupper() else as_camel(body)

    return read


def _has_twin(dto: DtoType, around: tuple[DtoType, ...]) -> bool:
    return dto not in around and all(
        _is_exact(member.type, (*around, dto)) and _has_plain_default(member) for member in dto.properties
    )


def _is_exact(type_: TypeRef, around: tuple[DtoType, ...]) -> bool:
    if type_.kind == "list":
        assert type_.item is not None
        return _is_exact(type_.item, around)
    return type_.kind in _TYPES or (type_.kind == "dto" and _has_twin(type_.dto, around))


def _has_plain_default(member: Property) -> bool:
    """Whether the default in the twin can be the same as in the DTO."""
    return member.type.kind not in ("dto", "list") or not member.default_factory()


def _default(member: Property) -> Any:
    """The default in the twin. A constant one is not made anew for each body."""
    make = member.default_factory
    return make() if member.has_constant_default else msgspec.field(default_factory=make)


def _reader(dto: DtoType, spelt: Callable[[str], str]) -> Callable[[bytes], Any]:
    twins = _Twins(spelt)
    twin, make = twins.of(dto)
    decode = msgspec.json.Decoder(twin).decode
    return lambda body: make(decode(body))


class _Twins:
    """Makes twins with one spelling of members' names, each with its function from twin to DTO.

    The functions are compiled from source that holds only names made here from declarations. Calling a function for
    each member would cost more than the decoding.
    """

    def __init__(self, spelt: Callable[[str], str]) -> None:
        self._spelt = spelt
        self._made: dict[DtoType, tuple[Any, Callable[[Any], Any]]] = {}
        self._scope: dict[str, Any] = {
            **NEW,
            "_is_plain_guid": values.is_plain_guid,
            "_guid": values.guid,
            "_datetime": times.date_time,
        }

    def of(self, dto: DtoType) -> tuple[Any, Callable[[Any], Any]]:
        if dto not in self._made:
            self._made[dto] = self._twin(dto), self._function(dto)
        return self._made[dto]

    def _twin(self, dto: DtoType) -> Any:
        fields = [(m.attribute, self._type(m.type), _default(m)) for m in dto.properties]
        names = {m.attribute: m.alias or self._spelt(m.name) for m in dto.properties}
        return msgspec.defstruct(dto.name, fields, rename=names, forbid_unknown_fields=True, kw_only=True, gc=False)

    def _type(self, type_: TypeRef) -> Any:
        found = self._present_type(type_)
        return found | None if type_.nullable else found

    def _present_type(self, type_: TypeRef) -> Any:
        if type_.kind == "list":
            assert type_.item is not None
            return list.__class_getitem__(self._type(type_.item))
        return self.of(type_.dto)[0] if type_.kind == "dto" else _TYPES[type_.kind]

    def _function(self, dto: DtoType) -> Callable[[Any], Any]:
        values = {m.attribute: self._value(m.type, f"t.{m.attribute}") for m in dto.properties}
        lines = ["def make(t):", *making(dto.cls, self._named(dto.cls), values), "return made\n"]
        return generated("\n    ".join(lines), f"json twin of {dto.name}", self._scope)

    def _value(self, type_: TypeRef, twin: str) -> str:
        """An expression for a DTO's value, made from `twin`, the expression for the twin's."""
        value = self._present(type_, twin)
        return f"(None if {twin} is None else {value})" if type_.nullable and value != twin else value

    def _present(self, type_: TypeRef, twin: str) -> str:
        match type_.kind:
            case "guid":
                return f"({twin} if _is_plain_guid({twin}) else _guid({twin}))"
            case "datetime":
                # The default is already a time.
                return f"(_datetime({twin}) if {twin}.__class__ is str else {twin})"
            case "enum":
                members = type_.python.__members__
                return f"{self._named({**members, **{member: member for member in members.values()}})}[{twin}]"
            case "dto":
                return f"{self._named(self.of(type_.dto)[1])}({twin})"
            case "list":
                assert type_.item is not None
                item = self._value(type_.item, "i")
                return twin if item == "i" else f"[{item} for i in {twin}]"
        return twin

    def _named(self, thing: Any) -> str:
        """The name by which the source refers to an object."""
        name = f"_x{len(self._scope)}"
        self._scope[name] = thing
        return name
