"""Numbered migrations: finds those that a database lacks, and runs them.

A migration is a file `NNNN_name.sql` in `migrations/`, the same for both databases. Where they must differ, it is two
files: `NNNN_name.sqlite.sql` and `NNNN_name.postgresql.sql`. A Python function may follow for steps that SQL cannot
express. A migration runs once, and is never edited after landing. A database stores the checksums of its migrations,
and is refused if they differ.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Literal

from parlour.store.address_rekeying import rekey_addresses
from parlour.store.chat_summaries import fold_chats
from parlour.store.database import Row, SchemaError, Transaction
from parlour.store.people import fold_people
from parlour.store.search_index import index_messages

_HISTORY = """
    CREATE TABLE schema_migration (
        number bigint NOT NULL PRIMARY KEY,
        name text NOT NULL,
        checksum text NOT NULL,
        applied_at bigint NOT NULL
    )"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Steps that cannot be expressed in SQL for both databases.
_PYTHON_STEPS = {
    "0007_address_keys": rekey_addresses,
    "0011_people": fold_people,
    "0012_chats": fold_chats,
    "0013_search": index_messages,
}
_FILE_NAME = re.compile(r"((\d{4})_\w+)(?:\.(sqlite|postgresql))?\.sql")

Dialect = Literal["sqlite", "postgresql"]


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema. `name` is its file's name without extensions. `python_step` runs after the SQL."""

    number: int
    name: str
    sql: str
    python_step: Callable[[Transaction], None] | None = None

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


@cache
def known_migrations(dialect: Dialect) -> tuple[Migration, ...]:
    """The migrations of this program for one kind of database, in order. Their numbers have no gaps."""
    found = [
        _read(int(match[2]), match[1], file.read_text(encoding="utf-8"))
        for file in (resources.files("parlour.store") / "migrations").iterdir()
        if (match := _FILE_NAME.fullmatch(file.name)) and match[3] in (None, dialect)
    ]
    found.sort(key=lambda migration: migration.number)
    assert [migration.number for migration in found] == list(range(1, len(found) + 1)), "Migrations miss a number."
    return tuple(found)


def bring_up_to_date(
    tx: Transaction,
    *,
    known: Sequence[Migration],
    tables: Sequence[str],
    run_script: Callable[[str], None],
    may_run: bool,
) -> list[str]:
    """Runs the missing migrations, and returns their names. Raises SchemaError without changing anything.

    `tables` are the current tables. The caller holds the migration lock, and commits. So a second process finds
    everything done, and a failing one leaves the old schema.
    """
    missing = _missing(_had(tx, tables), known)
    if missing and not may_run:
        raise SchemaError(f"The database is not up to date: run `parlour migrate` ({missing[0].name} comes next).")
    if not tables:
        run_script(_HISTORY)
    for migration in missing:
        _run(tx, migration, run_script)
    return [migration.name for migration in missing]


def _had(tx: Transaction, tables: Sequence[str]) -> Sequence[Row]:
    if not tables:
        return []
    if "schema_migration" not in tables:
        raise SchemaError("The database holds the tables of another program. Give Parlour its own database.")
    return tx.rows("SELECT number, name, checksum FROM schema_migration ORDER BY number")


def _missing(had: Sequence[Row], known: Sequence[Migration]) -> Sequence[Migration]:
    for position, row in enumerate(had):
        if row["number"] != position + 1:
            raise SchemaError(f"The database lacks migration {position + 1:04} but has had {row['name']}.")
        if position >= len(known):
            raise SchemaError(f"The database is newer than this program: it has had {row['name']}.")
        if row["checksum"] != known[position].checksum:
            raise SchemaError(f"The database has had another {row['name']} than this program's {known[position].name}.")
    return known[len(had) :]


def _read(number: int, name: str, text: str) -> Migration:
    return Migration(number, name, text.replace("\r\n", "\n"), _PYTHON_STEPS.get(name))


def _run(tx: Transaction, migration: Migration, run_script: Callable[[str], None]) -> None:
    run_script(migration.sql)
    if migration.python_step is not None:
        migration.python_step(tx)
    tx.execute(
        """INSERT INTO schema_migration (number, name, checksum, applied_at)
           VALUES (:number, :name, :checksum, :applied_at)""",
        number=migration.number,
        name=migration.name,
        checksum=migration.checksum,
        applied_at=(tx.now - _EPOCH) // timedelta(microseconds=1),
    )
