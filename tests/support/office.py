"""A small agency behind an engine, for tests of invitations: its people and their calls."""

import asyncio
import base64
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from http.cookies import SimpleCookie
from typing import Any

from parlour.engine import standard_engine
from parlour.engine.dto.declare import Guid
from parlour.engine.http.messages import Request, Response
from parlour.engine.serving.handlers import Services
from parlour.services import chats, invitations, sent_invitations, users
from parlour.services import identity as identity_service
from parlour.services.caller import Caller
from parlour.services.identity import Identity
from parlour.services.invitations import InvitationPolicy
from parlour.services.passwords import hash_password
from parlour.services.throttles import Throttle, no_throttle
from parlour.store import agencies, roles
from parlour.store.database import Database, Transaction
from parlour.store.invitations import code_of, token_of

KEY = b"the key of a test server"
PASSWORD = "correct horse"
LIFETIME = timedelta(days=14)
COOLDOWN = timedelta(minutes=10)


@dataclass(frozen=True)
class Person:
    """A user of the agency."""

    user_id: Guid
    contact_id: Guid
    email: str
    agency_id: Guid
    roles: frozenset[str]

    @property
    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self.email}:{PASSWORD}".encode()).decode()

    @property
    def caller(self) -> Caller:
        return Caller(
            user_id=self.user_id,
            user_name=self.email,
            display_name=self.email,
            roles=self.roles,
            agency_id=self.agency_id,
            contact_id=self.contact_id,
        )


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any
    cookies: dict[str, str]

    @property
    def wrong(self) -> list[str]:
        """The members named in a refusal."""
        return [error["fieldName"] for error in self.body["responseStatus"]["errors"]]


