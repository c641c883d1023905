"""`/metadata`: an index of the operations, and a page for each in each format and language (docs/wire/metadata.md).

A page is made when it is first asked for, then cached. Only the host in it comes from the request, so it is inserted
each time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any, Protocol

from parlour.engine.codecs.json import JsonCodec
from parlour.engine.dto.declare import AccessRule, Route
from parlour.engine.dto.metadata import Operation, TypeRef
from parlour.engine.http.messages import VARY, Request, Response
from parlour.engine.pages.call_form import call_form
from parlour.engine.pages.sample import sample_text
from parlour.engine.pages.type_tables import type_tables
from parlour.engine.serving.description import ApiDescription
from parlour.engine.serving.negotiation import ALIASES
from parlour.engine.templates import PAGE_HEADERS, rendered

CACHED_PAGES = 512
"""The most pages in the cache, of some 20 kB each."""

_HOST = "\ufdd0"
"""Stands for the host in a cached page. No text contains it, because Unicode reserves it for internal use."""

_SHOWN_VERBS = ("POST", "PUT", "PATCH", "GET", "DELETE")
"""The first of these that the route allows is shown."""

_SUFFIXES = {name: alias for alias, name in ALIASES.items()}
"""The names of formats in addresses on the pages, if they differ."""

_MEDIA_TYPES = {"jsv": "text/jsv"}
"""The media types of formats on the pages, if they differ."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A request and its answer as they are sent. `request` is None without a body, `response` None without an
    answer.
    """

    verb: str
    path: str
    media_type: str
    request: str | None
    response: str | None


@dataclass(frozen=True, slots=True)
class Code:
    """The types of an operation in a language, or a sentence why there are none. Then nothing links to them."""

    text: str
    link: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """An operation in the index. `lock` says in one line who may call it, and is empty if everybody may."""

    name: str
    lock: str
    tags: Sequence[str]
    description: str


class ShownLanguage(Protocol):
    """A language in which the pages show the types of an operation, such as one of the references."""

    @property
    def path(self) -> str:
        """Its name in addresses."""
        ...

    @property
    def title(self) -> str:
        """Its name for people."""
        ...

    @property
    def is_listed(self) -> bool:
        """Whether pages link to it."""
        ...

    def code_of(self, api: ApiDescription, operation: Operation) -> str:
        """The code of an operation's types, without a header and routes. Raises ValueError if it cannot be written."""
        ...


class MetadataPages:
    """Answers the addresses of the pages, to GET and HEAD. `languages` are by their names in addresses."""

    def __init__(self, api: ApiDescription, languages: Mapping[str, ShownLanguage]) -> None:
        self._api = api
        self._languages = languages
        self._by_name = {operation.name.lower(): operation for operation in api.operations}
        self._json = JsonCodec(api.profile)
        self._formats = [name for name, codec in api.formats.by_name.items() if codec.reads]
        self._rows = [_row(operation) for operation in sorted(api.operations, key=lambda operation: operation.name)]
        self._index = lru_cache(1)(lambda: self._rendered_index(self._rows))
        self._operation = lru_cache(CACHED_PAGES)(self._rendered_operation)

    def answer(self, request: Request) -> Response | None:
        if request.method not in ("GET", "HEAD"):
            return None
        path = request.path.lower()
        if path in ("/", "/metadata/"):
            return Response(status=302, headers=[("Location", f"{self._api.prefix}/metadata")])
        if path == "/operations/metadata":
            return self._names(request)
        format_name, slash, rest = path[1:].partition("/")
        if path == "/metadata":
            return self._page(request, self._formats[0])
        if not slash or rest != "metadata":
            return None
        if format_name in self._formats:
            return self._page(request, format_name)
        if format_name not in self._api.format_names:
            return None
        # A format that only writes has no page.
        return Response(status=403, headers=[("Content-Type", "text/plain")], body=b"Forbidden")

    def _page(self, request: Request, format_name: str) -> Response:
        asked = {name.lower(): value for name, value in request.query_values}
        name = asked.get("op", "")
        if not name:
            return _html(self._found(asked.get("q", ""), asked.get("tag", "")))
        operation = self._by_name.get(name.lower())
        if operation is None:
            return _html(self._rendered("missing.html", {"name": name}), status=404)
        language = asked.get("lang", "").lower()
        # Unknown languages are not cached, because callers could ask for any number of them.
        page_of = self._operation if not language or language in self._languages else self._rendered_operation
        page = page_of(operation, format_name, language)
        host = escape(request.header("host") or "localhost")
        return _html(page.replace(_HOST.encode(), host.encode("utf-8", "replace")))

    def _names(self, request: Request) -> Response:
        """The names of the operations, in the format asked for."""
        codec = self._api.formats.wanted(request)
        body = codec.writer(TypeRef("list", item=TypeRef("string")))([row.name for row in self._rows])
        response = Response(headers=[("Content-Type", codec.content_type), VARY], body=body)
        return codec.finish_answer(response, has_own_type=False)

    # -- the index

    def _found(self, words: str, tag: str) -> bytes:
        """The index. With `words` or a `tag`, only the operations that have them all."""
        if not words and not tag:
            return self._index()
        wanted = words.lower().split()
        rows = [
            row
            for row in self._rows
            if (not tag or tag in row.tags)
            and all(word in f"{row.name} {row.description} {' '.join(row.tags)}".lower() for word in wanted)
        ]
        return self._rendered_index(rows, words=words, tag=tag)

    def _rendered_index(self, rows: Sequence[TableRow], *, words: str = "", tag: str = "") -> bytes:
        tags = sorted({each for row in self._rows for each in row.tags})
        return self._rendered(
            "index.html",
            {
                "rows": rows,
                "formats": self._formats,
                "tags": tags,
                "tag": tag,
                "words": words,
                "notice": self._api.notice,
            },
        )

    # -- an operation

    def _rendered_operation(self, operation: Operation, format_name: str, language: str) -> bytes:
        page = {
            "operation": operation,
            "access": [*_access(operation.access), *((each, "") for each in self._api.requirements(operation))],
            "needs_user": operation.needs_user,
            "routes": [(_verbs(route), self._api.prefix + route.path) for route in operation.routes],
            "formats": self._formats,
            "format": format_name,
            "suffix": _SUFFIXES.get(format_name, format_name),
            "languages": [each for each in self._languages.values() if each.is_listed],
            "language": language,
            "code": self._code(operation, language) if language else None,
            "tables": () if language else type_tables(operation),
            "sample": self._sample(operation, format_name),
            "host": _HOST,
            "call": call_form(self._api, operation),
        }
        return self._rendered("operation.html", page)

    def _code(self, operation: Operation, name: str) -> Code:
        language = self._languages.get(name)
        if language is None:
            return Code(f"There is no language named {name!r}.")
        try:
            text = language.code_of(self._api, operation)
        except ValueError as error:
            return Code(str(error))
        address = f"{self._api.prefix}/types/{language.path}?IncludeTypes={operation.name}.*"
        return Code(text, f"{language.title} {operation.name} DTOs", address)

    def _sample(self, operation: Operation, format_name: str) -> Sample:
        verb, path = _shown_route(operation)
        if path is None:
            path = f"/{format_name}/{'reply' if operation.response is not None else 'oneway'}/{operation.name}"
        else:
            path = self._api.prefix + path
        codec = self._api.formats.by_name[format_name]
        request = TypeRef("dto", python=operation.request.cls)
        return Sample(
            verb=verb,
            path=path,
            media_type=_MEDIA_TYPES.get(format_name, codec.media_type),
            request=None if verb in ("GET", "DELETE") else sample_text(request, codec, self._json),
            response=None if operation.response is None else sample_text(operation.response, codec, self._json),
        )

    def _rendered(self, template: str, values: Mapping[str, Any]) -> bytes:
        return rendered(template, {"service": self._api.title, "prefix": self._api.prefix, **values})


