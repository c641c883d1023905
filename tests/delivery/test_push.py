"""Who is told of which messages by Web Push, and how pushes get to a push service, on both databases."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from parlour.delivery.push import ACTIVE_LIFE, DELAY, HELD, LEASE, PushWorker, Sender
from parlour.delivery.push_client import PushClient
from parlour.delivery.web_push import ServerKey
from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.scalars import guid_with_dashes
from parlour.model.chat_choices import SetNotifications
from parlour.model.chat_states import StartDirectChat
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.conversations import Message
from parlour.model.editing import DeleteMessage
from parlour.model.markers import MarkRead
from parlour.model.me import UpdateMe
from parlour.model.push import GetPushSubscriptions, PushSubscription, SavePushSubscription, SendTestPush
from parlour.model.sending import SendMessage
from parlour.services.caller import Caller
from parlour.services.chat_choices import set_notifications
from parlour.services.chat_states import start_direct_chat
from parlour.services.chats import change_chat, start_chat
from parlour.services.editing import delete_message
from parlour.services.markers import mark_read
from parlour.services.me import update_me
from parlour.services.push import get_subscriptions, save_subscription, send_test
from parlour.services.sending import send_message
from parlour.store import push
from parlour.store.database import Database
from parlour.store.sequencing import sequence_events
from tests.conftest import Clock
from tests.services.conftest import new_agency
from tests.support.push_service import Browser, PushService, serving

KEY = ServerKey(b"k" * 32)
SENDER = Sender(key=KEY, subject="mailto:ops@agency.example", base_url="https://parlour.example")

# The timeout for a service that does not answer.
IMPATIENCE_SECONDS = 0.2


class Scene:
    """Ann and Bob in a chat, Bob's browser, a push service, and the worker of one process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.agency = new_agency(database)
        self.ann, self.bob = self.agency.person("Ann"), self.agency.person("Bob")
        self.service = PushService(url="http://127.0.0.1:0")
        self.worker = self.another_worker()
        members = [ChatMember(user_id=self.bob.user_id)]
        started = self.agency.call(
            start_chat, ChatRequest(chat=Chat(chat_name="Sales", chat_members=members)), self.ann
        )
        self.chat_id = started.chat[0].chat_id
        self.after()

    def another_worker(self, sender: Sender = SENDER, *, seconds: float = 60.0) -> PushWorker:
        client = PushClient(allows_private=True, seconds=seconds)
        return PushWorker(self.database, sender, client, clock=self.clock, jitter=lambda: 0.5)

    def subscribe(self, caller: Caller | None = None, *, hides_text: bool = False) -> Browser:
        """A new browser of a person, by default Bob's, saved on the server."""

        async def subscribed() -> Browser:
            async with serving(self.service):
                return self.service.subscribe()

        browser = asyncio.run(subscribed())
        request = SavePushSubscription(
            endpoint=browser.endpoint, p256dh=browser.p256dh, auth=browser.auth, hides_text=hides_text
        )
        self.database.run(lambda tx: save_subscription(request, tx, caller or self.bob, allows_http=True))
        return browser

    def say(self, text: str, caller: Caller | None = None, **members: Any) -> Message:
        """Sends a message, by default of Ann in the chat."""
        request = SendMessage(**{"chat_id": self.chat_id, "text": text, **members})
        message = self.agency.call(send_message, request, caller or self.ann).message
        self.after()
        assert message is not None
        return message

    def after(self) -> None:
        self.database.run(sequence_events)

    def notify(self, level: str = "everything", **members: Any) -> None:
        """Sets what notifies Bob."""
        request = SetNotifications(chat_id=self.chat_id, level=level, **members)
        self.agency.call(set_notifications, request, self.bob)

    def during(self, work: Callable[[], Awaitable[Any]]) -> None:
        async def run() -> None:
            async with serving(self.service):
                await work()

        asyncio.run(run())

    def work(self, worker: PushWorker | None = None, *, after: timedelta = DELAY) -> None:
        """Runs one round of a worker, after some time."""
        worker = worker or self.worker
        self.during(worker.queue_new)
        self.clock.advance(seconds=after.total_seconds())
        self.during(worker.deliver_due)

    def told(self, browser: Browser) -> list[tuple[str, str]]:
        """The titles and bodies of what a browser was told."""
        notifications = [each["notification"] for each in self.service.told(browser)]
        return [(each["title"], each["body"]) for each in notifications]

    def subscriptions(self, caller: Caller | None = None) -> list[PushSubscription]:
        return self.agency.call(get_subscriptions, GetPushSubscriptions(), caller or self.bob).subscriptions

    def waiting(self) -> int:
        """How many pushes wait."""
        count: int = self.database.run(lambda tx: tx.value("SELECT count(*) FROM push"))
        return count


