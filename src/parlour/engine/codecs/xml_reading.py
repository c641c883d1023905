"""From data-contract XML to DTOs.

Elements are matched by name and namespace, in any order. Of several with one name the first counts; unknown ones are
ignored. A value has only the spelling of XML Schema. Document types and processing instructions are not allowed.
"""

from collections.abc import Callable
from datetime import UTC, timedelta, timezone
from typing import Any

from parlour.engine.codecs import Reader, refuse_longer
from parlour.engine.codecs.contracts import (
    ARRAYS,
    SYSTEM,
    contract_name,
    contract_namespace,
    pair_name,
)
from parlour.engine.codecs.tolerant import ConversionError, ConversionErrors, hiding_secrets, shown
from parlour.engine.codecs.xml_parsing import (
    NIL,
    TYPE,
    Element,
    is_nil,
    items_of,
    local_name,
    parse,
    qualified,
    text_of,
)
from parlour.engine.dto import scalars as values
from parlour.engine.dto import times
from parlour.engine.dto.errors import BodyError, unlisted_text
from parlour.engine.dto.metadata import DtoType, TypeRef, holds_secret

Converter = Callable[[Element], Any]


def document_reader(type_: TypeRef, most_items: int) -> Reader:
    """Reads a body whose root must be the element of the type: a DTO, or a list of one kind of DTO."""
    name, namespace = contract_name(type_), contract_namespace(type_)
    root_name = qualified(namespace, name)
    convert = _Converters().of(type_)
    empty = type_.dto.cls if type_.kind == "dto" else list

    def read(body: bytes) -> Any:
        if not body.strip():
            return empty()
        root = parse(body)
        if root.tag != root_name:
            raise BodyError(_wrong_root(name, namespace, root))
        if is_nil(root):
            return empty()
        if type_.kind == "list":
            refuse_longer(len(root), most_items)
        try:
            return convert(root)
        except ValueError as error:
            conversion_error = (
                error if isinstance(error, ConversionError) else ConversionError([(name, _said(root))], 0)
            )
            errors = "; ".join(
                f"'{shown(value)}' is an Invalid value for '{path}'" for path, value in conversion_error.errors
            )
            more = f" {unlisted_text(conversion_error.unlisted)}" if conversion_error.unlisted else ""
            raise BodyError(f"{errors}.{more}") from None

    return read


def _wrong_root(name: str, namespace: str, root: Element) -> str:
    found_namespace, _, found_name = root.tag.removeprefix("{").rpartition("}")
    return (
        f"Error in line 1 position 1. Expecting element '{name}' from namespace '{namespace}'. "
        f"Encountered 'Element' with name '{shown(found_name)}', namespace '{shown(found_namespace)}'."
    )


