"""Passwords that were right a moment ago: who sends his with every request pays for its hash once in a while."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from time import monotonic

from parlour.engine.dto.declare import Guid
from parlour.store.email_addresses import address_key

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

    Each is compared with the stored hash again when it is used, so remembering one longer opens nothing.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._found: dict[bytes, tuple[float, Verified]] = {}

    def get(self, user_name: str, password: str) -> Verified | None:
        until, verified = self._found.get(self._digest(user_name, password), (0.0, None))
        return verified if until > self._clock() else None

    def put(self, user_name: str, password: str, verified: Verified) -> None:
        if len(self._found) >= CACHED_PASSWORDS:
            self._found.clear()
        self._found[self._digest(user_name, password)] = (self._clock() + CACHED_SECONDS, verified)

    def _digest(self, user_name: str, password: str) -> bytes:
        # A key of an address holds no zero, so the two parts cannot be moved into each other.
        shown = f"{address_key(user_name)}\0{password}"
        return blake2b(shown.encode("utf-8", "surrogatepass"), key=self._key, digest_size=32).digest()