@pytest.fixture
def scene(database: Database, clock: Clock) -> Scene:
    return Scene(database, clock)


# What is pushed -------------------------------------------------------------------------------------------------------


def test_a_message_is_told_with_its_chat_its_sender_and_its_address(scene: Scene) -> None:
    browser = scene.subscribe()
    message = scene.say("Is the roof\ntight?")

    scene.work()

    assert scene.service.told(browser) == [
        {
            "web_push": 8030,
            "notification": {
                "title": "Sales",
                "body": "Ann: Is the roof tight?",
                "navigate": f"https://parlour.example/chats/{scene.chat_id}/m/{message.chat_message_id}",
                "tag": scene.chat_id,
                "dir": "auto",
                "app_badge": 1,
            },
            "app_badge": 1,
        }
    ]
    assert scene.waiting() == 0


def test_ids_in_an_address_are_those_of_the_server(scene: Scene) -> None:
    browser = scene.subscribe()
    message = scene.say("Hello")

    scene.work(scene.another_worker(replace(SENDER, guid=guid_with_dashes)))

    chat_id, message_id = guid_with_dashes(scene.chat_id), guid_with_dashes(message.chat_message_id)
    [told] = scene.service.told(browser)
    assert told["notification"]["navigate"] == f"https://parlour.example/chats/{chat_id}/m/{message_id}"


def test_a_push_has_its_headers(scene: Scene) -> None:
    scene.subscribe()
    scene.say("Hello")

    scene.work()

    [arrived] = scene.service.arrived
    claims = arrived.claims(KEY.public)
    assert (claims["aud"], claims["sub"]) == (scene.service.url, "mailto:ops@agency.example")
    assert claims["exp"] == int((scene.clock.now + timedelta(hours=12)).timestamp())
    wanted = {"content-encoding": "aes128gcm", "urgency": "high", "ttl": str(3 * 24 * 3600 - 3)}
    assert {name: arrived.headers[name] for name in wanted} == wanted


def test_the_topic_is_that_of_the_chat_and_says_nothing_about_it(scene: Scene) -> None:
    browsers = [scene.subscribe(), scene.subscribe()]
    for text in ("one", "two"):
        scene.say(text)
        scene.work()

    topics = [(each.path, each.headers["topic"]) for each in scene.service.arrived]
    assert len(topics) == 4
    assert len(set(topics)) == len(browsers) == len({topic for _, topic in topics})
    assert all(len(topic) == 32 and topic.isalnum() and topic != scene.chat_id for _, topic in topics)


def test_a_chat_of_two_people_has_the_name_of_the_other(scene: Scene) -> None:
    browser = scene.subscribe()
    request = StartDirectChat(user_id=scene.bob.user_id)
    direct = scene.agency.call(start_direct_chat, request, scene.ann).chat
    assert direct is not None

    scene.say("Hello", chat_id=direct.chat_id)
    scene.work()

    assert scene.told(browser) == [("Ann", "Hello")]


def test_nothing_but_the_name_of_the_chat_is_told_if_the_person_wants_that(scene: Scene) -> None:
    hiding, other = scene.subscribe(hides_text=True), scene.subscribe()
    scene.agency.call(update_me, UpdateMe(language="de-AT"), scene.bob)
    scene.say("secret")

    scene.work()

    assert scene.told(hiding) == [("Sales", "Neue Nachricht")]
    assert scene.service.told(hiding)[0]["notification"]["lang"] == "de-AT"
    assert scene.told(other) == [("Sales", "Ann: secret")]


@pytest.mark.parametrize("text", ["x" * 10_000, "\U0001f469\u200d\U0001f680" * 3_000, "\u0001" * 5_000 + "x"])
def test_a_long_text_is_cut_to_what_a_push_can_hold(scene: Scene, text: str) -> None:
    browser = scene.subscribe()
    scene.say(text)

    scene.work()

    [(_, body)] = scene.told(browser)
    assert body.startswith("Ann: ") and body.endswith("…") and len(body) <= 160


