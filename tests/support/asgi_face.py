"""An engine called over ASGI without a socket."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from parlour.engine.http.asgi import AsgiApp, BodyLimits
from parlour.engine.serving.pipeline import Engine


@dataclass(frozen=True)
class Answer:
    """The response. Header names are lower-case, repeated headers are in order."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """All values of a header, joined by commas. None if it is missing."""
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None


def call(
    engine: Engine | AsgiApp,
    method: str,
    target: str,
    body: bytes | Iterable[bytes] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    client: str = "127.0.0.1",
) -> Answer:
    """The response to a request for `target`, a path and query as sent. A body in pieces has no `Content-Length`."""
    app = engine if isinstance(engine, AsgiApp) else AsgiApp(engine, limits=BodyLimits())
    return asyncio.run(called(app, method, target, body, dict(headers or {}), client))


async def called(
    app: AsgiApp,
    method: str,
    target: str,
    body: bytes | Iterable[bytes] | None,
    headers: Mapping[str, str],
    client: str = "127.0.0.1",
) -> Answer:
    """The same on a running event loop, for requests at the same time."""
    path, _, query = target.partition("?")
    given = {"host": "parlour.test"} | {name.lower(): value for name, value in headers.items()}
    pieces: list[bytes] = []
    if isinstance(body, bytes):
        given.setdefault("content-length", str(len(body)))
        pieces = [body]
    elif body is not None:
        given["transfer-encoding"] = "chunked"
        pieces = list(body)
    arriving = iter(pieces)
    left = len(pieces)
    sent: list[Any] = []
    has_ended = asyncio.Event()

    async def receive() -> dict[str, Any]:
        nonlocal left
        if left == 0:
            if any(name.lower() == b"content-length" for head in sent[:1] for name, _ in head["headers"]):
                # Only the readers of streams without an end leave.
                await has_ended.wait()
            return {"type": "http.disconnect"}
        left -= 1
        return {"type": "http.request", "body": next(arriving), "more_body": left > 0}

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            has_ended.set()

    scope = {
        "type": "http",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given.items()],
        "client": (client, 50000),
        "scheme": "http",
    }
    await app(scope, receive, send)
    head, *parts = sent
    answered = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in head["headers"]]
    return Answer(head["status"], answered, b"".join(part.get("body", b"") for part in parts))
