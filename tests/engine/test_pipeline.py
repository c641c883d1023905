import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

import pytest

from examples.stubs.services import open_services
from parlour.engine import standard_engine
from parlour.engine.dto.declare import namespace, requires_any_role, requires_authentication, returns, route
from parlour.engine.dto.errors import (
    Conflict,
    FieldError,
    NotFound,
    PayloadTooLarge,
    ResponseStatus,
    TokenError,
    Unauthorized,
    raise_field_errors,
)
from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.http.messages import HttpResult, Request, Response
from parlour.engine.rules.rules import NotEmpty
from parlour.engine.serving.handlers import DirectHandler, Exchange, Handler, InlineUnits, Services, UnitOfWork
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.principals import Identified, Principal
from tests.support.asgi_face import call

T = TypeVar("T")


@namespace("Tests")
@dataclass(kw_only=True)
class GreetResponse:
    text: str | None = None
    times: int = 0
    response_status: ResponseStatus | None = None


@route("/greet/{Name}", "GET PUT")
@route("/greet", "POST DELETE")
@requires_any_role("Host", verbs="PUT")
@requires_authentication("POST")
@returns(GreetResponse)
@namespace("Tests")
@dataclass(kw_only=True)
class Greet:
    """Greets."""

    name: Annotated[str | None, NotEmpty()] = None
    times: int = 0


class Units(InlineUnits):
    """Records which kind of unit of work ran."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    async def read(self, work: Callable[[Any], T], lane: str | None = None) -> T:
        self.ran.append("read")
        return work("tx")

    async def write(self, work: Callable[[Any], T], lane: str | None = None, *, gathers: bool = False) -> T:
        self.ran.append("write")
        return work("tx")

    async def run_slow(self, work: Callable[[], T]) -> T:
        self.ran.append("apart")
        return work()


class CommittingUnits(Units):
    """Gives writing work a transaction."""

    async def write(self, work: Callable[[Any], T], lane: str | None = None, *, gathers: bool = False) -> T:
        self.ran.append("write")
        return await InlineUnits.write(self, work)


class Names:
    """An authentication whose bearer tokens are the caller's name and roles: `ann:Host`."""

    challenge = 'names realm="/auth"'
    admin_role = "Admin"
    login_path: str | None = None

    async def credentials(self, request: Request, units: UnitOfWork) -> Any:
        given = (request.header("authorization") or "").removeprefix("Bearer ")
        if given == "Basic wrong":
            raise Unauthorized("Invalid Username or Password")
        return given or None

    def identify(self, credentials: Any, tx: Any) -> Identified:
        assert tx == "tx"
        if credentials == "old":
            raise TokenError("Token has expired")
        if credentials == "unknown":
            return Identified(headers=[("Set-Cookie", "gone=")])
        name, _, role = credentials.partition(":")
        principal = Principal(user_id=name, user_name=name, roles=frozenset([role]))
        return Identified(principal, headers=[("Set-Cookie", f"last={name}")])

    def renewed(self, principal: Principal, tx: Any) -> Principal:
        return principal


