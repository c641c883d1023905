"""Tests the comparison of documents with real answers."""

import pytest

from tests.support.documents import Meanings

ONE, OTHER = "1" * 32, "2" * 32
THERE, ELSEWHERE = "a" * 32, "b" * 32


def test_an_ellipsis_stands_for_anything_with_the_blanks_around_it() -> None:
    Meanings().check('{"a":1,\n  ...,"d":[...],\n  ...}', '{"a":1,"b":2,"c":3,"d":[4],"e":5}')
    Meanings().check("first\n...\nlast", "first\nsecond\nthird\nlast")


def test_a_long_line_may_be_wrapped_where_nothing_else_changes() -> None:
    Meanings().check(f"{{{ONE}:\n  1}}", f"{{{THERE}:1}}")
    Meanings().check("made\n  by hand", "made\n  by hand")

    with pytest.raises(AssertionError, match="was given"):
        Meanings().check("made\n  by hand", "made\nby hand")


@pytest.mark.parametrize(
    "given", ['{"a":2,"b":2,"d":4}', '{"a":1,"b":2,"d":5}', '{"a":1,"b":2,"d":4},', '{"b":2,"d":4}']
)
def test_text_around_an_ellipsis_must_match(given: str) -> None:
    with pytest.raises(AssertionError, match="was given"):
        Meanings().check('{"a":1,...,"d":4}', given)


def test_an_id_beside_an_ellipsis_means_the_same_everywhere() -> None:
    meanings = Meanings()
    meanings.check(f"{ONE} ... {OTHER} ... {ONE}", f"{THERE} and {ELSEWHERE} and {THERE}")

    assert meanings.put_into(f"/{ONE}/{OTHER}") == f"/{THERE}/{ELSEWHERE}"
    with pytest.raises(AssertionError, match="was given"):
        meanings.check(f"{ONE} ...", f"{ELSEWHERE} and more")
    with pytest.raises(AssertionError, match="was given"):
        Meanings().check(f"{ONE} ... {ONE}", f"{THERE} and {ELSEWHERE}")


def test_a_time_beside_an_ellipsis_may_be_any_time_and_nothing_else() -> None:
    Meanings().check("... at 2026-11-22T18:47:25.6776980Z", "sent at 2027-01-02T03:04:05Z")

    with pytest.raises(AssertionError, match="was given"):
        Meanings().check("... at 2026-11-22T18:47:25.6776980Z", "sent at noon")
