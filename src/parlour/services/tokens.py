"""Access and refresh tokens: the form of a JWT, which clients read, around a secret, which the database knows.

Clients look inside for a name and an expiry, so tokens say those. The server believes none of it: it looks a
token up by its hash, so one that was ended is worth nothing at once, and nobody who learns the key can make one.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from parlour.engine.accounts.jwt import ACCESS, REFRESH, JwtSigner, TokenKind
from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import TokenError


def access_token(
    signer: JwtSigner, *, user_id: Guid, user_name: str, display_name: str, roles: list[str], issued: int, expires: int
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
    return _token(signer, ACCESS, claims)


def refresh_token(
    signer: JwtSigner, *, user_id: Guid, session_id: Guid, issued: int, expires: int, secret: str | None = None
) -> str:
    """A refresh token, which says less, as it lasts longer. `secret` is a random one unless it is given."""
    return _token(signer, REFRESH, {"sub": user_id, "iat": issued, "exp": expires, "sid": session_id}, secret)


def session_named_in(signer: JwtSigner, token: str, now: datetime) -> Guid | None:
    """The session that a refresh token of ours was made in, whether it is still good or not. None for any other text.

    It gives access to nothing: it only tells whose session a token belonged to that the database knows no longer.
    """
    try:
        claims = signer.read(REFRESH, token, now)
    except TokenError:
        return None
    named = None if claims is None else claims.get("sid")
    return Guid(named) if isinstance(named, str) else None


def successor_secret(token: str, seed: str) -> str:
    """The secret of the token that takes another's place.

    Whoever shows the old token again at once gets the same new one. The seed alone, which the database knows, gives
    nobody a token.
    """
    return sha256(f"{seed} {token}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def token_hash(secret: str) -> str:
    """The form in which the database knows a token or a session id."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _token(signer: JwtSigner, kind: TokenKind, claims: Mapping[str, Any], secret: str | None = None) -> str:
    # The 122 random bits of `jti` are what makes a token unguessable.
    return signer.sign(kind, {**claims, "jti": secret or uuid4().hex})
