"""Runs the application of `docs/engine/authentication.md`, and calls it with each credential it names."""

import asyncio
import sys
from types import ModuleType

import msgspec
import pytest

from parlour.engine.http.messages import Request, Response
from tests.support.auth_host import basic
from tests.support.documents import ROOT, blocks

PAGE = ROOT / "docs" / "engine" / "authentication.md"


@pytest.fixture
def diaries(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The page's application, with its fragments."""
    module = ModuleType("diaries")
    monkeypatch.setitem(sys.modules, "diaries", module)
    for block in blocks(PAGE.read_text()):
        exec(compile(block.text, PAGE.name, "exec"), module.__dict__)
    return module


def ask(diaries: ModuleType, path: str, body: object = None, **headers: str) -> Response:
    given = [("host", "diaries.test"), ("accept", "application/json"), ("content-type", "application/json")]
    given += [(name.replace("_", "-"), value) for name, value in headers.items()]
    sent = None if body is None else msgspec.json.encode(body)
    request = Request(method="GET" if body is None else "POST", path=path, headers=given, body=sent)
    response: Response = asyncio.run(diaries.engine.answer(request))
    return response


def test_every_credential_works(diaries: ModuleType) -> None:
    signed_in = ask(diaries, "/auth/credentials", {"userName": "ann", "password": "correct horse"})
    found = dict(value.partition(";")[0].split("=", 1) for name, value in signed_in.headers if name == "Set-Cookie")

    ways = [
        {"authorization": f"Bearer {found['ss-tok']}"},
        {"authorization": basic("ann", "correct horse")},
        *({"cookie": f"{name}={found[name]}"} for name in ("ss-tok", "ss-reftok", "ss-id")),
    ]
    assert [ask(diaries, "/diary", **way).body for way in ways] == [b"The diary of Ann"] * len(ways)
    assert ask(diaries, "/diary").status == 401


def test_an_api_key_opens_operations_for_programs(diaries: ModuleType) -> None:
    assert ask(diaries, "/count", x_api_key="ak-5f2c").body == b"12"
    assert ask(diaries, "/count", authorization=basic("ann", "correct horse")).status == 401


def test_the_fragment_greets_the_caller(diaries: ModuleType) -> None:
    assert diaries.greet(None, None, None) == "Hello stranger"
