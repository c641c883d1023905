"""Stored bytes by name, in a folder. A name begins with the hash of the bytes, and stored bytes never change."""

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from parlour.files.incoming import PIECE_BYTES
from parlour.files.private_folders import make_private_folder

PREVIEW = ".preview"
"""The end of the name under which the preview of a file is stored."""

_NAME = re.compile(r"[0-9a-f]{64}-[0-9a-f]{8}(\.preview)?")


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """One stored file. `stored_at` is in seconds of Unix time."""

    name: str
    size: int
    stored_at: float


class Blobs(Protocol):
    """Where the bytes of files are kept. Methods that are not async may wait for a disk or a network.

    They raise OSError if that fails.
    """

    def keep(self, name: str, path: Path) -> None:
        """Stores the file at `path`, which must not be written to any more. It is durable when this returns."""
        ...

    def delete(self, names: Iterable[str]) -> None:
        """Deletes files and their previews, as far as they exist."""
        ...

    def stored(self) -> Iterator[StoredBlob]:
        """All stored files and previews, in any order."""
        ...

    async def size_of(self, name: str) -> int | None:
        """The size in bytes. None if nothing is stored under this name."""
        ...

    def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, in pieces."""
        ...


def new_name(content_hash: str) -> str:
    """A name for bytes with this hash. It differs each time, so that a late deletion never hits newer bytes."""
    return f"{content_hash}-{secrets.token_hex(4)}"


def checked_name(name: str) -> str:
    """The name. Raises ValueError for a text that is not one, and might lead out of the store."""
    if not _NAME.fullmatch(name):
        raise ValueError("This is not the name of stored bytes.")
    return name


class FolderBlobs(Blobs):
    """Stores files in a folder, in subfolders by the first two digits of their hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, path: Path) -> None:
        target = self._path(name)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        make_private_folder(target.parent)
        # Even if the folder was there, so that the time does not tell.
        _sync_folder(target.parent.parent)
        try:
            os.link(path, target)
        except FileExistsError:
            # The same work again. Replacing the file would take longer, and doing nothing would be quicker. Either
            # would tell the sender that the bytes were known.
            again = target.with_name(f"{name}.{secrets.token_hex(4)}")
            os.link(path, again)
            again.unlink()
        _sync_folder(target.parent)

    def delete(self, names: Iterable[str]) -> None:
        for name in names:
            for each in (name, name + PREVIEW):
                self._path(each).unlink(missing_ok=True)

    def stored(self) -> Iterator[StoredBlob]:
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/*")):
            try:
                state = path.stat()
            except FileNotFoundError:
                continue
            if _NAME.fullmatch(path.name):
                yield StoredBlob(path.name, state.st_size, state.st_mtime)

    async def size_of(self, name: str) -> int | None:
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            return None

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        descriptor = await asyncio.to_thread(os.open, self._path(name), os.O_RDONLY | os.O_CLOEXEC)
        try:
            while start < end:
                # In a thread, as the disk may be slow.
                piece = await asyncio.to_thread(os.pread, descriptor, min(PIECE_BYTES, end - start), start)
                if not piece:
                    raise OSError(f"The stored file {name} is shorter than it was.")
                yield piece
                start += len(piece)
        finally:
            os.close(descriptor)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / checked_name(name)


def _sync_folder(folder: Path) -> None:
    """Makes a new name in the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
