"""A server with people and a folder for their files, called over ASGI."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from parlour import app as composition
from parlour.app import App, build
from parlour.config import Settings
from parlour.engine.dto.declare import Guid
from parlour.model.chats import Chat, ChatMember, ChatRequest, ChatResponse
from parlour.model.messages import ChatMessage, ChatMessageRequest, ChatMessageResponse
from parlour.services.chats import start_chat
from parlour.services.messages import send_message
from parlour.services.upkeep import Upkeep
from parlour.store import attachments, messages
from parlour.store.database import Database, Transaction
from tests.support.asgi_face import Answer, call
from tests.support.office import Office, Person

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0"
KEY = "k" * 32
QUOTA = 100_000
LARGEST = 50_000


@dataclass
class House:
    """A server with people, and the folder of its files."""

    office: Office
    data_dir: Path
    settings: Settings
    app: App = field(init=False)

    def __post_init__(self) -> None:
        self.app = build(self.settings, self.office.database)

    def call(self, verb: str, path: str, person: Person, body: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named = {"Accept": "application/json", "Authorization": person.basic} | named
        return call(self.app.asgi, verb, path, body, headers=named)

    def upload(self, person: Person, content: bytes, name: str = "plan.png", type_: str = "image/png") -> Answer:
        return self.call("POST", "/v1/Attachment", person, form(content, name, type_), **FORM)

    def uploaded(self, person: Person, content: bytes = PNG, name: str = "plan.png") -> Guid:
        answer = self.upload(person, content, name)
        assert answer.status == 200, answer.body
        return Guid(json.loads(answer.body)["attachment"]["attachmentId"])

    def described(self, person: Person, attachment_id: Guid) -> dict[str, Any]:
        answer = self.call("GET", f"/v1/Attachment/{attachment_id}", person)
        assert answer.status == 200, answer.body
        described: dict[str, Any] = json.loads(answer.body)["attachment"]
        return described

    def content(self, person: Person, attachment_id: Guid, **headers: str) -> Answer:
        return self.call("GET", f"/v1/Attachment/{attachment_id}/Content", person, **headers)

    def chat(self, *people: Person) -> Guid:
        members = [ChatMember(user_id=person.user_id) for person in people]
        request = ChatRequest(chat=Chat(chat_name="Fence", chat_members=members))
        started: ChatResponse = self.run(lambda tx: start_chat(request, tx, people[0].caller))
        return started.chat[0].chat_id

    def send(self, person: Person, chat_id: Guid, attachment_id: Guid) -> Guid:
        """The id of a message of the older interface that has this attachment id."""
        message = ChatMessage(chat_id=chat_id, message="Look", attachment_id=attachment_id)
        sent: ChatMessageResponse = self.run(
            lambda tx: send_message(ChatMessageRequest(chat_message=message), tx, person.caller)
        )
        return sent.chat_message[0].chat_message_id

    def usable(self, person: Person, *attachment_ids: Guid) -> list[Guid]:
        """Those of the files that the person may name in a message."""
        return [*self.run(lambda tx: attachments.usable(tx, person.agency_id, person.user_id, attachment_ids))]

    def delete_message(self, message_id: Guid) -> None:
        self.run(lambda tx: messages.delete_message(tx, self.office.agency_id, message_id))

    def files(self) -> list[str]:
        return sorted(path.name for path in (self.data_dir / "files").rglob("*") if path.is_file())

    def tidy(self) -> None:
        """One round of removing what nobody needs."""
        asyncio.run(Upkeep(self.office.database, composition.reception(self.settings)).remove_unused())

    def run(self, work: Callable[[Transaction], Any]) -> Any:
        return self.office.database.run(work)


FORM = {"Content_Type": "multipart/form-data; boundary=XX"}


def form(content: bytes, name: str, type_: str = "image/png") -> bytes:
    named = f'filename="{name}"' if len(name) > 100 else f"filename*=UTF-8''{quote(name, safe='')}"
    disposition = f'form-data; name="file"; {named}'
    head = f"--XX\r\nContent-Disposition: {disposition}\r\nContent-Type: {type_}\r\n\r\n"
    return head.encode() + content + b"\r\n--XX--\r\n"


def new_house(database: Database, data_dir: Path, *, office: Office | None = None, **settings: Any) -> House:
    """A house with small limits, with new people unless there is an `office`. Other `settings` replace the limits."""
    small: dict[str, Any] = {"max_attachment_bytes": LARGEST, "attachment_quota_bytes": QUOTA}
    given = Settings(data_dir=data_dir, secret_key=KEY, throttles=False, **(small | settings))
    return House(office or Office(database), data_dir, given)