def test_messages_in_a_row_are_one_push_of_the_newest(scene: Scene) -> None:
    browser = scene.subscribe()
    for number in range(3):
        scene.say(f"{number}")

    scene.work()
    scene.work()

    assert scene.told(browser) == [("Sales", "Ann: 2")]
    assert scene.service.told(browser)[0]["app_badge"] == 3


def test_a_message_that_was_edited_meanwhile_is_told_as_it_is(scene: Scene) -> None:
    browser = scene.subscribe()
    scene.say("first")
    scene.during(scene.worker.queue_new)
    scene.database.run(lambda tx: tx.execute("UPDATE chat_message SET message = 'better'"))

    scene.work()

    assert scene.told(browser) == [("Sales", "Ann: better")]


# Who is told ----------------------------------------------------------------------------------------------------------


def test_the_sender_and_strangers_are_not_told(scene: Scene) -> None:
    eve = scene.agency.person("Eve")
    others = [scene.subscribe(scene.ann), scene.subscribe(eve)]
    browser = scene.subscribe()
    scene.say("Hello")

    scene.work()

    assert [scene.told(each) for each in (browser, *others)] == [[("Sales", "Ann: Hello")], [], []]


def test_a_message_that_was_read_is_not_told(scene: Scene) -> None:
    browser = scene.subscribe()
    message = scene.say("Hello")
    scene.during(scene.worker.queue_new)
    request = MarkRead(chat_id=scene.chat_id, chat_message_id=message.chat_message_id)
    scene.agency.call(mark_read, request, scene.bob)

    scene.work()

    assert (scene.told(browser), scene.waiting()) == ([], 0)


def test_a_message_that_was_deleted_is_not_told(scene: Scene) -> None:
    browser = scene.subscribe()
    message = scene.say("Hello")
    scene.during(scene.worker.queue_new)
    request = DeleteMessage(chat_message_id=message.chat_message_id)
    scene.database.run(lambda tx: delete_message(request, tx, scene.ann, edit_time=timedelta(days=1)))

    scene.work()

    assert (scene.told(browser), scene.waiting()) == ([], 0)


@pytest.mark.parametrize("level", ["nothing", "invisible"])
def test_a_chat_without_notifications_is_silent(scene: Scene, level: str) -> None:
    browser = scene.subscribe()
    scene.notify(level)
    scene.say("Hello", mentioned_user_ids=[scene.bob.user_id])

    scene.work()

    assert scene.told(browser) == []


def test_a_chat_may_tell_only_of_mentions(scene: Scene) -> None:
    browser = scene.subscribe()
    scene.notify("mentions")
    scene.say("to nobody")
    scene.say("to Bob", mentioned_user_ids=[scene.bob.user_id])
    scene.say("to Ann", mentioned_user_ids=[scene.ann.user_id])
    scene.work()
    scene.say("to all", mentions_everybody=True)
    scene.say("to nobody")
    scene.work()

    assert scene.told(browser) == [("Sales", "Ann: to Bob"), ("Sales", "Ann: to all")]


def test_a_muted_chat_is_silent_until_its_time_is_over(scene: Scene) -> None:
    browser = scene.subscribe()
    scene.notify(muted_until=scene.clock.now + timedelta(minutes=10))
    scene.say("too early")
    scene.work()
    scene.clock.advance(minutes=10)
    scene.say("in time")
    scene.work()

    assert scene.told(browser) == [("Sales", "Ann: in time")]


def test_muting_also_stops_what_waits(scene: Scene) -> None:
    browser = scene.subscribe()
    scene.say("Hello")
    scene.during(scene.worker.queue_new)
    scene.notify(muted_until=scene.clock.now + timedelta(minutes=10))

    scene.work()

    assert (scene.told(browser), scene.waiting()) == ([], 0)


def test_a_chat_that_was_put_away_or_left_is_silent(scene: Scene) -> None:
    browser = scene.subscribe()
    put_away = ChatRequest(chat_id=scene.chat_id, chat=Chat(is_archived=True))
    scene.agency.call(change_chat, put_away, scene.bob)
    scene.say("put away")
    scene.work()
    scene.database.run(lambda tx: tx.execute("UPDATE chat_member SET is_archived = 0"))
    scene.say("left")
    scene.during(scene.worker.queue_new)
    scene.database.run(
        lambda tx: tx.execute("UPDATE chat_member SET state = 'left' WHERE user_id = :id", id=scene.bob.user_id)
    )
    scene.work()

    assert (scene.told(browser), scene.waiting()) == ([], 0)


