"""Forms and their files as values. Small files are in memory, larger ones in temporary files."""

import tempfile
from dataclasses import dataclass, field
from typing import BinaryIO, cast

IN_MEMORY_BYTES = 256 * 1024
"""The size of a file that is kept in memory; larger ones are on disk."""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """One file of a form.

    `name` is the form's field, `size` is in bytes. `file_name` is the client's name for the file, which must not be
    used as a path. `content` is at its start, and closed when the request is answered.
    """

    name: str
    file_name: str
    content_type: str
    size: int
    content: BinaryIO


@dataclass(slots=True)
class Form:
    """The fields of a form in order, and its files, which `close` closes.

    The text of a field that is not in UTF-8 is a `percent.NotUtf8`. `is_utf8` is False if any bytes sent outside of
    files are not in UTF-8, so that this may not be a form.
    """

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[UploadedFile] = field(default_factory=list)
    is_utf8: bool = True
    _opened: list[BinaryIO] = field(default_factory=list)

    def open_file(self) -> BinaryIO:
        """Opens a new temporary file. On disk it has no name, so nothing of it can remain."""
        opened = cast("BinaryIO", tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES))  # noqa: SIM115 - closed with the form
        self._opened.append(opened)
        return opened

    def close(self) -> None:
        for opened in self._opened:
            opened.close()
