"""`/types/dart`: classes for the Dart package `servicestack`, which convert themselves from and to JSON."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from parlour.engine.codecs import Profile
from parlour.engine.dto.metadata import TypeRef
from parlour.engine.references.language import Language, Source
from parlour.engine.references.model import Type, TypeMember
from parlour.engine.references.writing import TypeNames, capitalised, documented, indented, spaced, words

NAMES = TypeNames(
    scalars={
        "string": "String",
        "guid": "String",
        "char": "String",
        "bool": "bool",
        "int": "int",
        "long": "int",
        "short": "int",
        "byte": "int",
        "double": "double",
        "float": "double",
        "decimal": "double",
        "datetime": "DateTime",
        "offset": "DateTime",
        "span": "Duration",
        "bytes": "Uint8List",
        "any": "dynamic",
    },
    list="List<{item}>",
    map="Map<{key},{item}?>",
)

ZEROS = {"guid": '""', "char": '""'} | dict.fromkeys(
    ["int", "long", "short", "byte", "double", "float", "decimal"], "0"
)

EMPTY = {
    "String": '""',
    "bool": "false",
    "int": "0",
    "double": "0",
    "DateTime": "DateTime(0)",
    "Uint8List": "Uint8List(0)",
    "dynamic": "null",
}
"""Values of the types that cannot be made by a call without arguments."""

AS_THEY_ARE = ("string", "guid", "char", "bool", "int", "long", "short", "byte")
"""The types whose values in JSON are already as Dart needs them."""

NUMBERS = ("double", "float", "decimal")

TEXT_MAP = "Map<String,String?>"

KNOWN = {"List<String>", "List<int>", "List<double>", "List<bool>", TEXT_MAP}
"""Lists and maps that the client can convert without a declaration."""

TAKEN = words(
    "assert await bool break case catch class const continue default do double dynamic else enum extends false final "
    "finally for if in int is new null num rethrow return super switch this throw true try var void while with yield "
    "context fromMap toJson"
)

IMPORTS = "package:servicestack/servicestack.dart"


def code(source: Source) -> str:
    return "\n".join(_lines(source)) + "\n"


def _lines(source: Source) -> Iterator[str]:
    types = source.model.dependencies_first()
    context = _context(types)
    if source.options.text("GlobalNamespace"):
        yield f"library {source.options.text('GlobalNamespace')};"
    yield from (f"import '{name}';" for name in source.options.names("DefaultImports"))
    if NAMES.scalars["bytes"] in context:
        yield "import 'dart:typed_data';"
    for type_ in types:
        yield ""
        yield from documented(type_.description, () if type_.is_enum else type_.all_attributes)
        yield from _enum(type_) if type_.is_enum else _class(type_, source.profile)
    host = urlsplit(source.options.text("BaseUrl")).hostname or "localhost"
    yield ""
    yield f"TypeContext _ctx = TypeContext(library: '{host}', types: <String, TypeInfo> {{"
    yield from (f"    '{name}': {info}," for name, info in context.items())
    yield from ("});", "")


def _context(types: Sequence[Type]) -> Mapping[str, str]:
    """The declaration of every type that the client may have to convert."""
    info: dict[str, str] = {}
    for type_ in types:
        if type_.is_enum:
            info[type_.name] = f"TypeInfo(TypeOf.Enum, enumValues:{type_.name}.values)"
        else:
            info[type_.name] = f"TypeInfo(TypeOf.Class, create:() => {type_.name}())"
        mentioned = [member.type for member in type_.members] + ([type_.returns] if type_.returns else [])
        for each in mentioned:
            if (each.item is not None and NAMES.of(each) not in KNOWN) or each.kind == "bytes":
                info[NAMES.of(each)] = f"TypeInfo(TypeOf.Class, create:() => {_created(each)})"
    return info


def _created(type_: TypeRef) -> str:
    """An empty value of the type."""
    name = NAMES.of(type_)
    if type_.kind == "list":
        return name.removeprefix("List") + "[]"
    return EMPTY.get(name, f"{name}()")


def _enum(type_: Type) -> Iterator[str]:
    name, names = type_.name, [name for name, _ in type_.values]
    if not type_.is_flags:
        yield from (f"enum {name}", "{", *(f"    {each}," for each in names), "}")
        return
    yield from ("// @flags()", f"class {name}", "{")
    yield from (f"    static const {name} {each} = const {name}._({value});" for each, value in type_.values)
    yield from ("", "    final int _value;", f"    const {name}._(this._value);", "    int get value => _value;")
    yield f"    static List<{name}> get values => const [{','.join(names)}];"
    yield "}"


def _class(type_: Type, profile: Profile) -> Iterator[str]:
    yield f"class {type_.name}{f' extends {type_.base.__name__}' if type_.base else ''} implements {_interfaces(type_)}"
    yield "{"
    heads = (documented(member.description, member.all_attributes) for member in type_.members)
    fields = (_field(member) for member in type_.members)
    yield from indented(spaced((head, [field]) for head, field in zip(heads, fields, strict=True)))
    if type_.members:
        yield ""
    yield from indented(_functions(type_, profile))
    yield "}"


def _functions(type_: Type, profile: Profile) -> Iterator[str]:
    arguments = ",".join(_argument(member) for member in type_.members)
    yield f"{type_.name}({{{arguments}}});" if arguments else f"{type_.name}();"
    yield f"{type_.name}.fromJson(Map<String, dynamic> json) {{ fromMap(json); }}"
    yield from ("", "fromMap(Map<String, dynamic> json) {")
    if type_.base is not None:
        yield "    super.fromMap(json);"
    yield from (f"    {_name(member)} = {_read(member, profile)};" for member in type_.members)
    yield from ("    return this;", "}", "")
    opening, closing = ("{", "};") if type_.base is None else ("super.toJson()..addAll({", "});")
    written = [f"    '{member.wire_name}': {_write(member)}" for member in type_.members]
    yield f"Map<String, dynamic> toJson() => {opening}"
    yield from (f"{line}," for line in written[:-1])
    yield from (*written[-1:], closing, "")
    if type_.returns is not None:
        yield f"createResponse() => {_created(type_.returns)};"
        yield f'getResponseTypeName() => "{NAMES.of(type_.returns)}";'
    elif type_.operation is not None:
        yield "createResponse() {}"
    yield f'getTypeName() => "{type_.name}";'
    yield "TypeContext? context = _ctx;"


def _interfaces(type_: Type) -> str:
    if type_.operation is None:
        return "IConvertible"
    marker = "IReturnVoid" if type_.returns is None else f"IReturn<{NAMES.of(type_.returns)}>"
    return f"{marker}, IConvertible, I{type_.verb.capitalize()}"


def _default(member: TypeMember) -> str | None:
    """The first value of a field; None if it may be null."""
    kind = member.type.kind
    if member.begins_empty:
        return "{}" if kind == "map" else "[]"
    if member.initial is not None:
        return str(member.initial)
    if kind == "string" and member.is_required:
        return '""'
    return None if member.type.nullable else ZEROS.get(kind)


def _field(member: TypeMember) -> str:
    default, name = _default(member), _name(member)
    type_ = NAMES.of(member.type)
    return f"{type_}? {name};" if default is None else f"{type_} {name} = {default};"


def _argument(member: TypeMember) -> str:
    default = _default(member)
    const = "const " if member.begins_empty else ""
    return f"this.{_name(member)}" + ("" if default is None else f"={const}{default}")


def _read(member: TypeMember, profile: Profile) -> str:
    # By the declared name, even if the data contract has another, as recorded.
    type_, given = member.type, f"json['{profile.cased(member.name)}']"
    default = "DateTime(0)" if type_.kind in ("datetime", "offset") and not type_.nullable else _default(member)
    if NAMES.of(type_) == TEXT_MAP:
        read = f"JsonConverters.toStringMap({given})"
    elif type_.kind in NUMBERS:
        read = f"JsonConverters.toDouble({given})"
    elif type_.kind in AS_THEY_ARE:
        read = given
    else:
        read = f"JsonConverters.fromJson({given},'{NAMES.of(type_)}',context!)"
    return read if default is None else f"{read} ?? {default}"


def _write(member: TypeMember) -> str:
    type_, name = member.type, _name(member)
    if type_.kind in (*AS_THEY_ARE, *NUMBERS) or NAMES.of(type_) == TEXT_MAP:
        return name
    return f"JsonConverters.toJson({name},'{NAMES.of(type_)}',context!)"


def _name(member: TypeMember) -> str:
    return capitalised(member.wire_name) if member.wire_name in TAKEN else member.wire_name


LANGUAGE = Language(
    path="dart",
    title="Dart",
    code=code,
    options=(
        "GlobalNamespace", "AddServiceStackTypes", "AddResponseStatus", "AddImplicitVersion",
        "AddDescriptionAsComments", "IncludeTypes", "ExcludeTypes", "DefaultImports",
    ),
    defaults={"DefaultImports": IMPORTS},
)  # fmt: skip
