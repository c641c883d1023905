"""Answers `/types`, `/types/{language}` and `/types/metadata` (contract/metadata.md, 4 and 7)."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from parlour.contract.answers import VARY
from parlour.contract.description import ApiDescription
from parlour.contract.http import Request, Response
from parlour.contract.metadata import Operation
from parlour.contract.references import LANGUAGES
from parlour.contract.references.language import Language, Source, head_of
from parlour.contract.references.model import model_of, model_of_operation
from parlour.contract.references.options import options_of

REMEMBERED_ANSWERS = 64
"""Bodies that are kept, of some ten to a hundred kB each: callers choose their options."""

MAX_QUERY = 4096
"""Longer queries name no types of ours."""


class TypeReferences:
    """A page for all of them, each answer made when it is first asked for."""

    def __init__(self, api: ApiDescription) -> None:
        self._api = api
        self._body = lru_cache(REMEMBERED_ANSWERS)(self._made)

    def answer(self, request: Request) -> Response | None:
        path = request.path.rstrip("/").lower()
        if request.method not in ("GET", "HEAD") or not (path == "/types" or path.startswith("/types/")):
            return None
        name = path.removeprefix("/types").removeprefix("/")
        base_url = request.base_url
        if not name:
            return _json(_index(base_url))
        query = tuple(request.query_values) if len(request.query) <= MAX_QUERY else ()
        language = LANGUAGES.get(name)
        if language is None:
            return None
        text = self._body(language.path, query, base_url)
        return Response(headers=[("Content-Type", language.content_type), VARY], body=text)

    def _made(self, path: str, query: tuple[tuple[str, str], ...], base_url: str) -> bytes:
        language = LANGUAGES[path]
        options = options_of(query, base_url, language.defaults)
        code = language.code(Source(model_of(self._api, options), options, self._api.profile, self._api.title))
        if language.defaults_of is not None:
            options = replace(options, defaults={**options.defaults, **language.defaults_of(code)})
        preamble = language.preamble.replace("{GlobalNamespace}", options.text("GlobalNamespace"))
        head = head_of(language, options, _now()) if options.has_head else ""
        return f"{preamble}{head}{code}".encode()


def code_of(api: ApiDescription, operation: Operation, language: Language) -> str:
    """The code that an operation's page shows: its own types, without head, routes and answers."""
    options = options_of((), "", language.defaults)
    return language.code(
        Source(model_of_operation(api, operation, options), options, api.profile, api.title, is_page=True)
    )


def _index(base_url: str) -> dict[str, str]:
    named = {language.index_key: f"{base_url}/types/{language.path}" for language in LANGUAGES.values()}
    return named | {"Metadata": f"{base_url}/types/metadata"}


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


def _json(value: object) -> Response:
    headers = [("Content-Type", "application/json; charset=utf-8"), VARY]
    return Response(headers=headers, body=msgspec.json.encode(value))
