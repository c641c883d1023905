"""Failures of schemathesis that docs/wire allows, and the encoding of formats it does not know."""

import json
import re
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData

_UNKNOWN = ("application/jsv", "text/csv", "text/jsonl")

_COERCED = re.compile(
    # Numbers and words are read as text, text as numbers, one item as a list, if nothing is lost.
    r"incorrect type|invalid type|violates `type`|"
    # Unknown members are ignored, and null keeps a member's default.
    r"unexpected propert|additional propert|violates `additionalProperties`|null|"
    # A body without a type, or of an unknown type, is ignored.
    r"content-type|media type|missing request body|"
    # The values of a repeated member are joined.
    r"duplicate",
    re.IGNORECASE,
)

# Random data is never valid in these formats, but must not crash a reader.
for media_type in _UNKNOWN:
    schemathesis.openapi.media_type(media_type, st.binary() | st.text('{}[]:,"ab\r\n').map(str.encode))


@schemathesis.serializer(*_UNKNOWN)
def as_it_is(context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether a failure is a real one."""
    if isinstance(failure, AcceptedNegativeData):
        return not _is_put_right(failure, case)
    if isinstance(failure, RejectedPositiveData):
        return not _is_beyond_schemas(case, response)
    return True


def _is_put_right(failure: Any, case: Any) -> bool:
    """Whether readers correct all errors of a request. A blank body counts as none."""
    if isinstance(case.body, bytes) and not case.body.strip():
        return True
    place, *details = failure.message.partition("Invalid component:")[2].strip().splitlines()
    return all(_COERCED.search(line) or _is_blank(line, case) for line in details or [place])


def _is_blank(line: str, case: Any) -> bool:
    """Whether a line is about a blank instead of a value, which counts as missing."""
    path = re.search(r"(?:^|- )(\w+(?: -> \w+)*): ", line)
    value: Any = case.body if "in body" in line else case.query
    for name in path[1].split(" -> ") if path else ():
        value = value.get(name) if isinstance(value, dict) else None
    return isinstance(value, str) and not value


def _is_beyond_schemas(case: Any, response: Any) -> bool:
    """Whether a request breaks rules that schemas cannot express: the syntax of other formats than JSON, and a
    handler's own rules.

    JSV is one of these formats, in bodies and for nested values in a query.
    """
    if case.media_type not in (None, "application/json"):
        return True
    told = json.loads(response.content)["responseStatus"]
    parameters = case.operation.definition.raw.get("parameters", ())
    nested = {each["name"].lower() for each in parameters if "contentMediaType" in each["schema"]}
    return told["errorCode"] != "SerializationException" or all(
        wrong["fieldName"].partition(".")[0].lower() in nested for wrong in told["errors"]
    )
