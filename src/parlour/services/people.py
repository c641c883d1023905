"""Finding people of the agency, and the roles that the caller may give them."""

from parlour.engine.serving.handlers import Handler, Services
from parlour.model.people import (
    FindPeople,
    FindPeopleResponse,
    GetInvitableRoles,
    GetInvitableRolesResponse,
    InvitableRole,
)
from parlour.services import access
from parlour.services.caller import Caller
from parlour.services.cursors import USUAL_PAGE, cursor_of, keys_in
from parlour.store import people, roles
from parlour.store.database import Transaction
from parlour.store.folding import Phrase, phrase_of
from parlour.store.people import FIRST, PersonPlace

# More words than a name has.
MOST_WORDS = 10


def register(services: Services) -> None:
    """Registers the operations of this area."""
    services.add(FindPeople, service="PeopleService", get=Handler(find_people, writes=False))
    services.add(GetInvitableRoles, service="PeopleService", get=Handler(invitable_roles, writes=False))


def find_people(request: FindPeople, tx: Transaction, caller: Caller) -> FindPeopleResponse:
    """People of the caller's agency by the beginnings of words in their name or address. Raises ValidationError."""
    after = FIRST
    if request.cursor:
        name, contact_id = keys_in(request.cursor, str, str)
        after = PersonPlace(str(name), str(contact_id))
    phrases = phrases_in(request.query or "")
    if phrases is None:
        return FindPeopleResponse()
    take = request.take or USUAL_PAGE
    found, last = people.find(tx, caller.agency_id, phrases, without=caller.contact_id, after=after, most=take)
    return FindPeopleResponse(
        people=found, next_cursor=cursor_of(last.folded, last.contact_id) if len(found) == take else None
    )


def invitable_roles(request: GetInvitableRoles, tx: Transaction, caller: Caller) -> GetInvitableRolesResponse:
    """The roles of the agency that the caller may give."""
    return GetInvitableRolesResponse(
        roles=[
            InvitableRole(role_id=role.role_id, role_name=role.name)
            for role in roles.of_agency(tx, caller.agency_id)
            if access.may_grant(caller.roles, role)
        ]
    )


def phrases_in(query: str) -> list[Phrase] | None:
    """The phrases of a query, each from a piece between spaces. None if it has text, but no word that anybody has."""
    phrases = [phrase for piece in query.split() if (phrase := phrase_of(piece, is_open=True)) is not None]
    if query.split() and not phrases:
        return None
    return phrases[:MOST_WORDS]
