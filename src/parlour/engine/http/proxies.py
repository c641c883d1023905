"""Finds the client behind trusted proxies (RFC 7239, and the older headers).

The rules are those of docs/wire/routing.md#behind-a-proxy.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.http.messages import Request

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# The longest header in characters, longer than any chain of proxies writes.
_MAX_LENGTH = 2000

_HOST = re.compile(r"[A-Za-z0-9._-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
_PAIR = re.compile(r'\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*))\s*')


@dataclass(frozen=True, slots=True)
class _Hop:
    """The caller of one proxy, as the proxy reports it. Empty where it reports nothing."""

    client: str
    scheme: str = ""
    host: str = ""


class TrustedProxies:
    """The proxies in `networks`, such as `10.0.0.0/8` or a single address, whose headers are trusted.

    Raises DeclarationError for a text that is not a network.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        try:
            self._networks: Sequence[_Network] = [ipaddress.ip_network(network) for network in networks]
        except ValueError as error:
            raise DeclarationError(f"A trusted proxy must be an address or a network: {error}.") from None

    def reveal(self, request: Request) -> None:
        """Sets the client's address, scheme and host of `request` as the client sees them, if a trusted proxy sent it.

        Headers of other senders are ignored. They are also ignored if the two kinds of headers disagree on the client.
        A proxy that writes one kind passes the other on as the client wrote it.
        """
        if not self.trusts(request.client):
            return
        standard, usual = self._caller(_forwarded(request)), self._caller(_x_forwarded(request))
        if standard is not None and usual is not None and standard.client != usual.client:
            return
        caller = usual or standard
        if caller is None:
            return
        request.client = caller.client
        if caller.scheme in ("http", "https"):
            request.scheme = caller.scheme
        if _HOST.fullmatch(caller.host):
            request.replace_header("host", caller.host)
        prefix = _header(request, "x-forwarded-prefix").rstrip("/")
        if _PREFIX.fullmatch(prefix):
            request.root_path = prefix

    def _caller(self, hops: Sequence[_Hop]) -> _Hop | None:
        """The caller that the outermost trusted proxy reports. Each proxy appends on the right."""
        caller = None
        for hop in reversed(hops):
            address = _address(hop.client)
            if address is None:
                # The address is hidden or invented, so earlier hops cannot be trusted.
                return caller
            caller = _Hop(str(address), hop.scheme, hop.host)
            if not self.trusts(caller.client):
                return caller
        return caller

    def trusts(self, client: str) -> bool:
        """Whether an address is one of these proxies."""
        address = _address(client)
        return address is not None and any(address in network for network in self._networks)


def _forwarded(request: Request) -> list[_Hop]:
    """The hops of a `Forwarded` header, or none if it is malformed."""
    hops = []
    for element in _split(_header(request, "forwarded"), ","):
        said = {}
        for pair in _split(element, ";"):
            found = _PAIR.fullmatch(pair)
            if found is None:
                return []
            name, quoted, bare = found.groups()
            said[name.lower()] = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        hops.append(_Hop(said.get("for", ""), said.get("proto", "").lower(), said.get("host", "")))
    return hops


def _split(text: str, separator: str) -> Iterator[str]:
    """The parts between separators outside quotes. An unclosed quote contains the whole rest."""
    return (found[0] for found in re.finditer(rf'(?:"(?:[^"\\]|\\.?)*+"?+|[^"{separator}])++', text, re.DOTALL))


def _x_forwarded(request: Request) -> list[_Hop]:
    """The hops of the `X-Forwarded` headers. Scheme and host are given for every hop, or once for the client."""
    clients = _listed(request, "x-forwarded-for")
    schemes, hosts = _listed(request, "x-forwarded-proto"), _listed(request, "x-forwarded-host")
    return [
        _Hop(client, _at(schemes, index, len(clients)).lower(), _at(hosts, index, len(clients)))
        for index, client in enumerate(clients)
    ]


def _listed(request: Request, name: str) -> list[str]:
    return [item.strip() for item in _header(request, name).split(",") if item.strip()]


def _header(request: Request, name: str) -> str:
    """A header, or nothing if it is missing or too long."""
    header = request.header(name) or ""
    return header if len(header) <= _MAX_LENGTH else ""


def _at(values: Sequence[str], index: int, count: int) -> str:
    if not values:
        return ""
    return values[index] if len(values) == count else values[-1]


def _address(text: str) -> _Address | None:
    """An address of a header, with or without a port, and for IPv6 with or without brackets."""
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::\d+)?", text)
    if bracketed is not None:
        text = bracketed[1]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
