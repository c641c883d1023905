"""The event stream with the stock JavaScript client."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.node import NPM, run_module

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def told() -> Iterator[Any]:
    """The client's report of the story in `events.mjs`."""
    command = [sys.executable, "-m", "tests.clients.event_host"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        yield run_module(NPM / "events.mjs", SERVER=process.stdout.readline().strip())
    finally:
        process.terminate()
        process.communicate(timeout=60)


def heard(told: Any, name: str, *what: str) -> list[Any]:
    return [each for each in told[name] if each["what"] in what]


def test_the_client_connects_and_knows_its_user(told: Any) -> None:
    info = told["info"]

    assert (info["userId"], info["displayName"], info["isAuthenticated"]) == ("id-ann", "ann", "true")
    assert info["channels"] == "a,b"
    assert (info["heartbeatIntervalMs"], info["idleTimeoutMs"]) == (300, 5000)


def test_the_client_hears_joins_changes_and_leaves(told: Any) -> None:
    bob = {"displayName": "bob", "channels": "b"}

    assert heard(told, "ann", "onJoin")[2]["body"] == bob
    assert [each["body"]["channels"] for each in heard(told, "bob", "onUpdate")] == ["b,a", "b,a", "a"]
    assert heard(told, "ann", "onLeave")[0]["body"] == {"displayName": "bob", "channels": "a"}
    assert told["bobsChannels"] == ["a"]


def test_the_client_hears_only_typed_messages_of_its_channels(told: Any) -> None:
    to_both = {"name": "server", "text": "to both – ✓ 😀\nin two lines"}

    assert [(each["channel"], each["body"]) for each in heard(told, "ann", "Said")] == [
        ("b", to_both),
        ("a", {"name": "server", "text": "to ann"}),
    ]
    assert [each["body"] for each in heard(told, "bob", "Said")] == [to_both]


def test_the_client_runs_commands_triggers_and_receivers(told: Any) -> None:
    assert [each["body"] for each in heard(told, "bob", "announce", "customEvent")] == ["plain", "raised"]
    assert told["title"] == "New title"


def test_the_client_lists_subscribers(told: Any) -> None:
    listed = {each["displayName"]: sorted(each["channels"]) for each in told["subscribers"]}

    assert listed == {"ann": ["a", "b"], "bob": ["b"]}


def test_heartbeats_are_answered_on_the_stream(told: Any) -> None:
    assert len(heard(told, "ann", "onHeartbeat")) >= 2
    assert heard(told, "ann", "reconnect") == []


def test_the_stream_ends_with_its_session(told: Any) -> None:
    assert told["exceptionsBeforeSigningOut"] == 0
    assert told["ann"][-1]["what"] == "exception"
