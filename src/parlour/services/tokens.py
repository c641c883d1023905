"""Access and refresh tokens: the form of a JWT, which clients read, around a secret, which the database knows.

Clients look inside for a name and an expiry, so tokens say those. The server believes none of it: it looks a
token up by its hash, so one that was ended is worth nothing at once, and nobody who learns the key can make one.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal
from uuid import uuid4

import msgspec

from parlour.contract.declare import Guid


def access_token(
    key: bytes, *, user_id: Guid, user_name: str, display_name: str, roles: list[str], issued: int, expires: int
) -> str:
    """An access token; times are in seconds since 1970."""
    claims = {
        "sub": user_id,
        "iat": issued,
        "exp": expires,
        "email": user_name,
        "name": display_name,
        "preferred_username": user_name,
        "roles": roles,
    }
    return _token(key, "JWT", claims)


def refresh_token(key: bytes, *, user_id: Guid, issued: int, expires: int) -> str:
    """A refresh token, which says less, as it lasts longer."""
    return _token(key, "JWTR", {"sub": user_id, "iat": issued, "exp": expires})


def token_hash(secret: str) -> str:
    """The form in which the database knows a token or a session id."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _token(key: bytes, kind: Literal["JWT", "JWTR"], claims: Mapping[str, Any]) -> str:
    # The 122 random bits of `jti` are what makes a token unguessable.
    payload = {**claims, "jti": uuid4().hex}
    signed = f"{_part({'typ': kind, 'alg': 'HS256', 'kid': _key_id(key)})}.{_part(payload)}"
    signature = hmac.digest(key, signed.encode("ascii"), "sha256")
    return f"{signed}.{_base64url(signature)}"


def _part(content: Mapping[str, Any]) -> str:
    return _base64url(msgspec.json.encode(content))


def _base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _key_id(key: bytes) -> str:
    return sha256(key).hexdigest()[:3]
