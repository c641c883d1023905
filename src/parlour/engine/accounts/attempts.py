"""How often a password may be tried, and what the log is told of a failure.

Wrong passwords are counted by account and network: somebody who guesses elsewhere stops nobody here. Guesses that come
from many networks are counted by account alone, with a limit that one network never reaches. A browser in which the
account has signed in before is counted by itself (see `devices.py`).
"""

import logging
from datetime import timedelta

from parlour.engine.accounts.credentials import Client

# More than anybody mistypes in the time.
TRIES = 10
TRIES_WINDOW = timedelta(minutes=15)

# Wrong passwords for an account from everywhere: more than the forty that one network has in the time, and as many as
# NIST lets pass in a row (SP 800-63B, 3.2.2).
TRIES_ANYWHERE = 100
TRIES_ANYWHERE_WINDOW = timedelta(hours=1)

_logger = logging.getLogger("parlour.sign_in")


def log_failure(reason: str, client: Client, account: str = "") -> None:
    """Writes a failed sign-in to the log.

    `account` is the name of an existing account. What was typed is not logged: it may be a password.
    """
    _logger.warning(
        "A sign-in %sfrom %s failed: %s", f"as {account!r} " if account else "", client.address or "nowhere", reason
    )
