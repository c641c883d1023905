"""The templates of pages: each contains the one stylesheet, and their headers forbid everything else.

Templates escape all values.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

_STYLE = files(__package__).joinpath("style.css").read_text(encoding="utf-8")

# Inline, so that a page is complete; allowed by its hash, as nothing else may be inline.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

PAGE_HEADERS: Sequence[tuple[str, str]] = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
)

_environment = Environment(
    loader=PackageLoader("parlour.engine"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["style"] = Markup(_STYLE)  # noqa: S704 - our own file


def rendered(template: str, values: Mapping[str, Any]) -> bytes:
    """Renders a template of this folder with `values`."""
    page = _environment.get_template(template).render(values)
    # HTML cannot contain a zero character or half a surrogate pair, which must not fail the whole page.
    return page.replace("\0", "\ufffd").encode("utf-8", "replace")
