"""A whole server: what people do from end to end, in both formats, on both databases, over real HTTP and SMTP."""

import asyncio
import json
import re
import subprocess
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from xml.etree import ElementTree

import pytest

from tests.conftest import Store
from tests.delivery.post_office import PostOffice, link_in, serving
from tests.served import PARLOUR, Served, basic, environment, served

ADA, BEN = "ada@demo.example:parlour-demo", "ben@demo.example:parlour-demo"
GUEST = "jo@example.org:of my own choice"

PLATFORM = "{http://schemas.datacontract.org/2004/07/CRM.AgencyPlatform.API.Internal}"


def with_mail(store: Store, story: Callable[[Served, Callable[[str], str]], None], **settings: str) -> None:
    """Runs the story of a server with the demo and a mail server; `token_for` waits for the mail to an address."""

    async def run() -> None:
        office = PostOffice()
        loop = asyncio.get_running_loop()

        async def arrived(address: str) -> str:
            while True:
                for mail in office.taken:
                    if mail["To"] == address:
                        return link_in(mail)
                office.has_mail.clear()
                await asyncio.wait_for(office.has_mail.wait(), 10)

        def link_for(address: str) -> str:
            return asyncio.run_coroutine_threadsafe(arrived(address), loop).result()

        async with serving(office) as mail_server:
            given = {"smtp_url": f"smtp://127.0.0.1:{mail_server.port}", "throttles": "off", **settings}

            def tell() -> None:
                with served(store.data_dir, "--database-url", store.url, "--demo", settings=given) as server:
                    story(server, link_for)

            await asyncio.to_thread(tell)

    asyncio.run(run())


def test_a_guest_is_invited_accepts_and_finds_what_was_said_to_him(store: Store) -> None:
    def story(server: Served, link_for: Callable[[str], str]) -> None:
        me = server.call("GET", "/auth", caller=ADA)[1]["meta"]["contactId"]
        invitation = {"emailAddress": "jo@example.org", "roles": [_role(store, "Agent")]}
        status, invited = server.call("POST", f"/api/contacts/{me}/invite/contact", invitation, caller=ADA)
        assert status == 200
        members = [{"userId": invited["contactId"]}]
        chat = server.call("POST", "/v1/Chat", {"chat": {"chatName": "Jo", "chatMembers": members}}, caller=ADA)[1]
        chat_id = chat["chat"][0]["chatId"]
        for text in ("Welcome!", "Here you find us."):
            server.call("POST", "/v1/ChatMessage", {"chatMessage": {"chatId": chat_id, "message": text}}, caller=ADA)

        address, _, token = link_for("jo@example.org").partition("#")
        assert address == "https://chat.example.org/invite"
        accepted = {"token": token, "displayName": "Jo Park", "password": "of my own choice"}
        assert server.call("POST", "/v1/invitations/accept", accepted)[0] == 200

        [found] = server.call("GET", "/v1/Chat", caller=GUEST)[1]["chat"]
        assert (found["chatId"], found["unreadCount"]) == (chat_id, 2)
        read = server.call("GET", f"/v1/Chat/{chat_id}/Messages", caller=GUEST)[1]["chatMessage"]
        assert [message["message"] for message in read] == ["Welcome!", "Here you find us."]
        [found] = server.call("GET", "/v1/Chat", caller=GUEST)[1]["chat"]
        assert found["unreadCount"] == 0

    with_mail(store, story, base_url="https://chat.example.org")


def test_the_mail_that_waited_when_the_server_started_leaves(store: Store) -> None:
    def story(server: Served, link_for: Callable[[str], str]) -> None:
        assert "/invite#" in link_for("iris@demo.example")

    with_mail(store, story)


def test_the_same_is_done_in_xml(store: Store) -> None:
    with served(store.data_dir, "--database-url", store.url, "--demo", settings={"throttles": "off"}) as server:
        dan = server.call("GET", "/auth", caller="dan@demo.example:parlour-demo")[1]["userId"]
        started = _post_xml(
            server,
            "/v1/Chat",
            f'<ChatRequest xmlns="{PLATFORM[1:-1]}"><Chat><ChatMembers><ChatMember><UserId>{dan}</UserId></ChatMember>'
            "</ChatMembers><ChatName>Ladder &amp; paint</ChatName></Chat></ChatRequest>",
        )
        chat_id = started.findtext(f"{PLATFORM}Chat/{PLATFORM}Chat/{PLATFORM}ChatId")
        sent = _post_xml(
            server,
            "/v1/ChatMessage",
            f'<ChatMessageRequest xmlns="{PLATFORM[1:-1]}"><ChatMessage><ChatId>{chat_id}</ChatId>'
            "<Message>Behind the &lt;house&gt;</Message></ChatMessage></ChatMessageRequest>",
        )
        [chat, *_] = server.call("GET", "/v1/Chat", caller=BEN)[1]["chat"]

    assert started.tag == f"{PLATFORM}ChatResponse"
    assert sent.findtext(f"{PLATFORM}ChatMessage/{PLATFORM}ChatMessage/{PLATFORM}Message") == "Behind the <house>"
    assert (chat["chatName"], chat["messageCount"], chat["memberCount"]) == ("Ladder & paint", 1, 2)


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
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert re.search(pattern, answer.read().decode())


def test_of_servers_that_start_at_once_on_an_empty_database_one_makes_the_administrator(store: Store) -> None:
    with ExitStack() as stack, ThreadPoolExecutor() as threads:
        servers = list(
            threads.map(lambda _: stack.enter_context(served(store.data_dir, "--database-url", store.url)), range(3))
        )

    assert sorted(server.said.startswith("Made the administrator") for server in servers) == [False, False, True]


def test_a_path_that_leads_nowhere_is_404_and_a_page_takes_no_post(sqlite_store: Store) -> None:
    with served(sqlite_store.data_dir) as server:
        assert server.call("GET", "/nowhere") == (404, None)
        assert server.call("POST", "/invite", {}) == (405, None)


def _post_xml(server: Served, path: str, body: str) -> ElementTree.Element:
    headers = {"Content-Type": "application/xml", "Accept": "application/xml", "Authorization": basic(BEN)}
    request = urllib.request.Request(server.url + path, body.encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.headers["Content-Type"].startswith("application/xml")
        return ElementTree.fromstring(answer.read())


def _role(store: Store, name: str) -> str:
    command = [str(PARLOUR), "role", "list", "--json", "--data-dir", str(store.data_dir), "--database-url", store.url]
    listed = subprocess.run(command, env=environment({}), check=True, capture_output=True, text=True).stdout
    return next(str(role["roleId"]) for role in json.loads(listed) if role["name"] == name)
