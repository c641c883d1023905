"""The kinds of files, by their first bytes: what may show in a browser, and the sizes of images."""

import io
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.files.kinds import INLINE, OTHER, Kind, kind_of


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def avif(*sizes: tuple[int, int], rotation: int | None = None) -> bytes:
    properties = b"".join(box(b"ispe", bytes(4) + struct.pack(">II", *size)) for size in sizes)
    if rotation is not None:
        properties += box(b"irot", bytes([rotation]))
    meta = bytes(4) + box(b"hdlr", bytes(20)) + box(b"iprp", box(b"ipco", properties))
    return box(b"ftyp", b"avif\0\0\0\0avifmif1") + box(b"meta", meta)


def jpeg(width: int, height: int, *, orientation: int | None = None, order: str = ">", before: bytes = b"") -> bytes:
    exif = b""
    if orientation is not None:
        mark = {">": b"MM", "<": b"II"}[order]
        tiff = mark + struct.pack(f"{order}HIH", 42, 8, 1) + struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
        body = b"Exif\0\0" + tiff
        exif = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    frame = b"\xff\xc0" + struct.pack(">HBHH", 17, 8, height, width)
    return b"\xff\xd8" + before + exif + frame


PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 30, 20)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (PNG, Kind("image/png", 30, 20)),
        (PNG[:20], Kind("image/png")),
        (b"GIF89a" + struct.pack("<HH", 30, 20), Kind("image/gif", 30, 20)),
        (b"GIF87a", Kind("image/gif")),
        (jpeg(30, 20), Kind("image/jpeg", 30, 20)),
        (jpeg(30, 20, before=b"\xff\xff\xff\xfe\x00\x04ab"), Kind("image/jpeg", 30, 20)),
        (jpeg(30, 20, orientation=1), Kind("image/jpeg", 30, 20)),
        (jpeg(30, 20, orientation=6), Kind("image/jpeg", 20, 30)),
        (jpeg(30, 20, orientation=8, order="<"), Kind("image/jpeg", 20, 30)),
        (jpeg(0, 20), Kind("image/jpeg")),
        (b"\xff\xd8\xff", Kind("image/jpeg")),
        (b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + b"\x1d\0\0\x13\0\0", Kind("image/webp", 30, 20)),
        (b"RIFF\0\0\0\0WEBPVP8L" + bytes(4) + b"\x2f" + struct.pack("<I", 29 | 19 << 14), Kind("image/webp", 30, 20)),
        (b"RIFF\0\0\0\0WEBPVP8 " + bytes(7) + b"\x9d\x01\x2a" + struct.pack("<HH", 30, 20), Kind("image/webp", 30, 20)),
        (b"RIFF\0\0\0\0WEBPxxxx", Kind("image/webp")),
        (avif((30, 20)), Kind("image/avif", 30, 20)),
        (avif((10, 10), (30, 20), (5, 5)), Kind("image/avif", 30, 20)),
        (avif((30, 20), rotation=1), Kind("image/avif", 20, 30)),
        (avif((30, 20), rotation=2), Kind("image/avif", 30, 20)),
        (avif(), Kind("image/avif")),
        (PNG[:16] + struct.pack(">II", 2**31 - 1, 1), Kind("image/png", 2**31 - 1, 1)),
        (PNG[:16] + struct.pack(">II", 2**31, 1), Kind("image/png")),
        (avif((1, 2**32 - 1)), Kind("image/avif")),
        (box(b"ftyp", b"mif1\0\0\0\0avif"), Kind("image/avif")),
        (box(b"ftyp", b"isom\0\0\0\0isommp41"), Kind("video/mp4")),
        (box(b"ftyp", b"M4A \0\0\0\0M4A "), Kind("audio/mp4")),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01\x42\x82\x84webm", Kind("video/webm")),
        (b"OggS\0\x02", Kind("audio/ogg")),
        (b"ID3\x04", Kind("audio/mpeg")),
        (b"\xff\xfb\x90", Kind("audio/mpeg")),
    ],
)
def test_kinds_that_may_show_are_known_by_their_bytes(head: bytes, kind: Kind) -> None:
    assert kind_of(head) == kind
    assert kind.media_type in INLINE


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x89PN",
        b"<!DOCTYPE html>",
        b'<svg xmlns="http://www.w3.org/2000/svg">',
        b" \n<?xml version='1.0'?><svg>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"MZ\x90",
        b"#!/bin/sh",
        b"\xff",
        b"\xff\xfe<\0h\0t\0m\0l\0",
        box(b"ftyp", b"qt  \0\0\0\0qt  "),
        box(b"ftyp", b"heic\0\0\0\0mif1heic"),
        b"\x1a\x45\xdf\xa3\x9fB\x82\x88matroska",
        b"RIFF\0\0\0\0WAVEfmt ",
    ],
)
def test_everything_else_is_only_bytes(head: bytes) -> None:
    assert kind_of(head) == Kind(OTHER)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_real_images_have_the_size_that_they_were_written_with(name: str, mode: str) -> None:
    image: Any = pytest.importorskip("PIL.Image")
    written = io.BytesIO()
    image.new("RGB" if name == "JPEG" else mode, (123, 45)).save(written, name)

    kind = kind_of(written.getvalue())

    assert (kind.media_type, kind.width, kind.height) == (f"image/{name.lower()}", 123, 45)


@pytest.mark.parametrize(
    ("kind", "preview", "shown"),
    [
        ((300, 200), (20, 30), (200, 300)),
        ((200, 300), (30, 20), (300, 200)),
        ((300, 200), (30, 20), (300, 200)),
        # Rounded, both sides of a preview may be equal.
        ((641, 640), (64, 64), (641, 640)),
        ((None, None), (30, 20), (None, None)),
    ],
)
def test_an_image_has_its_sides_in_the_order_of_its_previews(
    kind: tuple[int, int], preview: tuple[int, int], shown: tuple[int, int]
) -> None:
    assert Kind("image/png", *kind).turned_like(Kind("image/webp", *preview)) == Kind("image/png", *shown)


@given(st.sampled_from([PNG, jpeg(30, 20, orientation=6), avif((30, 20), rotation=1)]), st.data())
def test_damaged_headers_harm_nothing(head: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(head) - 1))
    damaged = head[:at] + data.draw(st.binary(max_size=8)) + head[at + data.draw(st.integers(0, 8)) :]

    kind = kind_of(damaged)

    assert kind.media_type in {*INLINE, OTHER}
    assert (kind.width is None) == (kind.height is None)
