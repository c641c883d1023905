"""At most a hundred errors of a request are listed and the others counted, in little time."""

import itertools
import json
import time
from dataclasses import dataclass
from typing import Annotated, Any

import pytest

from examples.stubs.services import open_services
from parlour.engine import standard_engine
from parlour.engine.dto.declare import namespace, returns, route
from parlour.engine.dto.errors import FieldError, ResponseStatus, ValidationError
from parlour.engine.rules.rules import Length, NotEmpty
from parlour.engine.serving.handlers import Handler, InlineUnits, Services
from parlour.engine.serving.pipeline import Engine
from tests.support.asgi_face import Answer, call

XML = 'xmlns="http://schemas.datacontract.org/2004/07/Stub"'
ARRAYS = 'xmlns:a="http://schemas.microsoft.com/2003/10/Serialization/Arrays"'


def spellings(name: str, count: int) -> list[str]:
    """A name in `count` spellings with different case."""
    either = itertools.product(*({letter.lower(), letter.upper()} for letter in name))
    return ["".join(letters) for letters in itertools.islice(either, count)]


@namespace("Tests")
@dataclass(kw_only=True)
class Page:
    title: Annotated[str | None, NotEmpty(), Length(2, 5)] = None


@namespace("Tests")
@dataclass(kw_only=True)
class BookResponse:
    response_status: ResponseStatus | None = None


@route("/book", "POST PUT")
@returns(BookResponse)
@namespace("Tests")
@dataclass(kw_only=True)
class Book:
    pages: list[Page] | None = None
    marks: dict[str, Page] | None = None
    inner: list["Book"] | None = None


def refuses_all(request: Book, tx: Any, caller: Any) -> Any:
    raise ValidationError(FieldError(f"Pages[{n}]", "'Page' is odd.", "Odd") for n in range(len(request.pages or ())))


def books() -> Engine:
    services = Services()
    services.add(Book, post=Handler(lambda *_: BookResponse()), put=Handler(refuses_all))
    return standard_engine(services)


def posted(target: str, type_: str, body: str, engine: Engine | None = None, method: str = "POST") -> Answer:
    headers = {"Content-Type": type_, "Accept": "application/json"}
    return call(
        engine or standard_engine(open_services(), InlineUnits()), method, target, body.encode(), headers=headers
    )


@pytest.mark.long
@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("type_", ["application/json", "application/jsv"])
def test_very_many_field_errors_are_reported_quickly(type_: str, method: str) -> None:
    body = '{"pages":[' + ",".join(['{"title":"a"}'] * 25_000) + "]}"
    engine = books()

    began = time.process_time()
    answer = posted("/book", type_, body, engine, method)

    assert answer.status == 400
    assert time.process_time() - began < 1


def listed_and_counted(answer: Answer) -> tuple[int, str | None]:
    """The number of errors that a response lists, and of those it only counts."""
    assert answer.status == 400
    assert len(answer.body) < 100_000
    status = json.loads(answer.body)["responseStatus"]
    unlisted = status.get("meta", {}).get("UnlistedErrors")
    assert (unlisted is None) == ("more failures are not listed." not in status["message"])
    return len(status["errors"]), unlisted


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        ("application/json", '{"ints":[' + ",".join(['"x"'] * 5100) + "]}"),
        ("application/json", '{"counts":{' + ",".join(f'"k{n}":"x"' for n in range(5100)) + "}}"),
        ("application/json", '{"inners":[' + ",".join(['{"count":"x"}'] * 5100) + "]}"),
        ("application/jsv", "{ints:[" + ",".join(["x"] * 5100) + "]}"),
        ("application/jsv", "{inners:[" + ",".join(["{count:x}"] * 5100) + "]}"),
        ("text/csv", 'Inners\r\n"[' + ",".join(["{count:x}"] * 5100) + ']"\r\n'),
        ("text/jsonl", '{"inners":[' + ",".join(['{"count":"x"}'] * 5100) + "]}\n"),
    ],
)
def test_at_most_a_hundred_wrong_values_are_listed(type_: str, body: str) -> None:
    assert listed_and_counted(posted("/alltypes", type_, body)) == (100, "5000")


def test_a_member_in_many_spellings_is_reported_a_hundred_times() -> None:
    # Each has a wrong value; half a megabyte of them once took more than a second.
    body = "{" + ",".join(f'"{name}":"x"' for name in spellings("maybecolour", 2048)) + "}"

    assert listed_and_counted(posted("/alltypes", "application/json", body)) == (100, "1948")


def test_counting_of_errors_is_limited() -> None:
    answer = posted("/alltypes", "application/json", '{"ints":[' + ",".join(['"x"'] * 200_000) + "]}")

    assert listed_and_counted(answer) == (100, "9900")
    assert "At least 9,900 more failures" in json.loads(answer.body)["responseStatus"]["message"]


def test_errors_of_all_items_of_a_batch_are_limited_together() -> None:
    body = "[" + ",".join(['{"int":"x","long":"x"}'] * 300) + "]"

    assert listed_and_counted(posted("/json/reply/AllTypes[]", "application/json", body)) == (100, "500")


def test_xml_lists_its_errors_in_the_message() -> None:
    ints = "<a:int>x</a:int>" * 5100
    answer = posted("/alltypes", "application/xml", f"<AllTypes {XML} {ARRAYS}><Ints>{ints}</Ints></AllTypes>")

    assert answer.body.count(b"is an Invalid value for 'Ints[") == 100
    assert b"'Ints[99]'. 5,000 more failures are not listed." in answer.body


def test_errors_of_body_query_and_form_are_limited_together() -> None:
    body = '{"ints":[' + ",".join(['"x"'] * 150) + "]}"

    assert listed_and_counted(posted("/alltypes?int=x&long=y", "application/json", body)) == (100, "52")


def test_at_most_a_hundred_broken_rules_are_listed() -> None:
    pages = ",".join(['{"title":"x"}'] * 40_000)

    assert listed_and_counted(posted("/book", "application/json", f'{{"pages":[{pages}]}}', books())) == (100, "39900")


def test_at_most_a_hundred_errors_of_a_service_are_listed() -> None:
    pages = ",".join(['{"title":"fine"}'] * 40_000)

    assert listed_and_counted(posted("/book", "application/json", f'{{"pages":[{pages}]}}', books(), "PUT")) == (
        100,
        "39900",
    )


def test_exactly_a_hundred_errors_are_all_listed() -> None:
    body = '{"ints":[' + ",".join(['"x"'] * 100) + "]}"

    assert listed_and_counted(posted("/alltypes", "application/json", body)) == (100, None)


def test_only_the_start_of_a_long_map_key_is_repeated() -> None:
    key = "k" * 200_000

    answer = posted("/book", "application/json", f'{{"marks":{{"{key}":{{"title":"x"}}}}}}', books())

    assert listed_and_counted(answer) == (1, None)
    assert f"Marks[{'k' * 50}...].Title" in answer.body.decode()
    assert listed_and_counted(posted("/alltypes", "application/json", f'{{"counts":{{"{key}":"x"}}}}')) == (1, None)


def test_a_deeply_nested_wrong_value_is_searched_once() -> None:
    # Each level was once read again when a level below it failed, so every level doubled the time.
    body = '{"inner":[' * 30 + '{"pages":5}' + "]}" * 30

    assert listed_and_counted(posted("/book", "application/json", body, books())) == (1, None)
