"""A chat of the demo with a long history, written to the database before its server starts."""

import sqlite3
from pathlib import Path

# In microseconds.
MINUTE = 60_000_000

SAID = "The keys are with Cleo, and the flat is free from Friday on, so we can show it in the afternoon."


def write_history(data_dir: Path, chat_name: str, count: int) -> None:
    """Adds messages to a chat, by its members in turn. Their lengths differ. All of them were read by everybody."""
    with sqlite3.connect(data_dir / "parlour.db") as database:
        agency, chat, seq, sent_at = database.execute(
            "SELECT agency_id, chat_id, last_seq, active_at FROM chat WHERE name = ?", [chat_name]
        ).fetchone()
        senders = [
            row[0]
            for row in database.execute(
                "SELECT user_id FROM chat_member WHERE chat_id = ? AND user_id IS NOT NULL ORDER BY joined_at", [chat]
            )
        ]
        rows = [
            (agency, chat, seq + n, f"{n:032x}", senders[n // 3 % len(senders)], _text(n), sent_at + n * MINUTE)
            for n in range(1, count + 1)
        ]
        database.executemany(
            "INSERT INTO chat_message (agency_id, chat_id, seq, message_id, sender_id, message, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        database.execute(
            "UPDATE chat SET last_seq = last_seq + ?, live = live + ?, last_message_id = ?, active_at = ?"
            " WHERE chat_id = ?",
            [count, count, rows[-1][3], rows[-1][6], chat],
        )
        database.execute(
            "UPDATE chat_member SET read_seq = ?, read_live = ?, read_message_id = ?, own_after = 0 WHERE chat_id = ?",
            [seq + count, seq + count, rows[-1][3], chat],
        )
    database.close()


def _text(number: int) -> str:
    return f"Message {number}. " + SAID[: number * 37 % len(SAID)]
