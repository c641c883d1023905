"""Forms and the files in them, as values. A file is in memory while it is small, then in a temporary file."""

import tempfile
from dataclasses import dataclass, field
from typing import BinaryIO, cast

IN_MEMORY_BYTES = 256 * 1024
"""Of each file; what is larger goes to disk."""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """One file of a form.

    `name` is the form's field, `file_name` what the client calls the file, which is no path to trust, `size` in bytes.
    `content` is read from its start, and gone once the request is answered.
    """

    name: str
    file_name: str
    content_type: str
    size: int
    content: BinaryIO


@dataclass(slots=True)
class Form:
    """The fields of a form in their order, and its files. `close` gives up the files.

    The text of a field that is not in UTF-8 is a `percent.NotUtf8`. `is_utf8` is about the bytes as they were sent,
    whichever field they are in: False means that this may be something else than a form. Files do not count.
    """

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[UploadedFile] = field(default_factory=list)
    is_utf8: bool = True
    _opened: list[BinaryIO] = field(default_factory=list)

    def open_file(self) -> BinaryIO:
        """A new place for a file. On disk it has no name, so nothing is left of it whatever happens."""
        opened = cast("BinaryIO", tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES))  # noqa: SIM115 - closed with the form
        self._opened.append(opened)
        return opened

    def close(self) -> None:
        for opened in self._opened:
            opened.close()
