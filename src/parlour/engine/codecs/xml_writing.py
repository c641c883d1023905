"""Data-contract XML, built from strings."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from parlour.engine.codecs.contracts import (
    ARRAYS,
    INSTANCE,
    SERIALIZATION,
    SYSTEM,
    content_namespace,
    contract_name,
    contract_namespace,
    pair_name,
)
from parlour.engine.dto import scalars as values
from parlour.engine.dto import times
from parlour.engine.dto.generated import generated
from parlour.engine.dto.metadata import DtoType, Kind, TypeRef

Write = Callable[[Any], str]
Namespaces = tuple[tuple[str, str], ...]
"""The namespaces declared so far, each with what is put before a name: its prefix and a colon."""

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_NIL = ' i:nil="true" />'

# Besides markup: characters that XML 1.0 cannot contain, which become U+FFFD so that the document stays readable. Also
# the carriage return, which the framework's own writer drops before a line feed.
_SPECIAL = re.compile("[<>&\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|\r\n?")
_ESCAPES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "\r": "\n", "\r\n": "\n"}


def text(value: str) -> str:
    """`value` as character data."""
    if value.isprintable() and "<" not in value and "&" not in value and ">" not in value:
        return value
    return _SPECIAL.sub(lambda special: _ESCAPES.get(special[0], "\ufffd"), value)


def root_opening(name: str, namespace: str) -> str:
    """The beginning of a root element, up to the mark that ends its tag."""
    return f'<{name} xmlns:i="{INSTANCE}" xmlns="{_attribute(namespace)}"'


def declared(type_: TypeRef, depth: int, scope: Namespaces) -> tuple[str, Namespaces]:
    """Return the namespace declaration on an element at `depth` for its content, and the scope inside it.

    A prefix is numbered by the depth of the element that declares it. So the same namespace is d2p1 in one place and
    d5p1 in another. Clients compare it literally.
    """
    namespace = content_namespace(type_)
    if namespace is None or namespace in dict(scope):
        return "", scope
    prefix = f"d{depth}p1"
    return f' xmlns:{prefix}="{_attribute(namespace)}"', (*scope, (namespace, f"{prefix}:"))


def prefixed(namespace: str, name: str, scope: Namespaces) -> str:
    """The tag of an element of a namespace that was declared."""
    return dict(scope)[namespace] + name


class XmlSource:
    """Compiles writers from Python source.

    One f-string for all members of a DTO is several times faster than a loop over tables. Prefixes depend on the depth
    and on the declarations above, so a DTO has a writer for each place where it occurs. The source holds only names and
    literals made from declarations, never anything from a request.
    """

    def __init__(self) -> None:
        self._dtos: dict[tuple[Any, int, Namespaces], Write] = {}
        self._scalars: dict[Kind, Write] = {}
        self._being_compiled: list[Any] = []
        self._names: dict[str, Any] = {
            "_string": text,
            "_any": lambda value: text(str(value)),
            "_guid": values.guid_with_dashes,
            "_bool": ("false", "true"),
            "_char": ord,
            "_double": lambda value: values.xml_float_text(values.double_text(value)),
            "_float": lambda value: values.xml_float_text(values.single_text(value)),
            "_decimal": values.decimal_text,
            "_datetime": times.xml_date_time_text,
            "_span": times.time_span_text,
            "_bytes": values.base64_text,
            "_flags": values.flags_text,
        }

    def document_writer(self, type_: TypeRef) -> Write:
        """A function from a value, which may be None, to a whole document."""
        name = contract_name(type_)
        namespace = content_namespace(type_) or SERIALIZATION
        root = DECLARATION + root_opening(name, namespace)
        content = self._content_writer(type_, 1, ((namespace, ""),))
        return _element(root, name, content, keeps_empty=type_.kind not in ("list", "map", "dto"))

    def _content_writer(self, type_: TypeRef, depth: int, scope: Namespaces) -> Write:
        """A function from a value, which is never None, to the content of its element at `depth`."""
        match type_.kind:
            case "dto":
                return self._dto_writer(type_.python, depth, scope)
            case "list":
                assert type_.item is not None
                tag = prefixed(contract_namespace(type_.item), contract_name(type_.item), scope)
                return _joined(self._element_writer(type_.item, tag, depth + 1, scope))
            case "map":
                return self._map_writer(type_, depth, scope)
            case "offset":
                return _offset_writer(scope)
        if type_.kind not in self._scalars:
            source = f"    return f'{self._scalar(type_, 'v')}'"
            self._scalars[type_.kind] = self._compiled(source, type_.kind)
        return self._scalars[type_.kind]

    def _element_writer(self, type_: TypeRef, tag: str, depth: int, scope: Namespaces) -> Write:
        """A function from a value, which may be None, to its element."""
        declaration, scope = declared(type_, depth, scope)
        content = self._content_writer(type_, depth, scope)
        return _element(f"<{tag}{declaration}", tag, content, keeps_empty=type_.kind not in ("list", "map", "dto"))

    def _dto_writer(self, cls: Any, depth: int, scope: Namespaces) -> Write:
        place = (cls, depth, scope)
        if place not in self._dtos:
            if cls in self._being_compiled:
                # A DTO that contains its own kind would be compiled for ever deeper places. This writer is compiled
                # only when a value is really that deep.
                return lambda value: self._dto_writer(cls, depth, scope)(value)
            self._being_compiled.append(cls)
            try:
                dto = TypeRef("dto", python=cls).dto
                self._dtos[place] = self._compiled(self._dto_source(dto, depth, scope), dto.name)
            finally:
                self._being_compiled.pop()
        return self._dtos[place]

    def _dto_source(self, dto: DtoType, depth: int, scope: Namespaces) -> str:
        """A function that sets a variable for each text that may be null, then returns one f-string."""
        lines: list[str] = []
        parts: list[str] = []
        for number, member in enumerate(dto.xml_properties):
            tag = prefixed(dto.xml_namespace, member.wire_name, scope)
            value = f"v.{member.attribute}"
            if content_namespace(member.type):
                write = self._named(self._element_writer(member.type, tag, depth + 1, scope))
                parts.append(f"{{{write}({value})}}")
            elif member.type.nullable:
                local = f"m{number}"
                written = f"<{tag}>{self._scalar(member.type, local)}</{tag}>"
                lines.append(f"    {local} = {value}")
                lines.append(f"    {local} = '<{tag}{_NIL}' if {local} is None else f'{written}'")
                parts.append(f"{{{local}}}")
            else:
                parts.append(f"<{tag}>{self._scalar(member.type, value)}</{tag}>")
        return "\n".join([*lines, f"    return f'{''.join(parts)}'"])

    def _scalar(self, type_: TypeRef, value: str) -> str:
        """The part of an f-string in single quotes that writes the expression `value`, which is never None."""
        match type_.kind:
            case "int" | "long" | "short" | "byte":
                return f"{{{value}}}"
            case "bool":
                return f"{{_bool[{value}]}}"
            case "enum":
                return f"{{{value}._name_}}"
        return f"{{_{type_.kind}({value})}}"

    def _map_writer(self, type_: TypeRef, depth: int, scope: Namespaces) -> Write:
        assert type_.key is not None and type_.item is not None
        pair, key, value = (prefixed(ARRAYS, name, scope) for name in (pair_name(type_), "Key", "Value"))
        write_key = self._element_writer(type_.key, key, depth + 2, scope)
        write_value = self._element_writer(type_.item, value, depth + 2, scope)

        def write(items: Any) -> str:
            return "".join([f"<{pair}>{write_key(key)}{write_value(item)}</{pair}>" for key, item in items.items()])

        return write

    def _compiled(self, body: str, name: str) -> Write:
        return generated(f"def write(v):\n{body}\n", f"xml {name}", self._names)

    def _named(self, function: Write) -> str:
        name = f"_w{len(self._names)}"
        self._names[name] = function
        return name


def _element(opening: str, tag: str, content: Write, *, keeps_empty: bool) -> Write:
    """Only text keeps its two tags if it is empty. This distinguishes an empty text from an empty list."""
    nil, empty, closing = f"{opening}{_NIL}", f"{opening} />", f"</{tag}>"
    opening += ">"

    def write(value: Any) -> str:
        if value is None:
            return nil
        inner = content(value)
        return f"{opening}{inner}{closing}" if inner or keeps_empty else empty

    return write


def _joined(write: Write) -> Write:
    def write_all(items: Iterable[Any]) -> str:
        return "".join([write(item) for item in items])

    return write_all


def _offset_writer(scope: Namespaces) -> Write:
    instant, minutes = (prefixed(SYSTEM, name, scope) for name in ("DateTime", "OffsetMinutes"))

    def write(value: datetime) -> str:
        if value.tzinfo is None:
            value = value.replace(tzinfo=UTC)
        offset = value.utcoffset()
        assert offset is not None
        utc = times.xml_date_time_text(value)
        return f"<{instant}>{utc}</{instant}><{minutes}>{int(offset.total_seconds()) // 60}</{minutes}>"

    return write


def _attribute(value: str) -> str:
    return text(value).replace('"', "&quot;")
