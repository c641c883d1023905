"""The engine's sessions for Parlour's users. A session is a sign-in to one agency."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from parlour.engine.accounts import sign_in
from parlour.engine.accounts.attempts import Attempts
from parlour.engine.accounts.authentication import AccountsAuthentication
from parlour.engine.accounts.devices import Devices
from parlour.engine.accounts.jwt import JwtSigner
from parlour.engine.accounts.sessions import Lifetimes, Sessions, UserProfile
from parlour.engine.dto.declare import EMPTY_GUID, Guid
from parlour.engine.serving.handlers import Services
from parlour.engine.serving.principals import Principal
from parlour.services import passwords
from parlour.services.caller import ADMINISTRATOR, AGENT, Caller
from parlour.store import identity as store
from parlour.store import throttles as store_of_tries
from parlour.store.database import Transaction
from parlour.store.identity import Person
from parlour.store.times import microseconds

# The roles that operations require. Answers list all of them for an administrator.
ROLES_ASKED_FOR = (ADMINISTRATOR, AGENT)


class Identity(Sessions[Person]):
    """The sessions of Parlour's users, in the database.

    `signing_key` signs tokens, in the form that clients expect, and the cookie that identifies a browser. It opens
    nothing. With `throttles` guessing is limited. Browsers that lack a sign-in are sent to `login_path`, if there is
    one. `on_session_end` is called after the commit that ends a session.
    """

    def __init__(
        self,
        signing_key: bytes,
        *,
        lifetimes: Lifetimes | None = None,
        throttles: bool = True,
        login_path: str | None = None,
        on_session_end: Callable[[Guid], None] = lambda session_id: None,
    ) -> None:
        super().__init__(
            store,
            passwords,
            JwtSigner(signing_key, key_id=sha256(signing_key).hexdigest()[:3]),
            attempts(signing_key, throttles=throttles),
            lifetimes=lifetimes,
        )
        self._on_session_end = on_session_end
        self.authentication = AccountsAuthentication(self, admin_role=ADMINISTRATOR, login_path=login_path)

    def session_ended(self, tx: Transaction, session_id: Guid) -> None:
        tx.after_commit(lambda: self._on_session_end(session_id))

    def principal_of(self, person: Person, session_id: Guid | None, good_until: datetime | None) -> Caller:
        return _caller(person, session_id, good_until)

    def profile_of(self, principal: Principal) -> UserProfile:
        assert isinstance(principal, Caller)
        meta = {"contactId": principal.contact_id, "agencyId": principal.agency_id}
        return UserProfile(session_id=principal.session_id, meta=meta)

    def tenant_in(self, meta: Mapping[str, str]) -> Guid | None:
        """The agency in `AgencyId`. Text that is not a guid gives an agency without users."""
        wanted = next((value for name, value in meta.items() if name.lower() == "agencyid"), None)
        try:
            return Guid(UUID(wanted).hex) if wanted else None
        except ValueError:
            return EMPTY_GUID


# Each request makes its caller of the same person. Making it again takes 4 us, and finding it 1 us.
@lru_cache(maxsize=1000)
def _caller(person: Person, session_id: Guid | None, good_until: datetime | None) -> Caller:
    return Caller(
        user_id=person.user_id,
        user_name=person.email,
        display_name=person.full_name,
        roles=person.roles,
        agency_id=person.agency_id,
        contact_id=person.contact_id,
        session_id=session_id,
        good_until=None if good_until is None else microseconds(good_until),
    )


def attempts(key: bytes, *, throttles: bool) -> Attempts:
    """Counts tries of passwords in the database, or nowhere."""
    return Attempts(store_of_tries if throttles else None, Devices(key), store.name_key)


def register(services: Services, identity: Identity, *, tokens_in_cookies: bool = True) -> None:
    """Adds the operations that sign in and out, and those that exchange tokens."""
    sign_in.register(
        services,
        identity,
        identity.authentication,
        tokens_in_cookies=tokens_in_cookies,
        known_roles=ROLES_ASKED_FOR,
    )
