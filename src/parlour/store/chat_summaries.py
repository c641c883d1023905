"""Chats as one of their members sees them. The cost is that of the chats on a page, whatever their history.

The statements repeat the conditions, so that none needs the results of another. PostgreSQL gets all of them at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parlour.engine.dto.declare import Guid
from parlour.engine.dto.listings import Listing, as_list
from parlour.model.conversations import ChatSummary, Draft, Member, Message
from parlour.store import members
from parlour.store.database import Transaction
from parlour.store.folding import Phrase, words_of
from parlour.store.people import pattern
from parlour.store.reading import Place, Scope, in_scope
from parlour.store.times import to_datetime

# Enough to name a chat by its people, and to show their pictures.
MOST_MEMBERS_SHOWN = 8

# The chats that the migration reads at once.
_FOLDED_AT_ONCE = 1_000

_FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class ChatPlace:
    """A place in the list of chats: that of the chat that was listed last."""

    active_at: int
    chat_id: str


FIRST = ChatPlace(_FOREVER, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Conditions for chats. None and empty mean no condition. `contact_id` is a member."""

    chat_id: Guid | None = None
    phrases: tuple[Phrase, ...] = ()
    contact_id: Guid | None = None
    is_archived: bool | None = None
    is_direct: bool | None = None
    unread_only: bool = False
    after: ChatPlace = FIRST
    most: int = 1


def folded(name: str) -> str:
    """The name of a chat as it is stored for searching: each word between spaces."""
    return " ".join(("", *words_of(name), ""))


def find(tx: Transaction, agency_id: Guid, user_id: Guid, search: Search) -> tuple[list[ChatSummary], ChatPlace]:
    """The user's chats that meet the conditions, newest activity first, and the place of the last of them."""
    found, place = _find(tx, agency_id, user_id, search, {})
    return as_list(Listing(found)), place


def get(tx: Transaction, agency_id: Guid, chat_id: Guid, user_id: Guid) -> ChatSummary | None:
    """The chat as the user sees it, with its pinned messages. None unless they are an active member."""
    search = Search(chat_id=chat_id)
    tx.expect(_pins, agency_id, user_id, chat_id)
    tx.expect(_find, agency_id, user_id, search, None)
    pins = _pins(tx, agency_id, user_id, chat_id)
    found, _ = _find(tx, agency_id, user_id, search, pins)
    return found[0] if found else None


def _find(
    tx: Transaction, agency_id: Guid, user_id: Guid, search: Search, pins: Mapping[Place, Message] | None
) -> tuple[list[ChatSummary], ChatPlace]:
    parameters = _parameters(agency_id, user_id, search)
    last = Scope(
        f"(x.chat_id, x.seq) IN ({_LAST}{_listed(search)}{_NEWEST})",
        tuple((name, value) for name, value in parameters.items() if name != "agency_id"),
    )
    tx.expect(_first_members, agency_id, user_id, search)
    tx.expect(in_scope, agency_id, user_id, last)
    rows = tx.tuples(_SUMMARY + _listed(search) + _NEWEST, **parameters)
    shown = _first_members(tx, agency_id, user_id, search)
    messages = in_scope(tx, agency_id, user_id, last)
    found = [_summary(columns, shown.get(columns[0], []), messages, (pins or {}).values()) for columns in rows]
    return found, ChatPlace(rows[-1][7], rows[-1][0]) if rows else search.after


def _pins(tx: Transaction, agency_id: Guid, user_id: Guid, chat_id: Guid) -> dict[Place, Message]:
    """The pinned messages of a chat."""
    pinned = "SELECT p.seq FROM pin p WHERE p.agency_id = :agency_id AND p.chat_id = :chat_id"
    scope = Scope(f"x.chat_id = :chat_id AND x.seq IN ({pinned})", (("chat_id", chat_id),))
    return in_scope(tx, agency_id, user_id, scope)


_UNREAD = "c.live - m.read_live - m.own_after"

_SUMMARY = f"""
    SELECT c.chat_id, c.name, c.version, c.direct_key, c.created_by,
           (SELECT u.display_name FROM user_account u WHERE u.user_id = c.created_by),
           c.created_at, c.active_at, c.is_archived, m.is_archived, m.role, c.member_count, c.live, c.last_seq,
           m.read_seq, {_UNREAD}, m.mentions + c.all_live - m.read_all_live - m.own_all_after, m.level, m.muted_until,
           d.message, (SELECT r.message_id FROM chat_message r
                        WHERE r.agency_id = d.agency_id AND r.chat_id = d.chat_id AND r.seq = d.reply_to_seq)
      FROM chat_member m
      JOIN chat c ON c.agency_id = m.agency_id AND c.chat_id = m.chat_id
      LEFT JOIN draft d ON d.agency_id = m.agency_id AND d.chat_id = m.chat_id AND d.user_id = m.user_id"""  # noqa: S608

_CHATS = """
    SELECT c.chat_id
      FROM chat_member m
      JOIN chat c ON c.agency_id = m.agency_id AND c.chat_id = m.chat_id"""

_LAST = """
    SELECT c.chat_id, c.last_seq
      FROM chat_member m
      JOIN chat c ON c.agency_id = m.agency_id AND c.chat_id = m.chat_id"""

_NEWEST = " ORDER BY c.active_at DESC, c.chat_id LIMIT :page"

_OF_PHRASE = """(c.folded LIKE :phrase{0}
            OR EXISTS (SELECT 1
                         FROM chat_member o
                         JOIN contact k ON k.agency_id = o.agency_id AND k.contact_id = o.contact_id
                        WHERE o.agency_id = m.agency_id AND o.chat_id = m.chat_id AND o.state <> 'left'
                          AND o.contact_id <> m.contact_id AND k.folded LIKE :phrase{0}))"""

