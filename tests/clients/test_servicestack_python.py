"""The stock Python client, `servicestack` from PyPI, against a started server.

The client knows only Parlour's DTOs, and every test is a typical use.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from servicestack import Authenticate, JsonServiceClient, WebServiceException

from tests.support.served import PARLOUR, Served, environment, served
from tests.support.tokens import KEY, expired

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "docs" / "python"))

from parlour_dtos import (  # noqa: E402 - found by the path above, like a user's copy beside the program
    AcceptInvitation,
    Chat,
    ChatMember,
    ChatMessage,
    ChatMessageRequest,
    ChatMessagesRequest,
    ChatRequest,
    GetEvents,
    InviteContact,
    PreviewInvitation,
)

PASSWORD = "parlour-demo"


@pytest.fixture(scope="module", params=["cookies", "body"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo, once with tokens in cookies and once in the body."""
    settings = {
        "throttles": "off",
        "token_cookies": "on" if request.param == "cookies" else "off",
        "secret_key": KEY,
    }
    with served(tmp_path_factory.mktemp("client") / "data", "--demo", settings=settings) as started:
        yield started


@pytest.fixture
def ben(server: Served) -> Any:
    return signed_in(server, "ben")


def signed_in(server: Served, name: str) -> Any:
    """A signed-in client. `me` is the response of the sign-in."""
    client: Any = JsonServiceClient(server.url)
    answer = client.post(
        Authenticate(provider="credentials", user_name=f"{name}@demo.example", password=PASSWORD, remember_me=True)
    )
    client.me = answer
    if answer.bearer_token:
        client.set_bearer_token(answer.bearer_token)
        client.set_refresh_token(answer.refresh_token)
    return client


def refusal(call: Any) -> WebServiceException:
    with pytest.raises(WebServiceException) as refused:
        call()
    return refused.value


def started(client: Any, name: str, *others: Any) -> Any:
    members = [ChatMember(user_id=other.me.user_id) for other in others]
    [chat] = client.post(ChatRequest(chat=Chat(chat_name=name, chat_members=members))).chat
    return chat


def say(client: Any, chat: Any, text: str, **members: Any) -> Any:
    sent = ChatMessage(chat_id=chat.chat_id, message=text, **members)
    [message] = client.post(ChatMessageRequest(chat_message=sent)).chat_message
    return message


def test_signing_in_returns_the_user_and_tokens_if_configured(ben: Any) -> None:
    me, in_cookies = ben.me, ben.me.bearer_token is None

    assert (me.user_name, me.display_name, me.roles) == ("ben@demo.example", "Ben Frost", ["Agent"])
    assert re.fullmatch("[0-9a-f]{32}", me.user_id)
    assert re.fullmatch("[0-9a-f]{32}", me.meta["contactId"])
    assert bool(ben.token_cookie) == bool(ben.refresh_token_cookie) == in_cookies
    assert ben.get(Authenticate()).user_id == me.user_id


def test_a_wrong_password_is_a_typed_error(server: Served) -> None:
    client = JsonServiceClient(server.url)
    error = refusal(
        lambda: client.post(Authenticate(provider="credentials", user_name="ben@demo.example", password="wrong"))
    )

    assert error.status_code == 401
    assert error.response_status.error_code == "Unauthorized"
    assert error.response_status.message == "Invalid Username or Password"


def test_an_anonymous_caller_is_refused(server: Served) -> None:
    assert refusal(lambda: JsonServiceClient(server.url).get(ChatRequest())).status_code == 401


def test_a_caller_lacking_the_role_is_refused(server: Served) -> None:
    error = refusal(lambda: signed_in(server, "dan").get(ChatRequest()))

    assert (error.status_code, error.response_status.error_code) == (403, "Forbidden")


def test_basic_credentials_work_on_every_call(server: Served) -> None:
    client = JsonServiceClient(server.url)
    client.set_credentials("ben@demo.example", PASSWORD)

    assert client.get(ChatRequest()).chat


def test_a_chat_with_messages_counts_what_is_unread(server: Served, ben: Any) -> None:
    cleo = signed_in(server, "cleo")
    chat = started(ben, "Fence", cleo)
    first = say(ben, chat, "Who mends the fence?")
    say(ben, chat, "And when? – ✓ 😀")

    [unread] = cleo.get(ChatRequest(chat_id=chat.chat_id)).chat
    read = cleo.get(ChatMessagesRequest(chat_id=chat.chat_id)).chat_message
    [seen] = cleo.get(ChatRequest(chat_id=chat.chat_id)).chat

    assert (unread.message_count, unread.unread_count, seen.unread_count) == (2, 2, 0)
    assert [message.message for message in read] == ["Who mends the fence?", "And when? – ✓ 😀"]
    assert read[0] == first
    assert [member.chat_member_name for member in unread.chat_members] == ["Cleo Diaz", "Ben Frost"]


