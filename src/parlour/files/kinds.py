"""What a file is, by its first bytes and never by what its sender says: its media type, and the size of an image.

Sizes are read from headers without decoding anything. Damaged headers give no size.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

OTHER = "application/octet-stream"

HEAD_BYTES = 256 * 1024
"""How much of a file is looked at. Cameras write previews and profiles of this size before the size of a photo."""

INLINE = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
        "video/mp4",
        "audio/mp4",
        "video/webm",
        "audio/mpeg",
        "audio/ogg",
    }
)
"""The types that browsers may show. Nothing in files of these types is run."""

# The brands of MP4 files by ISO/IEC 14496-12 and registrations. Others, such as QuickTime, are not for browsers.
_MP4 = {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"MSNV"}
_MP4_AUDIO = {b"M4A ", b"M4B "}
_AVIF = {b"avif", b"avis"}

# The start of each frame of MPEG audio, layer III: 11 set bits, a version, and the layer.
_MPEG_FRAMES = {0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2}

Size = tuple[int, int]

# Headers of PNG and AVIF have room for sides of up to 2**32. No program shows such an image, and clients read an int.
_LONGEST_SIDE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a file. Images also have a size in pixels, as they are shown."""

    media_type: str
    width: int | None = None
    height: int | None = None

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")

    def turned_like(self, preview: "Kind") -> "Kind":
        """The kind with the sides in the order of its preview's.

        PNG and WebP may say at their end that they are to be turned, which the decoder sees and a header does not.
        """
        width, height = self.width or 0, self.height or 0
        preview_width, preview_height = preview.width or 0, preview.height or 0
        is_turned = (width - height) * (preview_width - preview_height) < 0
        return replace(self, width=height, height=width) if is_turned else self


def kind_of(head: bytes) -> Kind:
    """The kind of a file with these first bytes."""
    media_type = _media_type(head)
    measure = _SIZES.get(media_type)
    if measure is None:
        return Kind(media_type)
    try:
        size = measure(head)
    except (struct.error, IndexError):
        size = None
    if size is None or not all(0 < side <= _LONGEST_SIDE for side in size):
        return Kind(media_type)
    return Kind(media_type, *size)


def _media_type(head: bytes) -> str:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _iso_type(head)
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"\x42\x82\x84webm" in head[:64]:
        return "video/webm"
    if head.startswith(b"OggS\0"):
        return "audio/ogg"
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] and head[1] in _MPEG_FRAMES):
        return "audio/mpeg"
    return OTHER


def _iso_type(head: bytes) -> str:
    """The type of a file in the format of MP4, by its brands."""
    length = int.from_bytes(head[:4])
    major, others = head[8:12], head[16 : min(length, 256)]
    brands = {major, *(others[at : at + 4] for at in range(0, len(others), 4))}
    if brands & _AVIF:
        return "image/avif"
    if major in _MP4_AUDIO:
        return "audio/mp4"
    return "video/mp4" if major in _MP4 else OTHER


def _png(head: bytes) -> Size | None:
    if head[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _gif(head: bytes) -> Size:
    width, height = struct.unpack("<HH", head[6:10])
    return width, height


def _jpeg(head: bytes) -> Size | None:
    """The size in the frame's header, turned by the orientation that the camera noted."""
    is_turned = False
    at = 2
    while at + 4 <= len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker == 0xFF:
            # A marker may be preceded by any number of these.
            at += 1
            continue
        length = int.from_bytes(head[at + 2 : at + 4])
        if marker == 0xE1:
            is_turned = _is_turned(head[at + 4 : at + 2 + length])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return (height, width) if is_turned else (width, height)
        at += 2 + max(length, 2)
    return None


def _is_turned(exif: bytes) -> bool:
    """Whether the orientation in Exif data exchanges width and height."""
    if exif[:6] != b"Exif\0\0":
        return False
    tiff = exif[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return False
    (start,) = struct.unpack(f"{order}I", tiff[4:8])
    (count,) = struct.unpack(f"{order}H", tiff[start : start + 2])
    # Each entry takes 12 bytes, so the head limits them.
    for at in range(start + 2, min(start + 2 + 12 * count, len(tiff) - 11), 12):
        tag, _, _, value = struct.unpack(f"{order}HHIH", tiff[at : at + 10])
        if tag == 0x0112:
            return bool(5 <= value <= 8)
    return False


def _webp(head: bytes) -> Size | None:
    kind = head[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8L" and head[20:21] == b"\x2f":
        (bits,) = struct.unpack("<I", head[21:25])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _avif(head: bytes) -> Size | None:
    """The largest of the images in the file, since the others are its parts. It may be turned by a right angle."""
    properties = next(_inner(head, b"meta", b"iprp", b"ipco"), None)
    if properties is None:
        return None
    sizes = [struct.unpack(">II", content[4:12]) for kind, content in _boxes(properties) if kind == b"ispe"]
    if not sizes:
        return None
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    is_turned = any(kind == b"irot" and content[0] & 1 for kind, content in _boxes(properties))
    return (height, width) if is_turned else (width, height)


def _inner(data: bytes, name: bytes, *names: bytes) -> Iterator[bytes]:
    """The contents of boxes at a path of names."""
    for kind, content in _boxes(data):
        if kind == name:
            # This box begins with a version and flags.
            below = content[4:] if kind == b"meta" else content
            yield from _inner(below, *names) if names else iter([below])


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        if length < 8:
            # Large boxes and those up to the end of the file hold the image itself.
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + length]
        at += length


_SIZES: dict[str, Callable[[bytes], Size | None]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
    "image/avif": _avif,
}
