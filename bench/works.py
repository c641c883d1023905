"""What is measured: the requests of each row of the table, its floor, and the ratio that is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from bench import fill


@dataclass(frozen=True)
class Call:
    """A request of a user by its path, and its body if it is a POST."""

    user: int
    path: str
    body: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Work:
    """One row of the table: the calls are sent in turn on so many connections."""

    name: str
    connections: int
    calls: Sequence[Call]
    into: Sequence[int] = ()
    """The chats that the calls send into. The floor of such work is a commit, that of others a fixed answer."""
    is_forgotten: bool = False
    """Whether nothing that was read before is remembered."""
    is_beside_sends: bool = False
    """Whether somebody else sends fifty messages a second meanwhile."""
    wanted: float | None = None
    """The least ratio to the floor on SQLite."""
    wanted_of_sqlite: float | None = None
    """The least ratio of the rate on PostgreSQL to that on SQLite, for work that is measured on both."""


def _sends(chats: Sequence[int]) -> list[Call]:
    return [
        Call(fill.SENDER, "/v1/ChatMessage", {"chatMessage": {"chatId": fill.guid("d", chat), "message": fill.TEXT}})
        for chat in chats
    ]


def _list(readers: Sequence[int]) -> list[Call]:
    return [Call(reader, "/v1/Chat") for reader in readers]


def _page(readers: Sequence[int]) -> list[Call]:
    return [Call(reader, f"/v1/Chat/{fill.guid('d', fill.own_chat(reader))}/Messages") for reader in readers]


SEND = Work(
    name="send into one chat of 21",
    connections=64,
    calls=_sends([fill.LARGE_CHAT]),
    into=[fill.LARGE_CHAT],
    wanted=1.0,
    wanted_of_sqlite=0.40,
)
SPREAD_SEND = replace(
    SEND, name="send into 20 chats in turn", calls=_sends(fill.SPREAD_CHATS), into=fill.SPREAD_CHATS, wanted=None
)
LIST = Work(name="list of 20 chats", connections=16, calls=_list([fill.READER]), wanted_of_sqlite=0.60)
PAGE = replace(LIST, name="newest 50 messages", calls=_page([fill.READER]))
# Each call is of another reader, so that those under way at once share nothing.
FORGOTTEN_LIST = Work(
    name="list of 20 chats, nothing remembered",
    connections=16,
    calls=_list(fill.READERS),
    is_forgotten=True,
    wanted=0.16,
)
FORGOTTEN_PAGE = replace(
    FORGOTTEN_LIST, name="newest 50 messages, nothing remembered", calls=_page(fill.READERS), wanted=0.20
)
LIST_BESIDE = replace(
    LIST, name="list of 20 chats, beside 50 sends a second", is_beside_sends=True, wanted=0.25, wanted_of_sqlite=None
)
PAGE_BESIDE = replace(
    PAGE, name="newest 50 messages, beside 50 sends a second", is_beside_sends=True, wanted=0.25, wanted_of_sqlite=None
)
WORKS = (SEND, SPREAD_SEND, LIST, PAGE, FORGOTTEN_LIST, FORGOTTEN_PAGE, LIST_BESIDE, PAGE_BESIDE)

# These are asked of a large history as well. One call returns 200 messages at most, so with either history the response
# is the same. The reads go without the cache, which would hide what the history costs.
ONE_LIST = replace(FORGOTTEN_LIST, calls=LIST.calls)
FULL_PAGE = replace(
    FORGOTTEN_PAGE,
    name="newest 200 messages, nothing remembered",
    calls=[Call(fill.READER, f"/v1/Chat/{fill.guid('d', fill.FULL_CHAT)}/Messages")],
)


def _one(name: str, path: str) -> Work:
    return replace(FORGOTTEN_LIST, name=f"{name}, nothing remembered", calls=[Call(fill.READER, path)])


_MIDDLE = fill.SMALL.history * fill.FULL_HISTORY // 2
LARGE_WORKS = (
    SEND,
    ONE_LIST,
    FULL_PAGE,
    _one("GetUnread", "/v1/Unread"),
    _one("FindChats", "/v1/Chats"),
    _one("FindChats, unread only", "/v1/Chats?UnreadOnly=true"),
    _one("FindMessages, newest 50", f"/v1/Messages?ChatId={fill.guid('d', fill.FULL_CHAT)}&Take=50"),
    _one(
        "FindMessages, 50 around one",
        f"/v1/Messages?ChatId={fill.guid('d', fill.FULL_CHAT)}&Take=50"
        f"&ChatMessageId={fill.guid('f', fill.FULL_CHAT * 1_000_000 + _MIDDLE)}&Direction=around",
    ),
)

# Searches in a million messages in 63 chats. The person who searches is in 20 of them, which have nearly all messages.
# The word of rank 1 is in most messages, that of rank 10,000 in few.
_RANKS = (1, 10, 100, 1_000, 10_000)

# The longest that a word should take at the median.
WANTED_SEARCH_MS = 50


def _search(name: str, query: str) -> Work:
    call = Call(fill.READER, f"/v1/Messages/Search?Query={quote(query)}")
    return replace(FORGOTTEN_LIST, name=name, connections=1, calls=[call])


WORD_SEARCHES = tuple(_search(f"the word of rank {rank:,}", fill.word(rank)) for rank in _RANKS)
SEARCHES = (
    *WORD_SEARCHES,
    _search("the beginning of many words", fill.word(100)[:2]),
    _search("two frequent words", f"{fill.word(2)} {fill.word(3)}"),
    _search("a frequent and a rare word", f"{fill.word(1)} {fill.word(10_000)}"),
)

# The least ratio of an echo to the floor.
WANTED_ECHOES = {"json": 0.55, "xml": 0.40, "jsv": 0.35, "csv": 0.35}
