"""Data-contract XML into DTOs.

Elements are matched by name and namespace, in any order; the first of several counts, others are ignored. A
value has the one spelling XML Schema gives it. There is no document type, no processing instruction.
"""

from collections.abc import Callable
from datetime import UTC, timedelta, timezone
from typing import Any, NoReturn
from xml.parsers import expat

from parlour.contract import times, values
from parlour.contract.codecs import MAX_DEPTH, MAX_NODES, BodyError, Reader
from parlour.contract.codecs.contracts import (
    ARRAYS,
    INSTANCE,
    SYSTEM,
    contract_name,
    contract_namespace,
    pair_name,
)
from parlour.contract.codecs.loose import MAX_MISFITS, Misfit, shown
from parlour.contract.metadata import DtoType, TypeRef


class Element:
    """One element: `name` is namespace, line feed, local name; `pieces` are of its text."""

    __slots__ = ("children", "is_nil", "name", "pieces")

    def __init__(self, name: str, *, is_nil: bool) -> None:
        self.name = name
        self.is_nil = is_nil
        self.children: list[Element] = []
        self.pieces: list[str] = []

    @property
    def local_name(self) -> str:
        return self.name.rpartition("\n")[2]

    def text(self) -> str:
        """The text of an element that may hold nothing else. Raises ValueError when it does."""
        if self.children:
            raise ValueError(f"<{self.children[0].local_name}>")
        return "".join(self.pieces)

    def inner(self) -> list["Element"]:
        """The elements of one that may hold nothing else. Raises ValueError when it holds text."""
        if self.pieces and (text := "".join(self.pieces).strip()):
            raise ValueError(text)
        return self.children


Converter = Callable[[Element], Any]


def document_reader(type_: TypeRef) -> Reader:
    """Reads a body whose root has to be the element of the type, a DTO or a list of one kind of DTO."""
    name, namespace = contract_name(type_), contract_namespace(type_)
    root_name = f"{namespace}\n{name}"
    convert = _Converters().of(type_)
    empty = type_.dto.cls if type_.kind == "dto" else list

    def read(body: bytes) -> Any:
        if not body.strip():
            return empty()
        root = parse(body)
        if root.name != root_name:
            raise BodyError(_wrong_root(name, namespace, root))
        if root.is_nil:
            return empty()
        try:
            return convert(root)
        except ValueError as error:
            misfits = error.wrong if isinstance(error, Misfit) else [(name, _said(root))]
            wrong = "; ".join(f"'{shown(value)}' is an Invalid value for '{path}'" for path, value in misfits)
            raise BodyError(f"{wrong}.") from None

    return read


def parse(body: bytes) -> Element:
    """The root element. Raises BodyError for what is no XML, or has a document type, or is too deep."""
    parser = expat.ParserCreate(namespace_separator="\n")
    parser.buffer_text = True
    parser.ordered_attributes = True
    document = Element("", is_nil=False)
    open_elements = [document]
    left = MAX_NODES

    def start(name: str, attributes: list[str]) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise BodyError(f"The XML has more than {MAX_NODES:,} elements.")
        if len(open_elements) > MAX_DEPTH:
            raise BodyError(f"The XML is nested deeper than {MAX_DEPTH} levels.")
        element = Element(name, is_nil=attributes != [] and _is_nil(attributes))
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_name: str) -> None:
        open_elements.pop()

    def characters(text: str) -> None:
        open_elements[-1].pieces.append(text)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = _refuse
    parser.ProcessingInstructionHandler = _refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages[error.code]
        raise BodyError(f"Error in line {error.lineno} position {error.offset + 1}. {reason}.") from None
    except (LookupError, ValueError) as error:
        raise BodyError(f"The encoding of the XML is not supported: {error}.") from None
    return document.children[0]


def _refuse(*_: Any) -> NoReturn:
    raise BodyError("Processing instructions (other than the XML declaration) and DTDs are not supported.")


def _is_nil(attributes: list[str]) -> bool:
    named = dict(zip(attributes[::2], attributes[1::2], strict=True))
    return named.get(f"{INSTANCE}\nnil", "").strip() in ("true", "1")


def _wrong_root(name: str, namespace: str, root: Element) -> str:
    found_namespace, _, found_name = root.name.rpartition("\n")
    return (
        f"Error in line 1 position 1. Expecting element '{name}' from namespace '{namespace}'. "
        f"Encountered 'Element' with name '{shown(found_name)}', namespace '{shown(found_namespace)}'."
    )


