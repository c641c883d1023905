"""The settings of a Parlour: their declaration, where each value came from, and errors in them.

A setting is a field of `Settings`, which alone declares its type, default and meaning. The command line overrides the
environment (`PARLOUR_LISTEN`), which overrides the TOML file, which overrides the default. Invalid values and unknown
names stop the start.
"""

import contextlib
import ipaddress
import logging
import os
import re
import secrets
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from parlour import texts
from parlour.engine.rules import characters

PREFIX = "PARLOUR_"

# Names the settings file, so it cannot be in that file and is not a setting.
FILE_VARIABLE = "PARLOUR_CONFIG"
FILE_NAME = "parlour.toml"

SECRET_FILE = "secret.key"  # noqa: S105 # the name of the file, not what is in it
SECRET_BYTES = 32
# Shorter keys could be guessed from tokens that are signed with them.
SHORTEST_SECRET = 16

_MASK = "********"

_logger = logging.getLogger("parlour.config")


class SettingsError(Exception):
    """Raised for a setting that stops the start. The message is one sentence with its name and where it came from."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Documents a field and checks its values: `check` raises ValueError.

    Errors do not quote a value that `may_hold_password`.
    """

    meaning: str
    check: Callable[[Any], Any] = lambda value: value
    is_secret: bool = False
    may_hold_password: bool = False


_SMTP = "smtp://USER:PASSWORD@HOST:PORT or smtps://..., with no option but ?starttls=auto, required or off"
_POSTGRESQL = "postgresql://USER:PASSWORD@HOST/DATABASE, or empty for SQLite in the data folder"


def _address(value: str) -> str:
    host, separator, port = value.rpartition(":")
    if not separator or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError("HOST:PORT, such as 127.0.0.1:8080")
    return value


def _base_url(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    # Links in mails begin with it, so a password in it would be sent to all receivers.
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc):
        raise ValueError("http://... or https://...")
    return value.rstrip("/")


def _url(schemes: Sequence[str], expected: str, rejoined: Callable[[str, str, str], str]) -> Callable[[str], str]:
    """A check of the URL of another service, which may be empty. Raises ValueError, with `expected` as its text.

    `rejoined` checks what stands behind the user's name and password, and gives the URL as it is kept. It takes the
    URL, the user with the password, and the rest.
    """

    def check(value: str) -> str:
        return value and rejoined(value, *_parts_of_url(value, schemes, expected))

    return check


def _smtp_url(value: str, user: str, place: str) -> str:
    host, _, option = place.partition("?")
    if not _HOST.fullmatch(host.rstrip("/")) or not re.fullmatch("(starttls=(auto|required|off))?", option):
        raise ValueError(_SMTP)
    return _joined_url(value, user, place).rstrip("/")


def _database_url(value: str, user: str, place: str) -> str:
    hosts, _, options = place.partition("?")
    if not all(not each or _HOST.fullmatch(each) for each in hosts.partition("/")[0].split(",")):
        raise ValueError(_POSTGRESQL)
    if options and not all(re.fullmatch("[^=]+=[^=]*", each) for each in options.split("&")):
        raise ValueError(f"{_POSTGRESQL}, with NAME=VALUE, separated by &, after its ?")
    # libpq reads the first @ as the end of the user name.
    return _joined_url(value, user.replace("@", "%40"), place)


# The same limit as for other names.
_LONGEST_NAME = 200

# RFC 5321, 4.5.3.1.3.
_LONGEST_MAILBOX = 254


def mailbox(value: str) -> str:
    """`value`, if it looks like an e-mail address. Raises ValueError."""
    # It is written into mail headers, where these characters, and `=?`, have a meaning.
    plain = r"[^\s\x00-\x1f\x7f@<>()\[\]:;,\\\"]"
    if len(value) > _LONGEST_MAILBOX or "=?" in value or not re.fullmatch(rf"{plain}{{1,64}}@{plain}+", value):
        raise ValueError("an e-mail address")
    if not value.isprintable():
        raise ValueError("an e-mail address")
    return value


