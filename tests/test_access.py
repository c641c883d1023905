"""Hidden and missing things get the same error, for every id that any operation takes.

The ids are found in the operations themselves. A new one fails the first test until `access_samples.py` has a request
for it.
"""

import ast
import asyncio
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from parlour import app
from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.errors import NotFound
from parlour.engine.dto.metadata import DtoType, Operation, TypeRef, dto_type, operation_of
from parlour.engine.http.messages import Request
from parlour.engine.serving.served import HANDLED_VERBS
from parlour.services import access
from parlour.services.caller import ADMINISTRATOR, Caller
from parlour.services.identity import Identity
from parlour.store import attachments, chat_listings, chats, contacts, memberships, messages
from parlour.store.database import Database, Transaction
from tests.support.access_samples import SAMPLES, Person, Sample, Use
from tests.support.access_world import (
    FOREIGNER,
    NOBODY,
    ROLES,
    SETTINGS,
    WRONG_ROLE,
    ComparableAnswer,
    Existing,
    World,
    operation_for,
)

KEY = SETTINGS.secret_key.encode()

Answers = Mapping[str, ComparableAnswer]
"""The answers to a person, by the way of asking."""


def ids_in(dto: DtoType, above: tuple[DtoType, ...] = ()) -> Iterator[str]:
    """The ids that a request can contain: `Chat.ChatMembers[].UserId`."""
    for member in dto.properties if dto not in above else ():
        yield from (member.name + rest for rest in _ids_of(member.type, (*above, dto)))


def _ids_of(type_: TypeRef, above: tuple[DtoType, ...]) -> Iterator[str]:
    if type_.kind == "guid":
        yield ""
    if type_.kind == "dto":
        yield from (f".{inner}" for inner in ids_in(type_.dto, above))
    for part, mark in ((type_.item, "[]"), (type_.key, "{}")):
        if part is not None:
            yield from (mark + rest for rest in _ids_of(part, above))


def ids_taken() -> dict[tuple[str, str], set[str]]:
    """The ids of all operations, by name and verb. HEAD is tested with GET."""
    services = app.services(SETTINGS, Identity(KEY), app.invitation_policy(SETTINGS, KEY))
    found = {}
    for request, handlers in services.handlers.items():
        cls: Any = request
        operation = operation_of(cls)
        ids = set(ids_in(operation.request))
        for verb in (set(HANDLED_VERBS) if "ANY" in handlers else set(handlers)) - {"HEAD"}:
            if ids:
                found[operation.name, verb] = ids
    return found


def test_every_id_that_an_operation_takes_is_in_a_sample() -> None:
    sampled = {key: set(sample.ids) for key, sample in SAMPLES.items()}

    assert sampled == ids_taken(), "Give SAMPLES in access_samples.py a request, and say of each id what it is of."


# The operations that people without an account call, with the token of an invitation.
FOR_EVERYBODY = {("AcceptInvitation", "POST"), ("PreviewInvitation", "POST")}


def test_every_other_operation_refuses_anonymous_callers(database: Database) -> None:
    services = app.services(SETTINGS, Identity(KEY), app.invitation_policy(SETTINGS, KEY))
    engine = app.build(SETTINGS, database).engine
    json = [("accept", "application/json"), ("content-type", "application/json")]

    async def answers() -> dict[tuple[str, str], int]:
        found = {}
        for request, handlers in services.handlers.items():
            cls: Any = request
            name = operation_of(cls).name
            # The engine's operations are for signing in.
            verbs = set(handlers) if cls.__module__.startswith("parlour.model.") else set()
            for verb in set(HANDLED_VERBS) - {"HEAD", "OPTIONS"} if "ANY" in verbs else verbs:
                asked = Request(method=verb, path=f"/api/{name}", headers=json, body=None if verb == "GET" else b"{}")
                found[name, verb] = (await engine.answer(asked)).status
        return found

    found = asyncio.run(answers())
    assert ("GetEvents", "GET") in found and ("SearchMessages", "GET") in found
    # A GET may invite only with a token, so without one it gets 405.
    assert found.pop(("InviteContact", "GET")) == 405
    assert {key for key, status in found.items() if status != 401} == FOR_EVERYBODY


