"""Small pictures and sounds for tests that upload some."""

import struct
import zlib


def png(width: int, height: int) -> bytes:
    """A grey PNG of this size."""
    # A filter of 0 before each row, and one byte for each pixel.
    pixels = zlib.compress((b"\0" + b"\x99" * width) * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def mp3(frames: int) -> bytes:
    """Silence, as MPEG audio of 128 kbit/s. Each frame lasts for 26 milliseconds."""
    # A frame without data: its head, and zeros up to the length that the head says.
    return (b"\xff\xfb\x90\x00" + b"\0" * 413) * frames


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
