"""Parlour's users: who calls, signing in and out, sessions and their tokens.

A session is one sign-in, of a user to one agency. It has a cookie, access tokens and a refresh token; all are
random, known to the database by their hashes, and looked up on every request: a role taken away, a user
disabled or a session ended counts from the next request on, so tokens may live as long as clients expect.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache, partial
from hashlib import blake2b, sha256
from ipaddress import IPv6Address, ip_address
from time import monotonic
from uuid import UUID

from parlour.contract import cookies, sign_in
from parlour.contract.auth import Identified, Principal
from parlour.contract.cookies import expired_cookie
from parlour.contract.credentials import Presented, presented
from parlour.contract.declare import EMPTY_GUID, Guid
from parlour.contract.errors import ApiError, TokenError, Unauthorized
from parlour.contract.handlers import Services, UnitOfWork
from parlour.contract.http import Request
from parlour.contract.sign_in import Attempt, Profile, SignedIn, Token, access_cookie
from parlour.services.caller import ADMINISTRATOR, AGENT, Caller
from parlour.services.passwords import hash_password, is_outdated, verify_password
from parlour.services.throttles import Throttle, throttle
from parlour.services.tokens import access_token, refresh_token, token_hash
from parlour.store import identity as store
from parlour.store import roles, throttles
from parlour.store.addresses import address_key
from parlour.store.database import Row, Transaction
from parlour.store.times import microseconds

# What the operations ask for (contract/auth.md, 2: an administrator is told all of these).
ROLES_ASKED_FOR = (ADMINISTRATOR, AGENT)

# Wrong passwords for one account, and from one network, that pass in a window. Ten is more than anybody mistypes;
# a network may be a whole office. Both count names without an account alike.
ACCOUNT_TRIES = 10
NETWORK_TRIES = 100
TRIES_WINDOW = timedelta(minutes=15)

# So long an expired token is still told that it has expired, which clients answer with a refresh.
KEPT_AFTER_EXPIRY = timedelta(days=7)

# A client that sends Basic sends it with every request; within this time only the first costs a hash.
BASIC_REMEMBERED_SECONDS = 300.0
BASIC_REMEMBERED = 1000

_NOBODY = Identified()


@dataclass(frozen=True, slots=True)
class Lives:
    """How long what a sign-in gives is good: the recorded lives of the framework."""

    access_token: timedelta = timedelta(days=14)
    refresh_token: timedelta = timedelta(days=365)
    session: timedelta = timedelta(days=14)
    remembered_session: timedelta = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Verified:
    """A user whose password was right, as long as its hash is still this one."""

    user_id: Guid
    password_hash: str = field(repr=False)


class Identity:
    """The engine's Authentication, and the Accounts behind its signing in.

    `signing_key` makes tokens look as clients expect; nothing rests on it. `throttle` slows down guessing.
    """

    challenge = sign_in.CHALLENGE
    admin_role = ADMINISTRATOR

    def __init__(
        self,
        signing_key: bytes,
        *,
        lives: Lives | None = None,
        throttle: Throttle = throttle,
    ) -> None:
        self._key = signing_key
        self._lives = lives or Lives()
        self._throttle = throttle
        self._remembered = _Remembered()

    async def credentials(self, request: Request, units: UnitOfWork) -> Presented | Verified | None:
        """What the request shows; a Basic password is checked here, where it may take its time.

        Raises Unauthorized when it is wrong, TooManyRequests when too many were.
        """
        shown = presented(request)
        if shown is None or shown.basic is None:
            return shown
        user_name, password = shown.basic
        verified = self._remembered.get(user_name, password)
        if verified is None:
            verified = await self._verify(user_name, password, request.client, units)
            await units.write(partial(self._forgive, user_name, request.client))
            self._remembered.put(user_name, password, verified)
        return verified

    def identify(self, credentials: Presented | Verified | None, tx: Transaction) -> Identified:
        """The caller, by one query when he shows a token that is good.

        A refresh token's cookie stands in for an access token that is missing or has expired, and brings a new one.
        Raises TokenError for an expired access token, Unauthorized for a Basic password that was just changed.
        """
        if credentials is None:
            return _NOBODY
        if isinstance(credentials, Verified):
            return self._identify_verified(credentials, tx)
        has_expired = False
        now = microseconds(tx.now)
        for token in (credentials.bearer, credentials.token_cookie):
            person = store.person_of_token(tx, token_hash(token)) if token else None
            if person is None or person["kind"] != "access" or person["is_disabled"]:
                continue
            if person["expires_at"] > now:
                return Identified(_caller(person), (), "jwt")
            has_expired = True
        return self._identify_otherwise(credentials, tx, has_expired=has_expired)

    async def sign_in(self, attempt: Attempt, units: UnitOfWork) -> SignedIn:
        client = attempt.request.client
        verified = await self._verify(attempt.user_name, attempt.password, client, units)
        new_hash = None
        if is_outdated(verified.password_hash):
            new_hash = await units.apart(partial(hash_password, attempt.password))

        def start(tx: Transaction) -> SignedIn:
            self._forgive(attempt.user_name, client, tx)
            person = _person_signing_in(tx, verified, attempt)
            if new_hash is not None:
                store.set_password_hash(tx, verified.user_id, new_hash)
            return self._start_session(tx, person, attempt)

        return await units.write(start)

    async def refresh(self, refresh_token: str, units: UnitOfWork) -> Token:
        return await units.write(partial(self._refresh, token_hash(refresh_token)))

    async def sign_out(self, request: Request, units: UnitOfWork) -> None:
        shown = presented(request)
        bearer = [shown.bearer] if shown and shown.bearer else []
        hashes = [token_hash(secret) for secret in (*bearer, *_cookies_of(shown))]

        def end(tx: Transaction) -> None:
            for each in hashes:
                store.end_session_of(tx, each)

        if hashes:
            await units.write(end)

    def profile_of(self, principal: Principal) -> Profile:
        assert isinstance(principal, Caller)
        meta = {"contactId": principal.contact_id, "agencyId": principal.agency_id}
        return Profile(session_id=principal.session_id, meta=meta)

    async def _verify(self, user_name: str, password: str, client: str, units: UnitOfWork) -> Verified:
        """The user, if the password is his. A name nobody has takes as long, and is told the same, as a wrong password.

        The try is counted before the password is looked at, so that many at once are counted too.
        """

        def begin(tx: Transaction) -> store.User | None:
            for key, limit in _throttle_keys(user_name, client):
                self._throttle(tx, key, limit, TRIES_WINDOW)
            return store.user_of(tx, user_name)

        user = await units.write(begin)
        password_hash = user.password_hash if user else None
        if not await units.apart(partial(verify_password, password_hash, password)):
            raise _wrong_password()
        assert user is not None and password_hash is not None
        return Verified(user.user_id, password_hash)

    def _forgive(self, user_name: str, client: str, tx: Transaction) -> None:
        """A right password: wrong ones for the account are forgotten, and this try of the network's is taken back."""
        (account, _), *network = _throttle_keys(user_name, client)
        throttles.forget(tx, account)
        for key, _ in network:
            throttles.uncount(tx, key)

    def _identify_verified(self, verified: Verified, tx: Transaction) -> Identified:
        person = store.person_of_user(tx, verified.user_id)
        if person is None or person["password_hash"] != verified.password_hash:
            raise _wrong_password()
        if person["is_disabled"]:
            raise _locked()
        return Identified(_caller(person), (), "basic")

    def _identify_otherwise(self, shown: Presented, tx: Transaction, *, has_expired: bool) -> Identified:
        """The caller by what else he shows, when his access token is not good."""
        unusable = []
        if shown.token_cookie and has_expired:
            unusable.append(expired_cookie(cookies.ACCESS_TOKEN, is_secure=shown.is_secure))
        if shown.refresh_cookie:
            person = _good(tx, shown.refresh_cookie, "refresh")
            if person is not None:
                tx.for_writing()
                token = self._issue_access_token(tx, person, person["session_id"])
                return Identified(_caller(person), (access_cookie(token, is_secure=shown.is_secure),), "jwt")
            unusable.append(expired_cookie(cookies.REFRESH_TOKEN, is_secure=shown.is_secure))
        if has_expired:
            raise TokenError("Token has expired", headers=unusable)
        person = _good(tx, shown.session, "cookie") if shown.session else None
        if person is not None:
            return Identified(_caller(person), unusable, "credentials")
        return Identified(None, unusable)

    def _start_session(self, tx: Transaction, person: Row, attempt: Attempt) -> SignedIn:
        # The browser's old cookies are about to be replaced; what they opened must not stay open behind them.
        for secret in _cookies_of(presented(attempt.request)):
            store.end_session_of(tx, token_hash(secret))
        store.forget_expired_sessions(tx, person["user_id"], tx.now - KEPT_AFTER_EXPIRY)
        lives, session_cookie = self._lives, cookies.new_session_id()
        life = lives.remembered_session if attempt.remember_me else lives.session
        longest = max(life, lives.refresh_token, lives.access_token)
        session_id = store.add_session(tx, person, tx.now + longest)
        store.add_token(tx, session_id, "cookie", token_hash(session_cookie), tx.now + life)
        return SignedIn(
            principal=_caller({**person, "session_id": session_id}),
            session_cookie=session_cookie,
            access=self._issue_access_token(tx, person, session_id),
            refresh=self._issue_refresh_token(tx, person, session_id),
            at=tx.now,
        )

    def _refresh(self, hashed: str, tx: Transaction) -> Token:
        person = store.person_of_token(tx, hashed)
        if person is None or person["kind"] != "refresh":
            raise ApiError("Token is invalid", code="ArgumentException")
        if person["expires_at"] <= microseconds(tx.now):
            raise TokenError("Token has expired")
        if person["is_disabled"]:
            raise _locked()
        return self._issue_access_token(tx, person, person["session_id"])

    def _issue_access_token(self, tx: Transaction, person: Row, session_id: Guid) -> Token:
        store.forget_expired_tokens(tx, session_id, tx.now - KEPT_AFTER_EXPIRY)
        expires_at = tx.now + self._lives.access_token
        text = access_token(
            self._key,
            user_id=person["user_id"],
            user_name=person["email_address"],
            display_name=person["full_name"],
            roles=sorted(_roles(person["roles"])),
            issued=_seconds(tx.now),
            expires=_seconds(expires_at),
        )
        store.add_token(tx, session_id, "access", token_hash(text), expires_at)
        return Token(text, expires_at, self._lives.access_token)

    def _issue_refresh_token(self, tx: Transaction, person: Row, session_id: Guid) -> Token:
        expires_at = tx.now + self._lives.refresh_token
        user_id = person["user_id"]
        text = refresh_token(self._key, user_id=user_id, issued=_seconds(tx.now), expires=_seconds(expires_at))
        store.add_token(tx, session_id, "refresh", token_hash(text), expires_at)
        return Token(text, expires_at, self._lives.refresh_token)


