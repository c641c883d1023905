"""Conditional requests: a result with a validator is not sent again to a client that has it."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from examples.stubs.services import GetText
from parlour.engine import standard_engine
from parlour.engine.http.messages import HttpResult
from parlour.engine.serving.handlers import Handler, InlineUnits, Services
from tests.support.asgi_face import Answer, call

CHANGED = datetime(2024, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)
CHANGED_AT = "Tue, 02 Jan 2024 03:04:05 GMT"
A_SECOND_BEFORE = "Tue, 02 Jan 2024 03:04:04 GMT"


def ask(method: str = "GET", *, status: int = 200, headers: Any = (), **asked: str) -> Answer:
    """The response of a service whose text has the tag `v1` and was last changed at CHANGED."""
    services = Services()
    result = HttpResult(
        body="text",
        status=status,
        headers=headers,
        etag="v1",
        last_modified=CHANGED.astimezone(timezone(timedelta(hours=2))),
    )
    services.add(GetText, any=Handler(lambda request, tx, caller: result))
    conditions = {name.replace("_", "-"): value for name, value in asked.items()}
    return call(standard_engine(services, InlineUnits()), method, "/json/reply/GetText", headers=conditions)


def test_the_first_response_has_the_validators() -> None:
    answer = ask()

    assert (answer.status, answer.body) == (200, b"text")
    assert (answer.header("etag"), answer.header("last-modified")) == ('W/"v1"', CHANGED_AT)
    assert answer.header("cache-control") == "max-age=600"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "asked",
    [
        {"if_none_match": '"v1"'},
        {"if_none_match": 'W/"v1"'},
        {"if_none_match": '"v0", W/"v1" , "v2"'},
        {"if_none_match": "*"},
        {"if_modified_since": CHANGED_AT},
        {"if_modified_since": "Wed, 02 Jan 2030 00:00:00 GMT"},
        {"if_none_match": '"v1"', "if_modified_since": A_SECOND_BEFORE},
    ],
)
def test_a_client_with_the_current_version_gets_304(method: str, asked: Any) -> None:
    answer = ask(method, **asked)

    assert (answer.status, answer.body) == (304, b"")
    assert (answer.header("etag"), answer.header("cache-control")) == ('W/"v1"', "max-age=600")
    assert (answer.header("vary"), answer.header("content-type")) == ("Accept", None)


@pytest.mark.parametrize(
    "asked",
    [
        {"if_none_match": '"v2"'},
        {"if_none_match": "v1"},
        {"if_none_match": ""},
        {"if_modified_since": A_SECOND_BEFORE},
        {"if_modified_since": "yesterday"},
        {"if_modified_since": "Tue, 99 Jan 2024 03:04:05 GMT"},
        {"if_none_match": '"v2"', "if_modified_since": CHANGED_AT},
    ],
)
def test_a_client_with_another_version_gets_the_body(asked: Any) -> None:
    assert ask(**asked).status == 200


@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("PUT", 200), ("GET", 201)])
def test_only_successful_reads_can_get_304(method: str, status: int) -> None:
    answer = ask(method, status=status, if_none_match='"v1"')

    assert (answer.status, answer.header("etag"), answer.header("cache-control")) == (status, 'W/"v1"', None)


def test_a_service_may_set_its_cache_time() -> None:
    assert ask(headers=[("Cache-Control", "no-cache")]).header("cache-control") == "no-cache"


def test_without_a_validator_conditions_are_ignored() -> None:
    services = Services()
    services.add(GetText, any=Handler(lambda request, tx, caller: "text"))

    answer = call(
        standard_engine(services, InlineUnits()), "GET", "/json/reply/GetText", headers={"If-None-Match": "*"}
    )

    assert answer.status == 200
    assert {"etag", "last-modified", "cache-control"}.isdisjoint(name for name, _ in answer.headers)


@pytest.mark.parametrize(
    "wrong", [{"etag": 'a"b'}, {"etag": "é"}, {"etag": "a\n"}, {"last_modified": datetime(2024, 1, 2)}]
)
def test_an_invalid_validator_is_refused_when_it_is_set(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"etag|last_modified"):
        HttpResult(**wrong)
