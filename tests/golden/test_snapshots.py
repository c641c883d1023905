"""Compares the snapshots of our own responses, and tests their storing and comparing."""

import gzip
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.golden.__main__ import compare_with_snapshots, write_snapshots
from tests.golden.hosts import Hosts
from tests.golden.recordings import RECORDINGS, Answer, Case
from tests.golden.snapshot_answers import RENEWAL, all_requests, answered, differences, steady
from tests.golden.snapshot_files import SNAPSHOTS, BrokenSnapshot, groups_in, read, read_all, unlisted, write
from tests.golden.test_golden import CASE, needs_recordings

JSON = ("Content-Type", "application/json; charset=utf-8")
TOKENS = f'{{"sessionId":"mvD01leuI5jqDWqO2hfh","bearerToken":"eyJ0.eyJz.{"s" * 43}"}}'.encode()
SIGNED_IN = Answer(
    200,
    (
        ("Content-Length", str(len(TOKENS))),
        ("Set-Cookie", "ss-id=c0Rg0vod500o0rOB6APO; path=/; samesite=lax; httponly"),
        ("Set-Cookie", "ss-opt=temp; expires=Sat, 24 Nov 2046 20:37:47 GMT; max-age=630720000; path=/"),
    ),
    TOKENS,
)


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    with closing(Hosts()) as found:
        yield found


@pytest.fixture
def snapshots(tmp_path: Path) -> Path:
    """Snapshots of two groups, one of them with a request and a response that are not text."""
    binary = replace(CASE, name="binary", method="POST", body=b"\xff\0", recorded=Answer(200, (JSON,), b"\x80\x81"))
    other = replace(CASE, group="values", name="other", is_chunked=True, body="é\u2028\n".encode())
    write(tmp_path / "snapshots", [CASE, binary, other])
    return tmp_path / "snapshots"


@pytest.mark.parametrize("group", groups_in(SNAPSHOTS))
def test_every_answer_is_that_of_the_snapshot(group: str, hosts: Hosts) -> None:
    snapshot = read(SNAPSHOTS, group)

    found = list(differences(snapshot, list(answered(snapshot, hosts))))

    assert not found, "\n".join([*found, RENEWAL])


def test_there_are_snapshots_and_nothing_beside_them() -> None:
    assert groups_in(SNAPSHOTS)
    assert unlisted(SNAPSHOTS) == []


@needs_recordings
@pytest.mark.skipif("PARLOUR_GOLDEN" in os.environ, reason="Other recordings have other requests.")
def test_the_snapshots_hold_exactly_the_recorded_requests() -> None:
    kept, recorded = (
        [replace(case, recorded=CASE.recorded) for case in sorted(cases, key=lambda case: case.group)]
        for cases in (read_all(SNAPSHOTS), all_requests(RECORDINGS))
    )

    assert kept == recorded


def test_what_was_written_is_read_again(snapshots: Path) -> None:
    listed, binary, other = read_all(snapshots)

    assert listed == CASE
    assert (binary.body, binary.recorded.body) == (b"\xff\0", b"\x80\x81")
    assert (other.group, other.body, other.is_chunked) == ("values", "é\u2028\n".encode(), True)


def test_the_same_answers_are_written_as_the_same_bytes(snapshots: Path, tmp_path: Path) -> None:
    write(tmp_path / "again", read_all(snapshots))

    for path in snapshots.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_a_file_is_written_only_when_its_text_changes(snapshots: Path) -> None:
    file = snapshots / "shapes.jsonl.gz"
    otherwise_compressed = gzip.compress(gzip.decompress(file.read_bytes()), compresslevel=1)
    file.write_bytes(otherwise_compressed)
    cases = list(read_all(snapshots))

    assert write(snapshots, cases) == []
    assert file.read_bytes() == otherwise_compressed
    assert write(snapshots, [*cases[:-1], replace(cases[-1], name="renamed")]) == ["values"]
    assert write(snapshots, cases[:-1]) == ["values"]
    assert groups_in(snapshots) == ["shapes"] and unlisted(snapshots) == []


def test_a_snapshot_that_lost_gained_or_changed_a_case_is_refused(snapshots: Path) -> None:
    file = snapshots / "shapes.jsonl.gz"
    first, second = gzip.decompress(file.read_bytes()).splitlines(keepends=True)

    for lines in ([first], [first, second, second], [second, first], [first, second.replace(b"200", b"201")], []):
        file.write_bytes(gzip.compress(b"".join(lines)))
        with pytest.raises(BrokenSnapshot, match="shapes"):
            read(snapshots, "shapes")


def test_a_snapshot_that_is_missing_is_refused_and_one_too_many_is_named(snapshots: Path) -> None:
    (snapshots / "shapes.jsonl.gz").rename(snapshots / "more.jsonl.gz")

    with pytest.raises(BrokenSnapshot, match="shapes"):
        list(read_all(snapshots))
    assert unlisted(snapshots) == ["more.jsonl.gz"]


