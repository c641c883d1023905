"""The page behind an invitation's link on a server without a console, and the repair of broken links.

The page needs no build. It is in English. With a console, browsers get the view of that instead (`front.py`).
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from urllib.parse import unquote

from parlour.console.files import StaticFile, page_headers, static_file


def _file(name: str, content_type: str) -> StaticFile:
    body = files(__package__).joinpath(name).read_bytes()
    # Files of one version belong together, so browsers must revalidate each of them.
    return static_file(f"{content_type}; charset=utf-8", body, page_headers())


FILES: Mapping[str, StaticFile] = {
    "/invite": _file("invite.html", "text/html"),
    "/invite.css": _file("invite.css", "text/css"),
    "/invite.js": _file("invite.js", "text/javascript"),
}
"""The files of the page by path, compared exactly."""

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
