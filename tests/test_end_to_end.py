"""The whole story of an agency, from the first sign-in to a guest who reads earlier messages.

A started server, real HTTP and a real mail server; every call in JSON, and every call in XML.
"""

import asyncio
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from email.message import EmailMessage
from typing import Any, get_args

import pytest

from parlour.engine.dto.declare import EMPTY_GUID, Guid, new_guid
from parlour.services import users
from parlour.services.passwords import hash_password
from parlour.store import roles
from parlour.store.database import Transaction, open_database
from tests.conftest import Store
from tests.store.schema import SNAPSHOT
from tests.support.post_office import PostOffice, link_in, serving, text_of
from tests.support.served import Served, served
from tests.support.wire import Answer, Client, Format

AGENCY, PASSWORD, OWN_PASSWORD = "Harbour Street", "correct horse", "of my own choice"
ANN, BOB, CID = "ann@example.org", "bob@example.org", "cid@example.org"
BASE_URL = "https://chat.example.org"
FORMATS: tuple[Format, ...] = get_args(Format)
TABLES = [line for line in SNAPSHOT.read_text().splitlines() if line and not line.startswith(" ")]

MAIL_SECONDS = 10

MailTo = Callable[[str], EmailMessage]
"""Waits for the mail to an address, and returns it."""


@pytest.mark.parametrize("format", FORMATS)
def test_an_agencys_whole_story_works(store: Store, format: Format) -> None:
    agent_role = add_people(store)

    def story(server: Served, mail_to: MailTo) -> None:
        ann, bob = signed_in(server, format, ANN), signed_in(server, format, BOB)
        guest = Client(server.url, format)

        chat_id = start_chat(ann, "Roof & <gutter>", bob.me["UserId"])
        said = ["It leaks.", "Since when?", "Since <yesterday> & before."]
        for text in said:
            say(ann, chat_id, text)
        assert (unread(ann, chat_id), unread(bob, chat_id)) == (0, 3)
        assert read(bob, chat_id) == said
        assert unread(bob, chat_id) == 0

        contact_id = invite(ann, CID, agent_role)
        token = token_in(mail_to(CID))
        put_into(ann, chat_id, contact_id)
        said += ["Cid will look at it.", "He comes on Monday."]
        for text in said[-2:]:
            say(bob, chat_id, text)
        assert (unread(ann, chat_id), unread(bob, chat_id)) == (2, 0)

        shown = guest.done("POST", "/v1/invitations/preview", "PreviewInvitation", Token=token)
        assert (shown["InviterName"], shown["AgencyName"], shown["EmailAddress"]) == ("Ann", AGENCY, CID)
        assert shown["RoleNames"] == ["Agent"]
        accepted = accept(guest, token, DisplayName="Cid", Password=OWN_PASSWORD).body
        assert (accepted["ContactId"], accepted["UserName"]) == (contact_id, CID)

        guest.sign_in(CID, OWN_PASSWORD)
        assert guest.me["UserId"] == accepted["UserId"]
        assert unread(guest, chat_id) == 2
        assert read(guest, chat_id) == said
        assert (unread(guest, chat_id), unread(ann, chat_id)) == (0, 2)

        assert accept(guest, token).body == accepted
        without_signing_in = Client(server.url, format)
        assert accept(without_signing_in, token, DisplayName="Cid", Password=OWN_PASSWORD).body == accepted
        by_another, of_nothing = accept(bob, token), accept(bob, "x" * len(token))
        assert by_another.status == of_nothing.status == 404
        assert by_another.body == of_nothing.body

    with_mail(store, story)


def test_bad_input_is_reported_completely_and_leaves_nothing_behind(store: Store) -> None:
    agent_role = add_people(store)

    with started(store) as server:
        for format in FORMATS:
            ann = signed_in(server, format, ANN)
            chat_id = start_chat(ann, "Roof", new_member=None)
            before = rows(store)
            for request, wrong in bad_requests(ann.me, chat_id, agent_role):
                answer = ann.call(*request[:3], **request[3])
                assert (answer.status, answer.wrong) == (400, wrong), answer
            assert rows(store) == before