def _html(page: bytes, *, status: int = 200) -> Response:
    return Response(status=status, headers=[("Content-Type", "text/html; charset=utf-8"), *PAGE_HEADERS], body=page)


def _row(operation: Operation) -> TableRow:
    return TableRow(operation.name, _lock(operation), operation.tags, operation.description.partition("\n\n")[0])


def _lock(operation: Operation) -> str:
    """The access rules, in one line. `?` marks a role or permission that is enough on its own."""
    rules, parts = operation.access, []
    for label, all_, any_ in (
        ("Roles", _named(rules, "all_roles"), _named(rules, "any_role")),
        ("Permissions", _named(rules, "all_permissions"), _named(rules, "any_permission")),
    ):
        names = dict.fromkeys([*all_, *(f"{name}?" for name in any_)])
        if names:
            parts.append(f"Requires {label}: {', '.join(names)}")
    if any(rule.kind == "api_key" for rule in rules):
        parts.append("Requires an API Key")
    return "; ".join(parts) or ("Requires Authentication" if operation.needs_user else "")


def _access(rules: Sequence[AccessRule]) -> list[tuple[str, str]]:
    """The conditions for callers, each with its names. A name is repeated if several rules require it."""
    found = []
    for one, several, kind in (
        ("Required role:", "Required roles:", "all_roles"),
        ("Requires the role:", "Requires any of the roles:", "any_role"),
        ("Required permission:", "Required permissions:", "all_permissions"),
        ("Requires the permission:", "Requires any of the permissions:", "any_permission"),
    ):
        names = _named(rules, kind)
        if names:
            found.append((one if len(names) == 1 else several, ", ".join(names)))
    keys = (rule.scope for rule in rules if rule.kind == "api_key")
    return found + [("Requires an API Key", f"with the scope {scope}" if scope else "") for scope in keys]


def _named(rules: Sequence[AccessRule], kind: str) -> list[str]:
    return [name for rule in rules if rule.kind == kind for name in (*rule.roles, *rule.permissions)]


def _verbs(route: Route) -> str:
    return ",".join(route.verbs) or "All Verbs"


def _shown_route(operation: Operation) -> tuple[str, str | None]:
    """The verb of the sample, and the route it is sent to, if there is one."""
    routes = operation.routes
    posting = next((route for route in routes if not route.verbs or "POST" in route.verbs), None)
    if posting is not None or not routes:
        return "POST", None if posting is None else posting.path
    allowed = {verb for route in routes for verb in route.verbs}
    return next((verb for verb in _SHOWN_VERBS if verb in allowed), "GET"), routes[0].path
