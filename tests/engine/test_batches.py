"""Batches: several requests of one operation in one."""

import json
from dataclasses import dataclass
from typing import Annotated, Any

import pytest

from parlour.engine import standard_engine
from parlour.engine.dto.declare import namespace, requires_authentication, returns, route
from parlour.engine.dto.errors import Conflict, NotFound, ResponseStatus
from parlour.engine.http.messages import HttpResult
from parlour.engine.rules.rules import NotEmpty
from parlour.engine.serving.handlers import DirectHandler, Exchange, Handler, Services
from parlour.engine.serving.options import EngineOptions
from tests.engine.test_pipeline import Names, Units
from tests.support.asgi_face import Answer, call


@namespace("Tests")
@dataclass(kw_only=True)
class NoteResponse:
    text: str | None = None
    response_status: ResponseStatus | None = None


@route("/note", "POST")
@requires_authentication("PUT")
@returns(NoteResponse)
@namespace("Tests")
@dataclass(kw_only=True)
class Note:
    text: Annotated[str | None, NotEmpty()] = None


class Notes:
    """Records its requests. Some texts raise the exception that they name."""

    def __init__(self) -> None:
        self.taken: list[str | None] = []
        self.units = Units()
        services = Services()
        services.add(
            Note,
            post=Handler(self.take),
            put=Handler(self.take),
            patch=DirectHandler(self.run_slow),
            get=DirectHandler(self.run_slow, checks_access=True),
            head=DirectHandler(self.run_slow, is_costly=True),
            options=Handler(self.take, writes=False),
        )
        self.engine = standard_engine(
            services,
            self.units,
            authentication=Names(),
            options=EngineOptions(max_batch_items=10, max_batch_bytes=1000, outages=(OSError,)),
        )

    def take(self, request: Note, tx: Any, caller: Any) -> Any:
        failures: dict[Any, Exception] = {
            "missing": NotFound("No such note."),
            "marked": Conflict("Taken.", meta={"Other": "x"}),
            "out": OSError("gone"),
            "bug": ZeroDivisionError(),
        }
        if request.text in failures:
            raise failures[request.text]
        self.taken.append(request.text)
        if request.text == "created":
            return HttpResult(body=NoteResponse(text="new"), status=201)
        if request.text == "teapot":
            return HttpResult(body=NoteResponse(text="short"), status=418)
        if request.text == "scan":
            return b"\1\2\3"
        return NoteResponse(text=request.text)

    async def run_slow(self, request: Note, exchange: Exchange) -> Any:
        return HttpResult(body=self.take(request, None, None), headers=[("Set-Cookie", f"last={request.text}")])

    def send(
        self,
        *texts: str | None,
        method: str = "POST",
        path: str = "/json/reply/Note[]",
        token: str = "",
        accept: str = "application/json",
    ) -> Answer:
        body = json.dumps([{"text": text} for text in texts]).encode()
        headers = {"Content-Type": "application/json", "Accept": accept} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        return call(self.engine, method, path, body, headers=headers)


def status_of(answer: Answer) -> dict[str, Any]:
    status: dict[str, Any] = json.loads(answer.body)["responseStatus"]
    return status


@pytest.mark.parametrize("path", ["/json/reply/Note[]", "/JSON/oneway/note[]", "/api/Note[]", "/api/note[].json"])
def test_a_batch_is_answered_in_its_order(path: str) -> None:
    answer = Notes().send("a", "b", path=path)

    assert json.loads(answer.body) == [{"text": "a"}, {"text": "b"}]
    assert answer.header("x-autobatch-completed") == "2"


def test_each_item_runs_in_its_own_unit_of_work() -> None:
    notes = Notes()
    notes.send("a", "b", "c")

    assert notes.units.ran == ["read", "write", "write", "write"]


def test_an_empty_batch_runs_nothing() -> None:
    answer = Notes().send()

    assert (answer.status, answer.body, answer.header("x-autobatch-completed")) == (200, b"[]", None)


def test_an_outage_during_an_empty_batch_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    async def out(work: Any) -> Any:
        raise OSError("gone")

    notes = Notes()
    monkeypatch.setattr(notes.units, "read", out)

    assert notes.send().status == 503


def test_a_batch_stops_at_the_first_failing_item_and_keeps_earlier_items() -> None:
    notes = Notes()

    answer = notes.send("a", "b", "missing", "c")

    assert (answer.status, answer.header("x-autobatch-completed")) == (404, "2")
    assert status_of(answer)["meta"] == {"AutoBatchIndex": "2"}
    assert notes.taken == ["a", "b"]


