"""`/types/kotlin`: classes for the client library `net.servicestack`."""

from collections.abc import Iterator
from dataclasses import replace

from parlour.engine.references import java
from parlour.engine.references.language import Language, Source
from parlour.engine.references.model import Type, TypeMember
from parlour.engine.references.writing import TypeNames, block_comment, indented, spaced, words

NAMES = replace(
    java.NAMES, scalars={**java.NAMES.scalars, "int": "Int", "bytes": "ByteArray", "any": "Any"}, nullable="{}?"
)

TAKEN = java.TAKEN | words(
    "actual annotation as companion crossinline data expect external fun in infix inline inner internal is lateinit "
    "noinline null object open operator out override reified sealed suspend tailrec typealias typeof val var vararg "
    "when"
)


def code(source: Source) -> str:
    options = source.options
    classes = [line for type_ in source.model.by_role for line in _type(type_, source)]
    package = [f"package {options.text('Package')}", ""] if options.text("Package") else []
    wanted = options.names("DefaultImports") or java.imports_for("\n".join(classes)).split(",")
    return "\n".join([*package, *(f"import {name}" for name in wanted), "", *classes, ""])


def _type(type_: Type, source: Source) -> Iterator[str]:
    yield ""
    yield from block_comment(type_.description)
    yield from java.annotations(type_.all_attributes)
    yield from _enum(type_) if type_.is_enum else _class(type_, source)


def _enum(type_: Type) -> Iterator[str]:
    yield f"enum class {type_.name}{'(val value:Int)' if type_.is_flags else ''}"
    yield "{"
    for name, value in type_.values:
        yield f'    @SerializedName("{value}") {name}({value}),' if type_.is_flags else f"    {name},"
    yield "}"


def _class(type_: Type, source: Source) -> Iterator[str]:
    names = java.names_of(source.options, NAMES)
    bases = [f"{type_.base.__name__}()"] if type_.base else []
    if type_.operation is not None:
        bases.append("IReturnVoid" if type_.returns is None else f"IReturn<{names.of(type_.returns)}>")
    yield f"open class {type_.name}{' : ' if bases else ''}{', '.join(bases)}"
    yield "{"
    yield from indented(spaced((java.head_of(member), [_member(member, source, names)]) for member in type_.members))
    if type_.returns is not None:
        name = names.of(type_.returns)
        value = f"{name}::class.java" if type_.returns.item is None else f"object : TypeToken<{name}>(){{}}.type"
        yield f"    companion object {{ private val responseType = {value} }}"
        yield f"    override fun getResponseType(): Any? = {type_.name}.responseType"
    yield "}"


def _member(member: TypeMember, source: Source, names: TypeNames) -> str:
    name, prefix = java.field_of(member, source.profile, TAKEN)
    type_ = names.of(member.type)
    if member.begins_empty:
        value = f"{type_} = {type_}()"
    else:
        value = f"{type_}? = {'null' if member.initial is None else member.initial}"
    return f"{prefix}open var {name}:{value}"


LANGUAGE = Language(
    path="kotlin",
    title="Kotlin",
    code=code,
    options=(
        "Package", "AddServiceStackTypes", "AddResponseStatus", "AddImplicitVersion", "AddDescriptionAsComments",
        "IncludeTypes", "ExcludeTypes", "InitializeCollections", "TreatTypesAsStrings", "DefaultImports",
    ),
    defaults_of=lambda code: {"DefaultImports": java.imports_for(code)},
)  # fmt: skip
