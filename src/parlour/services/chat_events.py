"""The events of chats: what the members hear when a chat, its members or a marker has changed.

Each function is called after the change, in its transaction. The chat was locked before.
"""

from collections.abc import Iterable

from parlour.engine.dto.declare import Guid
from parlour.model.events import ArchivedForMe, ChatChanged, MemberChanged, MemberJoined, MemberLeft
from parlour.services.events import record
from parlour.store import members
from parlour.store.chats import MemberRow, Membership
from parlour.store.database import Transaction
from parlour.store.memberships import Activation


def joined(tx: Transaction, agency_id: Guid, chat_id: Guid, contact_ids: Iterable[Guid]) -> None:
    """People were added to a chat."""
    found = members.of_contacts(tx, agency_id, chat_id, contact_ids)
    record(tx, agency_id, *(MemberJoined(chat_id=chat_id, member=each) for each in found))


def left(tx: Transaction, agency_id: Guid, chat_id: Guid, gone: Iterable[MemberRow], promoted: Iterable[Guid]) -> None:
    """Members have left a chat, or were removed from it. The contacts `promoted` have another role therefore."""
    happened = [
        MemberLeft(chat_id=chat_id, chat_member_id=each.member_id, user_id=each.user_id or each.contact_id)
        for each in gone
    ]
    record(tx, agency_id, *happened)
    changed(tx, agency_id, chat_id, promoted)


def changed(tx: Transaction, agency_id: Guid, chat_id: Guid, contact_ids: Iterable[Guid]) -> None:
    """Members have another role or another name, or an account now."""
    found = members.of_contacts(tx, agency_id, chat_id, contact_ids)
    record(tx, agency_id, *(MemberChanged(chat_id=chat_id, member=each) for each in found))


def activated(tx: Transaction, agency_id: Guid, contact_id: Guid, activations: Iterable[Activation]) -> None:
    """A person has an account now, so the memberships that were parked for the contact are theirs."""
    for each in activations:
        if each.other_state is not None:
            # The parked membership gave way to another one of the same person.
            ended = MemberLeft(chat_id=each.chat_id, chat_member_id=each.parked_id, user_id=contact_id)
            record(tx, agency_id, ended)
        if each.other_state == "left":
            joined(tx, agency_id, each.chat_id, [each.contact_id])
        elif each.other_state != "active":
            changed(tx, agency_id, each.chat_id, [each.contact_id])


def renamed(tx: Transaction, membership: Membership, name: str) -> None:
    """A chat has another name."""
    happened = ChatChanged(chat_id=membership.chat_id, chat_name=name, is_archived=membership.is_archived)
    record(tx, membership.agency_id, happened)


def archived_for_me(tx: Transaction, membership: Membership, *, is_archived: bool) -> None:
    """A member put a chat away for themselves, or took it out again."""
    happened = ArchivedForMe(chat_id=membership.chat_id, is_archived=is_archived)
    record(tx, membership.agency_id, happened, user_id=membership.user_id)