def test_nothing_is_run_when_an_item_breaks_a_rule() -> None:
    notes = Notes()

    answer = notes.send("a", "", "missing")

    assert (answer.status, answer.header("x-autobatch-completed")) == (400, None)
    assert status_of(answer)["errorCode"] == "NotEmpty"
    assert status_of(answer)["meta"] == {"AutoBatchIndex": "1"}
    assert notes.taken == []


def test_a_batch_is_only_for_those_who_may_call() -> None:
    notes = Notes()

    assert notes.send("a", method="PUT").status == 401
    assert notes.send("a", method="PUT", token="ann").status == 200
    assert notes.taken == ["a"]


def test_the_meta_of_a_failure_is_kept() -> None:
    assert status_of(Notes().send("a", "marked"))["meta"] == {"Other": "x", "AutoBatchIndex": "1"}


@pytest.mark.parametrize(("text", "status"), [("out", 503), ("bug", 500), ("teapot", 418), ("scan", 405)])
def test_every_failure_reports_how_many_items_were_done(text: str, status: int) -> None:
    answer = Notes().send("a", text, "b")

    assert (answer.status, answer.header("x-autobatch-completed")) == (status, "1")
    assert status_of(answer)["meta"] == {"AutoBatchIndex": "1"}


def test_the_list_contains_only_the_body_of_a_result_with_headers() -> None:
    assert json.loads(Notes().send("created").body) == [{"text": "new"}]


def test_a_batch_may_not_be_too_long() -> None:
    notes = Notes()

    assert notes.send(*["a"] * 10).status == 200
    assert notes.send(*["a"] * 11).status == 400
    assert len(notes.taken) == 10


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("accept", ["application/json", "application/xml", "text/csv"])
def test_a_response_at_its_size_limit_ends_the_batch(method: str, accept: str) -> None:
    """The size is checked after each item, so that no response far beyond the limit is built."""
    notes = Notes()

    assert notes.send("a" * 400, "b" * 700, method=method, path="/api/Note[]", accept=accept).status == 200
    notes.taken.clear()
    answer = notes.send("a" * 400, "b" * 700, "c", "d", method=method, path="/api/Note[]", accept=accept)

    assert (answer.status, answer.header("x-autobatch-completed")) == (413, "2")
    assert b"1,000 bytes" in answer.body
    assert notes.taken == ["a" * 400, "b" * 700]


def test_a_batch_of_a_costly_operation_may_have_one_item() -> None:
    notes = Notes()

    assert (notes.send("a", method="HEAD").status, notes.taken) == (200, ["a"])
    assert (notes.send("a", "b", method="HEAD").status, notes.taken) == (400, ["a"])


def test_a_wrong_value_is_reported_with_its_item() -> None:
    answer = call(Notes().engine, "POST", "/api/Note[]", b'[{"text":"a"},{"text":["a"]},5]')

    assert answer.status == 400
    assert [wrong["fieldName"] for wrong in status_of(answer)["errors"]] == ["[2]"]


def test_a_form_cannot_be_a_batch() -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = call(Notes().engine, "POST", "/api/Note[]", b"text=a", headers=headers)

    assert (answer.status, answer.body) == (200, b"[]")


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("GET", "cannot be called in a batch"),
        ("DELETE", "Could not find method"),
    ],
)
def test_operations_that_cannot_be_batched_get_405(method: str, told: str) -> None:
    answer = Notes().send("a", method=method)

    assert answer.status == 405
    assert told in status_of(answer)["message"]


def test_a_handler_that_runs_its_own_units_of_work_is_run_for_each_item() -> None:
    answer = Notes().send("a", "b", method="PATCH")

    assert (answer.status, json.loads(answer.body)) == (200, [{"text": "a"}, {"text": "b"}])
    assert answer.header("x-autobatch-completed") == "2"
    assert [value for name, value in answer.headers if name.lower() == "set-cookie"] == ["last=b"]


def test_a_direct_handler_is_not_run_if_any_item_breaks_a_rule() -> None:
    notes = Notes()

    answer = notes.send("a", "", method="PATCH")

    assert (answer.status, status_of(answer)["meta"], notes.taken) == (400, {"AutoBatchIndex": "1"}, [])


def test_a_direct_handler_stops_at_the_first_failing_item() -> None:
    notes = Notes()

    answer = notes.send("a", "missing", "b", method="PATCH")

    assert (answer.status, answer.header("x-autobatch-completed"), notes.taken) == (404, "1", ["a"])
