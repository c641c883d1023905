"""Attachments over HTTP: uploading, showing and deleting them, and what hostile files and people try."""

import asyncio
import gzip
import io
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from parlour import app as composition
from parlour.engine.dto.declare import Guid
from parlour.engine.http.asgi import AsgiApp
from parlour.files.blobs import FolderBlobs
from parlour.files.kinds import INLINE
from parlour.services.upkeep import Upkeep, missing_files
from parlour.store.attachment_checks import attachment_differences
from parlour.store.database import Database
from tests.conftest import Clock
from tests.support.asgi_face import Answer, call, called
from tests.support.file_house import FORM, LARGEST, PNG, House, form, new_house
from tests.support.office import Person
from tests.support.small_clamd import EICAR, SmallClamd, eicar_or_not


@pytest.fixture
def house(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    # Previews have their own tests. Each takes a process.
    monkeypatch.setattr(composition, "can_make_previews", lambda: False)
    return new_house(database, tmp_path / "kept")


@pytest.fixture
def ann(house: House) -> Person:
    return house.office.ann


@pytest.fixture
def will(house: House) -> Person:
    return house.office.will


def test_an_uploaded_file_is_described_and_given_back(house: House, ann: Person) -> None:
    plan = house.uploaded(ann)
    described, answer = house.described(ann, plan), house.content(ann, plan)

    assert described == {
        "attachmentId": plan,
        "fileName": "plan.png",
        "mediaType": "image/png",
        "size": len(PNG),
        "width": 3,
        "height": 2,
        "state": "ready",
        "hasPreview": False,
    }
    assert (answer.status, answer.body) == (200, PNG)


def test_a_file_is_served_with_what_keeps_browsers_safe(house: House, ann: Person) -> None:
    answer = house.content(ann, house.uploaded(ann, name='Plän "1".png'))

    assert answer.header("content-type") == "image/png"
    assert answer.header("content-disposition") == (
        "inline; filename=\"Pl_n _1_.png\"; filename*=UTF-8''Pl%C3%A4n%20%221%22.png"
    )
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("cross-origin-resource-policy") == "same-origin"
    assert answer.header("cache-control") == "private, no-cache"
    assert (answer.header("content-security-policy") or "").startswith("sandbox; default-src 'none'")


def test_a_part_of_a_file_and_a_known_file_are_not_sent_whole(house: House, ann: Person) -> None:
    plan = house.uploaded(ann)
    part = house.content(ann, plan, Range="bytes=1-3")
    known = house.content(ann, plan, If_None_Match=part.header("etag") or "")

    assert (part.status, part.body) == (206, b"PNG")
    assert (known.status, known.body) == (304, b"")


def test_a_download_is_one_whatever_the_file_is(house: House, ann: Person) -> None:
    plan = house.uploaded(ann)
    answer = house.call("GET", f"/v1/Attachment/{plan}/Content?IsDownload=true", ann)

    assert (answer.header("content-disposition") or "").startswith("attachment; ")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<html><script>alert(1)</script>", "page.html"),
        (b"<html>", "picture.png"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "picture.svg"),
        (b"%PDF-1.7", "paper.pdf"),
        (b"", "empty.png"),
        (b"GIF8", "short.gif"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "film.mov"),
    ],
)
def test_other_files_are_downloaded_whatever_their_sender_calls_them(
    house: House, ann: Person, content: bytes, name: str
) -> None:
    answer = house.content(ann, house.uploaded(ann, content, name))

    assert answer.header("content-type") == "application/octet-stream"
    assert (answer.header("content-disposition") or "").startswith("attachment; ")
    assert answer.body == content


