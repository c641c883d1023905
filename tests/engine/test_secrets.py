"""A marked secret can be sent only in a body, and no response repeats it."""

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import quote

import pytest

from parlour.engine import standard_engine
from parlour.engine.dto.declare import DataMember, OnlyInBody, Secret, data_contract, namespace, returns, route
from parlour.engine.dto.metadata import DeclarationError, dto_type, operation_of
from parlour.engine.http.messages import Request, Response
from parlour.engine.rules.rules import (
    CreditCard,
    Email,
    Equal,
    InclusiveBetween,
    Length,
    MaximumLength,
    Must,
    RegularExpression,
)
from parlour.engine.serving.handlers import Handler, InlineUnits, Services
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.pipeline import Engine
from parlour.engine.serving.routes import compile_route
from tests.support.auth_host import Host, failure, json_of

SECRET = "hunter2-is-known"
PIN = 73313


@namespace("Tests")
@dataclass(slots=True, kw_only=True)
class Login:
    user: str | None = None
    passphrase: Annotated[str | None, Secret(), MaximumLength(3)] = field(default=None, repr=False)


@route("/unlock", "GET POST PUT")
@route("/unlock/{Door}", "GET POST PUT")
@returns(str)
@namespace("Tests")
@dataclass(slots=True, kw_only=True)
class Unlock:
    """All rules, on members that are secrets."""

    door: str | None = None
    phrase: Annotated[str | None, Secret(), Length(1, 3), Email(), RegularExpression("^x"), CreditCard()] = field(
        default=None, repr=False
    )
    same: Annotated[str | None, Secret(), Equal("abc"), Must(lambda value: False)] = field(default=None, repr=False)
    pin: Annotated[int, Secret(), InclusiveBetween(0, 9)] = field(default=0, repr=False)
    pins: Annotated[list[int], Secret()] = field(default_factory=list, repr=False)
    old_password: Annotated[str | None, MaximumLength(3)] = None
    login: Login | None = None
    logins: list[Login] = field(default_factory=list)
    by_name: dict[str, Login] = field(default_factory=dict)


def _fail(request: Unlock, tx: Any, caller: Any) -> str:
    given = (request.phrase, request.same, request.old_password, request.login, request.logins, request.by_name)
    if any(given) or request.pin or request.pins:
        raise RuntimeError("It was given one.")
    return "nothing was given"


@pytest.fixture(scope="module")
def engine() -> Engine:
    services = Services()
    handler = Handler(_fail)
    services.add(Unlock, get=handler, post=handler, put=handler)
    return standard_engine(services, InlineUnits(), options=EngineOptions(debug=True))


def call(engine: Engine, verb: str, path: str, body: bytes | None = None, type_: str = "application/json") -> Response:
    path, _, query = path.partition("?")
    headers = [("content-type", type_), ("host", "parlour.test")]
    request = Request(method=verb, path=path, query=query, headers=headers, body=body)
    return asyncio.run(engine.answer(request))


def assert_hidden(response: Response) -> None:
    shown = response.body.decode() + str(response.headers)
    assert SECRET not in shown
    assert str(PIN) not in shown
    # Nor its start, which errors could repeat.
    assert SECRET[:7] not in shown


BODIES: dict[str, Any] = {
    "broken rules": {"phrase": SECRET, "same": SECRET, "pin": PIN, "oldPassword": SECRET},
    "wrong number": {"pin": SECRET},
    "wrong items": {"pins": [1, SECRET]},
    "an item alone": {"pins": SECRET},
    "inside": {"login": {"passphrase": SECRET}, "logins": [{"passphrase": SECRET}]},
    "inside a map": {"byName": {"a": {"passphrase": SECRET}}},
    "text for an object": {"login": SECRET},
    "text for a list": {"logins": SECRET},
    "text in a list": {"logins": [SECRET]},
    "text in a map": {"byName": {"a": SECRET}},
    "text for a map": {"byName": SECRET},
    "a list": [{"phrase": SECRET, "pin": PIN}],
    "text": SECRET,
    "right": {"phrase": "x", "door": "d"},
}  # fmt: skip