class Office:
    """The agency Acme with an administrator, an agent, a worker and a client, and another agency with an agent."""

    def __init__(self, database: Database, *, throttle: Throttle = no_throttle, allow_get: bool = False) -> None:
        self.database = database
        self.announced_mails: list[str] = []
        self.policy = InvitationPolicy(
            key=KEY,
            lifetime=LIFETIME,
            cooldown=COOLDOWN,
            throttle=throttle,
            on_mail=lambda: self.announced_mails.append("mail"),
        )
        services = Services()
        identity = Identity(KEY, throttles=False)
        identity_service.register(services, identity)
        chats.register(services)
        invitations.register(
            services,
            self.policy,
            identity.authentication,
            identity_service.attempts(KEY, throttles=throttle is not no_throttle),
            allow_get=allow_get,
        )
        sent_invitations.register(services, self.policy)
        self.engine = standard_engine(services, database, authentication=identity.authentication)
        self.agency_id = database.run(lambda tx: users.first_start(tx, "Acme"))
        self.ada = self.add("Ada Admin", "Administrator")
        self.ann = self.add("Ann Agent", "Agent")
        self.will = self.add("Will Worker", "Worker")
        self.cleo = self.add("Cleo Client", "Contact")
        self.other_agency_id = database.run(_another_agency)
        self.eve = self.add("Eve Elsewhere", "Agent", agency_id=self.other_agency_id)

    def add(self, name: str, *role_names: str, agency_id: Guid | None = None) -> Person:
        agency = agency_id or self.agency_id
        email = f"{name.split()[0].lower()}@{'acme' if agency == self.agency_id else 'else'}.example"
        user_id, contact_id = self.database.run(lambda tx: users.add_user(tx, agency, email, name, role_names, _hash()))
        return Person(user_id, contact_id, email, agency, frozenset(role_names))

    def role(self, name: str, agency_id: Guid | None = None) -> Guid:
        found = self.database.run(lambda tx: roles.of_agency(tx, agency_id or self.agency_id))
        return next(role.role_id for role in found if role.name == name)

    def role_names(self, contact_id: Guid) -> list[str]:
        found = self.database.run(lambda tx: roles.of_contact(tx, self.agency_id, contact_id))
        return [role.name for role in found]

    def post(self, path: str, body: Any, caller: Person | None = None, **more: Any) -> Answer:
        return self.call("POST", path, body, caller, **more)

    def call(
        self, verb: str, path: str, body: Any = None, caller: Person | None = None, *, authorization: str = ""
    ) -> Answer:
        return asyncio.run(self.answer(verb, path, body, caller, authorization=authorization))

    async def answer(
        self, verb: str, path: str, body: Any = None, caller: Person | None = None, *, authorization: str = ""
    ) -> Answer:
        headers = [("accept", "application/json"), ("content-type", "application/json")]
        if caller is not None or authorization:
            headers.append(("authorization", authorization or (caller.basic if caller else "")))
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers.append(("content-length", str(len(content))))
        path, _, query = path.partition("?")
        request = Request(method=verb, path=path, query=query, headers=headers, body=content)
        return _read(await self.engine.answer(request))

    def invite(self, inviter: Person, address: str, *role_names: str, to: Guid | None = None) -> Answer:
        role_ids = [self.role(name) for name in role_names or ("Contact",)]
        return self.post(
            f"/api/contacts/{inviter.contact_id}/invite/{to or 'contact'}",
            {"emailAddress": address, "roles": role_ids},
            inviter,
        )

    def invited(self, address: str, *role_names: str, inviter: Person | None = None) -> str:
        """Invites a person, and returns the token of the mail."""
        answer = self.invite(inviter or self.ann, address, *role_names)
        assert answer.status == 200, answer.body
        return self.token(address)

    def token(self, address: str) -> str:
        """The token in the last mail to an address, as the outbox would write it."""
        return token_of(KEY, self._seed(address))

    def code(self, address: str) -> str:
        """The code in the last mail to an address."""
        return code_of(KEY, self._seed(address))

    def _seed(self, address: str) -> str:
        seed: str = self.value(
            """SELECT i.token_seed
                 FROM outbox o
                 JOIN invitation i ON i.agency_id = o.agency_id AND i.invitation_id = o.invitation_id
                WHERE o.to_address = :address
                ORDER BY o.created_at DESC""",
            address=address,
        )
        return seed

    def mails(self) -> list[str]:
        """The receivers of mails, in order."""
        rows = self.database.run(lambda tx: tx.rows("SELECT to_address FROM outbox ORDER BY created_at"))
        return [row["to_address"] for row in rows]

    def preview(self, token: str) -> Answer:
        return self.post("/v1/invitations/preview", {"token": token})

    def accept(self, token: str, caller: Person | None = None, **members: str) -> Answer:
        return self.post("/v1/invitations/accept", {"token": token, **members}, caller)

    def accept_anew(self, token: str, name: str = "Bob Brown", password: str = "bobs password") -> Answer:
        return self.accept(token, displayName=name, password=password)

    def value(self, sql: str, **parameters: Any) -> Any:
        return self.database.run(lambda tx: tx.value(sql, **parameters))

    def execute(self, sql: str, **parameters: Any) -> int:
        return self.database.run(lambda tx: tx.execute(sql, **parameters))


@cache
def _hash() -> str:
    return hash_password(PASSWORD)


def _another_agency(tx: Transaction) -> Guid:
    agency_id = agencies.add(tx, "Elsewhere")
    for index, role in enumerate(users.standard_roles()):
        roles.add(tx, agency_id, replace(role, role_id=Guid(f"{index + 1:032x}")))
    return agency_id


def _read(response: Response) -> Answer:
    jar = SimpleCookie()
    for name, value in response.headers:
        if name == "Set-Cookie":
            jar.load(value)
    return Answer(
        status=response.status,
        # Only the values of cookies, since their expiry differs from one second to the next.
        headers={name: value for name, value in response.headers if name != "Set-Cookie"},
        body=json.loads(response.body) if response.body else None,
        cookies={name: morsel.value for name, morsel in jar.items()},
    )
