"""A whole server besides the story in test_end_to_end.py: start, settings, outages, unknown paths."""

import asyncio
import http.client
import json
import os
import re
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from parlour.app import build
from parlour.config import Settings, SettingsError
from parlour.console.invitation import FILES
from parlour.engine.dto.declare import Guid
from parlour.engine.http.asgi import AsgiApp
from parlour.engine.http.messages import Request
from parlour.services import users
from parlour.services.passwords import hash_password
from parlour.store.database import Database, Transaction
from tests.conftest import Store
from tests.support.asgi_face import Answer, call
from tests.support.post_office import PostOffice, link_in, serving
from tests.support.served import basic, served

BEN = "ben@demo.example:parlour-demo"
CLEO = "cleo@demo.example:parlour-demo"
DAN = "dan@demo.example:parlour-demo"


def test_mail_that_waited_before_the_start_is_sent(store: Store) -> None:
    async def story() -> None:
        office = PostOffice()
        async with serving(office) as mail_server:
            given = {"smtp_url": f"smtp://127.0.0.1:{mail_server.port}"}
            with served(store.data_dir, "--database-url", store.url, "--demo", settings=given):
                async with asyncio.timeout(60):
                    await office.has_mail.wait()
        [mail] = office.taken
        assert mail["To"] == "iris@demo.example"
        assert "/invite#" in link_in(mail)

    asyncio.run(story())


def test_a_readable_data_folder_is_warned_about_and_its_files_are_private(
    sqlite_store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    sqlite_store.data_dir.chmod(0o755)
    (sqlite_store.data_dir / "parlour.db").chmod(0o644)
    before = os.umask(0)
    try:
        with served(sqlite_store.data_dir, "--demo"):
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in sqlite_store.data_dir.iterdir()}
    finally:
        os.umask(before)

    private_files = dict.fromkeys(["parlour.db", "parlour.db-wal", "parlour.db-shm", "secret.key"], 0o600)
    assert modes == {**private_files, "files": 0o700}
    assert "Other users of this machine may look into the data folder" in capfd.readouterr().err


def test_a_private_data_folder_causes_no_warning(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with served(tmp_path / "new"):
        pass

    assert "Other users" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("settings", "pattern"),
    [
        ({}, r'"userId":"[0-9a-f]{32}"'),
        ({"json_case": "pascal"}, r'"UserId":"[0-9a-f]{32}"'),
        ({"guid_format": "D"}, r'"createdBy":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"'),
    ],
)
def test_json_is_written_as_the_settings_say(sqlite_store: Store, settings: dict[str, str], pattern: str) -> None:
    with served(sqlite_store.data_dir, "--demo", settings=settings) as server:
        request = urllib.request.Request(f"{server.url}/v1/Chat", headers={"Authorization": basic(BEN)})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert re.search(pattern, answer.read().decode())


