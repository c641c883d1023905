"""Reads and writes scalars as text, for the codecs and for values of paths, queries and forms.

All readers raise ValueError for a text that is not of the type. They accept the usual spellings that clients send, as
long as nothing is lost or guessed.
"""

import base64
import binascii
import math
import re
import struct
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from parlour.engine.dto import times
from parlour.engine.dto.declare import Guid
from parlour.engine.dto.metadata import Kind, TypeRef

Parser = Callable[[str], Any]

INTEGER_RANGES: dict[Kind, tuple[int, int]] = {
    "int": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (0, 255),
}

MAX_DECIMAL = 2**96 - 1
"""The largest coefficient of the clients' decimal; it has at most 28 decimal places."""

_DECIMALS = Context(prec=60, rounding=ROUND_HALF_EVEN)
_SMALLEST_DECIMAL = Decimal("1e-28")

is_plain_guid = re.compile(r"[0-9a-f]{32}").fullmatch
"""Whether a text is a guid as the program stores it."""
_GUID_D = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_GUID_X = re.compile(
    r"\{0x([0-9a-f]{1,8}),0x([0-9a-f]{1,4}),0x([0-9a-f]{1,4}),\{0x([0-9a-f]{1,2})" + r",0x([0-9a-f]{1,2})" * 7 + r"\}\}"
).fullmatch
# No number here has more digits, and Python's own conversion takes quadratic time.
is_integer = re.compile(r"[+-]?[0-9]{1,40}").fullmatch
"""Whether a text is a whole number of at most 40 digits."""
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?").fullmatch
XML_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_TRUE = frozenset(("true", "1", "t", "y", "on"))
_FALSE = frozenset(("false", "0", "f", "n", "off"))


def parser(type_: TypeRef) -> Parser:
    """Reads a scalar as it is written in JSON strings, JSV, paths, queries and forms."""
    if type_.kind in ("enum", "flags"):
        return _enum_parser(type_)
    if type_.kind in INTEGER_RANGES:
        kind = type_.kind
        return lambda text: integer(text, kind)
    return _PARSERS[type_.kind]


def xml_parser(type_: TypeRef) -> Parser:
    """Reads a scalar as XML Schema writes it, mostly in a single spelling. Surrounding blanks are ignored."""
    if type_.kind in ("enum", "flags"):
        return _xml_enum(type_)
    return _XML_PARSERS.get(type_.kind) or parser(type_)


def guid(text: str) -> Guid:
    """A guid from any of its five forms (N, D, B, P, X), in either case."""
    if is_plain_guid(text):
        return Guid(text)
    if _GUID_D(text):
        return Guid(text.replace("-", ""))
    plain = text.strip().lower()
    if parts := _GUID_X(plain.replace(" ", "")):
        widths = (8, 4, 4, *(2,) * 8)
        return Guid("".join(part.zfill(width) for part, width in zip(parts.groups(), widths, strict=True)))
    if plain[:1] + plain[-1:] in ("{}", "()"):
        plain = plain[1:-1]
    if is_plain_guid(plain) or _GUID_D(plain):
        return Guid(plain.replace("-", ""))
    raise ValueError(text)


def boolean(text: str) -> bool:
    plain = text.strip().lower()
    if plain in _TRUE:
        return True
    if plain in _FALSE:
        return False
    raise ValueError(text)


def integer(text: str, kind: Kind) -> int:
    """An integer within the kind's range; a fraction or an exponent is refused."""
    plain = text.strip()
    if not is_integer(plain):
        raise ValueError(text)
    return in_range(int(plain), kind)


def in_range(value: int, kind: Kind) -> int:
    lowest, highest = INTEGER_RANGES[kind]
    if not lowest <= value <= highest:
        raise ValueError(f"{value} is out of range")
    return value


def double(text: str) -> float:
    """A double. Numbers that are too large are refused; infinity must be written as such."""
    plain = text.strip()
    if not _DECIMAL(plain):
        return _named_float(plain)
    value = float(plain)
    if math.isinf(value):
        raise ValueError(text)
    return value


def single(text: str) -> float:
    """A float of 32 bits, as the Python float nearest to it."""
    return as_single(double(text))


def as_single(value: float) -> float:
    """The float of 32 bits nearest to `value`. Raises ValueError when that is infinite and `value` is not."""
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError as error:
        raise ValueError(f"{value} is out of range") from error
    return rounded


def decimal(text: str) -> Decimal:
    """A decimal with its trailing zeros, rounded to 28 places."""
    plain = text.strip()
    if not _DECIMAL(plain):
        raise ValueError(text)
    try:
        value = Decimal(plain)
        if not value:
            value = value.copy_abs()
        exponent = value.as_tuple().exponent
        assert isinstance(exponent, int)
        if exponent > 0:
            value = value.quantize(Decimal(1), context=_DECIMALS)
        elif exponent < -28:
            value = value.quantize(_SMALLEST_DECIMAL, context=_DECIMALS)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if value.copy_abs() > MAX_DECIMAL:
        raise ValueError(text)
    return value


def character(text: str) -> str:
    """A single character that clients can hold: up to U+FFFF."""
    if len(text) != 1 or text > "\uffff":
        raise ValueError(text)
    return text


