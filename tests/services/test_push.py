"""The browsers of a person that get pushes, as the operations of Parlour show and change them."""

from typing import Any

import pytest

from parlour.engine.dto.declare import new_guid
from parlour.engine.dto.errors import NotFound, TooManyRequests, ValidationError
from parlour.engine.dto.metadata import snake
from parlour.model.push import (
    DeletePushSubscription,
    GetPushSubscriptions,
    PushSubscription,
    SavePushSubscription,
    SendTestPush,
)
from parlour.services.caller import Caller
from parlour.services.push import (
    MOST_SUBSCRIPTIONS,
    TEST_LIMIT,
    TEST_WINDOW,
    delete_subscription,
    get_subscriptions,
    save_subscription,
    send_test,
)
from parlour.services.throttles import no_throttle
from tests.conftest import Clock
from tests.services.conftest import Agency
from tests.support.push_service import Browser


def save(agency: Agency, caller: Caller, endpoint: str, *, allows_http: bool = False, **members: Any) -> Any:
    browser = Browser(endpoint)
    given = {"endpoint": endpoint, "p256dh": browser.p256dh, "auth": browser.auth}
    request = SavePushSubscription(**(given | members))
    return agency.database.run(lambda tx: save_subscription(request, tx, caller, allows_http=allows_http)).subscription


def saved(agency: Agency, caller: Caller) -> list[PushSubscription]:
    return agency.call(get_subscriptions, GetPushSubscriptions(), caller).subscriptions


def names(agency: Agency, caller: Caller) -> list[str | None]:
    return [each.device_name for each in saved(agency, caller)]


def test_a_saved_browser_is_shown_without_its_secrets(agency: Agency, ann: Caller, bob: Caller, clock: Clock) -> None:
    subscription = save(agency, ann, "https://push.example/1", device_name="Firefox", hides_text=True)

    assert saved(agency, ann) == [subscription]
    assert saved(agency, bob) == []
    assert subscription == PushSubscription(
        push_subscription_id=subscription.push_subscription_id,
        device_name="Firefox",
        hides_text=True,
        date_saved=clock.now,
    )


def test_saving_again_changes_the_same_subscription(agency: Agency, ann: Caller, clock: Clock) -> None:
    first = save(agency, ann, "https://push.example/1", device_name="Firefox")
    clock.advance(days=1)

    again = save(agency, ann, "https://push.example/1", device_name="Firefox on Linux", hides_text=True)

    assert again.push_subscription_id == first.push_subscription_id
    assert (again.date_saved, again.device_name, again.hides_text) == (clock.now, "Firefox on Linux", True)
    assert saved(agency, ann) == [again]


def test_a_browser_is_that_of_whoever_saved_it_last(agency: Agency, ann: Caller, bob: Caller) -> None:
    save(agency, ann, "https://push.example/1", device_name="Shared")

    save(agency, bob, "https://push.example/1", device_name="Shared")

    assert (names(agency, ann), names(agency, bob)) == ([], ["Shared"])