_UNREAL_DOMAINS = ("localhost", "local", "localdomain", "internal", "invalid", "lan", "home", "test")


def _is_real_host(host: str) -> bool:
    """Whether a host looks like one on the internet: a name with a dot, and not an address of a machine."""
    labels = host.lower().rstrip(".").split(".")
    return len(labels) > 1 and all(labels) and not labels[-1].isdigit() and labels[-1] not in _UNREAL_DOMAINS


def _push_subject(value: str) -> str:
    """`value`, if all push services accept it. Apple's refuses addresses at localhost, and blanks."""
    expected = "mailto:NAME@HOST or https://HOST, with a host on the internet"
    address = value.removeprefix("mailto:")
    try:
        if address != value:
            host = mailbox(address).rpartition("@")[2]
        else:
            host = urlsplit(_base_url(value)).hostname or "" if value.startswith("https://") else ""
    except ValueError:
        host = ""
    if value and not _is_real_host(host):
        raise ValueError(expected)
    return value


def _name(value: str) -> str:
    if characters.count(value) > _LONGEST_NAME or texts.name_error(value):
        raise ValueError(f"a name of 1 to {_LONGEST_NAME} visible characters on one line")
    return value


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    for each in value:
        try:
            ipaddress.ip_network(each)
        except ValueError:
            raise ValueError("addresses or networks, such as 127.0.0.1, 10.0.0.0/8") from None
    return value


def _origins(value: tuple[str, ...]) -> tuple[str, ...]:
    if value != ("*",) and not all(re.fullmatch(r"https?://[^/\s*?#]+", each) for each in value):
        raise ValueError("origins, such as https://app.example, or * alone")
    return tuple(each.lower() for each in value)


def _secret(value: str) -> str:
    if value and len(value.encode()) < SHORTEST_SECRET:
        raise ValueError(f"at least {SHORTEST_SECRET} characters")
    return value


def _scanner(value: str) -> str:
    is_path = "/" in value
    if value and not is_path and not re.fullmatch(r"(\[[0-9a-fA-F:.%]+\]|[^:/\s]+):[0-9]{1,5}", value):
        raise ValueError("HOST:PORT, or the path of a socket")
    return value


def _at_least(least: int) -> Callable[[int], int]:
    def check(value: int) -> int:
        if value < least:
            raise ValueError(f"{least} or more")
        return value

    return check


