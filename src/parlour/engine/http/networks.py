"""Clients by the network they call from: what its owner cannot change at will, as an address alone is."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# What one customer of a provider is given, or one room has, at most.
_IPV4_NEIGHBOURS = 24
_IPV6_NETWORK = 64


def network_of(client: str) -> str:
    """An IPv4 address, or the network of an IPv6 address; text that is no address stays as it is."""
    address = _address(client)
    if address is None:
        return client
    return _network(address, _IPV6_NETWORK) if isinstance(address, IPv6Address) else str(address)


def neighbourhood_of(client: str) -> str:
    """The network of an address: of IPv4 the 256 addresses around it; text that is no address stays as it is."""
    address = _address(client)
    if address is None:
        return client
    return _network(address, _IPV6_NETWORK if isinstance(address, IPv6Address) else _IPV4_NEIGHBOURS)


def _address(client: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return None
    # So a server that listens for both kinds sees every IPv4 client, which are not all one network.
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _network(address: IPv4Address | IPv6Address, bits: int) -> str:
    return str(ip_network((address, bits), strict=False).network_address)