@dataclass
class Host:
    """An engine for Greet, which records the arguments of its handler."""

    result: Any = None
    units: Units = field(default_factory=Units)
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    debug: bool = False
    handlers: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        services = Services()
        services.add(Greet, **(self.handlers or {"any": Handler(self._handle)}))
        self.engine = standard_engine(
            services,
            self.units,
            authentication=Names(),
            options=EngineOptions(debug=self.debug, outages=(TimeoutError,)),
        )

    def _handle(self, *arguments: Any) -> Any:
        self.calls.append(arguments)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def send(
        self,
        verb: str,
        target: str,
        body: Any = None,
        *,
        caller: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> Response:
        path, _, query = target.partition("?")
        all_headers = [("accept", "application/json"), ("content-type", "application/json"), *headers]
        if caller is not None:
            all_headers.append(("authorization", f"Bearer {caller}"))
        raw = None if body is None else json.dumps(body).encode()
        request = Request(method=verb, path=path, query=query, headers=all_headers, body=raw)
        return asyncio.run(self.engine.answer(request))


def status(response: Response) -> Any:
    return json.loads(response.body)["responseStatus"]


def header(response: Response, name: str) -> list[str]:
    return [value for key, value in response.headers if key == name]


# -- results


def test_a_dto_is_returned_in_the_requested_format() -> None:
    host = Host(GreetResponse(text="hi"))

    assert host.send("GET", "/greet/ann").body == b'{"text":"hi","times":0}'
    assert host.send("GET", "/greet/ann.xml").body.startswith(b"<?xml")
    assert header(host.send("GET", "/greet/ann?format=xml"), "Content-Type") == ["application/xml"]


def test_every_response_of_an_operation_varies_by_accept() -> None:
    for host in (Host(None), Host("x"), Host(Conflict("x")), Host(HttpResult(status=302))):
        assert header(host.send("GET", "/greet/ann"), "Vary") == ["Accept"]


def test_text_is_written_raw() -> None:
    response = Host('a "b"').send("GET", "/greet/ann")

    assert response.body == b'a "b"'
    assert header(response, "Content-Type") == ["application/json; charset=utf-8"]


def test_bytes_are_written_raw() -> None:
    assert Host(b"\1\2").send("GET", "/greet/ann").body == b"\1\2"


def test_an_empty_response_is_204_and_for_head_and_options_200() -> None:
    host = Host(None)
    statuses = {verb: host.send(verb, "/json/reply/Greet?name=x").status for verb in ("GET", "HEAD", "OPTIONS")}

    assert statuses == {"GET": 204, "HEAD": 200, "OPTIONS": 200}
    assert header(host.send("GET", "/greet/ann"), "Content-Type") == []


def test_a_handler_may_choose_status_headers_and_content_type() -> None:
    made = HttpResult(status=201, headers=[("Location", "/x")], body=GreetResponse(text="made"))
    page = HttpResult(body=b"<p>", content_type="text/html")

    created = Host(made).send("GET", "/greet/ann")
    shown = Host(page).send("GET", "/greet/ann")

    assert (created.status, created.body, header(created, "Location")) == (201, b'{"text":"made","times":0}', ["/x"])
    assert header(shown, "Content-Type") == ["text/html"]


def test_a_handler_may_return_another_dto() -> None:
    assert Host(ResponseStatus(message="x")).send("GET", "/greet/ann").body == b'{"message":"x"}'


# -- finding the operation


def test_the_handler_gets_request_transaction_and_caller() -> None:
    host = Host()
    host.send("GET", "/greet/ann?times=2", caller="bob:Guest")

    [(request, tx, caller)] = host.calls
    assert (request, tx, caller.user_id) == (Greet(name="ann", times=2), "tx", "bob")


def test_the_after_commit_action_runs_only_after_a_commit() -> None:
    units, followed = CommittingUnits(), list[tuple[str | None, list[str]]]()

    def greet(request: Greet, tx: Any, caller: Any) -> GreetResponse:
        tx.after_commit(lambda: followed.append((request.name, list(units.ran))))
        if request.name == "Bob":
            raise NotFound("Bob is out.")
        return GreetResponse(text="hi")

    host = Host(units=units, handlers={"delete": Handler(greet)})
    host.send("DELETE", "/greet", {"name": "Ann"})
    host.send("DELETE", "/greet", {"name": "Bob"})

    assert followed == [("Ann", ["write"])]


@pytest.mark.parametrize(
    ("verb", "target"), [("GET", "/nothing"), ("POST", "/"), ("GET", "/foo/reply/Greet"), ("GET", "/API/Greet")]
)
def test_an_unknown_path_is_404_without_a_body(verb: str, target: str) -> None:
    assert Host().send(verb, target) == Response(status=404)


def test_a_wrong_verb_at_a_known_path_is_405_with_the_allowed_verbs() -> None:
    response = Host().send("PATCH", "/greet")

    assert (response.status, status(response)["errorCode"]) == (405, "NotImplementedException")
    assert header(response, "Allow") == ["POST, DELETE"]


def test_a_wrong_verb_is_refused_in_the_format_of_the_path() -> None:
    response = Host().send("PATCH", "/greet.xml")

    assert (response.status, header(response, "Content-Type")) == (405, ["application/xml"])
    assert header(response, "Allow") == ["POST, DELETE"]


def test_allow_lists_only_verbs_with_a_handler() -> None:
    host = Host(handlers={"get": Handler(lambda *_: None)})

    assert header(host.send("POST", "/greet/ann"), "Allow") == ["GET, HEAD"]
    assert header(host.send("PUT", "/greet/ann"), "Allow") == ["GET, HEAD"]


def test_allow_lists_only_the_verbs_of_the_requested_route() -> None:
    handlers = {"get": Handler(_never), "post": Handler(_never)}

    refused = Host(handlers=handlers).send("DELETE", "/greet")

    assert (refused.status, header(refused, "Allow")) == (405, ["POST"])


def test_a_route_without_a_handler_for_its_verb_is_not_implemented() -> None:
    response = Host(handlers={"get": Handler(lambda *_: None)}).send("PUT", "/greet/ann")

    message = "Could not find method named Put(Greet) or Any(Greet) on Service GreetService"
    assert (response.status, status(response)["message"]) == (405, message)


def test_head_is_answered_like_get() -> None:
    host = Host(GreetResponse(text="hi"), handlers={})

    assert host.send("HEAD", "/greet/ann") == host.send("GET", "/greet/ann")


def test_head_has_the_same_access_checks_as_get() -> None:
    @route("/secret", "GET")
    @requires_authentication("GET")
    @namespace("Tests")
    @dataclass
    class Secret: ...

    services = Services()
    services.add(Secret, get=Handler(lambda *_: "secret"))
    engine = standard_engine(services, Units(), authentication=Names())

    assert asyncio.run(engine.answer(Request(method="HEAD", path="/secret"))).status == 401


@pytest.mark.parametrize("target", ["/json/reply/greet", "/JSON/Reply/GREET", "/json/oneway/Greet", "/api/Greet"])
def test_operations_have_predefined_routes_with_their_names(target: str) -> None:
    host = Host(GreetResponse())

    assert host.send("DELETE", target, {"name": "x"}).status == 200
    assert host.calls[0][0] == Greet(name="x")


def test_a_predefined_route_fixes_the_format() -> None:
    host = Host(GreetResponse())

    assert header(host.send("GET", "/xml/reply/Greet?name=x"), "Content-Type") == ["application/xml"]
    assert header(host.send("GET", "/api/Greet.xml?name=x"), "Content-Type") == ["application/xml"]
    assert header(host.send("GET", "/xml/reply/Greet?name=x&format=json"), "Content-Type") == [
        "application/json; charset=utf-8"
    ]


def test_an_unknown_operation_is_405() -> None:
    response = Host().send("GET", "/json/reply/Nothing")

    assert (response.status, status(response)["message"]) == (405, "The operation does not exist for this service")


@pytest.mark.parametrize(
    ("verb", "target", "headers", "name"),
    [
        ("GET", "/greet/ann", [("x-http-method-override", "put")], "PUT"),
        ("POST", "/greet/ann?x-http-method-override=PUT", [], "PUT"),
        ("GET", "/greet/ann?x-http-method-override=PUT", [], "GET"),
    ],
)
def test_a_verb_can_be_replaced_but_not_by_a_link(
    verb: str, target: str, headers: list[tuple[str, str]], name: str
) -> None:
    response = Host(GreetResponse()).send(verb, target, headers=headers)

    # PUT needs a role, GET does not.
    assert response.status == (401 if name == "PUT" else 200)


# -- order and access


def test_a_wrong_value_is_reported_before_authentication() -> None:
    assert Host().send("PUT", "/greet/ann?times=x").status == 400


def test_authentication_comes_before_validation() -> None:
    host = Host()

    assert host.send("POST", "/greet", {}).status == 401
    assert host.send("POST", "/greet", {}, caller="bob").status == 400
    assert host.calls == []


def test_an_anonymous_caller_gets_the_challenge() -> None:
    response = Host().send("PUT", "/greet/ann")

    assert (response.status, header(response, "WWW-Authenticate")) == (401, [Names.challenge])
    assert response.body == (
        b'{"responseStatus":{"errorCode":"Unauthorized","message":"Not Authenticated","errors":[]}}'
    )


def test_a_caller_without_the_role_is_refused_unless_administrator() -> None:
    host = Host(GreetResponse())
    refused = host.send("PUT", "/greet/ann", caller="bob:Guest")

    assert (refused.status, status(refused)["errorCode"], status(refused)["message"]) == (
        403,
        "Forbidden",
        "Invalid Role",
    )
    assert host.send("PUT", "/greet/ann", caller="ann:Host").status == 200
    assert host.send("PUT", "/greet/ann", caller="eve:Admin").status == 200


@pytest.mark.parametrize("caller", ["old", "Basic wrong"])
def test_wrong_credentials_are_reported_by_the_operation_without_a_challenge(caller: str) -> None:
    response = Host().send("PUT", "/greet/ann", caller=caller)

    assert (response.status, header(response, "WWW-Authenticate")) == (401, [])
    assert json.loads(response.body)["times"] == 0


@pytest.mark.parametrize("caller", ["old", "unknown", "Basic wrong"])
def test_a_public_operation_ignores_wrong_credentials(caller: str) -> None:
    host = Host(GreetResponse())

    assert host.send("GET", "/greet/ann", caller=caller).status == 200
    assert host.calls[0][2] is None


def test_headers_of_the_authentication_are_on_every_response() -> None:
    assert header(Host(None).send("GET", "/greet/ann", caller="ann"), "Set-Cookie") == ["last=ann"]
    assert header(Host(Conflict("x")).send("GET", "/greet/ann", caller="ann"), "Set-Cookie") == ["last=ann"]
    assert header(Host().send("PUT", "/greet/ann", caller="unknown"), "Set-Cookie") == ["gone="]


# -- failures


def test_a_failure_before_the_operation_has_the_shared_shape() -> None:
    assert set(json.loads(Host().send("GET", "/greet/ann?times=x").body)) == {"responseStatus"}


@pytest.mark.parametrize("result", [Conflict("x"), None])
def test_a_failure_of_the_operation_or_a_rule_has_the_operations_shape(result: Any) -> None:
    # Without a name a rule is broken before the handler is called.
    target = "/greet/ann" if result else "/json/reply/Greet"

    assert set(json.loads(Host(result).send("GET", target).body)) == {"times", "responseStatus"}


def test_a_broken_rule_reports_member_and_placeholders() -> None:
    told = status(Host().send("DELETE", "/greet"))

    assert (told["errorCode"], told["message"]) == ("NotEmpty", "'Name' must not be empty.")
    assert told["errors"] == [
        {
            "errorCode": "NotEmpty",
            "fieldName": "Name",
            "message": "'Name' must not be empty.",
            "meta": {"PropertyName": "Name"},
        }
    ]


def test_errors_of_a_check_follow_broken_rules_without_repeating_members() -> None:
    def check(request: Greet, tx: Any, caller: Any) -> list[FieldError]:
        assert (tx, caller.user_id) == ("tx", "ann")
        return [FieldError(name, "is odd", "Odd") for name in ("Times", "Name")]

    host = Host(handlers={"post": Handler(_never, check=check)})

    wrong = status(host.send("POST", "/greet", {}, caller="ann"))
    odd = status(host.send("POST", "/greet", {"name": "x"}, caller="ann"))
    assert [(each["fieldName"], each["errorCode"]) for each in wrong["errors"]] == [
        ("Name", "NotEmpty"),
        ("Times", "Odd"),
    ]
    assert (wrong["errorCode"], odd["errorCode"], odd["message"]) == ("NotEmpty", "Odd", "is odd")


def test_a_check_that_raises_stops_the_search_for_errors() -> None:
    def check(request: Greet, tx: Any, caller: Any) -> Iterator[FieldError]:
        if request.times:
            yield FieldError("Times", "is odd", "Odd")
        raise NotFound("Not yours.")

    host = Host(handlers={"post": Handler(_never, check=check)})

    answers = [host.send("POST", "/greet", body, caller="ann") for body in ({}, {"name": "x", "times": 1})]
    assert [[each["fieldName"] for each in status(answer)["errors"]] for answer in answers] == [["Name"], ["Times"]]
    assert host.send("POST", "/greet", {"name": "x"}, caller="ann").status == 404


def test_a_direct_handler_may_report_field_errors_itself() -> None:
    async def greet(request: Greet, exchange: Exchange) -> GreetResponse:
        raise_field_errors(exchange.field_errors, [FieldError("Times", "is odd", "Odd")])
        raise AssertionError

    host = Host(handlers={"any": DirectHandler(greet, reports_field_errors=True, checks_access=True)})

    errors = status(host.send("POST", "/greet", {}))["errors"]
    assert [each["fieldName"] for each in errors] == ["Name", "Times"]


def _never(*_: Any) -> Any:
    raise AssertionError


def test_headers_of_an_error_are_on_the_response() -> None:
    failure = Conflict("x", headers=[("Retry-After", "3")])

    assert header(Host(failure).send("GET", "/greet/ann"), "Retry-After") == ["3"]


def test_a_bug_is_logged_but_not_shown_to_the_caller(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "parlour"):
        response = Host(KeyError("secret")).send("GET", "/greet/ann")

    assert (response.status, status(response)["errorCode"]) == (500, "InternalServerError")
    assert b"secret" not in response.body
    assert "secret" in caplog.text and "Traceback" in caplog.text


def test_an_outage_has_a_retry_after_and_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "parlour"):
        response = Host(TimeoutError("The disk is asleep.")).send("GET", "/greet/ann")

    assert (response.status, status(response)["errorCode"]) == (503, "ServiceUnavailable")
    assert header(response, "Retry-After") == ["5"]
    assert b"disk" not in response.body
    assert caplog.messages == ["GET /greet/ann was not answered: The disk is asleep."]
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("failure", [KeyError("secret"), TimeoutError("The disk is asleep.")])
def test_logs_show_paths_as_they_were_sent(failure: Exception, caplog: pytest.LogCaptureFixture) -> None:
    sent = "/greet/a%0A%1B%5B2J%2F%25b%20%C3%A9%E2%80%AE"
    call(Host(failure).engine, "GET", sent)
    call(Host(failure).engine, "GET", "/greet/%E2%80%A8@b:c")

    first, second = caplog.messages
    assert first.startswith(f"GET {sent} ")
    assert second.startswith("GET /greet/%E2%80%A8@b:c ")


