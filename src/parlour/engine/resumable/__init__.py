"""Uploads that can be resumed after a lost connection: the tus protocol 1.0.0.

The core, and its extensions creation, termination and expiration (tus.io/protocols/resumable-upload). Where the bytes
go, and who may send them, is decided by an `UploadStore`.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Protocol

from parlour.engine.dto.errors import ApiError, BindingError, MethodNotAllowed, PayloadTooLarge, Unauthorized
from parlour.engine.http.messages import Request, Response
from parlour.engine.serving.handlers import UnitOfWork
from parlour.engine.serving.principals import Authentication, Identified, Principal, identified
from parlour.engine.serving.targets import verb_of

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration"
UPLOAD_TYPE = "application/offset+octet-stream"

REQUEST_HEADERS = "Tus-Resumable, Upload-Length, Upload-Metadata, Upload-Offset, X-HTTP-Method-Override"
RESPONSE_HEADERS = "Location, Tus-Resumable, Upload-Expires, Upload-Length, Upload-Metadata, Upload-Offset"
"""The headers that pages of other sites must be allowed to send, and to read."""

_RESUMABLE = ("Tus-Resumable", VERSION)

# A name and a type need less. Each pair is decoded.
_LONGEST_METADATA = 4096

_ID = re.compile(r"[0-9a-f]{32}")


class WrongVersion(ApiError):
    """Raised for a version of the upload protocol that this server does not know."""

    status = 412
    code = "PreconditionFailed"


class UnsupportedUploadType(ApiError):
    """Raised for the bytes of an upload with another content type than that of the protocol."""

    status = 415
    code = "UnsupportedMediaType"


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload of `size` bytes, of which `offset` have arrived. Unfinished, it is kept until `expires_at`.

    `metadata` is what is kept of the client's. Its keys are names of HTTP, such as `filename`.
    """

    id: str
    size: int
    offset: int
    expires_at: datetime
    metadata: Mapping[str, str]


class UploadStore(Protocol):
    """Keeps uploads. All methods raise ApiError: NotFound for an upload that does not exist for this caller."""

    max_bytes: int

    async def create(self, caller: Principal, size: int, metadata: Mapping[str, str]) -> Upload: ...

    async def find(self, caller: Principal, upload_id: str) -> Upload: ...

    async def append(self, caller: Principal, upload_id: str, offset: int, pieces: AsyncIterator[bytes]) -> Upload:
        """Adds bytes at `offset`, which must be the upload's own. Raises Conflict otherwise.

        Whatever arrives before the pieces end or fail is kept. The last byte finishes the upload.
        """
        ...

    async def remove(self, caller: Principal, upload_id: str) -> None: ...