_IS_ARCHIVED = "(m.is_archived = 1 OR c.is_archived = 1)"


def _listed(search: Search) -> str:
    """The conditions of a search, on the chat `c` and the user's membership `m`."""
    found = [
        """
     WHERE m.agency_id = :agency_id AND m.user_id = :reader_id AND m.state = 'active'"""
    ]
    if search.chat_id is not None:
        return f"{found[0]} AND m.chat_id = :chat_id"
    found.append("(c.active_at < :after_active OR c.active_at = :after_active AND c.chat_id > :after_chat)")
    found += [_OF_PHRASE.format(index) for index in range(len(search.phrases))]
    if search.contact_id is not None:
        found.append(
            """EXISTS (SELECT 1 FROM chat_member o
                        WHERE o.agency_id = m.agency_id AND o.chat_id = m.chat_id AND o.contact_id = :contact_id
                          AND o.state <> 'left')"""
        )
    if search.is_archived is not None:
        found.append(_IS_ARCHIVED if search.is_archived else f"NOT {_IS_ARCHIVED}")
    if search.is_direct is not None:
        found.append("c.direct_key IS NOT NULL" if search.is_direct else "c.direct_key IS NULL")
    if search.unread_only:
        found.append(f"{_UNREAD} > 0")
    return "\n       AND ".join(found)


def _parameters(agency_id: Guid, user_id: Guid, search: Search) -> dict[str, Any]:
    found: dict[str, Any] = {"agency_id": agency_id, "reader_id": user_id, "page": search.most}
    if search.chat_id is not None:
        return found | {"chat_id": search.chat_id}
    if search.contact_id is not None:
        found["contact_id"] = search.contact_id
    phrases = {f"phrase{index}": pattern(phrase) for index, phrase in enumerate(search.phrases)}
    return found | phrases | {"after_active": search.after.active_at, "after_chat": search.after.chat_id}


def _first_members(tx: Transaction, agency_id: Guid, user_id: Guid, search: Search) -> dict[Guid, list[Member]]:
    """The first members of each chat of a search, in the order in which they joined."""
    rows = tx.tuples(
        f"""WITH listed AS ({_CHATS}{_listed(search)}{_NEWEST}){members.COLUMNS}
              FROM listed l
             CROSS JOIN chat_member p
             WHERE p.agency_id = :agency_id AND p.chat_id = l.chat_id AND p.state <> 'left'
               AND p.joined_at <= coalesce((SELECT o.joined_at FROM chat_member o
                                             WHERE o.agency_id = :agency_id AND o.chat_id = l.chat_id
                                               AND o.state <> 'left'
                                             ORDER BY o.joined_at LIMIT 1 OFFSET :members - 1), :forever)
             ORDER BY p.chat_id, p.joined_at""",  # noqa: S608
        members=MOST_MEMBERS_SHOWN,
        forever=_FOREVER,
        **_parameters(agency_id, user_id, search),
    )
    found: dict[Guid, list[Member]] = {}
    for columns in rows:
        found.setdefault(columns[1], []).append(members.member(columns))
    # Several may have joined at the same instant.
    for several in found.values():
        del several[MOST_MEMBERS_SHOWN:]
    return found


def _summary(
    columns: Sequence[Any],
    shown: list[Member],
    last_messages: Mapping[Place, Message],
    pins: Iterable[Message],
) -> ChatSummary:
    (
        chat_id,
        name,
        version,
        direct_key,
        created_by,
        created_by_name,
        created_at,
        active_at,
        is_archived,
        is_archived_for_me,
        role,
        member_count,
        live,
        last_seq,
        read_seq,
        unread_count,
        mention_count,
        level,
        muted_until,
        draft,
        reply_to_message_id,
    ) = columns
    return ChatSummary(
        chat_id=chat_id,
        chat_name=name,
        version=version,
        is_direct=direct_key is not None,
        created_by=created_by,
        created_by_name=created_by_name,
        date_created=to_datetime(created_at),
        date_active=to_datetime(active_at),
        is_archived=bool(is_archived),
        is_archived_for_me=bool(is_archived_for_me),
        role=role,
        member_count=member_count,
        members=shown,
        message_count=live,
        last_number=last_seq,
        read_number=read_seq,
        unread_count=unread_count,
        mention_count=mention_count,
        level=level,
        muted_until=None if muted_until is None else to_datetime(muted_until),
        draft=None if draft is None else Draft(text=draft, reply_to_message_id=reply_to_message_id),
        last_message=last_messages.get((chat_id, last_seq)),
        pins=list(pins),
    )


def fold_chats(tx: Transaction) -> None:
    """The step of migration 0012: folds the names of all chats."""
    agency_id, chat_id = "", ""
    while True:
        rows = tx.rows(
            """SELECT agency_id, chat_id, name
                 FROM chat
                WHERE (agency_id, chat_id) > (:agency_id, :chat_id)
                ORDER BY agency_id, chat_id
                LIMIT :most""",
            agency_id=agency_id,
            chat_id=chat_id,
            most=_FOLDED_AT_ONCE,
        )
        for row in rows:
            agency_id, chat_id = row["agency_id"], row["chat_id"]
            tx.execute(
                "UPDATE chat SET folded = :folded WHERE agency_id = :agency_id AND chat_id = :chat_id",
                agency_id=agency_id,
                chat_id=chat_id,
                folded=folded(row["name"]),
            )
        if len(rows) < _FOLDED_AT_ONCE:
            return