@pytest.mark.parametrize(("name", "verb"), SAMPLES)
def test_forbidden_things_look_like_missing_ones(database: Database, name: str, verb: str) -> None:
    world = World(database)

    assert asyncio.run(differences(world, verb, SAMPLES[name, verb])) == []


def test_a_check_that_reveals_the_difference_is_found(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(database)

    def talkative(tx: Transaction, caller: Caller, chat_id: Guid) -> int:
        behind = chats.messages_behind(tx, caller.agency_id, chat_id, caller.user_id)
        if behind is not None:
            return behind
        exists = tx.value("SELECT 1 FROM chat WHERE chat_id = :chat_id", chat_id=chat_id)
        raise NotFound("This chat is not yours." if exists else access.CHAT_NOT_FOUND)

    monkeypatch.setattr(access, "messages_behind", talkative)
    found = asyncio.run(differences(world, "GET", SAMPLES["ChatMessagesRequest", "GET"]))

    assert {line.partition(",")[0] for line in found} == {f"ChatId by {name}" for name in set(ROLES) - {WRONG_ROLE}}


@dataclass(frozen=True)
class Probe:
    """One person's request, to be sent with different ids in one place."""

    world: World
    person: Person
    verb: str
    sample: Sample
    member: str

    async def differences(self) -> list[str]:
        """The answers that reveal a hidden thing, or refuse a permitted person."""
        kind, use = self.sample.ids[self.member]
        absent = await self.answers_to(new_guid())
        own = {"chat": self.person.chat_id, "message": self.person.message_id}
        taken = await self.answers_to(own[kind]) if use == "chosen" else absent
        found = []
        for thing in self.world.existing[kind]:
            actual = await self.answers_to(thing.guid)
            like, statuses = self.expected(use, thing, actual, absent, taken)
            found += [
                f"{self.member} by {self.person.name}, {way}: {actual[way]}, not {like[way]} with {sorted(statuses)}"
                for way in actual
                if actual[way] != like[way] or not (actual[way].status in statuses or way.startswith("HEAD"))
            ]
        return found

    async def answers_to(self, guid: Guid) -> Answers:
        dto = self.sample.request(self.person)
        put_id(dto, self.member, guid)
        return await self.world.answers_to(self.person, self.verb, dto, guid)

    def expected(
        self, use: Use, thing: Existing, actual: Answers, absent: Answers, taken: Answers
    ) -> tuple[Answers, set[int]]:
        """The expected answers, and the statuses they may have."""
        if refusals := self.refusals():
            return absent, refusals
        if use == "ignored" or (use == "chosen" and self.person.name == FOREIGNER):
            return absent, {200}
        if use == "chosen":
            return taken, {409}
        if self.person.name in thing.open_to:
            return actual, {200}
        return absent, {400, 404}

    def refusals(self) -> set[int]:
        """The statuses with which the operation's rules refuse the person, or none if they may call it."""
        rules = [rule for rule in self.operation.access if not rule.verbs or self.verb in rule.verbs]
        assert rules, "An operation for everybody that takes an id needs its own expectation here."
        if self.person.name == NOBODY:
            # A GET may invite only with a token, so without one it gets 405.
            return {401, 405}
        is_let_in = all(rule.kind == "authenticated" or set(rule.roles) & set(self.person.roles) for rule in rules)
        return set() if is_let_in or ADMINISTRATOR in self.person.roles else {403}

    @property
    def operation(self) -> Operation:
        return operation_for(self.sample.request(self.person))


def put_id(dto: Any, path: str, guid: Guid) -> None:
    """Sets an id at its path, creating missing parents, with one item in each list."""
    name, _, rest = path.partition(".")
    cls: Any = type(dto)
    member = dto_type(cls).by_name[name.removesuffix("[]").lower()]
    if not rest:
        setattr(dto, member.attribute, [guid] if name.endswith("[]") else guid)
        return
    inner = getattr(dto, member.attribute)
    if not inner:
        assert member.type.python or member.type.item
        inner = [member.type.item.python()] if member.type.item else member.type.python()
        setattr(dto, member.attribute, inner)
    put_id(inner[0] if name.endswith("[]") else inner, rest, guid)


async def differences(world: World, verb: str, sample: Sample) -> list[str]:
    await world.sign_in()
    probes = [Probe(world, person, verb, sample, member) for member in sample.ids for person in world.people.values()]
    return [line for probe in probes for line in await probe.differences()]


# Access checks only ---------------------------------------------------------------------------------------------------

# The places where a service fetches by id itself, and why it needs no access check.
WITHOUT_CHECK = {
    ("chats", "chat_listings.chat_of"): "gives only who asks what he is in",
    ("chats", "chat_listings.chats_of"): "gives only who asks what he is in",
    ("chats", "chats.start_of"): "whether the id that a client chose is free",
    ("chats", "chats.members"): "within a chat that an access check returned",
    ("chat_members", "chats.people"): "everybody in the agency may be put into a chat",
    ("chat_states", "chats.people"): "everybody in the agency may be written to",
    ("chat_choices", "messages.positions_of"): "within a chat that an access check returned",
    ("chat_members", "chat_listings.member_of"): "within a chat that an access check returned",
    ("chat_summaries", "chats.people"): "everybody in the agency may be asked for",
    ("chats", "chats.people"): "everybody in the agency may be put into a chat",
    ("chats", "messages.positions_of"): "within a chat that an access check returned",
    ("sending", "attachments.of_owner"): "gives only who asks what they uploaded",
    ("sending", "messages.by_id"): "whether the id that a client chose is free",
    ("sending", "messages.positions_of"): "within a chat that an access check returned",
    ("reading", "chats.membership_of"): "announces what the access check will ask",
    ("reading", "messages.positions_of"): "within a chat that an access check returned",
    ("markers", "messages.positions_of"): "within a chat that an access check returned",
    ("markers", "messages.id_at"): "within a chat that an access check returned",
    ("messages", "messages.by_id"): "whether the id that a client chose is free",
    ("messages", "messages.newest"): "within a chat that an access check returned",
    ("messages", "messages.newest_page"): "within a chat that an access check returned",
    ("messages", "messages.following"): "within a chat that an access check returned",
    ("invitations", "contacts.get"): "ids that stand in the invitation of a token",
    ("invitations", "contacts.of_user"): "the holder of the token",
    ("invitations", "memberships.activate_parked"): "for the holder of the token",
    ("receiving", "attachments.give_content"): "for the attachment that the caller uploads",
    ("users", "memberships.activate_parked"): "for a user that the command line adds",
}


def fetches() -> set[str]:
    """The functions of the store that return chats, messages or contacts, or parts of them, by an id."""
    found = set()
    for module in (attachments, chat_listings, chats, contacts, memberships, messages):
        for name, function in vars(module).items():
            if inspect.isfunction(function) and function.__module__ == module.__name__:
                types = get_type_hints(function)
                given = types.pop("return", None)
                asked = [types[each] for each in types.keys() - {"agency_id"}]
                if gives_things(given) and any(Guid in (type_, *get_args(type_)) for type_ in asked):
                    found.add(f"{module.__name__.rpartition('.')[2]}.{name}")
    return found


def gives_things(type_: Any) -> bool:
    arms = get_args(type_)
    return (
        type_ is messages.MessagePage or get_origin(type_) in (list, dict) or (type(None) in arms and int not in arms)
    )


def test_services_fetch_by_id_only_through_access_checks() -> None:
    known, found = fetches(), set()
    for path in Path(access.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            # Modules of the store are imported whole, so a call names its module.
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                called = f"{node.value.id}.{node.attr}"
                if called in known and path.stem != "access":
                    found.add((path.stem, called))

    assert {"chats.membership_of", "messages.visible_to", "contacts.get"} <= known
    assert found == set(WITHOUT_CHECK)
