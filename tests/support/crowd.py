"""A chat of the demo with very many members, written to the database before its server starts."""

import sqlite3
from pathlib import Path

from parlour.store.people import folded


def write_crowd(data_dir: Path, chat_name: str, count: int) -> None:
    """Adds people with accounts to a chat: Person 00001 and so on, who join in this order. They have read nothing."""
    with sqlite3.connect(data_dir / "parlour.db") as database:
        agency, chat, joined_at = database.execute(
            "SELECT c.agency_id, c.chat_id, max(m.joined_at) FROM chat c"
            " JOIN chat_member m ON m.chat_id = c.chat_id WHERE c.name = ?",
            [chat_name],
        ).fetchone()
        people = [
            {"agency": agency, "chat": chat, "id": f"{n:032x}", "name": f"Person {n:05}", "at": joined_at + n}
            | {"address": f"p{n:05}@crowd.example", "folded": folded(f"Person {n:05}", f"p{n:05}@crowd.example")}
            for n in range(1, count + 1)
        ]
        database.executemany(
            "INSERT INTO user_account (user_id, email_address, address_key, display_name, created_at)"
            " VALUES (:id, :address, :address, :name, :at)",
            people,
        )
        database.executemany(
            "INSERT INTO contact (agency_id, contact_id, full_name, email_address, address_key, state, user_id,"
            " created_at, folded) VALUES (:agency, :id, :name, :address, :address, 'real', :id, :at, :folded)",
            people,
        )
        database.executemany(
            "INSERT INTO chat_member (agency_id, chat_id, member_id, contact_id, user_id, state, joined_at, read_seq,"
            " read_live) VALUES (:agency, :chat, :id, :id, :id, 'active', :at, 0, 0)",
            people,
        )
        database.execute("UPDATE chat SET member_count = member_count + ? WHERE chat_id = ?", [count, chat])
    database.close()
