"""How PostgreSQL's lanes commit: works that meet share a commit, and one lane does not wait for another."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import psycopg
import pytest

from parlour.store import postgres_connections
from parlour.store.database import CommitFailed, Database, Gathered, Transaction, open_database
from parlour.store.postgres_connections import SENT_AHEAD, Connection
from tests.conftest import Store
from tests.store.names import add, add_then_fail, end_connections, names

# Names of two lanes, and of things that share the lane of the first. Their locks come after its own and before it.
ONE, OTHER, BESIDE_ONE, EARLIER = "a", "d", "b", "A"


@pytest.fixture
def database(postgres_store: Store) -> Iterator[Database]:
    opened = open_database(postgres_store.url, postgres_store.data_dir, migrate=False)
    yield opened
    opened.close()


def add_and_tell(name: str) -> Callable[[Transaction], Any]:
    """Adds a name and tells in which transaction."""

    def work(tx: Transaction) -> Any:
        add(name)(tx)
        return tx.value("SELECT pg_current_xact_id()::text")

    return work


def meet(database: Database, *works: tuple[Callable[[Transaction], Any], str | None]) -> list[Any]:
    """The outcomes of works that all wait when their lanes become free."""

    async def gather() -> list[Any]:
        may_go_on = Event()
        lanes = {lane for _, lane in works}
        busy = [asyncio.ensure_future(database.write(lambda tx: may_go_on.wait(10), lane)) for lane in lanes]
        waiting = [asyncio.ensure_future(database.write(work, lane)) for work, lane in works]
        # The works leave once a turn of the loop.
        await asyncio.sleep(0)
        may_go_on.set()
        await asyncio.gather(*busy)
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(gather())


@pytest.mark.parametrize("lane", [None, ONE])
def test_works_that_wait_share_one_commit(database: Database, lane: str | None) -> None:
    transactions = meet(database, *((add_and_tell(str(number)), lane) for number in range(20)))

    assert len(set(transactions)) <= 2
    assert len(database.run(names)) == 20


@pytest.mark.parametrize("lane", [None, ONE])
def test_a_work_that_fails_after_writing_is_undone_alone(database: Database, lane: str | None) -> None:
    def fail(tx: Transaction) -> None:
        add("lost")(tx)
        raise ZeroDivisionError

    first, failed, last = meet(database, (add_and_tell("first"), lane), (fail, lane), (add_and_tell("last"), lane))

    assert isinstance(failed, ZeroDivisionError)
    assert sorted(database.run(names)) == ["first", "last"]
    assert first == last


@pytest.mark.parametrize("lane", [None, ONE])
def test_a_posted_statement_that_fails_undoes_its_own_work_alone(database: Database, lane: str | None) -> None:
    def post(*posted: str) -> Callable[[Transaction], Any]:
        def work(tx: Transaction) -> Any:
            for name in posted:
                tx.post("INSERT INTO agency (agency_id, name, created_at) VALUES (:name, :name, 0)", name=name)
            return tx.now

        return work

    first, failed, last = meet(database, (post("first"), lane), (post("lost", "first"), lane), (post("last"), lane))

    assert isinstance(failed, psycopg.errors.UniqueViolation)
    assert not isinstance(first, BaseException)
    assert not isinstance(last, BaseException)
    assert database.run(names) == ["first", "last"]


@pytest.mark.parametrize("lane", [None, ONE])
def test_a_work_that_hides_the_error_of_a_statement_is_told_that_nothing_was_stored(
    database: Database, lane: str | None
) -> None:
    def hide(tx: Transaction) -> None:
        with contextlib.suppress(psycopg.Error):
            tx.execute("INSERT INTO agency (agency_id) VALUES ('x')")

    outcomes = meet(database, (add("kept"), lane), (hide, lane))

    assert [type(outcome) for outcome in outcomes] == [int, CommitFailed]
    assert database.run(names) == ["kept"]


def test_works_in_a_lane_ask_their_first_questions_together(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    trips = []
    settle = Connection.settle

    def count(connection: Connection) -> Any:
        trips.append(connection)
        return settle(connection)

    monkeypatch.setattr(Connection, "settle", count)

    def ask(number: int) -> Callable[[Transaction], int]:
        return lambda tx: int(tx.value("SELECT :number + 1", number=number))

    outcomes = meet(database, *((ask(number), ONE) for number in range(20)))

    assert outcomes == [number + 1 for number in range(20)]
    assert len(trips) < 10


def test_a_first_question_that_fails_fails_its_own_work_alone(database: Database) -> None:
    def ask(divisor: int) -> Callable[[Transaction], int]:
        return lambda tx: int(tx.value("SELECT 1 / :divisor", divisor=divisor))

    outcomes = meet(database, (ask(1), ONE), (ask(0), ONE), (ask(-1), ONE))

    assert outcomes[0] == 1
    assert isinstance(outcomes[1], psycopg.errors.DivisionByZero)
    assert outcomes[2] == -1


def test_what_follows_a_lock_is_not_asked_ahead(database: Database) -> None:
    def count(tx: Transaction) -> int:
        tx.lock("SELECT 1 FROM agency FOR NO KEY UPDATE")
        return len(names(tx))

    def count_and_add(tx: Transaction) -> int:
        found = count(tx)
        add(f"{found}")(tx)
        return found

    assert meet(database, *((count_and_add, ONE) for _ in range(5))) == [0, 1, 2, 3, 4]


class Refused(Exception):
    """The error of a work whose statement changed no row."""


def rename_nobody(tx: Transaction) -> str:
    def refuse() -> None:
        # It may ask the database.
        raise Refused(tx.value("SELECT count(*) FROM agency"))

    tx.post("UPDATE agency SET name = 'x' WHERE agency_id = 'nobody'", refuse)
    return "done"


def add_and_rename_nobody(tx: Transaction) -> str:
    tx.post("INSERT INTO agency (agency_id, name, created_at) VALUES ('lost', 'lost', 0)")
    return rename_nobody(tx)


@pytest.mark.parametrize("lane", [None, ONE])
@pytest.mark.parametrize("refused", [rename_nobody, add_and_rename_nobody])
def test_a_work_whose_statement_changed_no_row_is_refused_alone(
    database: Database, lane: str | None, refused: Callable[[Transaction], str]
) -> None:
    outcomes = meet(database, (add("first"), lane), (refused, lane), (add("last"), lane), (refused, lane))

    assert [type(outcome) for outcome in outcomes] == [int, Refused, int, Refused]
    assert database.run(names) == ["first", "last"]


@pytest.mark.parametrize("lane", [None, ONE])
def test_a_work_alone_is_refused_when_its_statement_changed_no_row(database: Database, lane: str | None) -> None:
    [outcome] = meet(database, (add_and_rename_nobody, lane))

    assert isinstance(outcome, Refused)
    assert database.run(names) == []


_NAMES = Gathered(
    of_rows=lambda tx, shared, rows: (),  # for SQLite
    of_many="""
        WITH given AS (
            SELECT * FROM unnest(:name::text[], :other::text[]) WITH ORDINALITY AS g (name, other, place)
             WHERE name <> 'refused'
        ), stored AS (INSERT INTO agency (agency_id, name, created_at) SELECT name, other, :at FROM given)
        SELECT place FROM given""",
)


def gather(name: str, other: str | None = None, *, at: int = 0) -> Callable[[Transaction], str]:
    def work(tx: Transaction) -> str:
        def refuse() -> None:
            raise Refused(name)

        tx.gather(_NAMES, refuse, {"at": at}, {"name": name, "other": name if other is None else other})
        return name

    return work


def statements_and_names(tx: Transaction) -> list[tuple[int, str]]:
    """The names in order, each with the statement of its transaction that stored it."""
    return [(int(cmin), name) for cmin, name in tx.tuples("SELECT cmin::text, name FROM agency ORDER BY name")]


def test_changes_that_are_gathered_are_one_statement(database: Database) -> None:
    outcomes = meet(database, *((gather(f"n{number}"), ONE) for number in range(10)))

    stored = database.run(statements_and_names)
    assert outcomes == [f"n{number}" for number in range(10)]
    assert [name for _, name in stored] == outcomes
    assert len({statement for statement, _ in stored}) <= 2


def test_changes_that_share_other_values_are_not_gathered(database: Database) -> None:
    meet(database, (gather("first", at=1), ONE), (gather("second", at=2), ONE))

    assert database.run(lambda tx: tx.tuples("SELECT name, created_at FROM agency ORDER BY name")) == [
        ("first", 1),
        ("second", 2),
    ]


@pytest.mark.parametrize("lane", [None, ONE])
def test_of_changes_that_are_gathered_some_are_refused_alone(database: Database, lane: str | None) -> None:
    wanted = ("first", "refused", "second", "refused", "third")

    outcomes = meet(database, *((gather(name), lane) for name in wanted))

    assert [type(outcome) for outcome in outcomes] == [str, Refused, str, Refused, str]
    assert database.run(names) == ["first", "second", "third"]


@pytest.mark.parametrize("lane", [None, ONE])
@pytest.mark.parametrize("bad", ["first", "with NUL\0", "half a character \ud800"])
def test_of_changes_that_are_gathered_one_that_fails_fails_alone(
    database: Database, lane: str | None, bad: str
) -> None:
    outcomes = meet(database, *((gather(name), lane) for name in ("first", bad, "last")))

    assert outcomes[0] == "first"
    assert isinstance(outcomes[1], psycopg.Error | UnicodeError)
    assert outcomes[2] == "last"
    assert database.run(names) == ["first", "last"]


@pytest.mark.parametrize("place", [3, SENT_AHEAD - 1, SENT_AHEAD, 2 * SENT_AHEAD])
@pytest.mark.parametrize(("bad", "error"), [("00", psycopg.errors.UniqueViolation), ("refused", Refused)])
def test_a_change_that_was_sent_ahead_fails_alone(
    database: Database, bad: str, error: type[Exception], place: int
) -> None:
    wanted = [f"{number:02}" for number in range(2 * SENT_AHEAD + 4)]

    outcomes = meet(database, *((gather(bad if at == place else name), ONE) for at, name in enumerate(wanted)))

    assert [at for at, outcome in enumerate(outcomes) if isinstance(outcome, error)] == [place]
    del wanted[place]
    assert [outcome for outcome in outcomes if not isinstance(outcome, error)] == wanted
    assert database.run(names) == wanted


def test_changes_that_are_gathered_are_committed_without_waiting_for_them(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, trips = Connection.settle, []

    def count(connection: Connection) -> Any:
        trips.append(connection)
        return settle(connection)

    monkeypatch.setattr(Connection, "settle", count)

    meet(database, *((gather(f"n{number}"), ONE) for number in range(10)))

    # The transaction begins and asks ahead, and then everything else is one trip.
    assert len(trips) == 2


@pytest.mark.parametrize("is_last", [True, False])
def test_a_change_that_is_refused_during_the_commit_leaves_nothing(database: Database, *, is_last: bool) -> None:
    def gather_two(tx: Transaction) -> str:
        first, second = ("kept", "refused") if is_last else ("refused", "kept")
        gather(first, at=1)(tx)
        return gather(second, at=2)(tx)

    outcomes = meet(database, (gather("first"), ONE), (gather_two, ONE), (gather("last"), ONE))

    assert [type(outcome) for outcome in outcomes] == [str, Refused, str]
    assert database.run(names) == ["first", "last"]


def test_a_connection_that_ends_while_changes_wait_for_the_commit_is_replaced(
    database: Database, postgres_store: Store
) -> None:
    runs = 0

    def end(tx: Transaction) -> str:
        nonlocal runs
        done = gather("last")(tx)
        # Not when its first question was looked for.
        runs += 1
        if runs == 1:
            end_connections(postgres_store.url)
        return done

    outcomes = meet(database, (gather("first"), ONE), (end, ONE))

    assert runs == 2
    assert outcomes == ["first", "last"]
    assert database.run(names) == outcomes


def test_gathered_values_arrive_as_they_are(database: Database) -> None:
    values = ["", "NULL", "null", '"', "\\", '\\"', "{a,b}", "a, b", " a ", "line\nline", "'", "ü \U0001f600"]

    meet(database, *((gather(f"{number}", value), ONE) for number, value in enumerate(values)))

    stored = dict(database.run(lambda tx: tx.tuples("SELECT agency_id, name FROM agency")))
    assert [stored[f"{number}"] for number in range(len(values))] == values


def come_during(database: Database, lane: str, *works: Callable[[Transaction], Any]) -> list[Any]:
    """The outcomes of the first work in lane ONE, and of the others, which come to `lane` while it runs."""
    begun, may_go_on = Event(), Event()
    first, *others = works

    def begin(tx: Transaction) -> Any:
        begun.set()
        may_go_on.wait(10)
        return first(tx)

    async def gather() -> list[Any]:
        began = asyncio.ensure_future(database.write(begin, ONE))
        await asyncio.to_thread(begun.wait, 10)
        coming = [asyncio.ensure_future(database.write(work, lane)) for work in others]
        # They begin in this turn of the loop, and leave for the lane in the next one.
        for _ in range(2):
            await asyncio.sleep(0)
        may_go_on.set()
        return await asyncio.gather(began, *coming, return_exceptions=True)

    return asyncio.run(gather())


@pytest.mark.parametrize(("lane", "commits"), [(ONE, 1), (BESIDE_ONE, 1), (EARLIER, 2)])
def test_works_that_come_during_a_batch_join_it_if_their_locks_are_in_order(
    database: Database, lane: str, commits: int
) -> None:
    transactions = come_during(database, lane, *(add_and_tell(f"{number}") for number in range(6)))

    assert len(set(transactions)) == commits
    assert len(database.run(names)) == 6


@pytest.mark.parametrize("lane", [ONE, BESIDE_ONE, EARLIER])
@pytest.mark.parametrize("bad", ["SELECT 1 / 0", "INSERT INTO agency (agency_id) VALUES ('x') RETURNING 1"])
def test_a_work_that_comes_during_a_batch_fails_alone(database: Database, lane: str, bad: str) -> None:
    outcomes = come_during(database, lane, add("first"), lambda tx: tx.value(bad), add("second"), add_then_fail("lost"))

    assert [type(outcome) for outcome in outcomes[2:]] == [int, ZeroDivisionError]
    assert outcomes[0] == 1
    assert isinstance(outcomes[1], psycopg.Error)
    assert database.run(names) == ["first", "second"]


def test_a_work_that_asks_on_after_a_statement_that_changed_no_row_is_refused_there(database: Database) -> None:
    def ask_on(tx: Transaction) -> object:
        rename_nobody(tx)
        return tx.value("SELECT 1")

    outcomes = meet(database, (ask_on, ONE), (add("kept"), ONE))

    assert [type(outcome) for outcome in outcomes] == [Refused, int]
    assert database.run(names) == ["kept"]


def test_a_work_that_fails_before_any_statement_is_sent_fails_alone(database: Database) -> None:
    def refuse(tx: Transaction) -> None:
        raise ZeroDivisionError

    outcomes = meet(database, (refuse, ONE), (add_then_fail("lost"), ONE), (add("kept"), ONE))

    assert [type(outcome) for outcome in outcomes] == [ZeroDivisionError, ZeroDivisionError, int]
    assert database.run(names) == ["kept"]


def test_a_lock_is_held_to_the_end_even_after_another_work_was_undone(
    database: Database, postgres_store: Store
) -> None:
    database.run(add("held"))

    def lock(tx: Transaction) -> None:
        tx.lock("SELECT 1 FROM agency WHERE agency_id = :name FOR NO KEY UPDATE", name="held")

    def lock_and_fail(tx: Transaction) -> None:
        lock(tx)
        add_then_fail("lost")(tx)

    def lock_and_look(tx: Transaction) -> bool:
        lock(tx)
        tx.value("SELECT 1")
        with psycopg.connect(postgres_store.url) as other:
            free = other.execute("SELECT agency_id FROM agency FOR NO KEY UPDATE SKIP LOCKED").fetchall()
        return free == []

    outcomes = meet(database, (lock_and_fail, ONE), (lock_and_look, ONE), (lock_and_look, ONE))

    assert outcomes[1:] == [True, True]


def test_prepared_statements_are_forgotten_when_there_are_many(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_connections, "MOST_PREPARED", 3)

    def count(tx: Transaction) -> list[int]:
        return [tx.value(f"SELECT {number} + :more", more=number) for number in range(10)]

    assert database.run(count) == [2 * number for number in range(10)]
    assert database.run(count) == [2 * number for number in range(10)]
    held = "SELECT count(*) FROM pg_prepared_statements"
    assert database.run(lambda tx: tx.value(held)) <= 2


def test_a_lane_that_waits_for_a_lock_holds_up_no_other(database: Database, postgres_store: Store) -> None:
    database.run(add("taken"))

    async def write() -> None:
        with psycopg.connect(postgres_store.url) as holder:
            holder.execute("SELECT 1 FROM agency FOR UPDATE")
            blocked = asyncio.ensure_future(database.write(lambda tx: tx.execute("DELETE FROM agency"), ONE))
            await database.write(add("other"), OTHER)
            await database.write(add("unnamed"))
            assert not blocked.done()
        await blocked

    asyncio.run(asyncio.wait_for(write(), 30))


def test_works_about_one_thing_keep_their_order(database: Database) -> None:
    order: list[str] = []

    def note(name: str) -> Callable[[Transaction], None]:
        def work(tx: Transaction) -> None:
            # A work may begin several times, up to its first question.
            tx.value("SELECT 1")
            order.append(name)

        return work

    meet(database, *((note(f"{lane}{number}"), lane) for number in range(5) for lane in (BESIDE_ONE, ONE)))

    assert [each for each in order if each[0] == ONE] == [f"{ONE}{number}" for number in range(5)]
    assert [each for each in order if each[0] == BESIDE_ONE] == [f"{BESIDE_ONE}{number}" for number in range(5)]
