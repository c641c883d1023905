"""The pages a browser is given, each a client of the operations like any other.

They are files, read once, with a policy that lets nothing run, load or frame them but what stands beside them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import unquote

# No inline script or style, nothing from elsewhere, no place where text becomes markup (Trusted Types).
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
    # Files of one version belong together, so each is asked for again.
    ("Cache-Control", "no-cache"),
)


@dataclass(frozen=True, slots=True)
class StaticPage:
    """A file as it is answered, to GET and HEAD."""

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
"""What is answered at each path; the comparison is exact."""

# The page's address in other cases, or with something behind it; not another word, nor a file beside the page.
_BROKEN_LINK = re.compile(r"/invite(?!\w|\.(?:css|js)$)", re.IGNORECASE)

# A token that stands by itself; see `token_of` in `store/invitations.py` for its form.
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


def repaired_link(path: str) -> str | None:
    """Where a spoiled link of an invitation should have led, relative to it; None for any other path.

    Mail programs and scanners write `#` as `%23`, take the token for a part of the path, change its case, or add what
    stood behind the link.
    """
    if path[:7].lower() != "/invite":
        return None
    # What is left of escapes after the first decoding was escaped twice.
    plain = unquote(unquote(path))
    if not _BROKEN_LINK.match(plain):
        return None
    token = _TOKEN.search(plain)
    return "../" * (path.count("/") - 1) + "invite" + (f"#{token[0]}" if token else "")
