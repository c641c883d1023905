"""Reading and writing scalars as text."""

import enum
import math
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import chain
from threading import Barrier
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.engine.dto import scalars as values
from parlour.engine.dto import times
from parlour.engine.dto.declare import new_guid, new_guid_at
from parlour.engine.dto.metadata import Kind, TypeRef
from tests.engine.samples import UNHURRIED, Access, Colour

GUID = "00abcdef000040008000000000000001"
SCALARS = sorted(set(get_args(Kind)) - {"enum", "flags", "list", "map", "dto"})
TWO_HOURS = timezone(timedelta(hours=2))


def test_a_new_guid_is_a_random_uuid() -> None:
    made = {new_guid() for _ in range(100)}

    assert len(made) == 100
    assert all(UUID(guid).version == 4 and UUID(guid).hex == guid for guid in made)


@given(st.lists(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)), min_size=2))
def test_guids_of_instants_sort_by_them(instants: list[datetime]) -> None:
    since_1970 = [(instant - datetime(1970, 1, 1)) // timedelta(microseconds=1) for instant in sorted(set(instants))]
    made = [new_guid_at(each) for each in since_1970]

    assert made == sorted(made)
    assert all(UUID(guid).version == 7 and UUID(guid).hex == guid for guid in made)


INSTANT = 1_700_000_000_000_000


def test_guids_of_one_instant_differ_whichever_thread_makes_them() -> None:
    together = Barrier(4)

    def make(_: int) -> list[str]:
        together.wait()
        return [new_guid_at(INSTANT) for _ in range(5000)]

    usual = sys.getswitchinterval()
    # The threads take turns within each call.
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            made = list(threads.map(make, range(4)))
    finally:
        sys.setswitchinterval(usual)

    assert len(set(chain.from_iterable(made))) == 20_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no forks")
def test_guids_of_one_instant_differ_in_a_fork_of_the_process() -> None:
    forking = (
        "import os; from parlour.engine.dto.declare import new_guid_at as new;"
        f"new({INSTANT}); os.fork() and os.wait(); print(*[new({INSTANT}) for _ in range(9)], flush=True)"
    )
    made = subprocess.run([sys.executable, "-c", forking], check=True, capture_output=True, text=True).stdout.split()

    assert len(set(made)) == len(made) == 18


def refuses(read: Callable[[str], Any], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize(
    "text",
    [
        "00abcdef000040008000000000000001",
        "00ABCDEF-0000-4000-8000-000000000001",
        "{00abcdef-0000-4000-8000-000000000001}",
        "(00abcdef-0000-4000-8000-000000000001)",
        "{0x00abcdef,0x0000,0x4000,{0x80,0x00,0x00,0x00,0x00,0x00,0x00,0x01}}",
        " 00abcdef-0000-4000-8000-000000000001 ",
    ],
)
def test_a_guid_is_read_in_each_of_its_forms(text: str) -> None:
    assert values.guid(text) == GUID


@pytest.mark.parametrize(
    "text",
    ["", "x", GUID[:-1], GUID + "0", "{" + GUID, "{" + GUID + ")", "00abcdef-000040008000000000000001", "٠" * 32],
)
def test_an_invalid_guid_is_refused(text: str) -> None:
    assert refuses(values.guid, text)


@UNHURRIED
@given(st.uuids())
def test_a_guid_with_dashes_is_the_standard_form(value: Any) -> None:
    assert values.guid_with_dashes(value.hex) == str(value)


@pytest.mark.parametrize("text", ["true", "TRUE", "1", "t", "y", "on", " On "])
def test_spellings_of_true_are_read(text: str) -> None:
    assert values.boolean(text) is True


@pytest.mark.parametrize("text", ["false", "False", "0", "f", "n", "off"])
def test_spellings_of_false_are_read(text: str) -> None:
    assert values.boolean(text) is False


@pytest.mark.parametrize("text", ["yes", "no", "2", "x", ""])
def test_other_words_are_not_booleans(text: str) -> None:
    assert refuses(values.boolean, text)


@pytest.mark.parametrize(("kind", "lowest", "highest"), [(k, *r) for k, r in values.INTEGER_RANGES.items()])
def test_an_integer_is_read_up_to_the_bounds_of_its_kind(kind: Any, lowest: int, highest: int) -> None:
    assert values.integer(f" {lowest} ", kind) == lowest
    assert values.integer(f"+{highest}", kind) == highest
    for beyond in (lowest - 1, highest + 1):
        assert refuses(lambda text: values.integer(text, kind), str(beyond))


@pytest.mark.parametrize("text", ["1.0", "1e3", "0x10", "1,000", "", "٣", "1" * 5000])
def test_an_integer_has_only_digits(text: str) -> None:
    assert refuses(lambda text: values.integer(text, "long"), text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1.50", "1.50"),
        ("1e2", "100"),
        ("-0", "0"),
        ("3.0e10", "30000000000"),
        ("5e-324", "0.0000000000000000000000000000"),
        ("79228162514264337593543950335", "79228162514264337593543950335"),
    ],
)
def test_a_decimal_keeps_its_zeros_and_has_no_exponent(text: str, written: str) -> None:
    assert values.decimal_text(values.decimal(text)) == written


@pytest.mark.parametrize("text", ["79228162514264337593543950336", "1e30", "1e9999", "NaN", "Infinity", "1,5", "", "."])
def test_a_number_too_large_for_a_decimal_is_refused(text: str) -> None:
    assert refuses(values.decimal, text)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (1.1, "1.1"),
        (0.0001, "0.0001"),
        (0.00001, "1E-05"),
        (3e10, "30000000000"),
        (1e14, "100000000000000"),
        (1e15, "1E+15"),
        (9007199254740992.0, "9007199254740992"),
        (123456789012345678901234567890.0, "1.2345678901234568E+29"),
        (5e-324, "5E-324"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
    ],
)
def test_a_double_is_written_as_the_clients_do(value: float, written: str) -> None:
    assert values.double_text(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.1, "0.1"),
        (1234567.125, "1234567.1"),
        (12345678.9, "12345679"),
        (3e10, "3E+10"),
        (1e20, "1E+20"),
        (0.00001, "1E-05"),
    ],
)
def test_a_single_shows_no_more_digits_than_it_has(value: float, written: str) -> None:
    assert values.single_text(value) == written


