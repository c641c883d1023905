"""The caller: what they see of themselves, and what they may change."""

import asyncio
from typing import Any

import pytest

from parlour.engine.dto.errors import ValidationError
from parlour.model.me import GetMe, Me, UpdateMe
from parlour.model.people import FindPeople
from parlour.services.caller import ADMINISTRATOR, AGENT, Caller
from parlour.services.me import LONGEST_SETTING, MOST_SETTINGS, get_me, update_me
from parlour.services.people import find_people
from parlour.store.sequencing import sequence_events
from tests.services.conftest import Agency
from tests.services.test_messages import started
from tests.support.feed import Feed


def seen(agency: Agency, caller: Caller) -> Me:
    me = agency.call(get_me, GetMe(), caller).me
    assert me is not None
    return me


def update(agency: Agency, caller: Caller, **members: Any) -> Me:
    me = agency.call(update_me, UpdateMe(**members), caller).me
    assert me == seen(agency, caller)
    return me


def wrong(agency: Agency, caller: Caller, **members: Any) -> list[str | None]:
    with pytest.raises(ValidationError) as raised:
        agency.call(update_me, UpdateMe(**members), caller)
    return [error.field_name for error in raised.value.field_errors]


def test_a_caller_sees_themselves(agency: Agency) -> None:
    ann = agency.person("Ann", AGENT, ADMINISTRATOR)

    me = seen(agency, ann)

    assert (me.user_id, me.contact_id, me.agency_id) == (ann.user_id, ann.contact_id, agency.agency_id)
    assert (me.name, me.agency_name, me.roles) == ("Ann", "Agency", [ADMINISTRATOR, AGENT])
    assert me.email_address == f"{ann.user_id}@example.org"
    assert (me.language, me.shows_presence, me.settings) == (None, True, {})


def test_whatever_is_null_stays_as_it_is(agency: Agency, ann: Caller) -> None:
    update(agency, ann, language="pt-BR", shows_presence=False, settings={"theme": "dark"})

    me = update(agency, ann, name="Ann Agent")

    assert (me.name, me.language, me.shows_presence, me.settings) == ("Ann Agent", "pt-BR", False, {"theme": "dark"})
    assert update(agency, ann, language="").language is None


def test_settings_are_changed_one_by_one(agency: Agency, ann: Caller, bob: Caller) -> None:
    update(agency, ann, settings={"theme": "dark", "sound": "off"})

    assert update(agency, ann, settings={"theme": "", "size": "\u00e4\U0001f600"}).settings == {
        "sound": "off",
        "size": "\u00e4\U0001f600",
    }
    assert seen(agency, bob).settings == {}


def test_a_new_name_is_found(agency: Agency, ann: Caller, bob: Caller) -> None:
    update(agency, ann, name="Zo\u00eb M\u00fcller")

    [found] = agency.call(find_people, FindPeople(query="mull zoe"), bob).people

    assert (found.user_id, found.name) == (ann.user_id, "Zo\u00eb M\u00fcller")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 1_000])
def test_a_wrong_name_is_refused(agency: Agency, ann: Caller, name: str) -> None:
    assert wrong(agency, ann, name=name) == ["Name"]


def test_settings_have_limits(agency: Agency, ann: Caller) -> None:
    update(agency, ann, settings={"first": "x"})

    assert wrong(agency, ann, settings={f"{number}": "x" for number in range(MOST_SETTINGS)}) == ["Settings"]
    assert wrong(agency, ann, settings={"long": "x" * (LONGEST_SETTING + 1)}) == ["Settings"]
    assert wrong(agency, ann, settings={"x" * 101: "x"}) == ["Settings"]
    assert wrong(agency, ann, settings={f"{number}": "x" * LONGEST_SETTING for number in range(20)}) == ["Settings"]
    assert "Settings" in wrong(agency, ann, settings={"half": "\ud800"})
    assert seen(agency, ann).settings == {"first": "x"}


def test_everybody_in_their_chats_hears_of_another_name(agency: Agency, ann: Caller, bob: Caller) -> None:
    shared, own = started(agency, ann, bob), started(agency, ann)
    agency.database.run(sequence_events)
    feed = Feed(agency.database)
    begun = asyncio.run(feed.get(bob)).next_cursor

    update(agency, ann, name="Ann Agent")
    update(agency, ann, language="de")

    agency.database.run(sequence_events)
    [event] = asyncio.run(feed.get(bob, begun)).events
    assert event.member_changed is not None and event.member_changed.member is not None
    assert (event.chat_id, event.member_changed.member.name) == (shared, "Ann Agent")
    heard = asyncio.run(feed.get(ann, begun)).events
    assert {each.chat_id for each in heard if each.member_changed} == {shared, own}
