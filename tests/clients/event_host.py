"""A small application with an event stream, for real clients: `python -m tests.clients.event_host` prints its address.

A bearer token is the name of the user and of their session. `Say` notifies a channel, `SignOut` ends a session.
Heartbeats are frequent, so that no test has to wait for them.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from parlour.engine import standard_engine
from parlour.engine.dto.declare import Guid, namespace, returns, route
from parlour.engine.events import EventOptions, Listener, ServerEvents
from parlour.engine.http.asgi import AsgiApp, BodyLimits
from parlour.engine.serving.handlers import DirectHandler, Exchange, InlineUnits, Services
from parlour.engine.serving.principals import Identified, Principal
from parlour.server import ServerLimits, serve

OPTIONS = EventOptions(heartbeat=timedelta(seconds=0.3), idle=timedelta(seconds=5))


@namespace("Events")
@dataclass(kw_only=True)
class Said:
    name: str | None = None
    text: str | None = None


@route("/say")
@returns(Said)
@namespace("Events")
@dataclass(kw_only=True)
class Say:
    channel: str | None = None
    selector: str | None = None
    text: str | None = None


@route("/sign-out")
@namespace("Events")
@dataclass(kw_only=True)
class SignOut:
    name: str | None = None


class Named:
    challenge = "Bearer"
    admin_role = "Admin"
    login_path: str | None = None

    async def credentials(self, request: Any, units: Any) -> str | None:
        return (request.header("authorization") or "").removeprefix("Bearer ") or None

    def identify(self, name: str | None, tx: Any) -> Identified:
        return Identified() if name is None else Identified(Principal(user_id=Guid(f"id-{name}"), user_name=name))

    def renewed(self, principal: Principal, tx: Any) -> Principal:
        return principal


def main() -> None:
    authentication, services = Named(), Services()
    events = ServerEvents(
        InlineUnits(),
        authentication=authentication,
        listener=lambda principal: Listener(session_id=principal.user_name),
        options=OPTIONS,
    )

    async def say(request: Say, exchange: Exchange) -> Said:
        said = Said(name="server", text=request.text)
        message = said if request.selector is None else request.text
        await events.notify_channel(request.channel or "*", message, selector=request.selector)
        return said

    async def sign_out(request: SignOut, exchange: Exchange) -> None:
        await events.end_session(request.name or "")

    services.add(Say, post=DirectHandler(say))
    services.add(SignOut, post=DirectHandler(sign_out))
    events.register(services)
    engine = standard_engine(services, InlineUnits(), authentication=authentication, events=events)
    serve(
        AsgiApp(engine, limits=BodyLimits()),
        host="127.0.0.1",
        port=0,
        limits=ServerLimits(grace_seconds=5),
        on_listening=lambda address: print(f"http://{address}", flush=True),
        on_stopping=events.stop,
    )


if __name__ == "__main__":
    main()