@UNHURRIED
@given(st.floats(allow_nan=False))
def test_a_double_reads_back_as_it_was(value: float) -> None:
    assert struct.pack("<d", values.double(values.double_text(value))) == struct.pack("<d", value)


@UNHURRIED
@given(st.floats(allow_nan=False, width=32))
def test_a_single_reads_back_as_it_was(value: float) -> None:
    assert values.single(values.single_text(value)) == value


@pytest.mark.parametrize("text", ["1e400", "-1e400", "1,5", "x", "", "0x1p3", "1_0"])
def test_a_number_too_large_for_a_double_is_refused(text: str) -> None:
    assert refuses(values.double, text)


def test_a_number_too_large_for_a_single_is_refused() -> None:
    assert refuses(values.single, "1e39")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-01-02", datetime(2024, 1, 2)),
        ("20240102", datetime(2024, 1, 2)),
        ("2024-01-02T03:04", datetime(2024, 1, 2, 3, 4)),
        ("2024-01-02 03:04:05", datetime(2024, 1, 2, 3, 4, 5)),
        ("2024-01-02T03:04:05Z", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2024-01-02T03:04:05+02:00", datetime(2024, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("2024-01-02T03:04:05.1234567Z", datetime(2024, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)),
        ("/Date(1704164645678)/", datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)),
        (r"\/Date(1704164645678+0200)\/", datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)),
        ("/Date(1704164645678-0000)/", datetime(2024, 1, 2, 3, 4, 5, 678000)),
        ("0001-01-01T00:00:00", datetime(1, 1, 1)),
        ("9999-12-31T23:59:59.9999999", datetime(9999, 12, 31, 23, 59, 59, 999999)),
    ],
)
def test_a_time_is_read_in_each_of_its_forms(text: str, value: datetime) -> None:
    read = times.date_time(text)

    assert read == value
    assert read.tzinfo == value.tzinfo


@pytest.mark.parametrize(
    "text",
    [
        "", "junk", "2024-02-30", "01/02/2024", "1704164645", "2024-W01-1", "2024-01-02T24:30:00",
        "2024-01-02T03:04:05+99:00",
        "0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59-02:00", "/Date(9999999999999999)/", "/Date(x)/",
        "/Date(253402300800000)/", "2024-01-02T03",
    ],
)  # fmt: skip
def test_an_invalid_time_is_refused(text: str) -> None:
    for read in (times.date_time, times.date_time_offset):
        assert refuses(read, text)


def test_a_time_with_offset_keeps_it() -> None:
    assert times.iso_date_time_offset(times.date_time_offset("2024-01-02T03:04:05.5+02:00")) == (
        "2024-01-02T03:04:05.5000000+02:00"
    )
    assert times.milliseconds_date_time_offset(times.date_time_offset("/Date(1704164645678+0200)/")) == (
        r"\/Date(1704164645678+0200)\/"
    )


