"""The options of an engine."""

from dataclasses import dataclass

from parlour.engine.codecs import Profile
from parlour.engine.http.cors import Cors
from parlour.engine.http.uploads import UploadOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """How an engine reads, answers and limits requests. The defaults suit an application at the root of its host."""

    title: str = "Platform API"
    """The application's name on pages."""

    notice: str = ""
    """A sentence for people, above the list of operations."""

    profile: Profile = Profile()  # noqa: RUF009 - frozen
    """How names, dates and guids are written."""

    default_format: str = "json"
    """The format for callers that ask for none."""

    prefix: str = ""
    """Everything is served below it, such as `/api`."""

    base_url: str = ""
    """The address by which clients reach the server, where that is not the host they name.

    With `https`, cookies are `Secure` even if a proxy in front does not say that the client used HTTPS.
    """

    cors: Cors | None = None
    """Which other sites may call; None for none."""

    session_cookies: bool = False
    """Whether callers without session cookies are given new ones, as hosts of the framework do."""

    debug: bool = False
    """Whether callers are shown stack traces."""

    outages: tuple[type[Exception], ...] = ()
    """Errors of units of work that are not bugs: the caller is asked to retry, and the log gets their message."""

    max_body_bytes: int = 1024 * 1024
    """The longest body, unpacked."""

    uploads: UploadOptions | None = None
    """The limit of files, and where they go, for operations that take one file and name no limit."""

    max_batch_items: int = 1000
    """The most requests in a batch."""

    max_batch_bytes: int = 16 * 1024 * 1024
    """A batch ends with an error once the answers to its items take this many bytes."""