class _Converters:
    """Gives each type its function from an element that is not nil to a value, which raises ValueError."""

    def __init__(self) -> None:
        self._dtos: dict[Any, Converter] = {}

    def of_dto(self, dto: DtoType) -> Converter:
        if dto not in self._dtos:
            # Standing in while the real one is made: a DTO may hold its own kind.
            self._dtos[dto] = lambda element: self._dtos[dto](element)
            self._dtos[dto] = self._dto_converter(dto)
        return self._dtos[dto]

    def of(self, type_: TypeRef) -> Converter:
        match type_.kind:
            case "dto":
                return self.of_dto(type_.dto)
            case "list":
                return self._list_converter(type_)
            case "map":
                return self._map_converter(type_)
            case "offset":
                return _offset
        read = values.xml_parser(type_)
        return lambda element: read(element.text())

    def _dto_converter(self, dto: DtoType) -> Converter:
        members = {
            f"{dto.xml_namespace}\n{member.wire_name}": (
                member.attribute,
                member.name,
                self.of(member.type),
                member.type,
            )
            for member in dto.properties
        }

        def convert(element: Element) -> Any:
            found: dict[str, Any] = {}
            misfits: list[tuple[str, Any]] = []
            for child in element.inner():
                member = members.get(child.name)
                if member is None or member[0] in found:
                    continue
                attribute, name, read, type_ = member
                try:
                    if not child.is_nil:
                        found[attribute] = read(child)
                    elif type_.nullable:
                        found[attribute] = None
                    elif type_.is_value_type:
                        raise ValueError(name)
                except ValueError as error:
                    misfits += _under(name, error, child)
                    found[attribute] = None
            if misfits:
                raise Misfit(misfits)
            return dto.cls(**found)

        return convert

    def _list_converter(self, type_: TypeRef) -> Converter:
        item = type_.item
        assert item is not None
        item_name = f"{contract_namespace(item)}\n{contract_name(item)}"
        read = self.of(item)
        takes_nil = item.nullable

        def convert(element: Element) -> list[Any]:
            found: list[Any] = []
            misfits: list[tuple[str, Any]] = []
            for child in element.inner():
                if child.name != item_name:
                    continue
                try:
                    found.append(_read_item(child, read, takes_nil=takes_nil))
                except ValueError as error:
                    misfits += _under(f"[{len(found)}]", error, child)
                    found.append(None)
                    if len(misfits) >= MAX_MISFITS:
                        break
            if misfits:
                raise Misfit(misfits)
            return found

        return convert

    def _map_converter(self, type_: TypeRef) -> Converter:
        assert type_.key is not None and type_.item is not None
        pair, key_name, value_name = (f"{ARRAYS}\n{name}" for name in (pair_name(type_), "Key", "Value"))
        read_key, read_value = self.of(type_.key), self.of(type_.item)
        takes_nil = type_.item.nullable

        def convert(element: Element) -> dict[Any, Any]:
            found: dict[Any, Any] = {}
            for child in element.inner():
                # Where types of different namespaces meet, writers put a digest after the name.
                if not child.name.startswith(pair):
                    continue
                parts = {part.name: part for part in child.inner()}
                if key_name not in parts or value_name not in parts:
                    raise ValueError(child.local_name)
                value = parts[value_name]
                if value.is_nil and not takes_nil:
                    continue
                found[read_key(parts[key_name])] = _read_item(value, read_value, takes_nil=takes_nil)
            return found

        return convert


def _read_item(element: Element, read: Converter, *, takes_nil: bool) -> Any:
    if not element.is_nil:
        return read(element)
    if not takes_nil:
        raise ValueError("An item is nil.")
    return None


def _offset(element: Element) -> Any:
    parts = {part.name: part for part in element.inner()}
    instant, minutes = parts.get(f"{SYSTEM}\nDateTime"), parts.get(f"{SYSTEM}\nOffsetMinutes")
    if instant is None or minutes is None:
        raise ValueError(element.local_name)
    utc = times.xml_date_time(instant.text().strip())
    offset = timezone(timedelta(minutes=values.integer(minutes.text(), "short")))
    try:
        return utc.replace(tzinfo=utc.tzinfo or UTC).astimezone(offset)
    except OverflowError as error:
        raise ValueError(utc) from error


def _under(name: str, error: ValueError, element: Element) -> list[tuple[str, Any]]:
    if not isinstance(error, Misfit):
        return [(name, _said(element))]
    return [(f"{name}{path}" if path.startswith("[") else f"{name}.{path}", wrong) for path, wrong in error.wrong]


def _said(element: Element) -> str:
    """What a wrong element holds, as its error repeats it."""
    if element.is_nil:
        return "nil"
    text = "".join(element.pieces)
    return f"<{element.children[0].local_name}>" if element.children and not text.strip() else text
