"""The schema after all migrations, in one readable file.

The migrations are the only source of the schema. `schema.txt` is read from a migrated database, so that a review shows
what a migration changes. It also ensures that SQLite and PostgreSQL have the same tables, columns, keys and indexes.
Tables that only one of them has are named below and omitted. So are checks, as each database stores their text
differently. Update it with `python -m tests.store.schema`.
"""

import re
import tempfile
from collections import defaultdict
from pathlib import Path

from parlour.store.database import Transaction, open_database

SNAPSHOT = Path(__file__).with_name("schema.txt")

# Tables that only one of the databases has, by the beginning of their names.
OF_ONE = ("event_pending", "message_vocabulary", "message_words", "people_changes")

# A column that only PostgreSQL has, and its index. SQLite has tables in its place.
COLUMN_OF_ONE = ("chat_message", "words")

# Each gives table, kind (one of _COLUMN, _INDEX, _REFERENCE) and what _line makes a line of, in one order for both.
SQLITE = """
    WITH tables AS (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%')
    SELECT t.name AS "table", 1 AS kind, c.cid AS place, c.name, lower(c.type) AS type, c."notnull" AS required,
           c.dflt_value AS extra, '' AS target
      FROM tables t JOIN pragma_table_info(t.name) c
     UNION ALL
    SELECT t.name, 2, 0,
           (SELECT group_concat(p.name, ', ' ORDER BY p.seqno) FROM pragma_index_info(i.name) p),
           CASE i.origin WHEN 'pk' THEN 'primary key' ELSE CASE i."unique" WHEN 1 THEN 'unique' ELSE 'index' END END, 0,
           (SELECT substr(s.sql, instr(s.sql, 'WHERE') + 6) FROM sqlite_schema s WHERE s.name = i.name AND i.partial),
           ''
      FROM tables t JOIN pragma_index_list(t.name) i
     UNION ALL
    SELECT t.name, 3, 0, group_concat(f."from", ', ' ORDER BY f.seq), f."table", 0, f.on_delete,
           group_concat(f."to", ', ' ORDER BY f.seq)
      FROM tables t JOIN pragma_foreign_key_list(t.name) f
     GROUP BY t.name, f.id, f."table", f.on_delete"""

POSTGRES = """
    WITH tables AS (
        SELECT oid, relname AS name FROM pg_class
         WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = current_schema()::regnamespace)
    SELECT t.name AS "table", 1 AS kind, a.attnum AS place, a.attname AS name, format_type(a.atttypid, NULL) AS type,
           a.attnotnull AS required, pg_get_expr(d.adbin, d.adrelid) AS extra, '' AS target
      FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
     UNION ALL
    SELECT t.name, 2, 0,
           (SELECT string_agg(replace(pg_get_indexdef(i.indexrelid, k, true), '"', ''), ', ' ORDER BY k)
              FROM generate_series(1, i.indnkeyatts) k),
           CASE WHEN i.indisprimary THEN 'primary key' WHEN i.indisunique THEN 'unique' ELSE 'index' END, false,
           pg_get_expr(i.indpred, i.indrelid), ''
      FROM tables t JOIN pg_index i ON i.indrelid = t.oid
     UNION ALL
    SELECT t.name, 3, 0, (SELECT string_agg(a.attname, ', ' ORDER BY k.place)
              FROM unnest(c.conkey) WITH ORDINALITY k (number, place)
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number),
           c.confrelid::regclass::text, false,
           CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'NO ACTION' END,
           (SELECT string_agg(a.attname, ', ' ORDER BY k.place)
              FROM unnest(c.confkey) WITH ORDINALITY k (number, place)
              JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number)
      FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype = 'f'"""

_COLUMN, _INDEX, _REFERENCE = 1, 2, 3


def described(tx: Transaction, *, sql: str) -> str:
    """The tables of a database, by name; `sql` is SQLITE or POSTGRES."""
    tables: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for row in tx.rows(sql):
        if not row["table"].startswith(OF_ONE) and (row["table"], row["name"]) != COLUMN_OF_ONE:
            tables[row["table"]].append((row["kind"], row["place"], _line(**row)))
    return "\n".join(f"{table}\n" + "".join(line for _, _, line in sorted(tables[table])) for table in sorted(tables))


def _line(*, kind: int, name: str, type: str, required: bool, extra: str | None, target: str, **_: object) -> str:
    # PostgreSQL adds a literal's type, quotes numbers, and puts conditions in brackets.
    extra = re.sub(r"::\w+", "", extra or "")
    extra = re.sub(r"'(\d+)'", r"\1", extra).strip("()")
    if kind == _COLUMN:
        return f"    {name} {type}{' not null' if required else ''}{f' default {extra}' if extra else ''}\n"
    if kind == _INDEX:
        return f"    {type} ({name}){f' where {extra}' if extra else ''}\n"
    return f"    ({name}) references {type} ({target}){'' if extra == 'NO ACTION' else f' on delete {extra.lower()}'}\n"


def _renew() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database("", Path(folder))
        SNAPSHOT.write_text(database.run(lambda tx: described(tx, sql=SQLITE)), encoding="utf-8")
        database.close()


if __name__ == "__main__":
    _renew()