def _connections(value: int) -> int:
    # One for short reads and one for long ones.
    if value != 0 and value < 2:
        raise ValueError("2 or more, or 0")
    return value


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta():
        raise ValueError("longer than nothing")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings. Times are written `30s`, `15m`, `2h`, `14d`."""

    data_dir: Annotated[Path, Setting("The folder for the database, the secret key and uploaded files.")] = Path("data")
    database_url: Annotated[
        str,
        Setting(
            "The PostgreSQL database, as `postgresql://USER:PASSWORD@HOST/DATABASE`. "
            "Empty: SQLite, in the file `parlour.db` of the data folder.",
            _url(("postgresql", "postgres"), _POSTGRESQL, _database_url),
            may_hold_password=True,
        ),
    ] = field(default="", repr=False)
    database_connections: Annotated[
        int,
        Setting(
            "The number of connections to PostgreSQL for reads. Each process writes on four more. "
            "0: six, or fewer on one core or if PostgreSQL accepts few.",
            _connections,
        ),
    ] = 0
    listen: Annotated[str, Setting("The address and port to serve on. Port 0 takes a free one.", _address)] = (
        "127.0.0.1:8080"
    )
    base_url: Annotated[
        str,
        Setting(
            "The address at which clients reach this server. Links in mails begin with it, and pages from it count as "
            "the server's own. With `https`, cookies are sent over HTTPS only. Empty: `http://` and the address in "
            "`listen`.",
            _base_url,
        ),
    ] = ""
    admin_email: Annotated[
        str, Setting("The e-mail address of the administrator that the first start creates.", mailbox)
    ] = "admin@localhost"
    agency_name: Annotated[str, Setting("The name of the agency that the first start creates.", _name)] = "Parlour"
    secret_key: Annotated[
        str,
        Setting(
            "The key that signs links and cursors. All processes on one database need the same. "
            f"Empty: the file `{SECRET_FILE}` in the data folder, created by the first start.",
            _secret,
            is_secret=True,
        ),
    ] = field(default="", repr=False)
    smtp_url: Annotated[
        str,
        Setting(
            "The mail server, as `smtp://USER:PASSWORD@HOST:PORT`. With `smtps://`, the connection begins with TLS. "
            "Empty: mail stays in the outbox, where `parlour outbox` shows it.",
            _url(("smtp", "smtps"), _SMTP, _smtp_url),
            may_hold_password=True,
        ),
    ] = field(default="", repr=False)
    mail_from: Annotated[str, Setting("The sender address of mail.", mailbox)] = "parlour@localhost"
    json_case: Annotated[
        Literal["camel", "pascal"], Setting("How member names are written in JSON: `chatId` or `ChatId`.")
    ] = "camel"
    guid_format: Annotated[
        Literal["N", "D"], Setting("How guids are written in JSON: `N` is 32 digits, `D` has hyphens.")
    ] = "N"
    token_cookies: Annotated[
        bool, Setting("Whether a sign-in returns its tokens in cookies. Otherwise they are in the body of the answer.")
    ] = True
    access_token_life: Annotated[
        timedelta, Setting("How long a bearer token is valid, at most until its session ends.", _positive)
    ] = timedelta(days=14)
    refresh_token_life: Annotated[
        timedelta, Setting("How long a refresh token can be exchanged, at most until its session ends.", _positive)
    ] = timedelta(days=365)
    session_life: Annotated[
        timedelta,
        Setting("How long a session lasts without `RememberMe`, whatever its tokens say.", _positive),
    ] = timedelta(days=14)
    remembered_session_life: Annotated[
        timedelta, Setting("How long a session lasts with `RememberMe`, whatever its tokens say.", _positive)
    ] = timedelta(days=28)
    invitation_life: Annotated[
        timedelta, Setting("How long an invitation can be accepted. Renewing it starts this time again.", _positive)
    ] = timedelta(days=14)
    invitation_cooldown: Annotated[
        timedelta,
        Setting(
            "The time after a mail in which renewing the invitation does not send another one to the same address."
        ),
    ] = timedelta(minutes=10)
    invite_allow_get: Annotated[
        bool,
        Setting("Whether a GET with a bearer token may invite. Any program that follows links can then send mail."),
    ] = False
    cors_origins: Annotated[
        tuple[str, ...],
        Setting(
            "The origins of other sites whose pages may call this server from a browser, such as "
            "`https://app.example`. `*` allows all of them, but only pages of sites named here can sign people in and "
            "out or use their cookies. The same host on another port is another site. Empty: none.",
            _origins,
        ),
    ] = ()
    cors_credentials: Annotated[
        bool, Setting("Whether pages of `cors_origins` may send the caller's cookies. Cannot be on with `*`.")
    ] = False
    trusted_proxies: Annotated[
        tuple[str, ...],
        Setting(
            "The addresses or networks of proxies in front of this server. Their `Forwarded` or `X-Forwarded-For`, "
            "`-Proto`, `-Host` and `-Prefix` headers are trusted. Empty: none.",
            _networks,
        ),
    ] = ()
    console: Annotated[
        bool, Setting("Whether browsers get the console. Otherwise `/` leads them to the pages of the API.")
    ] = True
    edit_time: Annotated[
        timedelta,
        Setting("How long people may edit and delete their own messages after sending them. `0s`: not at all."),
    ] = timedelta(days=1)
    event_retention: Annotated[
        timedelta,
        Setting(
            "How long events of the feed are kept, by whole days. A program that was away for longer reads everything "
            "again.",
            _positive,
        ),
    ] = timedelta(days=30)
    presence: Annotated[
        Literal["off", "contacts", "everybody"],
        Setting(
            "Who hears whether a person is there: nobody, those in a chat with them, or the whole agency. Each person "
            "may also hide it."
        ),
    ] = "everybody"
    throttles: Annotated[
        bool, Setting("Whether repeated sign-ins, invitations and resets are slowed down. Off only for tests.")
    ] = True
    debug: Annotated[
        bool, Setting("Whether errors include a stack trace, which shows code to callers. Never on a public server.")
    ] = False
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Setting("The lowest level of messages that are logged.")
    ] = "info"
    max_body_bytes: Annotated[int, Setting("The largest request body that is read, in bytes.", _at_least(1024))] = (
        1024 * 1024
    )
    body_timeout: Annotated[timedelta, Setting("How long a request's body may take to arrive.", _positive)] = timedelta(
        seconds=30
    )
    max_head_bytes: Annotated[
        int, Setting("The largest request line, headers and trailers together, in bytes.", _at_least(1024))
    ] = 32 * 1024
    max_headers: Annotated[int, Setting("The most headers and trailers a request may have.", _at_least(10))] = 100
    head_timeout: Annotated[timedelta, Setting("How long a request's headers may take to arrive.", _positive)] = (
        timedelta(seconds=10)
    )
    idle_timeout: Annotated[timedelta, Setting("How long an idle connection is kept, in whole seconds.", _positive)] = (
        timedelta(seconds=75)
    )
    grace_time: Annotated[
        timedelta, Setting("How long running requests may take to finish when the server stops.", _positive)
    ] = timedelta(seconds=10)
    max_connections: Annotated[
        int,
        Setting(
            "The most connections at once. When there are more, idle connections are closed first.",
            _at_least(1),
        ),
    ] = 10_000
    max_connections_per_address: Annotated[
        int,
        Setting(
            "The most connections at once from one address, or from one /64 network of IPv6. "
            "Does not limit `trusted_proxies`.",
            _at_least(1),
        ),
    ] = 1000
    max_streams: Annotated[
        int,
        Setting(
            "The most event streams at once for one session, or for one user without a session. All sessions of a user "
            "together may have five times as many.",
            _at_least(1),
        ),
    ] = 20

    max_attachment_bytes: Annotated[
        int, Setting("The largest file that can be uploaded for messages, in bytes.", _at_least(1))
    ] = 100 * 1024 * 1024
    attachment_quota_bytes: Annotated[
        int, Setting("How many bytes the files of one person may have together.", _at_least(1))
    ] = 10 * 1024 * 1024 * 1024
    scanner: Annotated[
        str,
        Setting(
            "The virus scanner: a clamd, as `HOST:PORT` or the path of its socket. Files are not served before it "
            "finds them clean. Empty: none.",
            _scanner,
        ),
    ] = ""
    s3_bucket: Annotated[
        str,
        Setting(
            "The bucket for uploaded files, in a store that is compatible with S3. Files in it that the database does "
            "not know are deleted, so it must be for this database only. Needs the `s3` extra. Empty: the folder "
            "`files` of the data folder."
        ),
    ] = ""
    s3_endpoint: Annotated[
        str, Setting("The address of the store for `s3_bucket`. Empty: that of Amazon.", _base_url)
    ] = ""
    s3_region: Annotated[str, Setting("The region of `s3_bucket`. Empty: `AWS_REGION`, or the store's default.")] = ""
    s3_access_key: Annotated[
        str, Setting("The name of the key for `s3_bucket`. Empty: the machine's own credentials.")
    ] = ""
    s3_secret_key: Annotated[str, Setting("The secret of the key for `s3_bucket`.", is_secret=True)] = field(
        default="", repr=False
    )

    push_subject: Annotated[
        str,
        Setting(
            "Where operators of push services reach the operator of this server: `mailto:` with an address, or "
            "`https:`. Empty: `base_url` if it begins with `https`, else `mail_from`. If neither is on the internet, "
            "Web Push is off.",
            _push_subject,
        ),
    ] = ""
    push_private_services: Annotated[
        bool,
        Setting(
            "Whether push services may be in private networks, and use HTTP. Any signed-in person can then have "
            "messages posted to machines there."
        ),
    ] = False

    @property
    def host_and_port(self) -> tuple[str, int]:
        """The two parts of `listen`; an IPv6 address without its brackets."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def public_url(self) -> str:
        """`base_url` or its default, without a final slash."""
        if self.base_url:
            return self.base_url
        host, port = self.host_and_port
        # An address for listening on all interfaces cannot be called.
        if _is_unspecified(host):
            host = "localhost"
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def push_contact(self) -> str | None:
        """`push_subject` or its default. None if there is none that push services accept."""
        for found in (self.push_subject, self.base_url, f"mailto:{self.mail_from}"):
            with contextlib.suppress(ValueError):
                if found and _push_subject(found):
                    return found
        return None


