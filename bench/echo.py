"""An operation served by the engine alone, to measure the cost of formats. It returns the chats it was sent.

`python -m bench.echo` serves it at `/chats` and prints its address on the first line.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from parlour.engine import standard_engine
from parlour.engine.dto.declare import Guid, namespace, returns, route
from parlour.engine.http.asgi import AsgiApp, BodyLimits
from parlour.engine.serving.handlers import DirectHandler, Exchange, Services
from parlour.engine.serving.pipeline import Engine
from parlour.model.chats import Chat, ChatMember, ChatResponse
from parlour.server import ServerLimits, serve


@route("/chats", "POST")
@returns(ChatResponse)
@namespace("Bench")
@dataclass(slots=True, kw_only=True)
class EchoChats:
    chat: list[Chat] = field(default_factory=list)


def two_chats() -> list[Chat]:
    return [
        Chat(
            chat_id=_guid("c", number),
            chat_name=f"Chat number {number}",
            created_by=_guid("b", 1),
            date_created=datetime(2026, 1, 2, 3, 4, 5),
            chat_members=[
                ChatMember(
                    chat_member_id=_guid("e", number),
                    chat_id=_guid("c", number),
                    user_id=_guid("a", number),
                    is_active=True,
                    chat_member_name="Ann Example",
                )
            ],
            member_count=1,
            message_count=12,
            unread_count=3,
            created_by_name="Bob Example",
        )
        for number in (1, 2)
    ]


def engine() -> Engine:
    async def echo(request: EchoChats, exchange: Exchange) -> ChatResponse:
        return ChatResponse(chat=request.chat)

    services = Services()
    services.add(EchoChats, post=DirectHandler(echo))
    units: Any = None
    return standard_engine(services, units)


def _guid(letter: str, number: int) -> Guid:
    return Guid(f"{letter}{number:031d}")


def main() -> None:
    serve(
        AsgiApp(engine(), limits=BodyLimits()),
        host="127.0.0.1",
        port=0,
        limits=ServerLimits(),
        on_listening=lambda address: print(address, flush=True),
    )


if __name__ == "__main__":
    main()
