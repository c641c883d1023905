"""Where the caller is signed in, and ending it."""

from functools import partial

from parlour.engine.serving.handlers import Handler, Services
from parlour.model.my_sessions import EndSession, EndSessionResponse, FindSessions, FindSessionsResponse, MySession
from parlour.services import access
from parlour.services.caller import Caller
from parlour.services.identity import Identity
from parlour.store import identity as store
from parlour.store.database import Transaction


def register(services: Services, identity: Identity) -> None:
    """Registers the operations of this area."""
    services.add(FindSessions, service="MeService", get=Handler(find_sessions, writes=False))
    services.add(EndSession, service="MeService", delete=Handler(partial(end_session, identity)))


def find_sessions(request: FindSessions, tx: Transaction, caller: Caller) -> FindSessionsResponse:
    """The caller's sessions in the agency, newest first."""
    return FindSessionsResponse(
        sessions=[
            MySession(
                session_id=each.session_id,
                date_created=each.created_at,
                date_expires=each.expires_at,
                is_current=each.session_id == caller.session_id,
            )
            for each in store.sessions_of(tx, caller.agency_id, caller.user_id)
        ]
    )


def end_session(identity: Identity, request: EndSession, tx: Transaction, caller: Caller) -> EndSessionResponse:
    """Ends a session of the caller. Raises NotFound."""
    session_id = access.own_session(tx, caller, request.session_id)
    store.end_session(tx, session_id)
    identity.session_ended(tx, session_id)
    return EndSessionResponse()