class _Converters:
    """Makes a function for each type, from an element that is not nil to a value. It raises ValueError."""

    def __init__(self) -> None:
        self._dtos: dict[Any, Converter] = {}

    def of_dto(self, dto: DtoType) -> Converter:
        if dto not in self._dtos:
            # A placeholder while the real one is made, because a DTO may contain its own kind.
            self._dtos[dto] = lambda element: self._dtos[dto](element)
            self._dtos[dto] = self._dto_converter(dto)
        return self._dtos[dto]

    def of(self, type_: TypeRef) -> Converter:
        return hiding_secrets(self._of(type_)) if holds_secret(type_) else self._of(type_)

    def _of(self, type_: TypeRef) -> Converter:
        match type_.kind:
            case "dto":
                return self.of_dto(type_.dto)
            case "list":
                return self._list_converter(type_)
            case "map":
                return self._map_converter(type_)
            case "offset":
                return _offset
        return _scalar_converter(values.xml_parser(type_))

    def _dto_converter(self, dto: DtoType) -> Converter:
        members = {
            qualified(dto.xml_namespace, member.wire_name): (
                member.attribute,
                member.name,
                hiding_secrets(self.of(member.type), hides_all=True) if member.is_secret else self.of(member.type),
                member.type,
            )
            for member in dto.properties
        }

        def convert(element: Element) -> Any:
            type_name = element.get(TYPE)
            if type_name is not None and type_name.strip().rpartition(":")[2] != dto.name:
                # The members of another type are not known here, so they would be lost.
                raise BodyError(f"'{shown(type_name)}' is not a type that can stand for '{dto.name}'.")
            found: dict[str, Any] = {}
            conversion_errors = ConversionErrors()
            for child in items_of(element):
                member = members.get(child.tag)
                if member is None or member[0] in found:
                    continue
                attribute, name, read, type_ = member
                try:
                    if child.get(NIL) is None or not is_nil(child):
                        found[attribute] = read(child)
                    elif type_.nullable:
                        found[attribute] = None
                    elif type_.is_value_type:
                        raise ValueError(name)
                except ValueError as error:
                    conversion_errors.add(name, error, _errors(error, child))
                    found[attribute] = None
            conversion_errors.refuse()
            return dto.cls(**found)

        return convert

    def _list_converter(self, type_: TypeRef) -> Converter:
        item = type_.item
        assert item is not None
        item_name = qualified(contract_namespace(item), contract_name(item))
        read = self.of(item)
        takes_nil = item.nullable

        def convert(element: Element) -> list[Any]:
            found: list[Any] = []
            conversion_errors = ConversionErrors()
            for child in items_of(element):
                if child.tag != item_name:
                    continue
                try:
                    found.append(_read_item(child, read, takes_nil=takes_nil))
                except ValueError as error:
                    conversion_errors.add(f"[{len(found)}]", error, _errors(error, child))
                    if conversion_errors.are_too_many:
                        break
                    found.append(None)
            conversion_errors.refuse()
            return found

        return convert

    def _map_converter(self, type_: TypeRef) -> Converter:
        assert type_.key is not None and type_.item is not None
        pair, key_name, value_name = (qualified(ARRAYS, name) for name in (pair_name(type_), "Key", "Value"))
        read_key, read_value = self.of(type_.key), self.of(type_.item)
        takes_nil = type_.item.nullable
        skips_nil = not takes_nil and not type_.item.is_value_type

        def convert(element: Element) -> dict[Any, Any]:
            found: dict[Any, Any] = {}
            for child in items_of(element):
                # Where types of different namespaces meet, some writers add a digest to the name.
                if not child.tag.startswith(pair):
                    continue
                parts = {part.tag: part for part in items_of(child)}
                if key_name not in parts or value_name not in parts:
                    raise ValueError(local_name(child))
                key, value = _read_item(parts[key_name], read_key, takes_nil=False), parts[value_name]
                if key in found:
                    raise ValueError(key)
                if not (skips_nil and is_nil(value)):
                    found[key] = _read_item(value, read_value, takes_nil=takes_nil)
            return found

        return convert


def _scalar_converter(parse: values.Parser) -> Converter:
    def convert(element: Element) -> Any:
        # The same as `text_of`, but without a call for most elements.
        return parse(text_of(element) if len(element) else element.text or "")

    return convert


def _read_item(element: Element, read: Converter, *, takes_nil: bool) -> Any:
    if not is_nil(element):
        return read(element)
    if not takes_nil:
        raise ValueError("An item is nil.")
    return None


def _offset(element: Element) -> Any:
    parts = {part.tag: part for part in items_of(element)}
    instant, minutes = parts.get(qualified(SYSTEM, "DateTime")), parts.get(qualified(SYSTEM, "OffsetMinutes"))
    if instant is None or minutes is None:
        raise ValueError(local_name(element))
    utc = times.xml_date_time(text_of(instant))
    offset = timezone(timedelta(minutes=values.integer(text_of(minutes), "short")))
    try:
        return times.within_offsets(utc.replace(tzinfo=utc.tzinfo or UTC).astimezone(offset))
    except OverflowError as error:
        raise ValueError(utc) from error


def _errors(error: ValueError, element: Element) -> str:
    """The wrong text of an element, unless the error is inside it."""
    return "" if isinstance(error, ConversionError) else _said(element)


def _said(element: Element) -> str:
    """The content of a wrong element, as its error shows it."""
    if is_nil(element):
        return "nil"
    text = (element.text or "") + "".join(child.tail or "" for child in element)
    return f"<{local_name(element[0])}>" if len(element) and not text.strip() else text
