"""The requests and responses of Parlour, to be copied beside the program that calls it."""

import datetime
import decimal
from marshmallow.fields import *
from servicestack import *
from typing import *
from dataclasses import dataclass, field
from dataclasses_json import dataclass_json, LetterCase, Undefined, config
from enum import Enum, IntEnum
Object = TypeVar('Object')


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMember:
    """
    One person in a chat. `user_id` is a contact's id while that contact has no account.
    """

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
    """
    A chat as one of its members sees it: `is_archived` and `unread_count` are their own.

    A client that chooses `chat_id` may repeat the request without creating a second chat.
    """

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
class ChatMessage:
    """
    One message. A client that chooses `chat_message_id` may repeat the request without sending a second message.
    """

    chat_message_id: Optional[str] = None
    chat_id: Optional[str] = None
    sender_user_id: Optional[str] = None
    message: Optional[str] = None
    attachment_id: Optional[str] = None
    date_created: datetime.datetime = datetime.datetime(1, 1, 1)
    sender_name: Optional[str] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FoundPerson:
    """
    A person whom the caller may write to.
    """

    # @ApiMember(Description="The person. It is their contact's id while they have no account.")
    user_id: Optional[str] = None
    """
    The person. It is their contact's id while they have no account.
    """


    # @ApiMember(Description="The person's contact in the agency.")
    contact_id: Optional[str] = None
    """
    The person's contact in the agency.
    """


    # @ApiMember(Description="Their name.")
    name: Optional[str] = None
    """
    Their name.
    """


    # @ApiMember(Description="Their e-mail address, or null.")
    email_address: Optional[str] = None
    """
    Their e-mail address, or null.
    """


    # @ApiMember(Description="False for a person who has no account yet.")
    has_joined: bool = False
    """
    False for a person who has no account yet.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class InvitableRole:
    """
    A role that the caller may give to others.
    """

    # @ApiMember(Description="The id of the role, as invitations take it.")
    role_id: Optional[str] = None
    """
    The id of the role, as invitations take it.
    """


    # @ApiMember(Description="The name of the role.")
    role_name: Optional[str] = None
    """
    The name of the role.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatResponse:
    response_status: Optional[ResponseStatus] = None
    chat: List[Chat] = field(default_factory=list)


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMessageResponse:
    response_status: Optional[ResponseStatus] = None
    chat_message: List[ChatMessage] = field(default_factory=list)


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FindPeopleResponse:
    """
    The people that were found, sorted by name.
    """

    # @ApiMember(Description="The people on this page.")
    people: List[FoundPerson] = field(default_factory=list)
    """
    The people on this page.
    """


    # @ApiMember(Description="The `Cursor` of the next page, or null if this is the last.")
    next_cursor: Optional[str] = None
    """
    The `Cursor` of the next page, or null if this is the last.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetInvitableRolesResponse:
    """
    The roles that the caller may give, sorted by name.
    """

    # @ApiMember(Description="The roles.")
    roles: List[InvitableRole] = field(default_factory=list)
    """
    The roles.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


