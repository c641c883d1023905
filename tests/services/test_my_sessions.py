"""A person's own sessions: seeing them, and ending one."""

from datetime import timedelta
from typing import Any

import pytest

from parlour.engine.dto.declare import new_guid
from parlour.engine.http.messages import Response
from parlour.store.database import Database
from tests.conftest import Clock
from tests.services.test_identity import LIVES, PASSWORD, Api, People, assert_not_signed_in, basic, cookie, json_of
from tests.services.test_identity import people as people  # a fixture


@pytest.fixture
def api(database: Database, people: People) -> Api:
    return Api(database)


def sessions(api: Api, signed_in: Response) -> list[dict[str, Any]]:
    answer = api.call("GET", "/v1/Sessions", cookie=cookie(signed_in))
    assert answer.status == 200
    found: list[dict[str, Any]] = json_of(answer)["sessions"]
    return found


def end(api: Api, signed_in: Response, session_id: str) -> Response:
    return api.call("DELETE", f"/v1/Sessions/{session_id}", cookie=cookie(signed_in))


def test_a_person_sees_their_sessions_newest_first(api: Api, clock: Clock) -> None:
    laptop = api.sign_in()
    clock.advance(minutes=1)
    phone = api.sign_in(rememberMe=True)
    api.sign_in("bob@example.org")

    [second, first] = sessions(api, laptop)
    assert (first["isCurrent"], second["isCurrent"]) == (True, False)
    assert first["dateCreated"] < second["dateCreated"] < first["dateExpires"] < second["dateExpires"]
    assert [each["isCurrent"] for each in sessions(api, phone)] == [True, False]


def test_a_session_that_was_ended_is_over_with_its_streams(api: Api) -> None:
    laptop, phone = api.sign_in(), api.sign_in()
    [lost] = [each["sessionId"] for each in sessions(api, laptop) if not each["isCurrent"]]

    assert end(api, laptop, lost).status == 200

    assert_not_signed_in(api.who(cookie=cookie(phone)))
    assert api.who(cookie=cookie(laptop)).status == 200
    assert api.ended_sessions == [lost]
    assert [each["isCurrent"] for each in sessions(api, laptop)] == [True]
    assert end(api, laptop, lost).status == 404


def test_nobody_ends_the_session_of_another_person(api: Api) -> None:
    ann, bob = api.sign_in(), api.sign_in("bob@example.org")
    [own] = sessions(api, bob)

    hidden, absent = end(api, ann, own["sessionId"]), end(api, ann, new_guid())

    assert hidden.status == absent.status == 404
    assert hidden.body == absent.body
    assert sessions(api, bob) == [own]


def test_sessions_that_are_over_are_not_listed(api: Api, clock: Clock) -> None:
    api.sign_in()
    clock.advance(seconds=(LIVES.session + timedelta(seconds=1)).total_seconds())

    assert [each["isCurrent"] for each in sessions(api, api.sign_in())] == [True]


def test_a_password_alone_has_no_session(api: Api) -> None:
    answer = api.call("GET", "/v1/Sessions", authorization=basic("ann@example.org", PASSWORD))

    assert json_of(answer)["sessions"] == []
