"""Agencies: the tenants. Every other row belongs to one of them."""

from parlour.engine.dto.declare import Guid, new_guid
from parlour.store.database import Transaction
from parlour.store.times import microseconds


def first(tx: Transaction) -> Guid | None:
    """The first agency, which is the only one that the command line creates."""
    found = tx.value("SELECT agency_id FROM agency ORDER BY created_at, agency_id LIMIT 1")
    return None if found is None else Guid(found)


def add(tx: Transaction, name: str) -> Guid:
    agency_id = new_guid()
    tx.execute(
        "INSERT INTO agency (agency_id, name, created_at) VALUES (:agency_id, :name, :created_at)",
        agency_id=agency_id,
        name=name,
        created_at=microseconds(tx.now),
    )
    return agency_id
