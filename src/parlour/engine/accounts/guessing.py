"""What slows down the guessing of passwords without locking anybody out.

Wrong passwords are counted by account and network: who guesses elsewhere stops nobody here. Guesses that come from many
networks are counted by account alone, with a limit that one network never reaches. A browser in which the account has
signed in before is not held up by that: it shows a cookie, and is counted by itself.
"""

import logging
import re
import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import blake2b
from hmac import compare_digest

from parlour.engine.http import cookies
from parlour.engine.http.messages import Request

# More than anybody mistypes in the time.
TRIES = 10
TRIES_WINDOW = timedelta(minutes=15)

# Wrong passwords for an account from everywhere: more than the forty that one network has in the time, and as many as
# NIST lets pass in a row (SP 800-63B, 3.2.2).
TRIES_ANYWHERE = 100
TRIES_ANYWHERE_WINDOW = timedelta(hours=1)

# Accounts that a browser remembers: a family's.
_ACCOUNTS_OF_DEVICE = 5

_PART_BYTES = 16
_PART = r"[A-Za-z0-9_-]{22}"
_DEVICE = re.compile(rf"{_PART}(?:\.{_PART}){{1,{_ACCOUNTS_OF_DEVICE}}}")

_logger = logging.getLogger("parlour.sign_in")


class Devices:
    """Gives browsers a cookie by which they are known to an account that signed in there; `key` signs it.

    The cookie is a random number and a signature for each account. It opens nothing and lasts as long as the key. It
    tells nobody which accounts they are, nor whether there are any.
    """

    def __init__(self, key: bytes) -> None:
        self._key = blake2b(key, digest_size=32, person=b"devices").digest()

    def known(self, request: Request, user_id: str) -> str | None:
        """The number of the device that the request comes from; None unless the account has signed in there."""
        device, *signatures = _parts(request)
        expected = self._signature(device, user_id)
        return device if any(compare_digest(expected, each) for each in signatures) else None

    def remembering(self, request: Request, user_id: str) -> str:
        """The cookie of the device that the request comes from, which from now on is known to the account too."""
        device, *signatures = _parts(request)
        own = self._signature(device, user_id)
        others = [each for each in signatures if each != own]
        return ".".join((device, own, *others[: _ACCOUNTS_OF_DEVICE - 1]))

    def _signature(self, device: str, user_id: str) -> str:
        return _text(blake2b(f"{device}.{user_id}".encode(), key=self._key, digest_size=_PART_BYTES).digest())


def log_failure(reason: str, request: Request, account: str = "") -> None:
    """Tells the log of a sign-in that failed.

    `account` is the name of one that there is. What was typed in its place is not logged: it may be a password.
    """
    _logger.warning(
        "A sign-in %sfrom %s failed: %s", f"as {account!r} " if account else "", request.client or "nowhere", reason
    )


def _parts(request: Request) -> list[str]:
    """The parts of the device's cookie; a new number alone when it has none that can be read."""
    cookie = request.cookies.get(cookies.DEVICE, "")
    return cookie.split(".") if _DEVICE.fullmatch(cookie) else [_text(secrets.token_bytes(_PART_BYTES))]


def _text(part: bytes) -> str:
    return urlsafe_b64encode(part).rstrip(b"=").decode()
