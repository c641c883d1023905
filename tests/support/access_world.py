"""Two agencies with people and their things, and every way of sending a request."""

import atexit
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from parlour import app
from parlour.app import build
from parlour.config import Settings
from parlour.engine.dto.declare import EMPTY_GUID, Guid, new_guid
from parlour.engine.dto.metadata import Operation, TypeRef, operation_of
from parlour.engine.http.messages import Request, Response
from parlour.files.blobs import PREVIEW
from parlour.model.attachments import Attachment
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.messages import ChatMessage, ChatMessageRequest
from parlour.services import users
from parlour.services.caller import ADMINISTRATOR, AGENT, CONTACT, WORKER, Caller
from parlour.services.chats import change_chat, start_chat
from parlour.services.messages import send_message
from parlour.services.passwords import hash_password
from parlour.store import (
    agencies,
    attachments,
    chat_listings,
    contacts,
    identity,
    invitations,
    messages,
    push,
    roles,
)
from parlour.store.contacts import Contact
from parlour.store.database import Database, Transaction
from parlour.store.push import Subscription
from tests.support.access_samples import INVITED_ADDRESS, Kind, Person

OWNER, STRANGER, FORMER, WRONG_ROLE, ADMIN = "owner", "stranger", "former member", "wrong role", "administrator"
FOREIGNER, NOBODY = "other agency", "nobody"

ROLES = {
    OWNER: AGENT,
    STRANGER: AGENT,
    FORMER: AGENT,
    WRONG_ROLE: WORKER,
    ADMIN: ADMINISTRATOR,
    FOREIGNER: ADMINISTRATOR,
}

_OF_AGENCY = frozenset(ROLES) - {FOREIGNER}
_AGENTS = _OF_AGENCY - {WRONG_ROLE}

# The members of the owner's chat.
_IN_OWNED = frozenset({OWNER, WRONG_ROLE})

