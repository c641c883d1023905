"""Web Push: how a message is encrypted for one browser, and how a push service knows who sent it.

Source: RFC 8291 (encryption, on RFC 8188), RFC 8292 (VAPID), both on the curve P-256.
"""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

# The largest text that every push service takes (RFC 8291, 4).
LARGEST_TEXT = 3993

# A text is one record, of this size at most (RFC 8291, 4).
_RECORD_BYTES = 4096
_LAST_RECORD = b"\2"

# Services refuse tokens of more than a day (RFC 8292, 2). A clock that is wrong by hours does no harm.
TOKEN_LIFE = timedelta(hours=12)
_RENEWED_BEFORE = timedelta(hours=6)

# Origins whose tokens are kept. Browsers have a handful of push services.
_MOST_TOKENS = 100

_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256's group: a private key is a number below it, and not 0. Source: FIPS 186-5, SP 800-186."""


class ServerKey:
    """The key pair by which push services and browsers know this server. It is derived from the server's secret key.

    So it is made at the first start, all processes on one database have the same, and a backup needs nothing else.
    """

    def __init__(self, secret: bytes) -> None:
        # 48 bytes are enough to make the remainder as good as evenly distributed (FIPS 186-5, A.2.1).
        derived = _derived(48, secret, salt=b"", info=b"parlour: the key for Web Push")
        self._private = ec.derive_private_key(int.from_bytes(derived, "big") % (_ORDER - 1) + 1, _CURVE)
        self._tokens: dict[str, tuple[datetime, str]] = {}
        self.public = encoded(_point(self._private.public_key()))
        """The public key, as a browser takes it to subscribe."""

    def authorization(self, endpoint: str, subject: str, now: datetime) -> str:
        """The `Authorization` header for a push service. `subject` is where its operator reaches ours."""
        audience = origin_of(endpoint)
        expires, token = self._tokens.get(audience, (now, ""))
        if expires - now <= _RENEWED_BEFORE:
            expires = now + TOKEN_LIFE
            token = self._signed({"aud": audience, "exp": int(expires.timestamp()), "sub": subject})
            if len(self._tokens) >= _MOST_TOKENS:
                self._tokens.clear()
            self._tokens[audience] = expires, token
        return f"vapid t={token}, k={self.public}"

    def _signed(self, claims: dict[str, object]) -> str:
        """A JSON Web Token with these claims (RFC 7519), signed by ES256 (RFC 7518, 3.4)."""
        parts = [{"typ": "JWT", "alg": "ES256"}, claims]
        text = ".".join(encoded(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
        numbers = decode_dss_signature(self._private.sign(text.encode(), ec.ECDSA(SHA256())))
        return f"{text}.{encoded(b''.join(number.to_bytes(32, 'big') for number in numbers))}"


def encrypted(
    text: bytes,
    *,
    p256dh: str,
    auth: str,
    key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """A text as a browser with these keys can read it, and nobody on the way. `key` and `salt` are new for each."""
    assert len(text) <= LARGEST_TEXT
    key = key or ec.generate_private_key(_CURVE)
    salt = salt or os.urandom(16)
    theirs, ours = decoded(p256dh), _point(key.public_key())
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs))
    secret = _derived(32, shared, salt=decoded(auth), info=b"WebPush: info\0" + theirs + ours)
    content_key = _derived(16, secret, salt=salt, info=b"Content-Encoding: aes128gcm\0")
    nonce = _derived(12, secret, salt=salt, info=b"Content-Encoding: nonce\0")
    head = salt + _RECORD_BYTES.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return head + AESGCM(content_key).encrypt(nonce, text + _LAST_RECORD, None)


def origin_of(endpoint: str) -> str:
    """The origin of a push service's address: `https://push.example`."""
    parts = urlsplit(endpoint)
    is_usual = parts.port in (None, {"https": 443, "http": 80}.get(parts.scheme))
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" if is_usual else f"{parts.scheme}://{host}:{parts.port}"


def encoded(value: bytes) -> str:
    """Bytes as base64url without padding (RFC 7515, 2)."""
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(length: int, secret: bytes, *, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)