def test_a_result_that_cannot_be_encoded_is_a_bug(caplog: pytest.LogCaptureFixture) -> None:
    assert Host(object()).send("GET", "/greet/ann").status == 500


def test_debug_mode_shows_the_stack_trace(caplog: pytest.LogCaptureFixture) -> None:
    broken = KeyError("secret")
    broken.__cause__ = ValueError("deep")
    told = status(Host(broken, debug=True).send("GET", "/greet/ann"))

    first, second, *rest = told["stackTrace"].split("\n")
    assert re.fullmatch(r"\[Greet: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\]:", first)
    assert second.startswith("[REQUEST: {name:ann")
    assert "Traceback" in "\n".join(rest)
    assert told["meta"] == {"InnerMessages": "deep"}


def test_a_request_whose_body_was_not_read_is_refused_in_its_format() -> None:
    engine = Host().engine
    request = Request(method="POST", path="/greet", headers=[("accept", "application/xml")])
    response = engine.refuse(request, PayloadTooLarge("Too much."))

    assert (response.status, header(response, "Content-Type")) == (413, ["application/xml"])


@pytest.mark.parametrize("target", ["/greet/\x00", "/greet/a?%ff=%fe&times=%00", "/json/reply/Greet?" + "a=1&" * 5000])
def test_unusual_requests_are_not_reported_as_bugs(target: str, caplog: pytest.LogCaptureFixture) -> None:
    assert Host(GreetResponse()).send("GET", target).status < 500
    assert caplog.text == ""