def test_the_type_comes_from_the_bytes_and_not_from_the_sender(house: House, ann: Person) -> None:
    answer = house.upload(ann, PNG, "page.html", "text/html")

    assert json.loads(answer.body)["attachment"]["mediaType"] == "image/png"
    assert INLINE.isdisjoint({"text/html", "image/svg+xml", "application/pdf"})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\evil.exe", "evil.exe"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
        ("a\0b\r\nSet-Cookie: x=1.png", "abSet-Cookie: x=1.png"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("\ufeff\u200b .png. . ", ".png"),
        ("n" * 300 + ".png", "n" * 251 + ".png"),
        ("ж" * 200 + ".png", "ж" * 125 + ".png"),
        ("👩‍👩‍👧 e\u0301.png", "👩‍👩‍👧 é.png"),
        ("\U0001fae8 \U0001fae9.png", "\U0001fae8 \U0001fae9.png"),
    ],
)
def test_a_hostile_name_is_only_a_name(house: House, ann: Person, given: str, kept: str) -> None:
    plan = house.uploaded(ann, name=given)

    assert house.described(ann, plan)["fileName"] == kept
    assert house.content(ann, plan).status == 200
    assert {name.partition("-")[0] for name in house.files()} == {hash_of(PNG)}


def hash_of(content: bytes) -> str:
    return sha256(content).hexdigest()


def test_a_form_needs_exactly_one_file(house: House, ann: Person) -> None:
    both = form(PNG, "a.png").removesuffix(b"--XX--\r\n") + form(PNG, "b.png")
    answers = [house.call("POST", "/v1/Attachment", ann, body, **FORM) for body in (both, b"--XX--\r\n")]
    answers.append(house.call("POST", "/v1/Attachment", ann, b"{}", Content_Type="application/json"))

    assert [answer.status for answer in answers] == [400] * 3
    assert "'Files' must be one file. You sent 2." in answers[0].body.decode()
    assert house.files() == []


def test_a_compressed_form_is_taken_and_limited_too(house: House, ann: Person) -> None:
    packed = gzip.compress(form(PNG, "a.png"))
    bomb = gzip.compress(form(b"\0" * (LARGEST + 1), "a.png"))

    assert house.call("POST", "/v1/Attachment", ann, packed, **FORM, Content_Encoding="gzip").status == 200
    assert house.call("POST", "/v1/Attachment", ann, bomb, **FORM, Content_Encoding="gzip").status == 413
    assert len(house.files()) == 1


def test_a_file_beyond_the_limit_is_refused_with_the_limit_and_leaves_nothing(house: House, ann: Person) -> None:
    largest, larger = house.upload(ann, b"x" * LARGEST), house.upload(ann, b"x" * (LARGEST + 1))

    assert (largest.status, larger.status) == (200, 413)
    assert "A file may have 50,000 bytes on this server." in larger.body.decode()
    assert len(house.files()) == 1


def test_a_person_has_a_quota_and_deleting_frees_it(house: House, ann: Person, will: Person) -> None:
    first = house.uploaded(ann, b"x" * LARGEST)
    second = house.upload(ann, b"y" * LARGEST)

    assert second.status == 413
    assert "Your files may have 100,000 bytes together." in second.body.decode()
    assert house.upload(will, b"y" * LARGEST).status == 200
    assert house.call("DELETE", f"/v1/Attachment/{first}", ann).status == 204
    assert house.upload(ann, b"y" * LARGEST).status == 200


def test_parallel_uploads_share_the_quota(house: House, ann: Person) -> None:
    headers = {"Authorization": ann.basic, "Content-Type": FORM["Content_Type"]}

    async def send_all() -> list[Answer]:
        bodies = [form(bytes([number]) * 30_000, "a.png") for number in range(4)]
        sent = [called(house.app.asgi, "POST", "/v1/Attachment", body, headers) for body in bodies]
        return await asyncio.gather(*sent)

    statuses = sorted(answer.status for answer in asyncio.run(send_all()))
    assert statuses == [200, 200, 200, 413]


def test_bytes_are_stored_once_and_the_second_upload_looks_like_the_first(
    house: House, ann: Person, will: Person
) -> None:
    one, other = house.upload(ann, PNG), house.upload(will, PNG)
    first, second = (json.loads(answer.body)["attachment"] for answer in (one, other))

    assert first | {"attachmentId": ""} == second | {"attachmentId": ""}
    assert first["attachmentId"] != second["attachmentId"]
    assert len([name for name in house.files() if not name.endswith(".preview")]) == 1
    assert [name for name, _ in one.headers] == [name for name, _ in other.headers]


