"""The composition root: builds a Parlour from its settings and a database. Only this module knows all others."""

import asyncio
import contextlib
import logging
import shlex
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol, cast

from parlour import texts
from parlour.config import Settings, SettingsError, make_folder, secret_key
from parlour.console.bundle import SIGN_IN, Bundle, read_bundle
from parlour.console.front import Front
from parlour.delivery.bus import ATTENDANCE, MEMBERS_CHANGED, PASSING, PRESENT, SESSION_ENDED, Bus, LocalBus
from parlour.delivery.feed import FeedFollower
from parlour.delivery.mail import smtp_server
from parlour.delivery.outbox import Letterhead, OutboxWorker
from parlour.delivery.push import PushWorker, Sender
from parlour.delivery.push_client import PushClient
from parlour.delivery.web_push import ServerKey
from parlour.engine import resumable, standard_engine
from parlour.engine.accounts.sessions import Lifetimes
from parlour.engine.codecs import Profile
from parlour.engine.dto.declare import Guid
from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.dto.scalars import guid_with_dashes
from parlour.engine.events import EventOptions, Listener, ServerEvents
from parlour.engine.http.asgi import AsgiApp, BodyLimits
from parlour.engine.http.cors import VARY_BY_ORIGIN, Cors
from parlour.engine.http.proxies import TrustedProxies
from parlour.engine.http.uploads import UploadOptions
from parlour.engine.resumable import ResumableUploads
from parlour.engine.serving.handlers import Services
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.pipeline import Engine
from parlour.engine.serving.principals import Principal
from parlour.files.blobs import Blobs, FolderBlobs
from parlour.files.incoming import IncomingFolder
from parlour.files.previews import can_make_previews
from parlour.files.s3 import open_bucket
from parlour.files.scanner import Scanner
from parlour.server import ServerLimits
from parlour.server import serve as serve_app
from parlour.services import (
    attachments,
    chats,
    identity,
    invitations,
    me,
    messages,
    my_sessions,
    people,
    presence,
    search,
    sent_invitations,
)
from parlour.services import events as event_service
from parlour.services import push as push_service
from parlour.services.events import ChatChannels, EventReader, announcing, chat_channel, event_body
from parlour.services.identity import Identity
from parlour.services.invitations import InvitationPolicy
from parlour.services.presence import PassingNews
from parlour.services.push import PushPolicy
from parlour.services.receiving import Reception
from parlour.services.throttles import no_throttle, throttle
from parlour.services.upkeep import Upkeep
from parlour.services.uploads import UPLOADS_PATH, AttachmentUploads
from parlour.store.database import SQLITE_FILE, Database, DatabaseError, open_database
from parlour.store.feed_cursors import Cursors

NOT_BUILT = (
    "The console is not built, so browsers get only the pages of the API. To build it, stop the server and start it by "
    "scripts/serve, or run python -m tools.console in a clone."
)
"""What the log and the pages of the API say then."""

FILES_FOLDER = "files"
"""The folder of uploaded files, in the data folder."""

_logger = logging.getLogger("parlour")


@dataclass(frozen=True)
class App:
    """A Parlour on an open database: its engine, its event streams, its feed and its ASGI application."""

    engine: Engine
    events: ServerEvents
    feed: FeedFollower
    asgi: AsgiApp


