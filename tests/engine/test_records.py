"""Listings are written like lists, and each only once. Records are written without DTOs."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.engine.codecs import Codec, Profile
from parlour.engine.codecs.csv import CsvCodec
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.codecs.jsv import JsvCodec
from parlour.engine.codecs.xml import XmlCodec
from parlour.engine.dto import times
from parlour.engine.dto.declare import MIN_DATETIME, namespace
from parlour.engine.dto.listings import ImmutableList, Listing, Records, as_list
from parlour.engine.dto.metadata import TypeRef


@namespace("Tests")
@dataclass(slots=True, kw_only=True)
class Line:
    text: str | None = None
    number: int = 0

    def __post_init__(self) -> None:
        made.append(self.number)


@namespace("Tests")
@dataclass(slots=True, kw_only=True)
class Page:
    lines: list[Line] = field(default_factory=list)


@namespace("Tests")
@dataclass(slots=True, kw_only=True)
class Chapter:
    lines: list[Line] = field(default_factory=list)
    is_last: bool = False
    when: datetime = MIN_DATETIME
    maybe_when: datetime | None = None


@namespace("Tests")
@dataclass(slots=True, kw_only=True)
class Answer:
    note: str | None = None
    lines: list[Line] = field(default_factory=list)


made: list[int] = []
ROWS = [("a", 1), (None, 2), ("<c>", 3)]
PLAIN = [Line(text=text, number=number) for text, number in ROWS]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHAPTER_ROWS = [(Records(Line, ROWS), 0, 0, None), (Records(Line, []), True, -1, 10**15 + 1), (PLAIN, 1, 10**15, 0)]
CHAPTERS = [
    Chapter(lines=PLAIN, when=EPOCH),
    Chapter(
        is_last=True,
        when=datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        maybe_when=datetime(2001, 9, 9, 1, 46, 40, 1, tzinfo=UTC),
    ),
    Chapter(lines=PLAIN, is_last=True, when=datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC), maybe_when=EPOCH),
]
UNUSUAL = Profile(nulls="written", defaults="omitted", dates="milliseconds", name_case="snake")
CODECS = [
    JsonCodec(Profile()),
    JsonCodec(Profile(name_case="pascal")),
    JsonCodec(UNUSUAL),
    JsvCodec(Profile()),
    CsvCodec(JsvCodec(Profile())),
    XmlCodec(),
]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(
    "lines",
    [Listing(PLAIN), Records(Line, ROWS), Listing(Records(Line, ROWS)), Listing(), Records(Line, [])],
)
def test_a_listing_is_written_as_its_list(codec: Codec, lines: ImmutableList[Line]) -> None:
    write = codec.writer(TypeRef("dto", python=Page))

    first, second = write(Page(lines=as_list(lines))), write(Page(lines=as_list(lines)))

    assert first == second == write(Page(lines=list(lines)))


@pytest.mark.parametrize("codec", CODECS)
def test_values_of_the_database_are_written_as_those_of_members(codec: Codec) -> None:
    write = codec.writer(TypeRef("list", item=TypeRef("dto", python=Chapter)))

    assert write(Records(Chapter, CHAPTER_ROWS)) == write(CHAPTERS)


def test_values_of_the_database_become_those_of_members() -> None:
    chapters = list(Records(Chapter, CHAPTER_ROWS))

    assert chapters == CHAPTERS
    assert [chapter.is_last for chapter in chapters] == [False, True, True]
    assert all(type(chapter.is_last) is bool for chapter in chapters)


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_is_written_like_its_time(when: datetime) -> None:
    microseconds = (when - EPOCH) // timedelta(microseconds=1)

    assert times.instant(microseconds) == when
    assert times.iso_instant(microseconds) == times.iso_date_time(when)


def test_rows_are_written_without_their_dtos() -> None:
    write = JsonCodec(Profile()).writer(TypeRef("dto", python=Page))
    made.clear()

    written = write(Page(lines=as_list(Records(Line, ROWS))))

    assert made == []
    assert written == write(Page(lines=PLAIN))


def test_each_profile_keeps_its_own_text_of_a_listing() -> None:
    page = Page(lines=as_list(Listing(PLAIN)))
    camel, pascal = (
        JsonCodec(replace(Profile(), name_case=case)).writer(TypeRef("dto", python=Page))(page)
        for case in ("camel", "pascal")
    )

    assert camel == b'{"lines":[{"text":"a","number":1},{"number":2},{"text":"<c>","number":3}]}'
    assert pascal == camel.replace(b"lines", b"Lines").replace(b"text", b"Text").replace(b"number", b"Number")


def test_records_are_the_sequence_of_their_dtos() -> None:
    records = Records(Line, ROWS)

    assert (len(records), records[0], records[-1], records[1:]) == (3, PLAIN[0], PLAIN[2], PLAIN[1:])
    assert records == PLAIN == Listing(PLAIN)
    assert repr(records) == repr(PLAIN)
    assert records != "abc"


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_of_a_row_is_written_as_that_of_a_dto(text: str) -> None:
    for codec in CODECS[:3]:
        write = codec.writer(TypeRef("dto", python=Page))
        rows: Records[Line] = Records(Line, [(text, 1)])

        written = {write(Page(lines=as_list(lines))) for lines in (rows, Listing(rows))}

        assert written == {write(Page(lines=[Line(text=text, number=1)]))}


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("lines", [Listing(Records(Line, ROWS)), Listing(Records(Line, [])), Listing(PLAIN)])
@pytest.mark.parametrize("note", [None, "", "Note"])
def test_a_listing_beside_something_else_is_written_as_its_list(
    codec: Codec, lines: Listing[Line], note: str | None
) -> None:
    write = codec.writer(TypeRef("dto", python=Answer))

    first, second = (write(Answer(lines=as_list(lines), note=note)) for _ in range(2))

    assert first == second == write(Answer(lines=list(lines), note=note))


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 0])
def test_numbers_of_rows_have_all_their_digits(number: int) -> None:
    write = JsonCodec(Profile()).writer(TypeRef("dto", python=Page))

    assert write(Page(lines=as_list(Records(Line, [(None, number)])))) == b'{"lines":[{"number":%d}]}' % number
