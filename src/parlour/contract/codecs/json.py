"""JSON, in the variants by which applications of the field differ (`Profile`)."""

import json
import re
import sys
from codecs import BOM_UTF8
from collections.abc import Callable
from functools import lru_cache, partial
from json.encoder import encode_basestring
from typing import Any

import msgspec

from parlour.contract import times, values
from parlour.contract.codecs import MAX_DEPTH, MAX_NODES, BodyError, Profile, Reader, Writer
from parlour.contract.codecs.json_typed import REFUSALS, typed_reader
from parlour.contract.codecs.loose import Number, body_dto, body_reader
from parlour.contract.declare import EMPTY_GUID
from parlour.contract.metadata import DtoType, Property, TypeRef, camel
from parlour.contract.records import Listing, Records, Row

MAX_DIALECT = 64 * 1024
"""Longer bodies have to be JSON by the letter: reading dialects is slow, and nobody writes that much by hand."""

REMEMBERED_ROWS = 4096
"""Rows of each kind whose text is kept: what a busy hour's listings show, in some four megabytes."""

_decode = msgspec.json.Decoder(float_hook=Number).decode

_TOO_DEEP = f"The JSON is nested deeper than {MAX_DEPTH} levels."

_NEGATIVE_ZERO = re.compile(rb"[:\[,\s]-0[\s,\]}]").search
# What some clients write although JSON does not have it: other blanks, a comma before a closing bracket,
# and two escapes of JavaScript inside strings. The end of a string is optional so that the search passes over
# each character once, whatever is sent.
_DIALECT = re.compile(r'"(?:[^"\\]|\\.)*"?|[\u00a0\ufeff]|,(?=\s*[}\]])', re.DOTALL)
_SCRIPT_ESCAPE = re.compile(r"\\(?:(')|x([0-9a-fA-F]{2})|.)", re.DOTALL)
_QUOTE = '"'
_ESCAPED = re.compile(r"\\(?:u00([01][0-9a-f])|.)")


class JsonCodec:
    """JSON of one profile."""

    name = "json"
    media_type = "application/json"
    reads = ("application/json", "text/json")
    content_type = "application/json; charset=utf-8"

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._readers: dict[TypeRef, Reader] = {}
        self._writers: dict[TypeRef, Writer] = {}
        self._source = _WriterSource(profile)

    def reader(self, type_: TypeRef) -> Reader:
        if type_ not in self._readers:
            self._readers[type_] = _reader(type_)
        return self._readers[type_]

    def writer(self, type_: TypeRef) -> Writer:
        if type_ not in self._writers:
            self._writers[type_] = _writer(self._source.value_writer(type_))
        return self._writers[type_]


def _reader(type_: TypeRef) -> Reader:
    read = body_reader(type_, _parser(type_))
    read_typed = typed_reader(type_.dto) if type_.kind == "dto" else None
    if read_typed is None:
        return read

    def read_either_way(body: bytes) -> Any:
        try:
            return read_typed(body)
        except REFUSALS:
            return read(body)

    return read_either_way


def _parser(type_: TypeRef) -> Callable[[bytes], Any]:
    """Gives the tree of a body; None when it is blank or does not even begin as an object or list."""
    # The fast decoder reads -0 as the integer 0.
    minds_zero_sign = any(member.type.kind in ("double", "float") for member in body_dto(type_).properties)

    def parse(body: bytes) -> Any:
        try:
            has_zero_sign = minds_zero_sign and len(body) <= MAX_DIALECT and _NEGATIVE_ZERO(body)
            tree = _tolerantly(body) if has_zero_sign else _decode(body)
        except RecursionError:
            raise BodyError(_TOO_DEEP) from None
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            tree = _again(body, error)
        if body.count(b"{") + body.count(b"[") > MAX_DEPTH and isinstance(tree, dict | list):
            _check_size(tree)
        return tree

    return parse


def _again(body: bytes, error: Exception) -> Any:
    """The tree of a body that the fast decoder refused with `error`."""
    if len(body) <= MAX_DIALECT:
        return _tolerantly(body)
    if not body.startswith(BOM_UTF8):
        raise BodyError(f"{error}.") from None
    try:
        return _decode(body.removeprefix(BOM_UTF8))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error_behind:
        raise BodyError(f"{error_behind}.") from None