# -- units of work


def test_a_read_only_handler_runs_in_a_read_transaction() -> None:
    host = Host(handlers={"get": Handler(lambda *_: None, writes=False), "put": Handler(lambda *_: None)})
    host.send("GET", "/greet/ann")
    host.send("PUT", "/greet/ann", caller="ann:Host")

    assert host.units.ran == ["read", "write"]


def test_a_direct_handler_is_called_only_for_permitted_callers() -> None:
    async def greet(request: Greet, exchange: Exchange) -> GreetResponse:
        return GreetResponse(text=exchange.caller.user_name)

    host = Host(handlers={"any": DirectHandler(greet)})
    statuses = [host.send("PUT", "/greet/x", caller=caller).status for caller in (None, "ann", "ann:Host")]

    assert statuses == [401, 403, 200]
    assert json.loads(host.send("PUT", "/greet/x", caller="ann:Host").body)["text"] == "ann"


def test_a_direct_handler_may_check_the_caller_itself() -> None:
    async def greet(request: Greet, exchange: Exchange) -> GreetResponse:
        return GreetResponse(text=f"{request.name} {exchange.http.header('host')} {exchange.format_name}")

    host = Host(handlers={"any": DirectHandler(greet, checks_access=True)})
    response = host.send("PUT", "/greet/ann.xml", headers=[("host", "here")])

    assert b"<Text>ann here xml</Text>" in response.body
    assert host.units.ran == []


