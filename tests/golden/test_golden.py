"""Replays the recordings of the reference framework, and tests the replay itself."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.golden.__main__ import main
from tests.golden.differences import DIFFERENCES
from tests.golden.hosts import Hosts, scope_of
from tests.golden.recordings import RECORDINGS, Answer, Case, load
from tests.golden.replaying import Verdict, judge, replay, report
from tools import compatibility

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
TEXT = "Text that is not in UTF-8"
ROWS = "Several rows for one request"
SEPARATORS = "CSV whose cells would be lost"


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

    # Differences without a recording have their own cases below.
    assert met | {LINK, TEXT, SEPARATORS} == {difference.title for difference in DIFFERENCES}


@needs_recordings
def test_a_recording_is_judged_alike_in_any_file(verdicts: list[Verdict], tmp_path: Path) -> None:
    for number, path in enumerate(sorted(RECORDINGS.glob("*.jsonl"))):
        shutil.copy(path, tmp_path / f"{number:02}.jsonl")

    renamed = replay(tmp_path)

    assert [(v.case.name, v.outcome, v.detail) for v in renamed] == [
        (v.case.name, v.outcome, v.detail) for v in verdicts
    ]


@needs_recordings
def test_json_and_xml_have_no_missing_cases(verdicts: list[Verdict]) -> None:
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
    assert compatibility.PAGE.read_text(encoding="utf-8") == compatibility.page(), "scripts/docs writes it anew"


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
def test_a_case_with_another_answer_fails(hosts: Hosts, recorded: Answer) -> None:
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
def test_a_difference_in_reading_also_counts_if_rules_refuse_the_request(
    hosts: Hosts, type_: str, body: bytes, title: str
) -> None:
    headers = (("Accept", "application/json"), ("Content-Type", type_))
    case = replace(CASE, method="POST", target="/people", headers=headers, body=body, recorded=BROKEN_RULE)

    assert judge(case, hosts) == Verdict(case, "differs on purpose", title)


def test_a_link_with_another_verb_is_answered_as_without_it(hosts: Hosts) -> None:
    case = replace(CASE, target="/items/1?X-HTTP-Method-Override=PUT", recorded=Answer(405, (), b""))

    assert judge(case, hosts) == Verdict(case, "differs on purpose", LINK)


@pytest.mark.parametrize(
    ("query", "body", "type_"),
    [
        ("?text=caf%E9", b"", "application/x-www-form-urlencoded"),
        ("", b"int=1&text=%ff", "application/x-www-form-urlencoded"),
        ("", b"text=caf\xe9", "application/x-www-form-urlencoded"),
        (
            "",
            b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xe9\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
    ],
)
def test_text_not_in_utf_8_is_refused_with_its_name(hosts: Hosts, query: str, body: bytes, type_: str) -> None:
    recorded = replace(CASE.recorded, body=b'{"text":"caf\xef\xbf\xbd"}')
    headers = (("Accept", "application/json"), ("Content-Type", type_))
    case = replace(CASE, method="POST", target=f"/alltypes{query}", headers=headers, body=body, recorded=recorded)

    assert judge(case, hosts) == Verdict(case, "differs on purpose", TEXT)


@pytest.mark.parametrize(
    ("type_", "body", "title"),
    [
        ("text/csv", b"Count\r\n2\r\n3\r\n", ROWS),
        ("text/jsonl", b'{"count":2}\n{"count":3}\n', ROWS),
        ("text/csv", b"Count;Other\r\n2;3\r\n", SEPARATORS),
        ("text/csv", b"Count\tOther\r\n2\t3\r\n", SEPARATORS),
    ],
)
def test_a_body_that_would_lose_data_is_refused(hosts: Hosts, type_: str, body: bytes, title: str) -> None:
    headers = (("Accept", "application/json"), ("Content-Type", type_))
    case = replace(CASE, method="POST", target="/items", headers=headers, body=body)

    assert judge(case, hosts) == Verdict(case, "differs on purpose", title)


def test_a_wrong_verb_without_a_route_is_not_an_intended_difference(hosts: Hosts) -> None:
    nowhere = replace(CASE, target="/nowhere", recorded=Answer(200, (), b""))

    assert judge(nowhere, hosts).outcome == "failed"


WITHOUT_COOKIES = (("Accept", "application/json"), ("Content-Type", "application/json"))


def guarded(method: str, target: str, body: str = "{}", *, user: str = "ann", group: str = "anything") -> Case:
    """A case of the host `auth` from a user, in a file of any name."""
    headers = (*WITHOUT_COOKIES, ("Cookie", f"<cookies of {user}>"))
    case = replace(CASE, group=group, host="auth", method=method, target=target)
    return replace(case, headers=headers, body=body.encode())


def test_the_host_decides_which_differences_count(hosts: Hosts) -> None:
    answer = Answer(401, (("Vary", "Accept"), ("WWW-Authenticate", 'credentials realm="/auth/credentials"')), b"")
    case = replace(
        guarded("GET", "/v1/Chat"), headers=(("Accept", "application/json"), ("Cookie", "ss-id=a; ss-pid=b"))
    )

    assert judge(replace(case, recorded=answer), hosts).detail == "The reason of a refusal"
    assert judge(replace(case, host="open", recorded=answer), hosts).outcome == "failed"


def test_a_target_is_sent_as_it_was_recorded(hosts: Hosts) -> None:
    scope = scope_of(replace(CASE, target="/files/a%2Fb%20c?Text=%41"))

    assert (scope["raw_path"], scope["path"]) == (b"/files/a%2Fb%20c", "/files/a/b c")
    assert scope["query_string"] == b"Text=%41"


def test_an_escaped_slash_is_not_a_separator(hosts: Hosts) -> None:
    case = replace(CASE, target="/v1%2FChat")

    assert hosts.answer(case).status == 404
    assert hosts.answer(case, target="/v1/Ch%61t").status == 200


def test_each_recording_starts_with_a_new_host(hosts: Hosts) -> None:
    cat = '{"userName":"cat","password":"p@55word","email":"cat@example.org"}'
    cases = [
        replace(guarded("POST", "/register", cat, group=group), name="register ok", headers=WITHOUT_COOKIES)
        for group in ("one", "two")
    ]

    assert [hosts.answer(case).text for case in cases] == ['{"userId":"4","userName":"cat"}'] * 2


ONE, TWO = "1" * 32, "2" * 32


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (f'{{"contactId":"{ONE}","toContactId":"{TWO}"}}', f'{{"contactId":"{TWO}"}}'),
        (f'{{"contactId":"{ONE}"}}', f'{{"contactId":"{"0" * 32}"}}'),
        (
            f'{{"contactId":"{ONE}","toContactId":"{TWO}","emailAddress":"session"}}',
            f'{{"contactId":"{ONE}","responseStatus":{{"message":"bob"}}}}',
        ),
    ],
)
def test_an_invitation_on_the_auth_host_returns_the_invited_contact(hosts: Hosts, given: str, told: str) -> None:
    assert hosts.answer(guarded("POST", "/json/reply/InviteContact", given, user="bob")).text == told


def test_a_changed_chat_on_the_auth_host_returns_a_new_one(hosts: Hosts) -> None:
    given = '{"chat":{"chatName":"Ops","memberCount":7,"isArchived":true,"createdByName":"Ann"}}'

    answer = hosts.answer(guarded("PUT", f"/v1/Chat/{ONE}", given))

    zero, never = "0" * 32, "0001-01-01T00:00:00.0000000"
    assert answer.text == (
        f'{{"chat":[{{"chatId":"{ONE}","chatName":"Ops","createdBy":"{zero}","dateCreated":"{never}",'
        '"chatMembers":[],"isArchived":false,"memberCount":0,"messageCount":0,"unreadCount":0}]}'
    )


@pytest.mark.parametrize(("user", "status"), [("ann", 200), ("bob", 403), ("root", 200)])
@pytest.mark.parametrize(("method", "target"), [("GET", "/v1/Chat"), ("POST", "/v1/Chat"), ("PUT", f"/v1/Chat/{ONE}")])
def test_each_verb_of_a_chat_asks_for_its_roles(hosts: Hosts, method: str, target: str, user: str, status: int) -> None:
    assert hosts.answer(guarded(method, target, user=user)).status == status


def test_the_host_with_users_has_event_streams(hosts: Hosts) -> None:
    assert hosts.answer(guarded("GET", "/event-subscribers?channels=a")).text == "[]"
    assert hosts.answer(guarded("GET", "/event-heartbeat?id=x")).status == 404


def test_the_profile_says_whether_other_sites_may_call(hosts: Hosts) -> None:
    cors = replace(CASE, profile="cors", headers=(("Origin", "http://good.example"),))

    assert hosts.answer(cors).header("Access-Control-Allow-Origin") == "http://good.example"
    assert hosts.answer(replace(cors, profile="iso")).header("Access-Control-Allow-Origin") is None


def test_missing_cases_are_counted_by_what_they_lack(hosts: Hosts) -> None:
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
