"""Limits the tries of passwords, and logs failures.

Wrong passwords are counted by account and network: somebody who guesses elsewhere stops nobody here. Guesses that come
from many networks are counted by account alone, with a limit that one network never reaches. A browser in which the
account has signed in before is counted by itself (see `devices.py`).
"""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from math import ceil
from typing import Any

from parlour.engine.accounts.credentials import Client
from parlour.engine.accounts.devices import Devices
from parlour.engine.accounts.session_store import TryStore
from parlour.engine.dto.errors import TooManyRequests
from parlour.engine.http.networks import neighbourhood_of, network_of

# More than anybody mistypes in the time.
TRIES = 10
TRIES_WINDOW = timedelta(minutes=15)

# Wrong passwords for an account from all networks. It is more than the forty of one network, and the number in a row
# that NIST allows (SP 800-63B, 3.2.2).
TRIES_ANYWHERE = 100
TRIES_ANYWHERE_WINDOW = timedelta(hours=1)

# Wrong passwords for whatever account from one address, which may be a whole office.
ADDRESS_TRIES = 100

_logger = logging.getLogger("parlour.sign_in")


class Attempts:
    """Counts tries of passwords. Names without an account are counted alike. With `tries=None` nothing is counted.

    `name_key` gives the same text for every spelling of a name.
    """

    def __init__(self, tries: TryStore | None, devices: Devices, name_key: Callable[[str], str]) -> None:
        self._tries = tries
        self._devices = devices
        self._name_key = name_key

    def count(self, tx: Any, user_name: str, user_id: str | None, client: Client) -> None:
        """Counts a try, before the password is looked at. Raises TooManyRequests beyond a limit, which counts nothing.

        So a network that is stopped uses up no tries of others, however often it tries.
        """
        if self._tries is None:
            return
        counted: list[str] = []
        try:
            for key, limit, window in self._limits(user_name, user_id, client):
                throttle(self._tries, tx, key, limit, window)
                counted.append(key)
        except TooManyRequests:
            # Not every store undoes what a transaction did that failed.
            for key in counted:
                self._tries.uncount(tx, key)
            raise

    def forgive(self, tx: Any, user_name: str, user_id: str, client: Client) -> None:
        """Takes the try back: the password was right. Wrong ones from here are forgotten, others are not."""
        if self._tries is None:
            return
        (here, *_), *elsewhere = self._limits(user_name, user_id, client)
        self._tries.forget(tx, here)
        for key, *_ in elsewhere:
            self._tries.uncount(tx, key)

    def device_cookie(self, client: Client, user_id: str) -> str | None:
        """The cookie by which the client is known at the account's next sign-in; None where nothing is counted."""
        return None if self._tries is None else self._devices.remembering(client, user_id)

    def _limits(self, user_name: str, user_id: str | None, client: Client) -> Iterator[tuple[str, int, timedelta]]:
        """The counts of a try: the account from that network, the account or its known device, the address."""
        account = f"name {self._hashed(user_name)}" if user_id is None else f"user {user_id}"
        yield f"sign-in {account} from {neighbourhood_of(client.address)}", TRIES, TRIES_WINDOW
        device = None if user_id is None else self._devices.known(client, user_id)
        yield f"sign-in {account if device is None else f'device {device}'}", TRIES_ANYWHERE, TRIES_ANYWHERE_WINDOW
        if client.address:
            yield f"sign-in network {network_of(client.address)}", ADDRESS_TRIES, TRIES_WINDOW

    def _hashed(self, user_name: str) -> str:
        # People type passwords into the wrong field.
        return sha256(self._name_key(user_name).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def throttle(tries: TryStore, tx: Any, key: str, limit: int, window: timedelta) -> None:
    """Counts a try of `key`. Raises TooManyRequests, with `Retry-After`, for each beyond `limit` in a window."""
    count, remaining = tries.count(tx, key, window)
    if count > limit:
        seconds = max(1, ceil(remaining.total_seconds()))
        raise TooManyRequests(
            f"Too many tries. Try again in {_in_words(seconds)}.", headers=[("Retry-After", str(seconds))]
        )


def log_failure(reason: str, client: Client, account: str = "") -> None:
    """Writes a failed sign-in to the log.

    `account` is the name of an existing account. The typed text is not logged, as it may be a password.
    """
    _logger.warning(
        "A sign-in %sfrom %s failed: %s", f"as {account!r} " if account else "", client.address or "nowhere", reason
    )


def _in_words(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} seconds" if seconds > 1 else "a second"
    return f"{ceil(seconds / 60)} minutes"
