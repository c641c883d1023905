"""Forms and their files as values. Small files are in memory, larger ones in temporary files."""

import tempfile
from collections.abc import Callable
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


def _temporary_file() -> BinaryIO:
    """A temporary file without a name on disk, so that nothing of it can remain."""
    return cast("BinaryIO", tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES))


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLimits:
    """The limits of one form, and where its files go. `file_bytes` is None if the files have no limit of their own."""

    form_bytes: int
    file_bytes: int | None = None
    open_file: Callable[[], BinaryIO] = _temporary_file


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOptions:
    """The limit of one uploaded file in bytes, and where such files are written. The form closes what is opened."""

    max_file_bytes: int
    open_file: Callable[[], BinaryIO] = _temporary_file


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

    def open_file(self, new_file: Callable[[], BinaryIO] = _temporary_file) -> BinaryIO:
        """Opens a new file for this form."""
        opened = new_file()
        self._opened.append(opened)
        return opened

    def close(self) -> None:
        for opened in self._opened:
            opened.close()
