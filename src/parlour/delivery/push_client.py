"""Posts to push services. Their addresses come from browsers, so anybody who may sign in can choose them.

So a host is resolved once, and must be on the public internet. Redirects are not followed, and an answer is limited in
size and time.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

# The timeout of a whole push, with the resolving of its host.
SEND_SECONDS = 15.0

# Addresses of a host that are tried.
_MOST_ADDRESSES = 3

_LARGEST_HEAD = 16 * 1024

# The part of an answer's body that is read, which names the reason of a refusal.
_REASON_BYTES = 300

# A server may send interim answers before the final one (RFC 9110, 15.2).
_MOST_INTERIM = 3

# Addresses of IPv6 that stand for one of IPv4, behind a translator (RFC 6052, 2.1).
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")

# What of IPv6 is on the public internet. The rest has translators of private networks, and forms that hold an address
# of IPv4 (RFC 4291, 2.4 and RFC 8215).
_PUBLIC = ipaddress.IPv6Network("2000::/3")

_STATUS_LINE = re.compile(r"HTTP/1\.[01] ([1-5][0-9]{2})\b")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class PushFailed(Exception):
    """Raised if there was no answer. A retry may succeed."""


class EndpointRefused(Exception):
    """Raised for an address that is never posted to, such as one in a private network."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of a push service. `retry_after` is the value of that header, and `reason` what it says."""

    status: int
    retry_after: str
    reason: str


class PushClient:
    """Posts to push services. Only one that `allows_private` posts to private networks, there also over HTTP."""

    def __init__(self, *, allows_private: bool = False, seconds: float = SEND_SECONDS) -> None:
        self._allows_private = allows_private
        self._seconds = seconds
        self._tls = ssl.create_default_context()

    async def post(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The answer to a POST. Raises PushFailed, EndpointRefused."""
        parts = urlsplit(endpoint)
        if parts.hostname is None or (parts.scheme != "https" and not self._allows_private):
            raise EndpointRefused("Its address must begin with https://.")
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        fields = {"Host": parts.netloc, **headers, "Content-Length": str(len(body)), "Connection": "close"}
        lines = [f"POST {target or '/'} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        request = "\r\n".join([*lines, "", ""]).encode("ascii") + body
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            async with asyncio.timeout(self._seconds):
                addresses = await self._addresses_of(parts.hostname, port)
                return await self._exchange(addresses, port, parts.hostname, request, is_tls=parts.scheme == "https")
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            raise PushFailed(f"{type(error).__name__}: {error}") from error

    async def _addresses_of(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host that may be posted to. Raises EndpointRefused if there are none, OSError."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(address[0]) for *_, address in found]
        allowed = [each for each in addresses if self._allows_private or is_public(ipaddress.ip_address(each))]
        if not allowed:
            raise EndpointRefused("Its address is in a private network.")
        return allowed[:_MOST_ADDRESSES]

    async def _exchange(self, addresses: Sequence[str], port: int, host: str, request: bytes, *, is_tls: bool) -> Reply:
        tls = self._tls if is_tls else None
        reader, writer = await _connected(addresses, port, tls, host if is_tls else None)
        try:
            writer.write(request)
            await writer.drain()
            return await _reply(reader)
        finally:
            # Nothing more is expected, so nobody waits for an orderly end.
            writer.transport.abort()


def is_public(address: _Address) -> bool:
    """Whether an address is on the public internet, also if one of IPv6 stands for one of IPv4."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address not in _PUBLIC:
            return False
    return address.is_global and not address.is_multicast


async def _connected(
    addresses: Sequence[str], port: int, tls: ssl.SSLContext | None, host: str | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first of the addresses that takes one."""
    *others, last = addresses
    for address in others:
        try:
            return await asyncio.open_connection(address, port, ssl=tls, server_hostname=host, limit=_LARGEST_HEAD)
        except OSError:
            continue
    return await asyncio.open_connection(last, port, ssl=tls, server_hostname=host, limit=_LARGEST_HEAD)


def _status_in(line: str) -> str:
    found = _STATUS_LINE.match(line)
    if found is None:
        raise ValueError("The answer is not HTTP.")
    return found[1]


async def _reply(reader: asyncio.StreamReader) -> Reply:
    for _ in range(_MOST_INTERIM + 1):
        status_line, *fields = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(_status_in(status_line))
        if status >= 200:
            break
    else:
        raise ValueError("There is no final answer.")
    retry_after = ""
    for each in fields:
        name, _, value = each.partition(":")
        if name.lower() == "retry-after":
            retry_after = value.strip()
    reason = await reader.read(_REASON_BYTES) if status >= 300 else b""
    return Reply(status, retry_after, reason.decode("utf-8", "replace"))