@pytest.mark.parametrize("format_", ["json", "html", "xml", "csv", "jsv"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_error_repeats_a_secret(engine: Engine, body: Any, format_: str) -> None:
    response = call(engine, "POST", f"/unlock.{format_}", json.dumps(body).encode())

    assert response.status in (400, 500)
    assert_hidden(response)


@pytest.mark.parametrize("format_", ["json", "html"])
@pytest.mark.parametrize("name", ["Phrase", "Same", "Pin", "Pins", "OldPassword", "Login", "Logins", "ByName"])
def test_no_error_in_a_form_repeats_a_secret(engine: Engine, name: str, format_: str) -> None:
    form = f"Door=front&{name}={SECRET}".encode()
    response = call(engine, "POST", f"/unlock.{format_}", form, "application/x-www-form-urlencoded")

    assert response.status in (400, 500)
    assert_hidden(response)


def test_no_error_in_xml_repeats_a_secret(engine: Engine) -> None:
    space = "http://schemas.datacontract.org/2004/07/Tests"
    for inside in (f"<Pin>{SECRET}</Pin>", f"<Pins><int>{SECRET}</int></Pins>", f"<Phrase>{SECRET}</Phrase>"):
        body = f'<Unlock xmlns="{space}">{inside}</Unlock>'.replace(
            "<int>", '<int xmlns="http://schemas.microsoft.com/2003/10/Serialization/Arrays">'
        )
        response = call(engine, "POST", "/unlock", body.encode(), "application/xml")

        assert response.status == 400
        assert_hidden(response)


@pytest.mark.parametrize("type_", ["application/json", "application/xml", "text/csv", "application/jsv", "text/jsonl"])
def test_no_malformed_body_makes_an_error_repeat_a_secret(engine: Engine, type_: str) -> None:
    chance = random.Random(7)
    whole = json.dumps({"phrase": SECRET, "pin": PIN, "logins": [{"passphrase": SECRET}]})
    for _ in range(300):
        at = chance.randrange(len(whole))
        spoiled = (
            whole[:at] + chance.choice(['"', "{", "}", "[", "]", ",", ":", "\\", "<", "&", "\n", ""]) + whole[at + 1 :]
        )
        response = call(engine, "POST", "/unlock", spoiled.encode(), type_)

        # A malformed secret is not repeated either.
        shown = response.body.decode()
        assert "hunter2" not in shown or "hunter2" not in spoiled or SECRET not in spoiled
        if SECRET in spoiled:
            assert_hidden(response)


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("path", ["/unlock", "/json/reply/Unlock", "/unlock.html", "/html/reply/Unlock", "/nothing"])
def test_a_secret_in_a_query_is_ignored_and_not_shown(engine: Engine, verb: str, path: str) -> None:
    for name in ("Phrase", "phrase", "Same", "Pin", "Pins", "OldPassword", "Login", "Logins", "ByName"):
        for text in (SECRET, str(PIN), f"{{Passphrase:{SECRET}}}"):
            response = call(engine, verb, f"{path}?Door=a&{name}={quote(text)}")

            assert response.status in (200, 404)
            assert_hidden(response)


def test_a_path_cannot_contain_a_secret() -> None:
    @route("/unlock/{Word}", "POST")
    @namespace("Tests")
    @dataclass(kw_only=True)
    class InPath:
        word: Annotated[str | None, Secret()] = field(default=None, repr=False)

    operation = operation_of(InPath)
    with pytest.raises(DeclarationError, match="only a body can fill 'Word'"):
        compile_route(operation, operation.routes[0])


def test_a_secret_is_not_in_the_repr_of_its_dto() -> None:
    @namespace("Tests")
    @dataclass(kw_only=True)
    class Loud:
        word: Annotated[str | None, Secret()] = None

    with pytest.raises(DeclarationError, match="repr=False"):
        dto_type(Loud)


def test_pages_and_descriptions_show_secrets_only_in_bodies(engine: Engine) -> None:
    described = json_of(call(engine, "GET", "/openapi.json"))
    page = call(engine, "POST", "/unlock.html", b'{"phrase": "long"}').body.decode()

    in_address = [each["name"] for each in described["paths"]["/unlock"]["get"]["parameters"]]
    assert in_address == ["door"]
    assert 'name="Phrase" type="password"' in page
    assert 'formmethod="get"' not in page


@namespace("Tests")
@data_contract()
@dataclass(slots=True, kw_only=True)
class Named:
    name: Annotated[str | None, DataMember(order=1), OnlyInBody()] = None


def test_a_member_may_be_only_for_bodies_without_being_secret() -> None:
    member = dto_type(Named).by_name["name"]

    assert (member.may_be_in_address, member.is_secret) == (False, False)


# Signing in


@pytest.mark.parametrize("path", ["/auth/credentials", "/auth", "/json/reply/Authenticate", "/api/Authenticate"])
@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_query_cannot_sign_in(verb: str, path: str) -> None:
    host = Host()
    response = host.call(
        verb, f"{path}?UserName=ann&Password=p@55word&provider=credentials", {} if verb == "POST" else None
    )

    assert response.status in (400, 401, 405)
    assert host.call("POST", "/auth/credentials?Password=p@55word", {"userName": "ann"}).status == 400
    assert host.call("POST", "/auth/credentials?UserName=ann", {"password": "p@55word"}).status == 400


def test_a_refresh_token_in_a_query_is_ignored() -> None:
    host = Host()
    refresh = host.tokens()["refresh"]

    assert failure(host.get(f"/access-token?RefreshToken={refresh}"))[:2] == (400, "ArgumentNullException")
    assert host.call("POST", "/access-token", {"refreshToken": refresh}).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {"userName": "new", "password": "a-password", "confirmPassword": "b-password"},
        {"userName": "", "email": "", "password": "a-password", "confirmPassword": "b-password"},
    ],
)
def test_registering_repeats_no_password(body: dict[str, str]) -> None:
    answer = Host().call("POST", "/register", body)

    assert answer.status == 400
    assert b"a-password" not in answer.body
    assert b"b-password" not in answer.body


def test_a_password_too_long_or_blank_is_not_repeated() -> None:
    host = Host()
    long = host.sign_in("ann", "s3cret" * 200)
    blank = host.sign_in("ann", " \t ")

    assert (long.status, blank.status) == (400, 400)
    assert b"s3cret" not in long.body
    assert json_of(blank)["responseStatus"]["errors"][0]["meta"]["PropertyValue"] == "***"