def test_whoever_is_active_is_told_when_they_have_gone_away(scene: Scene) -> None:
    browser = scene.subscribe()
    about_bob = f"{scene.agency.agency_id} {scene.bob.user_id}"
    scene.during(lambda: scene.worker.heard_presence(f"{about_bob} online"))
    scene.say("Hello")
    scene.work()
    assert (scene.told(browser), scene.waiting()) == ([], 1)

    scene.during(lambda: scene.worker.heard_presence(f"{about_bob} away"))
    scene.work(after=HELD)

    assert scene.told(browser) == [("Sales", "Ann: Hello")]


def test_whoever_is_silent_for_two_minutes_has_gone_away(scene: Scene) -> None:
    browser = scene.subscribe()
    scene.during(lambda: scene.worker.heard_presence(f"{scene.agency.agency_id} {scene.bob.user_id} online"))
    scene.say("Hello")
    scene.work()
    scene.work(after=ACTIVE_LIFE)

    assert scene.told(browser) == [("Sales", "Ann: Hello")]


def test_a_browser_is_not_told_of_what_was_before_it(scene: Scene) -> None:
    scene.subscribe()
    scene.say("before")
    scene.clock.advance(seconds=1)
    browser = scene.subscribe()

    scene.work()

    assert scene.told(browser) == []


def test_the_feed_is_not_searched_before_the_first_browser_nor_again_for_a_later_first_one(scene: Scene) -> None:
    scene.say("before")
    first = scene.subscribe()
    scene.work()
    scene.database.run(lambda tx: tx.execute("DELETE FROM push_subscription"))
    scene.say("between")
    second = scene.subscribe()
    scene.work()
    scene.say("after")
    scene.work()

    assert (scene.told(first), scene.told(second)) == ([], [("Sales", "Ann: after")])


def test_a_browser_is_told_while_its_session_lasts(scene: Scene) -> None:
    session_id, now = new_guid(), int(scene.clock.now.timestamp() * 1_000_000)
    scene.database.run(
        lambda tx: tx.execute(
            """INSERT INTO session (session_id, agency_id, contact_id, user_id, created_at, expires_at)
               VALUES (:session_id, :agency_id, :contact_id, :user_id, :now, :until)""",
            session_id=session_id,
            agency_id=scene.agency.agency_id,
            contact_id=scene.bob.contact_id,
            user_id=scene.bob.user_id,
            now=now,
            until=now + 3_600_000_000,
        )
    )
    browser = scene.subscribe(replace(scene.bob, session_id=session_id))
    scene.say("signed in")
    scene.work()
    scene.say("expired")
    scene.work(after=timedelta(hours=1))
    assert scene.told(browser) == [("Sales", "Ann: signed in")]

    scene.database.run(lambda tx: tx.execute("DELETE FROM session"))

    assert scene.subscriptions() == []


def test_a_disabled_user_is_not_told(scene: Scene) -> None:
    browser = scene.subscribe()
    scene.say("Hello")
    scene.database.run(
        lambda tx: tx.execute("UPDATE user_account SET is_disabled = 1 WHERE user_id = :id", id=scene.bob.user_id)
    )

    scene.work()

    assert scene.told(browser) == []


# How it is sent -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["404 Not Found", "410 Gone"])
def test_a_browser_that_is_gone_is_forgotten(scene: Scene, answer: str) -> None:
    scene.subscribe()
    scene.service.answer = answer
    scene.say("Hello")

    scene.work()

    assert (len(scene.service.arrived), scene.subscriptions(), scene.waiting()) == (1, [], 0)


