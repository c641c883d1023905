"""Signing in and out, over HTTP values and a real database."""

import asyncio
import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any

import msgspec
import pytest

from parlour.engine import standard_engine
from parlour.engine.accounts import sessions
from parlour.engine.accounts.attempts import ADDRESS_TRIES as NETWORK_TRIES
from parlour.engine.accounts.attempts import TRIES as ACCOUNT_TRIES
from parlour.engine.accounts.attempts import TRIES_ANYWHERE, TRIES_ANYWHERE_WINDOW, TRIES_WINDOW
from parlour.engine.accounts.sessions import LIVE_TOKENS, REPLACED_TOKENS, USER_SESSIONS, Lifetimes
from parlour.engine.dto.declare import ApiMember, Guid, namespace, requires_any_role, returns, route
from parlour.engine.dto.errors import ResponseStatus
from parlour.engine.http.messages import Request, Response
from parlour.engine.serving.handlers import Handler, Services
from parlour.services import identity, my_sessions, passwords, users
from parlour.services.caller import Caller
from parlour.services.identity import Identity
from parlour.services.passwords import hash_password
from parlour.store import identity as store
from parlour.store import roles
from parlour.store.agencies import add as add_agency
from parlour.store.database import Database, Transaction
from parlour.store.times import microseconds
from tests.conftest import Clock

PASSWORD = "p@55word"
PASSWORD_HASH = hash_password(PASSWORD)
LIVES = Lifetimes()


@namespace("Test")
@dataclass(slots=True, kw_only=True)
class WhoResponse:
    name: str | None = None
    roles: list[str] = field(default_factory=list)
    contact_id: str | None = None
    response_status: ResponseStatus | None = None


@route("/who", "GET POST")
@requires_any_role("Agent", "Administrator")
@returns(WhoResponse)
@namespace("Test")
@dataclass(slots=True, kw_only=True)
class Who:
    text: Annotated[str | None, ApiMember("Nothing.")] = None


@route("/open", "GET")
@returns(WhoResponse)
@namespace("Test")
@dataclass(slots=True, kw_only=True)
class Open:
    pass


def tell(request: Any, tx: Transaction, caller: Caller | None) -> WhoResponse:
    if caller is None:
        return WhoResponse(name="nobody")
    return WhoResponse(name=caller.user_name, roles=sorted(caller.roles), contact_id=caller.contact_id)


