"""The recordings: one file per group, one case per line, as their README describes.

They are not in the repository, but beside the checkout, if available, or in the folder of PARLOUR_GOLDEN.
"""

import base64
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

RECORDINGS = Path(os.environ.get("PARLOUR_GOLDEN") or Path(__file__).parents[2].parent / "shared" / "golden")


@dataclass(frozen=True)
class Answer:
    """A response, recorded or ours. `is_page` marks a recorded page, whose body is not compared."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_page: bool = False

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def media_type(self) -> str:
        return (self.header("Content-Type") or "").partition(";")[0]

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True)
class Case:
    """One request and its recorded response.

    `group` is the name of the file. `host` and `profile` are from its first line. `target` is as sent.
    """

    group: str
    host: str
    profile: str
    name: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    is_chunked: bool
    recorded: Answer

    @property
    def raw_path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def path(self) -> str:
        """The decoded path, to distinguish cases. Encoded slashes stay encoded."""
        return unquote(re.sub("%2f", "%252F", self.raw_path, flags=re.IGNORECASE))

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    @property
    def query_values(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query, keep_blank_values=True)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def load(directory: Path) -> Iterator[Case]:
    """All cases of a folder. Other files are ignored."""
    for path in sorted(directory.glob("*.jsonl")):
        # Not splitlines: texts may contain other line separators.
        head, *lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
        host = json.loads(head)
        for line in lines:
            yield _case(path.stem, host["host"], host["profile"], json.loads(line))


def requests_besides_cases(directory: Path) -> Iterator[Case]:
    """The requests for the recorded metadata pages and typed references."""
    yield from (page_case(path.name) for path in sorted(directory.glob("pages/*.txt")))
    yield from (_reference_case(path.name) for path in sorted(directory.glob("types/*.txt")))


def page_case(name: str) -> Case:
    """The request for a page that was recorded as `HOST-PROFILE.OPERATION.FORMAT.txt` or `HOST-PROFILE.index.txt`.

    Only its words were recorded; other tests compare them.
    """
    place, operation, *format_ = name.removesuffix(".txt").split(".")
    host, profile = place.split("-")
    return _get("pages", host, profile, name, f"/{format_[0]}/metadata?op={operation}" if format_ else "/metadata")


SEEDS = "ChatRequest.*,InviteContact.*"
"""The types in the references `LANGUAGE.seeds.txt`."""


def _reference_case(name: str) -> Case:
    language, extent = name.removesuffix(".txt").rsplit(".", 1)
    query = f"?IncludeTypes={quote(SEEDS)}" if extent == "seeds" else ""
    return _get("types", "open", "default", name, f"/types/{language}{query}")


def _get(group: str, host: str, profile: str, name: str, target: str) -> Case:
    return Case(group, host, profile, name, "GET", target, (), None, False, Answer(200, (), b""))


def _case(group: str, host: str, profile: str, line: dict[str, Any]) -> Case:
    request, response = line["request"], line["response"]
    return Case(
        group=group,
        host=host,
        profile=profile,
        name=line["name"],
        method=request["method"],
        target=request["target"],
        headers=_pairs(request.get("headers")),
        body=_body(request),
        is_chunked=bool(request.get("chunked")),
        recorded=Answer(
            status=response["status"],
            headers=_pairs(response.get("headers")),
            body=_body(response) or b"",
            is_page=bool(response.get("html")),
        ),
    )


def _pairs(headers: Any) -> tuple[tuple[str, str], ...]:
    items = headers.items() if isinstance(headers, dict) else headers or ()
    return tuple((name, value) for name, value in items)


def _body(message: dict[str, Any]) -> bytes | None:
    if message.get("body_base64") is not None:
        return base64.b64decode(message["body_base64"])
    return None if message.get("body") is None else str(message["body"]).encode("utf-8", "surrogatepass")