@pytest.mark.parametrize("answer", ["503 Service Unavailable", "429 Too Many Requests", "500 Internal Server Error"])
def test_a_busy_service_is_asked_again_later(scene: Scene, answer: str) -> None:
    browser = scene.subscribe()
    scene.service.answer = answer
    scene.say("Hello")
    scene.work()
    scene.work(after=timedelta(seconds=29))
    assert len(scene.service.arrived) == 1
    assert scene.subscriptions()[0].last_error == f"The push service is busy: {answer[:3]}."

    scene.service.answer = "201 Created"
    scene.work(after=timedelta(seconds=1))

    assert scene.told(browser) == [("Sales", "Ann: Hello")] * 2
    [subscription] = scene.subscriptions()
    assert (subscription.last_error, subscription.date_delivered) == (None, scene.clock.now)


@pytest.mark.parametrize("header", ["3600", "Thu, 02 Jan 2025 04:04:08 GMT"])
def test_a_service_says_itself_when_to_ask_again(scene: Scene, header: str) -> None:
    scene.subscribe()
    scene.service.answer, scene.service.headers = "429 Too Many Requests", {"Retry-After": header}
    scene.say("Hello")
    scene.work()
    scene.work(after=timedelta(minutes=59))
    assert len(scene.service.arrived) == 1

    scene.work(after=timedelta(minutes=1))

    assert len(scene.service.arrived) == 2


STRANGE = [
    "soon",
    "99999999999999999999",
    "Thu, 02 Jan 1 04:04:08 GMT",
    "-5",
    "Fri, 31 Dec 9999 23:59:59 -1200",
    # These two do not fit into an integer of C.
    "Fri, 31 Dec 99999999999999999999 23:59:59 GMT",
    "Thu, 02 Jan 2025 04:04:08 +99999999999999",
    "Thu, 02 Jan 2025 04:04:08 +99999999",
]


@pytest.mark.parametrize("header", STRANGE)
def test_a_strange_time_to_ask_again_is_taken_as_it_may(scene: Scene, header: str) -> None:
    scene.subscribe()
    scene.service.answer, scene.service.headers = "503 Service Unavailable", {"Retry-After": header}
    scene.say("Hello")

    scene.work()

    assert scene.subscriptions()[0].last_error == "The push service is busy: 503."


def test_a_service_that_asks_for_patience_gets_it_for_all_its_browsers(scene: Scene) -> None:
    scene.subscribe()
    scene.service.answer, scene.service.headers = "429 Too Many Requests", {"Retry-After": "60"}
    scene.say("Hello")
    scene.work()
    scene.service.answer = "201 Created"
    scene.subscribe(scene.ann)
    scene.say("Hello", scene.bob)

    scene.work()
    assert len(scene.service.arrived) == 1
    scene.work(after=timedelta(seconds=60))

    assert len(scene.service.arrived) == 2


