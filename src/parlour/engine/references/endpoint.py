"""Answers `/types`, `/types/{language}` and `/types/metadata` (docs/wire/references.md#addresses)."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from parlour.engine.http.messages import VARY, Request, Response
from parlour.engine.references import LANGUAGES
from parlour.engine.references.clr import DEFAULTS as CLR_DEFAULTS
from parlour.engine.references.document import document
from parlour.engine.references.language import Language, Source, head_of
from parlour.engine.references.model import model_of
from parlour.engine.references.options import options_of
from parlour.engine.serving.description import ApiDescription

CACHED_ANSWERS = 64
"""The most bodies in the cache, of some ten to a hundred kB each, because callers choose their options."""

MAX_QUERY = 4096
"""The longest query. Longer ones do not name our types."""

DOCUMENT_NAMES = ("metadata", "metadata.json")

Given = tuple[tuple[str, str], ...]
"""Options that a caller gave, as pairs sorted by name, so that equal options are equal keys."""


class TypeReferences:
    """The page for all these addresses. Each answer is made when it is first asked for."""

    def __init__(self, api: ApiDescription) -> None:
        self._api = api
        self._by_path = {path: each for each in LANGUAGES.values() for path in (each.path, *each.aliases)}
        self._code = lru_cache(CACHED_ANSWERS)(self._written_code)
        self._document = lru_cache(CACHED_ANSWERS)(self._written_document)

    def answer(self, request: Request) -> Response | None:
        path = request.path.rstrip("/").lower()
        if request.method not in ("GET", "HEAD") or not (path == "/types" or path.startswith("/types/")):
            return None
        name = path.removeprefix("/types").removeprefix("/")
        base_url = request.base_url
        if not name:
            return _json(msgspec.json.encode(_index(base_url)))
        options = options_of(request.query_values if len(request.query) <= MAX_QUERY else (), base_url)
        given = tuple(sorted(options.given.items()))
        if name in DOCUMENT_NAMES:
            return _json(self._document(given, base_url))
        language = self._by_path.get(name)
        if language is None:
            return None
        body = self._code(language, given, base_url, options.has_head)
        return Response(headers=[("Content-Type", language.content_type), VARY], body=body)

    def _written_code(self, language: Language, given: Given, base_url: str, has_head: bool) -> bytes:
        options = options_of(given, base_url, language.defaults)
        code = language.code(Source(model_of(self._api, options), options, self._api.profile, self._api.title))
        if language.defaults_of is not None:
            options = replace(options, defaults={**options.defaults, **language.defaults_of(code)})
        preamble = language.preamble.replace("{GlobalNamespace}", options.text("GlobalNamespace"))
        head = head_of(language, options, _now()) if has_head else ""
        return f"{preamble}{head}{code}".encode()

    def _written_document(self, given: Given, base_url: str) -> bytes:
        return msgspec.json.encode(document(self._api, options_of(given, base_url, CLR_DEFAULTS)))


def _index(base_url: str) -> dict[str, str]:
    named = {language.index_key: f"{base_url}/types/{language.path}" for language in LANGUAGES.values()}
    return named | {"Metadata": f"{base_url}/types/metadata"}


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


def _json(body: bytes) -> Response:
    return Response(headers=[("Content-Type", "application/json; charset=utf-8"), VARY], body=body)
