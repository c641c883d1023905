"""JSON, in the variants by which applications differ (`Profile`; docs/wire/json.md)."""

import gc
import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable
from functools import partial
from json.encoder import encode_basestring
from typing import Any

import msgspec

from parlour.engine.codecs import MAX_DEPTH, MAX_NODES, USUAL, Codec, Profile, Reader, Spellings, Writer
from parlour.engine.codecs.context import RequestContext
from parlour.engine.codecs.json_rows import WriteAnswer, WriteRows, answer_writer, rows_writer
from parlour.engine.codecs.json_typed import REFUSALS, typed_reader
from parlour.engine.codecs.on_request import Jsonp, ProfiledCodec
from parlour.engine.codecs.text_writing import Notation, TextSource, member_name
from parlour.engine.codecs.tolerant import Number, body_dto, body_reader
from parlour.engine.dto import scalars as values
from parlour.engine.dto import times
from parlour.engine.dto.errors import BodyError
from parlour.engine.dto.metadata import DtoType, TypeRef

MAX_DIALECT = 64 * 1024
"""Longer bodies must be exact JSON. Dialects are slow to read, and nobody writes so much by hand."""

_decode_at_once = msgspec.json.Decoder(float_hook=Number).decode

_TOO_DEEP = f"The JSON is nested deeper than {MAX_DEPTH} levels."

_TOO_MANY = f"The JSON has more than {MAX_NODES:,} objects and lists."

_NEGATIVE_ZERO = re.compile(rb"[:\[,\s]-0[\s,\]}]").search
# Syntax of some clients that is not JSON: other blanks, a comma before a closing bracket, and two escapes of JavaScript
# in strings. The end of a string is optional, so that the search passes each character only once.
_DIALECT = re.compile(r'"(?:[^"\\]|\\.)*"?|[\u00a0\ufeff]|,(?=\s*[}\]])', re.DOTALL)
_SCRIPT_ESCAPE = re.compile(r"\\(?:(')|x([0-9a-fA-F]{2})|.)", re.DOTALL)
_QUOTE = '"'
_UPPER_HEX = {rf"\u00{code:02x}": rf"\u00{code:02X}" for code in (0x0B, 0x0E, 0x0F, *range(0x1A, 0x20))}
# Text between brackets, and between strings that contain marks, is laid out in one step. There may be half a million
# numbers.
_TOKEN = re.compile(r'((?:[^"{}\[\]]|"[^"\\{}\[\],:]*+")++)|"(?:[^"\\]|\\.)*+"|\{\}|\[\]|[{}\[\]]')
_DATES: dict[str, tuple[Callable[[Any], str], Callable[[Any], str]]] = {
    "iso": (times.iso_date_time, times.iso_date_time_offset),
    "milliseconds": (times.milliseconds_date_time, times.milliseconds_date_time_offset),
    "unix seconds": (times.unix_seconds, times.unix_seconds),
    "unix milliseconds": (times.unix_milliseconds, times.unix_milliseconds),
    "rfc 1123": (times.rfc_1123_date_time, times.rfc_1123_date_time),
}


class JsonCodec(ProfiledCodec):
    """JSON of one profile."""

    name = "json"
    media_type = "application/json"
    reads = ("application/json", "text/json")
    content_type = "application/json; charset=utf-8"
    compiles_at_start = True

    def __init__(self, profile: Profile) -> None:
        super().__init__(profile)
        self._readers: dict[tuple[TypeRef, int], Reader] = {}
        self._writers: dict[TypeRef, Writer] = {}
        self._source = TextSource(_notation(profile), profile)

    def reader(self, type_: TypeRef, most_items: int = MAX_NODES) -> Reader:
        key = (type_, most_items)
        if key not in self._readers:
            self._readers[key] = _reader(type_, self.profile.spellings, most_items)
        return self._readers[key]

    def writer(self, type_: TypeRef) -> Writer:
        if type_ not in self._writers:
            self._writers[type_] = self._writer(type_)
        return self._writers[type_]

    def in_profile(self, profile: Profile) -> Codec:
        return JsonCodec(profile)

    def for_request(self, context: RequestContext) -> Codec:
        codec = super().for_request(context)
        callback = context.request.in_query("callback")
        return Jsonp(codec, callback) if callback else codec

    def _writer(self, type_: TypeRef) -> Writer:
        write = self._source.value_writer(type_)
        is_indented = self.profile.layout == "indented"
        write_rows = None if is_indented or type_.kind != "dto" else self._answer_writer(type_.dto)

        def write_body(value: Any) -> bytes:
            if value is None:
                return b"null"
            if write_rows is not None and (body := write_rows(value)) is not None:
                return body
            text = write(value)
            # Searching for one character is fifty times as fast, and few answers have escapes.
            if "\\" in text and "\\u00" in text:
                text = _in_upper_hex(text)
            if is_indented:
                text = _indented(text)
            # Half a surrogate pair cannot come from a request. If it comes from elsewhere, it must not break the whole
            # answer.
            return text.encode("utf-8", "replace")

        return write_body

    def _answer_writer(self, dto: DtoType) -> WriteAnswer | None:
        profile = self.profile
        return answer_writer(dto, partial(_names, profile), profile, self._source.items_writer)


