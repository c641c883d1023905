"""Removes attachments that nobody needs, with their bytes, and checks those again that the scanner could not check.

It works beside requests, in small steps. What one process leaves undone, it or another does later.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from itertools import zip_longest

from parlour.engine.dto.declare import Guid
from parlour.files.blobs import PREVIEW, Blobs
from parlour.files.incoming import IncomingFile
from parlour.services.receiving import UNUSED_LIFE, Found, Reception
from parlour.store import attachment_checks, attachments
from parlour.store.attachments import StoredAttachment
from parlour.store.consistency import Difference
from parlour.store.database import Database, Transaction

# Removals of other processes give no hint, and the scanner gives none when it is back.
POLL_SECONDS = 5.0

# How often files without an attachment are looked for. Only a crash leaves any.
STRAYS_SECONDS = 24 * 3600.0

# Attachments in one transaction: few enough not to delay others.
AT_ONCE = 100

# Attachments among which those to be checked next are chosen.
MOST_WAITING = 10_000

# People about whose attachments the scanner may say nothing, before it is left alone for a while. It may be away, and
# each answer may take it a minute.
MOST_UNCLEAR = 3

# Names looked up in one transaction that only reads.
NAMES_AT_ONCE = 1000

_logger = logging.getLogger("parlour.files")


class Upkeep:
    """Keeps the attachments of a database tidy, while `run` runs."""

    def __init__(self, database: Database, reception: Reception) -> None:
        self._database = database
        self._reception = reception
        self._hint = asyncio.Event()
        # How often the scanner was asked about an attachment and could not say anything.
        self._unclear = Counter[Guid]()
        # The people with such attachments. The one who was last is last here.
        self._had_unclear: dict[Guid, None] = {}

    def wake(self) -> None:
        """Hints that something can be removed. Call it on the event loop only."""
        self._hint.set()

    async def run(self) -> None:
        """Works until it is cancelled."""
        strays_at = 0.0
        while True:
            self._hint.clear()
            try:
                if time.monotonic() >= strays_at:
                    strays_at = time.monotonic() + STRAYS_SECONDS
                    await self.remove_strays()
                await self.remove_unused()
                await self.check_again()
            except Exception:
                # No failure may end the work on all other files.
                _logger.exception("The attachments could not be tidied")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._hint.wait()

    async def remove_unused(self) -> None:
        """Removes attachments whose time is over and that no message names, and the bytes that nothing needs."""
        # A read first, so that the writer is not occupied in vain.
        while due := await self._database.read(lambda tx: attachments.removable(tx, at_most=AT_ONCE)):
            await self._remove(due)
        if await self._database.read(attachments.has_unused_content):
            names = await self._database.write(attachments.take_unused_content)
            await self._reception.in_thread(lambda: self._reception.blobs.delete(names))

    async def check_again(self) -> None:
        """Asks the scanner about the attachments that wait for it, one of each person in turn.

        If it cannot say anything about one, that person comes last from then on, with this attachment last of all. So
        files that the scanner fails at delay nobody else.
        """
        found = await self._database.read(
            lambda tx: attachments.waiting_for_check(tx, of_each=AT_ONCE, at_most=MOST_WAITING)
        )
        unclear_owners = set[Guid]()
        for waiting in await self._database.read(lambda tx: attachments.to_check(tx, self._in_turn(found))):
            if waiting.owner_id in unclear_owners:
                continue
            try:
                is_clear = await self._check(waiting)
            except OSError:
                # The others still need their check.
                _logger.exception("The attachment %s cannot be read", waiting.shown.attachment_id)
                continue
            if not is_clear:
                self._unclear[waiting.shown.attachment_id] += 1
                self._put_last(waiting.owner_id)
                unclear_owners.add(waiting.owner_id)
                if len(unclear_owners) == MOST_UNCLEAR:
                    return

    def _in_turn(self, found: Sequence[tuple[Guid, Guid]]) -> Sequence[Guid]:
        """The attachments to ask about next."""
        self._unclear = Counter({each: times for each, _ in found if (times := self._unclear[each])})
        of_owner: dict[Guid, list[Guid]] = {}
        for each, owner_id in found:
            of_owner.setdefault(owner_id, []).append(each)
        places = {owner_id: place for place, owner_id in enumerate(self._had_unclear)}
        owners = sorted(of_owner, key=lambda owner_id: places.get(owner_id, -1))
        queues = [sorted(of_owner[owner_id], key=self._unclear.__getitem__) for owner_id in owners]
        return [each for row in zip_longest(*queues) for each in row if each is not None][:AT_ONCE]

    def _put_last(self, owner_id: Guid) -> None:
        self._had_unclear.pop(owner_id, None)
        # Also if the attachments are gone: the next ones may be alike.
        if len(self._had_unclear) >= MOST_WAITING:
            del self._had_unclear[next(iter(self._had_unclear))]
        self._had_unclear[owner_id] = None

    async def remove_strays(self) -> None:
        """Deletes files that a crash left: those that are older than a day and that no attachment needs."""
        before = time.time() - UNUSED_LIFE / timedelta(seconds=1)
        reception = self._reception
        stored = await reception.in_thread(
            lambda: [each for each in reception.blobs.stored() if each.stored_at < before]
        )
        names = sorted({each.name.partition(".")[0] for each in stored})
        # A store may have a million files, so they are looked up in short reads.
        for start in range(0, len(names), NAMES_AT_ONCE):
            await self._delete_unknown(names[start : start + NAMES_AT_ONCE])
        # An unfinished upload may be as old as its attachment, which is a day.
        await reception.in_thread(lambda: reception.incoming.discard_before(before - 3600))

    async def _remove(self, due: Sequence[tuple[Guid, Guid]]) -> None:
        await self._database.write(lambda tx: _remove(tx, due))
        for _, attachment_id in due:
            self._reception.incoming.discard(attachment_id)

    async def _delete_unknown(self, names: Sequence[str]) -> None:
        """Deletes those of the stored files that no attachment needs. A store may have a million, so only some."""
        known = await self._database.read(lambda tx: attachments.known_names(tx, names))
        strays = [name for name in names if name not in known]
        await self._reception.in_thread(lambda: self._reception.blobs.delete(strays))

    async def _check(self, waiting: StoredAttachment) -> bool:
        """Asks the scanner about one attachment. False if it cannot say."""
        assert waiting.stored_as is not None
        name, shown = waiting.stored_as, waiting.shown
        with closing(self._reception.incoming.new()) as file:
            async for piece in self._reception.blobs.read(name, 0, shown.size):
                await asyncio.to_thread(file.write, piece)
            found = await self._reception.in_thread(lambda: self._look_into(name, file))
        if found.is_clean is None:
            return False
        is_clean, kind, has_preview = found.is_clean, found.kind, found.preview is not None
        await self._database.write(
            lambda tx: attachments.checked(
                tx,
                waiting.agency_id,
                shown.attachment_id,
                is_clean=is_clean,
                width=kind.width,
                height=kind.height,
                has_preview=has_preview,
            )
        )
        return True

    def _look_into(self, name: str, file: IncomingFile) -> Found:
        found = self._reception.look_into(file)
        if found.preview is not None:
            self._reception.store_preview(name, found.preview)
        return found


async def missing_files(database: Database, blobs: Blobs) -> list[Difference]:
    """The stored files that attachments need, and that are not there or have another size.

    A running server may store and delete files meanwhile.
    """
    # First what is there, so that a file is not missed that is deleted between the two.
    listed = await asyncio.to_thread(lambda: {each.name: each.size for each in blobs.stored()})
    found = []
    for kept in await database.read(attachment_checks.kept_bytes):
        where = f"stored file {kept.stored_as}"
        size = listed.get(kept.stored_as) or await blobs.size_of(kept.stored_as)
        if size != kept.size:
            found.append(Difference("size", where, kept.size, size))
        preview = kept.stored_as + PREVIEW
        if kept.has_preview and preview not in listed and await blobs.size_of(preview) is None:
            found.append(Difference("preview", where, "there", "missing"))
    return found


def _remove(tx: Transaction, due: Sequence[tuple[Guid, Guid]]) -> None:
    for agency_id, attachment_id in due:
        attachments.remove(tx, agency_id, attachment_id)
