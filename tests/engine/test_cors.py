"""CORS: the headers for pages of other sites."""

import pytest

from examples.stubs.services import GetText, open_services
from parlour.engine import standard_engine
from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.http.cors import Cors
from parlour.engine.http.messages import HttpResult
from parlour.engine.serving.handlers import Handler, InlineUnits, Services
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.pipeline import Engine
from tests.support.asgi_face import Answer, call

GOOD = "https://good.example"


def engine(cors: Cors | None) -> Engine:
    return standard_engine(open_services(), InlineUnits(), options=EngineOptions(cors=cors))


def said(answer: Answer) -> dict[str, str]:
    prefix = "access-control-"
    return {name.removeprefix(prefix): value for name, value in answer.headers if name.startswith(prefix)}


def test_without_cors_no_headers_are_sent() -> None:
    answer = call(engine(None), "GET", "/text?text=a", headers={"Origin": GOOD})

    assert said(answer) == {}


def test_any_origin_gets_the_default_headers() -> None:
    answer = call(engine(Cors()), "GET", "/text?text=a")

    assert said(answer) == {
        "allow-origin": "*",
        "allow-headers": "Content-Type",
        "allow-methods": "GET, POST, PUT, DELETE, PATCH, OPTIONS, HEAD",
        "max-age": "600",
    }


def test_every_cors_option_is_sent() -> None:
    cors = Cors(
        origins=[GOOD],
        methods="GET",
        headers="Authorization",
        exposed_headers="X-Total",
        max_age_seconds=None,
        credentials=True,
    )

    answer = call(engine(cors), "GET", "/text?text=a", headers={"Origin": GOOD})

    assert said(answer) == {
        "allow-origin": GOOD,
        "allow-credentials": "true",
        "allow-headers": "Authorization",
        "allow-methods": "GET",
        "expose-headers": "X-Total",
    }


@pytest.mark.parametrize(
    "origin", [None, "https://bad.example", "https://good.example.evil", "HTTPS://GOOD.EXAMPLE", "null"]
)
def test_an_unlisted_origin_is_not_allowed(origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}

    answer = call(engine(Cors(origins=[GOOD])), "GET", "/text?text=a", headers=headers)

    assert answer.status == 200
    assert "allow-origin" not in said(answer)


@pytest.mark.parametrize("path", ["/v1/Chat", "/json/reply/Nope", "/nowhere", "/"])
def test_options_is_answered_at_every_path_without_running_the_operation(path: str) -> None:
    answer = call(engine(Cors()), "OPTIONS", path)

    assert (answer.status, answer.body, answer.header("vary")) == (200, b"", "Accept, Origin")
    assert said(answer)["allow-origin"] == "*"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/fail/notfound", 404), ("PUT", "/text", 405), ("GET", "/nope", 404), ("GET", "/api", 200)],
)
def test_failures_and_pages_have_the_headers_too(method: str, path: str, status: int) -> None:
    answer = call(engine(Cors()), method, path)

    assert answer.status == status
    assert said(answer)["allow-origin"] == "*"


def test_the_refusal_of_an_unread_body_has_the_headers() -> None:
    answer = call(engine(Cors()), "POST", "/text", b" " * 2_000_000)

    assert answer.status == 413
    assert said(answer)["allow-origin"] == "*"


@pytest.mark.parametrize("headers", [{}, {"Origin": GOOD}, {"Origin": "https://bad.example"}])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/text?text=a"), ("GET", "/fail/notfound"), ("GET", "/nope"), ("GET", "/metadata"), ("PUT", "/text")],
)
def test_every_response_varies_by_origin(method: str, path: str, headers: dict[str, str]) -> None:
    answer = call(engine(Cors(origins=[GOOD])), method, path, headers=headers)

    assert answer.header("vary") == "Accept, Origin"
    assert answer.header("cross-origin-resource-policy") == "cross-origin"


def test_other_vary_headers_are_kept() -> None:
    services = Services()
    result = HttpResult(body="text", headers=[("Vary", "Accept-Language")])
    services.add(GetText, any=Handler(lambda request, tx, caller: result))

    answer = call(standard_engine(services, InlineUnits(), options=EngineOptions(cors=Cors())), "GET", "/text")

    assert answer.header("vary") == "Accept-Language, Accept, Origin"


def test_any_origin_with_credentials_stops_the_start() -> None:
    with pytest.raises(DeclarationError, match="with credentials the origins must be named"):
        Cors(credentials=True)


def test_any_origin_together_with_a_listed_one_stops_the_start() -> None:
    with pytest.raises(DeclarationError, match="no other can be named beside it"):
        Cors(origins=["*", GOOD])
