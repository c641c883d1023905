"""The command line: serving, and what an administrator does beside a running server.

Commands work on the data folder or the database directly, in transactions like the server's. Exit status 2 means wrong
usage, 1 that the command failed.
"""

import asyncio
import json
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import wraps
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import click

from parlour import app, demo, texts
from parlour.config import LoadedSettings, Settings, SettingsError, describe, load, secret_key, without_passwords
from parlour.delivery.outbox import list_outbox, render_mail
from parlour.engine.accounts.credentials import LONGEST_PASSWORD, is_password
from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import ApiError
from parlour.files.blobs import Blobs
from parlour.services import users
from parlour.services.caller import ADMINISTRATOR
from parlour.services.passwords import hash_password
from parlour.services.upkeep import missing_files
from parlour.store import agencies, attachment_checks, consistency
from parlour.store.consistency import Difference
from parlour.store.database import Database, DatabaseError, Transaction
from parlour.store.email_addresses import deliverable
from parlour.store.search_consistency import search_differences

MISUSE = 2

# As many random bytes as a guid has; people type this only once.
PASSWORD_BYTES = 12


class _Misuse(click.ClickException):
    exit_code = MISUSE


class _Commands(click.Group):
    """Commands that report expected failures as a sentence and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise _Misuse(_lines(str(error))) from error
        except (ApiError, DatabaseError, demo.DemoRefused) as error:
            raise click.ClickException(_lines(str(error))) from error
        except click.UsageError as error:
            # The message quotes the arguments, which may contain a database URL.
            raise click.UsageError(_lines(without_passwords(error.format_message())), error.ctx) from None
        except click.ClickException as error:
            raise click.ClickException(_lines(error.message)) from error


# Options of commands that set the setting of the same name.
_SETTING_OPTIONS = ("data_dir", "database_url", "listen", "base_url", "admin_email")


def _takes_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options that choose the Parlour. The command gets the resulting settings as `loaded`."""

    @click.option("--data-dir", metavar="DIR", help="The data folder.  [default: data]")
    @click.option(
        "--database-url", metavar="URL", help="The PostgreSQL database. Without it, SQLite in the data folder."
    )
    @click.option("--config", metavar="FILE", type=click.Path(path_type=Path), help="The file of settings.")
    @wraps(command)
    def with_settings(config: Path | None, **given: Any) -> None:
        options = {name: given.pop(name) for name in _SETTING_OPTIONS if name in given}
        command(loaded=load(options, file=config), **given)

    return with_settings