class Api:
    """The engine with signing in, an operation for agents and one for everybody, called from the address `client`."""

    def __init__(self, database: Database, *, tokens_in_cookies: bool = True, throttles: bool = True) -> None:
        self.client = "192.0.2.7"
        self.ended_sessions: list[Guid] = []
        own = Identity(b"k" * 32, throttles=throttles, on_session_end=self.ended_sessions.append)
        services = Services()
        identity.register(services, own, tokens_in_cookies=tokens_in_cookies)
        my_sessions.register(services, own)
        handler = Handler(tell, writes=False)
        services.add(Who, get=handler, post=handler)
        services.add(Open, get=handler)
        self.database = database
        self._engine = standard_engine(services, database, authentication=own.authentication)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        return asyncio.run(self._answer(method, path, body, headers))

    async def _answer(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Response:
        path, _, query = path.partition("?")
        given = [(name.replace("_", "-").lower(), value) for name, value in headers.items()]
        request = Request(
            method=method,
            path=path,
            query=query,
            headers=[("accept", "application/json"), ("content-type", "application/json"), *given],
            body=None if body is None else msgspec.json.encode(body),
            client=self.client,
        )
        return await self._engine.answer(request)

    def sign_in(self, name: str = "ann@example.org", password: str = PASSWORD, **more: Any) -> Response:
        return self.call("POST", "/auth/credentials", {"userName": name, "password": password, **more})

    def sign_in_at_once(self, times: int, name: str, password: str) -> list[int]:
        body = {"userName": name, "password": password}

        async def all_of_them() -> list[Response]:
            return await asyncio.gather(*(self._answer("POST", "/auth", body, {}) for _ in range(times)))

        return [response.status for response in asyncio.run(all_of_them())]

    def at_once(self, times: int, method: str, path: str, **headers: str) -> list[Response]:
        async def all_of_them() -> list[Response]:
            return await asyncio.gather(*(self._answer(method, path, None, headers) for _ in range(times)))

        return asyncio.run(all_of_them())

    def who(self, **headers: str) -> Response:
        return self.call("GET", "/who", **headers)


@dataclass(frozen=True)
class People:
    agency_id: Guid
    ann: Guid
    ann_contact: Guid


@pytest.fixture
def people(database: Database) -> People:
    """Adds Ann, an agent; Bob, without a role; Root, an administrator."""

    def add(tx: Transaction) -> People:
        agency_id = users.first_start(tx, "Agency")
        ann, contact = users.add_user(tx, agency_id, "Ann@Example.org", "Ann", ["Agent"], PASSWORD_HASH)
        users.add_user(tx, agency_id, "bob@example.org", "Bob", [], PASSWORD_HASH)
        users.add_user(tx, agency_id, "root@example.org", "Root", ["Administrator"], PASSWORD_HASH)
        return People(agency_id, ann, contact)

    return database.run(add)


@pytest.fixture
def api(database: Database, people: People) -> Api:
    return Api(database)


@pytest.fixture
def bearer_api(database: Database, people: People) -> Api:
    return Api(database, tokens_in_cookies=False)


def json_of(response: Response) -> Any:
    return msgspec.json.decode(response.body)


def cookies_of(response: Response) -> dict[str, str]:
    """The cookies that the response sets, without expired ones."""
    pairs = [value.partition(";")[0].partition("=") for name, value in response.headers if name == "Set-Cookie"]
    return {name: value for name, _, value in pairs if value}


def taken_back(response: Response) -> set[str]:
    return {
        value.partition("=")[0] for name, value in response.headers if name == "Set-Cookie" and "max-age=0" in value
    }


def cookie(response: Response, *names: str) -> str:
    """The Cookie header of a client with these cookies of the response, or all."""
    held = cookies_of(response)
    return "; ".join(f"{name}={held[name]}" for name in names or held)


def lives_of(response: Response) -> dict[str, int]:
    """The lifetimes of token cookies in seconds."""
    found = [
        value for name, value in response.headers if name == "Set-Cookie" and value.startswith(("ss-tok", "ss-ref"))
    ]
    return {value.partition("=")[0]: int(value.partition("max-age=")[2].partition(";")[0]) for value in found}


def rows_in(api: Api, table: str, condition: str = "1 = 1") -> int:
    count: int = api.database.run(lambda tx: tx.value(f"SELECT count(*) AS found FROM {table} WHERE {condition}"))
    return count


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def failure(response: Response) -> tuple[int, str, str]:
    status = json_of(response)["responseStatus"]
    return response.status, status["errorCode"], status["message"]


def assert_not_signed_in(response: Response) -> None:
    assert failure(response) == (401, "Unauthorized", "Not Authenticated")


# Signing in


def test_a_sign_in_returns_the_user(api: Api, people: People) -> None:
    response = api.sign_in()

    body = json_of(response)
    assert response.status == 200
    assert body["userId"] == people.ann
    # The name as it was sent, which may be spelled differently from the account's.
    assert (body["userName"], body["displayName"]) == ("ann@example.org", "Ann")
    assert (body["roles"], body["permissions"]) == (["Agent"], [])
    assert body["meta"] == {"contactId": people.ann_contact, "agencyId": people.agency_id}
    assert "bearerToken" not in body and "refreshToken" not in body
    assert ("X-Cookies", "ss-tok,ss-reftok") in response.headers


def test_tokens_are_in_the_body_unless_set_as_cookies(bearer_api: Api) -> None:
    response = bearer_api.sign_in()

    body = json_of(response)
    assert body["bearerToken"].count(".") == body["refreshToken"].count(".") == 2
    assert "refreshTokenExpiry" in body
    assert set(cookies_of(response)) == {"ss-id", "ss-pid", "ss-opt", "X-UAId", "ss-dev"}


def test_a_token_contains_its_user_and_expiry(bearer_api: Api, people: People, clock: Clock) -> None:
    token = json_of(bearer_api.sign_in())["bearerToken"]

    payload = token.split(".")[1]
    claims = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["sub"] == people.ann
    assert claims["exp"] - claims["iat"] == LIVES.access_token.total_seconds()
    assert claims["iat"] == int(clock.now.timestamp())
    assert (claims["email"], claims["roles"]) == ("Ann@Example.org", ["Agent"])
    caller = bearer_api.database.run(lambda tx: Identity(b"k" * 32).of_access_token(token, tx))
    assert isinstance(caller, Caller)
    assert caller.good_until == microseconds(clock.now + LIVES.access_token)


@pytest.mark.parametrize("name", ["ANN@EXAMPLE.ORG", " ann@example.org "])
def test_a_user_signs_in_with_an_address_in_any_case(api: Api, name: str) -> None:
    assert api.sign_in(name).status == 200


@pytest.mark.parametrize("path", ["/auth", "/auth/login", "/auth/CREDENTIALS", "/authenticate", "/api/Authenticate"])
def test_signing_in_has_several_addresses(api: Api, path: str) -> None:
    assert api.call("POST", path, {"userName": "ann@example.org", "password": PASSWORD}).status == 200


@pytest.mark.parametrize(("name", "password"), [("ann@example.org", "wrong"), ("zoe@example.org", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_get_the_same_error(api: Api, name: str, password: str) -> None:
    response = api.sign_in(name, password)

    assert failure(response) == (401, "Unauthorized", "Invalid Username or Password")
    assert set(cookies_of(response)) == {"ss-opt"}


def test_blank_fields_are_reported(api: Api) -> None:
    response = api.call("POST", "/auth/credentials", {"userName": ""})

    assert failure(response)[:2] == (400, "ValidationException")
    assert [wrong["fieldName"] for wrong in json_of(response)["responseStatus"]["errors"]] == ["UserName", "Password"]


def test_text_that_cannot_be_stored_cannot_sign_in(api: Api) -> None:
    assert failure(api.sign_in("ann\0@example.org", "p\0"))[0] == 401


def test_a_password_in_a_query_is_ignored(api: Api) -> None:
    response = api.call("GET", f"/auth/credentials?userName=ann@example.org&password={PASSWORD}")

    assert failure(response)[:2] == (405, "NotSupportedException")
    assert cookies_of(response) == {}


def test_an_unknown_provider_is_not_found(api: Api) -> None:
    response = api.call("POST", "/auth/foo", {"userName": "ann@example.org", "password": PASSWORD})

    assert failure(response) == (404, "NotFound", "No configuration was added for OAuth provider 'foo'")


def test_a_disabled_user_is_reported_only_after_the_right_password(api: Api, people: People) -> None:
    api.database.run(lambda tx: users.set_disabled(tx, "ann@example.org"))

    assert failure(api.sign_in()) == (401, "AuthenticationException", "This account has been locked")
    assert failure(api.sign_in(password="wrong"))[2] == "Invalid Username or Password"


def test_an_outdated_hash_is_renewed_at_sign_in(api: Api) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    api.database.run(lambda tx: users.set_password(tx, "ann@example.org", old))

    assert api.sign_in().status == 200

    user = api.database.run(lambda tx: store.user_of(tx, "ann@example.org"))
    assert user is not None and user.password_hash is not None
    assert user.password_hash != old
    assert api.sign_in().status == 200


def test_a_user_of_two_agencies_chooses_one(api: Api, people: People) -> None:
    def join_another(tx: Transaction) -> Guid:
        other = add_agency(tx, "Other")
        store.add_contact(tx, other, people.ann, "ann@example.org", "Ann of the other")
        return other

    other = api.database.run(join_another)

    assert json_of(api.sign_in())["meta"]["agencyId"] in (people.agency_id, other)
    for agency_id in (people.agency_id, other):
        assert json_of(api.sign_in(meta={"agencyId": agency_id}))["meta"]["agencyId"] == agency_id


@pytest.mark.parametrize("agency_id", ["0" * 31 + "1", "no guid"])
def test_a_user_cannot_sign_in_to_another_agency(api: Api, agency_id: str) -> None:
    assert failure(api.sign_in(meta={"agencyId": agency_id}))[:2] == (401, "AuthenticationException")


def test_an_administrator_gets_every_role_that_operations_ask_for(api: Api) -> None:
    assert json_of(api.sign_in("root@example.org"))["roles"] == ["Administrator", "Agent"]


# Cookies


def test_cookies_are_hidden_from_scripts_and_other_sites(api: Api) -> None:
    response = api.sign_in()

    for _, value in (header for header in response.headers if header[0] == "Set-Cookie"):
        assert value.endswith("path=/; samesite=lax; httponly")
        assert ("max-age=" in value) is not value.startswith("ss-id=")


def test_cookies_are_secure_if_the_request_was(api: Api) -> None:
    body = {"userName": "ann@example.org", "password": PASSWORD}
    response = api.call("POST", "/auth", body, x_forwarded_proto="https")

    assert all("; secure;" in value for name, value in response.headers if name == "Set-Cookie")


@pytest.mark.parametrize("names", [["ss-tok"], ["ss-id"], ["ss-id", "ss-opt"], ["ss-tok", "ss-id", "ss-pid", "ss-opt"]])
def test_either_cookie_of_a_sign_in_identifies(api: Api, names: list[str]) -> None:
    signed_in = api.sign_in()

    assert json_of(api.who(cookie=cookie(signed_in, *names)))["name"] == "Ann@Example.org"


def test_a_remembered_session_uses_the_permanent_cookie(api: Api, clock: Clock) -> None:
    signed_in = api.sign_in(rememberMe=True)
    assert cookies_of(signed_in)["ss-opt"] == "perm"

    clock.advance(days=LIVES.session.days + 1)

    assert api.who(cookie=cookie(signed_in, "ss-pid", "ss-opt")).status == 200
    assert_not_signed_in(api.who(cookie=cookie(signed_in, "ss-id")))


def test_a_session_that_is_not_remembered_ends_sooner(api: Api, clock: Clock) -> None:
    signed_in = api.sign_in()

    clock.advance(days=LIVES.session.days, microseconds=-1)
    assert api.who(cookie=cookie(signed_in, "ss-id")).status == 200
    clock.advance(microseconds=1)
    assert_not_signed_in(api.who(cookie=cookie(signed_in, "ss-id")))


def test_session_ids_are_taken_from_headers(api: Api) -> None:
    assert api.who(x_ss_id=cookies_of(api.sign_in())["ss-id"]).status == 200


def test_signing_in_again_ends_the_browsers_earlier_session(api: Api) -> None:
    first = api.sign_in()
    body = {"userName": "root@example.org", "password": PASSWORD}
    second = api.call("POST", "/auth", body, cookie=cookie(first))

    assert_not_signed_in(api.who(cookie=cookie(first)))
    assert json_of(api.who(cookie=cookie(second)))["name"] == "root@example.org"


# Tokens


def test_a_bearer_token_identifies(bearer_api: Api, people: People) -> None:
    token = json_of(bearer_api.sign_in())["bearerToken"]

    for scheme in ("Bearer", "bearer"):
        body = json_of(bearer_api.who(authorization=f"{scheme} {token}"))
        assert body == {"name": "Ann@Example.org", "roles": ["Agent"], "contactId": people.ann_contact}


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Foo x", "Basic YW5u"])
def test_invalid_credentials_identify_nobody(api: Api, header: str) -> None:
    response = api.who(authorization=header)

    assert_not_signed_in(response)
    assert ("WWW-Authenticate", 'credentials realm="/auth/credentials"') in response.headers


def test_unreadable_basic_credentials_are_reported_as_such(api: Api) -> None:
    assert failure(api.who(authorization="Basic !!!"))[:2] == (400, "FormatException")


def test_an_expired_token_is_reported_so_that_clients_refresh(bearer_api: Api, clock: Clock) -> None:
    token = json_of(bearer_api.sign_in())["bearerToken"]

    clock.advance(seconds=LIVES.access_token.total_seconds())

    assert failure(bearer_api.who(authorization=f"Bearer {token}")) == (401, "TokenException", "Token has expired")
    assert_not_signed_in(bearer_api.call("GET", "/auth", authorization=f"Bearer {token}"))


def test_a_refresh_token_gives_a_new_access_token(bearer_api: Api, clock: Clock) -> None:
    refresh_token = json_of(bearer_api.sign_in(rememberMe=True))["refreshToken"]
    clock.advance(days=LIVES.access_token.days + 1)

    body = json_of(bearer_api.call("POST", "/access-token", {"refreshToken": refresh_token}))

    assert set(body) == {"accessToken"}
    assert bearer_api.who(authorization=f"Bearer {body['accessToken']}").status == 200


def test_a_refresh_by_cookie_answers_by_cookie(api: Api) -> None:
    signed_in = api.sign_in()

    refreshed = api.call("POST", "/api/GetAccessToken", {}, cookie=cookie(signed_in, "ss-reftok"))

    assert json_of(refreshed) == {}
    assert api.who(cookie=cookie(refreshed, "ss-tok")).status == 200


def test_with_token_cookies_a_refresh_always_answers_by_cookie(api: Api) -> None:
    refresh_token = cookies_of(api.sign_in())["ss-reftok"]

    refreshed = api.call("POST", "/access-token", {"refreshToken": refresh_token})

    assert json_of(refreshed) == {}
    assert set(cookies_of(refreshed)) == {"ss-tok"}


def test_one_kind_of_token_cannot_replace_another(bearer_api: Api) -> None:
    signed_in = bearer_api.sign_in()
    body, session_id = json_of(signed_in), cookies_of(signed_in)["ss-id"]

    for wrong in (body["refreshToken"], session_id):
        assert_not_signed_in(bearer_api.who(authorization=f"Bearer {wrong}"))
    for wrong in (body["bearerToken"], session_id, "x"):
        refused = bearer_api.call("POST", "/access-token", {"refreshToken": wrong})
        assert failure(refused) == (400, "ArgumentException", "Token is invalid")


def test_refreshing_needs_a_token(api: Api) -> None:
    response = api.call("POST", "/access-token", {})

    assert failure(response) == (400, "ArgumentNullException", "Value cannot be null. (Parameter 'refreshToken')")


def test_an_expired_refresh_token_is_reported_as_such(bearer_api: Api, clock: Clock) -> None:
    refresh_token = json_of(bearer_api.sign_in())["refreshToken"]
    clock.advance(days=LIVES.refresh_token.days)

    response = bearer_api.call("POST", "/access-token", {"refreshToken": refresh_token})

    assert failure(response) == (401, "TokenException", "Token has expired")


@pytest.mark.parametrize("kept", [["ss-reftok"], ["ss-tok", "ss-reftok"]])
def test_a_refresh_cookie_replaces_an_expired_access_token_in_a_request(
    api: Api, clock: Clock, kept: list[str]
) -> None:
    signed_in = api.sign_in(rememberMe=True)
    clock.advance(days=LIVES.access_token.days)

    response = api.who(cookie=cookie(signed_in, *kept))

    assert response.status == 200
    assert api.who(cookie=cookie(response, "ss-tok")).status == 200


def test_useless_cookies_are_expired(api: Api, clock: Clock) -> None:
    signed_in = api.sign_in()
    clock.advance(days=LIVES.access_token.days)

    assert taken_back(api.who(cookie=cookie(signed_in, "ss-tok"))) == {"ss-tok"}
    assert taken_back(api.who(cookie="ss-tok=x; ss-reftok=y")) == {"ss-reftok"}


def test_expired_tokens_are_deleted_eventually(bearer_api: Api, clock: Clock) -> None:
    refresh_token = json_of(bearer_api.sign_in())["refreshToken"]
    for _ in range(4):
        clock.advance(days=LIVES.access_token.days + sessions.KEPT_AFTER_EXPIRY.days + 1)
        bearer_api.call("POST", "/access-token", {"refreshToken": refresh_token})

    held = bearer_api.database.run(lambda tx: tx.value("SELECT count(*) FROM session_token WHERE kind = 'access'"))
    assert held == 1
    clock.advance(days=LIVES.refresh_token.days + sessions.KEPT_AFTER_EXPIRY.days + 1)
    bearer_api.sign_in()
    assert bearer_api.database.run(lambda tx: tx.value("SELECT count(*) FROM session")) == 1


def test_a_sign_in_deletes_long_expired_sessions(bearer_api: Api, clock: Clock) -> None:
    for _ in range(sessions.FORGOTTEN_AT_ONCE + 1):
        bearer_api.sign_in()
    clock.advance(days=LIVES.refresh_token.days + sessions.KEPT_AFTER_EXPIRY.days + 1)

    bearer_api.sign_in("bob@example.org")

    assert bearer_api.database.run(lambda tx: tx.value("SELECT count(*) FROM session")) == 2


def test_no_secret_is_in_the_database(bearer_api: Api) -> None:
    signed_in = bearer_api.sign_in()
    body = json_of(signed_in)
    secrets = [body["bearerToken"], body["refreshToken"], cookies_of(signed_in)["ss-id"], PASSWORD]

    def everything(tx: Transaction) -> str:
        tables = ("user_account", "session", "session_token", "throttle")
        return str([[dict(row) for row in tx.rows(f"SELECT * FROM {table}")] for table in tables])

    held = bearer_api.database.run(everything)
    assert body["sessionId"] in held
    assert not any(secret in held for secret in secrets)


# Changes that apply at once


def test_signing_out_ends_everything(bearer_api: Api) -> None:
    signed_in = bearer_api.sign_in()
    body, session = json_of(signed_in), cookie(signed_in)
    another = json_of(bearer_api.sign_in())["bearerToken"]

    response = bearer_api.call("POST", "/auth/logout", {}, authorization=f"Bearer {body['bearerToken']}")

    assert (response.status, json_of(response)) == (200, {})
    assert taken_back(response) == {"ss-id", "ss-pid", "X-UAId", "ss-tok", "ss-reftok"}
    assert_not_signed_in(bearer_api.who(authorization=f"Bearer {body['bearerToken']}"))
    assert_not_signed_in(bearer_api.who(cookie=session))
    refused = bearer_api.call("POST", "/access-token", {"refreshToken": body["refreshToken"]})
    assert failure(refused)[2] == "Token is invalid"
    assert bearer_api.who(authorization=f"Bearer {another}").status == 200


@pytest.mark.parametrize("kept", ["ss-id", "ss-tok", "ss-reftok"])
def test_any_cookie_of_a_session_is_enough_to_end_it(api: Api, kept: str) -> None:
    signed_in = api.sign_in()

    api.call("GET", "/auth/logout", cookie=cookie(signed_in, kept))

    assert_not_signed_in(api.who(cookie=cookie(signed_in)))


@pytest.mark.parametrize("path", ["/auth/logout", "/api/AuthenticateLogout", "/auth?provider=logout"])
def test_signing_out_succeeds_for_callers_who_are_not_signed_in(api: Api, path: str) -> None:
    response = api.call("POST", path, {})

    assert (response.status, json_of(response)) == (200, {})


def test_each_ended_session_is_reported_once(bearer_api: Api) -> None:
    signed_in = bearer_api.sign_in()
    [session_id] = bearer_api.database.run(lambda tx: [row["session_id"] for row in tx.rows("SELECT * FROM session")])
    header = f"Bearer {json_of(signed_in)['bearerToken']}"
    assert bearer_api.ended_sessions == []

    for _ in range(2):
        bearer_api.call("POST", "/auth/logout", {}, authorization=header, cookie=cookie(signed_in))
    assert bearer_api.ended_sessions == [session_id]


def test_a_role_counts_from_the_next_request_on(bearer_api: Api, people: People) -> None:
    header = f"Bearer {json_of(bearer_api.sign_in())['bearerToken']}"
    known = {role.name: role for role in bearer_api.database.run(lambda tx: roles.of_agency(tx, people.agency_id))}

    bearer_api.database.run(lambda tx: roles.revoke(tx, people.agency_id, people.ann_contact, known["Agent"].role_id))
    assert failure(bearer_api.who(authorization=header)) == (403, "Forbidden", "Invalid Role")

    bearer_api.database.run(
        lambda tx: roles.grant(tx, people.agency_id, people.ann_contact, [known["Administrator"].role_id])
    )
    assert json_of(bearer_api.who(authorization=header))["roles"] == ["Administrator"]


def test_disabling_a_user_locks_them_out_until_enabled_again(bearer_api: Api) -> None:
    body = json_of(bearer_api.sign_in())
    bearer_api.who(authorization=basic("ann@example.org", PASSWORD))

    bearer_api.database.run(lambda tx: users.set_disabled(tx, "ann@example.org"))

    assert_not_signed_in(bearer_api.who(authorization=f"Bearer {body['bearerToken']}"))
    assert failure(bearer_api.who(authorization=basic("ann@example.org", PASSWORD)))[1] == "AuthenticationException"
    assert bearer_api.call("POST", "/access-token", {"refreshToken": body["refreshToken"]}).status == 400
    bearer_api.database.run(lambda tx: users.set_disabled(tx, "ann@example.org", is_disabled=False))
    assert bearer_api.sign_in().status == 200


def test_a_disabled_user_is_refused_even_with_a_remaining_session(bearer_api: Api, people: People) -> None:
    body = json_of(bearer_api.sign_in())

    bearer_api.database.run(lambda tx: store.set_disabled(tx, people.ann, is_disabled=True))

    assert_not_signed_in(bearer_api.who(authorization=f"Bearer {body['bearerToken']}"))
    refused = bearer_api.call("POST", "/access-token", {"refreshToken": body["refreshToken"]})
    assert failure(refused) == (401, "AuthenticationException", "This account has been locked")


def test_changing_a_password_ends_earlier_sessions(bearer_api: Api) -> None:
    token = json_of(bearer_api.sign_in())["bearerToken"]
    bearer_api.who(authorization=basic("ann@example.org", PASSWORD))

    bearer_api.database.run(lambda tx: users.set_password(tx, "ann@example.org", hash_password("another")))

    assert_not_signed_in(bearer_api.who(authorization=f"Bearer {token}"))
    refused = bearer_api.who(authorization=basic("ann@example.org", PASSWORD))
    assert failure(refused) == (401, "Unauthorized", "Invalid Username or Password")
    assert bearer_api.who(authorization=basic("ann@example.org", "another")).status == 200


# Basic, and asking who is signed in


def test_basic_signs_in_one_request(api: Api) -> None:
    for _ in range(2):
        response = api.who(authorization=basic("ANN@example.org", PASSWORD))
        assert json_of(response)["name"] == "Ann@Example.org"
        assert set(cookies_of(response)) == {"X-UAId"}


def test_parallel_requests_with_a_right_basic_password_cost_one_hash(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = hashes_counted(monkeypatch)

    answers = api.at_once(30, "GET", "/who", authorization=basic("ann@example.org", PASSWORD))

    assert [answer.status for answer in answers] == [200] * 30
    assert len(hashed) == 1
    assert rows_in(api, "throttle", "tries > 0") == 0


def test_parallel_requests_with_a_wrong_basic_password_are_stopped_at_the_limit(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = hashes_counted(monkeypatch)

    answers = api.at_once(30, "GET", "/who", authorization=basic("ann@example.org", "wrong"))

    assert sorted(answer.status for answer in answers) == [401] * ACCOUNT_TRIES + [429] * (30 - ACCOUNT_TRIES)
    assert len(hashed) == ACCOUNT_TRIES


def hashes_counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that are hashed from now on."""
    hashed: list[str] = []
    verify = passwords.verify_password

    def verify_password(password_hash: str | None, password: str) -> bool:
        hashed.append(password)
        return verify(password_hash, password)

    monkeypatch.setattr(passwords, "verify_password", verify_password)
    return hashed


def test_a_wrong_basic_password_gets_an_error_with_a_body(api: Api) -> None:
    response = api.who(authorization=basic("ann@example.org", "wrong"))

    assert failure(response) == (401, "Unauthorized", "Invalid Username or Password")


@pytest.mark.parametrize("header", [basic("ann@example.org", "wrong"), "Bearer x", "Bearer"])
def test_public_operations_ignore_wrong_credentials(api: Api, header: str) -> None:
    assert json_of(api.call("GET", "/open", authorization=header))["name"] == "nobody"


def test_public_operations_ignore_an_expired_token(bearer_api: Api, clock: Clock) -> None:
    token = json_of(bearer_api.sign_in())["bearerToken"]
    clock.advance(days=LIVES.access_token.days)

    assert json_of(bearer_api.call("GET", "/open", authorization=f"Bearer {token}"))["name"] == "nobody"


def test_a_caller_without_the_role_is_refused(api: Api) -> None:
    refused = api.who(authorization=basic("bob@example.org", PASSWORD))

    assert failure(refused) == (403, "Forbidden", "Invalid Role")


def test_the_signed_in_user_can_be_requested(api: Api, people: People) -> None:
    signed_in = api.sign_in("Ann@Example.org")
    expected = {name: value for name, value in json_of(signed_in).items() if name != "permissions"}

    for kept, provider in (("ss-tok", "jwt"), ("ss-id", "credentials")):
        body = json_of(api.call("GET", "/auth", cookie=cookie(signed_in, kept)))
        assert body == expected | {"authProvider": provider}
    body = json_of(api.call("GET", "/auth", authorization=basic("ann@example.org", PASSWORD)))
    assert (body["userId"], body["authProvider"]) == (people.ann, "basic")


@pytest.mark.parametrize("path", ["/auth", "/auth/basic", "/who", "/session-to-token"])
def test_basic_credentials_on_every_request_open_no_session(api: Api, path: str) -> None:
    for _ in range(3):
        response = api.call("POST", path, {}, authorization=basic("ANN@example.org", PASSWORD))

        assert response.status == (401 if path == "/session-to-token" else 200)
        assert set(cookies_of(response)) <= {"X-UAId"}
    if path.startswith("/auth"):
        assert json_of(response)["userName"] == "ANN@example.org"
    assert rows_in(api, "session") == rows_in(api, "session_token") == rows_in(api, "throttle", "tries > 0") == 0


def test_a_session_is_exchanged_for_a_token_that_ends_with_it(api: Api) -> None:
    signed_in = api.sign_in()

    exchanged = api.call("POST", "/session-to-token", cookie=cookie(signed_in, "ss-id"))

    token = cookie(exchanged, "ss-tok")
    assert api.who(cookie=token).status == 200
    api.call("POST", "/auth/logout", cookie=cookie(signed_in, "ss-id"))
    assert api.who(cookie=token).status == 401


@pytest.mark.parametrize("remembers", [False, True])
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/session-to-token", "ss-tok"),
        ("/session-to-token", "ss-reftok"),
        ("/access-token", "ss-reftok"),
        ("/who", "ss-reftok"),
    ],
)
def test_a_session_expires_whichever_token_is_used(
    api: Api, clock: Clock, path: str, kind: str, remembers: bool
) -> None:
    life = LIVES.remembered_session if remembers else LIVES.session
    held = cookies_of(api.sign_in(rememberMe=remembers))
    start = clock.now
    shown = {kind: held[kind]}
    while clock.now - start < LIVES.refresh_token:
        clock.advance(days=2)
        answer = api.call("POST", path, {}, cookie="; ".join(f"{name}={value}" for name, value in shown.items()))
        if answer.status != 200:
            break
        shown |= {name: value for name, value in cookies_of(answer).items() if name.startswith("ss-")}

    assert clock.now - start == life
    assert api.who(cookie=f"ss-id={held['ss-id']}; ss-pid={held['ss-pid']}; ss-opt={held['ss-opt']}").status == 401


def test_no_cookie_of_a_token_outlasts_the_session(api: Api, clock: Clock) -> None:
    signed_in = api.sign_in()
    clock.advance(days=LIVES.session.days - 1)
    refreshed = api.call("POST", "/access-token", {}, cookie=cookie(signed_in, "ss-reftok"))

    day = 24 * 60 * 60
    assert lives_of(signed_in) == {"ss-tok": 14 * day, "ss-reftok": 14 * day}
    assert lives_of(refreshed) == {"ss-tok": day, "ss-reftok": day}


def test_an_anonymous_caller_gets_no_token(api: Api) -> None:
    assert_not_signed_in(api.call("POST", "/session-to-token"))


# Refresh tokens that take each other's place


def test_a_refresh_cookie_is_replaced_whenever_it_is_used(api: Api) -> None:
    first = cookie(api.sign_in(), "ss-reftok")

    second = cookie(api.call("POST", "/access-token", {}, cookie=first), "ss-reftok")
    third = cookie(api.who(cookie=second), "ss-reftok")

    assert len({first, second, third}) == 3
    assert api.who(cookie=third).status == 200


def test_parallel_requests_with_one_refresh_cookie_succeed_and_get_the_same_new_one(api: Api, clock: Clock) -> None:
    first = cookie(api.sign_in(), "ss-reftok")

    answers = api.at_once(20, "GET", "/who", cookie=first)
    clock.advance(seconds=10)
    answers.append(api.call("POST", "/access-token", {}, cookie=first))

    assert {answer.status for answer in answers} == {200}
    [second] = {cookie(answer, "ss-reftok") for answer in answers}
    assert second != first
    clock.advance(days=1)
    assert api.who(cookie=second).status == 200


def test_a_late_parallel_request_gets_the_newest_refresh_cookie(api: Api) -> None:
    first = cookie(api.sign_in(), "ss-reftok")
    second = cookie(api.who(cookie=first), "ss-reftok")
    third = cookie(api.who(cookie=second), "ss-reftok")

    assert cookie(api.who(cookie=first), "ss-reftok") == third


@pytest.mark.parametrize("path", ["/who", "/access-token", "/open", "body"])
def test_an_old_refresh_token_ends_the_session_after_a_grace(api: Api, clock: Clock, path: str) -> None:
    signed_in = api.sign_in()
    others = api.sign_in()
    first = cookie(signed_in, "ss-reftok")
    refreshed = api.who(cookie=first)
    clock.advance(seconds=10, microseconds=1)
    if path == "body":
        again = api.call("POST", "/access-token", {"refreshToken": cookies_of(signed_in)["ss-reftok"]})
    else:
        again = api.call("GET" if path == "/open" else "POST", path, None, cookie=first)

    if path == "/open":
        assert json_of(again)["name"] == "nobody"
    else:
        assert again.status == 401
    for ended in (cookie(signed_in, "ss-tok"), cookie(signed_in, "ss-id"), cookie(refreshed, "ss-tok")):
        assert api.who(cookie=ended).status == 401
    assert api.who(cookie=cookie(refreshed, "ss-reftok")).status == 401
    assert api.who(cookie=cookie(others, "ss-tok")).status == 200
    assert rows_in(api, "session") == 1


@pytest.mark.parametrize("rotations", [2, 25, 60])
@pytest.mark.parametrize("shown", [0, 1])
def test_reuse_of_an_old_refresh_token_is_detected_after_any_rotations(
    api: Api, clock: Clock, rotations: int, shown: int
) -> None:
    tokens = [cookie(api.sign_in(), "ss-reftok")]
    for _ in range(rotations):
        tokens.append(cookie(api.call("POST", "/access-token", {}, cookie=tokens[-1]), "ss-reftok"))
    clock.advance(seconds=11)

    again = api.call("POST", "/access-token", {}, cookie=tokens[shown])

    assert again.status == 401
    assert api.who(cookie=tokens[-1]).status == 401
    assert rows_in(api, "session") == 0


def test_a_forged_refresh_token_ends_no_session(api: Api) -> None:
    token = cookies_of(api.sign_in())["ss-reftok"]
    forged = f"{token[:-4]}{'AAAA' if not token.endswith('AAAA') else 'BBBB'}"

    assert api.call("POST", "/access-token", {"refreshToken": forged}).status == 400
    assert rows_in(api, "session") == 1


def test_a_refused_request_renews_its_cookies_too(api: Api, clock: Clock) -> None:
    first = cookie(api.sign_in("bob@example.org"), "ss-reftok")

    refused = api.who(cookie=first)
    clock.advance(minutes=1)

    assert refused.status == 403
    assert api.call("GET", "/auth", cookie=cookie(refused, "ss-reftok")).status == 200


def test_a_valid_access_token_does_not_use_the_refresh_cookie(api: Api) -> None:
    response = api.who(cookie=cookie(api.sign_in()))

    assert response.status == 200
    assert cookies_of(response) == {}


def test_a_refresh_token_in_a_body_is_not_rotated(bearer_api: Api, clock: Clock) -> None:
    refresh_token = json_of(bearer_api.sign_in())["refreshToken"]

    for _ in range(3):
        clock.advance(minutes=1)
        assert bearer_api.call("POST", "/access-token", {"refreshToken": refresh_token}).status == 200


# How much of them there is


def test_a_session_keeps_only_its_newest_access_tokens(bearer_api: Api) -> None:
    body = json_of(bearer_api.sign_in())
    tokens = [body["bearerToken"]]
    for _ in range(LIVE_TOKENS + 1):
        refreshed = bearer_api.call("POST", "/access-token", {"refreshToken": body["refreshToken"]})
        tokens.append(json_of(refreshed)["accessToken"])

    statuses = [bearer_api.who(authorization=f"Bearer {token}").status for token in tokens]

    assert statuses == [401, 401, *[200] * LIVE_TOKENS]


def test_a_batch_of_exchanges_stores_no_more_than_one_exchange(api: Api) -> None:
    signed_in = api.sign_in()

    by_body = [{"refreshToken": cookies_of(signed_in)["ss-reftok"]}] * 300
    assert api.call("POST", "/json/reply/GetAccessToken[]", by_body).status == 200
    batch = api.call("POST", "/json/reply/GetAccessToken[]", [{}] * 300, cookie=cookie(signed_in, "ss-reftok"))
    exchanged = api.call("POST", "/json/reply/ConvertSessionToToken[]", [{}] * 300, cookie=cookie(signed_in, "ss-id"))

    assert (batch.status, exchanged.status) == (200, 200)
    assert api.who(cookie=cookie(batch, "ss-reftok")).status == 200
    assert api.who(cookie=cookie(exchanged, "ss-tok")).status == 200
    assert rows_in(api, "session_token", "kind = 'access'") <= LIVE_TOKENS
    assert rows_in(api, "session_token") <= LIVE_TOKENS + REPLACED_TOKENS + 2


def test_a_user_keeps_only_the_newest_hundred_sessions(api: Api, quick_hashes: None, clock: Clock) -> None:
    first = api.sign_in()
    for _ in range(USER_SESSIONS):
        clock.advance(seconds=1)
        last = api.sign_in()
    bob = api.sign_in("bob@example.org")

    assert rows_in(api, "session") == USER_SESSIONS + 1
    assert api.who(cookie=cookie(first, "ss-tok")).status == 401
    assert api.who(cookie=cookie(last, "ss-tok")).status == 200
    assert api.call("GET", "/auth", cookie=cookie(bob, "ss-tok")).status == 200


def test_nobody_is_signed_in_without_credentials(api: Api) -> None:
    assert_not_signed_in(api.call("GET", "/auth"))
    assert_not_signed_in(api.call("POST", "/auth", {}))
    assert_not_signed_in(api.call("GET", "/auth", authorization=basic("ann@example.org", "wrong")))


# Throttles


def wrong_tries(api: Api, tries: int, name: str = "ann@example.org") -> list[int]:
    return [api.sign_in(name, "wrong").status for _ in range(tries)]


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hundreds of guesses would take minutes at the real cost."""
    from argon2 import PasswordHasher

    passwords._nobodys_hash.cache_clear()
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield
    passwords._nobodys_hash.cache_clear()


@pytest.mark.parametrize("name", ["ann@example.org", "zoe@example.org"])
def test_guessing_is_throttled_and_possible_again_later(api: Api, clock: Clock, name: str) -> None:
    assert wrong_tries(api, ACCOUNT_TRIES, name) == [401] * ACCOUNT_TRIES
    clock.advance(minutes=5)

    stopped = api.sign_in(name.upper())

    assert failure(stopped)[:2] == (429, "TooManyRequests")
    assert ("Retry-After", str(int((TRIES_WINDOW - timedelta(minutes=5)).total_seconds()))) in stopped.headers
    assert api.sign_in("bob@example.org").status == 200
    clock.advance(minutes=10)
    assert wrong_tries(api, 1, name) == [401]


def test_guesses_made_at_once_are_counted_too(api: Api) -> None:
    statuses = api.sign_in_at_once(3 * ACCOUNT_TRIES, "ann@example.org", "wrong")

    assert sorted(statuses) == [401] * ACCOUNT_TRIES + [429] * 2 * ACCOUNT_TRIES


def test_guessing_by_basic_counts_too(api: Api) -> None:
    for _ in range(ACCOUNT_TRIES):
        assert api.who(authorization=basic("ann@example.org", "wrong")).status == 401

    assert api.who(authorization=basic("ann@example.org", PASSWORD)).status == 429
    assert api.sign_in().status == 429


def test_a_right_password_restarts_the_count(api: Api) -> None:
    for _ in range(2):
        assert wrong_tries(api, ACCOUNT_TRIES - 1) == [401] * (ACCOUNT_TRIES - 1)
        assert api.sign_in().status == 200


@pytest.mark.parametrize(
    ("guesser", "owner"),
    [("192.0.2.7", "198.51.100.1"), ("2001:db8:1:1::1", "2001:db8:1:2::1"), ("::ffff:192.0.2.7", "::ffff:192.0.3.7")],
)
def test_guesses_from_another_network_lock_nobody_out(api: Api, guesser: str, owner: str) -> None:
    api.client = guesser
    wrong_tries(api, 3 * ACCOUNT_TRIES)
    assert api.sign_in().status == 429

    api.client = owner

    assert api.sign_in().status == 200
    assert api.who(authorization=basic("ann@example.org", PASSWORD)).status == 200


@pytest.mark.parametrize(
    ("first", "second"),
    [("192.0.2.7", "192.0.2.250"), ("2001:db8:1:1::1", "2001:db8:1:1:ff::9"), ("192.0.2.7", "::ffff:192.0.2.8")],
)
def test_guesses_from_one_network_are_counted_together(api: Api, first: str, second: str) -> None:
    api.client = first
    wrong_tries(api, ACCOUNT_TRIES)

    api.client = second

    assert api.sign_in().status == 429


def guess_from_everywhere(api: Api, tries: int, name: str = "ann@example.org") -> list[int]:
    """Sends wrong passwords from many networks."""
    found = []
    for number in range(tries):
        api.client = f"10.{number}.0.1"
        found += wrong_tries(api, 1, name)
    return found


@pytest.mark.usefixtures("quick_hashes")
@pytest.mark.parametrize("name", ["ann@example.org", "zoe@example.org"])
def test_guesses_from_many_networks_are_stopped_together(api: Api, clock: Clock, name: str) -> None:
    assert set(guess_from_everywhere(api, TRIES_ANYWHERE, name)) == {401}
    api.client = "203.0.113.1"

    stopped = api.sign_in(name)

    assert failure(stopped)[:2] == (429, "TooManyRequests")
    assert ("Retry-After", str(int(TRIES_ANYWHERE_WINDOW.total_seconds()))) in stopped.headers
    clock.advance(seconds=TRIES_ANYWHERE_WINDOW.total_seconds())
    assert wrong_tries(api, 1, name) == [401]


@pytest.mark.usefixtures("quick_hashes")
def test_a_guessing_network_does_not_use_up_tries_of_others(api: Api, clock: Clock) -> None:
    for _ in range(int(TRIES_ANYWHERE_WINDOW / TRIES_WINDOW)):
        wrong_tries(api, TRIES_ANYWHERE)
        clock.advance(seconds=TRIES_WINDOW.total_seconds() - 1)

    api.client = "203.0.113.1"

    assert api.sign_in().status == 200


@pytest.mark.usefixtures("quick_hashes")
def test_a_known_browser_is_not_throttled_by_guesses_elsewhere(api: Api) -> None:
    api.database.run(lambda tx: users.set_password(tx, "ann@example.org", hash_password(PASSWORD)))
    device, others = cookie(api.sign_in(), "ss-dev"), cookie(api.sign_in("bob@example.org"), "ss-dev")
    guess_from_everywhere(api, TRIES_ANYWHERE)
    api.client = "203.0.113.1"

    assert api.sign_in().status == 429
    assert signed_in_with(api, others).status == 429
    assert signed_in_with(api, device + "A").status == 429
    assert signed_in_with(api, device).status == 200
    assert api.who(authorization=basic("ann@example.org", PASSWORD), cookie=device).status == 200


@pytest.mark.usefixtures("quick_hashes")
def test_a_known_browser_may_not_guess_more_often(api: Api) -> None:
    device = cookie(api.sign_in(), "ss-dev")
    statuses = []
    for number in range(TRIES_ANYWHERE + 1):
        api.client = f"10.{number}.0.1"
        statuses.append(signed_in_with(api, device, "wrong").status)

    assert statuses == [401] * TRIES_ANYWHERE + [429]
    assert [signed_in_with(api, device, "wrong").status for _ in range(2)] == [429, 429]
    assert api.sign_in().status == 200


def signed_in_with(api: Api, held: str, password: str = PASSWORD, name: str = "ann@example.org") -> Response:
    return api.call("POST", "/auth/credentials", {"userName": name, "password": password}, cookie=held)


def test_a_browser_is_known_for_every_account_that_signed_in_with_it(api: Api) -> None:
    held = cookie(api.sign_in(), "ss-dev")
    both = cookie(signed_in_with(api, held, name="bob@example.org"), "ss-dev")
    again = cookie(signed_in_with(api, both), "ss-dev")

    assert both.startswith(held.partition(".")[0])
    assert sorted(both.split(".")) == sorted(again.split("."))
    assert len(both.split(".")) == 3


def test_the_device_cookie_is_hidden_from_scripts_and_reveals_nothing(api: Api, people: People) -> None:
    first, second = api.sign_in(), api.sign_in()
    [written] = [value for name, value in first.headers if name == "Set-Cookie" and value.startswith("ss-dev=")]

    assert re.fullmatch(r"ss-dev=[\w.-]{45}; expires=[^;]+; max-age=630720000; path=/; samesite=lax; httponly", written)
    assert not set(cookies_of(first)["ss-dev"].split(".")) & set(cookies_of(second)["ss-dev"].split("."))
    assert_not_signed_in(api.call("GET", "/auth", cookie=cookie(first, "ss-dev")))
    assert "ss-dev" not in taken_back(api.call("POST", "/auth/logout", {}, cookie=cookie(first)))


@pytest.mark.parametrize("forged", ["", ".", "a.b", "x" * 5000, "\u00e9" * 45, ".".join(["A" * 22] * 7)])
def test_an_invalid_device_cookie_is_replaced(api: Api, forged: str) -> None:
    response = signed_in_with(api, f"ss-dev={forged}")

    assert response.status == 200
    assert re.fullmatch(r"[\w-]{22}\.[\w-]{22}", cookies_of(response)["ss-dev"])


@pytest.mark.parametrize(
    ("name", "password", "logged"),
    [
        ("ann@example.org", "s3cret-guess", "A sign-in as 'Ann@Example.org' from 192.0.2.7 failed: wrong password"),
        ("my-p@55word", "s3cret-guess", "A sign-in from 192.0.2.7 failed: no such account"),
        ("out@example.org", PASSWORD, "A sign-in as 'out@example.org' from 192.0.2.7 failed: account locked"),
    ],
)
@pytest.mark.parametrize("by_basic", [False, True])
def test_a_failed_sign_in_is_logged_without_the_typed_password(
    api: Api, people: People, caplog: pytest.LogCaptureFixture, name: str, password: str, logged: str, by_basic: bool
) -> None:
    api.database.run(lambda tx: users.add_user(tx, people.agency_id, "out@example.org", "Out", [], PASSWORD_HASH))
    api.database.run(lambda tx: users.set_disabled(tx, "out@example.org"))

    answer = api.who(authorization=basic(name, password)) if by_basic else api.sign_in(name, password)

    assert answer.status == 401
    assert caplog.messages == [logged]
    assert not any(secret in caplog.text for secret in ("s3cret", PASSWORD))


def test_a_name_that_is_too_long_for_any_account_is_logged(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    api.who(authorization=basic("a" * 300, "s3cret"))

    assert caplog.messages == ["A sign-in from 192.0.2.7 failed: name or password too long"]


def test_too_many_tries_and_foreign_agencies_are_logged_too(
    api: Api, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    api.sign_in(meta={"AgencyId": "1" * 32})
    wrong_tries(api, ACCOUNT_TRIES + 1)

    assert caplog.messages[0].endswith("failed: not of that agency")
    assert caplog.messages[-1] == "A sign-in from 192.0.2.7 failed: too many tries"


def test_a_successful_sign_in_is_not_logged_as_a_failure(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    api.sign_in()
    api.who(authorization=basic("ann@example.org", PASSWORD))

    assert caplog.messages == []


@pytest.mark.usefixtures("quick_hashes")
def test_one_network_cannot_guess_for_many_accounts(api: Api) -> None:
    tries = [api.sign_in(f"user{number}@example.org", "wrong").status for number in range(NETWORK_TRIES)]
    assert set(tries) == {401}

    assert api.sign_in().status == 429


@pytest.mark.usefixtures("quick_hashes")
def test_successful_sign_ins_do_not_use_up_the_networks_tries(api: Api) -> None:
    api.database.run(lambda tx: users.set_password(tx, "ann@example.org", PASSWORD_HASH))
    for _ in range(3):
        assert api.sign_in().status == 200

    held = api.database.run(lambda tx: tx.value("SELECT sum(tries) FROM throttle"))
    assert held == 0


@pytest.mark.usefixtures("quick_hashes")
def test_without_throttles_nothing_is_refused_or_counted(database: Database, people: People) -> None:
    api = Api(database, throttles=False)

    assert wrong_tries(api, ACCOUNT_TRIES + 1) == [401] * (ACCOUNT_TRIES + 1)
    assert database.run(lambda tx: tx.value("SELECT count(*) FROM throttle")) == 0
