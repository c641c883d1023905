"""Listings are written like lists, and each only once."""

from dataclasses import dataclass, field, replace

import pytest

from parlour.engine.codecs import Codec, Profile
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.codecs.xml import XmlCodec
from parlour.engine.dto.declare import namespace
from parlour.engine.dto.listings import Listing, Records, RowTexts, as_list
from parlour.engine.dto.metadata import TypeRef


@namespace("Tests")
@dataclass(slots=True, kw_only=True)
class Line:
    text: str | None = None
    number: int = 0


@namespace("Tests")
@dataclass(slots=True, kw_only=True)
class Page:
    lines: list[Line] = field(default_factory=list)


def line(text: str | None, number: int) -> Line:
    made.append(number)
    return Line(text=text, number=number)


made: list[int] = []
ROWS = [("a", 1), (None, 2), ("<c>", 3)]
PLAIN = [Line(text=text, number=number) for text, number in ROWS]


@pytest.mark.parametrize("codec", [JsonCodec(Profile()), JsonCodec(Profile(name_case="pascal")), XmlCodec()])
@pytest.mark.parametrize("lines", [Listing(PLAIN), Records(line, ROWS, {}), Listing(), Records(line, [], {})])
def test_a_listing_is_written_as_its_list(codec: Codec, lines: Listing[Line]) -> None:
    write = codec.writer(TypeRef("dto", python=Page))

    first, second = write(Page(lines=as_list(lines))), write(Page(lines=as_list(lines)))

    assert first == second == write(Page(lines=list(lines)))


def test_a_row_that_was_encoded_is_not_encoded_again() -> None:
    write = JsonCodec(Profile()).writer(TypeRef("dto", python=Page))
    row_texts: RowTexts = {}
    write(Page(lines=as_list(Records(line, ROWS, row_texts))))
    made.clear()

    written = write(Page(lines=as_list(Records(line, [*ROWS[1:], ("d", 4)], row_texts))))

    assert made == [4]
    assert written == write(Page(lines=[*PLAIN[1:], Line(text="d", number=4)]))


def test_each_profile_keeps_its_own_text_of_a_listing() -> None:
    page = Page(lines=as_list(Listing(PLAIN)))
    camel, pascal = (
        JsonCodec(replace(Profile(), name_case=case)).writer(TypeRef("dto", python=Page))(page)
        for case in ("camel", "pascal")
    )

    assert camel == b'{"lines":[{"text":"a","number":1},{"number":2},{"text":"<c>","number":3}]}'
    assert pascal == camel.replace(b"lines", b"Lines").replace(b"text", b"Text").replace(b"number", b"Number")


def test_records_are_the_sequence_of_their_dtos() -> None:
    records = Records(line, ROWS, {})

    assert (len(records), records[0], records[-1], records[1:]) == (3, PLAIN[0], PLAIN[2], PLAIN[1:])
    assert records == PLAIN == Listing(PLAIN)
    assert repr(records) == repr(PLAIN)
    assert records != "abc"