# @ApiResponse(Description="Contact Id of the newly invited/ created contact")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class AddContactResponse:
    """
    The contact that was invited.
    """

    contact_id: Optional[str] = None
    response_status: Optional[ResponseStatus] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class PreviewInvitationResponse:
    """
    The invitation's inviter, agency, address and roles.
    """

    # @ApiMember(Description="The name of the person who sent the invitation.")
    inviter_name: Optional[str] = None
    """
    The name of the person who sent the invitation.
    """


    # @ApiMember(Description="The agency whose book the invited person joins.")
    agency_name: Optional[str] = None
    """
    The agency whose book the invited person joins.
    """


    # @ApiMember(Description="The address the invitation was sent to.")
    email_address: Optional[str] = None
    """
    The address the invitation was sent to.
    """


    # @ApiMember(Description="The roles offered, by name.")
    role_names: List[str] = field(default_factory=list)
    """
    The roles offered, by name.
    """


    # @ApiMember(Description="When the invitation ends, unless it is renewed.")
    expires_at: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When the invitation ends, unless it is renewed.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class AcceptInvitationResponse:
    """
    The user and the contact that the invited person now is.
    """

    # @ApiMember(Description="The account that accepted.")
    user_id: Optional[str] = None
    """
    The account that accepted.
    """


    # @ApiMember(Description="The contact of that account in the agency's book.")
    contact_id: Optional[str] = None
    """
    The contact of that account in the agency's book.
    """


    # @ApiMember(Description="The e-mail address to sign in with.")
    user_name: Optional[str] = None
    """
    The e-mail address to sign in with.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


# @Route("/v1/Chat/{ChatId}", "PUT,OPTIONS")
# @Route("/v1/Chat", "GET,POST,OPTIONS")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatRequest(IReturn[ChatResponse]):
    """
    Lists the caller's chats, starts one, or changes one.
    """

    chat_id: Optional[str] = None
    chat: Optional[Chat] = None


# @Route("/v1/ChatMessage/{ChatMessageId}", "GET")
# @Route("/v1/ChatMessage", "POST,OPTIONS")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMessageRequest(IReturn[ChatMessageResponse]):
    """
    Sends a message, or returns one.
    """

    chat_message_id: Optional[str] = None
    chat_message: Optional[ChatMessage] = None


# @Route("/v1/Chat/{ChatId}/Messages", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMessagesRequest(IReturn[ChatMessageResponse]):
    """
    Returns the newest 200 messages of a chat, or all unread ones, and marks them as read.

    With more than 1,000 unread messages it returns the oldest 1,000. Call again for the next ones.
    """

    chat_id: Optional[str] = None


# @Route("/v1/People", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FindPeople(IReturn[FindPeopleResponse]):
    """
    Finds people of the agency whom the caller may write to, by name or e-mail address.

    Case and accents do not matter: `mul` finds Anna Müller. The caller is not listed.
    """

    # @ApiMember(Description="The beginning of any part of the name or address. Several words must all fit. Empty for everybody.")
    query: Optional[str] = None
    """
    The beginning of any part of the name or address. Several words must all fit. Empty for everybody.
    """


    # @ApiMember(Description="The `NextCursor` of the page before. Empty for the first page.")
    cursor: Optional[str] = None
    """
    The `NextCursor` of the page before. Empty for the first page.
    """


    # @ApiMember(Description="The most people on a page, up to 200. 0 for 50.")
    take: int = 0
    """
    The most people on a page, up to 200. 0 for 50.
    """


# @Route("/v1/InvitableRoles", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetInvitableRoles(IReturn[GetInvitableRolesResponse]):
    """
    Returns the roles that the caller may give to people whom they invite.
    """

    pass


# @Route("/api/contacts/{ContactId}/invite/contact")
# @Route("/api/contacts/{ContactId}/invite/{ToContactId}")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class InviteContact(IReturn[AddContactResponse]):
    """
    Invites a person by e-mail, and adds a contact for an address that is not in the book yet.
    """

    # @ApiMember(DataType="Guid", Description="Contact Id inviting the contact", IsRequired=true, Name="ContactId")
    contact_id: Optional[str] = None
    """
    Contact Id inviting the contact
    """


    # @ApiMember(DataType="Guid", Description="Contact Id of the virtual contact invited to be real.", Name="ToContactId")
    to_contact_id: Optional[str] = None
    """
    Contact Id of the virtual contact invited to be real.
    """


    # @ApiMember(DataType="string", Description="Email Address of the real/ virtual contact to be invited.", IsRequired=true, Name="EmailAddress")
    email_address: Optional[str] = None
    """
    Email Address of the real/ virtual contact to be invited.
    """


    # @ApiMember(DataType="List<Guid>", Description="List of roles to invite the contact", IsRequired=true, Name="Roles")
    roles: List[str] = field(default_factory=list)
    """
    List of roles to invite the contact
    """


# @Route("/v1/invitations/preview", "POST")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class PreviewInvitation(IReturn[PreviewInvitationResponse]):
    """
    Shows who sent an invitation and what it offers. Changes nothing, however often it is called.
    """

    # @ApiMember(Description="The text after the # in the link of the mail, or the code in the mail.", IsRequired=true)
    token: Optional[str] = None
    """
    The text after the # in the link of the mail, or the code in the mail.
    """


# @Route("/v1/invitations/accept", "POST")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class AcceptInvitation(IReturn[AcceptInvitationResponse]):
    """
    Accepts an invitation, with the signed-in account or with a new account for the invited address.

    With a password a new account is created, even if the caller is signed in. Without a password the caller's account
    accepts. Accepting again with the same account gives the same answer.
    """

    # @ApiMember(Description="The text after the # in the link of the mail, or the code in the mail.", IsRequired=true)
    token: Optional[str] = None
    """
    The text after the # in the link of the mail, or the code in the mail.
    """


    # @ApiMember(Description="The name of the new account, as others will see it.")
    display_name: Optional[str] = None
    """
    The name of the new account, as others will see it.
    """


    # @ApiMember(Description="The password of the new account.")
    password: Optional[str] = None
    """
    The password of the new account.
    """
