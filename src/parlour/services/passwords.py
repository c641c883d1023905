"""Hashes passwords with argon2id: quick enough for a sign-in, too slow for a thief of the database.

Hashing is slow on purpose, and runs outside transactions and the event loop.
"""

import unicodedata
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from parlour.engine.accounts.credentials import LONGEST_PASSWORD, is_password

# OWASP's smallest recommended cost (Password Storage Cheat Sheet): about 20 ms, and 19 MiB so that a few at once
# fit into a small machine.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


def hash_password(password: str) -> str:
    """The stored form of a password: parameters, salt and hash. Raises ValueError if it is too long."""
    if not is_password(password):
        raise ValueError(f"A password has {LONGEST_PASSWORD:,} bytes at most.")
    return _HASHER.hash(_prepared(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password fits the stored hash. None, for users without a password, takes as long and is False.

    A text that is too long for a password is False at once.
    """
    if not is_password(password):
        return False
    try:
        _HASHER.verify(password_hash or _nobodys_hash(), _prepared(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made at another cost than today's, and should be made again."""
    return _HASHER.check_needs_rehash(password_hash)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody")


def _prepared(password: str) -> bytes:
    # Keyboards send the same letters composed or decomposed (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
