"""HTML: an answer as one page that a person can read. The page is whole by itself and runs nothing."""

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any

from markupsafe import Markup

from parlour.engine.codecs import MAX_NODES, Profile, Reader, Writer
from parlour.engine.codecs.html_values import HtmlSource
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.dto.errors import ApiError
from parlour.engine.dto.metadata import TypeRef
from parlour.engine.dto.type_names import display_name
from parlour.engine.http.messages import Response
from parlour.engine.templates import PAGE_HEADERS, rendered

# What the page of an answer leaves out when nothing is known of the request.
_ALONE: Mapping[str, Any] = {"service": "", "home": "", "about": "", "links": (), "call": None, "given": {}}


class HtmlCodec:
    """Pages of answers, each with its JSON in one profile.

    What only the request tells, such as where to ask again, is on the pages of `answer_page.py`. With
    `plain_not_found` what does not exist is told in one line of plain text, as hosts of the framework do.
    """

    name = "html"
    media_type = "text/html"
    reads = ()
    content_type = "text/html"

    def __init__(self, profile: Profile, *, plain_not_found: bool = False) -> None:
        self.plain_not_found = plain_not_found
        self._json = JsonCodec(profile)
        self._source = HtmlSource()

    def reader(self, type_: TypeRef, most_items: int = MAX_NODES) -> Reader:
        raise NotImplementedError("Nothing is read from HTML.")

    def writer(self, type_: TypeRef) -> Writer:
        return self.page_writer(type_, {"name": display_name(type_)})

    def page_writer(self, type_: TypeRef, surroundings: Mapping[str, Any]) -> Writer:
        """Gives the page for a value of the type; `surroundings` are the other values of the template."""
        show, write_json = self._source.shown(type_), self._json.writer(type_)

        def write(value: Any) -> bytes:
            json = write_json(value).decode()
            answer: dict[str, Any] = {
                "time": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
                "value": Markup(show(value)),  # noqa: S704 - escaped there
                # Quotes stay as they are: it is JSON to be copied.
                "json": Markup(escape(json, quote=False)),  # noqa: S704
                "status": _status(type_, value),
            }
            return rendered("answer.html", {**_ALONE, **surroundings, **answer})

        return write

    def finished(self, response: Response, error: ApiError | None = None) -> Response:
        """The response with what keeps a page safe to look at; a missing thing as plain text, where that is wanted."""
        if error is not None and error.http_status == 404 and self.plain_not_found:
            response.body = f"Error ({error.error_code}): {error.message}\n\n404".encode("utf-8", "replace")
            response.headers = [
                (name, "text/plain; charset=utf-8" if name == "Content-Type" else value)
                for name, value in response.headers
            ]
        response.headers += PAGE_HEADERS
        return response


def _status(type_: TypeRef, value: Any) -> Any:
    """The ResponseStatus of a failure; None when there is none."""
    if type_.kind != "dto" or value is None:
        return None
    member = type_.dto.status_property
    return None if member is None else getattr(value, member.attribute)
