"""The types of DTOs as JSON Schema (2020-12), exactly as an application's JSON writes and reads them.

Written and read DTOs have different schemas: an answer always has members that a request may leave out.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from parlour.engine.codecs import Profile
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.codecs.text_writing import member_name
from parlour.engine.dto.metadata import DtoType, FilesMember, Kind, Property, TypeRef
from parlour.engine.dto.scalars import INTEGER_RANGES, MAX_DECIMAL
from parlour.engine.rules.constraints import constraints, is_required
from parlour.engine.rules.rules import Inside

Schema = dict[str, Any]
Direction = Literal["written", "read"]

_INTEGER_FORMATS: Mapping[Kind, str] = {"int": "int32", "long": "int64", "short": "int16", "byte": "uint8"}

_GUID = {"N": "^[0-9a-f]{32}$", "D": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
_ANY_GUID = "^([0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"

_FILE: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
_INCLUSIVE: Mapping[str, str] = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}

_MILLISECONDS: Schema = {"type": "string", "pattern": r"^/Date\(-?[0-9]+([+-][0-9]{4})?\)/$"}
_DATES: Mapping[str, Schema] = {
    "iso": {"type": "string", "format": "date-time"},
    "milliseconds": _MILLISECONDS,
    "unix seconds": {"type": "integer"},
    "unix milliseconds": {"type": "integer"},
    "rfc 1123": {"type": "string"},
}
_SPANS: Mapping[str, Schema] = {
    "duration": {"type": "string", "pattern": r"^-?P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?$"},
    "clock": {"type": "string", "pattern": r"^-?([0-9]+\.)?[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?$"},
}


class Schemas:
    """The schemas of one application. `components` holds those of its DTOs by name, once they were asked for.

    A DTO that is both written and read has two: `Chat`, and `ChatInput` for reading. `answered` are the types of all
    answers, so that it is known which are written.
    """

    def __init__(self, profile: Profile, answered: Iterable[TypeRef]) -> None:
        self.components: dict[str, Schema] = {}
        self._profile = profile
        self._codec = JsonCodec(profile)
        self._names: dict[tuple[type[Any], Direction], str] = {}
        for type_ in answered:
            self.of(type_, "written")

    def of(self, type_: TypeRef, direction: Direction) -> Schema:
        """The schema of a type. It includes null if the type is nullable."""
        schema = self._plain(type_, direction)
        return _or_null(schema) if type_.nullable else schema

    def name(self, member: Property) -> str:
        """A member's name in JSON."""
        return member_name(self._profile, member)

    def read_members(self, members: Sequence[Property], verb: str = "") -> Schema:
        """An object with the members of a request for the verb, with their rules."""
        schemas, required = {}, []
        for member in members:
            schemas[self.name(member)] = self.read_member(member, verb)
            if is_required(member, verb=verb):
                required.append(self.name(member))
        return _object(schemas, required)

    def read_member(self, member: Property, verb: str = "") -> Schema:
        """The schema of a member in a request for the verb. Null is allowed if it means the same as leaving it out."""
        schema = self.given_member(member, verb)
        if is_required(member, verb=verb):
            return schema
        return (_or_null(schema) if member.type.nullable else schema) | self._assumed(member)

    def given_member(self, member: Property, verb: str = "") -> Schema:
        """The schema of a member that must have a value, as in a path."""
        schema = self._limited(member.type, constraints(member, verb=verb))
        for inside in (rule for rule in member.rules if isinstance(rule, Inside)):
            schema = self._limited_inside(member, inside, schema, verb)
        return _described(schema, member)

    def text_member(self, member: Property, verb: str = "") -> Schema:
        """The schema of a member in a query or form, where nested values are JSV text."""
        schema = self.given_member(member, verb)
        if is_plain(member.type):
            return schema if is_required(member, verb=verb) else schema | self._assumed(member)
        return _described({"type": "string", "contentMediaType": "application/jsv", "contentSchema": schema}, member)

    def form_members(self, members: Sequence[Property], verb: str = "", *, files: FilesMember | None = None) -> Schema:
        """Like `read_members`, for a form, where null members are left out. `files` are the files it may have."""
        schemas = {self.name(member): self.text_member(member, verb) for member in members}
        if files is not None:
            text = f"Files, in fields of any name. {files.limit}"
            schemas[files.attribute] = {"type": "array", "items": _FILE, "description": text}
        return _object(schemas, [self.name(member) for member in members if is_required(member, verb=verb)])

    def json(self, value: Any, type_: TypeRef) -> Any:
        """A value of the type as it is written in JSON."""
        return msgspec.json.decode(self._codec.writer(type_)(value))

    def _plain(self, type_: TypeRef, direction: Direction) -> Schema:
        match type_.kind:
            case "dto":
                return {"$ref": f"#/components/schemas/{self._component(type_, direction)}"}
            case "list":
                assert type_.item is not None
                return {"type": "array", "items": self._item(type_.item, direction)}
            case "map":
                assert type_.item is not None
                item = type_.item
                # Nulls are left out of answers, and accepted in requests.
                schema = self.of(item, direction) if direction == "read" else self._plain(item, direction)
                return {"type": "object", "additionalProperties": schema}
        return _scalar(type_, self._profile, direction)

    def _item(self, item: TypeRef, direction: Direction) -> Schema:
        if direction == "written" and item.kind == "dto" and item.nullable:
            # A null in a list of DTOs is written as an empty object.
            return {"anyOf": [self._plain(item, direction), {"type": "object", "maxProperties": 0}]}
        return self.of(item, direction)

    def _component(self, type_: TypeRef, direction: Direction) -> str:
        key = (type_.python, direction)
        if key not in self._names:
            name = self._names[key] = self._free_name(type_.dto, direction)
            self.components[name] = {}
            self.components[name] = self._written(type_.dto) if direction == "written" else self._read(type_.dto)
        return self._names[key]

    def _free_name(self, dto: DtoType, direction: Direction) -> str:
        is_written = (dto.cls, "written") in self._names
        suffix = "Input" if direction == "read" and is_written else ""
        name = f"{dto.name}{suffix}"
        return f"{dto.namespace}.{name}" if name in self.components else name

    def _written(self, dto: DtoType) -> Schema:
        schemas, required = {}, []
        for member in dto.properties:
            is_told = member.type.nullable and self._profile.nulls == "written"
            schema = self.of(member.type, "written") if is_told else self._plain(member.type, "written")
            schemas[self.name(member)] = _described(schema, member)
            if is_told or self._is_always_written(member.type):
                required.append(self.name(member))
        return _object(schemas, required)

    def _read(self, dto: DtoType) -> Schema:
        return self.read_members(dto.properties)

    def _is_always_written(self, type_: TypeRef) -> bool:
        profile = self._profile
        if type_.nullable or (type_.is_value_type and profile.defaults == "omitted"):
            return False
        if type_.kind in ("enum", "flags"):
            return profile.zero_enums == "written"
        return not (type_.kind == "guid" and profile.guid_format == "D" and profile.nulls == "omitted")

    def _assumed(self, member: Property) -> Schema:
        """The default of a member, if it differs from the default of its type."""
        value = member.default_factory()
        # A default that changes every time, such as a new guid, cannot be described.
        if value == member.type.default or value != member.default_factory():
            return {}
        return {"default": self.json(value, member.type)}

    def _limited(self, type_: TypeRef, limits: Mapping[str, Any]) -> Schema:
        """The schema of a type that is read, narrowed by rules, without null."""
        # The limits of a rule are within those of the type, and replace them.
        taken = {_INCLUSIVE[word] for word in limits.keys() & _INCLUSIVE.keys()}
        kept = {word: said for word, said in self._plain(type_, "read").items() if word not in taken}
        return kept | {word: self._in_json(limit, type_) for word, limit in limits.items()}

    def _in_json(self, limit: Any, type_: TypeRef) -> Any:
        """A limit whose values are as in JSON."""
        if isinstance(limit, Mapping):
            return {key: self._in_json(value, type_) for key, value in limit.items()}
        if isinstance(limit, list):
            return [self._in_json(each, type_) for each in limit]
        is_word = isinstance(limit, str) and type_.kind == "string"
        return limit if limit is None or is_word or type(limit) is int else self.json(limit, type_)

    def _limited_inside(self, member: Property, inside: Inside, schema: Schema, verb: str) -> Schema:
        held = member.type.dto.by_name[inside.member.lower()]
        limits = self._limited(held.type, constraints(held, inside.rules, verb=verb))
        needed = [self.name(held)] if is_required(held, inside.rules, verb=verb) else []
        return {"allOf": [schema, _object({self.name(held): limits}, needed)]}


