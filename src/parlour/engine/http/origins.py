"""Detects requests from pages of other sites, which must not act for the user of the browser.

The rules are those of docs/wire/authentication.md#pages-of-other-sites.

Browsers report the page that sent a request with `Origin` (RFC 6454) and, on secure connections, with `Sec-Fetch-Site`
(Fetch Metadata). Pages cannot change either. Other programs send neither, and are not affected.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from parlour.engine.dto.errors import ApiError
from parlour.engine.http import cookies
from parlour.engine.http.cookies import came_securely
from parlour.engine.http.messages import Request

# The cookies that identify the caller.
_CREDENTIALS = (cookies.ACCESS_TOKEN, cookies.REFRESH_TOKEN, cookies.TEMPORARY_SESSION, cookies.PERMANENT_SESSION)

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class ForeignPage(ApiError):
    """Raised when a page of another site tries to use a sign-in, or to sign users in or out."""

    status = 403
    code = "Forbidden"

    def __init__(self) -> None:
        super().__init__(
            "A page of another site sent this. It may not act for the user who is signed in here, nor sign users in or "
            "out. The setting cors_origins names sites that may; behind a proxy, base_url is this server's own address."
        )


class Origins:
    """Distinguishes own pages from those of other sites. The same host on another port is another site.

    `base_url` is the server's own origin, besides the host of the request. `allowed` are origins of other sites whose
    pages may act like own ones.
    """

    def __init__(self, base_url: str, allowed: Sequence[str]) -> None:
        parts = urlsplit(base_url)
        self._trusted = {origin.lower() for origin in allowed}
        if parts.netloc:
            self._trusted.add(_origin(parts.scheme, parts.netloc))

    def is_foreign(self, request: Request) -> bool:
        """Whether a page of another site sent the request. False if the request names no page."""
        origin, site = request.header("origin"), request.header("sec-fetch-site")
        if origin is None:
            return site is not None and not _is_own(site)
        sender = _origin(*origin.split("://", 1)) if "://" in origin else origin
        if sender in self._trusted:
            return False
        if site is not None and not _is_own(site):
            return True
        if sender == _own_origin(request):
            return False
        # A proxy that handles HTTPS may not report it, but the browser reports that the page is ours.
        return site is None or sender != _origin("https", request.header("host") or "")

    def is_followed_link(self, request: Request) -> bool:
        """Whether a page of another site linked to the request, according to `Referer`.

        Over plain HTTP browsers report nothing else for links and pictures. Pages can omit it.
        """
        referrer = request.header("referer")
        if referrer is None or request.header("origin") is not None or request.header("sec-fetch-site") is not None:
            return False
        scheme, separator, rest = referrer.partition("://")
        origin = _origin(scheme, re.split(r"[/?#]", rest, maxsplit=1)[0]) if separator else ""
        return origin != _own_origin(request) and origin not in self._trusted

    def refuse(self, request: Request, *, only_reads: bool) -> None:
        """Raises ForeignPage for a request with credential cookies from a page of another site.

        A link to something read-only is allowed, since the linking page does not see the response.
        """
        if self.is_foreign(request) and _shows_caller(request) and not (only_reads and _follows_link(request)):
            raise ForeignPage


def _origin(scheme: str, host: str) -> str:
    """The origin of an address as browsers write it: in lower case, without the default port."""
    scheme = scheme.lower()
    return f"{scheme}://{host.lower().removesuffix(_DEFAULT_PORTS.get(scheme, ''))}"


def _own_origin(request: Request) -> str:
    """The origin of this server according to the request."""
    return _origin("https" if came_securely(request) else request.scheme, request.header("host") or "")


def _is_own(site: str) -> bool:
    # "none" is an address that a person typed or took from their bookmarks.
    return site in ("same-origin", "none")


def _shows_caller(request: Request) -> bool:
    return any(name in request.cookies for name in _CREDENTIALS)


def _follows_link(request: Request) -> bool:
    """Whether the browser shows the response in its own window, not in a frame or as part of a page."""
    return (
        request.method in ("GET", "HEAD")
        and request.header("origin") is None
        and request.header("sec-fetch-mode") == "navigate"
        and request.header("sec-fetch-dest") == "document"
    )
