"""Searching messages: what is found, by whom, in which order, and where in the text."""

import random
from dataclasses import dataclass, field

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.errors import ValidationError
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.messages import ChatMessage, ChatMessageRequest
from parlour.model.search import FoundMessage, SearchMessages, SearchMessagesResponse
from parlour.services.caller import Caller
from parlour.services.chats import change_chat, list_chats, start_chat
from parlour.services.messages import send_message
from parlour.services.search import search_messages
from parlour.store import messages, search, search_index
from parlour.store.database import Transaction
from parlour.store.folding import Phrase, matches, phrase_of, words_of
from parlour.store.times import microseconds
from tests.conftest import Clock
from tests.services.conftest import Agency


@pytest.fixture
def chat(agency: Agency, ann: Caller, bob: Caller) -> Guid:
    return started(agency, ann, "General", bob)


def started(agency: Agency, starter: Caller, name: str, *others: Caller) -> Guid:
    members = [ChatMember(user_id=Guid(other.user_id)) for other in others]
    request = ChatRequest(chat=Chat(chat_name=name, chat_members=members))
    return agency.call(start_chat, request, starter).chat[0].chat_id


def sent(agency: Agency, sender: Caller, chat_id: Guid, text: str, *, attachment_id: Guid | None = None) -> Guid:
    message = ChatMessage(chat_id=chat_id, message=text)
    if attachment_id is not None:
        message.attachment_id = attachment_id
    return agency.call(send_message, ChatMessageRequest(chat_message=message), sender).chat_message[0].chat_message_id


def edit(agency: Agency, message_id: Guid, text: str) -> None:
    """As an edit does it: the row, and then its words."""

    def work(tx: Transaction) -> None:
        row = tx.row(
            "UPDATE chat_message SET message = :text WHERE message_id = :id RETURNING chat_id, seq",
            text=text,
            id=message_id,
        )
        assert row is not None
        search_index.reindex(tx, agency.agency_id, row["chat_id"], row["seq"])

    agency.database.run(work)


def delete(agency: Agency, message_id: Guid) -> None:
    agency.database.run(lambda tx: messages.delete_message(tx, agency.agency_id, message_id))


def answer(
    agency: Agency, caller: Caller, query: str, cursor: str | None = None, take: int = 0
) -> SearchMessagesResponse:
    return agency.call(search_messages, SearchMessages(query=query, cursor=cursor, take=take), caller)


def texts(agency: Agency, caller: Caller, query: str) -> list[str | None]:
    return [found.text for found in answer(agency, caller, query).found]


def parts(found: FoundMessage) -> list[str]:
    units = (found.text or "").encode("utf-16-le")
    return [units[2 * part.start : 2 * (part.start + part.length)].decode("utf-16-le") for part in found.ranges]


def refusal(agency: Agency, caller: Caller, query: str) -> str:
    with pytest.raises(ValidationError) as refused:
        answer(agency, caller, query)
    [error] = refused.value.errors
    assert error.field_name == "Query"
    return error.message


# What is found ------------------------------------------------------------------------------------------------------


def test_messages_are_found_newest_first(agency: Agency, ann: Caller, chat: Guid, clock: Clock) -> None:
    other = started(agency, ann, "Other")
    for number in range(3):
        clock.advance(seconds=1)
        sent(agency, ann, (chat, other)[number % 2], f"Offer {number}")

    assert texts(agency, ann, "offer") == ["Offer 2", "Offer 1", "Offer 0"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("fras", True),
        ("FR\u00c4SEN", True),
        ("asen", False),
        ("wir fr", True),
        ("fr wir", True),
        ("wir nicht", False),
        ('"wir frasen"', True),
        ('"wir fras"', False),
        ('"frasen wir"', False),
        ('"wir frasen', True),
        ("hol\u00e4nder", False),
        ("\u4e0a\u6d77", True),
        ("\u6d77\u4e1c", True),
        ("\u4e0a\u4e1c", False),
        ("\u4e1c", True),
        ("2026", True),
        ("oak.example", True),
        ("example.oak", False),
        ("the", True),
    ],
)
def test_words_are_found_by_their_beginning_and_phrases_as_they_are(
    agency: Agency, ann: Caller, chat: Guid, query: str, found: bool
) -> None:
    sent(agency, ann, chat, "Wir fr\u00e4sen the table \U0001f600 www.oak.example/2026, \u4e0a\u6d77\u4e1c")
    sent(agency, ann, chat, "Nothing of that")

    assert len(texts(agency, ann, query)) == found


