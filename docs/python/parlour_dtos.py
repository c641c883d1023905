"""Requests and responses of Parlour for the Python client `servicestack`. Copy this file beside your program."""

import datetime
from dataclasses import dataclass, field
from typing import List, Optional

from dataclasses_json import LetterCase, Undefined, dataclass_json
from servicestack import IReturn, ResponseStatus


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMember:
    chat_member_id: Optional[str] = None
    chat_id: Optional[str] = None
    user_id: Optional[str] = None
    is_active: bool = False
    is_archived: bool = False
    last_chat_message_id: Optional[str] = None
    chat_member_name: Optional[str] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class Chat:
    chat_id: Optional[str] = None
    chat_name: Optional[str] = None
    created_by: Optional[str] = None
    date_created: datetime.datetime = datetime.datetime(1, 1, 1)
    chat_members: List[ChatMember] = field(default_factory=list)
    is_archived: bool = False
    member_count: int = 0
    message_count: int = 0
    unread_count: int = 0
    created_by_name: Optional[str] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatResponse:
    response_status: Optional[ResponseStatus] = None
    chat: List[Chat] = field(default_factory=list)


# @Route("/v1/Chat/{ChatId}", "PUT,OPTIONS")
# @Route("/v1/Chat", "GET,POST,OPTIONS")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatRequest(IReturn[ChatResponse]):
    chat_id: Optional[str] = None
    chat: Optional[Chat] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMessage:
    chat_message_id: Optional[str] = None
    chat_id: Optional[str] = None
    sender_user_id: Optional[str] = None
    message: Optional[str] = None
    attachment_id: Optional[str] = None
    date_created: datetime.datetime = datetime.datetime(1, 1, 1)
    sender_name: Optional[str] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMessageResponse:
    response_status: Optional[ResponseStatus] = None
    chat_message: List[ChatMessage] = field(default_factory=list)


# @Route("/v1/ChatMessage/{ChatMessageId}", "GET")
# @Route("/v1/ChatMessage", "POST,OPTIONS")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMessageRequest(IReturn[ChatMessageResponse]):
    chat_message_id: Optional[str] = None
    chat_message: Optional[ChatMessage] = None


# @Route("/v1/Chat/{ChatId}/Messages", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMessagesRequest(IReturn[ChatMessageResponse]):
    chat_id: Optional[str] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class AddContactResponse:
    contact_id: Optional[str] = None
    response_status: Optional[ResponseStatus] = None


# @Route("/api/contacts/{ContactId}/invite/contact")
# @Route("/api/contacts/{ContactId}/invite/{ToContactId}")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class InviteContact(IReturn[AddContactResponse]):
    contact_id: Optional[str] = None
    to_contact_id: Optional[str] = None
    email_address: Optional[str] = None
    roles: Optional[List[str]] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class PreviewInvitationResponse:
    inviter_name: Optional[str] = None
    agency_name: Optional[str] = None
    email_address: Optional[str] = None
    role_names: List[str] = field(default_factory=list)
    expires_at: datetime.datetime = datetime.datetime(1, 1, 1)
    response_status: Optional[ResponseStatus] = None


# @Route("/v1/invitations/preview", "POST")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class PreviewInvitation(IReturn[PreviewInvitationResponse]):
    token: Optional[str] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class AcceptInvitationResponse:
    user_id: Optional[str] = None
    contact_id: Optional[str] = None
    user_name: Optional[str] = None
    response_status: Optional[ResponseStatus] = None


# @Route("/v1/invitations/accept", "POST")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class AcceptInvitation(IReturn[AcceptInvitationResponse]):
    token: Optional[str] = None
    display_name: Optional[str] = None
    password: Optional[str] = None