# -- declarations


def test_a_restricted_operation_needs_authentication() -> None:
    services = Services()
    services.add(Greet, get=Handler(lambda *_: None))

    with pytest.raises(DeclarationError, match="Greet"):
        standard_engine(services, Units())


def test_an_operation_needs_a_handler_for_a_verb() -> None:
    given: list[dict[str, Any]] = [{}, {"fetch": Handler(lambda *_: None)}]
    for handlers in given:
        services = Services()
        services.add(Greet, **handlers)
        with pytest.raises(DeclarationError, match="Greet"):
            standard_engine(services, Units(), authentication=Names())


def test_api_lists_the_operations() -> None:
    engine = standard_engine(open_services(), Units())
    response = asyncio.run(engine.answer(Request(method="GET", path="/api", headers=[("host", "h")], scheme="https")))

    [first, *_] = json.loads(response.body)["other"]
    assert first == {
        "name": "AllTypes",
        "returns": "AllTypes",
        "links": {"api": "https://h/api/AllTypes", "ui": "https://h/ui/AllTypes"},
    }


def test_a_handler_says_by_the_request_which_lane_it_needs_and_whether_it_only_gathers() -> None:
    class Lanes(Units):
        async def write(self, work: Callable[[Any], T], lane: str | None = None, *, gathers: bool = False) -> T:
            self.ran.append(f"{lane} {gathers}")
            return work("tx")

    units = Lanes()
    handler = Handler(
        lambda request, tx, caller: None,
        lane=lambda request: request.name,
        gathers=lambda request: bool(request.times == 1),
    )
    services = Services()
    services.add(Greet, post=handler)
    engine = standard_engine(services, units, authentication=Names())

    for times in (1, 2):
        body = f'{{"name": "ann", "times": {times}}}'.encode()
        headers = [("content-type", "application/json"), ("authorization", "Bearer ann:Host")]
        asyncio.run(engine.answer(Request(method="POST", path="/json/reply/Greet", headers=headers, body=body)))

    assert units.ran == ["ann True", "ann False"]
