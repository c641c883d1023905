"""The console as it was built: its files, read once, and the addresses of its views.

`python -m tools.console` writes them from `console/` at the top of the repository. A wheel contains them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from importlib.resources.abc import Traversable

from parlour.console.files import IMMUTABLE, REVALIDATED, StaticFile, page_headers, static_file
from parlour.engine.http.messages import VARY

DIST = files(__package__).joinpath("dist")
"""The folder of the files."""

SIGN_IN = "/sign-in"
"""The view that signs people in."""

VIEWS = re.compile(
    "/|/sign-in|/invite|/chats(?:/[^/]+(?:/m/[^/]+)?)?|/contacts(?:/[^/]+)?|/invitations|/administration|/me|/search"
)
"""The addresses of views. Their page is always the same: a script shows the view."""

# Pictures are shown from memory before they are sent. The policy for scripts has a name because registering a service
# worker needs one, even for a constant address.
_POLICY = {
    "img-src": "'self' blob: data:",
    "media-src": "'self'",
    "font-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "trusted-types": "parlour",
}

_TYPES: Mapping[str, str] = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "ico": "image/x-icon",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "webmanifest": "application/manifest+json",
    "woff2": "font/woff2",
}

# The suffixes of compressed forms, the smallest first.
_ENCODINGS: Mapping[str, str] = {"br": "br", "gzip": "gz"}


@dataclass(frozen=True, slots=True)
class Bundle:
    """The page of every view, and all files by path."""

    page: StaticFile
    files: Mapping[str, StaticFile]


def read_bundle(folder: Traversable = DIST) -> Bundle | None:
    """Reads the bundle. None if it was not built."""
    if not folder.joinpath("index.html").is_file():
        return None
    found = dict(_read(folder, ""))
    compressed = {f"{path}.{suffix}" for path in found for suffix in _ENCODINGS.values()}
    served = {path: _file(path, found) for path in found if path not in compressed}
    page = served.pop("/index.html")
    return Bundle(replace(page, headers=(*page.headers, VARY)), served)


def _read(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    """All files below a folder by their path. Hidden ones are notes of the build."""
    found: list[tuple[str, bytes]] = []
    for each in folder.iterdir():
        if each.name.startswith("."):
            continue
        if each.is_dir():
            found += _read(each, f"{path}/{each.name}")
        else:
            found.append((f"{path}/{each.name}", each.read_bytes()))
    return found


def _file(path: str, found: Mapping[str, bytes]) -> StaticFile:
    compressed = {name: found[f"{path}.{suffix}"] for name, suffix in _ENCODINGS.items() if f"{path}.{suffix}" in found}
    caching = IMMUTABLE if path.startswith("/assets/") else REVALIDATED
    headers = page_headers(_POLICY, caching=caching)
    return static_file(_TYPES[path.rpartition(".")[2]], found[path], headers, compressed)
