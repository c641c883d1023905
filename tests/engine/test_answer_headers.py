"""The headers of every response for browsers and caches: no sniffing, no use by other sites, no caching."""

from typing import Any

import pytest

from examples.stubs.services import open_services
from parlour.engine import standard_engine
from parlour.engine.events import ServerEvents
from parlour.engine.http.messages import HttpResult
from parlour.engine.serving.handlers import Handler, InlineUnits, Services
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.pipeline import Engine
from tests.support.asgi_face import Answer, call
from tests.support.auth_host import ForAll, ForUsers, Host

PRIVATE = "private, no-store"


def open_engine(*, events: ServerEvents | None = None, **options: Any) -> Engine:
    return standard_engine(open_services(), InlineUnits(), events=events, options=EngineOptions(**options))


EVERY_KIND = [
    ("GET", "/text?text=a", None, 200),
    ("HEAD", "/text?text=a", None, 200),
    ("GET", "/text?text=a&format=html", None, 200),
    ("GET", "/text?text=a&callback=cb", None, 200),
    ("POST", "/void", b"{}", 204),
    ("OPTIONS", "/text", None, 405),
    ("PUT", "/text", b"{}", 405),
    ("GET", "/fail/notfound", None, 404),
    ("GET", "/fail/nullref", None, 500),
    ("POST", "/people", b"{}", 400),
    ("POST", "/text", b"{", 400),
    ("POST", "/json/reply/GetText[]", b"[{},{}]", 200),
    ("POST", "/json/reply/GetText[]", b"[", 400),
    ("POST", "/text", b" " * 2_000_000, 413),
    ("GET", "/nowhere", None, 404),
    ("GET", "/", None, 302),
    ("GET", "/metadata", None, 200),
    ("GET", "/json/metadata?op=GetText", None, 200),
    ("GET", "/openapi.json", None, 200),
    ("GET", "/types/python", None, 200),
    ("GET", "/api", None, 200),
]


@pytest.mark.parametrize(("method", "target", "body", "status"), EVERY_KIND)
def test_every_response_has_nosniff_and_same_origin_headers(
    method: str, target: str, body: bytes | None, status: int
) -> None:
    answer = call(open_engine(), method, target, body, headers={"Content-Type": "application/json"})

    assert answer.status == status
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("cross-origin-resource-policy") == "same-origin"


def test_paths_outside_the_prefix_have_the_headers_too() -> None:
    answer = call(open_engine(prefix="/base"), "GET", "/text")

    assert (answer.status, answer.header("x-content-type-options")) == (404, "nosniff")


@pytest.mark.parametrize(("path", "status"), [("/event-stream", 200), ("/event-heartbeat?id=1", 404)])
def test_streams_have_the_headers_too(path: str, status: int) -> None:
    answer = call(open_engine(events=ServerEvents()), "HEAD", path)

    assert answer.status == status
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("cross-origin-resource-policy") == "same-origin"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/for/users", 401),
        ("GET", "/for/all", 200),
        ("POST", "/for/users", 405),
        ("GET", "/auth", 401),
        ("POST", "/auth/credentials", 400),
        ("GET", "/auth/logout", 200),
        ("POST", "/access-token", 400),
        ("POST", "/json/reply/ForUsers[]", 405),
    ],
)
def test_with_authentication_no_response_is_cached(method: str, path: str, status: int) -> None:
    answer = call(Host().engine, method, path)

    assert (answer.status, answer.header("cache-control")) == (status, PRIVATE)


def test_a_response_to_a_signed_in_caller_is_not_cached() -> None:
    host = Host()
    token = host.tokens()["access"]

    answer = call(host.engine, "GET", "/for/users", headers={"Authorization": f"Bearer {token}"})

    assert (answer.status, answer.header("cache-control")) == (200, PRIVATE)


def test_the_refusal_of_an_unread_body_is_not_cached() -> None:
    answer = call(Host().engine, "POST", "/auth/credentials", b" " * 2_000_000)

    assert (answer.status, answer.header("cache-control")) == (413, PRIVATE)


@pytest.mark.parametrize("path", ["/metadata", "/types/python", "/openapi.json", "/nowhere"])
def test_public_pages_may_be_cached(path: str) -> None:
    assert call(Host().engine, "GET", path).header("cache-control") is None


def answered(operation: type, *, headers: Any = (), **sent: str) -> Answer:
    """The response of an operation whose result has a validator, on an engine with authentication."""
    host, services = Host(), Services()
    result = HttpResult(body="text", headers=headers, etag="v1")
    services.add(operation, get=Handler(lambda request, tx, caller: result))
    token = host.tokens()["access"]
    engine = standard_engine(services, InlineUnits(), authentication=host.authentication)
    given = {"Authorization": f"Bearer {token}"} if operation is ForUsers else {}
    return call(engine, "GET", f"/json/reply/{operation.__name__}", headers=given | sent)


@pytest.mark.parametrize(("sent", "status"), [({}, 200), ({"If-None-Match": '"v1"'}, 304)])
def test_a_private_response_is_not_cached_even_with_a_validator(sent: dict[str, str], status: int) -> None:
    answer = answered(ForUsers, **sent)

    assert (answer.status, answer.header("cache-control"), answer.header("etag")) == (status, PRIVATE, 'W/"v1"')


def test_a_public_response_with_a_validator_is_cached() -> None:
    assert answered(ForAll).header("cache-control") == "max-age=600"
    assert answered(ForAll, Authorization="Bearer x").header("cache-control") == PRIVATE


def test_an_operation_may_set_its_own_cache_control() -> None:
    assert answered(ForUsers, headers=[("cache-control", "private, max-age=5")]).header("cache-control") == (
        "private, max-age=5"
    )