# Files are stored outside of any test's own folder, since all tests of a process share the settings.
_FOLDER = Path(tempfile.mkdtemp(prefix="parlour-access-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)

SETTINGS = Settings(
    data_dir=_FOLDER,
    secret_key="k" * 32,
    throttles=False,
    token_cookies=False,
    invite_allow_get=True,
    push_subject="https://agency.example",
)

_PASSWORD = "correct horse"
_PASSWORD_HASH = hash_password(_PASSWORD)
_PLACE = re.compile(r'("number":|<Number>)\d+')
_GUID = re.compile("[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Existing:
    """An existing thing, and who may see it. For everybody else it must not exist."""

    guid: Guid
    open_to: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ComparableAnswer:
    """An answer, without what differs from one good answer to the next."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: str


class World:
    """A Parlour with two agencies. In the first, the owner has a chat, and each caller has one of their own."""

    def __init__(self, database: Database) -> None:
        self._engine = build(SETTINGS, database).engine
        self.people, self.existing = database.run(_filled)

    async def sign_in(self) -> None:
        for name, person in self.people.items():
            if name != NOBODY:
                body = msgspec.json.encode({"userName": _address(name), "password": _PASSWORD})
                headers = [("content-type", "application/json")]
                answer = await self._engine.answer(Request(method="POST", path="/auth", headers=headers, body=body))
                self.people[name] = replace(person, token=msgspec.json.decode(answer.body)["bearerToken"])

    async def answers_to(self, person: Person, verb: str, dto: Any, sought: Guid) -> dict[str, ComparableAnswer]:
        """The answers to a person's request, by the way of sending it."""
        answers = {}
        for way, request in self._ways(verb, dto):
            if person.token:
                request.headers = [*request.headers, ("authorization", f"Bearer {person.token}")]
            answers[way] = _comparable(await self._engine.answer(request), sought)
        return answers

    def _ways(self, verb: str, dto: Any) -> Iterator[tuple[str, Request]]:
        """All declared and predefined routes, in JSON and in XML, for GET also with HEAD."""
        operation = operation_for(dto)
        for name in ("json", "xml"):
            for route in operation.routes:
                if not route.verbs or verb in route.verbs:
                    path = _path(operation, route.path, dto)
                    yield f"{verb} {route.path} in {name}", self._request(verb, path, operation, dto, name)
                    if verb == "GET":
                        yield f"HEAD {route.path} in {name}", self._request("HEAD", path, operation, dto, name)
            reply = f"/{name}/reply/{operation.name}"
            yield f"{verb} {reply}", self._request(verb, reply, operation, dto, name)
        api = f"/api/{operation.name}"
        yield f"{verb} {api}", self._request(verb, api, operation, dto, "json")

    def _request(self, verb: str, path: str, operation: Operation, dto: Any, format_name: str) -> Request:
        codec = self._engine.formats.by_name[format_name]
        headers = [("accept", codec.media_type), ("content-type", codec.media_type)]
        query, body = "", None
        if verb in ("GET", "HEAD") and not _has_inner_objects(operation, dto):
            query = _query(operation, dto)
        else:
            body = codec.writer(TypeRef("dto", python=type(dto)))(dto)
        return Request(method=verb, path=path, query=query, headers=headers, body=body)


def operation_for(dto: Any) -> Operation:
    cls: Any = type(dto)
    return operation_of(cls)


def _comparable(answer: Response, sought: Guid) -> ComparableAnswer:
    """Guids are replaced by their order of appearance; in a refusal only the requested one, since no other may be
    there. The numbers of new messages are left out.
    """
    text = _PLACE.sub(r"\1", answer.body.decode())
    numbers: dict[str, str] = {} if answer.status == 200 else {sought: "sought"}
    found = _GUID.sub(lambda guid: _numbered(guid[0].replace("-", ""), numbers, answer.status), text)
    return ComparableAnswer(answer.status, [header for header in answer.headers if header[0] != "Date"], found)


def _numbered(guid: str, numbers: dict[str, str], status: int) -> str:
    if status == 200:
        numbers.setdefault(guid, f"guid {len(numbers)}")
    return numbers.get(guid, guid)


def _path(operation: Operation, path: str, dto: Any) -> str:
    def value(variable: re.Match[str]) -> str:
        return quote(str(getattr(dto, operation.request.by_name[variable[1].lower()].attribute)))

    return re.sub(r"\{(\w+)\}", value, path)


def _query(operation: Operation, dto: Any) -> str:
    values = {member.name: getattr(dto, member.attribute) for member in operation.request.properties}
    texts = {name: ",".join(value) if isinstance(value, list) else value for name, value in values.items()}
    return "&".join(f"{name}={quote(text)}" for name, text in texts.items() if text and text != EMPTY_GUID)


def _has_inner_objects(operation: Operation, dto: Any) -> bool:
    return any(getattr(dto, each.attribute) for each in operation.request.properties if each.type.kind == "dto")


# The things -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """A chat, its creator's membership, and their message in it."""

    chat_id: Guid
    member_id: Guid
    message_id: Guid


def _filled(tx: Transaction) -> tuple[dict[str, Person], Mapping[Kind, Sequence[Existing]]]:
    agency_id, other_id = users.first_start(tx, "Agency"), _another_agency(tx)
    callers = {name: _added(tx, other_id if name == FOREIGNER else agency_id, name, ROLES[name]) for name in ROLES}
    colleague = _added(tx, agency_id, "colleague", AGENT)
    owner, former = callers[OWNER], callers[FORMER]
    owned = _place(tx, owner, former, callers[WRONG_ROLE])
    alone_in = _place(tx, owner)
    left_id = _leave(tx, former, owned)
    archived, emptied = _place(tx, colleague), _place(tx, colleague)
    # No operation does either of these so far.
    tx.execute("UPDATE chat SET is_archived = 1 WHERE chat_id = :chat_id", chat_id=archived.chat_id)
    messages.delete_message(tx, agency_id, emptied.message_id)
    invited = contacts.add_virtual(
        tx, agency_id, full_name="Invited", address=INVITED_ADDRESS, created_by=owner.contact_id
    )
    role_ids = {each.name: each.role_id for each in roles.of_agency(tx, agency_id)}
    alone = frozenset({OWNER})
    existing: Mapping[Kind, Sequence[Existing]] = {
        "chat": [Existing(owned.chat_id, alone), Existing(archived.chat_id)],
        "chat of any role": [Existing(owned.chat_id, _IN_OWNED), Existing(archived.chat_id)],
        "member": [Existing(owned.member_id, alone), Existing(archived.member_id)],
        "chat of one": [Existing(alone_in.chat_id, alone), Existing(archived.chat_id)],
        "only member": [Existing(alone_in.member_id, alone), Existing(archived.member_id)],
        "former member": [Existing(left_id, _IN_OWNED), Existing(archived.member_id)],
        "message": [
            Existing(owned.message_id, alone),
            Existing(archived.message_id),
            Existing(emptied.message_id),
        ],
        "another user": [Existing(owner.user_id, _OF_AGENCY - {OWNER}), Existing(callers[FOREIGNER].user_id)],
        "user": [Existing(owner.user_id, _OF_AGENCY), Existing(callers[FOREIGNER].user_id, frozenset({FOREIGNER}))],
        "inviting contact": [Existing(owner.contact_id, frozenset({OWNER, ADMIN}))],
        "invited contact": [Existing(invited.contact_id, _AGENTS)],
        "role": [Existing(role_ids[WORKER], _AGENTS), Existing(role_ids[ADMINISTRATOR], frozenset({ADMIN}))],
        "attachment": [
            Existing(_attached(tx, owner, owned), frozenset({OWNER, WRONG_ROLE})),
            Existing(_attached(tx, colleague, archived)),
            Existing(_attached(tx, colleague, None)),
        ],
        # Each caller's request is about a chat of their own.
        "message in own chat": [Existing(_sent(tx, owner, owned), alone), Existing(_sent(tx, colleague, emptied))],
        "message of any role": [Existing(owned.message_id, _IN_OWNED), Existing(archived.message_id)],
        "own message": [Existing(_place(tx, owner).message_id, alone), Existing(archived.message_id)],
        "named member": [
            Existing(callers[WRONG_ROLE].user_id, frozenset({OWNER, WRONG_ROLE})),
            Existing(former.user_id, frozenset({FORMER})),
            Existing(callers[FOREIGNER].user_id, frozenset({FOREIGNER})),
        ],
        "sent invitation": [Existing(_invitation(tx, owner, invited), _AGENTS)],
        # Only its user may end a session.
        "session of nobody": [Existing(_signed_in(tx, colleague))],
        # Only its owner may delete a file, and none of the callers owns this one.
        "attachment of nobody": [Existing(_attached(tx, colleague, None))],
        "push subscription": [Existing(_subscribed(tx, owner), alone), Existing(_subscribed(tx, colleague))],
        "push subscription of nobody": [Existing(_subscribed(tx, colleague))],
    }
    people = {name: _person(tx, name, caller, owned if caller is owner else None) for name, caller in callers.items()}
    return {NOBODY: Person(NOBODY), **people}, existing


def _person(tx: Transaction, name: str, caller: Caller, owned: _Place | None) -> Person:
    place = owned or _place(tx, caller)
    return Person(
        name,
        roles=(ROLES[name],),
        user_id=caller.user_id,
        contact_id=caller.contact_id,
        chat_id=place.chat_id,
        message_id=place.message_id,
        role_id=next(role.role_id for role in roles.of_agency(tx, caller.agency_id) if role.name == CONTACT),
    )


def _another_agency(tx: Transaction) -> Guid:
    agency_id = agencies.add(tx, "Another agency")
    for role in users.standard_roles():
        roles.add(tx, agency_id, role)
    return agency_id


def _added(tx: Transaction, agency_id: Guid, name: str, role: str) -> Caller:
    user_id, contact_id = users.add_user(tx, agency_id, _address(name), name, [role], _PASSWORD_HASH)
    return Caller(
        user_id=user_id,
        user_name=_address(name),
        display_name=name,
        roles=frozenset({role}),
        agency_id=agency_id,
        contact_id=contact_id,
    )


def _address(name: str) -> str:
    return f"{name.replace(' ', '.')}@example.org"


def _place(tx: Transaction, starter: Caller, *others: Caller) -> _Place:
    members = [ChatMember(user_id=other.user_id) for other in others]
    [chat] = start_chat(ChatRequest(chat=Chat(chat_name="Name", chat_members=members)), tx, starter).chat
    said = ChatMessage(chat_id=chat.chat_id, message="Said before")
    [message] = send_message(ChatMessageRequest(chat_message=said), tx, starter).chat_message
    return _Place(chat.chat_id, chat.chat_members[0].chat_member_id, message.chat_message_id)


def _sent(tx: Transaction, sender: Caller, place: _Place) -> Guid:
    """Another message in the chat, whose id no request chooses."""
    request = ChatMessageRequest(chat_message=ChatMessage(chat_id=place.chat_id, message="Text"))
    return send_message(request, tx, sender).chat_message[0].chat_message_id


def _attached(tx: Transaction, owner: Caller, place: _Place | None) -> Guid:
    """A stored picture of the owner, in a message of theirs unless `place` is None."""
    attachment_id, picture = new_guid(), b"\x89PNG\r\n\x1a\n"
    name = f"{sha256(picture).hexdigest()}-00000000"
    reception = app.reception(SETTINGS)
    for each in (name, name + PREVIEW):
        with closing(reception.incoming.new()) as file:
            file.write(picture)
            reception.blobs.keep(each, file.path)
    until = tx.now + timedelta(days=1)
    attachments.reserve(tx, owner.agency_id, owner.user_id, len(picture), quota=1_000_000)
    attachments.add(
        tx,
        owner.agency_id,
        attachment_id,
        owner_id=owner.user_id,
        file_name="Picture.png",
        size=len(picture),
        removable_at=until,
    )
    attachments.give_content(
        tx, owner.agency_id, attachment_id, content_hash=sha256(picture).hexdigest(), stored_as=name
    )
    ready = Attachment(attachment_id=attachment_id, media_type="image/png", state="ready", has_preview=True)
    attachments.finish(tx, owner.agency_id, ready, removable_at=until)
    if place is not None:
        attachments.link(tx, owner.agency_id, place.chat_id, 1, [attachment_id], owner_id=owner.user_id)
    return attachment_id


def _subscribed(tx: Transaction, owner: Caller) -> Guid:
    """A browser of the owner that gets pushes."""
    subscription = Subscription(
        subscription_id=new_guid(),
        user_id=owner.user_id,
        endpoint=f"https://push.example/{new_guid()}",
        p256dh="",
        auth="",
        device_name="Browser",
        hides_text=False,
        saved_at=tx.now,
    )
    push.save(tx, owner.agency_id, subscription, None)
    return subscription.subscription_id


def _invitation(tx: Transaction, inviter: Caller, invited: Contact) -> Guid:
    assert invited.email_address is not None
    return invitations.add(
        tx,
        inviter.agency_id,
        contact_id=invited.contact_id,
        inviter_id=inviter.contact_id,
        address=invited.email_address,
        key=SETTINGS.secret_key.encode(),
        expires_at=tx.now + timedelta(days=1),
    )


def _signed_in(tx: Transaction, caller: Caller) -> Guid:
    person = identity.person_of_user(tx, caller.user_id)
    assert person is not None
    return identity.add_session(tx, person, tx.now + timedelta(days=1))


def _leave(tx: Transaction, member: Caller, place: _Place) -> Guid:
    """Has a member leave, and returns the id of their membership."""
    [chat] = chat_listings.chat_of(tx, member.agency_id, place.chat_id, member.user_id, member.display_name)
    leaving = replace(chat.chat_members[0], is_active=False)
    change_chat(ChatRequest(chat_id=place.chat_id, chat=Chat(chat_members=[leaving])), tx, member)
    return leaving.chat_member_id
