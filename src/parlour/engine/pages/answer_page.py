"""The page that answers one request in HTML: the answer, the way to it in other formats, and the form to ask again."""

from typing import Any
from urllib.parse import quote, urlencode

from parlour.engine.codecs import MAX_NODES, Reader, Writer
from parlour.engine.codecs.html import HtmlCodec
from parlour.engine.dto.errors import ApiError
from parlour.engine.dto.metadata import Operation, TypeRef
from parlour.engine.http.messages import Request, Response
from parlour.engine.pages.call_form import call_form
from parlour.engine.serving.description import ApiDescription
from parlour.engine.serving.routes import Match


class AnswerPage:
    """HTML as the format of one request.

    `operation` is what is asked, None when nothing is known of it; `verb` is what it is asked with, `match` the
    declared route that led to it.
    """

    name = "html"
    media_type = "text/html"
    reads = ()
    content_type = "text/html"

    def __init__(
        self,
        html: HtmlCodec,
        api: ApiDescription,
        request: Request,
        operation: Operation | None,
        verb: str,
        match: Match | None = None,
    ) -> None:
        self._html = html
        self._api = api
        self._request = request
        self._operation = operation
        self._verb = verb
        self._match = match

    def reader(self, type_: TypeRef, most_items: int = MAX_NODES) -> Reader:
        return self._html.reader(type_)

    def writer(self, type_: TypeRef) -> Writer:
        operation = self._operation
        if operation is None:
            return self._html.writer(type_)
        api = self._api
        surroundings: dict[str, Any] = {
            "name": operation.name,
            "service": api.title,
            "home": f"{api.prefix}/metadata",
            "about": "" if operation.is_hidden else f"{api.prefix}/metadata?op={operation.name}",
            "links": _links(operation, api, self._request) if self._verb == "GET" else (),
            "call": call_form(api, operation),
            "given": _given(operation, self._request, self._match),
        }
        return self._html.page_writer(type_, surroundings)

    def finished(self, response: Response, error: ApiError | None = None) -> Response:
        return self._html.finished(response, error)


def _given(operation: Operation, request: Request, match: Match | None) -> dict[str, str]:
    """What was asked with, by the lower-case names of members, for the form to start from. No secrets."""
    pairs = [*request.query_values, *(request.form.fields if request.form is not None else ())]
    if match is not None:
        names = (variable.name for variable in match.route.variables)
        pairs += zip(names, match.values, strict=True)
    return {name.lower(): text for name, text in pairs if not _is_secret(operation, name)}


def _is_secret(operation: Operation, name: str) -> bool:
    member = operation.request.by_name.get(name.lower())
    return member is not None and member.holds_secret


def _links(operation: Operation, api: ApiDescription, request: Request) -> list[dict[str, str]]:
    """The address asked for, with another format in its suffix, if it has one, else in its query."""
    query = [
        (name, text)
        for name, text in request.query_values
        if name.lower() != "format" and not _is_secret(operation, name)
    ]
    has_wildcard = any(route.path.endswith("*}") for route in operation.routes)
    stem = None if has_wildcard else _stem(request.path)
    return [
        {"label": name.upper(), "href": _address(api.prefix + request.path, [*query, ("format", name)])}
        if stem is None
        else {"label": name.upper(), "href": _address(f"{api.prefix}{stem}.{name}", query)}
        for name in api.formats.by_name
        if name != HtmlCodec.name
    ]


def _stem(path: str) -> str | None:
    stem = path.removesuffix(f".{HtmlCodec.name}")
    return None if stem == path else stem


def _address(path: str, query: list[tuple[str, str]]) -> str:
    # Two slashes at the start would name another host.
    safe = "/" + quote(path.lstrip("/"), safe="/%", errors="replace")
    return f"{safe}?{urlencode(query, errors='replace')}" if query else safe