def test_bytes_of_another_agency_are_stored_apart(house: House, ann: Person) -> None:
    house.uploaded(ann)
    house.uploaded(house.office.eve)

    assert len([name for name in house.files() if not name.endswith(".preview")]) == 2


def test_the_older_interface_gives_a_file_to_the_members_of_the_chat(house: House, ann: Person, will: Person) -> None:
    plan, chat_id = house.uploaded(ann), house.chat(ann, will)
    before = house.content(will, plan).status
    house.send(ann, chat_id, plan)

    assert before == 404
    assert house.content(will, plan).body == PNG
    assert house.content(house.office.ada, plan).status == 404
    assert house.content(house.office.eve, plan).status == 404


def test_an_id_of_another_persons_file_gives_nothing(house: House, ann: Person, will: Person) -> None:
    plan, chat_id = house.uploaded(ann), house.chat(will)
    house.send(will, chat_id, plan)

    assert house.content(will, plan).status == 404


def test_a_file_is_deleted_with_its_last_message(house: House, ann: Person, will: Person) -> None:
    plan, chat_id = house.uploaded(ann), house.chat(ann, will)
    sent = [house.send(ann, chat_id, plan) for _ in range(2)]
    refused = house.call("DELETE", f"/v1/Attachment/{plan}", ann)
    statuses = []
    for message_id in sent:
        house.delete_message(message_id)
        house.tidy()
        statuses.append(house.content(will, plan).status)

    assert refused.status == 409
    assert statuses == [200, 404]
    assert house.files() == []


def test_a_file_that_no_message_names_is_deleted_after_a_day(house: House, ann: Person, clock: Clock) -> None:
    plan, used = house.uploaded(ann), house.uploaded(ann, b"used")
    house.send(ann, house.chat(ann), used)
    clock.advance(hours=23)
    house.tidy()
    before = house.content(ann, plan).status
    clock.advance(hours=1)
    house.tidy()

    assert (before, house.content(ann, plan).status) == (200, 404)
    assert house.content(ann, used).status == 200
    assert {name.partition("-")[0] for name in house.files()} == {hash_of(b"used")}


def test_only_the_owner_deletes_a_file(house: House, ann: Person, will: Person) -> None:
    plan = house.uploaded(ann)
    stranger = house.call("DELETE", f"/v1/Attachment/{plan}", will)
    house.send(ann, house.chat(ann, will), plan)
    member = house.call("DELETE", f"/v1/Attachment/{plan}", will)

    assert (stranger.status, member.status) == (404, 403)
    assert house.content(will, plan).status == 200


def test_a_message_names_files_that_are_the_senders_and_no_others(house: House, ann: Person, will: Person) -> None:
    mine, other = house.uploaded(ann), house.uploaded(will)

    assert house.usable(ann, mine, other, Guid("0" * 32)) == [mine]


