"""The hosts of the recordings on our engine, and the parts that cannot be replayed yet."""

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from examples.stubs.auth import auth_accounts, auth_events, auth_services
from examples.stubs.services import open_services
from parlour.engine import STANDARD_PAGES, ServerEvents, Services
from parlour.engine.codecs import Profile
from parlour.engine.codecs.html import HtmlCodec
from parlour.engine.codecs.standard import standard_codecs
from parlour.engine.dto.errors import ApiError
from parlour.engine.http.asgi import AsgiApp
from parlour.engine.http.cors import Cors
from parlour.engine.http.messages import Response
from parlour.engine.pages.answer_page import answer_surroundings
from parlour.engine.serving.handlers import InlineUnits
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.pipeline import Engine
from parlour.engine.serving.principals import Authentication
from tests.golden.recordings import Answer, Case
from tests.golden.signed_in import SignedIn

PROFILES = {
    "default": Profile(dates="milliseconds"),
    "iso": Profile(),
    "chat": Profile(name_case="pascal"),
    "invite": Profile(name_case="pascal", guid_format="D", dates="milliseconds", nulls="written"),
    # These profiles also set CORS and tokens in the body.
    "cors": Profile(dates="milliseconds"),
    "v5": Profile(dates="milliseconds"),
}

FORMATS = {
    "json": ("application/json", "text/json"),
    "xml": ("application/xml", "text/xml"),
    "jsv": ("application/jsv", "text/jsv"),
    "csv": ("text/csv", "application/csv"),
    "jsonl": ("text/jsonl", "application/jsonl"),
    "html": ("text/html",),
}
"""All formats of the recordings' hosts, with all media types of each."""

_HOST = ("Host", "parlour.test")


class Hosts:
    """The hosts of the recordings as applications, each created on first use.

    The host `auth` has state, so each recording starts with a new one.
    """

    def __init__(self) -> None:
        self._apps: dict[tuple[str, ...], AsgiApp] = {}
        self._loop = asyncio.new_event_loop()
        self._signed_in = SignedIn(self._send)

    def close(self) -> None:
        self._loop.close()

    def answer(self, case: Case, **changed: Any) -> Answer:
        """Our response to a case, or to one with a changed request."""
        case = replace(case, **changed)
        return self._send(self._signed_in.prepared(case) if case.host == "auth" else case)

    def _send(self, case: Case) -> Answer:
        return self._loop.run_until_complete(_exchange(self._app(case), case))

    def missing(self, case: Case) -> str | None:
        """The missing feature that the case needs. None if it can be replayed."""
        if case.host not in ("open", "auth"):
            return f"host {case.host}"
        return None if case.profile in PROFILES else f"profile {case.profile}"

    def _app(self, case: Case) -> AsgiApp:
        key = (case.profile,) if case.host == "open" else (case.profile, case.group)
        if key not in self._apps:
            engine = _open_engine(case.profile) if case.host == "open" else _auth_engine(case.profile)
            self._apps[key] = AsgiApp(engine)
        return self._apps[key]


async def _exchange(app: AsgiApp, case: Case) -> Answer:
    """The response to a case as a server passes it to the application."""
    sent: list[Any] = []
    arriving = [{"type": "http.request", "body": case.body or b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        return arriving.pop() if arriving else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope_of(case), receive, send)
    head, *parts = sent
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head["headers"])
    body = b"" if case.method == "HEAD" else b"".join(part["body"] for part in parts)
    return Answer(head["status"], headers, body)


def scope_of(case: Case) -> dict[str, Any]:
    """The ASGI scope of a case."""
    headers = [_HOST, *case.headers]
    if case.is_chunked:
        headers.append(("Transfer-Encoding", "chunked"))
    elif case.body is not None:
        headers.append(("Content-Length", str(len(case.body))))
    return {
        "type": "http",
        "method": case.method,
        "path": unquote(case.raw_path),
        "raw_path": case.raw_path.encode(),
        "query_string": case.query.encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers],
        "scheme": "http",
    }


def _open_engine(profile_name: str) -> Engine:
    return recorded_engine(open_services(), profile_name)


def _auth_engine(profile_name: str) -> Engine:
    services, authentication = auth_services(auth_accounts(), tokens_in_cookies=profile_name != "v5")
    events = auth_events(authentication, PROFILES[profile_name])
    events.register(services)
    return recorded_engine(services, profile_name, authentication=authentication, events=events)


def recorded_engine(
    services: Services,
    profile_name: str,
    *,
    authentication: Authentication | None = None,
    events: ServerEvents | None = None,
) -> Engine:
    """An engine that answers as the recorded hosts of a profile do."""
    profile = PROFILES[profile_name]
    cors = Cors(origins=["http://good.example"], credentials=True, headers="Content-Type,Authorization")
    return Engine(
        services,
        InlineUnits(),
        codecs=[*standard_codecs(profile)[:-1], _RecordedHtml(profile, answer_surroundings)],
        pages=STANDARD_PAGES,
        authentication=authentication,
        events=events,
        options=EngineOptions(
            profile=profile,
            default_format="html",
            cors=cors if profile_name == "cors" else None,
            session_cookies=authentication is not None,
        ),
    )


class _RecordedHtml(HtmlCodec):
    """HTML of the recorded hosts: missing things are reported in plain text, or not at all."""

    explains_missing = False

    def finish_failure(self, response: Response, error: ApiError, *, is_of_service: bool) -> Response:
        response = super().finish_failure(response, error, is_of_service=is_of_service)
        if error.http_status == 404:
            response.body = f"Error ({error.error_code}): {error.message}\n\n404".encode("utf-8", "replace")
            response.headers = [
                (name, "text/plain; charset=utf-8" if name == "Content-Type" else value)
                for name, value in response.headers
            ]
        return response