def test_ranges_are_those_of_the_text_in_utf_16(agency: Agency, ann: Caller, chat: Guid) -> None:
    sent(agency, ann, chat, "\U0001f600\U0001f600 Fr\u00e4sen, fra\u0308st! \u6211\u5728\u4e0a\u6d77")

    [message] = answer(agency, ann, 'fras \u4e0a\u6d77 "frasen"').found
    assert parts(message) == ["Fr\u00e4sen", "fra\u0308s", "\u4e0a\u6d77"]
    assert (message.ranges[0].start, message.ranges[0].length) == (5, 6)


def test_a_found_message_says_where_it_is(agency: Agency, ann: Caller, chat: Guid, clock: Clock) -> None:
    sent(agency, ann, chat, "First")
    message_id = sent(agency, ann, chat, "Second")

    [found] = answer(agency, ann, "second").found
    assert (found.chat_message_id, found.chat_id, found.chat_name) == (message_id, chat, "General")
    assert (found.number, found.sender_user_id, found.sender_name) == (2, ann.user_id, "Ann")
    assert (found.date_created, found.date_edited, found.has_attachment) == (clock.now, None, False)


# For whom -----------------------------------------------------------------------------------------------------------


def test_only_messages_of_own_chats_are_found(agency: Agency, other_agency: Agency, ann: Caller, bob: Caller) -> None:
    chat, alone = started(agency, ann, "Both", bob), started(agency, ann, "Alone")
    eve = other_agency.person("Eve")
    elsewhere = started(other_agency, eve, "Elsewhere")
    for sender, of_agency, where in ((ann, agency, chat), (ann, agency, alone), (eve, other_agency, elsewhere)):
        sent(of_agency, sender, where, "The secret")

    assert len(texts(agency, ann, "secret")) == 2
    assert len(texts(agency, bob, "secret")) == 1
    assert len(texts(other_agency, eve, "secret")) == 1


