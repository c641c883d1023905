"""Numbered migrations: which are run, which are refused, and the resulting tables."""

import multiprocessing
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from parlour.store.database import SQLITE_FILE, Database, SchemaError, Transaction, open_database
from parlour.store.migrate import Dialect, Migration, known_migrations
from parlour.store.postgres import PostgresDatabase
from parlour.store.search_consistency import search_differences
from parlour.store.sqlite import SqliteDatabase
from tests.conftest import Store
from tests.store.names import add, names
from tests.store.schema import POSTGRES, SNAPSHOT, SQLITE, described

FIRST = Migration(1, "0001_first", "CREATE TABLE a (x text NOT NULL);\nCREATE TABLE b (y text); -- the end;")
SECOND = Migration(2, "0002_second", "INSERT INTO a (x) VALUES ('semi;colon'); ALTER TABLE a ADD COLUMN z bigint;")
BROKEN = Migration(2, "0002_broken", "INSERT INTO a (x) VALUES ('lost'); INSERT INTO nowhere VALUES (1);")

Open = Callable[..., Database]


@pytest.fixture(params=["sqlite", "postgres"])
def opened_with(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same database, empty at first, with the given migrations."""
    if request.param == "sqlite":
        return lambda *known, migrate=True: SqliteDatabase(tmp_path / SQLITE_FILE, migrate=migrate, migrations=known)
    url: str = request.getfixturevalue("empty_postgres")
    return lambda *known, migrate=True: PostgresDatabase(url, migrate=migrate, migrations=known)


def applied(database: Database) -> Sequence[str]:
    database.close()
    return database.applied


def test_each_migration_runs_once_and_in_order(opened_with: Open) -> None:
    assert applied(opened_with(FIRST)) == ["0001_first"]
    assert applied(opened_with(FIRST, SECOND)) == ["0002_second"]
    assert applied(opened_with(FIRST, SECOND)) == []

    database = opened_with(FIRST, SECOND)
    assert database.run(lambda tx: tx.rows("SELECT x, z FROM a")) == [{"x": "semi;colon", "z": None}]
    database.close()


def test_a_failing_migration_leaves_the_old_schema(opened_with: Open) -> None:
    applied(opened_with(FIRST))

    with pytest.raises(Exception, match="nowhere"):
        opened_with(FIRST, BROKEN)

    assert applied(opened_with(FIRST, SECOND)) == ["0002_second"]


def test_an_edited_migration_is_refused(opened_with: Open) -> None:
    applied(opened_with(FIRST))

    with pytest.raises(SchemaError, match="another 0001_first"):
        opened_with(Migration(1, "0001_first", FIRST.sql + " "))


def test_a_newer_database_is_refused(opened_with: Open) -> None:
    applied(opened_with(FIRST, SECOND))

    with pytest.raises(SchemaError, match="newer than this program: it has had 0002_second"):
        opened_with(FIRST)


def test_a_database_that_lacks_a_migration_is_refused(opened_with: Open) -> None:
    database = opened_with(FIRST, SECOND)
    database.run(lambda tx: tx.execute("DELETE FROM schema_migration WHERE number = 1"))
    database.close()

    with pytest.raises(SchemaError, match="lacks migration 0001"):
        opened_with(FIRST, SECOND)


def test_nothing_is_migrated_without_permission(opened_with: Open) -> None:
    with pytest.raises(SchemaError, match=r"run `parlour migrate` \(0001_first comes next\)"):
        opened_with(FIRST, migrate=False)
    applied(opened_with(FIRST))
    with pytest.raises(SchemaError, match=r"run `parlour migrate` \(0002_second comes next\)"):
        opened_with(FIRST, SECOND, migrate=False)

    assert applied(opened_with(FIRST, migrate=False)) == []


def test_two_processes_that_start_at_once_migrate_once(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    url = request.getfixturevalue("empty_postgres") if kind == "postgres" else ""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=open_and_add, args=(url, tmp_path, name)) for name in "abc"]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0, 0]
    database = open_database(url, tmp_path)
    assert database.run(names) == ["a", "b", "c"]
    assert applied(database) == []


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def open_and_add(url: str, data_dir: Path, name: str) -> None:
    database = open_database(url, data_dir)
    database.run(add(name))
    database.close()


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_numbers_of_migrations_have_no_gaps(dialect: Dialect) -> None:
    known = known_migrations(dialect)

    assert [migration.number for migration in known] == list(range(1, len(known) + 1))


def test_both_databases_have_migrations_of_the_same_names() -> None:
    sqlite, postgresql = known_migrations("sqlite"), known_migrations("postgresql")

    assert [migration.name for migration in sqlite] == [migration.name for migration in postgresql]


def test_the_migrations_create_the_recorded_schema(database: Database, store: Store) -> None:
    """See `tests/store/schema.py` for how to renew the record."""
    sql = POSTGRES if store.url else SQLITE

    assert database.run(lambda tx: described(tx, sql=sql)) == SNAPSHOT.read_text(encoding="utf-8")


def add_ann(tx: Transaction) -> None:
    """A person with an account, in an agency, as the first migrations stored them."""
    tx.execute("INSERT INTO agency (agency_id, name, created_at) VALUES ('a', 'Acme', 1)")
    tx.execute(
        """INSERT INTO user_account (user_id, email_address, address_key, display_name, created_at)
           VALUES ('u', 'a@b', 'a@b', 'Ann', 1)"""
    )
    tx.execute(
        """INSERT INTO contact (agency_id, contact_id, full_name, state, user_id, created_at)
           VALUES ('a', 'c', 'Ann', 'real', 'u', 1)"""
    )


def test_existing_sessions_end_with_their_cookies(opened_with: Open) -> None:
    # The same for both databases, up to that one.
    known = known_migrations("sqlite")[:5]
    assert known[-1].name.endswith("refresh_rotation")
    before = opened_with(*known[:-1])

    def fill(tx: Transaction) -> None:
        add_ann(tx)
        for session, cookie_ends in (("signed in", 14), ("by Basic", None)):
            tx.execute(
                """INSERT INTO session (session_id, agency_id, contact_id, user_id, created_at, expires_at)
                   VALUES (:session, 'a', 'c', 'u', 1, 365)""",
                session=session,
            )
            for kind, ends in (("cookie", cookie_ends), ("access", 7), ("refresh", 365)):
                if ends is not None:
                    tx.execute(
                        """INSERT INTO session_token (token_hash, session_id, kind, expires_at)
                           VALUES (:hash, :session, :kind, :ends)""",
                        hash=session + kind,
                        session=session,
                        kind=kind,
                        ends=ends,
                    )

    before.run(fill)
    before.close()
    after = opened_with(*known)
    ends = after.run(lambda tx: tx.rows("SELECT token_hash, expires_at FROM session_token ORDER BY token_hash"))
    after.close()

    assert {row["token_hash"]: row["expires_at"] for row in ends} == {
        "signed incookie": 14,
        "signed inaccess": 7,
        "signed inrefresh": 14,
        "by Basicaccess": 7,
        "by Basicrefresh": 365,
    }


def test_messages_that_were_there_are_indexed(opened_with: Open, request: pytest.FixtureRequest) -> None:
    dialect: Dialect = "sqlite" if request.node.callspec.params["opened_with"] == "sqlite" else "postgresql"
    known = known_migrations(dialect)
    number = next(each.number for each in known if each.name.endswith("search"))
    before = opened_with(*known[: number - 1])
    before.run(fill_chats)
    before.close()

    after = opened_with(*known)
    without_place = after.run(lambda tx: tx.value("SELECT count(*) FROM chat_message WHERE search_place IS NULL"))
    differences = after.run(search_differences)
    after.close()

    # Every word is compared with the messages, and a message without its place is a difference.
    assert differences == []
    assert without_place == 0


def test_messages_and_what_refers_to_them_survive_the_rebuilding_of_their_table(tmp_path: Path) -> None:
    known = known_migrations("sqlite")
    number = next(each.number for each in known if each.name.endswith("messages_by_chat"))
    path = tmp_path / SQLITE_FILE
    before = SqliteDatabase(path, migrations=known[: number - 1])
    before.run(fill_chats)
    before.run(lambda tx: tx.execute("UPDATE chat_message SET search_place = 10 * seq + (chat_id = 'x')"))
    had = before.run(all_of_chats)
    before.close()

    after = SqliteDatabase(path)
    has = after.run(all_of_chats)
    broken = after.run(lambda tx: tx.rows("PRAGMA foreign_key_check"))
    after.close()

    assert [len(rows) for rows in has.values()] == [6, 2, 2, 2, 2, 2]
    assert has == had
    assert broken == []


OF_CHATS = ("chat_message", "message_version", "mention", "reaction", "pin", "message_attachment")


def fill_chats(tx: Transaction) -> None:
    """Two chats, whose messages came in turn, with everything that refers to a message."""
    add_ann(tx)
    tx.execute(
        """INSERT INTO attachment (agency_id, attachment_id, owner_id, file_name, size, state, created_at, removable_at)
           VALUES ('a', 'f', 'u', 'plan.pdf', 1, 'arriving', 1, 2)"""
    )
    for chat in ("y", "x"):
        tx.execute(
            """INSERT INTO chat (agency_id, chat_id, name, created_by, created_at, active_at)
               VALUES ('a', :chat, 'Keys', 'u', 1, 1)""",
            chat=chat,
        )
    for seq in (1, 2, 3):
        for chat in ("y", "x"):
            tx.execute(
                """INSERT INTO chat_message (agency_id, chat_id, seq, message_id, sender_id, message, created_at,
                                             reply_to_seq, edited_at, deleted_at, deleted_by)
                   VALUES ('a', :chat, :seq, :message_id, 'u', :message, :seq, :reply_to, :edited_at, :deleted_at,
                           :deleted_by)""",
                chat=chat,
                seq=seq,
                message_id=f"{chat}{seq}",
                message=f"Grüße {seq}",
                reply_to=None if seq == 1 else 1,
                edited_at=5 if seq == 2 else None,
                deleted_at=6 if seq == 3 else None,
                deleted_by="u" if seq == 3 else None,
            )
    for chat in ("y", "x"):
        for sql in (
            "INSERT INTO message_version VALUES ('a', :chat, 2, 1, 'Gruesse', 2)",
            "INSERT INTO mention VALUES ('a', :chat, 1, 'c')",
            "INSERT INTO reaction VALUES ('a', :chat, 1, 'x', 'u', 4)",
            "INSERT INTO pin VALUES ('a', :chat, 2, 'u', 4)",
            "INSERT INTO message_attachment VALUES ('a', :chat, 3, 0, 'f')",
        ):
            tx.execute(sql, chat=chat)


def all_of_chats(tx: Transaction) -> dict[str, list[str]]:
    return {table: sorted(str(row) for row in tx.rows(f"SELECT * FROM {table}")) for table in OF_CHATS}
