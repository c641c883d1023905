"""The cookies of a sign-in: their names, and how one is set and taken back."""

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

# How long clients keep a cookie whose end the server decides.
_KEPT = timedelta(days=20 * 365)

_SESSION_ID_BYTES = 15

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def new_session_id() -> str:
    """A secret of 20 letters and digits, which clients keep in a session cookie."""
    while True:
        text = base64.b64encode(secrets.token_bytes(_SESSION_ID_BYTES)).decode("ascii")
        if text.isalnum():
            return text


def set_cookie(name: str, value: str, *, is_secure: bool, lasts: tuple[datetime, timedelta] | None = None) -> Header:
    """The header that sets a cookie scripts cannot read and other sites' forms do not send.

    `lasts` is when it ends and how long that is: clients with a wrong clock go by the second. Without it the
    cookie ends with the browser.
    """
    parts = [f"{name}={value}"]
    if lasts is not None:
        expires, life = lasts
        parts += [f"expires={format_datetime(expires, usegmt=True)}", f"max-age={int(life.total_seconds())}"]
    parts += ["path=/", *(["secure"] if is_secure else []), "samesite=lax", "httponly"]
    return "Set-Cookie", "; ".join(parts)


def expired_cookie(name: str, *, is_secure: bool) -> Header:
    """The header that makes a client forget a cookie."""
    return set_cookie(name, "", is_secure=is_secure, lasts=(_LONG_AGO, timedelta()))


def kept_cookie(name: str, value: str, *, is_secure: bool) -> Header:
    """The header that sets a cookie for good: only the server ends what it stands for."""
    return set_cookie(name, value, is_secure=is_secure, lasts=(datetime.now(UTC) + _KEPT, _KEPT))


def session_cookies(temporary: str, permanent: str, *, is_secure: bool) -> list[Header]:
    """Both session cookies."""
    return [
        set_cookie(TEMPORARY_SESSION, temporary, is_secure=is_secure),
        kept_cookie(PERMANENT_SESSION, permanent, is_secure=is_secure),
    ]


def new_session_cookies(request: Request) -> list[Header]:
    """Those of the two session cookies that a request lacks, with fresh ids; headers may stand in for cookies."""
    both = session_cookies(new_session_id(), new_session_id(), is_secure=came_securely(request))
    return [header for header in both if not _has(request, _cookie_name(header[1]))]


def without_replaced(headers: Sequence[Header], later: Sequence[Header]) -> list[Header]:
    """`headers` less the cookies that `later` ones set anew. One that only ends does not replace."""
    replacing = {_cookie_name(value) for name, value in later if name == "Set-Cookie" and not _is_blank(value)}
    return [(name, value) for name, value in headers if name != "Set-Cookie" or _cookie_name(value) not in replacing]


def came_securely(request: Request) -> bool:
    """Whether the client's side of the request was HTTPS.

    The word of any proxy is enough here: who lies about himself only keeps his own cookies off plain HTTP.
    """
    return request.scheme == "https" or (request.header("x-forwarded-proto") or "").lower() == "https"


def _has(request: Request, name: str) -> bool:
    return name in request.cookies or request.header(f"x-{name}") is not None


def _cookie_name(value: str) -> str:
    return value.partition("=")[0]


def _is_blank(value: str) -> bool:
    return value.partition(";")[0].endswith("=")