def test_the_invitation_page_loads_nothing_foreign(sqlite_store: Store) -> None:
    with started(sqlite_store) as server:
        for method in ("GET", "HEAD"):
            request = urllib.request.Request(f"{server.url}/invite", method=method)
            with urllib.request.urlopen(request, timeout=60) as page:
                headers, content = page.headers, page.read()

            assert page.status == 200
            assert headers["Content-Type"] == "text/html; charset=utf-8"
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert headers["Referrer-Policy"] == "no-referrer"
            assert len(content) == (int(headers["Content-Length"]) if method == "GET" else 0)


# Wrong requests -------------------------------------------------------------------------------------------------------

Request = tuple[str, str, str, dict[str, Any]]


def bad_requests(me: Any, chat_id: Guid, agent_role: Guid) -> list[tuple[Request, set[str]]]:
    """Requests with several errors each, and these errors."""
    nobody, mine, nothing = {"UserId": new_guid()}, {"UserId": me["UserId"]}, new_guid()
    invite_path = f"/api/contacts/{me['Meta']['contactId']}/invite/contact"

    def chat(**members: Any) -> dict[str, Any]:
        return {"Chat": {"ChatName": "New", **members}}

    return [
        (
            ("POST", "/v1/Chat", "ChatRequest", chat(ChatName="", ChatMembers=[nobody, mine, {"UserId": EMPTY_GUID}])),
            {"Chat.ChatName", "Chat.ChatMembers[0].UserId", "Chat.ChatMembers[2].UserId"},
        ),
        (
            ("POST", "/v1/Chat", "ChatRequest", chat(MemberCount="many", ChatMembers=[mine, {"UserId": "me"}])),
            {"Chat.MemberCount", "Chat.ChatMembers[1].UserId"},
        ),
        (
            (
                "PUT",
                f"/v1/Chat/{chat_id}",
                "ChatRequest",
                chat(ChatId=nothing, ChatMembers=[{**mine, "LastChatMessageId": nothing}, {"ChatMemberId": nothing}]),
            ),
            {"Chat.ChatId", "Chat.ChatMembers[0].LastChatMessageId", "Chat.ChatMembers[1].ChatMemberId"},
        ),
        (
            ("POST", "/v1/ChatMessage", "ChatMessageRequest", {"ChatMessage": {"Message": " "}}),
            {"ChatMessage.ChatId", "ChatMessage.Message"},
        ),
        (
            ("POST", invite_path, "InviteContact", {"EmailAddress": "nobody", "Roles": []}),
            {"EmailAddress", "Roles"},
        ),
        (
            ("POST", invite_path, "InviteContact", {"EmailAddress": CID, "Roles": [nothing, agent_role, new_guid()]}),
            {"Roles[0]", "Roles[2]"},
        ),
        (
            ("POST", invite_path, "InviteContact", {"EmailAddress": "nobody", "Roles": [nothing, agent_role]}),
            {"EmailAddress", "Roles[0]"},
        ),
        (
            ("POST", "/v1/invitations/accept", "AcceptInvitation", {"Token": "", "Password": "short"}),
            {"Token", "Password", "DisplayName"},
        ),
    ]


def rows(store: Store) -> dict[str, int]:
    """The number of rows in each table."""
    database = open_database(store.url, store.data_dir, migrate=False)
    try:
        return database.run(lambda tx: {table: tx.value(f"SELECT count(*) FROM {table}") for table in TABLES})
    finally:
        database.close()


# The people -----------------------------------------------------------------------------------------------------------


def signed_in(server: Served, format: Format, address: str) -> Client:
    client = Client(server.url, format)
    client.sign_in(address, PASSWORD)
    return client


def start_chat(client: Client, name: str, new_member: Guid | None) -> Guid:
    members = [] if new_member is None else [{"UserId": new_member}]
    chat = {"ChatName": name, "ChatMembers": members}
    [started] = client.done("POST", "/v1/Chat", "ChatRequest", Chat=chat)["Chat"]
    assert started["ChatName"] == name
    return Guid(started["ChatId"])