@dataclass(frozen=True, slots=True)
class SettingDescription:
    """A setting as the documentation shows it."""

    name: str
    kind: str
    default: str
    meaning: str
    is_secret: bool

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, with the origin of each that is not a default."""

    settings: Settings
    origins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def origin(self, name: str) -> str:
        return self.origins.get(name, "default")

    def shown(self, name: str) -> str:
        """The value as text, with secrets masked."""
        return _masked(name, _as_text(getattr(self.settings, name)))


def load(
    options: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> LoadedSettings:
    """Loads the settings: `options` of the command line override the environment, which overrides the file.

    Options that are None are ignored. Without `file`, the environment may name one, else `parlour.toml` in the working
    directory is read if it exists. Raises SettingsError.
    """
    environment = os.environ if environment is None else environment
    found: dict[str, tuple[Any, str]] = {}
    found |= _from_file(file, environment)
    found |= _from_environment(environment)
    found |= {name: (value, "command line") for name, value in (options or {}).items() if value is not None}
    values = {name: _value(name, value, origin) for name, (value, origin) in found.items()}
    return LoadedSettings(Settings(**values), MappingProxyType({name: origin for name, (_, origin) in found.items()}))


def describe() -> list[SettingDescription]:
    """All settings, in the order of their declaration."""
    return [
        SettingDescription(
            name=each.name,
            kind=_kind(_TYPES[each.name]),
            default=_as_text(each.default),
            meaning=_MARKS[each.name].meaning,
            is_secret=_MARKS[each.name].is_secret,
        )
        for each in fields(Settings)
    ]


def secret_key(settings: Settings, *, may_make: bool = True) -> bytes:
    """The key that this server signs with. It is read from the data folder, or created there for its owner only.

    Raises SettingsError if there is none and none may be created, since a new key would invalidate everything signed
    before.
    """
    if settings.secret_key:
        return settings.secret_key.encode()
    path = settings.data_dir / SECRET_FILE
    if may_make and not path.exists():
        make_folder(settings.data_dir)
        _store_secret(path)
    try:
        return _stored_secret(path)
    except FileNotFoundError:
        raise SettingsError(f"There is no key in {path}. Give the server's data_dir or secret_key.") from None


def make_folder(folder: Path) -> None:
    """Creates a folder and its missing parents, for their owner only. Raises SettingsError.

    An existing folder keeps its mode, as other programs may use it too.
    """
    try:
        for each in (*reversed(folder.parents), folder):
            if not each.is_dir():
                each.mkdir(exist_ok=True)
                # Independent of the umask.
                each.chmod(0o700)
    except OSError as error:
        raise SettingsError(f"The folder {folder} cannot be made: {error.strerror}.") from error


def _stored_secret(path: Path) -> bytes:
    mode = path.stat().st_mode
    if mode & 0o077:
        try:
            path.chmod(mode & 0o600)
        except OSError:
            _logger.warning("Other users of this machine may read %s, and its mode cannot be changed.", path)
    secret = path.read_bytes().strip()
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError(f"The file {path} holds no key. Restore the key, or delete the file to create another.")
    return secret


def _store_secret(path: Path) -> None:
    """Creates the file atomically. If two processes do so at the same time, both use the first file."""
    mine = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(SECRET_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(mine, path)
    except FileExistsError:
        pass
    finally:
        mine.unlink()


def _from_file(file: Path | None, environment: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    named = file or (Path(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else None)
    path = named or Path(FILE_NAME)
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if named is None:
            return {}
        raise SettingsError(f"The settings file {path} does not exist.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        # The parser's message quotes characters of the file, which may be part of a password.
        place = re.search(r" \(at [a-z0-9, ]+\)", str(error))
        raise SettingsError(
            f"The settings file {path} cannot be read: it is not valid TOML{place[0] if place else ''}."
        ) from None
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}.") from error
    unknown = sorted(set(found) - set(_TYPES))
    if unknown:
        raise SettingsError(f"There is no setting {unknown[0]} (in {path}); `parlour settings` lists them.")
    return {name: (value, str(path)) for name, value in found.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    found: dict[str, tuple[Any, str]] = {}
    for variable in sorted(environment):
        if not variable.startswith(PREFIX) or variable == FILE_VARIABLE:
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in _TYPES or variable != variable.upper():
            raise SettingsError(f"There is no setting {name} (from {variable}); `parlour settings` lists them.")
        found[name] = (environment[variable], variable)
    return found


def _value(name: str, given: Any, origin: str) -> Any:
    if name not in _TYPES:
        raise SettingsError(f"There is no setting {name} (from {origin}); `parlour settings` lists them.")
    mark = _MARKS[name]
    try:
        return mark.check(_converted(_TYPES[name], given))
    except ValueError as error:
        shown = _masked(name, given if isinstance(given, str) else repr(given)) or "empty"
        found = "" if mark.may_hold_password else f"; it is {shown}"
        raise SettingsError(f"The setting {name} must be {error}{found} (from {origin}).") from None


def _converted(kind: Any, given: Any) -> Any:
    """`given`, a text or a TOML value, converted to the field's type. Raises ValueError that names valid values."""
    if get_origin(kind) is Literal:
        if given not in get_args(kind):
            raise ValueError(_kind(kind))
        return given
    if kind is bool:
        return _boolean(given)
    if kind is int:
        return _number(given)
    if kind is timedelta:
        return _duration(given)
    if kind == _LIST:
        return _texts(given)
    if kind is Path:
        if not isinstance(given, str | Path) or not str(given):
            raise ValueError("a path")
        return Path(given).expanduser()
    if not isinstance(given, str):
        raise ValueError("text")
    return given


