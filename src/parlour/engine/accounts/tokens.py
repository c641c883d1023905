"""Access and refresh tokens: the form of a JWT, which clients read, around a secret, which the store knows.

Clients look inside for a name and an expiry, so tokens say those. The server does not rely on it: it looks a token up
by its hash. So an ended token is invalid at once, and the key is not enough to create one.
"""

from datetime import datetime
from hashlib import sha256
from uuid import uuid4

from parlour.engine.accounts.jwt import ACCESS, REFRESH, JwtSigner, access_claims, refresh_claims
from parlour.engine.accounts.session_store import PersonRecord
from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import TokenError
from parlour.engine.serving.principals import Principal

SESSION = "sid"
"""The claim that names the session of a token."""


def access_token(
    signer: JwtSigner,
    person: PersonRecord,
    principal: Principal,
    session_id: Guid | None,
    *,
    issued: datetime,
    expires: datetime,
) -> str:
    """An access token. Without a session it is like one that somebody else made with the same key."""
    claims = access_claims(
        principal,
        issued=issued,
        expires=expires,
        email=person.email,
        first_name=person.first_name,
        last_name=person.last_name,
    )
    # The 122 random bits of `jti` are what makes a token unguessable.
    own = {} if session_id is None else {SESSION: session_id, "jti": uuid4().hex}
    return signer.sign(ACCESS, claims | own)


def refresh_token(
    signer: JwtSigner,
    *,
    user_id: str,
    session_id: Guid,
    issued: datetime,
    expires: datetime,
    secret: str | None = None,
) -> str:
    """A refresh token, which says less, as it lasts longer. `secret` is a random one unless it is given."""
    claims = refresh_claims(user_id, issued=issued, expires=expires)
    return signer.sign(REFRESH, claims | {SESSION: session_id, "jti": secret or uuid4().hex})


def session_named_in(signer: JwtSigner, token: str, now: datetime) -> Guid | None:
    """The session that a refresh token of ours was made in, whether it is still good or not. None for any other text.

    It gives access to nothing. It only finds the session of a token that the store has forgotten.
    """
    try:
        claims = signer.read(REFRESH, token, now)
    except TokenError:
        return None
    named = None if claims is None else claims.get(SESSION)
    return Guid(named) if isinstance(named, str) else None


def successor_secret(token: str, seed: str) -> str:
    """The secret of the token that takes another's place.

    A client that shows the old token again at once gets the same new one. The seed alone, which the store knows, gives
    nobody a token.
    """
    return sha256(f"{seed} {token}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


class ShownSecret(str):
    """A token or a session's cookie, as its owner shows it. It keeps its hash, since many requests show the same one.

    Making the hash takes 1.5 us.
    """

    __slots__ = ("_hash",)
    _hash: str

    @property
    def hash(self) -> str:
        try:
            return self._hash
        except AttributeError:
            self._hash = _hash_of(self)
            return self._hash


def secret_hash(secret: str) -> str:
    """The form in which the store knows a token or a session's cookie."""
    return secret.hash if type(secret) is ShownSecret else _hash_of(secret)


def _hash_of(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
