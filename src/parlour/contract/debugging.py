"""What a developer is told of a failure of the server, where the program is set to debug (contract/errors.md, 8)."""

import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from parlour.contract.codecs import Profile
from parlour.contract.codecs.jsv import JsvCodec
from parlour.contract.metadata import TypeRef


def stack_trace(error: Exception, dto: Any, profile: Profile) -> str:
    """Where it failed, below the request it failed with in JSV; `dto` is None when it failed before there was one."""
    trace = "".join(traceback.format_exception(error))
    if dto is None:
        return trace
    request = JsvCodec(profile).writer(TypeRef("dto", python=type(dto)))(dto).decode()
    return f"[{type(dto).__name__}: {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}]:\n[REQUEST: {request}]\n{trace}"


def inner_messages(error: BaseException) -> Iterator[str]:
    """The messages of the errors that led to `error`, the latest first."""
    while inner := error.__cause__ or error.__context__:
        yield str(inner)
        error = inner
