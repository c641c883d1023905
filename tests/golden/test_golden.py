"""The recordings of the reference framework, replayed; and the replay itself."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.golden import compatibility
from tests.golden.__main__ import main
from tests.golden.differences import DIFFERENCES
from tests.golden.hosts import Hosts
from tests.golden.recordings import Answer, Case, load
from tests.golden.replaying import Verdict, judge, replay, report

RECORDINGS = Path(
    os.environ.get("PARLOUR_GOLDEN") or Path(__file__).parents[2].parent / "shared" / "golden",
)

needs_recordings = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason="The recordings are not there; PARLOUR_GOLDEN names their folder."
)

CASE = Case(
    group="shapes",
    host="open",
    profile="iso",
    name="a list",
    method="GET",
    target="/items/1",
    headers=(("Accept", "application/json"),),
    body=None,
    is_chunked=False,
    recorded=Answer(
        200,
        (("Content-Type", "application/json; charset=utf-8"), ("Vary", "Accept")),
        b'[{"name":"n1","count":1,"ref":"00000000000000000000000000000000"}]',
    ),
)


LINK = "A link that names another verb"


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    found = Hosts()
    yield found
    found.close()


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    return replay(RECORDINGS)


@needs_recordings
def test_every_case_is_answered_as_recorded_or_differs_on_purpose(verdicts: list[Verdict]) -> None:
    failed = [f"{v.case.group}: {v.case.name}\n    {v.detail}" for v in verdicts if v.outcome == "failed"]

    assert failed == []
    assert sum(v.outcome == "passed" for v in verdicts) > 0


@needs_recordings
@pytest.mark.skipif("PARLOUR_GOLDEN" in os.environ, reason="Other recordings need not meet every difference.")
def test_every_difference_has_a_case(verdicts: list[Verdict]) -> None:
    met = {v.detail for v in verdicts if v.outcome == "differs on purpose"}

    # The one that no recording meets has a case of its own below.
    assert met | {LINK} == {difference.title for difference in DIFFERENCES}


@needs_recordings
def test_json_and_xml_lack_nothing(verdicts: list[Verdict]) -> None:
    groups = ("values", "shapes", "errors", "xml-input", "binding", "routing")
    ours = ("application/json", "application/xml", "application/x-www-form-urlencoded", "")
    lacking = [
        v
        for v in verdicts
        if v.outcome == "not yet"
        and v.case.group.startswith(groups)
        and v.case.recorded.media_type in ours
        and (v.case.header("Content-Type") or "").partition(";")[0] in ours
        and not v.detail.startswith(("format", "jsconfig"))
    ]

    assert lacking == []


def test_the_documentation_lists_the_same_differences() -> None:
    assert compatibility.PAGE.read_text(encoding="utf-8") == compatibility.page(), (
        "python -m tests.golden.compatibility writes it anew"
    )


def test_a_case_that_is_answered_as_recorded_passes(hosts: Hosts) -> None:
    assert judge(CASE, hosts).outcome == "passed"


@pytest.mark.parametrize(
    "recorded",
    [
        replace(CASE.recorded, status=201),
        replace(CASE.recorded, body=b"[]"),
        replace(CASE.recorded, headers=(("Content-Type", "application/json; charset=utf-8"),)),
        replace(CASE.recorded, headers=(*CASE.recorded.headers, ("Location", "/items/1"))),
    ],
)
def test_a_case_that_is_answered_otherwise_fails(hosts: Hosts, recorded: Answer) -> None:
    assert judge(replace(CASE, recorded=recorded), hosts).outcome == "failed"


BROKEN_RULE = Answer(
    400,
    (("Content-Type", "application/json; charset=utf-8"), ("Vary", "Accept")),
    b'{"number":0,"responseStatus":{"errorCode":"NotEmpty","message":"...","errors":[]}}',
)


@pytest.mark.parametrize(
    ("type_", "body", "title"),
    [
        ("application/json", b'{"age":"x"}', "A value that cannot be converted"),
        ("application/jsv", b"{inner:{count:x}}", "A value that cannot be converted"),
        ("text/csv", b"FirstName,Age\r\nAnn,x\r\n", "A value that cannot be converted"),
        ("application/json", b'{"firstName":"Ann"', "A JSON body that is not well-formed"),
        (
            "application/xml",
            b'<Person xmlns="http://schemas.datacontract.org/2004/07/Stub"><FirstName>Ann</FirstName><Age>9</Age></Person>',
            "XML elements out of order",
        ),
    ],
)
def test_a_difference_in_reading_is_one_too_where_rules_refused_what_was_read(
    hosts: Hosts, type_: str, body: bytes, title: str
) -> None:
    headers = (("Accept", "application/json"), ("Content-Type", type_))
    case = replace(CASE, method="POST", target="/people", headers=headers, body=body, recorded=BROKEN_RULE)

    assert judge(case, hosts) == Verdict(case, "differs on purpose", title)


def test_a_link_that_names_another_verb_is_answered_as_without(hosts: Hosts) -> None:
    case = replace(CASE, target="/items/1?X-HTTP-Method-Override=PUT", recorded=Answer(405, (), b""))

    assert judge(case, hosts) == Verdict(case, "differs on purpose", LINK)


def test_a_wrong_verb_that_finds_nothing_is_no_difference_on_purpose(hosts: Hosts) -> None:
    nowhere = replace(CASE, target="/nowhere", recorded=Answer(200, (), b""))

    assert judge(nowhere, hosts).outcome == "failed"


def test_what_is_not_there_yet_is_counted_by_what_it_lacks(hosts: Hosts) -> None:
    lines = list(report([judge(replace(CASE, host="elsewhere"), hosts), judge(CASE, hosts)]))

    assert lines[-2:] == ["1 not yet supported: host elsewhere 1", "1 passed, 0 differ on purpose, 0 failed"]


def test_a_folder_of_recordings_is_replayed_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shapes.jsonl").write_text(
        '{"host": "open", "profile": "iso"}\n'
        '{"name": "void", "request": {"method": "POST", "target": "/void", "headers": []},'
        ' "response": {"status": 204, "headers": [["Vary", "Accept"]], "body": ""}}\n'
    )

    assert [case.name for case in load(tmp_path)] == ["void"]
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.endswith("1 passed, 0 differ on purpose, 0 failed\n")
