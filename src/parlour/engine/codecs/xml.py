"""XML in the form of data contracts: elements with namespaces, nulls marked nil, members in a fixed order.

The rules are those of docs/wire/xml.md.
"""

from typing import Any

from parlour.engine.codecs import MAX_NODES, Codec, Reader, Writer
from parlour.engine.codecs.usual_shape import first_quickly
from parlour.engine.codecs.xml_reading import document_reader
from parlour.engine.codecs.xml_typed import typed_reader
from parlour.engine.codecs.xml_writing import XmlSource
from parlour.engine.dto.metadata import TypeRef


class XmlCodec(Codec):
    """The only form of XML, which does not depend on the profile."""

    name = "xml"
    media_type = "application/xml"
    reads = ("application/xml", "text/xml")
    content_type = "application/xml"
    compiles_at_start = True

    def __init__(self) -> None:
        self._readers: dict[tuple[TypeRef, int], Reader] = {}
        self._writers: dict[TypeRef, Writer] = {}
        self._source = XmlSource()

    def reader(self, type_: TypeRef, most_items: int = MAX_NODES) -> Reader:
        key = (type_, most_items)
        if key not in self._readers:
            self._readers[key] = _reader(type_, most_items)
        return self._readers[key]

    def writer(self, type_: TypeRef) -> Writer:
        if type_ not in self._writers:
            self._writers[type_] = _encoded(self._source.document_writer(type_))
        return self._writers[type_]


def _reader(type_: TypeRef, most_items: int) -> Reader:
    read = document_reader(type_, most_items)
    return first_quickly(lambda: typed_reader(type_.dto), read) if type_.kind == "dto" else read


def _encoded(write: Any) -> Writer:
    return lambda value: write(value).encode("utf-8", "replace")
