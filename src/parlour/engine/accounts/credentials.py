"""The credentials of a request, as sent. Nothing here checks them."""

import base64
from dataclasses import dataclass, field

from parlour.engine.accounts.tokens import ShownSecret
from parlour.engine.dto.errors import ApiError
from parlour.engine.dto.scalars import guid
from parlour.engine.http import cookies
from parlour.engine.http.messages import Request
from parlour.engine.serving.principals import API_KEY_HEADER, API_KEY_PREFIX

# The longest e-mail address (RFC 5321, 4.5.3.1.3), and so enough for a user name.
LONGEST_NAME = 254

# Longer than any sentence that somebody remembers. Checked in UTF-8 before anything else: normalising text takes time
# that grows with the square of its length.
LONGEST_PASSWORD = 1000

_SESSION_HEADERS = {name: f"x-{name}" for name in (cookies.PERMANENT_SESSION, cookies.TEMPORARY_SESSION)}

EXPECTED_USER_HEADER = "expected-user"
"""Names the user whom the client made the request for, who may not be the one that the browser's cookies belong to."""

# Longer than any token of ours, whatever roles and names it has.
LONGEST_TOKEN = 8192


# Where a request keeps the credentials that are in its head.
_KNOWN = "credentials"


def is_password(text: str) -> bool:
    """Whether a text is short enough for a password."""
    return len(text) <= LONGEST_PASSWORD and len(text.encode("utf-8", "surrogatepass")) <= LONGEST_PASSWORD


class MalformedCredentials(ApiError):
    """Raised for Basic credentials that are not base64."""

    code = "FormatException"


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from: the network address, and the cookie by which the browser may be known."""

    address: str = ""
    device_cookie: str = field(default="", repr=False)


def client_of(request: Request) -> Client:
    """Where the request comes from."""
    return Client(request.client, request.cookies.get(cookies.DEVICE, ""))


# Not frozen, since each request makes one, and a frozen one takes three times as long.
@dataclass(slots=True)
class Presented:
    """The credentials of a request, as sent.

    `basic` is a user name and a password. `basic_key` is a user's API key, sent as the name with an empty password.
    `api_key` is a key that belongs to no user. `session` is the valid one of the two session cookies. `is_secure` says
    whether cookies of the answer are `Secure`. `expected_user` is the id of the user whom they must belong to, if any.
    """

    bearer: str | None = field(default=None, repr=False)
    basic: tuple[str, str] | None = field(default=None, repr=False)
    basic_key: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    token_cookie: str | None = field(default=None, repr=False)
    refresh_cookie: str | None = field(default=None, repr=False)
    session: str | None = field(default=None, repr=False)
    is_secure: bool = False
    expected_user: str | None = None

    @property
    def cookies(self) -> list[str]:
        """The secrets of cookies that belong to a session."""
        found = (self.token_cookie, self.refresh_cookie, self.session)
        return [secret for secret in found if secret]

    @property
    def secrets(self) -> list[str]:
        """The secrets that may belong to a session, whichever way they came."""
        return [*([self.bearer] if self.bearer else []), *self.cookies]


def presented(request: Request) -> Presented | None:
    """The credentials of a request; None when there are none.

    Unknown schemes count as absent, and so does Basic without a colon. Raises MalformedCredentials for Basic that is
    not base64.
    """
    if _KNOWN not in request.known:
        request.known[_KNOWN] = _presented(request)
    known: Presented | None = request.known[_KNOWN]
    return known


def _presented(request: Request) -> Presented | None:
    scheme, _, value = (request.header("authorization") or "").partition(" ")
    scheme, value = scheme.lower(), value.strip()
    bearer = value if scheme == "bearer" else ""
    user_name, password = _basic(value) if scheme == "basic" else ("", "")
    found = request.cookies if request.header("cookie") else {}
    api_key = request.header(API_KEY_HEADER) or (bearer if bearer.startswith(API_KEY_PREFIX) else None)
    token_cookie, refresh_cookie = found.get(cookies.ACCESS_TOKEN), found.get(cookies.REFRESH_TOKEN)
    session = _session(request, found)
    if not (bearer or user_name or api_key or token_cookie or refresh_cookie or session):
        return None
    return Presented(
        bearer=ShownSecret(bearer) if bearer else None,
        basic=(user_name, password) if user_name and password else None,
        basic_key=user_name if user_name and not password else None,
        api_key=api_key,
        token_cookie=ShownSecret(token_cookie) if token_cookie else None,
        refresh_cookie=refresh_cookie or None,
        session=ShownSecret(session) if session else None,
        is_secure=cookies.came_securely(request),
        expected_user=_user_id(request.header(EXPECTED_USER_HEADER)),
    )


def _user_id(text: str | None) -> str | None:
    """The id of a user as it is stored. Answers may have it with dashes."""
    try:
        return None if text is None else guid(text)
    except ValueError:
        # Other applications have other ids.
        return text


def _session(request: Request, found: dict[str, str]) -> str | None:
    """The session id: the permanent one if the option says so, else the temporary one. Headers win over cookies."""
    option = request.header("x-ss-opt") or found.get(cookies.SESSION_OPTION, "")
    name = cookies.PERMANENT_SESSION if "perm" in option else cookies.TEMPORARY_SESSION
    return request.header(_SESSION_HEADERS[name]) or found.get(name) or None


def _basic(value: str) -> tuple[str, str]:
    """User name and password, both empty without a colon between them. Bytes that are not UTF-8 match no password."""
    try:
        text = base64.b64decode(value, validate=True).decode("utf-8", "replace")
    except ValueError:
        raise MalformedCredentials(
            "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two padding "
            "characters, or an illegal character among the padding characters."
        ) from None
    user_name, colon, password = text.partition(":")
    return (user_name, password) if colon else ("", "")
