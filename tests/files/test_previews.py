"""Previews of images, made in a process with limits, also from images that were made to attack it."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from parlour.files import previews
from parlour.files.kinds import Kind, kind_of
from parlour.files.previews import LONGEST_SIDE, preview_of

Image: Any = pytest.importorskip("PIL.Image")


def preview(tmp_path: Path, content: bytes, kind: Kind | None = None) -> bytes | None:
    path = tmp_path / "image"
    path.write_bytes(content)
    return preview_of(path, kind or kind_of(content))


def opened(content: bytes | None) -> Any:
    assert content is not None
    return Image.open(io.BytesIO(content))


def written(image: Any, name: str, **more: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, name, **more)
    return file.getvalue()


@pytest.mark.parametrize("name", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
def test_a_preview_is_a_small_webp_with_the_same_shape(tmp_path: Path, name: str) -> None:
    made = opened(preview(tmp_path, written(Image.new("RGB", (1600, 400), (200, 30, 30)), name)))
    red, green, blue = made.convert("RGB").getpixel((10, 10))

    assert (made.format, made.size) == ("WEBP", (LONGEST_SIDE, LONGEST_SIDE // 4))
    assert red > 170
    assert green < 60
    assert blue < 60


def test_a_small_image_is_not_enlarged_and_keeps_what_is_transparent(tmp_path: Path) -> None:
    made = opened(preview(tmp_path, written(Image.new("RGBA", (20, 10), (0, 0, 0, 0)), "PNG")))

    assert made.size == (20, 10)
    assert made.getpixel((5, 5))[3] == 0


def test_a_photo_is_turned_and_loses_its_place_and_camera(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A camera"
    exif[0x8825] = {1: "N", 2: (48.0, 8.0, 0.0)}
    photo = written(Image.new("RGB", (400, 200)), "JPEG", exif=exif, comment=b"at home")
    kind, small = kind_of(photo), preview(tmp_path, photo)
    made = opened(small)

    assert b"A camera" in photo
    assert (kind.width, kind.height) == made.size == (200, 400)
    assert dict(made.getexif()) == {}
    assert small is not None and b"camera" not in small and b"home" not in small and b"EXIF" not in small


def png(width: int, height: int, data: bytes) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_an_image_with_too_many_pixels_has_no_preview_and_is_not_even_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subprocess.run", lambda *given, **more: pytest.fail("A process was started."))

    assert preview(tmp_path, png(60_000, 60_000, zlib.compress(bytes(1_000_000)))) is None


def test_an_image_that_hides_its_size_is_stopped_by_the_process_itself(tmp_path: Path) -> None:
    bomb = png(60_000, 60_000, zlib.compress(bytes(1_000_000)))

    assert preview(tmp_path, bomb, Kind("image/png", 10, 10)) is None


def test_an_image_that_needs_too_much_memory_has_no_preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "MEMORY_BYTES", 256 * 1024 * 1024)
    large = png(7_000, 7_000, zlib.compress(bytes(7_000 * (7_000 * 3 + 1))))

    assert preview(tmp_path, large) is None


def test_an_image_that_takes_too_long_has_no_preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "SECONDS", 0)

    assert preview(tmp_path, written(Image.new("RGB", (100, 100)), "PNG")) is None


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n" + bytes(100), b"GIF89a\x10\0\x10\0", b"\xff\xd8\xff\xc0\0\x11\x08\0\x10\0\x10"]
)
def test_a_broken_image_has_no_preview(tmp_path: Path, content: bytes) -> None:
    assert preview(tmp_path, content, Kind(kind_of(content).media_type, 16, 16)) is None


def test_the_kind_decides_which_decoder_reads_the_image(tmp_path: Path) -> None:
    # Pillow reads many formats that nobody expects here, some of them with programs of others.
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n"

    assert preview(tmp_path, postscript, Kind("image/png", 10, 10)) is None
    assert preview(tmp_path, b"<svg/>") is None