def register(services: Services, identity: Identity, *, tokens_in_cookies: bool = True) -> None:
    """Adds signing in and out, and the exchange of refresh tokens."""
    sign_in.register(services, identity, identity, tokens_in_cookies=tokens_in_cookies, known_roles=ROLES_ASKED_FOR)


class _Remembered:
    """Passwords sent by Basic and found right a moment ago, unreadable even in a dump of this process's database.

    Each is compared with the stored hash again when it is used, so remembering one longer opens nothing.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._found: dict[bytes, tuple[float, Verified]] = {}

    def get(self, user_name: str, password: str) -> Verified | None:
        until, verified = self._found.get(self._digest(user_name, password), (0.0, None))
        return verified if until > self._clock() else None

    def put(self, user_name: str, password: str, verified: Verified) -> None:
        if len(self._found) >= BASIC_REMEMBERED:
            self._found.clear()
        self._found[self._digest(user_name, password)] = (self._clock() + BASIC_REMEMBERED_SECONDS, verified)

    def _digest(self, user_name: str, password: str) -> bytes:
        # A key of an address holds no zero, so the two parts cannot be moved into each other.
        shown = f"{address_key(user_name)}\0{password}"
        return blake2b(shown.encode("utf-8", "surrogatepass"), key=self._key, digest_size=32).digest()


def _person_signing_in(tx: Transaction, verified: Verified, attempt: Attempt) -> Row:
    """Who the user is in the agency he signs in to: that named in `Meta`, or the one he joined first."""
    user = store.get_user(tx, verified.user_id)
    if user is None or user.password_hash != verified.password_hash:
        raise _wrong_password()
    if user.is_disabled:
        raise _locked()
    wanted = next((value for name, value in attempt.meta.items() if name.lower() == "agencyid"), None)
    person = store.person_of_user(tx, verified.user_id, _guid(wanted) if wanted else None)
    if person is None:
        raise Unauthorized("This account does not belong to the agency", code="AuthenticationException")
    return person


def _guid(text: str) -> Guid:
    """A guid in any of its forms. Text that is none gives one that nothing has."""
    try:
        return Guid(UUID(text).hex)
    except ValueError:
        return EMPTY_GUID


def _good(tx: Transaction, secret: str, kind: store.TokenKind) -> Row | None:
    """Whose token it is, when it is of the kind and neither it nor its user is out of use."""
    person = store.person_of_token(tx, token_hash(secret))
    if person is None or person["kind"] != kind or person["is_disabled"]:
        return None
    return person if person["expires_at"] > microseconds(tx.now) else None


def _caller(person: Row) -> Caller:
    return Caller(
        user_id=person["user_id"],
        user_name=person["email_address"],
        display_name=person["full_name"],
        roles=_roles(person["roles"]),
        agency_id=person["agency_id"],
        contact_id=person["contact_id"],
        session_id=person.get("session_id"),
    )


@lru_cache(maxsize=1024)
def _roles(names: str | None) -> frozenset[str]:
    return frozenset(names.split(roles.SEPARATOR)) if names else frozenset()


def _cookies_of(shown: Presented | None) -> list[str]:
    found = (shown.token_cookie, shown.refresh_cookie, shown.session) if shown else ()
    return [secret for secret in found if secret]


def _throttle_keys(user_name: str, client: str) -> list[tuple[str, int]]:
    """What a try to sign in counts for, with the limits; the account first."""
    # Hashed: people type passwords into the wrong field.
    account = sha256(address_key(user_name).encode()).hexdigest()[:32]
    keys = [(f"sign-in account {account}", ACCOUNT_TRIES)]
    return [*keys, (f"sign-in network {_network(client)}", NETWORK_TRIES)] if client else keys


def _network(client: str) -> str:
    """The address, or the part of an IPv6 address that its owner cannot change at will."""
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)


def _seconds(moment: datetime) -> int:
    return microseconds(moment) // 1_000_000


def _wrong_password() -> Unauthorized:
    return Unauthorized("Invalid Username or Password")


def _locked() -> Unauthorized:
    return Unauthorized("This account has been locked", code="AuthenticationException")