_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _address(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    address = deliverable(value)
    if address is None:
        raise click.BadParameter(f"{value!r} is not an e-mail address.")
    return address


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """A self-hosted server with a contact book, e-mail invitations with roles, and chat."""


# Serving ------------------------------------------------------------------------------------------------------------


@main.command()
@click.option("--listen", metavar="HOST:PORT", help="The address and port to serve on.  [default: 127.0.0.1:8080]")
@click.option("--base-url", metavar="URL", help="The address at which clients reach this server.")
@click.option("--admin-email", metavar="EMAIL", help="The administrator that the first start creates.")
@click.option("--demo", "wants_demo", is_flag=True, help="Fill an empty Parlour with a small agency to try.")
@_takes_settings
def serve(loaded: LoadedSettings, wants_demo: bool) -> None:
    """Serve until stopped.

    The first start creates an agency and its administrator. It prints their password once.

    \b
    Example:
      parlour serve --listen 0.0.0.0:8080 --data-dir /srv/parlour --base-url https://chat.example.org
    """
    settings = loaded.settings
    with app.database_of(settings, may_make=True) as database:
        if wants_demo:
            _demo_start(settings, database)
        else:
            _first_start(settings, database)
        try:
            app.serve(settings, database, on_listening=lambda url: click.echo(f"Parlour is serving on {url}"))
        except SystemExit as error:
            raise click.ClickException(f"Cannot serve on {settings.listen}; the line above says why.") from error


def _first_start(settings: Settings, database: Database) -> None:
    if database.run(agencies.first) is not None:
        return
    password = _new_password()
    password_hash = hash_password(password)

    def start(tx: Transaction) -> bool:
        # Another process may have created it meanwhile.
        if agencies.first(tx) is not None:
            return False
        agency_id = users.first_start(tx, settings.agency_name)
        users.add_user(tx, agency_id, settings.admin_email, ADMINISTRATOR, [ADMINISTRATOR], password_hash)
        return True

    if database.run(start):
        click.echo(
            f"Created the administrator {settings.admin_email} with the password {password}\n"
            f"It is shown only now. `parlour user password {settings.admin_email}` sets another."
        )


def _demo_start(settings: Settings, database: Database) -> None:
    invitation_policy, password_hash, reception = (
        app.invitation_policy(settings, secret_key(settings)),
        hash_password(demo.PASSWORD),
        # Its only file is our own, so the scanner need not be there.
        app.reception(replace(settings, scanner="")),
    )

    def start(tx: Transaction) -> None:
        if not demo.is_there(tx):
            demo.fill(tx, invitation_policy, password_hash, reception)

    database.run(start)
    click.echo(demo.HOW_TO_SIGN_IN)


# Users and roles ----------------------------------------------------------------------------------------------------


@main.group()
def user() -> None:
    """The people who can sign in."""


@user.command("add")
@click.argument("email", callback=_address)
@click.option("--name", required=True, help="The name that other people see.")
@click.option("--role", "role_names", metavar="ROLE", multiple=True, help="A role; may be given several times.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one.")
@_as_json
@_takes_settings
def add_user(
    loaded: LoadedSettings, email: str, name: str, role_names: tuple[str, ...], password_stdin: bool, as_json: bool
) -> None:
    """Add a user with a contact, and print both ids and the new password.

    With --password-stdin, no password is printed.

    \b
    Example:
      parlour user add ann@example.org --name "Ann Smith" --role Agent
    """
    password = _password(password_stdin)
    password_hash = hash_password(password)

    def add(tx: Transaction) -> tuple[Guid, Guid]:
        return users.add_user(tx, users.the_agency(tx), email, name, role_names, password_hash)

    with app.database_of(loaded.settings, may_make=False) as database:
        user_id, contact_id = database.run(add)
    made: dict[str, str] = {"userId": user_id, "contactId": contact_id}
    if not password_stdin:
        made["password"] = password
    _print_record(made, as_json=as_json)


@user.command("list")
@_as_json
@_takes_settings
def list_users(loaded: LoadedSettings, as_json: bool) -> None:
    """List the users with their roles and ids.

    \b
    Example:
      parlour user list --json
    """
    with app.database_of(loaded.settings, may_make=False) as database:
        found = database.run(lambda tx: users.list_users(tx, users.the_agency(tx)))
    rows = [
        {
            "email": each.email_address,
            "name": each.name,
            "roles": list(each.role_names),
            "disabled": each.is_disabled,
            "userId": each.user_id,
            "contactId": each.contact_id,
        }
        for each in found
    ]
    _print_rows(("email", "name", "roles", "disabled", "userId", "contactId"), rows, as_json=as_json)


@user.command("password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one.")
@_as_json
@_takes_settings
def set_password(loaded: LoadedSettings, email: str, password_stdin: bool, as_json: bool) -> None:
    """Give a user a new password, and print it. Ends all sessions of the user.

    With --password-stdin, no password is printed.

    \b
    Example:
      parlour user password ann@example.org --password-stdin < new-password
    """
    password = _password(password_stdin)
    password_hash = hash_password(password)
    with app.database_of(loaded.settings, may_make=False) as database:
        database.run(lambda tx: users.set_password(tx, email, password_hash))
    _print_record({} if password_stdin else {"password": password}, as_json=as_json)


@user.command("disable")
@click.argument("email")
@click.option("--undo", is_flag=True, help="Let the user sign in again.")
@_takes_settings
def disable_user(loaded: LoadedSettings, email: str, undo: bool) -> None:
    """Disable a user at once. All their sessions end, and they cannot sign in.

    \b
    Example:
      parlour user disable ann@example.org
    """
    with app.database_of(loaded.settings, may_make=False) as database:
        database.run(lambda tx: users.set_disabled(tx, email, is_disabled=not undo))


@main.group()
def role() -> None:
    """The roles that users can have."""


@role.command("list")
@_as_json
@_takes_settings
def list_roles(loaded: LoadedSettings, as_json: bool) -> None:
    """List the roles: who may grant each, and whether it must be accepted.

    \b
    Example:
      parlour role list
    """
    with app.database_of(loaded.settings, may_make=False) as database:
        found = database.run(lambda tx: users.list_roles(tx, users.the_agency(tx)))
    rows = [
        {
            "name": each.name,
            "grantedBy": sorted(each.granted_by),
            "grantedByAll": each.granted_by_all,
            "needsAcceptance": each.needs_acceptance,
            "roleId": each.role_id,
        }
        for each in found
    ]
    _print_rows(("name", "grantedBy", "grantedByAll", "needsAcceptance", "roleId"), rows, as_json=as_json)


@role.command("add")
@click.argument("name")
@click.option(
    "--granted-by",
    metavar="ROLE",
    multiple=True,
    help=f"A role whose users may grant it; may be given several times. Administrators always may.  "
    f"[default: {ADMINISTRATOR}]",
)
@click.option("--granted-by-all", is_flag=True, help="Everybody in the agency may grant it.")
@click.option("--no-acceptance", is_flag=True, help="People have the role as soon as it is offered.")
@_as_json
@_takes_settings
def add_role(
    loaded: LoadedSettings,
    name: str,
    granted_by: tuple[str, ...],
    granted_by_all: bool,
    no_acceptance: bool,
    as_json: bool,
) -> None:
    """Add a role and print its id.

    \b
    Example:
      parlour role add Interpreter --granted-by Agent
    """

    def add(tx: Transaction) -> Guid:
        return users.add_role(
            tx,
            users.the_agency(tx),
            name,
            granted_by=granted_by,
            granted_by_all=granted_by_all,
            needs_acceptance=not no_acceptance,
        )

    with app.database_of(loaded.settings, may_make=False) as database:
        role_id = database.run(add)
    _print_record({"roleId": role_id}, as_json=as_json)


def _new_password() -> str:
    return secrets.token_urlsafe(PASSWORD_BYTES)


def _password(from_stdin: bool) -> str:
    if not from_stdin:
        return _new_password()
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise click.UsageError("There is no password on standard input.")
    if not is_password(password):
        raise click.UsageError(f"A password has at most {LONGEST_PASSWORD:,} bytes.")
    return password


# Looking after it ---------------------------------------------------------------------------------------------------


@main.command("settings")
@_as_json
@_takes_settings
def show_settings(loaded: LoadedSettings, as_json: bool) -> None:
    """Show every setting: its value, its source and its meaning. Secrets stay hidden.

    \b
    Example:
      PARLOUR_LISTEN=0.0.0.0:80 parlour settings
    """
    found = [
        {
            "name": each.name,
            "value": loaded.shown(each.name),
            "origin": loaded.origin(each.name),
            "default": each.default,
            "kind": each.kind,
            "meaning": each.meaning,
        }
        for each in describe()
    ]
    if as_json:
        _print_json(found)
        return
    for each in found:
        click.echo(texts.for_terminal(f"{each['name']} = {each['value'] or '(empty)'}  ({each['origin']})"))
        click.echo(f"    {each['meaning']}")


@main.command()
@_as_json
@_takes_settings
def check(loaded: LoadedSettings, as_json: bool) -> None:
    """Recount messages, members and attachments, and compare with the stored counters and files. The exit status is 1
    if any differ.

    Also compares the search index with the messages, and lists contacts that belong to two mailboxes, whose addresses
    older versions did not tell apart.

    \b
    Example:
      parlour check
    """
    with app.database_of(loaded.settings, may_make=False) as database:
        # In read transactions, so that a long recount does not block a server from writing.
        found = asyncio.run(_differences(database, app.blobs(loaded.settings)))
    if as_json:
        _print_json([asdict(each) for each in found])
    elif not found:
        click.echo("All counters are correct.")
    else:
        for each in found:
            click.echo(texts.for_terminal(str(each)))
    if found:
        raise SystemExit(1)


async def _differences(database: Database, blobs: Blobs) -> Sequence[Difference]:
    def counted(tx: Transaction) -> list[Difference]:
        return [
            *consistency.differences(tx),
            *consistency.joined_contacts(tx),
            *attachment_checks.attachment_differences(tx),
            *search_differences(tx),
        ]

    return [*await database.read(counted), *await missing_files(database, blobs)]


@main.command()
@_takes_settings
def migrate(loaded: LoadedSettings) -> None:
    """Migrate the database to this version. `serve` does this by itself.

    \b
    Example:
      parlour migrate --database-url postgresql://parlour@localhost/parlour
    """
    with app.database_of(loaded.settings, may_make=True) as database:
        for name in database.applied:
            click.echo(f"Ran {name}.")
    click.echo("The database is up to date.")


@main.command("outbox")
@click.argument("mail_id", required=False)
@click.option("--base-url", metavar="URL", help="The address for the link, at which clients reach the server.")
@_as_json
@_takes_settings
def show_outbox(loaded: LoadedSettings, mail_id: str | None, as_json: bool) -> None:
    """List the last mails, or show one mail with its link.

    \b
    Example:
      parlour outbox
    """
    with app.database_of(loaded.settings, may_make=False) as database:
        if mail_id is not None:
            _print_mail(loaded.settings, database, mail_id, as_json=as_json)
            return
        found = database.run(list_outbox)
    rows = [
        {
            "mailId": each.mail_id,
            "to": each.to_address,
            "mail": each.template,
            "state": each.state,
            "attempts": each.attempts,
            "created": each.created_at.isoformat(timespec="seconds"),
            "sent": None if each.sent_at is None else each.sent_at.isoformat(timespec="seconds"),
            "error": each.last_error,
        }
        for each in found
    ]
    _print_rows(("mailId", "to", "mail", "state", "attempts", "created", "sent", "error"), rows, as_json=as_json)


def _print_mail(settings: Settings, database: Database, mail_id: str, *, as_json: bool) -> None:
    letterhead = app.letterhead(settings, secret_key(settings, may_make=False))
    mail = database.run(lambda tx: render_mail(tx, mail_id, letterhead))
    if mail is None:
        raise click.ClickException(f"There is no mail {mail_id}, or its invitation has ended.")
    if as_json:
        _print_json({"from": mail.sender, "to": mail.recipient, "subject": mail.subject, "text": mail.text})
        return
    for name, value in (("From", mail.sender), ("To", mail.recipient), ("Subject", mail.subject)):
        click.echo(texts.for_terminal(f"{name}: {value}"))
    click.echo(_lines(f"\n{mail.text}"), nl=False)


@main.command()
def version() -> None:
    """Print the version.

    \b
    Example:
      parlour version
    """
    click.echo(f"parlour {version_of('parlour')}")


# Printing -----------------------------------------------------------------------------------------------------------


def _print_json(value: Any) -> None:
    click.echo(texts.json_for_terminal(json.dumps(value, indent=2, ensure_ascii=False)))


def _print_record(record: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        _print_json(record)
        return
    for name, value in record.items():
        click.echo(f"{name}: {texts.for_terminal(value)}")


def _print_rows(columns: Sequence[str], rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        _print_json(rows)
        return
    lines = [columns, *([_cell(row[column]) for column in columns] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(columns))]
    for line in lines:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(texts.for_terminal(each) for each in value)
    return "" if value is None else texts.for_terminal(str(value))


def _lines(text: str) -> str:
    """A text of several lines as a terminal may have it."""
    return "\n".join(texts.for_terminal(line) for line in text.split("\n"))