def build(settings: Settings, database: Database, bundle: Bundle | None = None) -> App:
    """Builds all parts, with the console if there is a `bundle`.

    Raises DeclarationError if the parts do not fit together, SettingsError without a secret key.
    """
    key = secret_key(settings)
    bus = _bus(settings)
    accounts = Identity(
        key,
        lifetimes=Lifetimes(
            access_token=settings.access_token_life,
            refresh_token=settings.refresh_token_life,
            session=settings.session_life,
            remembered_session=settings.remembered_session_life,
        ),
        throttles=settings.throttles,
        login_path=None if bundle is None else SIGN_IN,
        on_session_end=lambda session_id: bus.publish(SESSION_ENDED, session_id),
    )
    profile = Profile(name_case=settings.json_case, guid_format=settings.guid_format)
    cursors = Cursors(key)
    feed = FeedFollower(database, bus, cursors, body=event_body(profile), retention=settings.event_retention)
    events = _events(settings, accounts, database, profile, feed)
    bus.subscribe(SESSION_ENDED, events.end_session)
    bus.subscribe(MEMBERS_CHANGED, lambda chat_id: events.check_channel(chat_channel(Guid(chat_id))))
    worker = _outbox_worker(settings, database, key)
    receiving = reception(settings)
    upkeep = Upkeep(database, receiving)
    pushes = _push_worker(settings, database, key)
    news = PassingNews(
        announcing(feed),
        audience=settings.presence,
        on_presence=_note_presence(bus, pushes),
        tell_processes=lambda hint: bus.publish(ATTENDANCE, hint),
    )
    bus.subscribe(PASSING, news.heard)
    bus.subscribe(ATTENDANCE, news.heard_presence)
    added = services(
        settings,
        accounts,
        invitation_policy(settings, key, worker),
        on_members_change=lambda chat_id: bus.publish(MEMBERS_CHANGED, chat_id),
        reader=EventReader(cursors, feed),
        news=news,
        receiving=receiving,
        on_removable=upkeep.wake,
        push_policy=_push_policy(settings, key),
    )
    events.register(added)
    engine = standard_engine(
        added,
        database,
        authentication=accounts.authentication,
        events=events,
        protocols=[
            ResumableUploads(UPLOADS_PATH, AttachmentUploads(receiving, database), database, accounts.authentication)
        ],
        options=EngineOptions(
            profile=profile,
            title="Parlour",
            cors=_cors(settings),
            base_url=settings.base_url,
            debug=settings.debug,
            max_body_bytes=settings.max_body_bytes,
            uploads=_upload_options(receiving),
            outages=(DatabaseError,),
            notice=NOT_BUILT if bundle is None and settings.console else "",
        ),
    )
    limits = BodyLimits(max_bytes=settings.max_body_bytes, seconds=settings.body_timeout.total_seconds())
    asgi = AsgiApp(
        # With CORS the pages vary by origin, like all other responses.
        Front(engine, bundle, added=[VARY_BY_ORIGIN] if settings.cors_origins else []),
        limits=limits,
        proxies=TrustedProxies(settings.trusted_proxies) if settings.trusted_proxies else None,
        lifespan=lambda: _running(bus, feed, [each for each in (worker, pushes, upkeep) if each is not None]),
    )
    return App(engine, events, feed, asgi)


def services(
    settings: Settings,
    accounts: Identity,
    invitation_policy: InvitationPolicy,
    *,
    on_members_change: Callable[[Guid], None] = lambda chat_id: None,
    reader: EventReader | None = None,
    news: PassingNews | None = None,
    receiving: Reception | None = None,
    on_removable: Callable[[], None] = lambda: None,
    push_policy: PushPolicy | None = None,
) -> Services:
    """All operations. `on_members_change` gets the ids of chats that someone may have left.

    Without a `reader` the operations are complete, but nobody's call waits for events. Without `news` nobody hears what
    is not stored. `receiving` takes in uploaded
    files, and `on_removable` is called when files may be deleted. Without a `push_policy` Web Push is off.
    """
    added = Services()
    identity.register(added, accounts, tokens_in_cookies=settings.token_cookies)
    event_service.register(added, reader or EventReader(Cursors(b"")))
    chats.register(added, on_members_change=on_members_change)
    messages.register(added, edit_time=settings.edit_time)
    passing = news or PassingNews()
    me.register(added, on_hidden=passing.hide)
    my_sessions.register(added, accounts)
    people.register(added)
    search.register(added)
    presence.register(added, passing)
    push_service.register(added, push_policy or PushPolicy())
    attachments.register(added, receiving or reception(settings), on_removable=on_removable)
    invitations.register(
        added, invitation_policy, accounts.authentication, accounts.attempts, allow_get=settings.invite_allow_get
    )
    sent_invitations.register(added, invitation_policy)
    return added


def invitation_policy(settings: Settings, key: bytes, worker: OutboxWorker | None = None) -> InvitationPolicy:
    """The policy of invitations. A new mail wakes the `worker`."""
    return InvitationPolicy(
        key=key,
        lifetime=settings.invitation_life,
        cooldown=settings.invitation_cooldown,
        throttle=throttle if settings.throttles else no_throttle,
        on_mail=_nobody_waits if worker is None else worker.wake,
    )


