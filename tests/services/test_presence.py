"""Typing and presence: who hears of it, and how it ends."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.errors import Conflict, NotFound, ValidationError
from parlour.engine.http.messages import Request
from parlour.engine.serving.handlers import Exchange
from parlour.model.chat_states import ArchiveChat
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.events import PresenceChanged, Typing
from parlour.model.me import UpdateMe
from parlour.model.presence import MOST_ASKED_FOR, GetPresence, SetPresence, SetTyping
from parlour.services.attendance import PRESENCE_SECONDS
from parlour.services.caller import Caller
from parlour.services.chat_states import archive_chat
from parlour.services.chats import start_chat
from parlour.services.me import update_me
from parlour.services.presence import TYPING_SECONDS, Audience, PassingNews
from tests.services.conftest import Agency


class Scene:
    """The news of one process, what others heard of it, and a clock that is moved by hand."""

    def __init__(self, agency: Agency, audience: Audience = "everybody") -> None:
        self.agency = agency
        self.heard: list[tuple[Any, Sequence[Guid]]] = []
        self.hints: list[str] = []
        self.news = PassingNews(self._announce, audience=audience, tell_processes=self.hints.append)
        self._passed = 0.0

    def _announce(self, agency_id: Guid, happened: Any, *, user_ids: Sequence[Guid] = ()) -> None:
        assert agency_id == self.agency.agency_id
        self.heard.append((happened, user_ids))

    def run(self, play: Callable[["Scene"], Coroutine[Any, Any, None]]) -> None:
        async def on_this_clock() -> None:
            loop = asyncio.get_running_loop()
            began = loop.time()
            loop.time = lambda: began + self._passed  # type: ignore[method-assign]
            await play(self)

        asyncio.run(on_this_clock())

    async def wait(self, seconds: float) -> None:
        self._passed += seconds
        for _ in range(3):
            await asyncio.sleep(0)

    async def typing(self, caller: Caller, chat_id: Guid, *, is_typing: bool = True) -> None:
        await self.news.set_typing(SetTyping(chat_id=chat_id, is_typing=is_typing), self._exchange(caller))

    async def presence(self, caller: Caller, presence: str | None) -> None:
        await self.news.set_presence(SetPresence(presence=presence), self._exchange(caller))

    async def there(self, caller: Caller, *user_ids: Guid) -> dict[Guid, str | None]:
        """Who is there, as the caller may know it."""
        answer = await self.news.get_presence(GetPresence(user_ids=list(user_ids)), self._exchange(caller))
        assert all(each.last_seen is not None for each in answer.presences)
        return {each.user_id: each.presence for each in answer.presences}

    def _exchange(self, caller: Caller) -> Exchange:
        return Exchange(Request(method="PUT", path="/"), self.agency.database, "json", caller=caller)

    def typed(self) -> list[bool]:
        assert all(isinstance(happened, Typing) and not user_ids for happened, user_ids in self.heard)
        return [happened.is_typing for happened, _ in self.heard]

    def presences(self) -> list[str | None]:
        assert all(isinstance(happened, PresenceChanged) for happened, _ in self.heard)
        return [happened.presence for happened, _ in self.heard]


def start(agency: Agency, caller: Caller, *others: Guid) -> Guid:
    named = [ChatMember(user_id=other) for other in others]
    return agency.call(start_chat, ChatRequest(chat=Chat(chat_name="Chat", chat_members=named)), caller).chat[0].chat_id


def test_typing_ends_after_eight_seconds(agency: Agency, ann: Caller) -> None:
    chat_id = start(agency, ann)
    scene = Scene(agency)

    async def play(scene: Scene) -> None:
        await scene.typing(ann, chat_id)
        await scene.wait(TYPING_SECONDS - 1)
        assert scene.typed() == [True]
        await scene.typing(ann, chat_id)
        await scene.wait(TYPING_SECONDS - 1)
        assert scene.typed() == [True, True]
        await scene.wait(1.1)
        assert scene.typed() == [True, True, False]

    scene.run(play)
    [(first, _), *_] = scene.heard
    assert (first.chat_id, first.user_id, first.name) == (chat_id, ann.user_id, "Ann")


def test_whoever_stops_typing_has_stopped_once(agency: Agency, ann: Caller) -> None:
    chat_id = start(agency, ann)

    async def play(scene: Scene) -> None:
        await scene.typing(ann, chat_id)
        await scene.typing(ann, chat_id, is_typing=False)
        await scene.wait(60)
        assert scene.typed() == [True, False]

    Scene(agency).run(play)


def test_typing_goes_on_if_another_process_hears_of_it(agency: Agency, ann: Caller) -> None:
    chat_id = start(agency, ann)
    data = json.dumps({"chatId": chat_id, "userId": ann.user_id, "name": "Ann", "isTyping": True})
    hint = json.dumps([agency.agency_id, "chat.typing", data, chat_id, []])

    async def play(scene: Scene) -> None:
        await scene.typing(ann, chat_id)
        await scene.wait(TYPING_SECONDS - 1)
        await scene.news.heard(hint)
        await scene.wait(TYPING_SECONDS - 1)
        assert scene.typed() == [True]
        await scene.wait(1.1)
        assert scene.typed() == [True, False]

    Scene(agency).run(play)


def test_only_members_of_an_open_chat_type_there(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id, archived = start(agency, ann), start(agency, ann)
    agency.call(archive_chat, ArchiveChat(chat_id=archived), ann)

    async def play(scene: Scene) -> None:
        for hidden in (chat_id, new_guid()):
            with pytest.raises(NotFound):
                await scene.typing(bob, hidden)
        with pytest.raises(Conflict):
            await scene.typing(ann, archived)
        assert scene.heard == []

    Scene(agency).run(play)


def test_presence_ends_if_it_is_not_repeated(agency: Agency, ann: Caller, bob: Caller) -> None:
    scene = Scene(agency)

    async def play(scene: Scene) -> None:
        await scene.presence(ann, "online")
        await scene.wait(PRESENCE_SECONDS - 1)
        await scene.presence(ann, "away")
        await scene.wait(PRESENCE_SECONDS - 1)
        assert scene.presences() == ["online", "away"]
        await scene.wait(1.1)
        assert scene.presences() == ["online", "away", "offline"]

    scene.run(play)
    changed, user_ids = scene.heard[0]
    assert changed.user_id == ann.user_id and changed.last_seen is not None
    assert set(user_ids) == {ann.user_id, bob.user_id}


@pytest.mark.parametrize(("audience", "names"), [("off", ""), ("contacts", "Ann Bob"), ("everybody", "Ann Bob Cat")])
def test_the_setting_says_who_hears_of_presence(agency: Agency, audience: Audience, names: str) -> None:
    people = {name: agency.person(name) for name in ("Ann", "Bob", "Cat")}
    start(agency, people["Ann"], people["Bob"].user_id, agency.contact("Vic"))
    scene = Scene(agency, audience)

    scene.run(lambda scene: scene.presence(people["Ann"], "online"))

    heard = {user_id for _, user_ids in scene.heard for user_id in user_ids}
    assert heard == {people[name].user_id for name in names.split()}


def test_whoever_hides_their_presence_is_never_there(agency: Agency, ann: Caller) -> None:
    agency.call(update_me, UpdateMe(shows_presence=False), ann)
    scene = Scene(agency)

    scene.run(lambda scene: scene.presence(ann, "online"))

    assert scene.heard == []


@pytest.mark.parametrize(("audience", "names"), [("off", ""), ("contacts", "Ann Bob"), ("everybody", "Ann Bob Cat")])
def test_others_hear_once_that_somebody_hides_their_presence(agency: Agency, audience: Audience, names: str) -> None:
    people = {name: agency.person(name) for name in ("Ann", "Bob", "Cat")}
    ann = people["Ann"]
    start(agency, ann, people["Bob"].user_id)

    async def play(scene: Scene) -> None:
        await scene.presence(ann, "online")
        scene.heard.clear()
        for shows in (False, False):
            agency.call(partial(update_me, on_hidden=scene.news.hide), UpdateMe(shows_presence=shows), ann)
        # What was said before is over, and what is said from now on is not told.
        await scene.wait(PRESENCE_SECONDS)
        await scene.presence(ann, "online")
        await scene.wait(PRESENCE_SECONDS)

    scene = Scene(agency, audience)
    scene.run(play)

    assert [(each.user_id, each.presence, each.last_seen) for each, _ in scene.heard] == (
        [(ann.user_id, "offline", None)] if names else []
    )
    assert {user_id for _, user_ids in scene.heard for user_id in user_ids} == {
        people[name].user_id for name in names.split()
    }


def test_a_program_that_ends_says_nothing_of_somebody_who_hides(agency: Agency, ann: Caller) -> None:
    laptop, phone = (replace(ann, session_id=new_guid()) for _ in range(2))

    async def play(scene: Scene) -> None:
        await scene.presence(laptop, "online")
        agency.call(partial(update_me, on_hidden=scene.news.hide), UpdateMe(shows_presence=False), ann)
        await scene.wait(PRESENCE_SECONDS - 1)
        await scene.presence(phone, "online")
        # The laptop was closed, and the phone is still there.
        await scene.wait(2)

    scene = Scene(agency)
    scene.run(play)

    assert scene.presences() == ["online", "offline"]


def test_no_process_says_when_a_program_of_somebody_who_hides_ends(agency: Agency, ann: Caller) -> None:
    here, elsewhere = Scene(agency), Scene(agency)

    async def play(scene: Scene) -> None:
        await scene.presence(ann, "online")
        agency.call(partial(update_me, on_hidden=elsewhere.news.hide), UpdateMe(shows_presence=False), ann)
        await elsewhere.presence(ann, "online")
        for hint in elsewhere.hints:
            await scene.news.heard_presence(hint)
        await scene.wait(PRESENCE_SECONDS + 1)

    here.run(play)

    assert here.presences() == ["online"]
    assert elsewhere.presences() == ["offline"]


def test_whoever_shows_their_presence_again_is_heard(agency: Agency, ann: Caller) -> None:
    async def play(scene: Scene) -> None:
        await scene.presence(ann, "online")
        for shows in (False, True):
            agency.call(partial(update_me, on_hidden=scene.news.hide), UpdateMe(shows_presence=shows), ann)
        await scene.presence(ann, "away")
        await scene.wait(PRESENCE_SECONDS)

    scene = Scene(agency)
    scene.run(play)

    assert scene.presences() == ["online", "offline", "away", "offline"]


@pytest.mark.parametrize("presence", [None, "", "busy"])
def test_an_unknown_presence_is_refused(agency: Agency, ann: Caller, presence: str | None) -> None:
    async def play(scene: Scene) -> None:
        with pytest.raises(ValidationError):
            await scene.presence(ann, presence)

    Scene(agency).run(play)


def test_the_server_itself_hears_also_a_hidden_presence(agency: Agency, ann: Caller) -> None:
    noted = []
    scene = Scene(agency, audience="off")
    scene.news = PassingNews(audience="off", on_presence=lambda *heard: noted.append(heard))

    async def play(scene: Scene) -> None:
        await scene.presence(ann, "online")
        with pytest.raises(ValidationError):
            await scene.presence(ann, "busy")

    scene.run(play)

    assert noted == [(ann.agency_id, ann.user_id, "online")]


# Who is there ---------------------------------------------------------------------------------------------------------


def test_a_client_that_signs_in_learns_who_is_there(agency: Agency, ann: Caller, bob: Caller) -> None:
    cat = agency.person("Cat")

    async def play(scene: Scene) -> None:
        assert await scene.there(bob) == {}
        await scene.presence(ann, "online")
        await scene.presence(cat, "away")
        assert await scene.there(bob) == {ann.user_id: "online", cat.user_id: "away"}
        assert await scene.there(bob, cat.user_id, bob.user_id, new_guid()) == {cat.user_id: "away"}
        await scene.presence(ann, "offline")
        assert await scene.there(bob) == {cat.user_id: "away"}
        assert await scene.there(bob, ann.user_id) == {ann.user_id: "offline"}
        await scene.wait(PRESENCE_SECONDS + 1)
        assert await scene.there(bob) == {}

    Scene(agency).run(play)


def test_a_person_is_there_while_one_of_their_programs_is(agency: Agency, ann: Caller, bob: Caller) -> None:
    phone, laptop = (replace(ann, session_id=new_guid()) for _ in range(2))

    async def play(scene: Scene) -> None:
        await scene.presence(phone, "online")
        await scene.presence(laptop, "away")
        await scene.presence(phone, "offline")
        assert await scene.there(bob) == {ann.user_id: "away"}
        await scene.presence(phone, "online")
        await scene.wait(PRESENCE_SECONDS - 1)
        await scene.presence(phone, "online")
        await scene.wait(2)
        assert scene.presences() == ["online", "online", "away", "online", "online", "online"]
        await scene.presence(phone, "offline")
        assert scene.presences()[-1] == "offline"
        assert await scene.there(bob) == {}

    Scene(agency).run(play)


def test_all_processes_know_who_is_there(agency: Agency, ann: Caller, bob: Caller) -> None:
    here, elsewhere = Scene(agency), Scene(agency)

    async def play(scene: Scene) -> None:
        await elsewhere.presence(replace(ann, session_id=new_guid()), "online")
        await scene.presence(ann, "away")
        for hint in elsewhere.hints:
            await scene.news.heard_presence(hint)
        assert await scene.there(bob) == {ann.user_id: "online"}
        await scene.presence(ann, "offline")
        assert scene.presences() == ["away", "online"]
        await elsewhere.presence(ann, "offline")

    here.run(play)


def test_the_setting_says_who_may_ask(agency: Agency, ann: Caller, bob: Caller) -> None:
    cat = agency.person("Cat")
    start(agency, ann, bob.user_id)
    may_know = {"off": [], "contacts": ["Ann", "Bob"], "everybody": ["Ann", "Bob", "Cat"]}

    for audience in ("off", "contacts", "everybody"):

        async def play(scene: Scene, audience: str = audience) -> None:
            await scene.presence(ann, "online")
            knowing = [each.display_name for each in (ann, bob, cat) if await scene.there(each, ann.user_id)]
            assert knowing == may_know[audience]

        Scene(agency, audience).run(play)


def test_others_do_not_learn_of_a_hidden_person_or_of_another_agency(
    agency: Agency, other_agency: Agency, ann: Caller, bob: Caller
) -> None:
    async def play(scene: Scene) -> None:
        await scene.presence(ann, "online")
        agency.call(update_me, UpdateMe(shows_presence=False), ann)
        assert await scene.there(bob) == await scene.there(bob, ann.user_id) == {}
        agency.call(update_me, UpdateMe(shows_presence=True), ann)
        assert await scene.there(other_agency.person("Eve"), ann.user_id) == {}
        assert await scene.there(bob) == {ann.user_id: "online"}

    Scene(agency).run(play)


def test_too_many_people_are_refused(agency: Agency, ann: Caller) -> None:
    async def play(scene: Scene) -> None:
        with pytest.raises(ValidationError):
            await scene.there(ann, *(new_guid() for _ in range(MOST_ASKED_FOR + 1)))

    Scene(agency).run(play)
