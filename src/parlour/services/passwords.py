"""Passwords: argon2id, at a cost that a sign-in can bear and a thief of the database cannot.

All of it is slow on purpose and runs apart from transactions and the event loop.
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
    """The text under which a password is kept: parameters, salt and hash. Raises ValueError for one too long."""
    if not is_password(password):
        raise ValueError(f"A password has {LONGEST_PASSWORD:,} bytes at most.")
    return _HASHER.hash(_prepared(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one kept. None, for who has none or does not exist, takes as long and is False.

    A text too long for a password is nobody's, and is not looked at.
    """
    if not is_password(password):
        return False
    try:
        _HASHER.verify(password_hash or _nobodys_hash(), _prepared(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made at another cost than today's, and should be made again from a right password."""
    return _HASHER.check_needs_rehash(password_hash)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody")


def _prepared(password: str) -> bytes:
    # The same letters may be typed composed or not, by the keyboard's choice (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
