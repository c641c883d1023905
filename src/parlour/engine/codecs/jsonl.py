"""JSON Lines: each row of an answer as JSON on a line of its own (docs/wire/rows.md#json-lines)."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from parlour.engine.codecs import MAX_NODES, Codec, Profile, Reader, Writer
from parlour.engine.codecs.json import JsonCodec, check_is_value
from parlour.engine.codecs.on_request import ProfiledCodec
from parlour.engine.codecs.rows import rows_writer
from parlour.engine.dto.metadata import TypeRef


class JsonlCodec(ProfiledCodec):
    """JSON Lines with the JSON of `json`, but always dense, because a row is one line."""

    name = "jsonl"
    media_type = "text/jsonl"
    reads = ("text/jsonl", "application/jsonl")
    content_type = "text/jsonl"
    writes_rows = True

    def __init__(self, json: JsonCodec) -> None:
        super().__init__(json.profile)
        is_dense = json.profile.layout == "dense"
        self._json = json if is_dense else JsonCodec(replace(json.profile, layout="dense"))
        self._writers: dict[TypeRef, Writer] = {}

    def reader(self, type_: TypeRef, most_items: int = MAX_NODES) -> Reader:
        read = self._json.reader(type_, most_items)
        if type_.kind == "dto":
            return read

        def read_lines(body: bytes) -> Any:
            lines = [line for line in body.split(b"\n") if line.strip()]
            if len(lines) <= most_items:
                # Joined, two broken lines could become valid: one that ends too early, and the next.
                for line in lines:
                    check_is_value(line)
            return read(b"[" + b",".join(lines) + b"]")

        return read_lines

    def writer(self, type_: TypeRef) -> Writer:
        if type_ not in self._writers:
            self._writers[type_] = rows_writer(type_, self._text_writer, b"")
        return self._writers[type_]

    def in_profile(self, profile: Profile) -> Codec:
        return JsonlCodec(JsonCodec(profile))

    def _text_writer(self, type_: TypeRef) -> Callable[[Any], bytes]:
        """Only lists have lines. Anything else is JSON without a line end."""
        if type_.kind != "list":
            return self._json.writer(type_)
        assert type_.item is not None
        return _lines(self._json.writer(type_.item))


def _lines(write: Writer) -> Writer:
    def write_lines(items: Iterable[Any]) -> bytes:
        return b"".join([write(item) + b"\n" for item in items if item is not None])

    return write_lines