_BOOLEANS = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}


def _boolean(given: Any) -> bool:
    if isinstance(given, bool):
        return given
    if not isinstance(given, str) or given.lower() not in _BOOLEANS:
        raise ValueError("on or off")
    return _BOOLEANS[given.lower()]


def _number(given: Any) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    if not isinstance(given, str) or not re.fullmatch(r"[0-9]+", given):
        raise ValueError("a whole number")
    return int(given)


_LIST = tuple[str, ...]


def _texts(given: Any) -> tuple[str, ...]:
    items = given.split(",") if isinstance(given, str) else given
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise ValueError("text, or several texts separated by commas")
    return tuple(item.strip() for item in items if item.strip())


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _duration(given: Any) -> timedelta:
    if isinstance(given, timedelta):
        return given
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]+)?)([smhd])", given) if isinstance(given, str) else None
    if match is None:
        raise ValueError("a time such as 30s, 15m, 2h or 14d")
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


def _as_text(value: Any) -> str:
    """The value as text, as it is written in settings."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        unit = next(unit for unit in "dhms" if seconds % _UNITS[unit] == 0 or unit == "s")
        return f"{seconds / _UNITS[unit]:g}{unit}"
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)


def _masked(name: str, value: str) -> str:
    if _MARKS[name].is_secret:
        return _MASK if value else ""
    return without_passwords(value)


# The text before the = names a secret. libpq also accepts such pairs between blanks.
_SECRET_PAIR = re.compile(r"((?:pass|pwd|secret|token)\w*\s*=).*", re.IGNORECASE | re.DOTALL)

# The parameters of a URL without secrets. The values of all others are masked.
_SHOWN_PARAMETERS = {
    "application_name",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "sslmode",
    "sslrootcert",
    "starttls",
    "target_session_attrs",
    "user",
}


def without_passwords(text: str) -> str:
    """`text` with all passwords masked: in URLs up to the last `@`, in parameters, in `password=` pairs."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        return _SECRET_PAIR.sub(rf"\1{_MASK}", text)
    user, at, place = rest.rpartition("@")
    user_name, colon, _ = user.partition(":")
    if re.search("[/?#]", user) or (not colon and "@" in user):
        # The end of the user name is unclear.
        shown_user = _MASK
    else:
        shown_user = f"{user_name}:{_MASK}" if colon else user_name
    path, question, parameters = place.partition("?")
    shown_parameters = "&".join(map(_shown_parameter, parameters.split("&"))) if question else ""
    return f"{scheme}://{shown_user}{at}{path}{question}{shown_parameters}"


