"""A request for each operation that takes an id: valid except for the id, with the kind of the id.

`test_access.py` puts ids into these requests. A missing operation or id fails it. Then add its request as a caller
would send it, with the kind and use of each id.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from parlour.engine.dto.declare import Guid, new_guid
from parlour.model.attachments import DeleteAttachment, GetAttachment, GetAttachmentContent, GetAttachmentPreview
from parlour.model.chat_choices import SaveDraft, SetNotifications
from parlour.model.chat_members import AddChatMembers, RemoveChatMember, SetChatRole
from parlour.model.chat_states import ArchiveChat, RenameChat, StartDirectChat, UnarchiveChat
from parlour.model.chat_summaries import FindChatMembers, FindChats, GetChat
from parlour.model.chats import Chat, ChatMember, ChatMemberRequest, ChatRequest
from parlour.model.contacts import InviteContact
from parlour.model.editing import DeleteMessage, EditMessage, GetMessageHistory
from parlour.model.markers import MarkRead, MarkUnread
from parlour.model.messages import ChatMessage, ChatMessageRequest, ChatMessagesRequest
from parlour.model.my_sessions import EndSession
from parlour.model.pins import PinMessage
from parlour.model.presence import GetPresence, SetTyping
from parlour.model.push import DeletePushSubscription, SendTestPush
from parlour.model.reactions import ReactToMessage
from parlour.model.reading import FindMessages
from parlour.model.sending import SendMessage
from parlour.model.sent_invitations import ResendInvitation, RevokeInvitation

Kind = Literal[
    "chat",
    "chat of any role",
    "chat of one",
    "member",
    "former member",
    "only member",
    "message",
    "user",
    "another user",
    "inviting contact",
    "invited contact",
    "role",
    "attachment",
    "attachment of nobody",
    "message in own chat",
    "message of any role",
    "own message",
    "named member",
    "push subscription",
    "push subscription of nobody",
    "sent invitation",
    "session of nobody",
]

# Guarded: the id of a thing that only some callers may see. For others the answer must not reveal whether it exists.
# Ignored: the server ignores the id, so the answer must be the same for any id. Chosen: the client's choice for a new
# thing. An id in use in the caller's agency is refused.
Use = Literal["guarded", "ignored", "chosen"]

INVITED_ADDRESS = "invited@example.org"


@dataclass(frozen=True)
class Person:
    """A caller, with a chat of their own that contains a message of theirs."""

    name: str
    token: str = ""
    roles: tuple[str, ...] = ()
    user_id: Guid = field(default_factory=new_guid)
    contact_id: Guid = field(default_factory=new_guid)
    chat_id: Guid = field(default_factory=new_guid)
    message_id: Guid = field(default_factory=new_guid)
    role_id: Guid = field(default_factory=new_guid)
    attachment_id: Guid = field(default_factory=new_guid)


@dataclass(frozen=True)
class Sample:
    """A request as a person sends it, and its ids: `Chat.ChatMembers[].UserId` is that of the first member."""

    request: Callable[[Person], Any]
    ids: Mapping[str, tuple[Kind, Use]]


def guarded(kind: Kind) -> tuple[Kind, Use]:
    return kind, "guarded"


def ignored(kind: Kind) -> tuple[Kind, Use]:
    return kind, "ignored"


def chosen(kind: Kind) -> tuple[Kind, Use]:
    return kind, "chosen"


def start_chat(me: Person) -> ChatRequest:
    return ChatRequest(chat=Chat(chat_name="Name", chat_members=[ChatMember(user_id=me.user_id)]))


def change_chat(me: Person) -> ChatRequest:
    own = ChatMember(user_id=me.user_id, is_active=True)
    return ChatRequest(chat_id=me.chat_id, chat=Chat(chat_name="Name", chat_members=[own]))


def send_message(me: Person) -> ChatMessageRequest:
    return ChatMessageRequest(chat_message=ChatMessage(chat_id=me.chat_id, message="Text"))


def invite(me: Person) -> InviteContact:
    return InviteContact(contact_id=me.contact_id, email_address=INVITED_ADDRESS, roles=[me.role_id])


_CHAT_IN_BODY = {
    "Chat.ChatId": ignored("chat"),
    "Chat.CreatedBy": ignored("user"),
    "Chat.ChatMembers[].ChatMemberId": ignored("member"),
    "Chat.ChatMembers[].ChatId": ignored("chat"),
    "Chat.ChatMembers[].UserId": ignored("user"),
    "Chat.ChatMembers[].LastChatMessageId": ignored("message"),
}

_MESSAGE_IN_BODY = {
    "ChatMessage.ChatMessageId": ignored("message"),
    "ChatMessage.ChatId": ignored("chat"),
    "ChatMessage.SenderUserId": ignored("user"),
    "ChatMessage.AttachmentId": ignored("attachment"),
}

_INVITATION = Sample(
    invite,
    {
        "ContactId": guarded("inviting contact"),
        "ToContactId": guarded("invited contact"),
        "Roles[]": guarded("role"),
    },
)

SAMPLES: Mapping[tuple[str, str], Sample] = {
    ("ChatRequest", "GET"): Sample(lambda me: ChatRequest(), {"ChatId": guarded("chat"), **_CHAT_IN_BODY}),
    ("ChatRequest", "POST"): Sample(
        start_chat,
        {
            **_CHAT_IN_BODY,
            "ChatId": chosen("chat"),
            "Chat.ChatId": chosen("chat"),
            "Chat.ChatMembers[].UserId": guarded("user"),
        },
    ),
    ("ChatRequest", "PUT"): Sample(
        change_chat,
        {
            "ChatId": guarded("chat"),
            "Chat.ChatId": guarded("chat"),
            "Chat.CreatedBy": ignored("user"),
            "Chat.ChatMembers[].ChatMemberId": guarded("member"),
            "Chat.ChatMembers[].ChatId": guarded("chat"),
            "Chat.ChatMembers[].UserId": guarded("user"),
            "Chat.ChatMembers[].LastChatMessageId": guarded("message"),
        },
    ),
    ("ChatMemberRequest", "DELETE"): Sample(lambda me: ChatMemberRequest(), {"ChatMemberId": guarded("former member")}),
    ("ChatMemberRequest", "PUT"): Sample(lambda me: ChatMemberRequest(), {"ChatMemberId": guarded("member")}),
    ("AddChatMembers", "POST"): Sample(
        lambda me: AddChatMembers(chat_id=me.chat_id, user_ids=[me.user_id]),
        {"ChatId": guarded("chat of any role"), "UserIds[]": guarded("user")},
    ),
    ("RemoveChatMember", "DELETE"): Sample(lambda me: RemoveChatMember(), {"ChatMemberId": guarded("former member")}),
    ("SetChatRole", "PUT"): Sample(lambda me: SetChatRole(role="owner"), {"ChatMemberId": guarded("only member")}),
    ("StartDirectChat", "POST"): Sample(lambda me: StartDirectChat(), {"UserId": guarded("another user")}),
    ("RenameChat", "PUT"): Sample(
        lambda me: RenameChat(chat_id=me.chat_id, chat_name="Name"), {"ChatId": guarded("chat of any role")}
    ),
    ("ArchiveChat", "PUT"): Sample(lambda me: ArchiveChat(chat_id=me.chat_id), {"ChatId": guarded("chat of one")}),
    ("UnarchiveChat", "PUT"): Sample(lambda me: UnarchiveChat(chat_id=me.chat_id), {"ChatId": guarded("chat of one")}),
    ("SetNotifications", "PUT"): Sample(
        lambda me: SetNotifications(chat_id=me.chat_id, level="mentions"), {"ChatId": guarded("chat of any role")}
    ),
    ("SaveDraft", "PUT"): Sample(
        lambda me: SaveDraft(chat_id=me.chat_id, text="Text"),
        {"ChatId": guarded("chat of any role"), "ReplyToMessageId": guarded("message")},
    ),
    ("SetTyping", "PUT"): Sample(
        lambda me: SetTyping(chat_id=me.chat_id, is_typing=True), {"ChatId": guarded("chat of any role")}
    ),
    # People whose presence the caller may not know are left out, as those who are not there.
    ("GetPresence", "GET"): Sample(lambda me: GetPresence(), {"UserIds[]": ignored("user")}),
    ("FindChats", "GET"): Sample(lambda me: FindChats(), {"WithUserId": guarded("user")}),
    ("GetChat", "GET"): Sample(lambda me: GetChat(chat_id=me.chat_id), {"ChatId": guarded("chat of any role")}),
    ("FindChatMembers", "GET"): Sample(
        lambda me: FindChatMembers(chat_id=me.chat_id), {"ChatId": guarded("chat of any role")}
    ),
    ("ChatMessageRequest", "GET"): Sample(
        lambda me: ChatMessageRequest(chat_message_id=me.message_id),
        {"ChatMessageId": guarded("message"), **_MESSAGE_IN_BODY},
    ),
    ("ChatMessageRequest", "POST"): Sample(
        send_message,
        {
            **_MESSAGE_IN_BODY,
            "ChatMessageId": chosen("message"),
            "ChatMessage.ChatMessageId": chosen("message"),
            "ChatMessage.ChatId": guarded("chat"),
        },
    ),
    ("SendMessage", "POST"): Sample(
        lambda me: SendMessage(chat_id=me.chat_id, text="Text"),
        {
            "ChatMessageId": chosen("message"),
            "ChatId": guarded("chat of any role"),
            "ReplyToMessageId": guarded("message in own chat"),
            "MentionedUserIds[]": guarded("named member"),
            "AttachmentIds[]": guarded("attachment of nobody"),
        },
    ),
    ("FindMessages", "GET"): Sample(
        lambda me: FindMessages(chat_id=me.chat_id),
        {"ChatId": guarded("chat of any role"), "ChatMessageId": guarded("message in own chat")},
    ),
    ("EditMessage", "PUT"): Sample(
        lambda me: EditMessage(chat_message_id=me.message_id, text="Text"),
        {"ChatMessageId": guarded("own message"), "MentionedUserIds[]": guarded("named member")},
    ),
    ("DeleteMessage", "DELETE"): Sample(lambda me: DeleteMessage(), {"ChatMessageId": guarded("own message")}),
    ("GetMessageHistory", "GET"): Sample(
        lambda me: GetMessageHistory(), {"ChatMessageId": guarded("message of any role")}
    ),
    ("ReactToMessage", "PUT"): Sample(
        lambda me: ReactToMessage(emoji="\U0001f44d"), {"ChatMessageId": guarded("message of any role")}
    ),
    ("PinMessage", "PUT"): Sample(lambda me: PinMessage(), {"ChatMessageId": guarded("message of any role")}),
    ("MarkRead", "PUT"): Sample(
        lambda me: MarkRead(chat_id=me.chat_id),
        {"ChatId": guarded("chat of any role"), "ChatMessageId": guarded("message in own chat")},
    ),
    ("MarkUnread", "PUT"): Sample(
        lambda me: MarkUnread(chat_id=me.chat_id),
        {"ChatId": guarded("chat of any role"), "ChatMessageId": guarded("message in own chat")},
    ),
    ("ChatMessagesRequest", "GET"): Sample(
        lambda me: ChatMessagesRequest(chat_id=me.chat_id), {"ChatId": guarded("chat")}
    ),
    ("GetAttachment", "GET"): Sample(lambda me: GetAttachment(), {"AttachmentId": guarded("attachment")}),
    ("GetAttachmentContent", "GET"): Sample(lambda me: GetAttachmentContent(), {"AttachmentId": guarded("attachment")}),
    ("GetAttachmentPreview", "GET"): Sample(lambda me: GetAttachmentPreview(), {"AttachmentId": guarded("attachment")}),
    ("DeleteAttachment", "DELETE"): Sample(
        lambda me: DeleteAttachment(attachment_id=me.attachment_id), {"AttachmentId": guarded("attachment of nobody")}
    ),
    ("DeletePushSubscription", "DELETE"): Sample(
        lambda me: DeletePushSubscription(), {"PushSubscriptionId": guarded("push subscription of nobody")}
    ),
    ("SendTestPush", "POST"): Sample(lambda me: SendTestPush(), {"PushSubscriptionId": guarded("push subscription")}),
    ("InviteContact", "GET"): _INVITATION,
    ("InviteContact", "POST"): _INVITATION,
    ("InviteContact", "PUT"): _INVITATION,
    ("EndSession", "DELETE"): Sample(lambda me: EndSession(), {"SessionId": guarded("session of nobody")}),
    ("RevokeInvitation", "DELETE"): Sample(lambda me: RevokeInvitation(), {"InvitationId": guarded("sent invitation")}),
    ("ResendInvitation", "PUT"): Sample(lambda me: ResendInvitation(), {"InvitationId": guarded("sent invitation")}),
}
