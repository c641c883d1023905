"""Why a request is refused, in one word for programs, where the error code leaves several causes.

The word is in the `Meta` of the error, or of the error of a member. With it a program can say in the language of its
person what has to be done. Messages are in English, and may change.
"""

from enum import StrEnum

REASON = "Reason"
"""The key in `Meta`."""


class Reason(StrEnum):
    """The reasons. Each is explained in `MEANINGS`."""

    CHAT_IS_ARCHIVED = "ChatIsArchived"
    CHAT_OF_TWO = "ChatOfTwo"
    FILE_IS_GONE = "FileIsGone"
    INVITATION_IS_REVOKED = "InvitationIsRevoked"
    LAST_OWNER = "LastOwner"
    NOT_JOINED = "NotJoined"
    NOT_MODERATOR = "NotModerator"
    NOT_OWNER = "NotOwner"
    NOT_SENDER = "NotSender"
    PUSH_IS_OFF = "PushIsOff"
    QUOTA_IS_USED_UP = "QuotaIsUsedUp"
    SEARCH_DAY = "SearchDay"
    SEARCH_FILTER_IS_EMPTY = "SearchFilterIsEmpty"
    SEARCH_FITS_TOO_MANY = "SearchFitsTooMany"
    SEARCH_FROM_NOBODY = "SearchFromNobody"
    SEARCH_HAS = "SearchHas"
    SEARCH_IN_NO_CHAT = "SearchInNoChat"
    SEARCH_IS_EMPTY = "SearchIsEmpty"
    SEARCH_IS_TOO_LONG = "SearchIsTooLong"
    TOO_LATE = "TooLate"
    TOO_MANY_PINS = "TooManyPins"
    TOO_MANY_REACTIONS = "TooManyReactions"


MEANINGS = {
    Reason.CHAT_IS_ARCHIVED: "The chat is archived for everybody.",
    Reason.CHAT_OF_TWO: "The chat of two people has no name and no roles, and nobody else joins it or is removed.",
    Reason.FILE_IS_GONE: "A file of the message was deleted while it was sent.",
    Reason.INVITATION_IS_REVOKED: "The invitation was revoked.",
    Reason.LAST_OWNER: "The member is the only owner of the chat.",
    Reason.NOT_JOINED: "The person has no account yet.",
    Reason.NOT_MODERATOR: "Only owners and moderators of the chat, and administrators, may do this.",
    Reason.NOT_OWNER: "Only owners of the chat, and administrators, may do this.",
    Reason.NOT_SENDER: "Only the sender of a message may do this.",
    Reason.PUSH_IS_OFF: "The server sends no notifications: the setting `push_subject` is empty.",
    Reason.QUOTA_IS_USED_UP: "The files of the person would have more than `MaxBytes` together.",
    Reason.SEARCH_DAY: "`Part` of the search names no day.",
    Reason.SEARCH_FILTER_IS_EMPTY: "`Part` of the search has no value.",
    Reason.SEARCH_FITS_TOO_MANY: "The value of the filter `Part` fits more than `MaxLength`.",
    Reason.SEARCH_FROM_NOBODY: "Nobody has the name in `Part`.",
    Reason.SEARCH_HAS: "`Part` asks for something else than `has:attachment`.",
    Reason.SEARCH_IN_NO_CHAT: "No chat of the person has the name in `Part`.",
    Reason.SEARCH_IS_EMPTY: "The search has no word, no phrase, no `from:` and no `has:attachment`.",
    Reason.SEARCH_IS_TOO_LONG: "The search has more than `MaxLength` words, phrases and filters.",
    Reason.TOO_LATE: "The time in which messages can be changed is over.",
    Reason.TOO_MANY_PINS: "The chat has `MaxLength` pinned messages already.",
    Reason.TOO_MANY_REACTIONS: "The message has `MaxLength` different emoji already.",
}


def because(reason: Reason, **values: object) -> dict[str, str]:
    """The `Meta` of an error with this reason, and with `values` that its explanation names."""
    return {REASON: reason.value, **{name: str(value) for name, value in values.items()}}
