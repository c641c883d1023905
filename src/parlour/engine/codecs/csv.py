"""CSV: a line of names, then a line for each row, all ending with CR LF. Nested values are JSV in their cell.

The rules are those of docs/wire/rows.md#csv.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

from parlour.engine.codecs import MAX_NODES, Codec, Profile, Reader, Writer, refuse_longer
from parlour.engine.codecs.csv_typed import typed_reader
from parlour.engine.codecs.jsv import JsvCodec
from parlour.engine.codecs.on_request import ProfiledCodec
from parlour.engine.codecs.rows import rows_writer
from parlour.engine.codecs.tolerant import body_reader
from parlour.engine.codecs.usual_shape import first_quickly
from parlour.engine.dto.errors import BodyError
from parlour.engine.dto.metadata import DtoType, TypeRef

Write = Callable[[Any], str]

# The kinds whose text may need quotes.
_QUOTED_KINDS = frozenset({"string", "char", "any", "list", "map", "dto"})
# Separators that some programs use where a comma is the decimal sign. Names of members never contain these.
_IS_SEPARATED_OTHERWISE = re.compile(r"[;\t|]").search
_NEEDS_QUOTES = re.compile(r'^[\[{]|[",\r\n]').search


class CsvCodec(ProfiledCodec):
    """CSV whose values are those of `jsv`. Columns have the declared names, whatever the profile.

    Text is written unchanged: a spreadsheet decides itself what `=1+1` means.
    """

    name = "csv"
    media_type = "text/csv"
    reads = ("text/csv", "application/csv")
    content_type = "text/csv"
    writes_rows = True

    def __init__(self, jsv: JsvCodec) -> None:
        super().__init__(jsv.profile)
        self._source = jsv.source
        self._spellings = jsv.spellings
        self._readers: dict[tuple[TypeRef, int], Reader] = {}
        self._writers: dict[TypeRef, Writer] = {}

    def in_profile(self, profile: Profile) -> Codec:
        return CsvCodec(JsvCodec(profile))

    def headers(self, operation: str) -> Sequence[tuple[str, str]]:
        """The file name for browsers that save an answer."""
        return (("Content-Disposition", f'attachment;filename="{operation}.csv"'),)

    def reader(self, type_: TypeRef, most_items: int = MAX_NODES) -> Reader:
        """One DTO is the only row under the names; a list has all rows. An empty cell is not given."""
        key = (type_, most_items)
        if key not in self._readers:
            self._readers[key] = self._reader(type_, most_items)
        return self._readers[key]

    def writer(self, type_: TypeRef) -> Writer:
        if type_ not in self._writers:
            write = rows_writer(type_, self._text_writer, "")
            self._writers[type_] = lambda value: write(value).encode("utf-8", "replace")
        return self._writers[type_]

    def _reader(self, type_: TypeRef, most_items: int) -> Reader:
        if type_.kind != "dto":
            return body_reader(type_, partial(_all_rows, most_items), self._spellings)
        read = body_reader(type_, _only_row, self._spellings)
        return first_quickly(lambda: typed_reader(type_.dto, self.profile, _header(type_.dto)), read)

    def _text_writer(self, type_: TypeRef) -> Write:
        match type_.kind:
            case "dto":
                header, write_row = _header(type_.dto), self._row_writer(type_.dto)
                return lambda value: header + write_row(value)
            case "list":
                assert type_.item is not None
                return self._lines_writer(type_.item)
            case "map":
                assert type_.item is not None
                write_map = self._maps_writer(type_.item, in_order=lambda keys: keys)
                return lambda value: write_map([value])
        write_cell = self._cell_writer(type_)
        return lambda value: f"{write_cell(value)}\r\n"

    def _lines_writer(self, item: TypeRef) -> Write:
        """The lines of a list, under a line of names if its items have names."""
        match item.kind:
            case "dto":
                header, write_row = _header(item.dto), self._row_writer(item.dto)
                return lambda rows: header + "".join([write_row(row) for row in rows if row is not None])
            case "map":
                assert item.item is not None
                return self._maps_writer(item.item, in_order=sorted)
        write_cell = self._cell_writer(item)
        return lambda rows: "".join([f"{write_cell(row)}\r\n" for row in rows if row is not None])

    def _maps_writer(self, item: TypeRef, *, in_order: Callable[[Sequence[Any]], Sequence[Any]]) -> Write:
        """Maps as rows, under the keys of all of them."""
        write_cell = self._cell_writer(item)

        def write_row(row: Mapping[Any, Any], keys: Sequence[Any]) -> str:
            return ",".join(["" if row.get(key) is None else write_cell(row[key]) for key in keys]) + "\r\n"

        def write(maps: Sequence[Mapping[Any, Any] | None]) -> str:
            rows = [row for row in maps if row is not None]
            keys = in_order(list(dict.fromkeys(key for row in rows for key in row)))
            return (
                ",".join([cell_text(str(key)) for key in keys]) + "\r\n" + "".join(write_row(row, keys) for row in rows)
            )

        return write

    def _row_writer(self, dto: DtoType) -> Write:
        """One f-string, compiled like the members of JSV."""
        lines: list[str] = []
        parts: list[str] = []
        for number, member in enumerate(dto.properties):
            if not member.type.nullable:
                parts.append(self._cell(member.type, f"v.{member.attribute}"))
                continue
            local = f"m{number}"
            lines.append(f"{local} = v.{member.attribute}")
            lines.append(f"{local} = '' if {local} is None else f'{self._cell(member.type, local)}'")
            parts.append(f"{{{local}}}")
        return self._source.compiled(lines, f"f'{','.join(parts)}\\r\\n'", f"row of {dto.name}")

    def _cell(self, type_: TypeRef, value: str) -> str:
        """The part of an f-string in single quotes that writes the expression `value`, which is not None."""
        if type_.kind not in _QUOTED_KINDS:
            return self._source.value(type_, value)
        return f"{{{self._source.named(self._cell_writer(type_))}({value})}}"

    def _cell_writer(self, type_: TypeRef) -> Write:
        if type_.kind in ("string", "char"):
            return cell_text
        write = self._source.value_writer(type_)
        return lambda value: cell_text(write(value))


def cell_text(text: str) -> str:
    """Text as a cell, in quotes if a reader could misunderstand it."""
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES(text) else text


def _header(dto: DtoType) -> str:
    return ",".join([cell_text(member.wire_name) for member in dto.properties]) + "\r\n"


def _only_row(body: bytes) -> Any:
    rows = _trees(body)
    row = next(rows, {})
    if next(rows, None) is not None:
        raise BodyError("One request is one row of CSV below the column names, and this body has more.")
    return row


def _all_rows(most: int, body: bytes) -> Any:
    rows = list(islice(_trees(body), min(most, MAX_NODES) + 1))
    if len(rows) > MAX_NODES:
        raise BodyError(f"The CSV has more than {MAX_NODES:,} rows.")
    refuse_longer(len(rows), most)
    return rows


def _trees(body: bytes) -> Iterator[dict[str, str]]:
    """The rows under the names. Raises BodyError if this is not CSV, or its columns are not between commas."""
    try:
        lines = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        rows = (row for row in lines if row)
        names = next(rows, [])
        if any(map(_IS_SEPARATED_OTHERWISE, names)):
            raise BodyError("Commas must separate the columns of CSV.")
        if len({name.lower() for name in names if name}) < sum(map(bool, names)):
            raise BodyError("Two columns of the CSV have the same name.")
        for row in rows:
            if any(row[len(names) :]) or any(cell for name, cell in zip(names, row, strict=False) if not name):
                raise BodyError("A row of the CSV has more cells than there are names.")
            yield {name: cell for name, cell in zip(names, row, strict=False) if cell}
    except UnicodeDecodeError:
        raise BodyError("The CSV is not valid UTF-8.") from None
    except csv.Error as error:
        raise BodyError(f"{error}.") from None
