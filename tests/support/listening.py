"""Event streams without sockets: an engine, a clock set by the test, and clients that record all messages."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from parlour.engine import standard_engine
from parlour.engine.events import EventOptions, Listener, ServerEvents
from parlour.engine.events.channel_access import EventAccess
from parlour.engine.http.messages import Request, Response
from parlour.engine.http.streaming import Outlet
from parlour.engine.serving.handlers import InlineUnits, Services, UnitOfWork
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.pipeline import Engine

HOST = "parlour.test"


@dataclass(frozen=True)
class Frame:
    """One frame of a stream. `body` is its JSON, or None."""

    id: int
    selector: str
    body: Any


class Client:
    """The client of a stream. `wire` is everything received, `has_ended` whether the server ended it, `is_connected`
    whether the client stayed.

    With `taking` it reads nothing until that event is set.
    """

    def __init__(self, response: Response) -> None:
        self.headers = dict(response.headers)
        self.wire = b""
        self.has_ended = False
        self.is_connected = True
        self.taking: asyncio.Event | None = None
        self._body = response.stream

    async def read(self) -> None:
        assert self._body is not None
        await self._body.opened(Outlet(self._take))
        await settled()

    def leave(self) -> None:
        """The connection breaks."""
        assert self._body is not None
        self.is_connected = False
        self._body.closed()

    @property
    def frames(self) -> list[Frame]:
        return [_frame(text) for text in self.wire.decode().split("\n\n")[:-1]]

    @property
    def selectors(self) -> list[str]:
        return [frame.selector for frame in self.frames]

    @property
    def info(self) -> Any:
        """The message after connecting."""
        return self.frames[0].body

    @property
    def id(self) -> str:
        id_: str = self.info["id"]
        return id_

    async def _take(self, message: Any) -> None:
        if self.taking is not None:
            await self.taking.wait()
        self.wire += message["body"]
        self.has_ended |= not message["more_body"]


class Listening:
    """An engine with event streams. Tests set its time `now`, in seconds."""

    def __init__(
        self,
        services: Services | None = None,
        *,
        options: EventOptions = EventOptions(),  # noqa: B008 - frozen
        access: EventAccess | None = None,
        authentication: Any = None,
        listener: Callable[[Any], Listener] = lambda principal: Listener(),
        units: UnitOfWork = InlineUnits(),  # noqa: B008 - keeps nothing
        make_engine: Callable[..., Engine] | None = None,
        **engine_options: Any,
    ) -> None:
        self.now = 1000.0
        services = services or Services()
        self.events = ServerEvents(
            units,
            authentication=authentication,
            access=access,
            listener=listener,
            options=options,
            clock=lambda: self.now,
        )
        self.events.register(services)
        make_engine = make_engine or partial(standard_engine, options=EngineOptions(**engine_options))
        self.engine = make_engine(services, authentication=authentication, events=self.events)

    async def ask(
        self, method: str, target: str, body: Any = None, *, client: str = "192.0.2.1", **headers: str
    ) -> Response:
        path, _, query = target.partition("?")
        given = {"host": HOST, "accept": "application/json", "content-type": "application/json"} | headers
        request = Request(
            method=method,
            path=path,
            query=query,
            headers=list(given.items()),
            body=None if body is None else json.dumps(body).encode(),
            client=client,
        )
        return await self.engine.answer(request)

    async def call(self, method: str, target: str, body: Any = None, **options: Any) -> Any:
        """The JSON of a response, or its status if it has none."""
        response = await self.ask(method, target, body, **options)
        await settled()
        return json.loads(response.body) if response.body else response.status

    async def open(self, target: str = "/event-stream", **options: Any) -> Client:
        response = await self.ask("GET", target, **options)
        assert response.status == 200, response
        client = Client(response)
        await client.read()
        return client


async def settled() -> None:
    """Lets all tasks run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


def _frame(text: str) -> Frame:
    first, second = text.split("\n")
    assert first.startswith("id: ")
    assert second.startswith("data: ")
    selector, blank, body = second.removeprefix("data: ").partition(" ")
    assert blank
    return Frame(int(first.removeprefix("id: ")), selector, json.loads(body) if body else None)
