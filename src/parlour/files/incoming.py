"""Files that are arriving: written to disk and hashed on the way, and never held in memory."""

import fcntl
import hashlib
import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from parlour.files.private_folders import make_private_folder

# The piece in which a file is read: large enough for few calls, small enough for many readers.
PIECE_BYTES = 256 * 1024


class IncomingFile(io.RawIOBase):
    """A file of the incoming folder, open for writing. Closing it deletes it, unless it was moved away before.

    It has a name on disk, since the store keeps a file by renaming it. Writing appends, and seeking changes only where
    reading goes on.
    """

    def __init__(self, path: Path, *, is_kept: bool = False) -> None:
        super().__init__()
        self.path = path
        self._is_kept = is_kept
        # Unbuffered, as the pieces come from the network and are large.
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._position = 0
        self.size = os.fstat(self._descriptor).st_size
        # The hash of a file that began earlier is known only after it was read again.
        self._hash = None if self.size else hashlib.sha256()

    def write(self, piece: Any) -> int:
        """Appends a piece."""
        view = memoryview(piece)
        while view:
            written = os.pwrite(self._descriptor, view, self.size)
            if self._hash is not None:
                self._hash.update(view[:written])
            self.size += written
            view = view[written:]
        return len(piece)

    def sha256(self) -> str:
        """The hash of the bytes so far, in hexadecimal digits."""
        if self._hash is None:
            self._hash = hashlib.sha256()
            for piece in self.pieces():
                self._hash.update(piece)
        return self._hash.hexdigest()

    def pieces(self) -> Iterator[bytes]:
        """The bytes so far, from the start."""
        at = 0
        while piece := os.pread(self._descriptor, PIECE_BYTES, at):
            yield piece
            at += len(piece)

    def head(self, most: int) -> bytes:
        """The first bytes."""
        return os.pread(self._descriptor, most, 0)

    def try_to_lock(self) -> bool:
        """Whether nobody else writes to this file. Closing it releases the lock."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        os.close(self._descriptor)
        if not self._is_kept:
            self.path.unlink(missing_ok=True)

    # -- what readers of files call

    def fileno(self) -> int:
        return self._descriptor

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        read = os.preadv(self._descriptor, [buffer], self._position)
        self._position += read
        return read


class IncomingFolder:
    """The folder for files that are arriving. It must be on the same disk as the stored ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self) -> IncomingFile:
        """A new file, which is deleted when it is closed."""
        make_private_folder(self._folder)
        return IncomingFile(self._folder / f"{secrets.token_hex(16)}.part")

    def resumable(self, name: str) -> IncomingFile:
        """The file of an upload that may go on later: closing keeps it."""
        make_private_folder(self._folder)
        return IncomingFile(self._path(name), is_kept=True)

    def size_of(self, name: str) -> int:
        """How many bytes of such a file have arrived."""
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            return 0

    def discard(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def discard_before(self, instant: float) -> None:
        """Deletes files that nothing was written to since then, in seconds of Unix time. They were left by a crash."""
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            try:
                if path.stat().st_mtime < instant:
                    path.unlink()
            except FileNotFoundError:
                # It has been moved meanwhile.
                continue

    def _path(self, name: str) -> Path:
        assert name.isalnum(), "Names are ids that the server chose."
        return self._folder / f"{name}.upload"
