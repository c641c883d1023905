"""Small pictures of images, made by Pillow in a process of its own with limits on pixels, memory and time."""

import importlib.util
import logging
import os
import subprocess
import sys
from pathlib import Path

from parlour.files.kinds import Kind

MEDIA_TYPE = "image/webp"

# Photos of 50 megapixels exist. Decoded, this many take 200 MB.
MOST_PIXELS = 50_000_000

# A picture within a chat on a sharp display.
LONGEST_SIDE = 640

SECONDS = 20
MEMORY_BYTES = 1024 * 1024 * 1024

_logger = logging.getLogger("parlour.files")


def can_make_previews() -> bool:
    """Whether Pillow is installed."""
    return importlib.util.find_spec("PIL") is not None


def preview_of(path: Path, kind: Kind) -> bytes | None:
    """A preview of an image: turned as it was taken, and without any of its metadata. None if there cannot be one."""
    if not kind.is_image or kind.width is None or kind.height is None or kind.width * kind.height > MOST_PIXELS:
        return None
    limits = [str(each) for each in (MOST_PIXELS, LONGEST_SIDE, MEMORY_BYTES, SECONDS)]
    program = [sys.executable, "-I", "-m", "parlour.files.preview_program", kind.media_type, *limits]
    with path.open("rb") as image:
        try:
            # Without this process's environment, which may hold passwords.
            made = subprocess.run(  # noqa: S603 - our own program
                program, stdin=image, capture_output=True, timeout=SECONDS, env={"PATH": os.defpath}, check=False
            )
        except subprocess.TimeoutExpired:
            _logger.warning("the preview of an image took longer than %d s", SECONDS)
            return None
    if made.returncode != 0 or not made.stdout:
        _logger.info("there is no preview of an image: %s", made.stderr[-200:].decode(errors="replace").strip())
        return None
    return made.stdout
