"""Access and refresh tokens as JSON Web Tokens signed by HS256: their claims, and which tokens are accepted.

Stricter than the framework: a token needs the right kind, a subject and an expiry
(docs/wire/authentication.md#tokens).
Source: RFC 7519; tokens as recorded.
"""

import secrets
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import TokenError
from parlour.engine.serving.principals import Principal

TokenKind = Literal["JWT", "JWTR"]
"""The `typ` of an access token and of a refresh token."""

ACCESS: TokenKind = "JWT"
REFRESH: TokenKind = "JWTR"

Claims = dict[str, Any]

_ALGORITHM = "HS256"

# JavaScript reads numbers exactly up to this size.
_ID_BITS = 53
_LONGEST_NUMBER = 15

# Longer than in any token of ours. Longer headers are not decoded.
_LONGEST_HEADER = 512


class _Header(msgspec.Struct):
    alg: str
    typ: str = ACCESS


class JwtSigner:
    """Signs and reads tokens with one key. Only `issuer` is accepted. With `audience` tokens must name it.

    `key_id` identifies the key in the headers of tokens. By default it is the beginning of the key, as recorded. Pass
    another one if the key also signs other things.
    """

    def __init__(
        self, key: bytes, *, issuer: str = "ssjwt", audience: str | None = None, key_id: str | None = None
    ) -> None:
        self._key = OctKey.import_key(key)
        self._key_id = b64encode(key[:3]).decode("ascii")[:3] if key_id is None else key_id
        self._issuer = issuer
        self._audience = audience

    def sign(self, kind: TokenKind, claims: Mapping[str, Any]) -> str:
        """A token with these claims, in their order."""
        if self._audience is not None:
            claims = {**claims, "aud": self._audience}
        header = {"typ": kind, "alg": _ALGORITHM, "kid": self._key_id}
        return jwt.encode(header, dict(claims), self._key, algorithms=[_ALGORITHM])

    def read(self, kind: TokenKind, token: str, now: datetime) -> Claims | None:
        """The claims of a token. None unless this is a complete token of that kind, signed by this key.

        Raises TokenError for one that has expired, is not valid yet, or is for somebody else.
        """
        if not _may_be(kind, token):
            return None
        try:
            claims = jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims
        except (JoseError, ValueError):
            return None
        expires, begins = _seconds(claims.get("exp")), _seconds(claims.get("nbf", 0))
        if expires is None or begins is None or not isinstance(claims.get("sub"), str | int) or claims["sub"] == "":
            return None
        if claims.get("iss", self._issuer) != self._issuer:
            return None
        if expires <= now.timestamp():
            raise TokenError("Token has expired")
        if begins > now.timestamp():
            raise TokenError("Token not valid yet")
        if self._audience is not None and self._audience not in _listed(claims.get("aud")):
            raise TokenError(f"Invalid Audience: {', '.join(_listed(claims.get('aud')))}")
        return claims


def access_claims(
    principal: Principal, *, issued: datetime, expires: datetime, email: str, first_name: str, last_name: str
) -> Claims:
    """The claims of an access token about a caller."""
    about_caller = {
        "email": email,
        "given_name": first_name,
        "family_name": last_name,
        "name": principal.display_name,
        "preferred_username": principal.user_name,
        "roles": sorted(principal.roles),
        "perms": sorted(principal.permissions),
    }
    times = _times(principal.user_id, issued, expires)
    return times | {name: value for name, value in about_caller.items() if value} | {"jti": secrets.randbits(_ID_BITS)}


def refresh_claims(user_id: str, *, issued: datetime, expires: datetime) -> Claims:
    """The claims of a refresh token: fewer, as it lasts longer. Its id is negative, unlike that of an access token."""
    return _times(user_id, issued, expires) | {"jti": -1 - secrets.randbits(_ID_BITS)}


def principal_of(claims: Claims) -> Principal:
    """The caller that an access token describes. Its roles are used as they are, without a query."""
    return Principal(
        user_id=Guid(str(claims["sub"])),
        user_name=str(claims.get("preferred_username") or claims.get("email") or ""),
        display_name=str(claims.get("name") or ""),
        roles=frozenset(_listed(claims.get("roles"))),
        permissions=frozenset(_listed(claims.get("perms"))),
        claims=frozenset((name, text) for name, value in claims.items() for text in _listed(value)),
    )


def _times(user_id: str, issued: datetime, expires: datetime) -> Claims:
    # Numeric ids are sent as numbers, as recorded. A guid that has only digits is too long for that.
    is_number = user_id.isascii() and user_id.isdigit() and len(user_id) <= _LONGEST_NUMBER
    subject: str | int = int(user_id) if is_number else user_id
    return {"sub": subject, "iat": int(issued.timestamp()), "exp": int(expires.timestamp())}


def _may_be(kind: TokenKind, token: str) -> bool:
    """Whether the header and the signature of a token fit the kind. Only well-formed tokens reach the decoder."""
    header, _, rest = token.partition(".")
    signature = rest.rpartition(".")[2]
    if len(header) > _LONGEST_HEADER or not token.isascii() or not _is_canonical(signature):
        return False
    try:
        found = msgspec.json.decode(_decoded(header), type=_Header)
    except (msgspec.DecodeError, Base64Error, UnicodeDecodeError):
        return False
    return found.alg == _ALGORITHM and found.typ == kind


def _is_canonical(signature: str) -> bool:
    """Whether a signature is spelled as it was made. Decoding ignores some bits of the last letter."""
    try:
        return urlsafe_b64encode(_decoded(signature)).rstrip(b"=") == signature.encode("ascii")
    except Base64Error:
        return False


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _seconds(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _listed(value: Any) -> list[str]:
    """The texts of a claim that has one or several."""
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]
