"""Sends a new session to the caller: its id in cookies, its tokens in cookies or in the answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from parlour.engine.accounts.authentication import access_cookie, refresh_cookie, user_cookie
from parlour.engine.accounts.sessions import SignedIn
from parlour.engine.http import cookies
from parlour.engine.http.cookies import Header, came_securely, kept_cookie, new_session_id, session_cookies
from parlour.engine.http.messages import Request


class HoldsTokens(Protocol):
    """An answer with members for tokens."""

    bearer_token: str | None
    refresh_token: str | None
    refresh_token_expiry: datetime | None


@dataclass(frozen=True, slots=True)
class Issuing:
    """With `tokens_in_cookies` the scripts of a page never see a token. Without, callers keep the tokens themselves."""

    tokens_in_cookies: bool = True

    def session(self, signed_in: SignedIn, request: Request, *, is_permanent: bool) -> list[Header]:
        """The cookies of a new session.

        Clients expect both ids. The one that the option does not name belongs to no session.
        """
        is_secure = came_securely(request)
        secret, unused = signed_in.session_cookie, new_session_id()
        temporary, permanent = (unused, secret) if is_permanent else (secret, unused)
        device = signed_in.device
        return [
            *session_cookies(temporary, permanent, is_secure=is_secure),
            session_option(request, is_permanent=is_permanent),
            user_cookie(signed_in.principal, is_secure=is_secure),
            *([] if device is None else [kept_cookie(cookies.DEVICE, device, is_secure=is_secure)]),
        ]

    def tokens(self, signed_in: SignedIn, response: HoldsTokens, request: Request) -> list[Header]:
        """Puts the tokens into the answer, or returns the headers that set them as cookies."""
        access, refresh = signed_in.access, signed_in.refresh
        if not self.tokens_in_cookies:
            response.bearer_token = access.text
            response.refresh_token = refresh.text
            response.refresh_token_expiry = refresh.expires_at
            return []
        is_secure = came_securely(request)
        return [
            access_cookie(access, is_secure=is_secure),
            refresh_cookie(refresh, is_secure=is_secure),
            ("X-Cookies", f"{cookies.ACCESS_TOKEN},{cookies.REFRESH_TOKEN}"),
        ]


def session_option(request: Request, *, is_permanent: bool) -> Header:
    """The cookie that says which session id is valid. A failed sign-in sets it too."""
    value = "perm" if is_permanent else "temp"
    return kept_cookie(cookies.SESSION_OPTION, value, is_secure=came_securely(request))
