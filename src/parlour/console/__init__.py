"""The pages a browser is given, each a client of the operations like any other.

They are files, read once, with a policy that lets nothing run, load or frame them but what stands beside them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

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
class Page:
    """A file as it is answered, to GET and HEAD."""

    content_type: str
    body: bytes
    headers: Sequence[tuple[str, str]] = HEADERS


def _file(name: str, content_type: str) -> Page:
    return Page(f"{content_type}; charset=utf-8", files(__package__).joinpath(name).read_bytes())


PAGES: Mapping[str, Page] = {
    "/invite": _file("invite.html", "text/html"),
    "/invite.css": _file("invite.css", "text/css"),
    "/invite.js": _file("invite.js", "text/javascript"),
}
"""What is answered at each path; the comparison is exact."""
