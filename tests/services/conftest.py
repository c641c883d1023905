"""An agency with people, and a way to call a handler as one of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.services.caller import AGENT, Caller
from parlour.store.database import Database, Transaction
from parlour.store.people import folded

T = TypeVar("T")


@dataclass(frozen=True)
class Agency:
    """One agency of a database, created without sign-up or invitations."""

    database: Database
    agency_id: Guid

    def person(self, name: str, *roles: str) -> Caller:
        """A user with a real contact in this agency, by default an agent."""
        user_id = new_guid()
        self._run(
            """INSERT INTO user_account (user_id, email_address, address_key, display_name, created_at)
               VALUES (:user_id, :address, :address, :name, 0)""",
            user_id=user_id,
            address=f"{user_id}@example.org",
            name=name,
        )
        contact_id = self.contact(f"{name} (contact)", state="real", user_id=user_id)
        return Caller(
            user_id=user_id,
            user_name=f"{name.lower()}@example.org",
            display_name=name,
            roles=frozenset(roles or (AGENT,)),
            agency_id=self.agency_id,
            contact_id=contact_id,
        )

    def contact(
        self, name: str, *, state: str = "virtual", user_id: Guid | None = None, merged_into: Guid | None = None
    ) -> Guid:
        """A contact of this agency."""
        contact_id = new_guid()
        self._run(
            """INSERT INTO contact (agency_id, contact_id, full_name, state, user_id, merged_into, created_at, folded)
               VALUES (:agency_id, :contact_id, :name, :state, :user_id, :merged_into, 0, :folded)""",
            agency_id=self.agency_id,
            contact_id=contact_id,
            name=name,
            state=state,
            user_id=user_id,
            merged_into=merged_into,
            folded=folded(name, None),
        )
        return contact_id

    def call(self, handler: Callable[[Any, Transaction, Caller], T], request: object, caller: Caller) -> T:
        """Calls a handler in its own transaction, and returns the response."""
        return self.database.run(lambda tx: handler(request, tx, caller))

    def _run(self, sql: str, **parameters: Any) -> None:
        self.database.run(lambda tx: tx.execute(sql, **parameters))


def new_agency(database: Database) -> Agency:
    agency_id = new_guid()
    database.run(
        lambda tx: tx.execute(
            "INSERT INTO agency (agency_id, name, created_at) VALUES (:agency_id, 'Agency', 0)", agency_id=agency_id
        )
    )
    return Agency(database, agency_id)


@pytest.fixture
def agency(database: Database) -> Agency:
    return new_agency(database)


@pytest.fixture
def other_agency(database: Database) -> Agency:
    return new_agency(database)


@pytest.fixture
def ann(agency: Agency) -> Caller:
    return agency.person("Ann")


@pytest.fixture
def bob(agency: Agency) -> Caller:
    return agency.person("Bob")
