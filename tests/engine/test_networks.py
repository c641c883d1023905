"""The networks of clients."""

import pytest

from parlour.engine.http.networks import neighbourhood_of, network_of


@pytest.mark.parametrize(
    ("client", "network", "neighbourhood"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.0"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::", "fe80::"),
        ("", "", ""),
        ("unix:", "unix:", "unix:"),
    ],
)
def test_addresses_are_counted_by_their_network(client: str, network: str, neighbourhood: str) -> None:
    assert (network_of(client), neighbourhood_of(client)) == (network, neighbourhood)