def test_the_client_hears_of_another_persons_message(server: Served, ben: Any) -> None:
    cleo = signed_in(server, "cleo")
    chat = started(ben, "Gate", cleo)
    cursor = cleo.get(GetEvents()).next_cursor
    said = say(ben, chat, "Who has the key? – ✓ 😀")

    heard = cleo.get(GetEvents(cursor=cursor, wait_seconds=30))
    [event] = heard.events
    after = cleo.get(GetEvents(cursor=heard.next_cursor))

    assert (event.kind, event.chat_id, event.cursor) == ("chat.messageSent", chat.chat_id, heard.next_cursor)
    assert event.message_sent.message.chat_message_id == said.chat_message_id
    assert event.message_sent.message.text == "Who has the key? – ✓ 😀"
    assert event.message_sent.message.sender_name == "Ben Frost"
    assert (heard.is_gap, after.events, after.is_gap) == (False, [], False)


def test_dates_and_ids_have_the_clients_types(ben: Any) -> None:
    chat = started(ben, "Roof")
    message = say(ben, chat, "It leaks.")

    assert abs(message.date_created - datetime.now(UTC)) < timedelta(minutes=1)
    assert re.fullmatch("[0-9a-f]{64}", chat.chat_id + message.chat_message_id)
    assert message.sender_user_id == ben.me.user_id


def test_a_message_with_a_chosen_id_can_be_sent_again(ben: Any) -> None:
    chat, message_id = started(ben, "Doors"), uuid4().hex

    first = say(ben, chat, "Blue or green?", chat_message_id=message_id)
    second = say(ben, chat, "Blue or green?", chat_message_id=message_id)
    other = refusal(lambda: say(ben, chat, "Or red?", chat_message_id=message_id))

    assert first == second
    assert (other.status_code, other.response_status.error_code) == (409, "Conflict")
    [chat] = ben.get(ChatRequest(chat_id=chat.chat_id)).chat
    assert chat.message_count == 1


def test_a_listing_sent_back_with_another_name_renames_and_changes_nothing_else(server: Served, ben: Any) -> None:
    chat = started(ben, "Gate", signed_in(server, "cleo"))

    chat.chat_name = "Garden gate"
    [renamed] = ben.put(ChatRequest(chat_id=chat.chat_id, chat=chat)).chat

    assert renamed == chat


def test_a_batch_is_answered_in_order_up_to_the_first_item_that_fails(ben: Any) -> None:
    chat, absent = started(ben, "Batch"), uuid4().hex

    # The client repeats a failed batch with a new token. Chosen ids prevent duplicate messages.
    def message(text: str, chat_id: str = chat.chat_id) -> Any:
        sent = ChatMessage(chat_id=chat_id, message=text, chat_message_id=uuid4().hex)
        return ChatMessageRequest(chat_message=sent)

    answers = ben.send_all([message("one – ✓ 😀"), message("two\nlines")])
    error = refusal(lambda: ben.send_all([message("three"), message("lost", absent), message("never")]))
    read = ben.get(ChatMessagesRequest(chat_id=chat.chat_id)).chat_message

    assert [answer.chat_message[0].message for answer in answers] == ["one – ✓ 😀", "two\nlines"]
    assert (error.status_code, error.response_status.meta) == (404, {"AutoBatchIndex": "1"})
    assert [each.message for each in read] == ["one – ✓ 😀", "two\nlines", "three"]


def test_all_field_errors_are_reported(ben: Any) -> None:
    nobody = [ChatMember(user_id=ben.me.user_id), ChatMember(user_id=uuid4().hex)]
    error = refusal(lambda: ben.post(ChatRequest(chat=Chat(chat_name="", chat_members=nobody))))

    assert error.status_code == 400
    assert [(wrong.field_name, wrong.error_code) for wrong in error.response_status.errors] == [
        ("Chat.ChatName", "NotEmpty"),
        ("Chat.ChatMembers[1].UserId", "NotFound"),
    ]


def test_another_persons_chat_is_not_found(server: Served, ben: Any) -> None:
    chat = started(signed_in(server, "cleo"), "Between the two of us")

    hidden = refusal(lambda: say(ben, chat, "Hello?"))
    absent = refusal(lambda: ben.get(ChatRequest(chat_id=uuid4().hex)))

    assert hidden.status_code == absent.status_code == 404
    assert hidden.response_status == absent.response_status


