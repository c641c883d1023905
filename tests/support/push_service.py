"""A small push service on loopback, with browsers that decrypt what they get.

It shares no code with the server. Keys are derived step by step as RFC 8291 (3.4) and RFC 5869 write it, and tokens are
checked by `joserfc`.
"""

import asyncio
import hashlib
import hmac
import json
import os
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

CREATED = "201 Created"


@dataclass
class Browser:
    """A browser that has subscribed: its address at the service, and its keys."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def p256dh(self) -> str:
        return _text(self._point)

    @property
    def auth(self) -> str:
        return _text(self.secret)

    @property
    def _point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def decrypted(self, body: bytes) -> Any:
        """The JSON in a push to this browser."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert (length, size) == (65, 4096) and len(body) <= 4096, "All services take 4096 bytes."
        point = ec.EllipticCurvePublicNumbers(
            int.from_bytes(sender[1:33], "big"), int.from_bytes(sender[33:], "big"), ec.SECP256R1()
        )
        shared = self.key.exchange(ec.ECDH(), point.public_key())
        ikm = _hmac(_hmac(self.secret, shared), b"WebPush: info\0" + self._point + sender + b"\1")
        prk = _hmac(salt, ikm)
        content_key = _hmac(prk, b"Content-Encoding: aes128gcm\0\1")[:16]
        nonce = _hmac(prk, b"Content-Encoding: nonce\0\1")[:12]
        padded = AESGCM(content_key).decrypt(nonce, record, None).rstrip(b"\0")
        assert padded[-1:] == b"\2", "The last record ends with a 2."
        return json.loads(padded[:-1])


@dataclass(frozen=True)
class Arrived:
    """A push that has arrived: for which path, with which headers in lower case, and its body."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    def claims(self, public_key: str) -> dict[str, Any]:
        """The claims of the token, which this key has signed."""
        scheme, _, rest = self.headers["authorization"].partition(" ")
        values = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert (scheme, values["k"]) == ("vapid", public_key)
        point = urlsafe_b64decode(public_key + "=")
        key = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": _text(point[1:33]), "y": _text(point[33:])})
        claims: dict[str, Any] = jwt.decode(values["t"], key, algorithms=["ES256"]).claims
        return claims


@dataclass
class PushService:
    """Takes pushes. `answer` is its status line, `headers` those of the answer. One that `is_silent` never answers."""

    url: str = ""
    answer: str = CREATED
    headers: Mapping[str, str] = field(default_factory=dict)
    is_silent: bool = False
    arrived: list[Arrived] = field(default_factory=list)
    browsers: list[Browser] = field(default_factory=list)
    has_push: asyncio.Event = field(default_factory=asyncio.Event)

    def subscribe(self) -> Browser:
        browser = Browser(f"{self.url}/push/{len(self.browsers)}")
        self.browsers.append(browser)
        return browser

    def told(self, browser: Browser) -> list[Any]:
        """What a browser has been told."""
        return [browser.decrypted(each.body) for each in self.arrived if browser.endpoint.endswith(each.path)]

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            request_line, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            method, path, _ = request_line.split(" ")
            assert method == "POST"
            self.arrived.append(Arrived(path, headers, body))
            self.has_push.set()
            if self.is_silent:
                await reader.read()
                return
            lines = [f"HTTP/1.1 {self.answer}", *(f"{name}: {value}" for name, value in self.headers.items())]
            writer.write("\r\n".join([*lines, "Content-Length: 4", "", "done"]).encode())
            await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def serving(service: PushService) -> AsyncIterator[PushService]:
    """Serves on a free port, and on the same one if it has been served before."""
    port = int(service.url.rpartition(":")[2] or 0)
    server = await asyncio.start_server(service.connected, "127.0.0.1", port)
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        server.close()


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, hashlib.sha256)


@contextmanager
def serving_in_thread(service: PushService) -> Iterator[PushService]:
    """Serves from a thread of its own, for tests whose thread has another event loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="push service")
    thread.start()
    server = serving(service)
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result()
    try:
        yield service
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
