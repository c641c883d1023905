"""The host `auth` of the recordings: its users, and its services under their access rules."""

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from examples.stubs import services as stubs
from examples.stubs.services import CANVARA, PLATFORM, STUB
from parlour.engine.accounts import api_keys, registration, role_assignment, sign_in
from parlour.engine.accounts.authentication import AccountsAuthentication
from parlour.engine.accounts.jwt import JwtSigner
from parlour.engine.codecs import Profile
from parlour.engine.dto.declare import (
    EMPTY_GUID,
    ApiMember,
    Guid,
    namespace,
    requires_any_role,
    requires_authentication,
    requires_role,
    returns,
    route,
    tag,
)
from parlour.engine.dto.errors import ResponseStatus
from parlour.engine.events import EventOptions, ServerEvents
from parlour.engine.serving.handlers import Handler, Services
from parlour.engine.serving.principals import Principal
from parlour.engine.testing.memory_accounts import MemoryAccounts
from parlour.engine.testing.memory_store import MemoryUser

SIGNING_KEY = base64.b64decode("c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MDE=")
PASSWORD = "p@55word"
EVENT_OPTIONS = EventOptions(heartbeat=timedelta(seconds=4), idle=timedelta(seconds=8))


# As on the host `open`, but restricted.
@requires_any_role("Agent", "Administrator", verbs="GET")
@requires_any_role("Agent", "Administrator", verbs="POST")
@requires_any_role("Agent", "Administrator", verbs="PUT")
@route("/v1/Chat/{ChatId}", "PUT OPTIONS")
@route("/v1/Chat", "GET POST OPTIONS")
@returns(stubs.ChatResponse)
@namespace(PLATFORM)
@dataclass(kw_only=True)
class ChatRequest:
    chat_id: Guid = EMPTY_GUID
    chat: stubs.Chat | None = None


@requires_authentication()
@route("/api/contacts/{ContactId}/invite/contact")
@route("/api/contacts/{ContactId}/invite/{ToContactId}")
@returns(stubs.AddContactResponse)
@namespace(CANVARA)
@dataclass(kw_only=True)
class InviteContact:
    contact_id: Annotated[Guid, ApiMember("Inviting contact", required=True)] = EMPTY_GUID
    to_contact_id: Annotated[Guid, ApiMember("Invited contact")] = EMPTY_GUID
    email_address: Annotated[str | None, ApiMember("Email address", required=True)] = None
    roles: Annotated[list[Guid] | None, ApiMember("Roles", required=True)] = None


@requires_role("Admin", verbs="GET")
@route("/secret", "GET")
@tag("admin")
@returns(stubs.FailResponse)
@namespace(STUB)
@dataclass(kw_only=True)
class Secret:
    pass


def auth_accounts() -> MemoryAccounts:
    """The users of the recordings, with enough password tries for the recorded failures."""
    accounts = MemoryAccounts(JwtSigner(SIGNING_KEY), picture="data:image/svg+xml,", counts_tries=False, rotates=False)
    for number, (name, roles) in enumerate({"ann": {"Agent"}, "bob": set[str](), "root": {"Admin"}}.items(), 1):
        user = MemoryUser(
            user_id=str(number),
            user_name=name,
            email=f"{name}@example.org",
            display_name=name.upper(),
            first_name=name,
            last_name="Test",
            roles=roles,
        )
        accounts.add(user, PASSWORD)
    return accounts


def auth_services(accounts: MemoryAccounts, *, tokens_in_cookies: bool) -> tuple[Services, AccountsAuthentication]:
    """The operations of the host, and its authentication."""
    services = Services()
    authentication = AccountsAuthentication(accounts, login_path="/login")
    services.add(
        ChatRequest,
        service="GuardedChat",
        get=Handler(stubs.list_chats),
        post=Handler(stubs.start_chat),
        put=Handler(_rename_chat),
    )
    services.add(InviteContact, any=Handler(_invite_contact))
    services.add(Secret, get=Handler(lambda request, tx, caller: stubs.FailResponse(text="secret")))
    services.add(stubs.Person, any=Handler(stubs.person))
    services.add(stubs.Nothing, any=Handler(lambda request, tx, caller: None))
    sign_in.register(
        services,
        accounts,
        authentication,
        tokens_in_cookies=tokens_in_cookies,
        known_roles=["Agent", "Administrator"],
    )
    registration.register(services, accounts, authentication, tokens_in_cookies=tokens_in_cookies)
    role_assignment.register(services, accounts, authentication)
    api_keys.register(services, accounts)
    return services, authentication


def auth_events(authentication: AccountsAuthentication, profile: Profile) -> ServerEvents:
    """The event stream of the host, which registers its own operations."""
    return ServerEvents(authentication=authentication, profile=profile, options=EVENT_OPTIONS)


def _rename_chat(request: ChatRequest, tx: Any, caller: Principal) -> stubs.ChatResponse:
    name = None if request.chat is None else request.chat.chat_name
    return stubs.ChatResponse(chat=[stubs.Chat(chat_id=request.chat_id, chat_name=name)])


def _invite_contact(request: InviteContact, tx: Any, caller: Principal) -> stubs.AddContactResponse:
    if request.email_address == "session":
        told = ResponseStatus(message=caller.user_name)
        return stubs.AddContactResponse(contact_id=request.contact_id, response_status=told)
    return stubs.AddContactResponse(contact_id=request.to_contact_id)
