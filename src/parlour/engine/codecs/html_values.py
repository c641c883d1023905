"""Values as HTML for people: DTOs and lists as tables, dates as people write them. All text is escaped."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from parlour.engine.dto import scalars
from parlour.engine.dto.declare import EMPTY_GUID, MIN_DATETIME
from parlour.engine.dto.metadata import Property, TypeRef

Shown = Callable[[Any], str]

NONE = '<span class="none">none</span>'

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class HtmlSource:
    """Compiles a function for each type that shows its values. A DTO may contain its own kind."""

    def __init__(self) -> None:
        self._by_type: dict[TypeRef, Shown] = {}

    def shown(self, type_: TypeRef) -> Shown:
        """A function from a value, which may be None, to HTML."""
        if type_ not in self._by_type:
            # A placeholder while the real one is compiled.
            self._by_type[type_] = lambda value: self._by_type[type_](value)
            show = self._present(type_)
            self._by_type[type_] = lambda value: NONE if value is None else show(value)
        return self._by_type[type_]

    def _present(self, type_: TypeRef) -> Shown:
        match type_.kind:
            case "dto":
                return self._members(type_)
            case "list":
                assert type_.item is not None
                return self._rows(type_.item) if _is_row(type_.item) else self._items(type_.item)
            case "map":
                return self._entries(type_)
            case "enum":
                return lambda value: escape(value.name)
            case "flags":
                return lambda value: escape(scalars.flags_text(value)) or NONE
        return _SCALARS.get(type_.kind, lambda value: escape(str(value)))

    def _members(self, type_: TypeRef) -> Shown:
        """A table of two columns, with a row for each member. A status that says nothing is left out."""
        status = type_.dto.status_property
        rows = [(_head(member, "row"), member.attribute, self.shown(member.type)) for member in type_.dto.properties]
        without = None if status is None else status.attribute

        def show(value: Any) -> str:
            cells = "".join(
                f"<tr>{head}<td>{show_member(getattr(value, attribute))}</td></tr>"
                for head, attribute, show_member in rows
                if attribute != without or getattr(value, attribute) is not None
            )
            return f"<table>{cells}</table>" if cells else NONE

        return show

    def _rows(self, item: TypeRef) -> Shown:
        """A table with a row for each item and a column for each member."""
        members = [(member.attribute, self.shown(member.type)) for member in item.dto.properties]
        heads = "".join(_head(member, "col") for member in item.dto.properties)
        blank = f'<td colspan="{max(len(members), 1)}">{NONE}</td>'

        def row(value: Any) -> str:
            if value is None:
                return f"<tr>{blank}</tr>"
            return f"<tr>{''.join(f'<td>{show(getattr(value, attribute))}</td>' for attribute, show in members)}</tr>"

        def show(found: Any) -> str:
            rows = "".join(map(row, found))
            return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>" if rows else NONE

        return show

    def _items(self, item: TypeRef) -> Shown:
        show_item = self.shown(item)
        opening = '<ul class="items">' if item.kind == "dto" else "<ul>"

        def show(found: Any) -> str:
            items = "".join(f"<li>{show_item(value)}</li>" for value in found)
            return f"{opening}{items}</ul>" if items else NONE

        return show

    def _entries(self, type_: TypeRef) -> Shown:
        assert type_.key is not None and type_.item is not None
        show_key, show_value = self.shown(type_.key), self.shown(type_.item)

        def show(found: Any) -> str:
            rows = "".join(
                f'<tr><th scope="row">{show_key(key)}</th><td>{show_value(value)}</td></tr>'
                for key, value in found.items()
            )
            return f"<table>{rows}</table>" if rows else NONE

        return show


def _is_row(item: TypeRef) -> bool:
    """Whether items fit in the rows of a table: DTOs without tables inside."""
    return item.kind == "dto" and not any(member.type.kind in ("dto", "list", "map") for member in item.dto.properties)


def _head(member: Property, scope: str) -> str:
    return f'<th scope="{scope}">{escape(member.wire_name)}</th>'


def _text(value: str) -> str:
    return f'<span class="text">{escape(value)}</span>' if value else '<span class="none">empty</span>'


def _guid(value: str) -> str:
    return NONE if value == EMPTY_GUID else f"<code>{escape(value)}</code>"


def _date(value: datetime) -> str:
    """`2 Jan 2024, 03:04:05 UTC`, to the second. A time without a zone has none here, and the year 1 is not shown."""
    if value.replace(tzinfo=None) == MIN_DATETIME:
        return NONE
    offset = value.utcoffset()
    zone = "" if offset is None else " UTC" if not offset else f" {value.replace(microsecond=0).isoformat()[-6:]}"
    said = f"{value.day} {_MONTHS[value.month - 1]} {value.year}, {value:%H:%M:%S}{zone}"
    machine = value.astimezone(UTC).isoformat() if offset else value.isoformat()
    return f'<time datetime="{machine}">{said}</time>'


def _span(value: timedelta) -> str:
    """`2 days, 1:02:03.5`."""
    text = str(abs(value))
    return f"{'-' if value < timedelta() else ''}{text.rstrip('0') if '.' in text else text}"


def _octets(value: bytes) -> str:
    return f"<code>{scalars.base64_text(value)}</code>" if value else '<span class="none">empty</span>'


_SCALARS: dict[str, Shown] = {
    "string": _text,
    "char": lambda value: _text(value.replace("\0", "")),
    "guid": _guid,
    "bool": lambda value: "yes" if value else "no",
    **dict.fromkeys(scalars.INTEGER_RANGES, str),
    "double": scalars.double_text,
    "float": scalars.single_text,
    "decimal": scalars.decimal_text,
    "datetime": _date,
    "offset": _date,
    "span": _span,
    "bytes": _octets,
}