def _nobody_waits() -> None:
    """In place of a worker: without a mail server all mail stays in the outbox."""


def _push_policy(settings: Settings, key: bytes) -> PushPolicy:
    if settings.push_contact is None:
        return PushPolicy()
    return PushPolicy(
        ServerKey(key).public,
        allows_http=settings.push_private_services,
        throttle=throttle if settings.throttles else no_throttle,
    )


def _note_presence(bus: Bus, pushes: PushWorker | None) -> Callable[[Guid, Guid, str], None] | None:
    """What tells the workers of all processes who is active. None if there are none."""
    if pushes is None:
        return None
    bus.subscribe(PRESENT, pushes.heard_presence)
    return lambda agency_id, user_id, state: bus.publish(PRESENT, f"{agency_id} {user_id} {state}")


def _push_worker(settings: Settings, database: Database, key: bytes) -> PushWorker | None:
    """The worker that tells browsers of messages. None if push services would not accept the server's pushes."""
    if settings.push_contact is None:
        _logger.info("Web Push is off, since no address of the operator is known: set push_subject or base_url.")
        return None
    sender = Sender(
        key=ServerKey(key),
        subject=settings.push_contact,
        base_url=settings.public_url,
        guid=guid_with_dashes if settings.guid_format == "D" else str,
    )
    return PushWorker(database, sender, PushClient(allows_private=settings.push_private_services))


def reception(settings: Settings) -> Reception:
    """The reception for uploaded files. Raises SettingsError if their store cannot be used."""
    return Reception(
        blobs(settings),
        IncomingFolder(settings.data_dir / FILES_FOLDER / "incoming"),
        max_bytes=settings.max_attachment_bytes,
        quota=settings.attachment_quota_bytes,
        scanner=Scanner(settings.scanner) if settings.scanner else None,
        makes_previews=can_make_previews(),
    )


def blobs(settings: Settings) -> Blobs:
    """The store of uploaded files. Raises SettingsError if it cannot be used."""
    if not settings.s3_bucket:
        return FolderBlobs(settings.data_dir / FILES_FOLDER)
    try:
        return open_bucket(
            settings.s3_bucket,
            endpoint=settings.s3_endpoint,
            region=settings.s3_region,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key,
        )
    except ImportError as error:
        raise SettingsError("The setting s3_bucket needs the extra: pip install 'parlour[s3]'.") from error


def _upload_options(receiving: Reception) -> UploadOptions:
    return UploadOptions(
        max_file_bytes=receiving.max_bytes, open_file=lambda: cast("BinaryIO", receiving.incoming.new())
    )


def letterhead(settings: Settings, key: bytes) -> Letterhead:
    """The parts that all mails of this server share."""
    return Letterhead(key=key, base_url=settings.public_url, sender=settings.mail_from)


@contextmanager
def database_of(settings: Settings, *, may_make: bool) -> Iterator[Database]:
    """Opens the database of the settings. Without `may_make` it must exist already.

    Raises DatabaseError, or SettingsError if the data folder cannot be created.
    """
    if settings.database_url or may_make:
        # It contains people's messages, so only its owner may read it.
        make_folder(settings.data_dir)
        _warn_of_readers(settings)
    elif not (settings.data_dir / SQLITE_FILE).exists():
        raise DatabaseError(f"There is no Parlour in {settings.data_dir}; `parlour serve` creates one.")
    database = open_database(
        settings.database_url, settings.data_dir, migrate=may_make, connections=settings.database_connections
    )
    try:
        yield database
    finally:
        database.close()


def _warn_of_readers(settings: Settings) -> None:
    """Warns if other users may read the folder. They cannot read its files, but see their names."""
    keeps_nothing_there = settings.database_url and settings.secret_key
    if settings.data_dir.stat().st_mode & 0o077 and not keeps_nothing_there:
        _logger.warning(
            "Other users of this machine may look into the data folder %s; `chmod 700 %s` keeps them out.",
            settings.data_dir,
            shlex.quote(str(settings.data_dir)),
        )