def _shown_parameter(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return pair if unquote(name).lower() in _SHOWN_PARAMETERS else f"{name}{equals}{_MASK}"


_HOST = re.compile(r"(\[[\w:.%]+\]|[^\[\]:/?,]+)(:[0-9]{1,5})?")

_HOW_TO_ENCODE = (
    "a URL whose user name and password are percent-encoded: "
    "@ is written %40, # %23, / %2F, ? %3F, % %25, [ %5B, ] %5D and a blank %20"
)


def _parts_of_url(value: str, schemes: Sequence[str], expected: str) -> tuple[str, str]:
    """The parts of a URL before and after its last `@`.

    Raises ValueError if a character of the password would end it or begin another part of the URL. The text does not
    quote the value.
    """
    scheme, separator, rest = value.partition("://")
    if not separator or scheme.lower() not in schemes:
        raise ValueError(expected)
    user, _, place = rest.rpartition("@")
    is_encoded = not re.search(r"%(?![0-9A-Fa-f]{2})|%00", rest) and _is_utf8(unquote_to_bytes(rest))
    if re.search(r"[/?#\[\]]", user) or "@" in user.partition(":")[2] or "#" in place:
        raise ValueError(_HOW_TO_ENCODE)
    if not is_encoded or " " in rest or not rest.isprintable():
        raise ValueError(_HOW_TO_ENCODE)
    return user, place


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _joined_url(value: str, user: str, place: str) -> str:
    scheme = value.partition("://")[0].lower()
    return f"{scheme}://{user}@{place}" if "@" in value else f"{scheme}://{place}"


def _kind(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(str(each) for each in get_args(kind))
    return {_LIST: "list", str: "text", int: "number", bool: "on or off", timedelta: "time", Path: "path"}[kind]


def _is_unspecified(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _read_fields() -> tuple[dict[str, Any], dict[str, Setting]]:
    hints = get_type_hints(Settings, include_extras=True)
    return (
        {name: get_args(hint)[0] for name, hint in hints.items()},
        {name: get_args(hint)[1] for name, hint in hints.items()},
    )


_TYPES, _MARKS = _read_fields()
