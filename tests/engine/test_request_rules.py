import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from parlour.engine import standard_engine
from parlour.engine.dto.declare import Guid, namespace, validate_request
from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.http.messages import Request, Response
from parlour.engine.serving.handlers import Handler, InlineUnits, Services, UnitOfWork
from parlour.engine.serving.pipeline import Engine
from parlour.engine.serving.principals import Identified, Principal
from parlour.engine.serving.request_rules import (
    Condition,
    HasAnyRole,
    HasClaim,
    HasPermission,
    HasRole,
    HasScope,
    IsAdmin,
    IsAuthenticated,
    RequestRule,
)

CALLERS: Mapping[str, Principal] = {
    name: Principal(user_id=Guid("1" * 32), user_name=name, **granted)  # type: ignore[arg-type] # by name
    for name, granted in {
        "ann": {
            "roles": frozenset({"Agent"}),
            "permissions": frozenset({"ReadTerm"}),
            "claims": frozenset({("scope", "read"), ("team", "sales")}),
        },
        "root": {"roles": frozenset({"Admin"})},
    }.items()
}


class Names:
    """An authentication whose bearer tokens are user names."""

    challenge = 'names realm="/auth"'
    admin_role = "Admin"
    login_path: str | None = None

    async def credentials(self, request: Request, units: UnitOfWork) -> Any:
        return request.header("authorization")

    def identify(self, credentials: Any, tx: Any) -> Identified:
        return Identified(CALLERS[credentials])

    def renewed(self, principal: Principal, tx: Any) -> Principal:
        return principal


def engine(*rules: RequestRule, authentication: Any = None) -> Engine:
    @namespace("Tests")
    @dataclass(kw_only=True)
    class Ask:
        text: str | None = None

    for rule in reversed(rules):
        validate_request(rule)(Ask)
    services = Services()
    services.add(Ask, any=Handler(lambda request, tx, caller: request.text))
    return standard_engine(services, InlineUnits(), authentication=authentication)


def answer(asked: Engine, caller: str | None = None) -> Response:
    headers = [] if caller is None else [("authorization", caller)]
    return asyncio.run(asked.answer(Request(method="GET", path="/api/Ask", query="text=x", headers=headers)))


def told(response: Response) -> tuple[int, str, str]:
    status = json.loads(response.body)["responseStatus"]
    assert status["errors"] == []
    return response.status, status["errorCode"], status["message"]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (HasRole("Worker"), "Worker Role Required"),
        (HasRole("Agent", "Worker"), "Agent, Worker Roles Required"),
        (HasAnyRole("Worker", "Guest"), "Any of Worker, Guest Roles Required"),
        (HasPermission("WriteTerm"), "WriteTerm Permission Required"),
        (HasPermission("ReadTerm", "WriteTerm"), "ReadTerm, WriteTerm Permissions Required"),
        (HasClaim("team", "support"), "team Claim with 'support' is Required"),
        (HasScope("write"), "'write' scope is Required"),
        (IsAdmin(), "Admin Role Required"),
    ],
)
def test_the_missing_right_is_reported_and_administrators_have_all_rights(rule: RequestRule, message: str) -> None:
    asked = engine(rule, authentication=Names())

    assert told(answer(asked, "ann")) == (403, "Forbidden", message)
    assert answer(asked, "root").body == b"x"


@pytest.mark.parametrize(
    "rule",
    [
        IsAuthenticated(),
        HasRole("Agent"),
        HasAnyRole("Worker", "Agent"),
        HasPermission("ReadTerm"),
        HasClaim("team", "sales"),
        HasScope("read"),
    ],
)
def test_a_permitted_caller_passes_and_an_anonymous_one_must_sign_in(rule: RequestRule) -> None:
    asked = engine(rule, authentication=Names())

    assert answer(asked, "ann").body == b"x"
    refused = answer(asked)
    assert told(refused) == (401, "Unauthorized", "Not Authenticated")
    assert ("WWW-Authenticate", Names.challenge) in refused.headers


def test_only_the_first_broken_rule_is_reported() -> None:
    rules = (IsAuthenticated(), HasRole("Worker"), HasScope("write"))

    assert told(answer(engine(*rules, authentication=Names()), "ann"))[2] == "Worker Role Required"


@pytest.mark.parametrize("authentication", [None, Names()])
def test_a_condition_works_without_a_caller(authentication: Any) -> None:
    held = engine(Condition(lambda request: request.text == "x"), authentication=authentication)
    broken = engine(Condition(lambda request: request.text == "y"), authentication=authentication)

    assert answer(held).body == b"x"
    assert told(answer(broken)) == (400, "InvalidRequest", "The specified condition was not met for 'Ask'")


def test_a_rule_about_callers_without_authentication_stops_the_start() -> None:
    with pytest.raises(DeclarationError, match="Ask is not for everybody"):
        engine(IsAuthenticated())
