"""The network of a client, which its owner cannot change as easily as an address."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# The most addresses that one customer or one room usually has.
_IPV4_NEIGHBOURS = 24
_IPV6_NETWORK = 64


def network_of(client: str) -> str:
    """An IPv4 address, or the network of an IPv6 address. Other text is returned unchanged."""
    address = _address(client)
    if address is None:
        return client
    return _network(address, _IPV6_NETWORK) if isinstance(address, IPv6Address) else str(address)


def neighbourhood_of(client: str) -> str:
    """The network of an address, for IPv4 the 256 addresses around it. Other text is returned unchanged."""
    address = _address(client)
    if address is None:
        return client
    return _network(address, _IPV6_NETWORK if isinstance(address, IPv6Address) else _IPV4_NEIGHBOURS)


def _address(client: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return None
    # A server that listens for both versions sees IPv4 clients in this form; they are not one network.
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _network(address: IPv4Address | IPv6Address, bits: int) -> str:
    return str(ip_network((address, bits), strict=False).network_address)