def put_into(client: Client, chat_id: Guid, contact_id: Guid) -> None:
    chat = {"ChatMembers": [{"UserId": contact_id}]}
    [changed] = client.done("PUT", f"/v1/Chat/{chat_id}", "ChatRequest", Chat=chat)["Chat"]
    assert (changed["ChatMembers"][-1]["UserId"], changed["ChatMembers"][-1]["IsActive"]) == (contact_id, "false")


def say(client: Client, chat_id: Guid, text: str) -> None:
    [sent] = client.done(
        "POST", "/v1/ChatMessage", "ChatMessageRequest", ChatMessage={"ChatId": chat_id, "Message": text}
    )["ChatMessage"]
    assert (sent["ChatId"], sent["SenderUserId"], sent["Message"]) == (chat_id, client.me["UserId"], text)


def unread(client: Client, chat_id: Guid) -> int:
    [chat] = client.done("GET", "/v1/Chat")["Chat"]
    assert chat["ChatId"] == chat_id
    return int(chat["UnreadCount"])


def read(client: Client, chat_id: Guid) -> list[str]:
    return [message["Message"] for message in client.done("GET", f"/v1/Chat/{chat_id}/Messages")["ChatMessage"]]


def invite(client: Client, address: str, role: Guid) -> Guid:
    path = f"/api/contacts/{client.me['Meta']['contactId']}/invite/contact"
    return Guid(client.done("POST", path, "InviteContact", EmailAddress=address, Roles=[role])["ContactId"])


def token_in(mail: EmailMessage) -> str:
    """The token after the # of the link, which is the same in both parts of the mail."""
    address, _, token = link_in(mail).partition("#")
    assert address == f"{BASE_URL}/invite"
    assert f'href="{address}#{token}"' in text_of(mail, "html")
    assert "Ann" in text_of(mail) and AGENCY in text_of(mail)
    return token


def accept(client: Client, token: str, **members: str) -> Answer:
    return client.call("POST", "/v1/invitations/accept", "AcceptInvitation", Token=token, **members)


# Around them --------------------------------------------------------------------------------------------------------


def add_people(store: Store) -> Guid:
    """Adds Ann and Bob, who are only agents, and returns the id of their role."""
    password = hash_password(PASSWORD)

    def add(tx: Transaction) -> Guid:
        agency_id = users.first_start(tx, AGENCY)
        users.add_user(tx, agency_id, ANN, "Ann", ["Agent"], password)
        users.add_user(tx, agency_id, BOB, "Bob", ["Agent"], password)
        return next(role.role_id for role in roles.of_agency(tx, agency_id) if role.name == "Agent")

    database = open_database(store.url, store.data_dir)
    try:
        return database.run(add)
    finally:
        database.close()


def started(store: Store, **settings: str) -> AbstractContextManager[Served]:
    given = {"token_cookies": "off", "base_url": BASE_URL, **settings}
    return served(store.data_dir, "--database-url", store.url, settings=given)


def with_mail(store: Store, story: Callable[[Served, MailTo], None]) -> None:
    """Runs a story on a server that sends its mail to a test server."""
    office = PostOffice()

    async def arrived(address: str) -> EmailMessage:
        while not (found := [mail for mail in office.taken if mail["To"] == address]):
            office.has_mail.clear()
            await asyncio.wait_for(office.has_mail.wait(), MAIL_SECONDS)
        return found[0]

    async def run() -> None:
        loop = asyncio.get_running_loop()

        def mail_to(address: str) -> EmailMessage:
            return asyncio.run_coroutine_threadsafe(arrived(address), loop).result()

        def told(port: int) -> None:
            with started(store, smtp_url=f"smtp://127.0.0.1:{port}") as server:
                story(server, mail_to)

        async with serving(office) as mail_server:
            await asyncio.to_thread(told, mail_server.port)

    asyncio.run(run())
