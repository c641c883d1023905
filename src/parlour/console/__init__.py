"""The pages for browsers. Each calls the operations like any other client.

They are files, read once. Their security policy allows only scripts, styles and images of this server.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import unquote

# No inline script or style, nothing from other hosts, no text that becomes markup (Trusted Types).
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    # Files of one version belong together, so browsers must revalidate each of them.
    ("Cache-Control", "no-cache"),
)


@dataclass(frozen=True, slots=True)
class StaticPage:
    """A file with its headers, served to GET and HEAD."""

    content_type: str
    body: bytes
    headers: Sequence[tuple[str, str]] = HEADERS


def _file(name: str, content_type: str) -> StaticPage:
    return StaticPage(f"{content_type}; charset=utf-8", files(__package__).joinpath(name).read_bytes())


PAGES: Mapping[str, StaticPage] = {
    "/invite": _file("invite.html", "text/html"),
    "/invite.css": _file("invite.css", "text/css"),
    "/invite.js": _file("invite.js", "text/javascript"),
}
"""The pages by path, compared exactly."""

# The page's path in any case, or with something after it; not a longer word, nor another file of the page.
_BROKEN_LINK = re.compile(r"/invite(?!\w|\.(?:css|js)$)", re.IGNORECASE)

# A whole token; see `token_of` in `store/invitations.py` for its form.
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


def repaired_link(path: str) -> str | None:
    """The correct target of a broken invitation link, relative to it. None for any other path.

    Mail programs and scanners write `#` as `%23`, make the token part of the path, change the case, or append the text
    after the link.
    """
    if path[:7].lower() != "/invite":
        return None
    # Escapes that remain after the first decoding were escaped twice.
    plain = unquote(unquote(path))
    if not _BROKEN_LINK.match(plain):
        return None
    token = _TOKEN.search(plain)
    return "../" * (path.count("/") - 1) + "invite" + (f"#{token[0]}" if token else "")
