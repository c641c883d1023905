"""The cookies of a sign-in: their names, and how they are set and expired."""

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from parlour.engine.http.messages import Request

TEMPORARY_SESSION = "ss-id"
PERMANENT_SESSION = "ss-pid"
SESSION_OPTION = "ss-opt"
USER_ID = "X-UAId"
ACCESS_TOKEN = "ss-tok"  # noqa: S105 # a name
REFRESH_TOKEN = "ss-reftok"  # noqa: S105 # a name
DEVICE = "ss-dev"

Header = tuple[str, str]

# How long clients keep a cookie that only the server expires.
_KEPT = timedelta(days=20 * 365)

_SESSION_ID_BYTES = 15

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def new_session_id() -> str:
    """A new session id: a secret of 20 letters and digits, for a session cookie."""
    while True:
        text = base64.b64encode(secrets.token_bytes(_SESSION_ID_BYTES)).decode("ascii")
        if text.isalnum():
            return text


def set_cookie(name: str, value: str, *, is_secure: bool, lasts: tuple[datetime, timedelta] | None = None) -> Header:
    """The header that sets a cookie that scripts cannot read and forms of other sites do not send.

    `lasts` is the time when it expires and its lifetime, for clients with a wrong clock. Without it the cookie expires
    with the browser.
    """
    parts = [f"{name}={value}"]
    if lasts is not None:
        expires, life = lasts
        parts += [f"expires={format_datetime(expires, usegmt=True)}", f"max-age={int(life.total_seconds())}"]
    parts += ["path=/", *(["secure"] if is_secure else []), "samesite=lax", "httponly"]
    return "Set-Cookie", "; ".join(parts)


def expired_cookie(name: str, *, is_secure: bool) -> Header:
    """The header that makes a client delete a cookie."""
    return set_cookie(name, "", is_secure=is_secure, lasts=(_LONG_AGO, timedelta()))


def kept_cookie(name: str, value: str, *, is_secure: bool) -> Header:
    """The header that sets a cookie without an end, for sessions that the server expires."""
    return set_cookie(name, value, is_secure=is_secure, lasts=(datetime.now(UTC) + _KEPT, _KEPT))


def session_cookies(temporary: str, permanent: str, *, is_secure: bool) -> list[Header]:
    """The headers of both session cookies."""
    return [
        set_cookie(TEMPORARY_SESSION, temporary, is_secure=is_secure),
        kept_cookie(PERMANENT_SESSION, permanent, is_secure=is_secure),
    ]


def new_session_cookies(request: Request) -> list[Header]:
    """The headers of the session cookies that a request lacks, with new ids. Request headers may replace cookies."""
    both = session_cookies(new_session_id(), new_session_id(), is_secure=came_securely(request))
    return [header for header in both if not _has(request, _cookie_name(header[1]))]


def without_replaced(headers: Sequence[Header], later: Sequence[Header]) -> list[Header]:
    """`headers` without the cookies that `later` sets again. A cookie that `later` only expires is kept."""
    replacing = {_cookie_name(value) for name, value in later if name == "Set-Cookie" and not _is_blank(value)}
    return [(name, value) for name, value in headers if name != "Set-Cookie" or _cookie_name(value) not in replacing]


def came_securely(request: Request) -> bool:
    """Whether the client sent the request over HTTPS.

    Any proxy's word is enough here: clients who lie only keep their own cookies from being sent over plain HTTP.
    """
    return request.scheme == "https" or (request.header("x-forwarded-proto") or "").lower() == "https"


def _has(request: Request, name: str) -> bool:
    return name in request.cookies or request.header(f"x-{name}") is not None


def _cookie_name(value: str) -> str:
    return value.partition("=")[0]


def _is_blank(value: str) -> bool:
    return value.partition(";")[0].endswith("=")