class Changed(Hosts):
    """Hosts whose responses to one target differ from the real ones in one byte."""

    def __init__(self, target: str, old: bytes, new: bytes) -> None:
        super().__init__()
        self._changed = target, old, new

    def answer(self, case: Case, **changed: object) -> Answer:
        answer = super().answer(case, **changed)
        target, old, new = self._changed
        return replace(answer, body=answer.body.replace(old, new, 1)) if case.target == target else answer


def test_one_byte_of_one_answer_is_a_difference_that_can_be_read(hosts: Hosts) -> None:
    snapshot = read(SNAPSHOTS, "shapes")
    with closing(Changed("/items/3", b'"count":3', b'"count":4')) as changed:
        found = list(differences(snapshot, list(answered(snapshot, changed))))

    shown = next(each for each in found if "json" in each)
    assert "    GET /items/3\n--- snapshot\n+++ now\n" in shown
    assert [line for line in shown.splitlines()[4:] if line[0] in "+-"] == ['-"count":3,', '+"count":4,']


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        (replace(CASE.recorded, status=201), ["-200", "+201"]),
        (replace(CASE.recorded, headers=CASE.recorded.headers[:1]), ["-Vary: Accept"]),
        (replace(CASE.recorded, headers=CASE.recorded.headers[::-1]), ["-Vary: Accept", "+Vary: Accept"]),
        (replace(CASE.recorded, body=b"[]\r\n"), ["-" + CASE.recorded.text, r"+[]\r", "+"]),
        (replace(CASE.recorded, body=b"\x80\x01"), ["-" + CASE.recorded.text, "+80 01"]),
    ],
)
def test_a_difference_shows_what_was_and_what_is(now: Answer, shown: list[str]) -> None:
    (found,) = differences([CASE], [replace(CASE, recorded=now)])

    assert sorted(line for line in found.splitlines()[4:] if line[0] in "+-") == sorted(shown)


def test_a_case_too_many_and_one_too_few_are_differences() -> None:
    more, fewer = differences([CASE], [replace(CASE, name="new")])

    assert "+200" not in more and "-200" in more
    assert "-200" not in fewer and "+200" in fewer
    assert list(differences([CASE], [CASE])) == []


def test_what_changes_from_run_to_run_is_left_out() -> None:
    assert steady(SIGNED_IN) == Answer(
        200,
        (
            ("Content-Length", "<length>"),
            ("Set-Cookie", "ss-id=<session-id>; path=/; samesite=lax; httponly"),
            ("Set-Cookie", "ss-opt=temp; expires=<time>; max-age=630720000; path=/"),
        ),
        b'{"sessionId":"<session-id>","bearerToken":"<jwt>"}',
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [("mvD01leuI5jqDWqO2hfh", "mvD01leuI5jqDWqO2hf"), ("eyJ0.", "eyJ0"), ("sessionId", "SessionId"), ('"}', '" }')],
)
def test_a_value_that_changes_keeps_its_shape(old: str, new: str) -> None:
    changed = replace(SIGNED_IN, body=SIGNED_IN.body.replace(old.encode(), new.encode()))

    assert steady(changed).body != steady(SIGNED_IN).body


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ss-id=c", "ss-id="),
        ("ss-opt=temp", "ss-opt=perm"),
        ("24 Nov", "4 Nov"),
        ("GMT; max-age=630720000", "GMT; max-age=0"),
        (str(len(TOKENS)), "1"),
    ],
)
def test_a_header_that_changes_keeps_its_shape(old: str, new: str) -> None:
    headers = tuple((name, value.replace(old, new, 1)) for name, value in SIGNED_IN.headers)

    assert steady(replace(SIGNED_IN, headers=headers)).headers != steady(SIGNED_IN).headers


def test_snapshots_are_renewed_and_compared_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere, folder = tmp_path / "nowhere", tmp_path / "snapshots"
    assert write_snapshots(folder, nowhere) == 2
    write(folder, [CASE])

    assert compare_with_snapshots(folder) == 1
    assert "+Content-Length: 66" in capsys.readouterr().out
    assert write_snapshots(folder, nowhere) == 0
    assert capsys.readouterr().out == "shapes: written\n1 answers, 1 groups changed\n"
    assert compare_with_snapshots(folder) == 0
    assert capsys.readouterr().out == "1 answers compared with the snapshots, 0 changed\n"


def test_snapshots_are_written_from_recordings_where_those_are(tmp_path: Path) -> None:
    (tmp_path / "shapes.jsonl").write_text(
        '{"host": "open", "profile": "iso"}\n'
        '{"name": "void", "request": {"method": "POST", "target": "/void", "headers": []},'
        ' "response": {"status": 500, "headers": [], "body": "theirs"}}\n'
    )
    folder = tmp_path / "snapshots"

    assert write_snapshots(folder, tmp_path) == 0

    (case,) = read_all(folder)
    assert (case.name, case.recorded.status, case.recorded.body) == ("void", 204, b"")
