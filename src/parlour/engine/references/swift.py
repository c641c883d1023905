"""`/types/swift`: classes for the Swift client library `ServiceStack`."""

from collections.abc import Iterator
from dataclasses import replace

from parlour.engine.dto.metadata import camel
from parlour.engine.references.language import Head, Language, Source
from parlour.engine.references.model import Type, TypeMember
from parlour.engine.references.options import Options
from parlour.engine.references.writing import TypeNames, documented, indented, spaced, words

NAMES = TypeNames(
    scalars={
        "string": "String",
        "guid": "String",
        "char": "String",
        "bool": "Bool",
        "int": "Int",
        "long": "Int",
        "short": "Int16",
        "byte": "UInt8",
        "double": "Double",
        "float": "Float",
        "decimal": "Double",
        "datetime": "Date",
        "offset": "Date",
        "span": "TimeInterval",
        "bytes": "[UInt8]",
        "any": "String",
    },
    list="[{item}]",
    map="[{key}:{item}]",
    nullable="{}?",
)

IMPORTS = "Foundation,ServiceStack"

TAKEN = words(
    "as associatedtype break case catch class continue default defer deinit do else enum extension fallthrough false "
    "fileprivate for func guard if import in init inout internal is let nil open operator private precedencegroup "
    "protocol public repeat rethrows return self static struct subscript super switch throw throws true try typealias "
    "var where while"
)


def code(source: Source) -> str:
    return "\n".join(_lines(source))


def _lines(source: Source) -> Iterator[str]:
    yield from (f"import {name}" for name in source.options.names("DefaultImports"))
    for type_ in source.model.by_role:
        yield ""
        yield from documented(type_.description, type_.all_attributes)
        yield from _enum(type_) if type_.is_enum else _class(type_, source)
    yield from ("", "", "")


def _enum(type_: Type) -> Iterator[str]:
    yield f"public enum {type_.name} : {'Int' if type_.is_flags else 'String'}, Codable"
    yield "{"
    for name, value in type_.values:
        yield f"    case {_escaped(name)}{f' = {value}' if type_.is_flags else ''}"
    yield "}"


def _class(type_: Type, source: Source) -> Iterator[str]:
    options = source.options
    names = replace(NAMES, strings=frozenset(options.names("TreatTypesAsStrings")))
    base = type_.base.__name__ if type_.base else options.text("BaseClass")
    bases = [base] if base else []
    if type_.operation is not None:
        bases.append("IReturnVoid" if type_.returns is None else "IReturn")
    if type_.base is None:
        bases.append("Codable")
    yield f"public class {type_.name} : {', '.join(bases)}"
    yield "{"
    if type_.returns is not None:
        yield f"    public typealias Return = {names.of(type_.returns)}"
        yield ""
    members = [
        (documented(each.description, each.all_attributes), [_member(each, options, names)]) for each in type_.members
    ]
    yield from indented(spaced(members))
    if type_.members:
        yield ""
    if type_.base is None:
        yield "    required public init(){}"
    else:
        yield from indented(_inheriting(type_, options, names))
    yield "}"


def _member(member: TypeMember, options: Options, names: TypeNames) -> str:
    wrapper = "@TimeSpan " if member.type.kind == "span" else ""
    begin = _begin(member)
    end = "?" if _is_optional(member, options) else f" = {begin}" if begin else ""
    return f"{wrapper}public var {_name(member)}:{names.of(member.type)}{end}"


def _begin(member: TypeMember) -> str:
    """The first value of a member; empty if it has none."""
    if member.begins_empty:
        return "[:]" if member.type.kind == "map" else "[]"
    return "" if member.initial is None else str(member.initial)


def _is_optional(member: TypeMember, options: Options) -> bool:
    return not _begin(member) and (options.flag("MakePropertiesOptional") or member.may_be_absent)


def _inheriting(type_: Type, options: Options, names: TypeNames) -> Iterator[str]:
    """The reading and writing of a class with a base. Swift does not write these for the members that it adds."""
    yield "required public init(){ super.init() }"
    if not type_.members:
        yield ""
        yield "required public init(from decoder: Decoder) throws { try super.init(from: decoder) }"
        return
    yield from ("", "private enum CodingKeys : String, CodingKey", "{")
    yield from (f"    case {_name(member)}" for member in type_.members)
    yield from ("}", "", "required public init(from decoder: Decoder) throws", "{")
    yield "    try super.init(from: decoder)"
    yield "    let container = try decoder.container(keyedBy: CodingKeys.self)"
    for member in type_.members:
        begin = _begin(member)
        read = "decodeIfPresent" if begin or _is_optional(member, options) else "decode"
        value = f"try container.{read}({names.of(member.type)}.self, forKey: .{_name(member)})"
        yield f"    {_name(member)} = {value}{f' ?? {begin}' if begin else ''}"
    yield from ("}", "", "public override func encode(to encoder: Encoder) throws", "{")
    yield "    try super.encode(to: encoder)"
    yield "    var container = encoder.container(keyedBy: CodingKeys.self)"
    for member in type_.members:
        write = "encodeIfPresent" if _is_optional(member, options) else "encode"
        yield f"    try container.{write}({_name(member)}, forKey: .{_name(member)})"
    yield "}"


def _name(member: TypeMember) -> str:
    """The member's name in JSON. It is in camel case here, whatever the API's case is."""
    return _escaped(member.declared.alias or camel(member.name))


def _escaped(name: str) -> str:
    return f"`{name}`" if name in TAKEN else name


LANGUAGE = Language(
    path="swift",
    title="Swift",
    code=code,
    head=Head(extra=["SwiftVersion: 6.0"]),
    options=(
        "BaseClass", "AddModelExtensions", "AddServiceStackTypes", "MakePropertiesOptional", "IncludeTypes",
        "ExcludeTypes", "ExcludeGenericBaseTypes", "AddResponseStatus", "AddImplicitVersion",
        "AddDescriptionAsComments", "InitializeCollections", "TreatTypesAsStrings", "DefaultImports",
    ),
    defaults={"MakePropertiesOptional": "True", "DefaultImports": IMPORTS},
)  # fmt: skip
