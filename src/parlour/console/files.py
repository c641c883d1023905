"""A file for browsers: its headers, its compressed forms, and the answers to requests for it.

The security policy of every page allows only scripts, styles and images of this server, and none of them inline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from parlour.engine.http.messages import Headers, Request, Response

# No inline script or style, nothing from other hosts, no text that becomes markup (Trusted Types).
_STRICT: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}

_FEATURES = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone", "payment", "usb")

REVALIDATED = "no-cache"
"""For files that keep their address when they change."""

IMMUTABLE = "public, max-age=31536000, immutable"
"""For files whose address has a hash of what is in them."""


def page_headers(policy: Mapping[str, str] | None = None, *, caching: str = REVALIDATED) -> Headers:
    """The headers of a file. `policy` replaces directives of the strict security policy, or adds some."""
    directives = {**_STRICT, **(policy or {})}
    return (
        ("Content-Security-Policy", "; ".join(f"{name} {value}" for name, value in directives.items())),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", ", ".join(f"{feature}=()" for feature in _FEATURES)),
        ("Cache-Control", caching),
    )


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a file: compressed, or plain, which has no encoding."""

    encoding: str
    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file with its headers, served to GET and HEAD. Its last form is the plain one, the best is the first."""

    content_type: str
    headers: Headers
    forms: Sequence[Form]

    @property
    def body(self) -> bytes:
        return self.forms[-1].body

    def answer(self, request: Request) -> Response:
        """The file, or 304 if the browser has it."""
        headers = list(self.headers)
        if len(self.forms) > 1:
            headers.append(("Vary", "Accept-Encoding"))
        if request.method not in ("GET", "HEAD"):
            return Response(status=405, headers=[("Allow", "GET, HEAD"), *headers])
        form = self._wanted(request.header("accept-encoding") or "")
        headers.append(("ETag", form.etag))
        if _is_known(form.etag, request.header("if-none-match")):
            return Response(status=304, headers=headers)
        if form.encoding:
            headers.append(("Content-Encoding", form.encoding))
        return Response(headers=[("Content-Type", self.content_type), *headers], body=form.body)

    def _wanted(self, accepted: str) -> Form:
        encodings = {"", *map(_accepted_name, accepted.split(","))}
        return next(form for form in self.forms if form.encoding in encodings)


def static_file(
    content_type: str, body: bytes, headers: Headers, compressed: Mapping[str, bytes] | None = None
) -> StaticFile:
    """A file. `compressed` are its bytes by encoding, the best encoding first."""
    forms = {**(compressed or {}), "": body}
    return StaticFile(content_type, headers, [_form(encoding, each) for encoding, each in forms.items()])


def _form(encoding: str, body: bytes) -> Form:
    return Form(encoding, body, f'"{sha256(body).hexdigest()[:20]}"')


def _accepted_name(item: str) -> str:
    """The name in an item of Accept-Encoding. Empty if its weight is zero."""
    name, _, parameters = item.partition(";")
    weight = parameters.strip().lower().removeprefix("q=")
    return "" if weight and not weight.strip("0.") else name.strip().lower()


def _is_known(etag: str, known: str | None) -> bool:
    """Whether If-None-Match names the tag (RFC 9110, 13.1.2). Proxies that compress make a tag weak."""
    if known is None:
        return False
    return known.strip() == "*" or etag in (each.strip().removeprefix("W/") for each in known.split(","))
