"""Cursors: what they keep, and when they no longer fit."""

from hypothesis import given
from hypothesis import strategies as st

from parlour.engine.dto.declare import Guid
from parlour.store.feed_cursors import POSITION_BITS, Cursors, position_in

AGENCY, OTHER = Guid("a" * 32), Guid("b" * 32)
CURSORS = Cursors(b"the key of a test server")

positions = st.integers(min_value=0, max_value=2**POSITION_BITS - 1)


@given(positions, st.integers(min_value=0, max_value=2**62))
def test_a_cursor_keeps_its_position_in_a_number_of_63_bits(position: int, instant: int) -> None:
    cursor = CURSORS.at(AGENCY, "epoch", position, instant)

    assert position_in(cursor) == position
    assert 0 <= int(cursor) < 2**63


def test_a_cursor_fits_one_feed_one_epoch_one_event_and_one_server() -> None:
    cursor = CURSORS.at(AGENCY, "epoch", 7, 1000)

    assert cursor == Cursors(b"the key of a test server").at(AGENCY, "epoch", 7, 1000)
    others = [
        CURSORS.at(OTHER, "epoch", 7, 1000),
        CURSORS.at(AGENCY, "later", 7, 1000),
        CURSORS.at(AGENCY, "epoch", 7, 1001),
        Cursors(b"another key").at(AGENCY, "epoch", 7, 1000),
    ]
    assert cursor not in others


def test_other_texts_are_not_cursors() -> None:
    assert [position_in(text) for text in ("", "x", "-1", "1.5", "٣", str(2**63), "9" * 30)] == [None] * 7