def test_cors_and_trusted_proxies_follow_the_settings(sqlite_store: Store) -> None:
    settings = {
        "cors_origins": "https://good.example",
        "cors_credentials": "on",
        "trusted_proxies": "127.0.0.1",
        "throttles": "off",
    }
    headers = {
        "Origin": "https://good.example",
        "Authorization": basic(BEN),
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "chat.example",
    }
    with served(sqlite_store.data_dir, "--demo", settings=settings) as server:
        request = urllib.request.Request(f"{server.url}/api", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == "https://good.example"
            assert answer.headers["Access-Control-Allow-Credentials"] == "true"
            assert b"https://chat.example/api/ChatRequest" in answer.read()


@pytest.mark.parametrize("target", ["/v1%2FChat", "/v1%2fChat", "%2Finvite", "/x%2Fevent-stream", "/types%2Fpython"])
def test_an_escaped_slash_does_not_separate_segments(database: Database, target: str) -> None:
    asgi = build(Settings(secret_key="k" * 32), database).asgi

    assert call(asgi, "GET", target).status == 404


@pytest.mark.parametrize("path", FILES)
def test_with_cors_pages_vary_by_origin_too(database: Database, path: str) -> None:
    asgi = build(Settings(secret_key="k" * 32, cors_origins=("https://good.example",)), database).asgi

    assert call(asgi, "GET", path).header("vary") == "Accept, Origin"


def test_pages_of_other_sites_may_send_the_headers_of_the_api(database: Database) -> None:
    asgi = build(Settings(secret_key="k" * 32, cors_origins=("https://good.example",)), database).asgi

    allowed = call(asgi, "OPTIONS", "/v1/Chat", headers={"Origin": "https://good.example"}).header(
        "access-control-allow-headers"
    )
    assert {"Authorization", "Expected-User", "Tus-Resumable"} < set((allowed or "").split(", "))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_have_nosniff_headers(database: Database, method: str) -> None:
    answer = call(build(Settings(secret_key="k" * 32), database).asgi, method, "/invite")

    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("cross-origin-resource-policy") == "same-origin"


@pytest.mark.parametrize(
    ("settings", "origin", "status"),
    [
        ({}, "https://chat.example", 403),
        ({"base_url": "https://chat.example/"}, "https://chat.example", 401),
        ({"cors_origins": ("https://chat.example",)}, "https://chat.example", 401),
        ({"cors_origins": ("https://chat.example",)}, "https://chat.example:8443", 403),
        ({"cors_origins": ("*",)}, "https://chat.example", 403),
    ],
)
def test_only_own_pages_and_listed_origins_may_sign_in(
    database: Database, settings: dict[str, Any], origin: str, status: int
) -> None:
    asgi = build(Settings(secret_key="k" * 32, **settings), database).asgi
    body = b'{"userName":"ben@demo.example","password":"wrong"}'
    headers = {"Content-Type": "application/json", "Origin": origin}

    answer = call(asgi, "POST", "/auth/credentials", body, headers=headers)

    assert (answer.status, b"cors_origins" in answer.body) == (status, status == 403)


def test_credentials_for_any_origin_stop_the_start(database: Database) -> None:
    settings = Settings(secret_key="k" * 32, cors_origins=("*",), cors_credentials=True)

    with pytest.raises(SettingsError, match="cors_credentials cannot be used"):
        build(settings, database)


@pytest.mark.parametrize("proxy", [{}, {"x-forwarded-proto": "http"}, {"x-forwarded-for": "192.0.2.1"}])
def test_cookies_are_secure_if_the_base_url_is_https(database: Database, tmp_path: Path, proxy: dict[str, str]) -> None:
    body = b'{"userName": "ann@example.org", "password": "correct horse"}'

    def add(tx: Transaction) -> None:
        agency_id = users.first_start(tx, "Acme")
        users.add_user(tx, agency_id, "ann@example.org", "Ann", ["Agent"], hash_password("correct horse"))

    def cookies_set(base_url: str) -> list[str]:
        settings = Settings(data_dir=tmp_path, base_url=base_url, trusted_proxies=("127.0.0.1",))
        app = build(settings, database).asgi
        headers = {"content-type": "application/json", **proxy}
        signed_in = call(app, "POST", "/auth/credentials", body, headers=headers)
        signed_out = call(app, "POST", "/auth/logout", b"{}", headers=headers)
        assert (signed_in.status, signed_out.status) == (200, 200)
        return [value for name, value in signed_in.headers + signed_out.headers if name == "set-cookie"]

    database.run(add)
    by_https, by_http = cookies_set("HTTPS://chat.example.org"), cookies_set("http://chat.example.org")

    assert len(by_https) == len(by_http) >= 11
    assert all("; secure;" in each for each in by_https)
    assert not any("secure" in each for each in by_http)


def test_one_of_several_starting_servers_creates_the_administrator(store: Store) -> None:
    with ExitStack() as stack, ThreadPoolExecutor() as threads:
        servers = list(
            threads.map(lambda _: stack.enter_context(served(store.data_dir, "--database-url", store.url)), range(3))
        )

    assert sorted(server.said.startswith("Created the administrator") for server in servers) == [False, False, True]


@pytest.mark.parametrize("accept", ["application/json", "application/xml"])
def test_while_the_database_is_unavailable_callers_get_a_retry_after(database: Database, accept: str) -> None:
    engine = build(Settings(secret_key="k" * 32), database).engine
    body = json.dumps({"userName": "ben@demo.example", "password": "of no matter"}).encode()
    headers = [("accept", accept), ("content-type", "application/json"), ("content-length", str(len(body)))]
    database.close()

    answer = asyncio.run(engine.answer(Request(method="POST", path="/auth/credentials", headers=headers, body=body)))

    assert (answer.status, dict(answer.headers)["Retry-After"]) == (503, "5")
    assert b"ServiceUnavailable" in answer.body


def test_an_event_stream_ends_when_its_session_does(sqlite_store: Store) -> None:
    name, _, password = BEN.partition(":")
    with served(sqlite_store.data_dir, "--demo") as server:
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        signing_in = json.dumps({"userName": name, "password": password}).encode()
        json_body = {"Content-Type": "application/json"}
        browser.open(urllib.request.Request(f"{server.url}/auth/credentials", signing_in, json_body)).close()
        with browser.open(f"{server.url}/event-stream", timeout=60) as stream:
            first = stream.readline() + stream.readline()
            browser.open(urllib.request.Request(f"{server.url}/auth/logout", b"", json_body)).close()

            assert re.match(rb"id: \d+\ndata: cmd.onConnect \{", first)
            assert stream.read() == b"\n"
        assert server.call("GET", "/event-stream")[0] == 401


def stream(url: str, caller: str, channels: str) -> http.client.HTTPResponse:
    """An event stream of a caller, which is read until its end."""
    request = urllib.request.Request(f"{url}/event-stream?channels={channels}")
    request.add_header("Authorization", basic(caller))
    opened: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=60)
    return opened