def _tolerantly(body: bytes) -> Any:
    """The tree of a body in a dialect; None when it is blank or does not even begin as an object or list."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BodyError("The JSON is not valid UTF-8.") from None
    if not text.strip():
        return None
    try:
        tree = json.loads(
            _DIALECT.sub(_standard, text),
            parse_int=lambda digits: Number(digits) if digits == "-0" else int(digits),
            parse_float=Number,
            parse_constant=Number,
            strict=False,
        )
        if isinstance(tree, dict | list):
            _check_size(tree)
        if "\\u" in text:
            json.dumps(tree, ensure_ascii=False).encode()
    except RecursionError:
        raise BodyError(_TOO_DEEP) from None
    except UnicodeEncodeError:
        raise BodyError("The JSON has half of a surrogate pair in a string.") from None
    except ValueError as error:
        if not text.lstrip("\u00a0\ufeff \t\r\n").startswith(("{", "[")):
            return None
        raise BodyError(str(error)) from None
    return tree


def _standard(token: "re.Match[str]") -> str:
    text = token[0]
    if text[0] != '"':
        return "" if text == "," else " "
    if "\\" not in text:
        return text
    return _SCRIPT_ESCAPE.sub(lambda e: "'" if e[1] else f"\\u00{e[2]}" if e[2] else e[0], text)


def _check_size(tree: Any) -> None:
    """Refuses a tree of too many levels or nodes: level by level, as a deep one is what recursion cannot bear."""
    level, nodes = [tree], 0
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        nodes += len(level)
        if nodes > MAX_NODES:
            raise BodyError(f"The JSON has more than {MAX_NODES:,} objects and lists.")
        if not level:
            return
    raise BodyError(_TOO_DEEP)


def _writer(write: Callable[[Any], str]) -> Writer:
    def write_body(value: Any) -> bytes:
        if value is None:
            return b"null"
        text = write(value)
        if "\\u00" in text:
            text = _ESCAPED.sub(_upper_hex, text)
        # Half a surrogate pair cannot come from a request; from elsewhere it must not cost the whole answer.
        return text.encode("utf-8", "replace")

    return write_body


def _items_writer(write: Callable[[Any], str]) -> Callable[[Any], str]:
    """Writes the items of a list, those of a listing once, and of rows only those it has not written of late."""
    remembered: dict[Callable[..., Any], Callable[[Row], str]] = {}

    def write_row(make: Callable[..., Any], row: Row) -> str:
        return write(make(*row))

    def write_rows(items: "Records[Any]") -> str:
        if items.make not in remembered:
            remembered[items.make] = lru_cache(REMEMBERED_ROWS)(partial(write_row, items.make))
        return ",".join(map(remembered[items.make], items.rows))

    def write_items(items: Any) -> str:
        if not isinstance(items, Listing):
            return ",".join([write(item) for item in items])
        text = items.texts.get(write)
        if text is None:
            text = write_rows(items) if isinstance(items, Records) else ",".join([write(item) for item in items])
            items.texts[write] = text
        return text

    return write_items


def _upper_hex(escaped: "re.Match[str]") -> str:
    return f"\\u00{escaped[1].upper()}" if escaped[1] else escaped[0]


def _double(value: float) -> str:
    # The one value for which clients' JSON has a small e, as they write it digit by digit to read it back.
    text = values.double_text(value)
    return text.replace("E", "e") if abs(value) == sys.float_info.max else text


def _single(value: float) -> str:
    return values.single_text(value).replace("E", "e")


def _any(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _literal(text: str) -> str:
    """`text` as it stands inside an f-string in single quotes."""
    return text.replace("\\", r"\\").replace("'", r"\'").replace("{", "{{").replace("}", "}}")


class _WriterSource:
    """Writes the Python source of a writer for each DTO of one profile, and compiles it.

    A writer for fixed members is one f-string: two to four times faster than any loop over member tables,
    and answers are lists of hundreds of small DTOs. The source holds only names and literals made here from
    declarations, never anything from a request.
    """

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._dtos: dict[Any, Callable[[Any], str]] = {}
        dates = profile.dates == "iso"
        self._scope: dict[str, Any] = {
            "_string": encode_basestring,
            "_char": encode_basestring,
            "_bool": ("false", "true"),
            "_dashed": values.guid_with_dashes,
            "_double": _double,
            "_float": _single,
            "_decimal": values.decimal_text,
            "_datetime": times.iso_date_time if dates else times.milliseconds_date_time,
            "_offset": times.iso_date_time_offset if dates else times.milliseconds_date_time_offset,
            "_span": times.time_span_text,
            "_bytes": values.base64_text,
            "_any": _any,
            "_zero": EMPTY_GUID,
            "_null": "null",
            "_empty": "{}",
        }

    def value_writer(self, type_: TypeRef) -> Callable[[Any], str]:
        """A function from a value other than None to its text."""
        source = f"def write(v):\n    return f'{self._value(type_, 'v')}'\n"
        return self._compiled(source, f"<json {type_.kind}>")

    def _dto_writer(self, cls: Any) -> Callable[[Any], str]:
        if cls not in self._dtos:
            # Standing in while the real one is compiled: a DTO may hold its own kind.
            self._dtos[cls] = lambda value: self._dtos[cls](value)
            dto = TypeRef("dto", python=cls).dto
            self._dtos[cls] = self._compiled(self._dto_source(dto), f"<json {dto.name}>")
        return self._dtos[cls]

    def _compiled(self, source: str, name: str) -> Callable[[Any], str]:
        found: dict[str, Any] = {}
        exec(compile(source, name, "exec"), self._scope, found)  # noqa: S102 see the class
        write: Callable[[Any], str] = found["write"]
        return write

    def _dto_source(self, dto: DtoType) -> str:
        """A function that sets a variable for each member that may be null, then returns one f-string.

        Each part begins with a comma; the first one's is left away when that member is always written, and
        cut off when it is not known before.
        """
        lines = ["def write(v):"]
        parts: list[str] = []
        for number, member in enumerate(dto.properties):
            name = _literal(f",{encode_basestring(self._name(member))}:")
            if not self._may_be_absent(member.type):
                parts.append(f"{name}{self._value(member.type, f'v.{member.attribute}')}")
                continue
            local = f"m{number}"
            written = f"f'{name}{self._value(member.type, local)}'"
            lines.append(f"    {local} = v.{member.attribute}")
            if self._profile.nulls == "written":
                lines.append(f"    {local} = '{name}null' if {local} is None else {written}")
            elif member.type.nullable:
                lines.append(f"    {local} = '' if {local} is None else {written}")
            else:
                lines.append(f"    {local} = '' if {local} == _zero else {written}")
            parts.append(f"{{{local}}}")
        body = "".join(parts)
        if body.startswith(","):
            return "\n".join([*lines, f"    return f'{{{{{body[1:]}}}}}'"])
        return "\n".join([*lines, f"    return '{{' + f'{body}'[1:] + '}}'"])

    def _name(self, member: Property) -> str:
        if member.alias:
            return member.alias
        return camel(member.name) if self._profile.name_case == "camel" else member.name

    def _may_be_absent(self, type_: TypeRef) -> bool:
        if type_.nullable:
            return True
        # A custom guid writer, which dashes are, leaves a zero guid out together with the nulls.
        return type_.kind == "guid" and self._profile.guid_format == "D" and self._profile.nulls == "omitted"

    def _value(self, type_: TypeRef, value: str) -> str:
        """The part of an f-string in single quotes that writes the expression `value`, which is not None."""
        match type_.kind:
            case "guid":
                return f'"{{_dashed({value})}}"' if self._profile.guid_format == "D" else f'"{{{value}}}"'
            case "int" | "long" | "short" | "byte":
                return f"{{{value}}}"
            case "bool":
                return f"{{_bool[{value}]}}"
            case "enum":
                return f'"{{{value}._name_}}"'
            case "flags":
                return f"{{{value}._value_}}"
            case "datetime" | "offset" | "span" | "bytes":
                return f'"{{_{type_.kind}({value})}}"'
            case "list" if type_.item is not None and type_.item.kind == "dto" and not type_.item.nullable:
                return f"[{{{self._named(_items_writer(self._dto_writer(type_.item.python)))}({value})}}]"
            case "list":
                return f'[{{",".join([{self._item(type_, "i")} for i in {value}])}}]'
            case "dto":
                return f"{{{self._named(self._dto_writer(type_.python))}({value})}}"
            case "map":
                return f"{{{self._named(self._map_writer(type_))}({value})}}"
        return f"{{_{type_.kind}({value})}}"

    def _item(self, type_: TypeRef, value: str) -> str:
        """The expression that writes an item; a DTO that is null is an empty object, as clients expect it."""
        item = type_.item
        assert item is not None
        write = self._named(self._dto_writer(item.python) if item.kind == "dto" else self.value_writer(item))
        if not item.nullable:
            return f"{write}({value})"
        return f"({'_empty' if item.kind == 'dto' else '_null'} if {value} is None else {write}({value}))"

    def _map_writer(self, type_: TypeRef) -> Callable[[Any], str]:
        assert type_.key is not None and type_.item is not None
        write_key, write_item = self.value_writer(type_.key), self.value_writer(type_.item)

        def write(value: Any) -> str:
            pairs = [(write_key(key), write_item(item)) for key, item in value.items() if item is not None]
            return (
                "{"
                + ",".join(f"{key if key[:1] == _QUOTE else _QUOTE + key + _QUOTE}:{item}" for key, item in pairs)
                + "}"
            )

        return write

    def _named(self, function: Callable[[Any], str]) -> str:
        name = f"_w{len(self._scope)}"
        self._scope[name] = function
        return name
