"""What a request shows of who sends it. Nothing here says whether it is true."""

import base64
import binascii
from dataclasses import dataclass

from parlour.contract import cookies
from parlour.contract.http import Request


@dataclass(frozen=True, slots=True)
class Presented:
    """The credentials on a request, as sent.

    `session` is the id that counts of the two session cookies; `basic` a user name and a password.
    `is_secure` tells how cookies of the answer must be set.
    """

    bearer: str | None = None
    basic: tuple[str, str] | None = None
    token_cookie: str | None = None
    refresh_cookie: str | None = None
    session: str | None = None
    is_secure: bool = False


def presented(request: Request) -> Presented | None:
    """The credentials of a request; None when there are none.

    Headers of a scheme that is not known here, and ones that do not follow theirs, count as absent.
    """
    scheme, _, value = (request.header("authorization") or "").partition(" ")
    scheme, value = scheme.lower(), value.strip()
    bearer = value if scheme == "bearer" and value else None
    basic = _basic(value) if scheme == "basic" else None
    found = request.cookies if request.header("cookie") else {}
    shown = Presented(
        bearer=bearer,
        basic=basic,
        token_cookie=found.get(cookies.ACCESS_TOKEN) or None,
        refresh_cookie=found.get(cookies.REFRESH_TOKEN) or None,
        session=_session(request, found),
        is_secure=cookies.came_securely(request),
    )
    shows_any = bearer or basic or shown.token_cookie or shown.refresh_cookie or shown.session
    return shown if shows_any else None


def _session(request: Request, found: dict[str, str]) -> str | None:
    """The session id: the permanent one when the option says so, else the temporary one; headers win."""
    option = request.header("x-ss-opt") or found.get(cookies.SESSION_OPTION, "")
    name = cookies.PERMANENT_SESSION if "perm" in option else cookies.TEMPORARY_SESSION
    return request.header(f"x-{name}") or found.get(name) or None


def _basic(value: str) -> tuple[str, str] | None:
    try:
        text = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    user_name, colon, password = text.partition(":")
    # With an empty password the name would be an API key.
    return (user_name, password) if colon and user_name and password else None
