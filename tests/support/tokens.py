"""Tokens that have expired, without waiting until they do."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

KEY = "the secret key of a server that clients are tried with"
"""For the server's setting `secret_key`."""

_DAY_SECONDS = 24 * 60 * 60


def expired(token: str) -> str:
    """The same token as the server would have signed it with `KEY` some days ago."""
    head, content, _ = token.split(".")
    claims = json.loads(urlsafe_b64decode(content + "=="))
    claims["iat"] -= 30 * _DAY_SECONDS
    claims["exp"] = claims["iat"] + _DAY_SECONDS
    signed = f"{head}.{_unpadded(json.dumps(claims).encode())}"
    return f"{signed}.{_unpadded(hmac.digest(KEY.encode(), signed.encode(), 'sha256'))}"


def _unpadded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
