"""HTML: an answer as one page for people. The page loads nothing and runs nothing.

The rules are those of docs/wire/html.md.
"""

from collections.abc import Callable, Mapping
from copy import copy
from datetime import UTC, datetime
from html import escape
from typing import Any

from markupsafe import Markup

from parlour.engine.codecs import Codec, Profile, Writer
from parlour.engine.codecs.context import RequestContext
from parlour.engine.codecs.html_values import HtmlSource
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.dto.errors import ApiError
from parlour.engine.dto.metadata import TypeRef
from parlour.engine.dto.type_names import display_name
from parlour.engine.http.messages import Response
from parlour.engine.templates import PAGE_HEADERS, rendered

# The values of the template that are left out if nothing is known about the request.
_ALONE: Mapping[str, Any] = {"service": "", "home": "", "about": "", "links": (), "call": None, "given": {}}


Surroundings = Callable[[RequestContext], Mapping[str, Any]]
"""Returns the values of the template for the links and the form around an answer."""


class HtmlCodec(Codec):
    """Pages of answers, each with the same answer as JSON in one profile.

    With `surroundings`, the page also shows what was asked.
    """

    name = "html"
    media_type = "text/html"
    content_type = "text/html"
    is_for_people = True
    shows_request = True
    explains_missing = True

    def __init__(self, profile: Profile, surroundings: Surroundings | None = None) -> None:
        self._surroundings = surroundings
        self._context: RequestContext | None = None
        self._json = JsonCodec(profile)
        self._source = HtmlSource()

    def for_request(self, context: RequestContext) -> Codec:
        if self._surroundings is None or context.operation is None:
            return self
        variant = copy(self)
        variant._context = context
        return variant

    def writer(self, type_: TypeRef) -> Writer:
        show, write_json = self._source.shown(type_), self._json.writer(type_)
        around: Mapping[str, Any] = {"name": display_name(type_)}
        if self._surroundings is not None and self._context is not None:
            around = self._surroundings(self._context)

        def write(value: Any) -> bytes:
            json = write_json(value).decode()
            answer: dict[str, Any] = {
                "time": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
                "value": Markup(show(value)),  # noqa: S704 - escaped there
                # Quotes are not escaped, so that people can copy the JSON.
                "json": Markup(escape(json, quote=False)),  # noqa: S704
                "status": _status(type_, value),
            }
            return rendered("answer.html", {**_ALONE, **around, **answer})

        return write

    def text(self, value: str) -> bytes:
        """The text, escaped: it is never markup."""
        return escape(value).encode()

    def finish_answer(self, response: Response, *, has_own_type: bool) -> Response:
        """The page with the headers that protect it. A page of the handler's own is not changed."""
        if not has_own_type:
            response.headers += PAGE_HEADERS
        return response

    def finish_failure(self, response: Response, error: ApiError, *, is_of_service: bool) -> Response:
        response.headers += PAGE_HEADERS
        return response


def _status(type_: TypeRef, value: Any) -> Any:
    """The ResponseStatus of a failure, if there is one."""
    if type_.kind != "dto" or value is None:
        return None
    member = type_.dto.status_property
    return None if member is None else getattr(value, member.attribute)
