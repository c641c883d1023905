"""What a member chooses for themselves in a chat: what notifies them, and the message they have begun."""

from datetime import UTC

from parlour.engine.dto.declare import EMPTY_GUID, Guid
from parlour.engine.dto.errors import ValidationError
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.chat_choices import SaveDraft, SaveDraftResponse, SetNotifications, SetNotificationsResponse
from parlour.model.conversations import Draft
from parlour.model.events import DraftSaved, NotificationsSet
from parlour.services import access, events, field_errors
from parlour.services.caller import Caller
from parlour.services.sending import LARGEST_MESSAGE, LONGEST_MESSAGE
from parlour.store import chats, drafts, messages
from parlour.store.chats import Membership
from parlour.store.database import Transaction
from parlour.store.drafts import StoredDraft

LEVELS = ("everything", "mentions", "nothing", "invisible")


def register(services: Services) -> None:
    """Registers the operations of this area."""
    choose = Handler(set_notifications, lane=lambda request: request.chat_id)
    services.add(SetNotifications, service="ChatService", put=choose)
    services.add(SaveDraft, service="ChatService", put=Handler(save_draft, lane=lambda request: request.chat_id))


def set_notifications(request: SetNotifications, tx: Transaction, caller: Caller) -> SetNotificationsResponse:
    """Sets what notifies the caller of a chat. Raises NotFound if they are not in it, ValidationError."""
    membership = access.locked_chat_of(tx, caller, request.chat_id)
    if request.level not in LEVELS:
        raise ValidationError([field_errors.not_among("Level", request.level, LEVELS)])
    until = request.muted_until
    if until is not None and until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    chats.set_notifications(tx, membership, level=request.level, muted_until=until)
    happened = NotificationsSet(chat_id=membership.chat_id, level=request.level, muted_until=until)
    events.record(tx, caller.agency_id, happened, user_id=caller.user_id)
    return SetNotificationsResponse(level=request.level, muted_until=until)


def save_draft(request: SaveDraft, tx: Transaction, caller: Caller) -> SaveDraftResponse:
    """Keeps or removes the caller's draft. Raises NotFound if they are not in the chat, ValidationError."""
    membership = access.locked_chat_of(tx, caller, request.chat_id)
    text = request.text or ""
    field_errors.raise_any(field_errors.in_text("Text", text, most=LONGEST_MESSAGE, most_bytes=LARGEST_MESSAGE))
    draft = _draft(request, text, tx, membership)
    shown = None if draft is None else Draft(text=text, reply_to_message_id=_answered(request))
    keys = (caller.agency_id, membership.chat_id, caller.user_id)
    if draft == drafts.get(tx, *keys):
        return SaveDraftResponse(draft=shown)
    if draft is None:
        drafts.remove(tx, *keys)
    else:
        drafts.save(tx, *keys, draft)
    answered = None if shown is None else shown.reply_to_message_id
    happened = DraftSaved(chat_id=membership.chat_id, text=text, reply_to_message_id=answered)
    events.record(tx, caller.agency_id, happened, user_id=caller.user_id)
    return SaveDraftResponse(draft=shown)


def _draft(request: SaveDraft, text: str, tx: Transaction, membership: Membership) -> StoredDraft | None:
    """The draft to keep. None if its text is empty."""
    answered = _answered(request)
    if answered is None:
        return StoredDraft(text, None) if text else None
    positions = messages.positions_of(tx, membership.agency_id, membership.chat_id, [answered])
    if answered not in positions:
        raise ValidationError([field_errors.unknown("ReplyToMessageId", answered)])
    return StoredDraft(text, positions[answered].seq) if text else None


def _answered(request: SaveDraft) -> Guid | None:
    return None if request.reply_to_message_id == EMPTY_GUID else request.reply_to_message_id