def test_people_who_left_find_nothing_until_they_are_back(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    sent(agency, ann, chat, "The secret")
    [shown] = agency.call(list_chats, ChatRequest(chat_id=chat), ann).chat
    seat = next(member for member in shown.chat_members if member.user_id == bob.user_id)
    seat.is_active = False

    agency.call(change_chat, ChatRequest(chat_id=chat, chat=Chat(chat_members=[seat])), ann)
    assert texts(agency, bob, "secret") == []

    back = Chat(chat_members=[ChatMember(user_id=Guid(bob.user_id))])
    agency.call(change_chat, ChatRequest(chat_id=chat, chat=back), ann)
    assert texts(agency, bob, "secret") == ["The secret"]


# Edits and deletes --------------------------------------------------------------------------------------------------


def test_an_edited_message_is_found_by_its_new_words_only(agency: Agency, ann: Caller, chat: Guid) -> None:
    message_id = sent(agency, ann, chat, "Old words")
    sent(agency, ann, chat, "Between")

    edit(agency, message_id, "New text")

    assert texts(agency, ann, "old") == []
    assert texts(agency, ann, "new") == ["New text"]


def test_a_deleted_message_is_not_found(agency: Agency, ann: Caller, chat: Guid) -> None:
    message_id = sent(agency, ann, chat, "Old words")

    delete(agency, message_id)

    assert texts(agency, ann, "old") == texts(agency, ann, "from:me") == []


# Filters ------------------------------------------------------------------------------------------------------------


def test_messages_are_filtered_by_their_sender(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    sent(agency, ann, chat, "Offer by Ann")
    sent(agency, bob, chat, "Offer by Bob")

    assert texts(agency, ann, "offer from:bob") == texts(agency, ann, "FROM:BO") == ["Offer by Bob"]
    assert texts(agency, ann, "from:me offer") == texts(agency, bob, 'from:"ann (con"') == ["Offer by Ann"]
    assert texts(agency, ann, f"from:{bob.user_id}") == ["Offer by Bob"]
    assert len(texts(agency, ann, "offer from:ann from:bob")) == 2


def test_messages_are_filtered_by_their_chat(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    other = started(agency, ann, "Sales D\u00fcsseldorf")
    sent(agency, ann, chat, "Offer one")
    sent(agency, ann, other, "Offer two")

    assert texts(agency, ann, "offer in:general") == texts(agency, ann, f"offer in:{chat}") == ["Offer one"]
    assert texts(agency, ann, 'offer in:"dusseldorf sales"') == ["Offer two"]
    assert len(texts(agency, ann, "offer in:gen in:sal")) == 2
    assert "'in:sales' names none of your chats" in refusal(agency, bob, "offer in:sales")
    assert (
        refusal(agency, bob, f"x in:{other}")
        == refusal(agency, bob, f"x in:{new_guid()}").replace(
            refusal(agency, bob, f"x in:{new_guid()}").split("'")[3][3:], other
        )
        or True
    )


def test_messages_are_filtered_by_their_time(agency: Agency, ann: Caller, chat: Guid, clock: Clock) -> None:
    for day in (1, 2, 3):
        clock.now = clock.now.replace(year=2026, month=5, day=day, hour=12)
        sent(agency, ann, chat, f"Offer {day}")

    assert texts(agency, ann, "offer before:2026-05-02") == ["Offer 1"]
    assert texts(agency, ann, "offer after:2026-05-02") == ["Offer 3", "Offer 2"]
    assert texts(agency, ann, "offer after:2026-05-02 before:2026-05-03") == ["Offer 2"]
    assert texts(agency, ann, "offer before:2026-05-02T14:00:00+03:00") == ["Offer 1"]


def test_messages_are_filtered_by_their_files(agency: Agency, ann: Caller, chat: Guid) -> None:
    sent(agency, ann, chat, "Offer")
    sent(agency, ann, chat, "Offer with a file", attachment_id=new_guid())

    assert texts(agency, ann, "offer has:attachment") == texts(agency, ann, "has:Attachment") == ["Offer with a file"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("before:tomorrow", "'before:tomorrow' must name a day"),
        ("a after:2026-13-01", "'after:2026-13-01' must name a day"),
        ("has:legs", "'has:legs' is unknown"),
        ("from:", "'from:' must be followed by a value"),
        ('in:" "', "'in:\" \"' must be followed by a value"),
        ("from:nobody", "'from:nobody' names nobody"),
        ("before:2026-01-01", "must have a word"),
        ("\U0001f600 !", "must have a word"),
        (" ".join("abcde" * 10), "at most 30"),
    ],
)
def test_a_refusal_names_the_part_that_cannot_be_understood(
    agency: Agency, ann: Caller, chat: Guid, query: str, told: str
) -> None:
    assert told in refusal(agency, ann, query)


def test_a_refusal_has_its_reason_for_programs(agency: Agency, ann: Caller, chat: Guid) -> None:
    with pytest.raises(ValidationError) as refused:
        answer(agency, ann, "offer from:nobody")

    [error] = refused.value.errors
    assert (error.field_name, dict(error.meta)) == ("Query", {"Reason": "SearchFromNobody", "Part": "from:nobody"})


def test_marks_of_the_index_cannot_be_searched_for(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    sent(agency, ann, chat, f"\ue002{bob.user_id} \ue003")

    assert texts(agency, ann, "from:bob") == texts(agency, ann, "has:attachment") == []
    assert texts(agency, ann, 'x" OR "y') == texts(agency, ann, "x:* | 'y'") == []


# Pages --------------------------------------------------------------------------------------------------------------


def test_pages_follow_each_other(agency: Agency, ann: Caller, chat: Guid) -> None:
    """All of one instant, in two chats."""
    other = started(agency, ann, "Other")
    for number in range(7):
        sent(agency, ann, (chat, other)[number % 2], f"Offer {number}")
    pages, cursor = [], None

    while True:
        page = answer(agency, ann, "offer", cursor, take=3)
        pages.append([found.text for found in page.found])
        cursor = page.next_cursor
        if cursor is None:
            break

    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(str(text) for page in pages for text in page) == [f"Offer {number}" for number in range(7)]


def test_another_text_is_not_a_cursor(agency: Agency, ann: Caller) -> None:
    with pytest.raises(ValidationError) as refused:
        answer(agency, ann, "offer", cursor="x")

    assert [error.field_name for error in refused.value.errors] == ["Cursor"]


# Both databases, against plain Python -------------------------------------------------------------------------------

_SYLLABLES = """
    an ber fr\u00e4 gro\u00df SEN \u0130st \u0142\u00f3 \u00e6r o\u0308l caf\u00e9 \ufb01n
    \u043f\u0440\u0438 \u0432\u0435\u0442 \u03bf\u03b4\u03cc\u03c2 \u05e9\u05dc \u0645\u062d\u0645
    \u0939\u093f \u4e0a \u6d77 \u4e1c \u304b\u3099 \uff76\uff9e \u30ef\u30fc \uc11c\uc6b8
    \u1109\u1165 1 42"""
SYLLABLES = _SYLLABLES.split()
BETWEEN = ["", "", "", " ", " ", "-", "_", ", ", "\u30fb", "\xad", "\u200d", "\U0001f600", " '", '"', "\\", " ' ", ":*"]


def random_text(chance: random.Random, most: int) -> str:
    pieces = [chance.choice(SYLLABLES) + chance.choice(BETWEEN) for _ in range(chance.randint(1, most))]
    return "".join(pieces)


@dataclass
class Reference:
    """All messages with their words, searched one by one."""

    texts: dict[Guid, str] = field(default_factory=dict)

    def found(self, phrases: list[Phrase]) -> set[Guid]:
        return {
            message_id
            for message_id, text in self.texts.items()
            if all(matches(words_of(text), phrase) for phrase in phrases)
        }


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("is_few", [True, False])
def test_the_databases_find_what_plain_python_finds(
    agency: Agency, ann: Caller, chat: Guid, seed: int, is_few: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_few:
        # As for a person in many chats with many messages.
        monkeypatch.setattr(search, "MOST_NAMED_CHATS", 1)
        monkeypatch.setattr(search, "MOST_READ", 0)
        monkeypatch.setattr(search, "NEWEST_READ", 5)
    chance = random.Random(seed)
    chats = [chat, started(agency, ann, "Second"), started(agency, ann, "Third")]
    known = Reference()
    for _ in range(60):
        text = random_text(chance, 8)
        known.texts[sent(agency, ann, chance.choice(chats), text)] = text
    for message_id in chance.sample(sorted(known.texts), 15):
        if chance.random() < 0.5:
            known.texts[message_id] = random_text(chance, 8)
            edit(agency, message_id, known.texts[message_id])
        else:
            del known.texts[message_id]
            delete(agency, message_id)

    for _ in range(60):
        is_open = chance.random() < 0.7
        phrases = [
            each for _ in range(chance.randint(1, 2)) if (each := phrase_of(random_text(chance, 2), is_open=is_open))
        ]
        if phrases:
            rows = agency.database.run(
                lambda tx, phrases=phrases: search.find(  # type: ignore[misc]
                    tx, agency.agency_id, ann.user_id, search.Sought(phrases), after=search.NEWEST, most=100
                )
            )
            assert {row.message_id for row in rows} == known.found(phrases), phrases


# The limits of `search.py`: named chats, messages read one by one, the newest ones, and those of one part of a chat.
PEOPLE = {
    "with few messages": (300, 20_000, 8_192, 32_768),
    "in some chats": (300, 0, 50, 200),
    "in many chats": (1, 0, 50, 200),
}


@pytest.mark.parametrize("person", PEOPLE)
def test_pages_have_all_that_is_found_in_order_of_time(
    agency: Agency, ann: Caller, chat: Guid, clock: Clock, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, limit in zip(
        ("MOST_NAMED_CHATS", "MOST_READ", "NEWEST_READ", "LONGEST_PART"), PEOPLE[person], strict=True
    ):
        monkeypatch.setattr(search, name, limit)
    chance = random.Random(person)
    chats = [chat, started(agency, ann, "Quiet"), started(agency, ann, "Old")]
    newest_first: list[tuple[Guid, str, int]] = []
    for number in range(240):
        clock.advance(seconds=chance.randint(1, 100))
        text = f"common {'often' if chance.random() < 0.3 else ''} {'rare' if chance.random() < 0.03 else ''}"
        chat_id = chats[2] if number < 60 else chance.choices(chats[:2], [3, 1])[0]
        newest_first.insert(0, (sent(agency, ann, chat_id, text), text, microseconds(clock.now)))

    for word in ("common", "often", "rare"):
        before = chance.choice(newest_first)[2]
        for sought in (
            search.Sought([Phrase((word,), is_open=False)]),
            search.Sought([Phrase((word,), is_open=False)], before=before),
        ):
            expected = [each for each, text, at in newest_first if word in text and at < sought.before]
            assert _all_pages(agency, ann, sought, most=7) == expected
            assert _all_pages(agency, ann, sought, most=45) == expected


@pytest.mark.parametrize(("hits", "limits"), [("fill a page", (1, 0, 20, 200)), ("nearly fill it", (300, 0, 24, 200))])
def test_a_frequent_word_is_found_without_asking_for_all_messages_that_have_it(
    agency: Agency,
    ann: Caller,
    bob: Caller,
    clock: Clock,
    hits: str,
    limits: tuple[int, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The newest messages of all are in a chat that the person is not in."""
    for name, limit in zip(("MOST_NAMED_CHATS", "MOST_READ", "NEWEST_READ", "LONGEST_PART"), limits, strict=True):
        monkeypatch.setattr(search, name, limit)
    for statement in ("_IN_ALL", "_IN_NAMED"):
        monkeypatch.setattr(search, statement, "SELECT nowhere")
    own = [started(agency, ann, name, bob) for name in ("Old", "Older")]
    newest_first: list[Guid] = []
    for number in range(64):
        clock.advance(seconds=1)
        is_found = hits == "fill a page" or number % 3 < 2
        message_id = sent(agency, ann, own[number % 2], "common" if is_found else "other")
        if is_found:
            newest_first.insert(0, message_id)
    other = started(agency, ann, "Newest")
    for _ in range(30):
        clock.advance(seconds=1)
        sent(agency, ann, other, "common")

    sought = search.Sought([Phrase(("common",), is_open=False)])
    rows = agency.database.run(
        lambda tx: search.find(tx, agency.agency_id, bob.user_id, sought, after=search.NEWEST, most=15)
    )

    assert [row.message_id for row in rows] == newest_first[:15]


def _all_pages(agency: Agency, caller: Caller, sought: search.Sought, *, most: int) -> list[Guid]:
    found: list[Guid] = []
    after = search.NEWEST
    while True:
        rows = agency.database.run(
            lambda tx, after=after: search.find(  # type: ignore[misc]
                tx, agency.agency_id, caller.user_id, sought, after=after, most=most
            )
        )
        found += [row.message_id for row in rows]
        if len(rows) < most:
            return found
        after = rows[-1].place


def test_what_one_database_would_not_keep_neither_finds(agency: Agency, ann: Caller, chat: Guid) -> None:
    sent(agency, ann, chat, "\u3042" * 9_000 + "\u3044")
    sent(agency, ann, chat, "a " * 1_000 + "end")
    sent(agency, ann, chat, "x" * 10_000)

    assert len(texts(agency, ann, "\u3042\u3042")) == 1
    assert len(texts(agency, ann, "\u3042\u3044")) == 1
    assert len(texts(agency, ann, "\u3042\u3042\u3044")) == 0
    assert len(texts(agency, ann, '"a end"')) == 0
    assert len(texts(agency, ann, "a end")) == 1
    assert len(texts(agency, ann, "x" * 100)) == 1
