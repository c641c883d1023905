"""How often a password may be guessed, at every door that asks for one: counted in the database."""

from hashlib import sha256

from parlour.engine.accounts.attempts import TRIES, TRIES_ANYWHERE, TRIES_ANYWHERE_WINDOW, TRIES_WINDOW
from parlour.engine.accounts.credentials import Client
from parlour.engine.accounts.devices import Devices
from parlour.engine.dto.declare import Guid
from parlour.engine.http.networks import neighbourhood_of, network_of
from parlour.services.throttles import Throttle
from parlour.store import throttles
from parlour.store.database import Transaction
from parlour.store.email_addresses import address_key

# Wrong passwords for one account from one network.
ACCOUNT_TRIES = TRIES

# Wrong passwords for whatever account from one address, which may be a whole office.
NETWORK_TRIES = 100


class Guesses:
    """Counts tries of passwords. Names without an account are counted alike."""

    def __init__(self, devices: Devices, throttle: Throttle) -> None:
        self._devices = devices
        self._throttle = throttle

    def count(self, tx: Transaction, user_name: str, user_id: Guid | None, client: Client) -> None:
        """Counts a try, before the password is looked at. Raises TooManyRequests beyond a limit, which counts nothing.

        So a network that is stopped uses up no tries of others, however often it tries.
        """
        self._throttle(tx, _by_network(user_name, client), ACCOUNT_TRIES, TRIES_WINDOW)
        self._throttle(tx, self._by_account(user_name, user_id, client), TRIES_ANYWHERE, TRIES_ANYWHERE_WINDOW)
        if client.address:
            self._throttle(tx, _of_network(client), NETWORK_TRIES, TRIES_WINDOW)

    def forgive(self, tx: Transaction, user_name: str, user_id: Guid, client: Client) -> None:
        """A right password: wrong ones from here are forgotten, those from elsewhere are not."""
        throttles.forget(tx, _by_network(user_name, client))
        throttles.uncount(tx, self._by_account(user_name, user_id, client))
        throttles.uncount(tx, _of_network(client))

    def _by_account(self, user_name: str, user_id: Guid | None, client: Client) -> str:
        device = None if user_id is None else self._devices.known(client, user_id)
        return f"sign-in account {_hashed(user_name)}" if device is None else f"sign-in device {device}"


def _by_network(user_name: str, client: Client) -> str:
    return f"sign-in {_hashed(user_name)} from {neighbourhood_of(client.address)}"


def _of_network(client: Client) -> str:
    return f"sign-in network {network_of(client.address)}"


def _hashed(user_name: str) -> str:
    # People type passwords into the wrong field.
    return sha256(address_key(user_name).encode()).hexdigest()[:32]
