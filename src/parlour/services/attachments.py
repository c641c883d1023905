"""Uploads, shows and deletes attachments."""

import logging
import shutil
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import partial
from typing import cast

from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import Conflict, Forbidden, NotFound, ValidationError
from parlour.engine.http.forms import file_too_large
from parlour.engine.http.messages import HttpResult
from parlour.engine.http.ranges import StoredFile, part_of
from parlour.engine.http.uploads import UploadedFile
from parlour.engine.serving.handlers import DirectHandler, Exchange, Handler, Services, UnitOfWork
from parlour.files import previews
from parlour.files.blobs import PREVIEW
from parlour.files.incoming import IncomingFile
from parlour.files.kinds import INLINE, OTHER
from parlour.files.names import content_disposition
from parlour.model.attachments import (
    Attachment,
    AttachmentResponse,
    DeleteAttachment,
    GetAttachment,
    GetAttachmentContent,
    GetAttachmentPreview,
    UploadAttachment,
)
from parlour.services import access, field_errors
from parlour.services.access import ATTACHMENT_NOT_FOUND
from parlour.services.caller import Caller
from parlour.services.receiving import Reception
from parlour.store import attachments
from parlour.store.attachments import StoredAttachment
from parlour.store.database import Transaction

# A document that was uploaded must not run anything, load anything, or read this server's pages.
_SANDBOX = ("Content-Security-Policy", "sandbox; default-src 'none'; img-src 'self'; media-src 'self'")

# The client may keep it, but asks each time, because the caller may have left the chat since.
_ASK_AGAIN = ("Cache-Control", "private, no-cache")

_logger = logging.getLogger("parlour.files")


def register(services: Services, reception: Reception, *, on_removable: Callable[[], None] = lambda: None) -> None:
    """Registers the operations of this area. `on_removable` is called after bytes have lost their last attachment."""
    service = "AttachmentService"
    services.add(UploadAttachment, service=service, post=DirectHandler(partial(upload, reception=reception)))
    services.add(GetAttachment, service=service, get=Handler(get_attachment, writes=False))
    services.add(
        DeleteAttachment, service=service, delete=Handler(partial(delete_attachment, on_removable=on_removable))
    )
    services.add(GetAttachmentContent, service=service, get=_reading(content, reception))
    services.add(GetAttachmentPreview, service=service, get=_reading(preview, reception))


def _reading(function: Callable[..., Awaitable[HttpResult]], reception: Reception) -> DirectHandler:
    return DirectHandler(partial(function, reception=reception), only_reads=True)


async def upload(request: UploadAttachment, exchange: Exchange, *, reception: Reception) -> AttachmentResponse:
    """Stores the file of a form. Raises ValidationError unless there is exactly one, PayloadTooLarge over a limit."""
    caller = _caller(exchange)
    if len(request.files) != 1:
        raise ValidationError([field_errors.not_one_file("Files", len(request.files))])
    [given] = request.files
    if given.size > reception.max_bytes:
        raise file_too_large(reception.max_bytes)
    attachment_id = await reception.begin(exchange.units, caller, given.file_name, given.size)
    try:
        stored = await _finished(given, caller, attachment_id, exchange.units, reception)
    except Exception:
        # Nobody can go on with it, and it would count for the quota until the next day.
        await exchange.units.write(lambda tx: attachments.remove(tx, caller.agency_id, attachment_id))
        raise
    return AttachmentResponse(attachment=stored)


async def _finished(
    given: UploadedFile, caller: Caller, attachment_id: Guid, units: UnitOfWork, reception: Reception
) -> Attachment:
    if isinstance(given.content, IncomingFile):
        return await reception.finish(units, caller, attachment_id, given.content)
    # A form that did not arrive in pieces, such as a compressed one.
    with closing(reception.incoming.new()) as file:
        shutil.copyfileobj(given.content, file)
        return await reception.finish(units, caller, attachment_id, file)


def get_attachment(request: GetAttachment, tx: Transaction, caller: Caller) -> AttachmentResponse:
    """Describes an attachment. Raises NotFound if the caller may not see it."""
    return AttachmentResponse(attachment=access.attachment_of(tx, caller, request.attachment_id).shown)


def delete_attachment(
    request: DeleteAttachment, tx: Transaction, caller: Caller, *, on_removable: Callable[[], None]
) -> None:
    """Deletes an attachment that no message names.

    Raises NotFound if the caller may not see it, Forbidden if somebody else uploaded it, Conflict if a message names
    it.
    """
    found = access.attachment_of(tx, caller, request.attachment_id)
    if found.owner_id != caller.user_id:
        raise Forbidden("Only the person who uploaded a file may delete it.")
    if not attachments.remove(tx, caller.agency_id, request.attachment_id):
        raise Conflict("A message names the file. It is deleted with its last message.")
    tx.after_commit(on_removable)


async def content(request: GetAttachmentContent, exchange: Exchange, *, reception: Reception) -> HttpResult:
    """The bytes of an attachment. Raises NotFound if the caller may not see it, Conflict before it is checked."""
    found, name = await _readable(request.attachment_id, exchange, reception, end="")
    media_type = found.shown.media_type or OTHER
    is_shown = media_type in INLINE and not request.is_download
    return part_of(
        StoredFile(
            size=found.shown.size,
            etag=_hash_in(name),
            content_type=media_type if media_type in INLINE else OTHER,
            headers=_headers("inline" if is_shown else "attachment", found.shown.file_name or ""),
            read=partial(reception.blobs.read, name),
        ),
        exchange.http,
    )


async def preview(request: GetAttachmentPreview, exchange: Exchange, *, reception: Reception) -> HttpResult:
    """The preview of an image. Raises NotFound if there is none, and otherwise what `content` raises."""
    found, name = await _readable(request.attachment_id, exchange, reception, end=PREVIEW)
    if not found.shown.has_preview:
        raise NotFound(ATTACHMENT_NOT_FOUND)
    size = await reception.blobs.size_of(name)
    return part_of(
        StoredFile(
            size=size or 0,
            etag=f"{_hash_in(name)}-preview",
            content_type=previews.MEDIA_TYPE,
            headers=_headers("inline", "preview.webp"),
            read=partial(reception.blobs.read, name),
        ),
        exchange.http,
    )


async def _readable(
    attachment_id: Guid, exchange: Exchange, reception: Reception, *, end: str
) -> tuple[StoredAttachment, str]:
    """The attachment and the name of its bytes, which the caller may have."""
    caller = _caller(exchange)
    found = await exchange.units.read(lambda tx: access.attachment_of(tx, caller, attachment_id))
    if not found.has_arrived:
        raise Conflict("The file has not arrived to its end.")
    if found.shown.state == "refused":
        raise Conflict("The scanner refused the file, so nobody may have it.")
    if found.shown.state != "ready" or found.stored_as is None:
        raise Conflict("The file has not been checked yet. Try again later.")
    name = found.stored_as + end
    if (found.shown.has_preview or not end) and await reception.blobs.size_of(name) is None:
        _logger.error("the stored file %s is missing", name)
        raise NotFound(ATTACHMENT_NOT_FOUND)
    return found, name


def _headers(kind: str, file_name: str) -> list[tuple[str, str]]:
    return [("Content-Disposition", content_disposition(kind, file_name)), _SANDBOX, _ASK_AGAIN]


def _hash_in(name: str) -> str:
    return name.partition("-")[0]


def _caller(exchange: Exchange) -> Caller:
    return cast("Caller", exchange.caller)
