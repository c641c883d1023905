"""Passwords that were right a moment ago, so that a client who sends one with every request pays for few hashes."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from time import monotonic
from weakref import WeakValueDictionary

from parlour.engine.accounts.credentials import Client
from parlour.engine.dto.declare import Guid

# A client that sends Basic sends it with every request; within this time only the first costs a hash.
CACHED_SECONDS = 300.0
CACHED_PASSWORDS = 1000


@dataclass(frozen=True, slots=True)
class Verified:
    """A user whose password was right, as long as its hash is still this one."""

    user_id: Guid
    password_hash: str = field(repr=False)


class PasswordCache:
    """Passwords found right a moment ago, unreadable even in a dump of this process's memory.

    Each is compared with the stored hash again when it is used, so keeping one longer opens nothing.
    """

    def __init__(self, name_key: Callable[[str], str], clock: Callable[[], float] = monotonic) -> None:
        self._name_key = name_key
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._found: dict[bytes, tuple[float, Verified]] = {}
        self._being_verified: WeakValueDictionary[tuple[bytes, Client], asyncio.Lock] = WeakValueDictionary()

    def key(self, user_name: str, password: str) -> bytes:
        """The cache key of a name and its password."""
        name = self._name_key(user_name)
        # With the length in front, the two parts cannot be moved into each other.
        shown = f"{len(name)} {name}{password}"
        return blake2b(shown.encode("utf-8", "surrogatepass"), key=self._secret, digest_size=32).digest()

    def get(self, key: bytes) -> Verified | None:
        until, verified = self._found.get(key, (0.0, None))
        return verified if until > self._clock() else None

    def put(self, key: bytes, verified: Verified) -> None:
        if len(self._found) >= CACHED_PASSWORDS:
            self._found.clear()
        self._found[key] = (self._clock() + CACHED_SECONDS, verified)

    @asynccontextmanager
    async def one_at_a_time(self, key: bytes, client: Client) -> AsyncIterator[None]:
        """Lets a client's parallel requests with the same name and password pass one after the other.

        The first pays for the hash, and its try is the only one that counts. The others find the password in the cache,
        or it was wrong.
        """
        lock = self._being_verified.get((key, client))
        if lock is None:
            lock = self._being_verified[key, client] = asyncio.Lock()
        async with lock:
            yield
