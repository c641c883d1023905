"""Emoji under messages, on both databases."""

import pytest

from parlour.engine.dto.errors import Conflict, NotFound
from parlour.model.conversations import Message, Reaction
from parlour.model.events import ReactionChanged
from parlour.model.reactions import ReactToMessage
from parlour.services.caller import Caller
from parlour.services.reactions import MOST_KINDS, react
from parlour.store.reading import MOST_REACTING_LISTED
from tests.conftest import Clock
from tests.services.conftest import Agency
from tests.services.test_editing import deleted, happened
from tests.services.test_messages import archive_for_all, started
from tests.services.test_reading import found
from tests.services.test_sending import sent, wrong_members

HEART, THUMB = "\u2764\ufe0f", "\U0001f44d"


@pytest.fixture
def message(agency: Agency, ann: Caller, bob: Caller) -> Message:
    """A message in a chat of Ann with Bob."""
    return sent(agency, ann, started(agency, ann, bob))


def reacted(agency: Agency, caller: Caller, message: Message, emoji: str, *, is_on: bool = True) -> list[Reaction]:
    request = ReactToMessage(chat_message_id=message.chat_message_id, emoji=emoji, is_on=is_on)
    answer = agency.call(react, request, caller).message
    assert answer is not None
    return answer.reactions


def test_reactions_are_grouped_in_the_order_of_their_first_use(
    agency: Agency, clock: Clock, ann: Caller, bob: Caller, message: Message
) -> None:
    for person, emoji in ((bob, THUMB), (ann, HEART), (ann, THUMB)):
        clock.advance(seconds=1)
        reacted(agency, person, message, emoji)

    seen_by_bob = found(agency, bob, message.chat_id).messages[0].reactions
    assert seen_by_bob == [
        Reaction(emoji=THUMB, count=2, is_mine=True, user_ids=[bob.user_id, ann.user_id]),
        Reaction(emoji=HEART, count=1, is_mine=False, user_ids=[ann.user_id]),
    ]


def test_a_reaction_is_on_or_off(agency: Agency, ann: Caller, bob: Caller, message: Message) -> None:
    for is_on in (True, True, False, False):
        reactions = reacted(agency, bob, message, THUMB, is_on=is_on)
        assert len(reactions) == is_on

    events = [each for each in happened(agency, message.chat_id) if isinstance(each, ReactionChanged)]
    assert [(each.emoji, each.user_id, each.is_on, each.number) for each in events] == [
        (THUMB, bob.user_id, True, 1),
        (THUMB, bob.user_id, False, 1),
    ]


def test_two_spellings_are_one_kind(agency: Agency, ann: Caller, message: Message) -> None:
    reacted(agency, ann, message, HEART)

    assert reacted(agency, ann, message, "\u2764") == [
        Reaction(emoji=HEART, count=1, is_mine=True, user_ids=[ann.user_id])
    ]


@pytest.mark.parametrize("text", ["", "a", THUMB * 2, THUMB + "a", "1"])
def test_only_one_emoji_is_a_reaction(agency: Agency, ann: Caller, message: Message, text: str) -> None:
    assert wrong_members(lambda: reacted(agency, ann, message, text)) == ["Emoji"]


def test_a_message_has_at_most_twenty_kinds(agency: Agency, ann: Caller, bob: Caller, message: Message) -> None:
    for number in range(MOST_KINDS):
        reacted(agency, ann, message, chr(0x1F600 + number))

    with pytest.raises(Conflict):
        reacted(agency, bob, message, THUMB)
    assert len(reacted(agency, bob, message, chr(0x1F600))) == MOST_KINDS


def test_the_first_people_are_listed_and_all_are_counted(agency: Agency, clock: Clock, ann: Caller) -> None:
    people = [agency.person(str(number)) for number in range(MOST_REACTING_LISTED + 2)]
    message = sent(agency, ann, started(agency, ann, *people))
    for person in people:
        clock.advance(seconds=1)
        reacted(agency, person, message, THUMB)

    [reaction] = found(agency, people[-1], message.chat_id).messages[0].reactions
    assert reaction.user_ids == [person.user_id for person in people[:MOST_REACTING_LISTED]]
    assert (reaction.count, reaction.is_mine) == (len(people), True)
    [reaction] = found(agency, ann, message.chat_id).messages[0].reactions
    assert (reaction.count, reaction.is_mine) == (len(people), False)


def test_only_members_react_to_messages_that_exist(agency: Agency, ann: Caller, bob: Caller, message: Message) -> None:
    with pytest.raises(NotFound):
        reacted(agency, agency.person("Stranger"), message, THUMB)
    archive_for_all(agency, message.chat_id)
    with pytest.raises(Conflict):
        reacted(agency, bob, message, THUMB)


def test_a_deleted_message_has_no_reactions(agency: Agency, ann: Caller, bob: Caller, message: Message) -> None:
    reacted(agency, bob, message, THUMB)

    assert deleted(agency, ann, message.chat_message_id).reactions == []
    with pytest.raises(NotFound):
        reacted(agency, bob, message, THUMB)
