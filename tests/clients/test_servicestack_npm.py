"""The stock JavaScript client, `@servicestack/client` from npm, against a started server.

Its programs are in `npm/`; the expected results are here.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.node import NPM, run_module
from tests.support.served import Served, served
from tests.support.tokens import KEY


@pytest.fixture(scope="module", params=["cookies", "body"])
def tokens(request: pytest.FixtureRequest) -> str:
    """The place of tokens: cookies or body."""
    way: str = request.param
    return way


@pytest.fixture(scope="module")
def server(tokens: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = {
        "throttles": "off",
        "token_cookies": "on" if tokens == "cookies" else "off",
        "secret_key": KEY,
    }
    with served(tmp_path_factory.mktemp("npm") / "data", "--demo", settings=settings) as started:
        yield started


@pytest.fixture(scope="module")
def calls(server: Served) -> Any:
    return run_module(NPM / "calls.mjs", SERVER=server.url)


@pytest.fixture(scope="module")
def refreshing(server: Served) -> Any:
    return run_module(NPM / "refreshing.mjs", SERVER=server.url, KEY=KEY)


def test_signing_in_returns_the_user_and_tokens_if_configured(calls: Any, tokens: str) -> None:
    assert calls["me"]["userName"] == "ben@demo.example"
    assert calls["me"]["roles"] == ["Agent"]
    assert calls["tokenCookie"] == (tokens == "cookies")
    assert ("bearerToken" in calls["me"]) == (tokens == "body")


def test_calls_are_answered(calls: Any) -> None:
    assert calls["chat"]["chatName"] == "Fence"
    assert re.fullmatch("[0-9a-f]{32}", calls["chat"]["chatId"])
    assert calls["basicChats"] >= 1


def test_sent_messages_are_counted_and_read(calls: Any) -> None:
    assert calls["unread"] == [2, 2]
    assert calls["read"] == ["Who mends the fence?", "And when? – ✓ 😀"]


def test_a_batch_is_answered_in_order_up_to_the_first_item_that_fails(server: Served) -> None:
    batches = run_module(NPM / "batches.mjs", SERVER=server.url)

    assert batches["answers"] == [["one – ✓ 😀"], ["two\nlines"]]
    assert (batches["wrong"]["errorCode"], batches["wrong"]["meta"]) == ("NotFound", {"AutoBatchIndex": "1"})
    assert batches["messages"] == ["one – ✓ 😀", "two\nlines", "three"]


def test_results_of_the_api_methods_show_success_and_failure(calls: Any) -> None:
    assert calls["succeeded"] == {"succeeded": True, "names": ["Fence"]}
    assert calls["failed"]["failed"] is True
    assert calls["failed"]["code"] == "NotEmpty"
    assert calls["failed"]["fields"] == [["Chat.ChatName", "NotEmpty"]]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("anonymous", "Unauthorized"),
        ("wrongPassword", "Unauthorized"),
        ("withoutRole", "Forbidden"),
        ("absent", "NotFound"),
        ("incomplete", "NotEmpty"),
    ],
)
def test_a_refusal_is_a_typed_error(calls: Any, name: str, code: str) -> None:
    assert calls["refusals"][name]["errorCode"] == code


def test_signing_out_ends_every_token(calls: Any) -> None:
    assert calls["afterSigningOut"]["errorCode"] == "Unauthorized"


def test_the_client_refreshes_by_itself_and_a_write_is_done_once(refreshing: Any) -> None:
    assert refreshing["isFresh"]
    assert refreshing["messages"] == 1


def test_without_a_valid_refresh_token_the_client_gets_an_error(refreshing: Any) -> None:
    assert refreshing["withoutRefreshToken"]["type"] == "RefreshTokenException"


def test_a_member_hears_the_chat_until_signing_out(server: Served) -> None:
    listening = run_module(NPM / "listening.mjs", SERVER=server.url)

    assert listening["bens"]["displayName"] == "Ben Frost"
    assert listening["bens"]["channels"].startswith("chat-")
    assert listening["heartbeat"] == 200
    assert listening["cleos"]["channels"] == ""
    assert listening["subscribers"] == ["Ben Frost"]
    assert listening["strangers"] == {"code": 401}
    # The stream has ended, or the program would have waited until its timeout.
    assert "code" in listening["bens"]


def test_the_client_hears_of_messages_and_goes_on_where_it_was(server: Served) -> None:
    told = run_module(NPM / "following.mjs", SERVER=server.url)
    first, again = told["first"], told["again"]

    assert first["connect"] == again["connect"] == {"isGap": None}
    assert first["messages"] == ["Who mends the fence?"]
    assert again["messages"] == ["And when?", "Tomorrow? ✓"]
    assert set(again["selectors"]) == {"chat.messageSent"}
    assert 0 < int(first["lastId"]) < int(again["lastId"]) < 2**63