def _reader(type_: TypeRef, spellings: Spellings, most_items: int) -> Reader:
    read = body_reader(type_, _parser(type_), spellings, most_items)
    # The fast reader only knows the usual spellings.
    read_typed = typed_reader(type_.dto) if type_.kind == "dto" and spellings == USUAL else None
    if read_typed is None:
        return read

    def read_either_way(body: bytes) -> Any:
        try:
            return read_typed(body)
        except REFUSALS:
            return read(body)

    return read_either_way


def _parser(type_: TypeRef) -> Callable[[bytes], Any]:
    """The tree of a body; None if it is blank, or does not begin as an object or a list."""
    # The fast decoder reads -0 as the integer 0.
    minds_zero_sign = any(member.type.kind in ("double", "float") for member in body_dto(type_).properties)

    def parse(body: bytes) -> Any:
        openers = _openers(body)
        if openers > MAX_NODES and _openers(_without_strings(body)) > MAX_NODES:
            raise BodyError(_TOO_MANY)
        try:
            has_zero_sign = minds_zero_sign and len(body) <= MAX_DIALECT and _NEGATIVE_ZERO(body)
            tree = _tolerantly(body) if has_zero_sign else _decode(body)
        except RecursionError:
            raise BodyError(_TOO_DEEP) from None
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            tree = _again(body, error)
        if openers > MAX_DEPTH and isinstance(tree, dict | list):
            _check_size(tree)
        return tree

    return parse


def _decode(body: bytes) -> Any:
    """The tree of a body. Numbers are objects that Python's collector follows, so it rests while there are many.

    Otherwise it would walk through the whole process again and again, for nothing: nothing is garbage yet.
    """
    if len(body) <= MAX_DIALECT or not gc.isenabled():
        return _decode_at_once(body)
    gc.disable()
    try:
        return _decode_at_once(body)
    finally:
        gc.enable()


def check_is_value(text: bytes) -> None:
    """Does nothing for one value of JSON or its dialect. Raises BodyError for less or more than one."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        if _again(text, error) is None:
            raise BodyError(f"{error}.") from None


def _openers(body: bytes) -> int:
    return body.count(b"{") + body.count(b"[")


def _without_strings(body: bytes) -> bytes:
    """The parts between the strings of a body. Splitting is faster than searching, whatever they contain."""
    return b"".join(body.replace(rb"\\", b"").replace(rb"\"", b"").split(b'"')[::2])


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
    """The tree of a body in a dialect; None if it is blank, or does not begin as an object or a list."""
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
    """Raises BodyError for a tree with too many levels or nodes. It goes level by level, because recursion would
    fail on a deep tree.
    """
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
            raise BodyError(_TOO_MANY)
        if not level:
            return
    raise BodyError(_TOO_DEEP)


def _in_upper_hex(text: str) -> str:
    """JSON with capital letters in its escapes. Replacing is fast, whatever the sender's text contains."""
    # Two backslashes stand for one, which does not begin an escape. JSON contains no control character unescaped.
    text = text.replace(r"\\", "\0")
    for lower, upper in _UPPER_HEX.items():
        text = text.replace(lower, upper)
    return text.replace("\0", r"\\")


def _single(value: float) -> str:
    return values.single_text(value).replace("E", "e")


def _indented(text: str) -> str:
    """Dense JSON laid out for people: a line for each member and item, indented by four blanks a level."""
    line = "\n"

    def laid_out(token: "re.Match[str]") -> str:
        nonlocal line
        mark = token[0]
        if token[1]:
            return mark.replace(",", f",{line}").replace(":", ": ")
        if len(mark) > 1:
            return mark
        if mark in "{[":
            line += "    "
            return mark + line
        line = line[:-4]
        return line + mark

    return _TOKEN.sub(laid_out, text)


def _notation(profile: Profile) -> Notation:
    date_time, offset = _DATES[profile.dates]
    quoted = {"guid", "enum", "span", "bytes", *(() if profile.dates.startswith("unix") else ("datetime", "offset"))}
    return Notation(
        name="json",
        functions={
            "string": encode_basestring,
            "char": encode_basestring,
            "bool": ("false", "true"),
            "float": _single,
            "datetime": date_time,
            "offset": offset,
            "any": _any,
        },
        instant=times.iso_instant if profile.dates == "iso" else lambda stored: date_time(times.instant(stored)),
        key=encode_basestring,
        value_key=lambda text: text if text.startswith(_QUOTE) else f'"{text}"',
        quote=_QUOTE,
        quoted=frozenset(quoted),
        null="null",
        rows=_rows_writer,
    )


def _rows_writer(dto: DtoType, profile: Profile, items: Callable[[Any], Callable[[Any], str]]) -> WriteRows | None:
    return rows_writer(dto, partial(_names, profile), profile, items)


def _names(profile: Profile, dto: DtoType) -> list[str]:
    return [member_name(profile, member) for member in dto.properties]


def _any(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