def test_files_left_by_a_crash_are_deleted_and_others_are_kept(
    house: House, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = house.uploaded(ann)
    reception = composition.reception(house.settings)
    stray = f"{hash_of(b'stray')}-00000000"
    with reception.incoming.new() as file:
        file.write(b"stray")
        reception.blobs.keep(stray, file.path)
    left = reception.incoming.resumable("left")
    left.write(b"left")
    left.close()
    upkeep = Upkeep(house.office.database, reception)
    asyncio.run(upkeep.remove_strays())
    young = house.files()
    monkeypatch.setattr("parlour.services.upkeep.time.time", lambda: 4e9)
    asyncio.run(upkeep.remove_strays())

    assert {stray, "left.upload"} <= set(young)
    assert {name.partition("-")[0] for name in house.files()} == {hash_of(PNG)}
    assert house.content(ann, plan).status == 200


def test_a_missing_file_is_not_found_and_logged(house: House, ann: Person, caplog: pytest.LogCaptureFixture) -> None:
    plan = house.uploaded(ann)
    for path in (house.data_dir / "files").rglob("*-*"):
        path.unlink()

    assert house.content(ann, plan).status == 404
    assert "is missing" in caplog.text


def test_nothing_of_a_file_is_readable_by_other_users(house: House, ann: Person) -> None:
    house.uploaded(ann)

    modes = {path.stat().st_mode & 0o077 for path in (house.data_dir / "files").rglob("*")}
    assert modes == {0}


def test_an_upload_that_stops_leaves_nothing(house: House, ann: Person) -> None:
    def pieces() -> Iterator[bytes]:
        yield form(b"x" * 40_000, "a.png")[:30_000]

    answer = house.call("POST", "/v1/Attachment", ann, pieces(), **FORM)

    assert answer.status == 400
    assert house.files() == []


def test_an_unsigned_caller_gets_nothing(house: House, ann: Person) -> None:
    plan = house.uploaded(ann)
    app: AsgiApp = house.app.asgi
    paths = [f"/v1/Attachment/{plan}{end}" for end in ("", "/Content", "/Preview")]

    assert [call(app, "GET", path).status for path in paths] == [401] * 3
    sent = call(app, "POST", "/v1/Attachment", form(PNG, "a"), headers={"Content-Type": FORM["Content_Type"]})
    assert sent.status == 401


def test_a_check_finds_wrong_counts_and_missing_files(house: House, ann: Person) -> None:
    plan = house.uploaded(ann)
    house.send(ann, house.chat(ann), plan)
    blobs = composition.blobs(house.settings)

    def found() -> list[str]:
        missing = asyncio.run(missing_files(house.office.database, blobs))
        return [*map(str, house.run(attachment_differences)), *map(str, missing)]

    right = found()
    name = next(name for name in house.files() if name.startswith(hash_of(PNG)))
    house.office.execute("UPDATE attachment SET uses = 2, has_preview = 1")
    house.office.execute("UPDATE content SET attachments = 3")
    house.office.execute("UPDATE attachment_quota SET bytes = 1")
    blobs.delete([name])

    assert right == []
    assert found() == [
        f"uses of attachment {plan} is 2, counted 1",
        f"the number of attachments of stored file {name} is 3, counted 1",
        f"the bytes of files of user {ann.user_id} is 1, counted {len(PNG) + 1024}",
        f"size of stored file {name} is {len(PNG)}, counted None",
        f"preview of stored file {name} is there, counted missing",
    ]


@pytest.fixture
def scanned(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house whose files are checked by a small scanner."""
    monkeypatch.setattr(composition, "can_make_previews", lambda: False)
    with closing(SmallClamd(eicar_or_not)) as clamd:
        yield new_house(database, tmp_path / "kept", scanner=clamd.address)


def test_a_file_that_the_scanner_finds_clean_is_served(scanned: House) -> None:
    ann = scanned.office.ann

    assert scanned.content(ann, scanned.uploaded(ann)).body == PNG


def test_an_infected_file_is_never_served_and_not_kept(scanned: House) -> None:
    ann = scanned.office.ann
    virus = scanned.uploaded(ann, EICAR, "invoice.pdf")

    assert scanned.described(ann, virus)["state"] == "refused"
    assert scanned.content(ann, virus).status == 409
    assert EICAR not in scanned.content(ann, virus).body
    assert scanned.files() == []
    assert scanned.usable(ann, virus) == []


ScannerBack = Callable[[Callable[[bytes], bytes]], AbstractContextManager[Upkeep]]


@pytest.fixture
def unscanned(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house whose scanner is away, so that its files wait."""
    monkeypatch.setattr(composition, "can_make_previews", lambda: False)
    return new_house(database, tmp_path / "kept", scanner=str(tmp_path / "nobody.ctl"))


@pytest.fixture
def scanner_back(unscanned: House, tmp_path: Path) -> ScannerBack:
    """A function that brings a scanner back, by what it says of a file. It gives the upkeep of the house."""

    @contextmanager
    def back(verdict: Callable[[bytes], bytes]) -> Iterator[Upkeep]:
        office = unscanned.office
        with closing(SmallClamd(verdict)) as clamd:
            house = new_house(office.database, tmp_path / "kept", scanner=clamd.address, office=office)
            yield Upkeep(office.database, composition.reception(house.settings))

    return back


def fails_at_deadly(content: bytes) -> bytes:
    return b"ERROR" if b"deadly" in content else b"stream: OK"


def test_a_file_is_not_served_before_the_scanner_is_back(unscanned: House, scanner_back: ScannerBack) -> None:
    house = unscanned
    ann, will = house.office.ann, house.office.will
    lost, plan, virus = house.uploaded(ann, b"lost"), house.uploaded(ann), house.uploaded(ann, EICAR)
    composition.blobs(house.settings).delete([name for name in house.files() if name.startswith(hash_of(b"lost"))])
    house.send(ann, house.chat(ann, will), plan)
    before = [house.content(ann, each).status for each in (plan, virus)]
    named = house.usable(ann, plan)
    asyncio.run(Upkeep(house.office.database, composition.reception(house.settings)).check_again())
    still = house.described(ann, plan)["state"]

    with scanner_back(eicar_or_not) as upkeep:
        asyncio.run(upkeep.check_again())
    house.tidy()

    assert before == [409, 409]
    assert named == []
    assert still == "checking"
    states = [house.described(ann, each)["state"] for each in (lost, plan, virus)]
    assert states == ["checking", "ready", "refused"]
    assert (house.content(ann, plan).body, house.content(ann, virus).status) == (PNG, 409)
    # A message could not name it yet, so it is still only its owner's.
    assert house.content(will, plan).status == 404
    assert {name.partition("-")[0] for name in house.files()} == {hash_of(PNG)}


def test_a_file_that_the_scanner_fails_at_does_not_keep_others_waiting(
    unscanned: House, scanner_back: ScannerBack
) -> None:
    house = unscanned
    ann = house.office.ann
    deadly, plan = house.uploaded(ann, b"deadly"), house.uploaded(ann)

    with scanner_back(fails_at_deadly) as upkeep:
        for _ in range(2):
            asyncio.run(upkeep.check_again())

    assert [house.described(ann, each)["state"] for each in (deadly, plan)] == ["checking", "ready"]


@pytest.mark.parametrize("deletes", [False, True])
def test_the_files_of_one_person_that_the_scanner_fails_at_keep_nobody_else_waiting(
    deletes: bool, unscanned: House, scanner_back: ScannerBack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parlour.services.upkeep.AT_ONCE", 3)
    house = unscanned
    ann, will = house.office.ann, house.office.will
    deadly = [house.uploaded(ann, b"deadly %d" % number) for number in range(10)]

    with scanner_back(fails_at_deadly) as upkeep:
        asyncio.run(upkeep.check_again())
        if deletes:
            house.call("DELETE", f"/v1/Attachment/{deadly.pop(0)}", ann)
        plan = house.uploaded(will)
        asyncio.run(upkeep.check_again())

    assert {house.described(ann, each)["state"] for each in deadly} == {"checking"}
    assert house.described(will, plan)["state"] == "ready"


def test_a_file_waits_no_longer_because_of_older_ones_of_its_owner_that_the_scanner_fails_at(
    unscanned: House, scanner_back: ScannerBack
) -> None:
    house = unscanned
    ann, will = house.office.ann, house.office.will
    house.uploaded(ann, b"deadly 1")

    with scanner_back(fails_at_deadly) as upkeep:
        for _ in range(20):
            asyncio.run(upkeep.check_again())
        house.uploaded(will, b"deadly 2")
        plan = house.uploaded(ann)
        asyncio.run(upkeep.check_again())

    assert house.described(ann, plan)["state"] == "ready"


def test_a_file_that_the_scanner_fails_at_keeps_no_others_waiting_after_an_outage(
    unscanned: House, scanner_back: ScannerBack
) -> None:
    house = unscanned
    ann, is_back = house.office.ann, False
    deadly, plan = house.uploaded(ann, b"deadly"), house.uploaded(ann)

    with scanner_back(lambda content: fails_at_deadly(content) if is_back else b"ERROR") as upkeep:
        # Until nothing can be said about either of them.
        for _ in range(4):
            asyncio.run(upkeep.check_again())
        is_back = True
        for _ in range(2):
            asyncio.run(upkeep.check_again())

    assert [house.described(ann, each)["state"] for each in (deadly, plan)] == ["checking", "ready"]


def test_an_image_has_a_preview_for_those_who_may_see_it(database: Database, tmp_path: Path) -> None:
    image: Any = pytest.importorskip("PIL.Image")
    house, written = new_house(database, tmp_path / "kept"), io.BytesIO()
    image.new("RGB", (1280, 640)).save(written, "PNG")
    ann, will = house.office.ann, house.office.will
    picture, plain = house.uploaded(ann, written.getvalue()), house.uploaded(ann, b"text", "a.txt")
    house.send(ann, house.chat(ann, will), picture)
    paths = [f"/v1/Attachment/{each}/Preview" for each in (picture, plain)]
    answer = house.call("GET", paths[0], will)

    assert house.described(will, picture)["hasPreview"] is True
    assert (answer.status, answer.header("content-type")) == (200, "image/webp")
    assert image.open(io.BytesIO(answer.body)).size == (640, 320)
    assert house.call("GET", paths[0], will, If_None_Match=answer.header("etag") or "").status == 304
    assert house.call("GET", paths[0], house.office.ada).status == 404
    assert house.call("GET", paths[1], ann).status == 404


@pytest.mark.parametrize("name", ["PNG", "WEBP", "JPEG"])
def test_a_turned_image_has_the_size_in_which_it_is_shown(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    image: Any = pytest.importorskip("PIL.Image")
    turned, written = image.Exif(), io.BytesIO()
    turned[0x0112] = 6
    image.new("RGB", (60, 20)).save(written, name, exif=turned)
    house = new_house(database, tmp_path / "kept")
    ann = house.office.ann
    picture = house.uploaded(ann, written.getvalue())
    with closing(SmallClamd(eicar_or_not)) as clamd:
        waiting = new_house(database, tmp_path / "kept", scanner=str(tmp_path / "nobody.ctl"), office=house.office)
        later = waiting.uploaded(ann, written.getvalue())
        back = new_house(database, tmp_path / "kept", scanner=clamd.address, office=house.office)
        asyncio.run(Upkeep(database, composition.reception(back.settings)).check_again())

    described = [house.described(ann, each) for each in (picture, later)]
    assert [(each["hasPreview"], each["width"], each["height"]) for each in described] == [(True, 20, 60)] * 2


def test_an_upload_that_cannot_be_stored_counts_for_nothing(
    house: House, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(FolderBlobs, "keep", full)
        failed = house.upload(ann, b"x" * LARGEST)
    house.tidy()

    assert failed.status == 500
    assert house.files() == []
    assert house.run(attachment_differences) == []
    assert house.upload(ann, b"x" * LARGEST).status == 200


def test_a_link_of_another_site_leads_to_a_file_and_its_pictures_do_not(house: House, ann: Person) -> None:
    plan = house.uploaded(ann)
    signed_in = house.office.call("POST", "/auth", {"userName": ann.email, "password": "correct horse"})
    cookies = "; ".join(f"{name}={value}" for name, value in signed_in.cookies.items())
    browser = {"Authorization": "", "Cookie": cookies, "Sec_Fetch_Site": "cross-site"}
    followed = house.content(ann, plan, **browser, Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document")
    shown = house.content(ann, plan, **browser, Sec_Fetch_Mode="no-cors", Sec_Fetch_Dest="image")

    assert (followed.status, shown.status) == (200, 403)
