"""Attachments that are uploaded in parts, by the tus protocol: their rules, limits and ends."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parlour import app as composition
from parlour.engine.dto.declare import Guid
from parlour.services.receiving import Reception
from parlour.services.uploads import AttachmentUploads, UploadLocked
from parlour.store.database import Database
from tests.conftest import Clock
from tests.support.asgi_face import Answer
from tests.support.file_house import LARGEST, PNG, QUOTA, House, new_house
from tests.support.office import Person

PART = {"Content_Type": "application/offset+octet-stream"}


@pytest.fixture
def house(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    # Previews have their own tests. Each takes a process.
    monkeypatch.setattr(composition, "can_make_previews", lambda: False)
    return new_house(database, tmp_path / "kept")


@pytest.fixture
def ann(house: House) -> Person:
    return house.office.ann


def sent(house: House, verb: str, path: str, person: Person, body: Any = None, **headers: Any) -> Answer:
    named = {name: str(value) for name, value in headers.items()}
    return house.call(verb, path, person, body, Tus_Resumable="1.0.0", **named)


def created(house: House, person: Person, size: int, name: str = "plan.png") -> str:
    """The path of a new upload."""
    metadata = f"filename {b64encode(name.encode()).decode()}"
    answer = sent(house, "POST", "/v1/Uploads", person, Upload_Length=size, Upload_Metadata=metadata)
    assert answer.status == 201, answer.body
    return answer.header("location") or ""


def append(house: House, path: str, person: Person, body: bytes, offset: int) -> Answer:
    return sent(house, "PATCH", path, person, [body], Upload_Offset=offset, **PART)


def offset_of(house: House, path: str, person: Person) -> str | None:
    return sent(house, "HEAD", path, person).header("upload-offset")


def meta_of(refused: Answer) -> Any:
    return json.loads(refused.body)["responseStatus"]["meta"]


def id_in(path: str) -> Guid:
    return Guid(path.rpartition("/")[2])


def test_an_upload_in_parts_becomes_an_attachment(house: House, ann: Person) -> None:
    path = created(house, ann, len(PNG), "../Plän.png")
    offsets = [append(house, path, ann, PNG[at : at + 10], at).header("upload-offset") for at in (0, 10, 20)]
    described = house.described(ann, id_in(path))

    assert offsets == ["10", "20", str(len(PNG))]
    # The name as it is kept, without a path.
    kept = b64encode("Plän.png".encode()).decode()
    assert sent(house, "HEAD", path, ann).header("upload-metadata") == f"filename {kept}"
    assert (described["fileName"], described["mediaType"], described["state"]) == ("Plän.png", "image/png", "ready")
    assert house.content(ann, id_in(path)).body == PNG
    assert offset_of(house, path, ann) == str(len(PNG))
    assert append(house, path, ann, b"more", len(PNG)).status == 409


def test_an_unfinished_upload_cannot_be_had_or_named(house: House, ann: Person) -> None:
    path = created(house, ann, len(PNG))
    append(house, path, ann, PNG[:10], 0)

    assert house.described(ann, id_in(path))["state"] == "checking"
    refused = house.content(ann, id_in(path))
    assert (refused.status, b"has not arrived to its end" in refused.body) == (409, True)


def test_an_upload_goes_on_after_the_server_ended(house: House, ann: Person, tmp_path: Path) -> None:
    path = created(house, ann, len(PNG))
    append(house, path, ann, PNG[:10], 0)
    restarted = House(house.office, house.data_dir, house.settings)

    assert offset_of(restarted, path, ann) == "10"
    assert append(restarted, path, ann, PNG[10:], 10).status == 204
    assert restarted.content(ann, id_in(path)).body == PNG


def test_an_upload_whose_end_was_interrupted_is_finished_later(
    house: House, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = created(house, ann, len(PNG))

    async def crash(*arguments: object) -> None:
        raise OSError("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(Reception, "finish", crash)
        failed = append(house, path, ann, PNG, 0)

    assert failed.status == 500
    assert offset_of(house, path, ann) == str(len(PNG))
    assert house.content(ann, id_in(path)).body == PNG


def test_an_upload_that_was_meant_for_another_user_is_refused(house: House, ann: Person) -> None:
    path = created(house, ann, len(PNG))
    other = {"Expected_User": house.office.ada.user_id}

    answers = [
        sent(house, "POST", "/v1/Uploads", ann, Upload_Length=1, **other),
        sent(house, "PATCH", path, ann, [PNG], Upload_Offset=0, **PART, **other),
        sent(house, "HEAD", path, ann, **other),
        sent(house, "DELETE", path, ann, **other),
    ]

    assert [answer.status for answer in answers] == [412, 412, 412, 412]
    assert offset_of(house, path, ann) == "0"
    assert sent(house, "PATCH", path, ann, [PNG], Upload_Offset=0, **PART, Expected_User=ann.user_id).status == 204


def test_only_its_owner_knows_an_upload(house: House, ann: Person) -> None:
    path = created(house, ann, 5)
    others = [house.office.will, house.office.ada, house.office.eve]

    for verb, more in (("HEAD", {}), ("DELETE", {}), ("PATCH", {"Upload_Offset": "0", **PART})):
        answers = [sent(house, verb, path, other, [b"x"] if more else None, **more) for other in others]
        assert [answer.status for answer in answers] == [404] * 3
        assert len({answer.body for answer in answers}) == 1
    assert offset_of(house, path, ann) == "0"


def test_an_upload_is_limited_by_size_and_quota_when_it_begins(house: House, ann: Person) -> None:
    too_large = sent(house, "POST", "/v1/Uploads", ann, Upload_Length=LARGEST + 1)
    created(house, ann, LARGEST)
    too_much = sent(house, "POST", "/v1/Uploads", ann, Upload_Length=LARGEST)

    assert (too_large.status, too_much.status) == (413, 413)
    assert b"50,000 bytes" in too_large.body
    assert f"{QUOTA:,} bytes together".encode() in too_much.body
    assert meta_of(too_large) == {"MaxBytes": str(LARGEST)}
    assert meta_of(too_much) == {"Reason": "QuotaIsUsedUp", "MaxBytes": str(QUOTA)}


def test_more_bytes_than_announced_are_refused(house: House, ann: Person) -> None:
    path = created(house, ann, 5)

    assert append(house, path, ann, b"123456", 0).status == 413
    assert offset_of(house, path, ann) == "0"
    assert append(house, path, ann, b"12345", 0).status == 204


def test_an_empty_file_is_complete_at_once(house: House, ann: Person) -> None:
    path = created(house, ann, 0, "empty.txt")

    assert house.described(ann, id_in(path))["state"] == "ready"
    assert house.content(ann, id_in(path)).body == b""


def test_an_unfinished_upload_expires_after_a_day_and_frees_the_quota(house: House, ann: Person, clock: Clock) -> None:
    path = created(house, ann, LARGEST)
    append(house, path, ann, b"begun", 0)
    clock.advance(hours=24)
    expired = sent(house, "HEAD", path, ann).status
    house.tidy()

    assert expired == 404
    assert house.files() == []
    created(house, ann, LARGEST)


def test_an_ended_upload_leaves_nothing(house: House, ann: Person) -> None:
    path = created(house, ann, LARGEST)
    append(house, path, ann, b"begun", 0)

    assert sent(house, "DELETE", path, ann).status == 204
    assert house.files() == []
    assert sent(house, "HEAD", path, ann).status == 404
    created(house, ann, LARGEST)


def test_a_finished_upload_in_a_message_cannot_be_ended(house: House, ann: Person) -> None:
    path = created(house, ann, len(PNG))
    append(house, path, ann, PNG, 0)
    house.send(ann, house.chat(ann), id_in(path))

    assert sent(house, "DELETE", path, ann).status == 409
    assert house.content(ann, id_in(path)).body == PNG


def test_two_requests_cannot_send_one_upload_at_once(house: House, ann: Person) -> None:
    uploads = AttachmentUploads(composition.reception(house.settings), house.office.database)
    began, may_go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"12"
        began.set()
        await may_go_on.wait()
        yield b"345"

    async def other() -> AsyncIterator[bytes]:
        yield b"x"

    async def both() -> int:
        upload = await uploads.create(ann.caller, 5, {})
        sending = asyncio.create_task(uploads.append(ann.caller, upload.id, 0, slow()))
        await began.wait()
        with pytest.raises(UploadLocked):
            await uploads.append(ann.caller, upload.id, 2, other())
        may_go_on.set()
        return (await sending).offset

    assert asyncio.run(both()) == 5


def test_the_protocol_is_refused_to_pages_of_other_sites(house: House, ann: Person) -> None:
    body = {"userName": ann.email, "password": "correct horse"}
    signed_in = house.office.call("POST", "/auth", body)
    cookies = "; ".join(f"{name}={value}" for name, value in signed_in.cookies.items())
    headers = {"Authorization": "", "Cookie": cookies, "Upload_Length": "5"}
    own = sent(house, "POST", "/v1/Uploads", ann, **headers)
    foreign = sent(house, "POST", "/v1/Uploads", ann, **headers, Origin="https://evil.example")

    assert (own.status, foreign.status) == (201, 403)
    assert json.loads(foreign.body)["responseStatus"]["errorCode"] == "Forbidden"
