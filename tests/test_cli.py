"""The command line: output and effects of each command, and its response to wrong usage."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from parlour import demo
from parlour.cli import main
from parlour.config import PREFIX
from parlour.store.database import Transaction, open_database
from tests.conftest import Store
from tests.support.served import PARLOUR, environment, served

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _settings_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands in this process see only the settings of the test."""
    for variable in [variable for variable in os.environ if variable.startswith(PREFIX)]:
        monkeypatch.delenv(variable)


@pytest.fixture
def run(store: Store, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on a migrated, empty database. The result is JSON with `--json`."""
    monkeypatch.chdir(store.data_dir)
    monkeypatch.setenv("PARLOUR_DATA_DIR", str(store.data_dir))
    monkeypatch.setenv("PARLOUR_DATABASE_URL", store.url)

    def invoke(*arguments: str, stdin: str = "") -> Result:
        # In colour, so that control sequences are not removed on the way.
        return CliRunner().invoke(main, arguments, input=stdin, color=True)

    return invoke


@pytest.fixture
def agency(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same, on a database after its first start."""
    monkeypatch.setattr("parlour.app.serve", lambda *_, **__: None)
    assert run("serve").exit_code == 0
    return run


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def printed(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_every_command_has_help_with_an_example(command: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*command, "--help"])

    assert shown.exit_code == 0
    assert re.search(rf"Example:\n +(\w+=\S+ )?parlour {' '.join(command)}", shown.output)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["serve", "--nonsense"],
        ["serve", "--listen", "8080"],
        ["serve", "--base-url", "chat.example.org"],
        ["user", "add"],
        ["user", "add", "ann@example.org"],
        ["user", "add", "ann", "--name", "Ann"],
        ["user", "add", "a" * 243 + "@example.org", "--name", "Ann"],
        ["user", "add", "=?utf-8?q?ann=0D=0ABcc=3Av=40x.org?=@example.org", "--name", "Ann"],
        ["user", "add", f"{'a' * 65}@example.org", "--name", "Ann"],
        ["user", "add", '"ann"@example.org', "--name", "Ann"],
        ["user", "add", "ann@[127.0.0.1]", "--name", "Ann"],
        ["serve", "--admin-email", "=?utf-8?q?x?=@example.org"],
        ["serve", "--admin-email", f"{'a' * 65}@example.org"],
        ["user", "add", "ann@example.org", "--name", "Ann", "--password-stdin"],
        ["user", "list", "--database-url", "mysql://x/y"],
        ["settings", "--config", "none.toml"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_status_2_with_the_reason(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    refused = CliRunner().invoke(main, arguments)

    assert refused.exit_code == 2
    assert "Error: " in refused.stderr
    assert refused.stdout == ""


def test_a_password_of_more_than_1000_bytes_is_refused() -> None:
    arguments = ["user", "add", "ann@example.org", "--name", "Ann", "--password-stdin"]
    refused = CliRunner().invoke(main, arguments, input="\u00e4" * 501)

    assert refused.exit_code == 2
    assert "1,000 bytes" in refused.stderr


def test_a_command_without_a_database_fails_and_creates_none(tmp_path: Path) -> None:
    refused = CliRunner().invoke(main, ["user", "list", "--data-dir", str(tmp_path / "none")])

    assert refused.exit_code == 1
    assert refused.stderr == f"Error: There is no Parlour in {tmp_path / 'none'}; `parlour serve` creates one.\n"
    assert list(tmp_path.iterdir()) == []


def test_commands_fail_before_the_first_start(run: Run) -> None:
    refused = run("user", "list")

    assert refused.exit_code == 1
    assert "There is no agency yet" in refused.stderr


def test_the_first_start_prints_the_administrators_password_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.app.serve", lambda *_, **__: None)

    first = run("serve", "--admin-email", "root@example.org")
    second = run("serve", "--admin-email", "root@example.org")

    assert re.match(r"Created the administrator root@example\.org with the password \S{16}\n", first.stdout)
    assert second.stdout == ""
    [administrator] = printed(run("user", "list", "--json"))
    assert administrator["email"] == "root@example.org"
    assert administrator["roles"] == ["Administrator"]


def test_adding_a_user_prints_both_ids_and_the_generated_password(agency: Run) -> None:
    made = printed(
        agency("user", "add", "ann@example.org", "--name", "Ann Smith", "--role", "Agent", "--role", "Worker", "--json")
    )

    assert re.fullmatch(r"\S{16}", made["password"])
    users = {each["email"]: each for each in printed(agency("user", "list", "--json"))}
    assert users["ann@example.org"] == {
        "email": "ann@example.org",
        "name": "Ann Smith",
        "roles": ["Agent", "Worker"],
        "disabled": False,
        "userId": made["userId"],
        "contactId": made["contactId"],
    }


def test_a_password_on_standard_input_is_never_printed(agency: Run) -> None:
    added = agency(
        "user", "add", "ann@example.org", "--name", "Ann", "--password-stdin", stdin="correct horse\nand more"
    )
    changed = agency("user", "password", "ann@example.org", "--password-stdin", stdin="battery staple\n")

    assert re.fullmatch(r"userId: \w{32}\ncontactId: \w{32}\n", added.output)
    assert (changed.exit_code, changed.output) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["user", "add", "ADMIN@localhost", "--name", "x"], "ADMIN@localhost has an account already."),
        (["user", "add", "a@x.org", "--name", "x", "--role", "Boss"], "There is no role Boss."),
        (["user", "password", "nobody@x.org"], "nobody@x.org has no account."),
        (["user", "disable", "nobody@x.org"], "nobody@x.org has no account."),
        (["role", "add", "Agent"], "There is a role Agent already."),
        (["role", "add", "Clerk", "--granted-by", "Boss"], "There is no role Boss."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_failed_command_is_status_1_with_one_sentence(agency: Run, arguments: list[str], sentence: str) -> None:
    before = agency("user", "list").output + agency("role", "list").output

    refused = agency(*arguments)

    assert refused.exit_code == 1
    assert refused.stderr.startswith(f"Error: {sentence}")
    assert refused.stdout == ""
    assert agency("user", "list").output + agency("role", "list").output == before


def test_a_disabled_user_is_shown_as_such_until_it_is_undone(agency: Run) -> None:
    assert agency("user", "disable", "admin@localhost").exit_code == 0
    [disabled] = printed(agency("user", "list", "--json"))
    assert agency("user", "disable", "admin@localhost", "--undo").exit_code == 0
    [enabled] = printed(agency("user", "list", "--json"))

    assert (disabled["disabled"], enabled["disabled"]) == (True, False)


def test_a_role_is_added_beside_the_standard_ones(agency: Run) -> None:
    made = printed(agency("role", "add", "Interpreter", "--granted-by", "Agent", "--no-acceptance", "--json"))

    roles = {each["name"]: each for each in printed(agency("role", "list", "--json"))}
    assert set(roles) == {"Administrator", "Agent", "Contact", "Interpreter", "Worker"}
    assert roles["Interpreter"] == {
        "name": "Interpreter",
        "grantedBy": ["Administrator", "Agent"],
        "grantedByAll": False,
        "needsAcceptance": False,
        "roleId": made["roleId"],
    }


def test_a_role_that_everybody_may_grant_is_listed_as_such(agency: Run) -> None:
    agency("role", "add", "Friend", "--granted-by-all")

    roles = printed(agency("role", "list", "--json"))

    assert {each["name"] for each in roles if each["grantedByAll"]} == {"Contact", "Friend"}


def test_tables_have_a_header_and_a_line_for_each_item(agency: Run) -> None:
    head, *lines = agency("user", "list").stdout.splitlines()

    assert head.split() == ["email", "name", "roles", "disabled", "userId", "contactId"]
    assert [line.split()[:4] for line in lines] == [["admin@localhost", "Administrator", "Administrator", "no"]]


# Clears the screen, goes to the next line and turns the direction of writing.
RAW, ESCAPED = "a\x1b[2J\n\u202e\x9b", "a\\x1b[2J\\n\\u202e\\x9b"


def stored_raw(store: Store) -> None:
    """Puts control characters into every name, as an older version allowed."""

    def work(tx: Transaction) -> None:
        tx.execute("UPDATE user_account SET display_name = :raw", raw=RAW)
        tx.execute("UPDATE contact SET full_name = :raw", raw=RAW)
        tx.execute("UPDATE agency SET name = :raw", raw=RAW)
        tx.execute("UPDATE role SET name = name || :raw", raw=RAW)
        tx.execute("UPDATE outbox SET last_error = :raw", raw=RAW)

    database = open_database(store.url, store.data_dir)
    database.run(work)
    database.close()


@pytest.mark.parametrize(
    "command",
    [
        ["user", "list"],
        ["role", "list"],
        ["outbox"],
        ["outbox", "MAIL"],
        ["user", "add", "new@example.org", "--name", "New", "--role", "None"],
        ["user", "add", "new@example.org", "--name", RAW],
        ["role", "add", RAW],
        ["user", "password", f"{RAW}@example.org"],
        ["outbox", RAW],
        ["settings", "--data-dir", RAW],
    ],
    ids=lambda command: " ".join(command[:2]).encode("unicode_escape").decode(),
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_terminal_gets_no_control_characters(
    run: Run, store: Store, monkeypatch: pytest.MonkeyPatch, command: list[str], as_json: bool
) -> None:
    monkeypatch.setattr("parlour.app.serve", lambda *_, **__: None)
    run("serve", "--demo")
    [mail] = printed(run("outbox", "--json"))
    stored_raw(store)
    named = [mail["mailId"] if argument == "MAIL" else argument for argument in command]

    shown = run(*named, *(["--json"] if as_json else []))

    assert shown.output.strip()
    assert shown.output.replace("\n", "").isprintable()


def test_a_stored_name_is_escaped_in_tables_and_complete_in_json(agency: Run, store: Store) -> None:
    stored_raw(store)

    _head, line = agency("user", "list").stdout.splitlines()
    [user] = printed(agency("user", "list", "--json"))

    assert line.split()[1] == ESCAPED
    assert user["name"] == RAW


def test_a_name_with_joiners_is_shown_as_it_is(agency: Run) -> None:
    name = "\u0645\u0631\u06cc\u0645\u200c\u0632\u0627\u062f\u0647"

    assert agency("user", "add", "maryam@example.org", "--name", name).exit_code == 0
    assert name in agency("user", "list").stdout


def test_an_invalid_name_is_refused_with_the_reason(agency: Run) -> None:
    refused = agency("user", "add", "ann@example.org", "--name", "Ann\x1b[2J")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "Error: A person's name must not contain U+001B.\n"


def test_settings_show_value_origin_and_meaning_but_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARLOUR_SECRET_KEY", "hunter22hunter22")
    monkeypatch.setenv("PARLOUR_SMTP_URL", "smtp://ann:hunter22@mail.example.org")

    shown = CliRunner().invoke(main, ["settings", "--data-dir", "/srv/parlour"])
    found = {each["name"]: each for each in printed(CliRunner().invoke(main, ["settings", "--json"]))}

    assert "data_dir = /srv/parlour  (command line)\n" in shown.output
    assert "smtp_url = smtp://ann:********@mail.example.org  (PARLOUR_SMTP_URL)\n" in shown.output
    assert "listen = 127.0.0.1:8080  (default)\n    The address and port to serve on" in shown.output
    assert "hunter22" not in shown.output + json.dumps(found)
    assert (found["secret_key"]["value"], found["secret_key"]["origin"]) == ("********", "PARLOUR_SECRET_KEY")


@pytest.mark.parametrize(
    "arguments",
    [
        ("settings", "postgresql://ann:hunter22@db/parlour"),
        ("settings", "--database-url", "postgresql://ann:hunt@er22@db/parlour"),
        ("migrate", "--database-url", "postgresql://ann:er22@127.0.0.1:1/parlour?nothing=er22"),
        ("check", "--database-url", "host=db password=er22"),
        ("check", "--database-url=postgresql://ann:er22@127.0.0.1:1/parlour"),
    ],
)
def test_a_command_that_fails_repeats_no_password(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    failed = CliRunner().invoke(main, arguments)

    assert failed.exit_code in (1, 2)
    assert failed.output.startswith(("Error: ", "Usage: "))
    assert "er22" not in failed.output


def test_migrate_creates_the_tables_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = CliRunner().invoke(main, ["migrate", "--data-dir", str(folder)])
    second = CliRunner().invoke(main, ["migrate", "--data-dir", str(folder)])

    assert first.output.startswith("Ran 0001_")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert second.output == "The database is up to date.\n"


def test_check_reports_only_counters_that_are_wrong(run: Run, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.app.serve", lambda *_, **__: None)
    run("serve", "--demo")

    right = run("check")
    database = open_database(store.url, store.data_dir)
    database.run(lambda tx: tx.execute("UPDATE chat SET live = live + 1 WHERE name = :name", name="Team"))
    database.close()
    wrong, as_json = run("check"), run("check", "--json")

    assert (right.exit_code, right.output) == (0, "All counters are correct.\n")
    assert wrong.exit_code == as_json.exit_code == 1
    assert re.search(r"^live of .+ is 5, counted 4$", wrong.stdout, re.MULTILINE)
    assert {"stored": 5, "counted": 4}.items() <= json.loads(as_json.stdout)[0].items()


def test_version_prints_the_packages_version() -> None:
    assert re.fullmatch(r"parlour \d+\.\d+\.\d+\n", CliRunner().invoke(main, ["version"]).output)


def test_the_demo_is_created_once_and_refuses_another_database(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.app.serve", lambda *_, **__: None)

    first, second = run("serve", "--demo"), run("serve", "--demo")

    assert first.output == second.output == demo.HOW_TO_SIGN_IN + "\n"
    people = [each["roles"] for each in printed(run("user", "list", "--json"))]
    assert sorted(people) == [["Administrator"], ["Agent"], ["Agent"], ["Contact"], ["Contact"], ["Worker"]]
    [mail] = printed(run("outbox", "--json"))
    assert (mail["to"], mail["state"]) == ("iris@demo.example", "waiting")


def test_the_demo_can_be_filled_while_the_scanner_is_away(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parlour.app.serve", lambda *_, **__: None)
    monkeypatch.setenv("PARLOUR_SCANNER", str(tmp_path / "nobody.ctl"))

    assert run("serve", "--demo").output == demo.HOW_TO_SIGN_IN + "\n"


def test_the_demo_refuses_an_agency_that_is_not_its_own(agency: Run) -> None:
    refused = agency("serve", "--demo")

    assert refused.exit_code == 1
    assert "the demo needs an empty Parlour" in refused.stderr


def test_the_outbox_shows_a_mail_with_its_link(run: Run, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parlour.app.serve", lambda *_, **__: None)
    run("serve", "--demo")
    [mail] = printed(run("outbox", "--json"))

    shown = run("outbox", mail["mailId"], "--base-url", "https://chat.example.org/")
    unknown = run("outbox", "0" * 32)
    (store.data_dir / "secret.key").unlink()
    keyless = run("outbox", mail["mailId"])

    assert "To: iris@demo.example\n" in shown.output
    assert re.search(r"^https://chat\.example\.org/invite#[\w-]{43}$", shown.output, re.MULTILINE)
    assert unknown.stderr == f"Error: There is no mail {'0' * 32}, or its invitation has ended.\n"
    assert (unknown.exit_code, keyless.exit_code) == (1, 2)
    assert not (store.data_dir / "secret.key").exists()


def test_commands_work_beside_a_running_server(store: Store) -> None:
    options = ["--data-dir", str(store.data_dir), "--database-url", store.url]

    def command(*arguments: str, stdin: str = "") -> str:
        return subprocess.run(
            [PARLOUR, *arguments, *options],
            input=stdin,
            env=environment({}),
            cwd=store.data_dir,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    with served(store.data_dir, "--database-url", store.url) as server:
        command("user", "add", "ann@example.org", "--name", "Ann", "--role", "Agent", "--password-stdin", stdin="p4ss")
        added = server.call("GET", "/v1/Chat", caller="ann@example.org:p4ss")
        command("user", "password", "ann@example.org", "--password-stdin", stdin="other")
        old = server.call("GET", "/v1/Chat", caller="ann@example.org:p4ss")
        new = server.call("GET", "/v1/Chat", caller="ann@example.org:other")
        command("user", "disable", "ann@example.org")
        disabled = server.call("GET", "/v1/Chat", caller="ann@example.org:other")

    assert [status for status, _ in (added, old, new, disabled)] == [200, 401, 200, 401]


def test_the_one_time_password_signs_in(tmp_path: Path) -> None:
    with served(tmp_path / "data", "--admin-email", "root@example.org") as server:
        password = server.said.split()[7]
        status, answer = server.call(
            "POST", "/auth/credentials", {"userName": "root@example.org", "password": password}
        )

    assert status == 200
    assert answer["roles"][0] == "Administrator"


# `parlour`, which writes down at its end what it did to get there: one line of JSON in the file named first.
COUNTED = """
import atexit, json, sys
from collections import Counter

path, did = sys.argv.pop(1), Counter()

def count(frame, event, argument):
    if event == "call":
        did["calls"] += 1
    elif event == "c_call":
        did["calls"] += 1
        did[argument.__name__] += 1

def write_down():
    sys.setprofile(None)
    with open(path, "w") as file:
        json.dump({**did, "modules": len(sys.modules)}, file)

sys.setprofile(count)
atexit.register(write_down)
from parlour.cli import main
main()
"""


def test_a_second_start_does_little(tmp_path: Path) -> None:
    def counted(name: str) -> dict[str, int]:
        program = [sys.executable, "-c", COUNTED, str(tmp_path / name)]
        with served(tmp_path / "data", program=program) as server:
            assert server.call("GET", "/auth")[0] == 401
        counts: dict[str, int] = json.loads((tmp_path / name).read_text())
        return counts

    first, second = counted("first"), counted("second")

    # It takes 530,000 calls, 690 modules and 6 statements, which are half a second of a usual processor.
    assert second["calls"] < 800_000
    assert second["modules"] < 1000
    assert second["execute"] < 20
    # Hashing a password takes long on purpose.
    assert (first["argon2_hash"], second.get("argon2_hash", 0)) == (1, 0)


def test_the_server_exits_with_status_0_on_term(tmp_path: Path) -> None:
    with served(tmp_path / "data") as server:
        server.process.send_signal(signal.SIGTERM)

        assert server.process.wait(timeout=60) == 0


def test_the_page_of_an_invitation_link_is_served(tmp_path: Path) -> None:
    with served(tmp_path / "data") as server, urllib.request.urlopen(f"{server.url}/invite", timeout=60) as page:
        head, body = page.headers, page.read().decode()

    assert head["Content-Type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in head["Content-Security-Policy"]
    assert '<script src="invite.js"' in body


def test_an_address_in_use_is_reported_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = subprocess.run(
            [PARLOUR, "serve", "--data-dir", tmp_path / "data", "--listen", address],
            env=environment({}),
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert refused.returncode == 1
    assert f"Error: Cannot serve on {address}" in refused.stderr
    assert "Traceback" not in refused.stderr
