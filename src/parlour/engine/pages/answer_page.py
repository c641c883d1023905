"""The page around an answer: links to other formats, and a form for another request."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from parlour.engine.codecs.context import RequestContext
from parlour.engine.codecs.html import HtmlCodec
from parlour.engine.dto.metadata import Operation
from parlour.engine.pages.call_form import call_form


def answer_surroundings(context: RequestContext) -> Mapping[str, Any]:
    """Return the template's values for the page that answers a request to an operation."""
    api, operation = context.api, context.operation
    assert operation is not None
    return {
        "name": operation.name,
        "service": api.title,
        "home": f"{api.prefix}/metadata",
        "about": "" if operation.is_hidden else f"{api.prefix}/metadata?op={operation.name}",
        "links": _links(context, operation) if context.verb == "GET" else (),
        "call": call_form(api, operation),
        "given": _given(context, operation),
    }


def _given(context: RequestContext, operation: Operation) -> dict[str, str]:
    """The values of the request by the lower-case names of members, so that the form starts with them. No secrets."""
    request = context.request
    pairs = [*request.query_values, *(request.form.fields if request.form is not None else ()), *context.path_values]
    return {name.lower(): text for name, text in pairs if not _is_secret(operation, name)}


def _is_secret(operation: Operation, name: str) -> bool:
    member = operation.request.by_name.get(name.lower())
    return member is not None and member.holds_secret


def _links(context: RequestContext, operation: Operation) -> list[dict[str, str]]:
    """The requested address in each other format: by its suffix if it has one, otherwise in the query."""
    api, request = context.api, context.request
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
        for name in api.format_names
        if name != HtmlCodec.name
    ]


def _stem(path: str) -> str | None:
    stem = path.removesuffix(f".{HtmlCodec.name}")
    return None if stem == path else stem


def _address(path: str, query: list[tuple[str, str]]) -> str:
    # Two slashes at the start would be the name of another host.
    safe = "/" + quote(path.lstrip("/"), safe="/%", errors="replace")
    return f"{safe}?{urlencode(query, errors='replace')}" if query else safe