class ResumableUploads:
    """Answers the protocol's requests at `path` and below it, for signed-in callers."""

    def __init__(self, path: str, store: UploadStore, units: UnitOfWork, authentication: Authentication) -> None:
        self._path = path
        self._store = store
        self._units = units
        self._authentication = authentication

    def answers(self, path: str) -> bool:
        """Whether this path is one of its own."""
        return path == self._path or path.startswith(f"{self._path}/")

    async def answer(self, request: Request) -> Response:
        """The response to a request of the protocol. Raises ApiError."""
        verb = verb_of(request)
        try:
            if verb == "OPTIONS":
                return self._described()
            if verb != "GET" and request.header("tus-resumable") != VERSION:
                raise WrongVersion(f"The header Tus-Resumable must be {VERSION}.", headers=[("Tus-Version", VERSION)])
            upload_id = request.path.removeprefix(self._path).removeprefix("/")
            caller = await self._caller(request)
            assert caller.principal is not None
            response = await self._answer(verb, upload_id, request, caller.principal)
        except ApiError as error:
            raise ApiError.like(error, [_RESUMABLE]) from error
        response.headers += [_RESUMABLE, *caller.headers]
        return response

    async def _answer(self, verb: str, upload_id: str, request: Request, caller: Principal) -> Response:
        if not upload_id and verb == "POST":
            return await self._create(request, caller)
        if upload_id and verb == "HEAD":
            return _state(await self._store.find(caller, _checked(upload_id)), status=200, is_whole=True)
        if upload_id and verb == "PATCH":
            return await self._append(upload_id, request, caller)
        if upload_id and verb == "DELETE":
            await self._store.remove(caller, _checked(upload_id))
            return Response(status=204)
        allowed = "HEAD, PATCH, DELETE, OPTIONS" if upload_id else "POST, OPTIONS"
        raise MethodNotAllowed(f"{verb} is not answered here.", headers=[("Allow", allowed)])

    def _described(self) -> Response:
        return Response(
            status=204,
            headers=[
                _RESUMABLE,
                ("Tus-Version", VERSION),
                ("Tus-Extension", EXTENSIONS),
                ("Tus-Max-Size", str(self._store.max_bytes)),
            ],
        )

    async def _caller(self, request: Request) -> Identified:
        try:
            caller = await identified(self._authentication, request, self._units)
        except Unauthorized as error:
            raise Unauthorized.like(error, [("WWW-Authenticate", self._authentication.challenge)]) from error
        if caller.principal is None:
            challenge = ("WWW-Authenticate", self._authentication.challenge)
            raise Unauthorized("Not Authenticated", headers=[challenge, *caller.headers])
        return caller

    async def _create(self, request: Request, caller: Principal) -> Response:
        size = _number(request, "upload-length")
        if size > self._store.max_bytes:
            message = f"A file may have {self._store.max_bytes:,} bytes on this server."
            raise PayloadTooLarge(message, meta={"MaxBytes": str(self._store.max_bytes)})
        upload = await self._store.create(caller, size, _metadata(request.header("upload-metadata") or ""))
        response = _state(upload, status=201)
        response.headers.append(("Location", f"{request.root_path}{self._path}/{upload.id}"))
        return response

    async def _append(self, upload_id: str, request: Request, caller: Principal) -> Response:
        if request.header("content-type") != UPLOAD_TYPE:
            raise UnsupportedUploadType(f"The Content-Type of an upload must be {UPLOAD_TYPE}.")
        pieces = _no_pieces() if request.arriving is None else aiter(request.arriving)
        offset = _number(request, "upload-offset")
        return _state(await self._store.append(caller, _checked(upload_id), offset, pieces), status=204)


async def _no_pieces() -> AsyncIterator[bytes]:
    return
    yield b""


def _state(upload: Upload, *, status: int, is_whole: bool = False) -> Response:
    headers: list[tuple[str, str]] = [("Upload-Offset", str(upload.offset))]
    if is_whole:
        headers.append(("Upload-Length", str(upload.size)))
    if is_whole and upload.metadata:
        headers.append(("Upload-Metadata", _written(upload.metadata)))
    if upload.offset < upload.size:
        headers.append(("Upload-Expires", format_datetime(upload.expires_at.astimezone(UTC), usegmt=True)))
    return Response(status=status, headers=headers)


def _checked(upload_id: str) -> str:
    """The id, or one that no upload has, if it cannot be an id."""
    return upload_id if _ID.fullmatch(upload_id) else "0" * 32


def _number(request: Request, name: str) -> int:
    text = request.header(name) or ""
    if not re.fullmatch("[0-9]{1,15}", text):
        raise BindingError(f"The header {name.title()} must be a number of bytes.")
    return int(text)


def _metadata(header: str) -> Mapping[str, str]:
    """The pairs of `Upload-Metadata`: keys, and their values in base64."""
    if len(header) > _LONGEST_METADATA:
        raise BindingError(f"The header Upload-Metadata may have {_LONGEST_METADATA:,} characters.")
    found: dict[str, str] = {}
    pairs: Sequence[str] = [pair.strip() for pair in header.split(",")] if header.strip() else []
    for pair in pairs:
        key, _, value = pair.partition(" ")
        try:
            found[key] = b64decode(value.strip(), validate=True).decode()
        except (NotBase64, ValueError):
            raise BindingError("The header Upload-Metadata must hold keys with values in base64 of UTF-8.") from None
    return found


def _written(metadata: Mapping[str, str]) -> str:
    return ",".join(f"{key} {b64encode(value.encode()).decode()}".rstrip() for key, value in metadata.items())