def is_plain(type_: TypeRef) -> bool:
    """Whether a value of the type is plain text in a query or form: a scalar, or scalars separated by commas."""
    if type_.kind == "list":
        assert type_.item is not None
        return type_.item.kind not in ("dto", "map", "list")
    return type_.kind not in ("dto", "map")


def _scalar(type_: TypeRef, profile: Profile, direction: Direction) -> Schema:
    match type_.kind:
        case "guid" if direction == "written":
            return {"type": "string", "pattern": _GUID[profile.guid_format]}
        case "guid":
            return {"type": "string", "pattern": _ANY_GUID}
        case "bool":
            return {"type": "boolean"}
        case "int" | "long" | "short" | "byte":
            lowest, highest = INTEGER_RANGES[type_.kind]
            format_ = _INTEGER_FORMATS[type_.kind]
            return {"type": "integer", "format": format_, "minimum": lowest, "maximum": highest}
        case "double" | "float":
            return {"type": "number", "format": type_.kind}
        case "decimal":
            return {"type": "number", "format": "decimal", "minimum": -MAX_DECIMAL, "maximum": MAX_DECIMAL}
        case "char":
            return {"type": "string", "minLength": 1, "maxLength": 1}
        case "datetime" | "offset":
            return dict(_DATES[profile.dates])
        case "span":
            return dict(_SPANS[profile.spans])
        case "bytes":
            return {"type": "string", "contentEncoding": "base64"}
        case "enum":
            names = list(type_.python.__members__)
            numbers = [member.value for member in type_.python]
            return {"type": "string", "enum": names} if profile.enums == "names" else {"enum": numbers}
        case "flags":
            named = ", ".join(f"{name} {member.value}" for name, member in type_.python.__members__.items())
            return {"type": "integer", "description": f"The sum of: {named}."}
        case "string":
            return {"type": "string"}
    return {}


def _object(members: Mapping[str, Schema], required: list[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": dict(members)}
    return {**schema, "required": required} if required else schema


def _or_null(schema: Schema) -> Schema:
    if isinstance(schema.get("type"), str) and "enum" not in schema and "const" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]} if schema else {}


def _described(schema: Schema, member: Property) -> Schema:
    said = [text for text in (member.description, schema.get("description")) if text]
    return {**schema, "description": " ".join(said)} if said else schema
