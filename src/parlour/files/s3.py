"""Stored bytes in a store that speaks the protocol of S3, through `obstore`."""

from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from parlour.files.blobs import PREVIEW, Blobs, StoredBlob, checked_name

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

# Names are listed in groups of this size, and deleted in requests of at most as many.
_AT_ONCE = 1000


def open_bucket(
    bucket: str, *, endpoint: str = "", region: str = "", access_key: str = "", secret_key: str = ""
) -> "S3Blobs":
    """The files in a bucket. Empty values are those of the machine's environment.

    Raises ImportError without the `s3` extra.
    """
    from obstore.store import S3Store

    given: S3Config = {}
    if endpoint:
        given["endpoint"] = endpoint
    if region:
        given["region"] = region
    if access_key:
        given["access_key_id"] = access_key
        given["secret_access_key"] = secret_key
    return S3Blobs(S3Store(bucket, config=given, client_options={"allow_http": endpoint.startswith("http://")}))


class S3Blobs(Blobs):
    """Stores files in a bucket, under the same names as in a folder."""

    def __init__(self, store: "S3Store") -> None:
        self._store = store

    def keep(self, name: str, path: Path) -> None:
        # From the file in parts, so that it is never whole in memory.
        self._store.put(_key(name), path)

    def delete(self, names: Iterable[str]) -> None:
        keys = [_key(each) for name in names for each in (name, name + PREVIEW)]
        for start in range(0, len(keys), _AT_ONCE):
            # Deleting what is not there succeeds.
            self._store.delete(keys[start : start + _AT_ONCE])

    def stored(self) -> Iterator[StoredBlob]:
        for listed in self._store.list(chunk_size=_AT_ONCE):
            for each in listed:
                yield StoredBlob(each["path"].rpartition("/")[2], each["size"], each["last_modified"].timestamp())

    async def size_of(self, name: str) -> int | None:
        try:
            return (await self._store.head_async(_key(name)))["size"]
        except FileNotFoundError:
            return None

    async def read(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        if start >= end:
            return
        found = await self._store.get_async(_key(name), options={"range": (start, end)})
        async for piece in found.stream():
            yield bytes(piece)


def _key(name: str) -> str:
    return f"{name[:2]}/{checked_name(name)}"
