"""Browsers that an account has signed in with before, known by a cookie.

Guesses from elsewhere do not stop them: their wrong passwords are counted by themselves.
"""

import re
import secrets
from base64 import urlsafe_b64encode
from hashlib import blake2b
from hmac import compare_digest

from parlour.engine.accounts.credentials import Client

# Accounts that a browser remembers: a family's.
_ACCOUNTS_OF_DEVICE = 5

_PART_BYTES = 16
_PART = r"[A-Za-z0-9_-]{22}"
_DEVICE = re.compile(rf"{_PART}(?:\.{_PART}){{1,{_ACCOUNTS_OF_DEVICE}}}")


class Devices:
    """Gives browsers a cookie by which they are known to an account that signed in there; `key` signs it.

    The cookie is a random number and a signature for each account. It opens nothing and lasts as long as the key. It
    does not show which accounts they are, nor whether there are any.
    """

    def __init__(self, key: bytes) -> None:
        self._key = blake2b(key, digest_size=32, person=b"devices").digest()

    def known(self, client: Client, user_id: str) -> str | None:
        """The number of the client's device; None unless the account has signed in there."""
        device, *signatures = _parts(client)
        expected = self._signature(device, user_id)
        return device if any(compare_digest(expected, each) for each in signatures) else None

    def remembering(self, client: Client, user_id: str) -> str:
        """The cookie of the client's device, which from now on is known to the account too."""
        device, *signatures = _parts(client)
        own = self._signature(device, user_id)
        others = [each for each in signatures if each != own]
        return ".".join((device, own, *others[: _ACCOUNTS_OF_DEVICE - 1]))

    def _signature(self, device: str, user_id: str) -> str:
        return _text(blake2b(f"{device}.{user_id}".encode(), key=self._key, digest_size=_PART_BYTES).digest())


def _parts(client: Client) -> list[str]:
    """The parts of the device's cookie, or only a new number if the cookie is missing or unreadable."""
    if _DEVICE.fullmatch(client.device_cookie):
        return client.device_cookie.split(".")
    return [_text(secrets.token_bytes(_PART_BYTES))]


def _text(part: bytes) -> str:
    return urlsafe_b64encode(part).rstrip(b"=").decode()
