"""JSV: bodies, and the values of paths, queries and forms. Its grammar is in `jsv_grammar.py`.

The rules are those of docs/wire/jsv.md.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

from parlour.engine.codecs import MAX_NODES, Codec, Profile, Reader, Spellings, Writer, jsv_grammar
from parlour.engine.codecs.jsv_typed import typed_reader
from parlour.engine.codecs.on_request import ProfiledCodec
from parlour.engine.codecs.text_writing import Notation, TextSource
from parlour.engine.codecs.tolerant import body_reader, converter
from parlour.engine.codecs.usual_shape import first_quickly
from parlour.engine.dto import scalars as values
from parlour.engine.dto import times
from parlour.engine.dto.errors import BodyError
from parlour.engine.dto.metadata import TypeRef

_NOTATION = Notation(
    name="jsv",
    functions={
        "string": jsv_grammar.value_text,
        "char": jsv_grammar.value_text,
        "bool": ("False", "True"),
        "float": values.single_text,
        "datetime": times.shortest_date_time,
        "offset": times.iso_date_time_offset,
        "any": jsv_grammar.text_of,
    },
    instant=lambda stored: times.shortest_date_time(times.instant(stored)),
    key=jsv_grammar.key_text,
    value_key=jsv_grammar.key_text,
    quote="",
    quoted=frozenset(),
    null="",
)


class JsvCodec(ProfiledCodec):
    """JSV of one profile. Nulls are always left out."""

    name = "jsv"
    media_type = "application/jsv"
    reads = ("application/jsv", "text/jsv")
    content_type = "application/jsv"

    def __init__(self, profile: Profile) -> None:
        super().__init__(profile)
        # Dates in JSV are the same in every profile.
        self.spellings = Spellings(profile.spellings.snake_names)
        self.source = TextSource(_NOTATION, dataclasses.replace(profile, nulls="omitted"))
        self._readers: dict[tuple[TypeRef, int], Reader] = {}
        self._writers: dict[TypeRef, Writer] = {}

    def reader(self, type_: TypeRef, most_items: int = MAX_NODES) -> Reader:
        key = (type_, most_items)
        if key not in self._readers:
            self._readers[key] = self._reader(type_, most_items)
        return self._readers[key]

    def writer(self, type_: TypeRef) -> Writer:
        if type_ not in self._writers:
            self._writers[type_] = _writer(self.source.value_writer(type_))
        return self._writers[type_]

    def in_profile(self, profile: Profile) -> Codec:
        return JsvCodec(profile)

    def _reader(self, type_: TypeRef, most_items: int) -> Reader:
        read = body_reader(type_, _tree, self.spellings, most_items)
        if type_.kind != "dto":
            return read
        return first_quickly(lambda: typed_reader(type_.dto, self.profile), read)


def value_reader(type_: TypeRef) -> Callable[[str], Any]:
    """Return a function that reads one value of a path, query or form.

    Text is taken unchanged, a list may lack its brackets (`a,b`), and an object must begin with `{`. If a switch has
    several values, the first counts. The function raises ValueError, or ConversionError if only some inner values are
    wrong.
    """
    if type_.kind in ("list", "map", "dto"):
        return converter(type_)
    parse = values.parser(type_)
    if type_.kind == "bool":
        return lambda text: parse(text.partition(",")[0])
    return parse


def _tree(body: bytes) -> jsv_grammar.Tree:
    if body.count(b"{") + body.count(b"[") > MAX_NODES:
        raise BodyError(f"The JSV has more than {MAX_NODES:,} objects and lists.")
    try:
        return jsv_grammar.parse(body.decode("utf-8-sig").strip(), max_length=len(body))
    except UnicodeDecodeError:
        raise BodyError("The JSV is not valid UTF-8.") from None
    except ValueError as error:
        raise BodyError(str(error)) from None


def _writer(write: Callable[[Any], str]) -> Writer:
    return lambda value: b"" if value is None else write(value).encode("utf-8", "replace")
