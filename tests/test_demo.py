"""What is in the demo beside its chats."""

from pathlib import Path

from parlour import app, demo
from parlour.config import Settings
from parlour.store import consistency
from parlour.store.database import Database


def test_a_message_of_the_demo_has_a_picture(database: Database, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "kept", secret_key="k" * 32)
    policy = app.invitation_policy(settings, b"key")
    database.run(lambda tx: demo.fill(tx, policy, "hash", app.reception(settings)))
    [named] = database.run(
        lambda tx: tx.rows(
            """SELECT x.message, a.file_name, a.media_type, a.state, a.width, a.uses
                 FROM message_attachment l
                 JOIN chat_message x ON x.agency_id = l.agency_id AND x.chat_id = l.chat_id AND x.seq = l.seq
                 JOIN attachment a ON a.agency_id = l.agency_id AND a.attachment_id = l.attachment_id"""
        )
    )

    assert dict(named) == {
        "message": demo.ABOUT_THE_FLAT,
        "file_name": demo.PLAN_NAME,
        "media_type": "image/png",
        "state": "ready",
        "width": 560,
        "uses": 1,
    }
    assert any((tmp_path / "kept" / "files").rglob("*-*"))


def test_the_demo_has_an_example_of_everything_that_a_message_can_have(database: Database, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "kept", secret_key="k" * 32)
    policy = app.invitation_policy(settings, b"key")
    database.run(lambda tx: demo.fill(tx, policy, "hash", app.reception(settings)))

    def count(what: str) -> int:
        number: int = database.run(lambda tx: tx.value(f"SELECT count(*) FROM {what}"))
        return number

    assert count("mention") == 1
    assert count("pin") == 1
    assert count("reaction") == 3
    assert count("message_version") == 1
    assert count("chat_message WHERE reply_to_seq IS NOT NULL") == 1
    assert count("chat_message WHERE edited_at IS NOT NULL") == 1
    assert database.run(consistency.differences) == []
