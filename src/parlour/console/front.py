"""Answers browsers before the engine: with the console, and with the page of an invitation."""

from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from parlour.console.bundle import VIEWS, Bundle
from parlour.console.files import StaticFile
from parlour.console.invitation import FILES, repaired_link
from parlour.engine.dto.errors import ApiError
from parlour.engine.http.asgi import HttpApplication
from parlour.engine.http.messages import Headers, Request, Response
from parlour.engine.http.uploads import FormLimits

# Addresses of operations begin with this, and no page or file has such an address. Looking for a page takes 2 us.
_OPERATIONS = "/v1/"


class Front:
    """The engine, with the pages that a browser is given before it.

    Only with a `bundle` is there a console. Then the page of an invitation is a view of it for browsers, and the page
    that needs no build is for everybody else. Each of the files is sent with the `added` headers.
    """

    def __init__(self, engine: HttpApplication, bundle: Bundle | None, added: Headers = ()) -> None:
        self._engine = engine
        files = FILES if bundle is None else {**FILES, **bundle.files}
        self._files = {path: _with(file, added) for path, file in files.items()}
        self._page = None if bundle is None else _with(bundle.page, added)
        assert not any(path.startswith(_OPERATIONS) for path in self._files)

    def answer(self, request: Request) -> Coroutine[Any, Any, Response]:
        # Not async itself, which would add a cost to every call of an operation.
        if request.path.startswith(_OPERATIONS):
            return self._engine.answer(request)
        if self._page is not None and VIEWS.fullmatch(request.path) and asks_for_page(request):
            return _answer(self._page, request)
        file = self._files.get(request.path)
        if file is not None:
            return _answer(file, request)
        repaired = repaired_link(request.path)
        if repaired is not None:
            return self._redirect(repaired, request)
        return self._engine.answer(request)

    def refuse(self, request: Request, error: ApiError) -> Response:
        return self._engine.refuse(request, error)

    def upload_limit(self, request: Request) -> Coroutine[Any, Any, FormLimits | None]:
        return self._engine.upload_limit(request)

    def reads_body(self, request: Request) -> bool:
        return self._engine.reads_body(request)

    async def _redirect(self, address: str, request: Request) -> Response:
        headers = self._files["/invite"].headers
        if request.method not in ("GET", "HEAD"):
            return Response(status=405, headers=[("Allow", "GET, HEAD"), *headers])
        return Response(status=302, headers=[("Location", address), *headers])


def asks_for_page(request: Request) -> bool:
    """Whether a browser asks for a page, as it does for what a person opens. Scripts and programs accept anything."""
    return request.method in ("GET", "HEAD") and "text/html" in (request.header("accept") or "").lower()


def _with(file: StaticFile, added: Headers) -> StaticFile:
    return replace(file, headers=(*file.headers, *added))


async def _answer(file: StaticFile, request: Request) -> Response:
    return file.answer(request)
