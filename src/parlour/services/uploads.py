"""Attachments whose uploads can be resumed. The id of an upload is that of its attachment.

An unfinished upload is a file in the incoming folder, and its size is how much has arrived. So nothing is written to
the database while bytes arrive, and a crash loses none.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from typing import cast

from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import ApiError, Conflict, NotFound, PayloadTooLarge
from parlour.engine.resumable import Upload, UploadStore
from parlour.engine.serving.handlers import UnitOfWork
from parlour.engine.serving.principals import Principal
from parlour.files.incoming import IncomingFile
from parlour.services import access
from parlour.services.caller import Caller
from parlour.services.receiving import Reception
from parlour.store import attachments
from parlour.store.attachments import StoredAttachment
from parlour.store.database import Transaction

UPLOADS_PATH = "/v1/Uploads"


class UploadLocked(ApiError):
    """Raised when another request sends bytes of the same upload at this moment."""

    status = 423
    code = "Locked"


class AttachmentUploads(UploadStore):
    """Keeps the uploads of attachments."""

    def __init__(self, reception: Reception, units: UnitOfWork) -> None:
        self._reception = reception
        self._units = units
        self.max_bytes = reception.max_bytes

    async def create(self, caller: Principal, size: int, metadata: Mapping[str, str]) -> Upload:
        owner = cast("Caller", caller)
        upload_id = await self._reception.begin(self._units, owner, metadata.get("filename", ""), size)
        if size == 0:
            # No bytes will follow that could finish it.
            await self._finish_if_whole(owner, upload_id, size)
        return await self.find(caller, upload_id)

    async def find(self, caller: Principal, upload_id: str) -> Upload:
        owner = cast("Caller", caller)
        found = await self._found(owner, Guid(upload_id))
        if found.has_arrived:
            return _upload(found, found.shown.size)
        arrived = self._reception.incoming.size_of(upload_id)
        if arrived == found.shown.size:
            # The process ended, or the client left, between the last byte and the end.
            await self._finish_if_whole(owner, Guid(upload_id), arrived)
        return _upload(found, arrived)

    async def append(self, caller: Principal, upload_id: str, offset: int, pieces: AsyncIterator[bytes]) -> Upload:
        """Adds bytes. Also raises UploadLocked, and PayloadTooLarge for more bytes than the upload has."""
        owner = cast("Caller", caller)
        found = await self._found(owner, Guid(upload_id))
        if found.has_arrived:
            raise Conflict("The upload is complete.")
        with closing(self._locked(upload_id)) as file:
            if file.size != offset:
                raise Conflict(f"The upload goes on at {file.size:,}, not at {offset:,}.")
            async for piece in pieces:
                if file.size + len(piece) > found.shown.size:
                    raise PayloadTooLarge(f"The upload has {found.shown.size:,} bytes, and more arrived.")
                # In a thread, so that writing to disk does not block other requests.
                await asyncio.to_thread(file.write, piece)
            if file.size == found.shown.size:
                await self._finish(owner, Guid(upload_id), file)
            return _upload(found, file.size)

    async def remove(self, caller: Principal, upload_id: str) -> None:
        owner = cast("Caller", caller)
        await self._units.write(lambda tx: _remove(tx, owner, Guid(upload_id)))
        self._reception.incoming.discard(upload_id)

    async def _found(self, owner: Caller, upload_id: Guid) -> StoredAttachment:
        return await self._units.read(lambda tx: _unexpired(tx, owner, upload_id))

    async def _finish_if_whole(self, owner: Caller, upload_id: Guid, size: int) -> None:
        file = self._reception.incoming.resumable(upload_id)
        with closing(file):
            # Otherwise a request that sends the last bytes is finishing it.
            if file.try_to_lock() and file.size == size:
                await self._finish(owner, upload_id, file)

    async def _finish(self, owner: Caller, upload_id: Guid, file: IncomingFile) -> None:
        await self._reception.finish(self._units, owner, upload_id, file)
        self._reception.incoming.discard(upload_id)

    def _locked(self, upload_id: str) -> IncomingFile:
        file = self._reception.incoming.resumable(upload_id)
        if not file.try_to_lock():
            file.close()
            raise UploadLocked("Another request sends this upload. Try again later.")
        return file


def _unexpired(tx: Transaction, owner: Caller, upload_id: Guid) -> StoredAttachment:
    found = access.own_upload(tx, owner, upload_id)
    if not found.has_arrived and found.removable_at <= tx.now:
        raise NotFound(access.ATTACHMENT_NOT_FOUND)
    return found


def _remove(tx: Transaction, owner: Caller, upload_id: Guid) -> None:
    _unexpired(tx, owner, upload_id)
    if not attachments.remove(tx, owner.agency_id, upload_id):
        raise Conflict("A message names the file. It is deleted with its last message.")


def _upload(found: StoredAttachment, offset: int) -> Upload:
    shown = found.shown
    return Upload(shown.attachment_id, shown.size, offset, found.removable_at, {"filename": shown.file_name or ""})
