"""Takes in uploaded files: counts them for their owner, finds out what they are, checks and stores them.

Everything is done again for bytes that are known already. So neither the answer nor its time reveals that somebody
else has uploaded them.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.errors import NotFound, PayloadTooLarge
from parlour.engine.serving.handlers import UnitOfWork
from parlour.files import previews
from parlour.files.blobs import PREVIEW, Blobs, new_name
from parlour.files.incoming import IncomingFile, IncomingFolder
from parlour.files.kinds import HEAD_BYTES, Kind, kind_of
from parlour.files.names import kept_name
from parlour.files.scanner import Scanner, ScannerUnavailable
from parlour.model.attachments import Attachment
from parlour.services import access
from parlour.services.caller import Caller
from parlour.services.reasons import Reason, because
from parlour.store import attachments
from parlour.store.database import Transaction

T = TypeVar("T")

# Long enough to write a message for a file, or to resume an upload on the next day.
UNUSED_LIFE = timedelta(days=1)

# Files checked and stored at the same time. Scanning and writing mostly wait.
FILES_AT_ONCE = 4

_logger = logging.getLogger("parlour.files")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out about a file. `is_clean` is None as long as the scanner cannot say."""

    kind: Kind
    content_hash: str
    is_clean: bool | None
    preview: bytes | None

    @property
    def state(self) -> str:
        return {True: "ready", False: "refused", None: "checking"}[self.is_clean]


class Reception:
    """Takes in files for `blobs`. A person may have `quota` bytes, in files of at most `max_bytes`.

    Without a `scanner` every file counts as clean. `makes_previews` needs Pillow.
    """

    def __init__(
        self,
        blobs: Blobs,
        incoming: IncomingFolder,
        *,
        max_bytes: int,
        quota: int,
        scanner: Scanner | None = None,
        makes_previews: bool = False,
    ) -> None:
        self.blobs = blobs
        self.incoming = incoming
        self.max_bytes = max_bytes
        self._quota = quota
        self._scanner = scanner
        self._makes_previews = makes_previews
        self._pool = ThreadPoolExecutor(FILES_AT_ONCE, thread_name_prefix="files")

    async def begin(self, units: UnitOfWork, caller: Caller, file_name: str, size: int) -> Guid:
        """The id of a new attachment whose bytes are arriving. Raises PayloadTooLarge if the caller has too many."""
        attachment_id = new_guid()
        name = kept_name(file_name)
        await units.write(lambda tx: self._begin(tx, caller, attachment_id, name, size))
        return attachment_id

    async def finish(self, units: UnitOfWork, caller: Caller, attachment_id: Guid, file: IncomingFile) -> Attachment:
        """Stores a file that has arrived. Raises NotFound if its attachment was deleted meanwhile.

        If the process ends before, it may be finished again later.
        """
        found = await self.in_thread(lambda: self.look_into(file))
        if found.is_clean is not False:
            name = await units.write(lambda tx: self._give_content(tx, caller, attachment_id, found))
            if name is None:
                raise NotFound(access.ATTACHMENT_NOT_FOUND)
            await self.in_thread(lambda: self._store(name, file, found.preview))
        return await units.write(lambda tx: self._finish(tx, caller, attachment_id, found))

    def take_in(self, tx: Transaction, caller: Caller, file_name: str, content: bytes) -> Attachment:
        """An attachment from bytes in memory, for the demo. A request would occupy the writer for too long."""
        attachment_id = new_guid()
        self._begin(tx, caller, attachment_id, kept_name(file_name), len(content))
        with closing(self.incoming.new()) as file:
            file.write(content)
            found = self.look_into(file)
            name = self._give_content(tx, caller, attachment_id, found)
            assert name is not None, "It has begun in this transaction."
            self._store(name, file, found.preview)
        return self._finish(tx, caller, attachment_id, found)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Runs work that waits for a disk, a scanner or another process. Only a few run at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def look_into(self, file: IncomingFile) -> Found:
        """What a file is, whether it is clean, and its preview if it is."""
        kind = kind_of(file.head(HEAD_BYTES))
        is_clean = self._check(file)
        # Nothing decodes a file before it was checked.
        preview = previews.preview_of(file.path, kind) if is_clean and self._makes_previews else None
        if preview is not None:
            kind = kind.turned_like(kind_of(preview))
        return Found(kind, file.sha256(), is_clean, preview)

    def _check(self, file: IncomingFile) -> bool | None:
        """Whether a file is clean, or None if the scanner cannot say."""
        if self._scanner is None:
            return True
        try:
            return self._scanner.is_clean(file.pieces())
        except ScannerUnavailable as error:
            _logger.error("%s", error)
            return None

    def store_preview(self, name: str, preview: bytes) -> None:
        with closing(self.incoming.new()) as file:
            file.write(preview)
            self.blobs.keep(name + PREVIEW, file.path)

    # -- in a transaction

    def _begin(self, tx: Transaction, caller: Caller, attachment_id: Guid, file_name: str, size: int) -> None:
        if not attachments.reserve(tx, caller.agency_id, caller.user_id, size, quota=self._quota):
            message = f"Your files may have {self._quota:,} bytes together. Delete some first."
            raise PayloadTooLarge(message, meta=because(Reason.QUOTA_IS_USED_UP, MaxBytes=self._quota))
        attachments.add(
            tx,
            caller.agency_id,
            attachment_id,
            owner_id=caller.user_id,
            file_name=file_name,
            size=size,
            removable_at=tx.now + UNUSED_LIFE,
        )

    def _give_content(self, tx: Transaction, caller: Caller, attachment_id: Guid, found: Found) -> str | None:
        return attachments.give_content(
            tx,
            caller.agency_id,
            attachment_id,
            content_hash=found.content_hash,
            stored_as=new_name(found.content_hash),
        )

    def _finish(self, tx: Transaction, caller: Caller, attachment_id: Guid, found: Found) -> Attachment:
        finished = Attachment(
            attachment_id=attachment_id,
            media_type=found.kind.media_type,
            width=found.kind.width,
            height=found.kind.height,
            state=found.state,
            has_preview=found.preview is not None,
        )
        until = tx.now + UNUSED_LIFE
        if not attachments.finish(tx, caller.agency_id, finished, removable_at=until):
            raise NotFound(access.ATTACHMENT_NOT_FOUND)
        return access.own_upload(tx, caller, attachment_id).shown

    # -- in a thread

    def _store(self, name: str, file: IncomingFile, preview: bytes | None) -> None:
        self.blobs.keep(name, file.path)
        if preview is not None:
            self.store_preview(name, preview)