def serve(settings: Settings, database: Database, *, on_listening: Callable[[str], None]) -> None:
    """Serves until stopped. `on_listening` gets the address once connections are accepted."""
    log_to_stderr(settings)
    host, port = settings.host_and_port
    app = build(settings, database, console(settings))
    serve_app(
        app.asgi,
        host=host,
        port=port,
        limits=ServerLimits(
            head_bytes=settings.max_head_bytes,
            head_count=settings.max_headers,
            head_seconds=settings.head_timeout.total_seconds(),
            idle_seconds=settings.idle_timeout.total_seconds(),
            grace_seconds=settings.grace_time.total_seconds(),
            connections=settings.max_connections,
            connections_of_address=settings.max_connections_per_address,
        ),
        on_listening=lambda address: on_listening(f"http://{address}"),
        on_stopping=lambda: _stop(app),
        is_proxy=TrustedProxies(settings.trusted_proxies).trusts,
    )


def console(settings: Settings) -> Bundle | None:
    """The console to serve. None if it is off, or was not built, which is logged."""
    if not settings.console:
        return None
    bundle = read_bundle()
    if bundle is None:
        _logger.warning("%s", NOT_BUILT)
    return bundle


def _stop(app: App) -> None:
    """Ends what would keep connections open."""
    app.events.stop()
    app.feed.stop()


def log_to_stderr(settings: Settings) -> None:
    """Logs to standard error, since standard output is for the output of commands."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LogFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper())


class _LogFormatter(logging.Formatter):
    """Writes each message as one line, and its traceback as indented lines.

    Messages and tracebacks contain text from callers, which must not start a line or control a terminal.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - its name in the base
        return texts.one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - its name in the base
        return _indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - its name in the base
        return _indented(super().formatStack(stack_info))


def _indented(text: str) -> str:
    return "\n".join(f"    {texts.one_line(line)}" for line in text.split("\n"))


def _bus(settings: Settings) -> Bus:
    """Hints within this process, and on PostgreSQL between all processes."""
    if not settings.database_url:
        return LocalBus()
    from parlour.delivery.postgres_bus import PostgresBus

    return PostgresBus(settings.database_url)


def _events(
    settings: Settings, accounts: Identity, database: Database, profile: Profile, feed: FeedFollower
) -> ServerEvents:
    """The event stream, for signed-in callers only."""

    def listener(principal: Principal) -> Listener:
        shown = accounts.profile_of(principal)
        return Listener(session_id=shown.session_id, picture=shown.profile_url)

    return ServerEvents(
        database,
        authentication=accounts.authentication,
        access=ChatChannels(),
        listener=listener,
        own_channel=feed,
        profile=profile,
        options=EventOptions(limits_to_authenticated_users=True, max_streams=settings.max_streams),
    )


def _cors(settings: Settings) -> Cors | None:
    """The CORS settings. None if pages of other sites may not call."""
    if not settings.cors_origins:
        return None
    try:
        return Cors(
            origins=settings.cors_origins,
            headers=f"Content-Type, Authorization, Expected-User, X-Api-Key, {resumable.REQUEST_HEADERS}",
            exposed_headers=f"X-AutoBatch-Completed, {resumable.RESPONSE_HEADERS}",
            credentials=settings.cors_credentials,
        )
    except DeclarationError as error:
        raise SettingsError(f"The setting cors_credentials cannot be used. {error}") from error


def _outbox_worker(settings: Settings, database: Database, key: bytes) -> OutboxWorker | None:
    """The worker that sends mail. None without a mail server: then all mail stays in the outbox."""
    if not settings.smtp_url:
        return None
    try:
        server = smtp_server(settings.smtp_url)
    except ValueError as error:
        raise SettingsError(f"The setting smtp_url cannot be used. {error}") from error
    return OutboxWorker(database, server, letterhead(settings, key))


class _Worker(Protocol):
    async def run(self) -> None:
        """Works until it is cancelled."""
        ...


@asynccontextmanager
async def _running(bus: Bus, feed: FeedFollower, workers: Sequence[_Worker]) -> AsyncIterator[None]:
    """Delivers hints, follows the feed, and lets the workers work, while the context is entered."""
    async with bus.running(), feed.running():
        running = [asyncio.create_task(each.run()) for each in workers]
        try:
            yield
        finally:
            # A mail or push that is being sent now is retried when its lease is over.
            for each in running:
                each.cancel()
            for each in running:
                with contextlib.suppress(asyncio.CancelledError):
                    await each
