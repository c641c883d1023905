"""Reads forms: names, values and files from urlencoded and multipart bodies."""

import logging
from collections.abc import Callable
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from parlour.engine.dto.errors import BodyError, PayloadTooLarge
from parlour.engine.http.parameters import parameters
from parlour.engine.http.percent import NotUtf8, pairs_in, text_of
from parlour.engine.http.uploads import IN_MEMORY_BYTES, Form, FormLimits, UploadedFile

MAX_FIELDS = 1000
"""More fields than any form has; reading takes time for each."""

MAX_FILES = 100
"""Each file takes some memory, and a file descriptor if it is large."""

MAX_FIELD_BYTES = 1024 * 1024
"""The size of all fields without files together, since they are held in memory."""

MAX_PART_HEAD_BYTES = 1024
"""The size of all headers of one part: a name, a type and a file name."""

# The type of a file whose part has none (RFC 7578, 4.4).
_FILE_TYPE = "application/octet-stream"

# Errors in forms are reported to the client; the parser would log them as well.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


def read_form(content_type: str, body: bytes, *, keeps_files: bool = False) -> Form:
    """The form in a body, without its files unless `keeps_files`.

    Raises BodyError when the body is not what its content type says.
    """
    if not content_type.lower().startswith("multipart/"):
        return _urlencoded(body)
    reader = MultipartReader(content_type, keeps_files=keeps_files)
    reader.write(body)
    reader.finish()
    return reader.form


def _urlencoded(body: bytes) -> Form:
    if body.count(b"&") >= MAX_FIELDS:
        raise BodyError(f"A form may have {MAX_FIELDS} fields at most.")
    return Form(pairs_in(body), is_utf8=not isinstance(text_of(body), NotUtf8))


class MultipartReader:
    """Reads a multipart body piece by piece into `form`. The caller must close the form even if reading fails.

    All methods raise BodyError if the body does not match its content type. `write` raises PayloadTooLarge for a file
    beyond the `limits`.
    """

    def __init__(self, content_type: str, *, keeps_files: bool, limits: FormLimits | None = None) -> None:
        boundary = _parameters(content_type, "Content-Type").get("boundary")
        if not boundary:
            raise BodyError("The multipart boundary is missing.")
        self.form = Form()
        self.has_large_files = False
        self._keeps_files = keeps_files
        self._limits = limits
        self._parts = 0
        self._field_bytes = 0
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._head_bytes = 0
        self._headers: dict[str, str] = {}
        self._name = self._file_name = ""
        self._content: list[bytes] | None = None
        self._file: BinaryIO | None = None
        self._size = 0
        self._is_whole = False
        self._parse = self._parser(boundary.encode("utf-8", "surrogateescape")).write

    def write(self, piece: bytes) -> None:
        try:
            self._parse(piece)
        except FormParserError:
            raise BodyError(
                "The multipart body is not well-formed, or a part has too many or too long headers."
            ) from None

    def finish(self) -> None:
        """Ends the form, with its files at their start."""
        if not self._is_whole:
            raise BodyError("The multipart body ends before its last boundary.")
        for file in self.form.files:
            file.content.seek(0)

    def _parser(self, boundary: bytes) -> MultipartParser:
        try:
            return MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._append_to(0),
                    "on_header_value": self._append_to(1),
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_head,
                    "on_part_data": self._take,
                    "on_part_end": self._end,
                    "on_end": self._end_body,
                },
                max_header_size=MAX_PART_HEAD_BYTES,
            )
        except FormParserError:
            raise BodyError("The multipart boundary is too long.") from None

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_FIELDS:
            raise BodyError(f"A form may have {MAX_FIELDS} fields at most.")
        self._headers, self._head_bytes = {}, 0
        self._content, self._file, self._size = None, None, 0

    def _append_to(self, index: int) -> Callable[[bytes, int, int], None]:
        def append(data: bytes, start: int, end: int) -> None:
            self._head_bytes += end - start
            if self._head_bytes > MAX_PART_HEAD_BYTES:
                raise BodyError(f"The headers of a part may have {MAX_PART_HEAD_BYTES:,} bytes together.")
            self._header[index].extend(data[start:end])

        return append

    def _end_header(self) -> None:
        name, value = self._header
        self._headers[name.decode("latin-1").lower()] = _text(bytes(value)).strip()
        self._header = (bytearray(), bytearray())

    def _end_head(self) -> None:
        """Decides where the part goes: to a named field, to a file, or nowhere."""
        found = _parameters(self._headers.get("content-disposition", ""), "Content-Disposition")
        if "name" not in found:
            return
        self._name, self._file_name = found["name"], found.get("filename", "")
        if "filename" not in found:
            self._content = []
        elif self._keeps_files:
            if len(self.form.files) >= MAX_FILES:
                raise BodyError(f"A form may have {MAX_FILES} files at most.")
            self._file = self.form.open_file() if self._limits is None else self.form.open_file(self._limits.open_file)

    def _take(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if self._file is not None:
            self._size += len(piece)
            if (
                self._limits is not None
                and self._limits.file_bytes is not None
                and self._size > self._limits.file_bytes
            ):
                raise file_too_large(self._limits.file_bytes)
            self._file.write(piece)
            self.has_large_files |= self._size > IN_MEMORY_BYTES
        elif self._content is not None:
            self._field_bytes += len(piece)
            if self._field_bytes > MAX_FIELD_BYTES:
                raise BodyError(f"The fields of a form may have {MAX_FIELD_BYTES:,} bytes together.")
            self._content.append(piece)

    def _end(self) -> None:
        if self._content is not None:
            text = text_of(b"".join(self._content))
            self.form.fields.append((self._name, text))
            self.form.is_utf8 &= not isinstance(text, NotUtf8)
        elif self._file is not None:
            type_ = self._headers.get("content-type") or _FILE_TYPE
            self.form.files.append(UploadedFile(self._name, self._file_name, type_, self._size, self._file))

    def _end_body(self) -> None:
        self._is_whole = True


def file_too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"A file may have {limit:,} bytes on this server.")


def _parameters(header: str, name: str) -> dict[str, str]:
    try:
        return parameters(header)
    except ValueError:
        raise BodyError(f"The {name} of the form cannot be read.") from None


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise BodyError("The form is not in UTF-8.") from None