def test_the_oldest_browser_gives_way(agency: Agency, ann: Caller, bob: Caller, clock: Clock) -> None:
    save(agency, bob, "https://push.example/bob", device_name="of Bob")
    for number in range(MOST_SUBSCRIPTIONS + 1):
        clock.advance(seconds=1)
        save(agency, ann, f"https://push.example/{number}", device_name=f"{number}")

    assert names(agency, ann) == [f"{number}" for number in range(MOST_SUBSCRIPTIONS, 0, -1)]
    assert names(agency, bob) == ["of Bob"]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("Endpoint", None),
        ("Endpoint", "http://push.example/1"),
        ("Endpoint", "ftp://push.example/1"),
        ("Endpoint", "https://"),
        ("Endpoint", "https://user@push.example/"),
        ("Endpoint", "https://push.example/#part"),
        ("Endpoint", "https://push.example/ b"),
        ("Endpoint", "https://push.example/\r\nX: 1"),
        ("Endpoint", "https://push.example:99999/"),
        ("Endpoint", "https://[push.example/"),
        ("Endpoint", "https://bücher.example/"),
        ("Endpoint", f"https://push.example/{'x' * 2000}"),
        ("P256dh", None),
        ("P256dh", "not base64url!"),
        ("P256dh", "BCVxsr7N"),
        ("P256dh", "A" * 87),
        ("P256dh", f"B{'A' * 86}"),
        ("Auth", ""),
        ("Auth", "BTBZMqHH6r4Tts7J_aSIg"),
        ("Auth", "BTBZMqHH6r4Tts7J_aSIggg"),
        ("Auth", "BTBZMqHH6r4Tts7J/aSIgg"),
        ("DeviceName", "x" * 101),
        ("DeviceName", "\n"),
    ],
)
def test_a_wrong_value_is_named(agency: Agency, ann: Caller, member: str, value: str | None) -> None:
    browser = Browser("https://push.example/1")
    request = SavePushSubscription(endpoint=browser.endpoint, p256dh=browser.p256dh, auth=browser.auth)
    setattr(request, snake(member), value)

    with pytest.raises(ValidationError) as refused:
        agency.database.run(lambda tx: save_subscription(request, tx, ann, allows_http=False))

    assert [error.field_name for error in refused.value.errors] == [member]
    assert saved(agency, ann) == []


def test_all_wrong_values_are_named_and_none_is_repeated(agency: Agency, ann: Caller) -> None:
    with pytest.raises(ValidationError) as refused:
        save(agency, ann, "http://10.0.0.1/secret", p256dh="secret", auth="secret")

    assert [error.field_name for error in refused.value.errors] == ["Endpoint", "P256dh", "Auth"]
    assert "secret" not in str(refused.value.errors)


def test_keys_may_be_padded(agency: Agency, ann: Caller) -> None:
    browser = Browser("https://push.example/1")

    save(agency, ann, browser.endpoint, p256dh=f"{browser.p256dh}=", auth=f"{browser.auth}==")

    assert len(saved(agency, ann)) == 1


def test_a_server_may_allow_services_without_tls(agency: Agency, ann: Caller) -> None:
    save(agency, ann, "http://10.0.0.1/1", allows_http=True)

    assert len(saved(agency, ann)) == 1


def test_a_removed_browser_is_gone(agency: Agency, ann: Caller, bob: Caller) -> None:
    subscription = save(agency, ann, "https://push.example/1")
    request = DeletePushSubscription(push_subscription_id=subscription.push_subscription_id)
    with pytest.raises(NotFound):
        agency.call(delete_subscription, request, bob)

    agency.call(delete_subscription, request, ann)

    assert saved(agency, ann) == []
    with pytest.raises(NotFound):
        agency.call(delete_subscription, request, ann)


def test_a_test_is_only_for_ones_own_browsers(agency: Agency, ann: Caller, bob: Caller) -> None:
    subscription = save(agency, ann, "https://push.example/1")

    for caller, id_ in ((bob, subscription.push_subscription_id), (ann, new_guid())):
        with pytest.raises(NotFound):
            agency.call(send_test, SendTestPush(push_subscription_id=id_), caller)


def test_nobody_sends_more_tests_than_it_takes_to_set_up_their_browsers(
    agency: Agency, ann: Caller, bob: Caller, clock: Clock
) -> None:
    of_ann, of_bob = (save(agency, who, f"https://push.example/{who.user_id}") for who in (ann, bob))
    test = SendTestPush(push_subscription_id=of_ann.push_subscription_id)
    for _ in range(TEST_LIMIT):
        agency.call(send_test, test, ann)

    with pytest.raises(TooManyRequests) as stopped:
        agency.call(send_test, test, ann)

    assert ("Retry-After", str(int(TEST_WINDOW.total_seconds()))) in stopped.value.headers
    agency.call(send_test, SendTestPush(push_subscription_id=of_bob.push_subscription_id), bob)
    agency.database.run(lambda tx: send_test(test, tx, ann, throttle=no_throttle))
    clock.advance(seconds=TEST_WINDOW.total_seconds())
    agency.call(send_test, test, ann)