def base64_bytes(text: str) -> bytes:
    """Bytes from base64, which may contain line breaks. Source: RFC 2045, 6.8; XML Schema Part 2, 3.2.16."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error


# An answer has most of its ids several times: those of people, of chats, and the one of zeros. Found again, an id takes
# 0.05 us, and not 0.2.
@lru_cache(maxsize=2048)
def guid_with_dashes(value: str) -> str:
    return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"


def double_text(value: float) -> str:
    """The shortest text that reads back as the same double: `1.5`, `1`, `1E-05`, `NaN`, `Infinity`.

    Scientific from sixteen digits before the point or five places after it, as in clients.
    """
    if 1e-4 <= abs(value) < 1e15 or value == 0:
        text = repr(value)
        return text[:-2] if text.endswith(".0") else text
    return _float_text(value, repr(value), 15)


def single_text(value: float) -> str:
    """Like `double_text` for a float of 32 bits."""
    value = value if math.isnan(value) else as_single(value)
    return _float_text(value, _shortest_single(value), 7)


def xml_float_text(text: str) -> str:
    """The text of `double_text` or `single_text`, with the XML names of infinity."""
    return text.replace("Infinity", "INF") if text.endswith("y") else text


def decimal_text(value: Decimal) -> str:
    return f"{value:f}"


def base64_text(value: bytes) -> str:
    return binascii.b2a_base64(value, newline=False).decode("ascii")


def flags_text(value: Any) -> str:
    """The names of the set flags, separated by blanks, as XML writes them. Without any, the name of zero."""
    members = type(value).__members__
    if value.value == 0:
        return next((name for name, member in members.items() if member.value == 0), "")
    return " ".join(name for name, member in members.items() if member.value and member in value)


def _enum_parser(type_: TypeRef) -> Parser:
    """Reads a name in any case, or a number. Flags accept several names separated by commas."""
    cls = type_.python
    assert cls is not None
    by_name = {name.lower(): member for name, member in cls.__members__.items()}
    by_number = {str(member.value): member for member in cls.__members__.values()}

    def one(text: str) -> Any:
        plain = text.strip().lower()
        member = by_name.get(plain, by_number.get(plain))
        if member is None:
            raise ValueError(text)
        return member

    def several(text: str) -> Any:
        if is_integer(text.strip()):
            number = integer(text, "int")
            if number < 0:
                raise ValueError(text)
            return cls(number)
        found = cls(0)
        for part in text.split(","):
            found |= one(part)
        return found

    return several if type_.kind == "flags" else one


def _xml_enum(type_: TypeRef) -> Parser:
    cls = type_.python
    assert cls is not None
    members = cls.__members__

    def one(text: str) -> Any:
        if text.strip() not in members:
            raise ValueError(text)
        return members[text.strip()]

    def several(text: str) -> Any:
        found = cls(0)
        for part in text.split():
            found |= one(part)
        return found

    return several if type_.kind == "flags" else one


def _xml_boolean(text: str) -> bool:
    value = XML_BOOLEANS.get(text.strip())
    if value is None:
        raise ValueError(text)
    return value


def _xml_decimal(text: str) -> Decimal:
    """A decimal without an exponent. Source: XML Schema Part 2, 3.2.3."""
    if "e" in text.lower():
        raise ValueError(text)
    return decimal(text)


def _xml_character(text: str) -> str:
    """A character from its number, as XML writes it."""
    code = integer(text, "int")
    if not 0 <= code <= 0xFFFF or 0xD800 <= code <= 0xDFFF:
        raise ValueError(text)
    return chr(code)


def _named_float(text: str) -> float:
    named = {"nan": math.nan, "inf": math.inf, "infinity": math.inf, "-inf": -math.inf, "-infinity": -math.inf}
    if text.lower() not in named:
        raise ValueError(text)
    return named[text.lower()]


def _float_text(value: float, shortest: str, plain_digits: int) -> str:
    """`shortest` as the clients' runtime writes it: plain up to `plain_digits`, else `1.5E+20`."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    sign, digits, exponent = Decimal(shortest).normalize().as_tuple()
    assert isinstance(exponent, int)
    minus = "-" if sign else ""
    if not value:
        return f"{minus}0"
    figures = "".join(map(str, digits))
    before_point = len(figures) + exponent
    if -4 < before_point <= max(len(figures), plain_digits):
        return minus + format(Decimal((0, digits, exponent)), "f")
    mantissa = figures if len(figures) == 1 else f"{figures[0]}.{figures[1:]}"
    power = before_point - 1
    return f"{minus}{mantissa}E{'-' if power < 0 else '+'}{abs(power):02}"


def _shortest_single(value: float) -> str:
    for figures in range(1, 9):
        text = f"{value:.{figures}g}"
        try:
            if as_single(float(text)) == value:
                return text
        except ValueError:
            continue
    return f"{value:.9g}"


_PARSERS: dict[Kind, Parser] = {
    "string": str,
    "any": str,
    "guid": guid,
    "bool": boolean,
    "double": double,
    "float": single,
    "decimal": decimal,
    "char": character,
    "bytes": base64_bytes,
    "datetime": times.date_time,
    "offset": times.date_time_offset,
    "span": times.time_span,
}

_XML_PARSERS: dict[Kind, Parser] = {
    "bool": _xml_boolean,
    "decimal": _xml_decimal,
    "char": _xml_character,
    "datetime": times.xml_date_time,
    "span": times.xml_duration,
}
