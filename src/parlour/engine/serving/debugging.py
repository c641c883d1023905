"""The details of a bug for developers, in debug mode.

Its shape is that of docs/wire/errors.md#debug.
"""

import traceback
from collections.abc import Iterator
from copy import copy
from dataclasses import is_dataclass
from datetime import UTC, datetime
from typing import Any

from parlour.engine.codecs import Profile
from parlour.engine.codecs.jsv import JsvCodec
from parlour.engine.dto.metadata import TypeRef, dto_type


def stack_trace(error: Exception, dto: Any, profile: Profile) -> str:
    """The request in JSV, followed by the stack trace. `dto` is None if it failed before binding."""
    trace = "".join(traceback.format_exception(error))
    if dto is None:
        return trace
    request = JsvCodec(profile).writer(TypeRef("dto", python=type(dto)))(_without_secrets(dto)).decode()
    return f"[{type(dto).__name__}: {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}]:\n[REQUEST: {request}]\n{trace}"


def _without_secrets(value: Any) -> Any:
    """The same value without its secrets."""
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_secrets(item) for key, item in value.items()}
    if not is_dataclass(value):
        return value
    cls: Any = type(value)
    cleaned = copy(value)
    for member in dto_type(cls).properties:
        found = member.type.default if member.is_secret else _without_secrets(getattr(value, member.attribute))
        setattr(cleaned, member.attribute, found)
    return cleaned


def inner_messages(error: BaseException) -> Iterator[str]:
    """The messages of the errors that caused `error`, latest first."""
    while inner := error.__cause__ or error.__context__:
        yield str(inner)
        error = inner