def test_a_new_user_accepts_an_invitation_and_is_in_the_chat(server: Served) -> None:
    ada, address = signed_in(server, "ada"), f"{uuid4().hex}@example.org"
    invited = ada.post(
        InviteContact(contact_id=ada.me.meta["contactId"], email_address=address, roles=[role_id(server, "Agent")])
    )
    waiting = ChatMember(user_id=invited.contact_id)
    [chat] = ada.post(ChatRequest(chat=Chat(chat_name="Welcome", chat_members=[waiting]))).chat
    say(ada, chat, "Here you will find us.")
    token = mailed_token(server, address)
    guest = JsonServiceClient(server.url)

    shown = guest.post(PreviewInvitation(token=token))
    accepted = guest.post(AcceptInvitation(token=token, display_name="Jo New", password="of my own choice"))
    guest.post(Authenticate(provider="credentials", user_name=address, password="of my own choice"))
    [found] = guest.get(ChatRequest()).chat

    assert (shown.inviter_name, shown.agency_name, shown.email_address, shown.role_names) == (
        "Ada Young",
        "Harbour Street Agency",
        address,
        ["Agent"],
    )
    assert accepted.contact_id == invited.contact_id
    assert (found.chat_id, found.unread_count) == (chat.chat_id, 1)


def test_inviting_without_address_and_roles_reports_both(ben: Any) -> None:
    error = refusal(lambda: ben.post(InviteContact(contact_id=ben.me.meta["contactId"])))

    assert error.status_code == 400
    assert {wrong.field_name for wrong in error.response_status.errors} >= {"EmailAddress", "Roles"}


def test_the_client_refreshes_by_itself_when_its_token_has_expired(server: Served, ben: Any) -> None:
    forget_session(ben)
    let_token_expire(ben)
    before = ben.bearer_token or ben.token_cookie

    chats = ben.get(ChatRequest()).chat

    assert chats
    assert (ben.bearer_token or ben.token_cookie) != before


def test_a_write_after_the_token_has_expired_is_done_once(ben: Any) -> None:
    chat = started(ben, "Late")
    forget_session(ben)
    let_token_expire(ben)

    say(ben, chat, "Sorry, I was away.")

    [chat] = ben.get(ChatRequest(chat_id=chat.chat_id)).chat
    assert chat.message_count == 1


def test_signing_out_ends_every_token(server: Served, ben: Any) -> None:
    bearer, cookie = ben.bearer_token, ben.token_cookie
    ben.post(Authenticate(provider="logout"))
    thief = JsonServiceClient(server.url)
    thief.set_bearer_token(bearer or cookie)

    assert refusal(lambda: ben.get(ChatRequest())).status_code in (400, 401)
    assert refusal(lambda: thief.get(ChatRequest())).status_code == 401
    assert not ben.token_cookie
    assert not ben.refresh_token_cookie


def forget_session(client: Any) -> None:
    """Removes the client's session cookies, leaving only its tokens."""
    for name in ("ss-id", "ss-pid", "ss-opt"):
        client._session.cookies.pop(name, None)


def let_token_expire(client: Any) -> None:
    if client.bearer_token:
        client.set_bearer_token(expired(client.bearer_token))
    else:
        [cookie] = [cookie for cookie in client._session.cookies if cookie.name == "ss-tok"]
        cookie.value = expired(cookie.value)


def role_id(server: Served, name: str) -> str:
    roles: list[dict[str, str]] = json.loads(command(server, "role", "list", "--json"))
    return next(role["roleId"] for role in roles if role["name"] == name)


def mailed_token(server: Served, address: str) -> str:
    mails: list[dict[str, str]] = json.loads(command(server, "outbox", "--json"))
    mail_id = next(mail["mailId"] for mail in mails if mail["to"] == address)
    found = re.search(r"/invite#(\S+)", command(server, "outbox", mail_id))
    assert found is not None
    return found[1]


def command(server: Served, *arguments: str) -> str:
    run = [str(PARLOUR), *arguments, "--data-dir", str(server.data_dir)]
    return subprocess.run(run, env=environment({"secret_key": KEY}), check=True, capture_output=True, text=True).stdout


def test_the_client_waits_for_messages_of_others(server: Served, ben: Any) -> None:
    cleo = signed_in(server, "cleo")
    chat = started(ben, "Gate", cleo)
    cursor = cleo.get(GetEvents()).next_cursor
    say(ben, chat, "Who mends the gate?")

    answer = cleo.get(GetEvents(cursor=cursor, wait_seconds=30))
    [event] = answer.events
    assert (event.kind, event.message_sent.message.text) == ("chat.messageSent", "Who mends the gate?")
    assert cleo.get(GetEvents(cursor=answer.next_cursor)).events == []