def next_frame(opened: http.client.HTTPResponse) -> tuple[str, Any]:
    """The selector and body of the next frame that says who comes or goes. Events of the feed may come before it."""
    selector = body = ""
    while "cmd.on" not in selector or "cmd.onHeartbeat" in selector:
        _, data, _ = (opened.readline() for _ in range(3))
        _, selector, body = data.decode().split(" ", 2)
    return selector, json.loads(body)


def test_the_setting_limits_the_event_streams_of_a_caller(sqlite_store: Store) -> None:
    with served(sqlite_store.data_dir, "--demo", settings={"max_streams": "2"}) as server, ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(stream(server.url, BEN, "*"))

        status, refusal = server.call("GET", "/event-stream", caller=BEN)
        stack.enter_context(stream(server.url, DAN, "*"))

    assert (status, refusal["responseStatus"]["errorCode"]) == (429, "TooManyRequests")


def test_a_removed_member_leaves_the_chats_channel_at_once(store: Store) -> None:
    with served(store.data_dir, "--database-url", store.url, "--demo") as server, ExitStack() as stack:
        [team] = [each for each in server.call("GET", "/v1/Chat", caller=BEN)[1]["chat"] if each["chatName"] == "Team"]
        channel = f"chat-{team['chatId']}"
        [own] = server.call("POST", "/v1/Chat", {"chat": {"chatName": "Keys"}}, caller=CLEO)[1]["chat"]
        [member] = [each for each in team["chatMembers"] if each["chatMemberName"] == "Cleo Diaz"]
        ben = stack.enter_context(stream(server.url, BEN, channel))
        cleo = stack.enter_context(stream(server.url, CLEO, f"chat-{own['chatId']},{channel}"))
        before = [next_frame(ben) for _ in range(3)]
        connected = next_frame(cleo)
        leaving = {"chat": {"chatMembers": [{"chatMemberId": member["chatMemberId"], "isActive": False}]}}
        server.call("PUT", f"/v1/Chat/{team['chatId']}", leaving, caller=CLEO)

        listed = server.call("GET", f"/event-subscribers?channels={channel}", caller=BEN)[1]
        selector, gone = next_frame(ben)

    assert connected[1]["channels"] == f"chat-{own['chatId']},{channel}"
    assert [(told[0], told[1]["displayName"], told[1]["channels"]) for told in before] == [
        ("cmd.onConnect", "Ben Frost", channel),
        (f"{channel}@cmd.onJoin", "Ben Frost", channel),
        (f"{channel}@cmd.onJoin", "Cleo Diaz", channel),
    ]
    assert [(each["displayName"], each["channels"]) for each in listed] == [("Ben Frost", channel)]
    assert (selector, gone["displayName"], gone["channels"]) == (f"{channel}@cmd.onLeave", "Cleo Diaz", "")


def test_an_unknown_path_is_404_and_a_page_accepts_no_post(sqlite_store: Store) -> None:
    with served(sqlite_store.data_dir) as server:
        assert server.call("GET", "/nowhere") == (404, None)
        assert server.call("POST", "/invite", {}) == (405, None)


