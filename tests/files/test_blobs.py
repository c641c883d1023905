"""The two stores of files: a folder, and a bucket of a real server of the protocol of S3."""

import asyncio
import json
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from parlour import app as composition
from parlour.config import Settings, SettingsError
from parlour.engine.dto.declare import Guid
from parlour.files.blobs import PREVIEW, Blobs, FolderBlobs, checked_name, new_name
from parlour.files.incoming import IncomingFolder
from parlour.store.database import open_database
from tests.conftest import Store
from tests.support.file_house import PNG, House, new_house
from tests.support.s3_server import S3Server, s3_server

HASH = "0123456789abcdef" * 4
MUCH = bytes(range(256)) * 40_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as started:
        yield started


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Blobs]:
    if request.param == "folder":
        yield FolderBlobs(tmp_path / "files")
        return
    server: S3Server = request.getfixturevalue("server")
    bucket = composition.blobs(Settings(**server.settings))
    yield bucket
    bucket.delete([each.name.removesuffix(PREVIEW) for each in bucket.stored()])


def kept(blobs: Blobs, tmp_path: Path, content: bytes, name: str | None = None) -> str:
    """The name of stored bytes."""
    name = name or new_name(HASH)
    path = tmp_path / "incoming"
    path.write_bytes(content)
    blobs.keep(name, path)
    path.unlink()
    return name


def read(blobs: Blobs, name: str, start: int, end: int) -> bytes:
    async def pieces() -> bytes:
        return b"".join([piece async for piece in blobs.read(name, start, end)])

    return asyncio.run(pieces())


def test_stored_bytes_are_read_whole_and_in_parts(blobs: Blobs, tmp_path: Path) -> None:
    name = kept(blobs, tmp_path, MUCH)

    assert asyncio.run(blobs.size_of(name)) == len(MUCH)
    assert read(blobs, name, 0, len(MUCH)) == MUCH
    assert read(blobs, name, 300_000, 600_001) == MUCH[300_000:600_001]
    assert read(blobs, name, 5, 5) == b""


def test_an_empty_file_is_stored_too(blobs: Blobs, tmp_path: Path) -> None:
    name = kept(blobs, tmp_path, b"")

    assert asyncio.run(blobs.size_of(name)) == 0
    assert read(blobs, name, 0, 0) == b""


def test_storing_the_same_bytes_again_changes_nothing(blobs: Blobs, tmp_path: Path) -> None:
    name = kept(blobs, tmp_path, MUCH)
    kept(blobs, tmp_path, MUCH, name)

    assert [each.size for each in blobs.stored()] == [len(MUCH)]
    assert read(blobs, name, 0, 10) == MUCH[:10]


def test_files_are_listed_and_deleted_with_their_previews(blobs: Blobs, tmp_path: Path) -> None:
    first, second = kept(blobs, tmp_path, b"one"), kept(blobs, tmp_path, b"three")
    kept(blobs, tmp_path, b"small", first + PREVIEW)
    listed = {each.name: each.size for each in blobs.stored()}
    blobs.delete([first])
    blobs.delete([first])

    assert listed == {first: 3, first + PREVIEW: 5, second: 5}
    assert [each.name for each in blobs.stored()] == [second]
    assert asyncio.run(blobs.size_of(first)) is None
    with pytest.raises(FileNotFoundError):
        read(blobs, first, 0, 3)


def test_a_name_comes_back_differently(blobs: Blobs) -> None:
    assert new_name(HASH) != new_name(HASH)
    assert checked_name(new_name(HASH)).startswith(HASH)


@pytest.mark.parametrize("name", ["", "../secret.key", "/etc/passwd", HASH, f"{HASH}-0000000g", f"{HASH}-00000000/.."])
def test_other_names_lead_nowhere(blobs: Blobs, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        kept(blobs, tmp_path, b"x", name + "\n")
    with pytest.raises(ValueError, match="not the name"):
        asyncio.run(blobs.size_of(name))
    with pytest.raises(ValueError, match="not the name"):
        blobs.delete([name])


def test_attachments_are_kept_in_a_bucket(
    server: S3Server, sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composition, "can_make_previews", lambda: False)
    database = open_database(sqlite_store.url, sqlite_store.data_dir, migrate=False)
    house: House = new_house(database, tmp_path / "kept", **server.settings)
    ann, bucket = house.office.ann, composition.blobs(house.settings)

    answer = house.upload(ann, PNG)
    plan = Guid(json.loads(answer.body)["attachment"]["attachmentId"])
    content, part = house.content(ann, plan), house.content(ann, plan, Range="bytes=1-3")
    there = len(list(bucket.stored()))
    deleted = house.call("DELETE", f"/v1/Attachment/{plan}", ann)
    house.tidy()
    database.close()

    assert (content.body, part.body, there) == (PNG, b"PNG", 1)
    assert house.files() == []
    assert deleted.status == 204
    assert list(bucket.stored()) == []


def test_a_bucket_without_its_library_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)

    with pytest.raises(SettingsError, match=r"pip install 'parlour\[s3\]'"):
        composition.blobs(Settings(s3_bucket="parlour"))


def test_an_incoming_file_is_hashed_on_the_way_and_gone_when_it_is_closed(tmp_path: Path) -> None:
    folder = IncomingFolder(tmp_path / "files" / "incoming")
    with folder.new() as file:
        file.write(b"one ")
        file.write(memoryview(b"two"))
        before = [path.name for path in (tmp_path / "files" / "incoming").iterdir()]
        content, digest = file.read(), file.sha256()

    assert (content, len(before)) == (b"one two", 1)
    assert digest == sha256(b"one two").hexdigest()
    assert list((tmp_path / "files" / "incoming").iterdir()) == []


def test_a_resumed_file_has_the_hash_of_all_its_bytes(tmp_path: Path) -> None:
    folder = IncomingFolder(tmp_path)
    for piece in (b"one ", b"two"):
        with folder.resumable("upload") as file:
            file.write(piece)
            digest = file.sha256()
    with folder.new() as whole:
        whole.write(b"one two")

        assert digest == whole.sha256()
    assert folder.size_of("upload") == 7
