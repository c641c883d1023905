"""Redirects browsers after a form, back to where they were."""

import re
from collections.abc import Sequence
from urllib.parse import quote, quote_plus

from parlour.engine.dto.errors import ApiError
from parlour.engine.http.cookies import Header
from parlour.engine.http.messages import HttpResult, Request
from parlour.engine.serving.handlers import Exchange

# Characters that an address may have unescaped (RFC 3986, 2.2).
_ADDRESS_CHARACTERS = ":/?#[]@!$&'()*+,;=%"

_END_OF_HOST = re.compile(r"[/?#]")

# Longer than any address of ours.
_LONGEST_ADDRESS = 2048


def return_address(exchange: Exchange, return_url: str | None = None, *, otherwise: str | None = None) -> str | None:
    """The address to redirect a browser to after a form, if the format is HTML. It is `otherwise` if none is named.

    Raises ApiError for an address on another host, because links to this server could then lead users there.
    """
    if exchange.format_name != "html":
        return None
    query = {name.lower(): value for name, value in exchange.http.query_values}
    if "noredirect" in query:
        return None
    wanted = query.get("continue") or return_url or query.get("redirect")
    if wanted:
        if not _is_here(wanted, exchange.http):
            raise ApiError("External Redirects are not permitted", code="ArgumentException")
        return wanted
    referrer = exchange.http.header("referer")
    return referrer if referrer and _is_here(referrer, exchange.http) else otherwise


def redirect(address: str, headers: Sequence[Header] = (), *, failure: str | None = None) -> HttpResult:
    """Redirects a browser to `address`, with the message of a `failure`."""
    if failure is not None:
        address = f"{address}{'&' if '?' in address else '?'}f={quote_plus(failure)}"
    location = quote(address, safe=_ADDRESS_CHARACTERS)
    return HttpResult(status=302, headers=[*headers, ("Location", location)], content_type="text/html")


def _is_here(address: str, request: Request) -> bool:
    # Browsers treat a backslash as a slash, and ignore control characters.
    if len(address) > _LONGEST_ADDRESS or "\\" in address or not address.isprintable():
        return False
    if address.startswith("/"):
        return not address.startswith("//")
    # Not urlsplit: it normalises the host, which takes quadratic time and is not needed here.
    scheme, _, rest = address.partition("://")
    return scheme.lower() in ("http", "https") and _END_OF_HOST.split(rest, 1)[0] == request.header("host")
