"""A request may name the user whom it is made for. Credentials of another user are then refused."""

import json

import pytest

from parlour.engine.accounts.credentials import presented
from parlour.engine.http.messages import Request
from tests.engine.test_origins import Site
from tests.support.auth_host import Host, basic, failure

ANN, BOB = "1", "2"
REFUSED = (412, "AnotherUser", "The header Expected-User names another user than the one who is signed in here.")


@pytest.mark.parametrize("path", ["/for/users", "/for/agents", "/for/all", "/auth"])
def test_credentials_of_another_user_are_refused_wherever_they_count(path: str) -> None:
    host = Host()
    token = f"Bearer {host.tokens('ann')['access']}"

    assert failure(host.get(path, authorization=token, expected_user=BOB)) == REFUSED
    assert host.get(path, authorization=token, expected_user=ANN).status == 200
    assert host.get(path, authorization=token).status == 200


def test_every_kind_of_credentials_counts() -> None:
    host = Host()
    tokens = host.tokens("ann")
    shown = [
        {"authorization": f"Bearer {tokens['access']}"},
        {"authorization": basic("ann")},
        {"cookie": f"ss-tok={tokens['access']}"},
        {"cookie": f"ss-reftok={tokens['refresh']}"},
    ]

    assert {failure(host.get("/for/users", **each, expected_user=BOB)) for each in shown} == {REFUSED}


def test_a_caller_who_is_not_signed_in_is_not_another_user() -> None:
    host = Host()

    assert host.get("/for/users", expected_user=BOB).status == 401
    assert host.get("/for/all", expected_user=BOB).body == b"nobody"


@pytest.mark.parametrize(
    ("method", "target", "body", "more"),
    [
        ("POST", "/notes", b'{"text":"a"}', {}),
        ("PUT", "/notes", b'{"text":"a"}', {}),
        ("GET", "/notes", None, {}),
        ("HEAD", "/notes", None, {}),
        ("POST", "/json/reply/Notes[]", b'[{"text":"a"}]', {}),
        ("POST", "/files", b"--x--", {"Content-Type": "multipart/form-data; boundary=x"}),
        ("GET", "/event-stream", None, {"Accept": "text/event-stream"}),
        ("GET", "/event-subscribers", None, {}),
        ("POST", "/session-to-token", b"{}", {}),
    ],
)
def test_nothing_is_done_for_another_user(method: str, target: str, body: bytes | None, more: dict[str, str]) -> None:
    site = Site()

    answer = site.call(method, target, body, {"Expected-User": BOB, **more})

    assert answer.status == 412
    assert method == "HEAD" or b"AnotherUser" in answer.body
    assert site.written == []


def test_another_user_is_not_signed_out() -> None:
    site = Site()

    answer = site.call("POST", "/auth/logout", b"{}", {"Expected-User": BOB})

    assert (answer.status, answer.header("set-cookie")) == (412, None)
    assert site.is_signed_in()
    assert site.call("POST", "/auth/logout", b"{}", {"Expected-User": ANN}).status == 200
    assert not site.is_signed_in()
    assert site.call("POST", "/auth/logout", b"{}", {"Expected-User": ANN}).status == 200


def test_signing_in_needs_no_earlier_user() -> None:
    host = Host(tokens_in_cookies=True)
    cookie = "; ".join(value.partition(";")[0] for name, value in host.sign_in("ann").headers if name == "Set-Cookie")
    body = {"userName": "bob", "password": "p@55word"}

    answer = host.call("POST", "/auth/credentials", body, cookie=cookie, expected_user=BOB)

    assert (answer.status, json.loads(answer.body)["userName"]) == (200, "bob")


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("0a1b2c3d4e5f60718293a4b5c6d7e8f9", "0a1b2c3d4e5f60718293a4b5c6d7e8f9"),
        ("0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9", "0a1b2c3d4e5f60718293a4b5c6d7e8f9"),
        ("7", "7"),
        ("", ""),
    ],
)
def test_the_id_may_be_written_as_answers_write_it(sent: str, found: str) -> None:
    shown = presented(Request(method="GET", path="/", headers=[("cookie", "ss-id=a"), ("expected-user", sent)]))

    assert shown is not None
    assert shown.expected_user == found
