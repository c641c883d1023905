"""Form bodies: names and values from urlencoded and multipart ones. Files among them are left out."""

import re
from email.message import Message
from email.utils import collapse_rfc2231_value
from urllib.parse import parse_qsl

from parlour.contract.codecs import BodyError

MAX_FIELDS = 1000
"""More than any form has; reading goes through them all."""

Fields = list[tuple[str, str]]


def form_fields(content_type: str, body: bytes) -> Fields:
    """The fields of a form in their order, blank ones too.

    Raises BodyError when the body is not what its content type says.
    """
    if content_type.lower().startswith("multipart/"):
        return _multipart(content_type, body)
    try:
        return parse_qsl(_text(body), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise BodyError(f"A form may have {MAX_FIELDS} fields at most.") from None


def _multipart(content_type: str, body: bytes) -> Fields:
    boundary = _parameter(content_type, "Content-Type", "boundary")
    if not boundary:
        raise BodyError("The multipart boundary is missing.")
    delimiter = b"\r\n--" + re.escape(boundary.encode("utf-8", "surrogateescape")) + rb"(?=--|[ \t]*(?:\r\n|$))"
    # The delimiter's line break belongs to it, so the first one gets the one it lacks.
    sections = re.split(delimiter, b"\r\n" + body, maxsplit=MAX_FIELDS + 1)
    if len(sections) > MAX_FIELDS + 1:
        raise BodyError(f"A form may have {MAX_FIELDS} fields at most.")
    if len(sections) < 2 or not sections[-1].startswith(b"--"):
        raise BodyError("The multipart body ends before its last boundary.")
    return [field for section in sections[1:-1] if (field := _field(section)) is not None]


def _field(section: bytes) -> tuple[str, str] | None:
    head, blank_line, content = section.partition(b"\r\n\r\n")
    if not blank_line:
        raise BodyError("A part of the multipart body has no head.")
    found = re.search(rb"^content-disposition:([^\r\n]*)", head, re.IGNORECASE | re.MULTILINE)
    disposition = _text(found[1]).strip() if found else ""
    if _parameter(disposition, "Content-Disposition", "filename") is not None:
        return None
    name = _parameter(disposition, "Content-Disposition", "name")
    return None if name is None else (name, _text(content))


def _parameter(value: str, header: str, name: str) -> str | None:
    message = Message()
    message[header] = value
    found = message.get_param(name, header=header)
    try:
        return None if found is None else collapse_rfc2231_value(found)
    except ValueError:
        raise BodyError(f"The {header} of the form names an encoding that is none.") from None


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise BodyError("The form is not in UTF-8.") from None