def test_a_service_that_does_not_answer_is_asked_again_later(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    browser = scene.subscribe()
    scene.service.is_silent = True
    scene.say("Hello")
    scene.work(scene.another_worker(seconds=IMPATIENCE_SECONDS))
    assert scene.subscriptions()[0].last_error == "The push service does not answer."
    assert "does not answer" in caplog.text

    scene.service.is_silent = False
    scene.work(after=timedelta(minutes=1))

    assert len(scene.told(browser)) == 2 and scene.waiting() == 0


def test_a_refused_push_is_given_up_and_its_browser_kept(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.subscribe()
    scene.service.answer = "403 Forbidden"
    scene.say("Hello")

    scene.work()

    [subscription] = scene.subscriptions()
    assert subscription.last_error == "The push service refuses it: 403."
    assert scene.waiting() == 0
    assert "403 done" in caplog.text


def test_a_push_is_given_up_after_three_days(scene: Scene) -> None:
    scene.subscribe()
    scene.service.answer = "503 Service Unavailable"
    scene.say("Hello")
    for _ in range(60):
        scene.work(after=timedelta(hours=2, minutes=30))

    assert scene.waiting() == 0
    assert 10 < len(scene.service.arrived) < 40


def test_a_push_to_a_private_network_is_given_up(scene: Scene) -> None:
    scene.subscribe()
    scene.say("Hello")

    scene.work(PushWorker(scene.database, SENDER, PushClient(), clock=scene.clock))

    assert (scene.service.arrived, scene.waiting()) == ([], 0)
    assert scene.subscriptions()[0].last_error == "Its address must begin with https://."


def test_a_newer_message_is_told_after_one_that_is_on_its_way(scene: Scene) -> None:
    browser = scene.subscribe()
    scene.say("first")
    scene.during(scene.worker.queue_new)
    scene.clock.advance(seconds=DELAY.total_seconds())
    [first] = scene.database.run(lambda tx: [push.lease(tx, each, until=tx.now + LEASE) for each, _ in _due(tx)])
    scene.say("second")
    scene.during(scene.worker.queue_new)
    scene.database.run(lambda tx: push.delivered(tx, first, next_at=tx.now + DELAY))

    scene.work()

    assert scene.told(browser) == [("Sales", "Ann: second")]


def _due(tx: Any) -> Any:
    return push.due(tx, at_most=10)


def test_nothing_is_lost_when_the_server_stops(scene: Scene) -> None:
    browser = scene.subscribe()
    scene.say("before it was looked for")
    scene.work(scene.another_worker())
    scene.say("while it was sent")
    scene.during(scene.worker.queue_new)
    scene.clock.advance(seconds=DELAY.total_seconds())
    # A process takes it, and is gone.
    scene.database.run(lambda tx: [push.lease(tx, each, until=tx.now + LEASE) for each, _ in _due(tx)])

    scene.work(scene.another_worker())
    assert len(scene.told(browser)) == 1
    scene.work(scene.another_worker(), after=LEASE)

    assert scene.told(browser) == [("Sales", "Ann: before it was looked for"), ("Sales", "Ann: while it was sent")]


def test_of_several_processes_one_sends_each_push(scene: Scene) -> None:
    browsers = [scene.subscribe() for _ in range(5)]
    workers = [scene.another_worker() for _ in range(4)]
    scene.say("Hello")

    async def all_work() -> None:
        await asyncio.gather(*(each.queue_new() for each in workers))
        scene.clock.advance(seconds=DELAY.total_seconds())
        await asyncio.gather(*(each.deliver_due() for each in workers))

    scene.during(all_work)

    assert [scene.told(each) for each in browsers] == [[("Sales", "Ann: Hello")]] * 5


def test_more_pushes_than_are_sent_at_once_are_all_sent(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.delivery.push.PUSHES_AT_ONCE", 2)
    monkeypatch.setattr("parlour.delivery.push.MOST_AT_ONCE", 2)
    browsers = [scene.subscribe() for _ in range(5)]
    for number in range(5):
        scene.say(f"{number}")

    scene.work()

    assert [scene.told(each) for each in browsers] == [[("Sales", "Ann: 4")]] * 5


def test_a_running_worker_tells_of_messages(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.delivery.push.DELAY", timedelta())
    monkeypatch.setattr("parlour.delivery.push.POLL_SECONDS", 0.01)
    browser = scene.subscribe()
    scene.say("Hello")

    async def work() -> None:
        running = asyncio.create_task(scene.worker.run())
        async with asyncio.timeout(60):
            await scene.service.has_push.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    scene.during(work)

    assert scene.told(browser) == [("Sales", "Ann: Hello")]


def test_a_failure_does_not_end_the_work(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("parlour.delivery.push.POLL_SECONDS", 0.01)
    failed = asyncio.Event()
    tries = []

    async def fail() -> None:
        tries.append(1)
        if len(tries) == 2:
            failed.set()
        raise OSError("the database is away")

    async def work() -> None:
        monkeypatch.setattr(scene.worker, "deliver_due", fail)
        running = asyncio.create_task(scene.worker.run())
        async with asyncio.timeout(60):
            await failed.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    caplog.set_level(logging.ERROR, "parlour.push")
    scene.during(work)

    assert "could not be processed" in caplog.text


# The test of a person ------------------------------------------------------------------------------------------------


def test_a_person_sends_themselves_a_test(scene: Scene) -> None:
    browser = scene.subscribe()
    about_bob = f"{scene.agency.agency_id} {scene.bob.user_id}"
    scene.during(lambda: scene.worker.heard_presence(f"{about_bob} online"))
    [subscription] = scene.subscriptions()
    request = SendTestPush(push_subscription_id=Guid(subscription.push_subscription_id))

    scene.agency.call(send_test, request, scene.bob)
    scene.work(after=timedelta())

    [told] = scene.service.told(browser)
    assert told["notification"] == {
        "title": "Agency",
        "body": "Notifications arrive in this browser.",
        "navigate": "https://parlour.example/me",
        "tag": "test",
        "dir": "auto",
    }
    assert scene.subscriptions()[0].date_delivered == scene.clock.now
