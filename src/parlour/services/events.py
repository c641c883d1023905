"""Access to the event stream: a chat's channel is for its members, while they are signed in."""

import re

from parlour.engine.dto.declare import Guid
from parlour.engine.serving.principals import Principal
from parlour.services import access
from parlour.services.caller import Caller
from parlour.store import identity as store
from parlour.store.database import Transaction
from parlour.store.times import microseconds

_CHAT_CHANNEL = re.compile("chat-([0-9a-f]{32})")


def chat_channel(chat_id: Guid) -> str:
    """The channel of a chat."""
    return f"chat-{chat_id}"


class ChatChannels:
    """The access to channels. The only ones are `chat-{ChatId}`, with the id as 32 digits."""

    def may_hear(self, tx: Transaction, caller: Principal | None, channel: str) -> bool:
        named = _CHAT_CHANNEL.fullmatch(channel)
        if named is None or not isinstance(caller, Caller):
            return False
        return access.may_hear_chat(tx, caller, Guid(named[1])) and self.may_stay(tx, caller)

    def may_stay(self, tx: Transaction, caller: Principal) -> bool:
        """Whether the caller's token and session are still valid, and they are an enabled user of the agency."""
        assert isinstance(caller, Caller)
        if caller.good_until is not None and caller.good_until <= microseconds(tx.now):
            return False
        if caller.session_id is None:
            person = store.person_of_user(tx, caller.user_id, caller.agency_id)
        else:
            session = store.get_session(tx, caller.session_id)
            person = None if session is None else session.person
        return person is not None and not person.is_disabled
