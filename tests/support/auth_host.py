"""A host with every kind of credential and accounts in memory, for the tests of authentication."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from parlour.engine import standard_engine
from parlour.engine.accounts import api_keys, registration, role_assignment, sign_in
from parlour.engine.accounts.authentication import AccountsAuthentication
from parlour.engine.accounts.jwt import JwtSigner
from parlour.engine.dto.declare import (
    namespace,
    requires_any_permission,
    requires_api_key,
    requires_authentication,
    requires_permission,
    requires_role,
    returns,
    route,
)
from parlour.engine.http.messages import Request, Response
from parlour.engine.serving.handlers import Handler, InlineUnits, Services
from parlour.engine.serving.pipeline import Engine
from parlour.engine.serving.principals import ApiKey
from parlour.engine.testing.memory_accounts import MemoryAccounts
from parlour.engine.testing.memory_store import MemoryUser

START = datetime(2026, 11, 22, 18, tzinfo=UTC)
SIGNER = JwtSigner(b"k" * 32)
PASSWORD = "p@55word"


@route("/for/all", "GET")
@returns(str)
@namespace("Tests")
@dataclass
class ForAll: ...


@requires_authentication()
@route("/for/users", "GET")
@returns(str)
@namespace("Tests")
@dataclass
class ForUsers: ...


@requires_role("Agent", verbs="GET")
@route("/for/agents", "GET")
@returns(str)
@namespace("Tests")
@dataclass
class ForAgents: ...


@requires_permission("read", "write")
@route("/for/writers", "GET")
@returns(str)
@namespace("Tests")
@dataclass
class ForWriters: ...


@requires_any_permission("read", "write")
@route("/for/readers", "GET")
@returns(str)
@namespace("Tests")
@dataclass
class ForReaders: ...


@requires_api_key()
@route("/for/keys", "GET")
@returns(str)
@namespace("Tests")
@dataclass
class ForKeys: ...


@requires_api_key("reports")
@route("/for/reports", "GET")
@returns(str)
@namespace("Tests")
@dataclass
class ForReports: ...


OPERATIONS = (ForAll, ForUsers, ForAgents, ForWriters, ForReaders, ForKeys, ForReports)


@dataclass
class Host:
    """An engine whose operations answer with the caller's name. `now` is its clock's time."""

    counts_tries: bool = True
    tokens_in_cookies: bool = False
    now: datetime = START
    accounts: MemoryAccounts = field(init=False)
    authentication: AccountsAuthentication = field(init=False)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.accounts = MemoryAccounts(SIGNER, counts_tries=self.counts_tries, clock=lambda: self.now)
        people: dict[str, dict[str, Any]] = {
            "ann": {"roles": {"Agent"}, "permissions": {"read"}},
            "bob": {},
            "root": {"roles": {"Admin"}},
        }
        for number, (name, more) in enumerate(people.items(), 1):
            user = MemoryUser(user_id=str(number), user_name=name, email=f"{name}@example.org", **more)
            self.accounts.add(user, PASSWORD)
        self.accounts.add_api_key("ak-all", ApiKey("all"))
        self.accounts.add_api_key("ak-reports", ApiKey("reports", scopes=frozenset({"reports"})))
        self.accounts.add_api_key("ak-admin", ApiKey("admin", scopes=frozenset({"Admin"})))
        self.accounts.add_api_key("ak-one", ApiKey("one", operations=frozenset({"ForKeys"})))
        authentication = self.authentication = AccountsAuthentication(self.accounts)
        services = Services()
        for operation in OPERATIONS:
            services.add(operation, get=Handler(lambda request, tx, caller: caller.user_name if caller else "nobody"))
        sign_in.register(services, self.accounts, authentication, tokens_in_cookies=self.tokens_in_cookies)
        registration.register(services, self.accounts, authentication, tokens_in_cookies=self.tokens_in_cookies)
        role_assignment.register(services, self.accounts, authentication)
        api_keys.register(services, self.accounts)
        self.engine = standard_engine(services, InlineUnits(), authentication=authentication)

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, client: str = "", **headers: str
    ) -> Response:
        given = [(name.replace("_", "-"), value) for name, value in headers.items()]
        given += [("host", "parlour.test"), ("accept", "application/json"), ("content-type", "application/json")]
        sent = None if body is None else msgspec.json.encode(body)
        path, _, query = path.partition("?")
        return asyncio.run(
            self.engine.answer(Request(method=method, path=path, query=query, headers=given, body=sent, client=client))
        )

    def get(self, path: str, **headers: str) -> Response:
        return self.call("GET", path, None, **headers)

    def sign_in(
        self, name: str = "ann", password: str = PASSWORD, *, client: str = "", cookie: str = "", **more: Any
    ) -> Response:
        body = {"userName": name, "password": password, **more}
        return self.call("POST", "/auth/credentials", body, client=client, **({"cookie": cookie} if cookie else {}))

    def tokens(self, name: str = "ann") -> dict[str, str]:
        """The bearer token and the refresh token of a sign-in."""
        found = json_of(self.sign_in(name))
        return {"access": found["bearerToken"], "refresh": found["refreshToken"]}

    def pass_by(self, life: timedelta) -> None:
        self.now += life


def json_of(response: Response) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(response.body)
    return found


def failure(response: Response) -> tuple[int, str, str]:
    status = json_of(response)["responseStatus"]
    return response.status, status["errorCode"], status["message"]


def basic(name: str, password: str = PASSWORD) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"