FORGED = "\n2026-01-01 00:00:00,000 INFO parlour: all is well\r\x1b[2J\x85\u2028\u202e\ud800"
SHOWN = r"2026-01-01 00:00:00,000 INFO parlour: all is well\r\x1b[2J\x85\u2028\u202e\ud800"
RECORD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ERROR of\.a\.test: ")

LOGGING = """
import logging
from parlour.app import log_to_stderr
from parlour.config import Settings

log_to_stderr(Settings())
logger = logging.getLogger("of.a.test")
"""


def logged(program: str) -> list[str]:
    """The lines on standard error of a program that logs as the server does."""
    ended = subprocess.run([sys.executable, "-c", LOGGING + program], capture_output=True, check=True, timeout=60)
    return ended.stderr.decode().removesuffix("\n").split("\n")


def test_a_message_is_one_line_of_the_log() -> None:
    [line] = logged(f"logger.error('Mail %s was not taken: %s', 1, {FORGED!r})")

    assert RECORD.match(line)
    assert line.endswith(f": Mail 1 was not taken: \\n{SHOWN}")


def test_tracebacks_are_indented_in_the_log() -> None:
    failing = f"try: raise KeyError from ValueError({FORGED!r})\nexcept KeyError: "
    first, *others = logged(failing + "logger.exception('failed', stack_info=True)")

    assert RECORD.match(first) and first.endswith(": failed")
    assert "    Traceback (most recent call last):" in others
    assert "    Stack (most recent call last):" in others
    assert f"    {SHOWN}" in others
    assert all(line.startswith("    ") and line.isprintable() for line in others)


def _unread_after(database: Database, ask: Callable[[AsgiApp, str, dict[str, str]], Answer]) -> tuple[Answer, int]:
    """The answer to Bob, who has three unread messages, and how many are unread afterwards."""

    def by(name: str) -> dict[str, str]:
        caller = basic(f"{name}@example.org:correct horse")
        return {"authorization": caller, "content-type": "application/json", "accept": "application/json"}

    def add(tx: Transaction) -> Guid:
        agency_id = users.first_start(tx, "Acme")
        password_hash = hash_password("correct horse")
        users.add_user(tx, agency_id, "ann@example.org", "Ann", ["Agent"], password_hash)
        return users.add_user(tx, agency_id, "bob@example.org", "Bob", ["Agent"], password_hash)[0]

    bob_id = database.run(add)
    app = build(Settings(secret_key="k" * 32), database).asgi
    chat = {"chat": {"chatName": "Keys", "chatMembers": [{"userId": bob_id}]}}
    started = json.loads(call(app, "POST", "/v1/Chat", json.dumps(chat).encode(), headers=by("ann")).body)
    chat_id = started["chat"][0]["chatId"]
    for text in ("one", "two", "three"):
        message = json.dumps({"chatMessage": {"chatId": chat_id, "message": text}}).encode()
        assert call(app, "POST", "/v1/ChatMessage", message, headers=by("ann")).status == 200

    answer = ask(app, chat_id, by("bob"))
    listed = json.loads(call(app, "GET", "/v1/Chat", headers=by("bob")).body)
    return answer, listed["chat"][0]["unreadCount"]


def test_a_head_request_marks_no_messages_as_read(database: Database) -> None:
    answer, unread = _unread_after(
        database, lambda app, chat_id, headers: call(app, "HEAD", f"/v1/Chat/{chat_id}/Messages", headers=headers)
    )

    assert (answer.status, unread) == (200, 3)


@pytest.mark.parametrize(("others", "status", "unread"), [([], 200, 0), (["0" * 31 + "1"], 404, 3)])
def test_a_batch_marks_as_read_only_what_it_returns(
    database: Database, others: list[str], status: int, unread: int
) -> None:
    def ask(app: AsgiApp, chat_id: str, headers: dict[str, str]) -> Answer:
        body = json.dumps([{"chatId": each} for each in (chat_id, *others)]).encode()
        headers["x-http-method-override"] = "GET"
        return call(app, "POST", "/json/reply/ChatMessagesRequest[]", body, headers=headers)

    answer, left = _unread_after(database, ask)

    assert (answer.status, left) == (status, unread)
    if status == 200:
        assert [each["message"] for each in json.loads(answer.body)[0]["chatMessage"]] == ["one", "two", "three"]