@pytest.mark.parametrize(
    ("kept", "refused"),
    [("2024-01-02T03:04:05+14:00", "2024-01-02T03:04:05+14:01"), ("/Date(0-1400)/", "/Date(0-1401)/")],
)
def test_a_time_is_at_most_fourteen_hours_from_utc(kept: str, refused: str) -> None:
    assert abs(times.date_time_offset(kept).utcoffset() or timedelta()) == times.MAX_OFFSET
    assert refuses(times.date_time_offset, refused)


def test_times_are_written_in_the_form_of_each_format() -> None:
    instant = datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    naive = instant.replace(tzinfo=None)

    assert times.iso_date_time(instant) == "2024-01-02T03:04:05.6780000Z"
    assert times.iso_date_time(instant.astimezone(TWO_HOURS)) == "2024-01-02T03:04:05.6780000Z"
    assert times.iso_date_time(naive) == "2024-01-02T03:04:05.6780000"
    assert times.milliseconds_date_time(instant) == r"\/Date(1704164645678)\/"
    assert times.milliseconds_date_time(naive) == r"\/Date(1704164645678-0000)\/"
    assert times.milliseconds_date_time(datetime.min) == r"\/Date(-62135596800000-0000)\/"
    assert times.xml_date_time_text(instant) == "2024-01-02T03:04:05.678Z"
    assert times.xml_date_time_text(naive.replace(microsecond=0)) == "2024-01-02T03:04:05"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("P1D", "P1D"),
        ("PT25H", "P1DT1H"),
        ("PT100S", "PT1M40S"),
        ("-PT5S", "-PT5S"),
        ("P1DT2H3M4.5S", "P1DT2H3M4.5S"),
        ("01:02:03.5", "PT1H2M3.5S"),
        ("1.02:03:04", "P1DT2H3M4S"),
        ("-00:00:01", "-PT1S"),
        ("90", "PT1M30S"),
        ("90.5", "PT1M30.5S"),
        ("PT0S", "PT0S"),
    ],
)
def test_a_duration_is_read_in_each_of_its_forms(text: str, written: str) -> None:
    assert times.time_span_text(times.time_span(text)) == written


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "P1Y", "P1M", "junk", "25:00:00", "00:60", "P99999999D", "9" * 40, "1e3", "PT1.5H"]
)
def test_an_invalid_duration_is_refused(text: str) -> None:
    assert refuses(times.time_span, text)


@UNHURRIED
@given(st.timedeltas(-times.MAX_SPAN, times.MAX_SPAN))
def test_a_duration_reads_back_as_it_was(value: timedelta) -> None:
    assert times.time_span(times.time_span_text(value)) == value


def test_an_enum_is_read_by_name_in_any_case_or_by_number() -> None:
    read = values.parser(TypeRef("enum", python=Colour))

    assert [read("green"), read("Green"), read("1")] == [Colour.Green] * 3
    for unknown in ("9", "Blue", ""):
        assert refuses(read, unknown)


def test_flags_are_read_by_names_or_by_number() -> None:
    read = values.parser(TypeRef("flags", python=Access))

    assert read("Read, write") == read("3") == Access.Read | Access.Write
    for unknown in ("4", "-1", "Read, Own", "Read,"):
        assert refuses(read, unknown)


def test_flags_that_are_not_declared_stay_in_the_range_of_an_int() -> None:
    read = values.parser(TypeRef("flags", python=enum.IntFlag("Open", "Read", boundary=enum.KEEP)))

    assert read("2147483647") == 2**31 - 1
    for beyond in ("2147483648", "-1", "-2147483648"):
        assert refuses(read, beyond)


def test_base64_is_read_over_several_lines() -> None:
    read = values.parser(TypeRef("bytes"))

    assert read(" AQID\r\n\tBA== ") == b"\x01\x02\x03\x04"
    for wrong in ("AQ", "A-_=", "AQID!"):
        assert refuses(read, wrong)


def test_in_xml_an_enum_has_exactly_its_name() -> None:
    read = values.xml_parser(TypeRef("enum", python=Colour))
    read_flags = values.xml_parser(TypeRef("flags", python=Access))

    assert read("Green") is Colour.Green
    assert read_flags("Read Write") == Access.Read | Access.Write
    for unknown in ("green", "1", ""):
        assert refuses(read, unknown)
    assert [values.flags_text(flags) for flags in (Access.Nothing, Access.Read | Access.Write)] == [
        "Nothing",
        "Read Write",
    ]


@UNHURRIED
@given(st.text())
@pytest.mark.parametrize("kind", SCALARS)
def test_reading_any_text_gives_a_value_or_a_value_error(kind: Any, text: str) -> None:
    for read in (values.parser(TypeRef(kind)), values.xml_parser(TypeRef(kind))):
        try:
            read(text)
        except ValueError:
            continue


def test_a_decimal_is_exact() -> None:
    assert values.decimal("0.1") + values.decimal("0.2") == Decimal("0.3")
