"""The snapshots: our engine's responses to all recorded requests, as files in the repository.

`snapshots/GROUP.jsonl.gz` has one case per line: the request, and our response without changing values.
`snapshots/contents.txt` has the number of cases and the digest of each file. So a review shows which groups changed,
and a file that lost or gained a case is refused.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.golden.recordings import Answer, Case

SNAPSHOTS = Path(__file__).parent / "snapshots"
RENEW = "scripts/golden --write"

_CONTENTS = "contents.txt"
_SUFFIX = ".jsonl.gz"


class BrokenSnapshot(Exception):
    """Raised for a file that differs from `contents.txt`."""


def groups_in(directory: Path) -> list[str]:
    """The groups in `contents.txt`."""
    return sorted(_contents(directory))


def read(directory: Path, group: str) -> list[Case]:
    """The cases of a group, with our own response as `recorded`.

    Raises BrokenSnapshot if the file differs from `contents.txt`.
    """
    text = _text_of(directory / f"{group}{_SUFFIX}")
    found, described = _described(text), _contents(directory).get(group)
    if found != described:
        raise BrokenSnapshot(f"{group}: the file holds {found}, {_CONTENTS} says {described}. {RENEW} writes both.")
    return [_case(group, json.loads(line)) for line in text.splitlines()]


def read_all(directory: Path) -> Iterator[Case]:
    """The cases of all groups."""
    for group in groups_in(directory):
        yield from read(directory, group)


def unlisted(directory: Path) -> list[str]:
    """The files that `contents.txt` does not list."""
    named = {f"{group}{_SUFFIX}" for group in _contents(directory)}
    return sorted(path.name for path in directory.iterdir() if path.name not in {*named, _CONTENTS})


def write(directory: Path, cases: Iterable[Case]) -> list[str]:
    """Writes the snapshots of all cases, which are sorted by group, and returns the changed groups.

    A file with unchanged text keeps its bytes, even if another library compressed it.
    """
    directory.mkdir(exist_ok=True)
    texts = {
        group: "".join(f"{_line(case)}\n" for case in of_group)
        for group, of_group in groupby(cases, lambda case: case.group)
    }
    changed = [group for group, text in texts.items() if _text_of(directory / f"{group}{_SUFFIX}") != text]
    for group in changed:
        # Without time and name in the header, so that the same text gives the same bytes.
        compressed = gzip.compress(texts[group].encode(), mtime=0)
        (directory / f"{group}{_SUFFIX}").write_bytes(compressed)
    contents = (f"{group}: {_described(text)}\n" for group, text in sorted(texts.items()))
    (directory / _CONTENTS).write_text("".join(contents), encoding="utf-8")
    gone = unlisted(directory)
    for name in gone:
        (directory / name).unlink()
    return sorted([*changed, *(name.removesuffix(_SUFFIX) for name in gone)])


def _contents(directory: Path) -> dict[str, str]:
    """The entries of `contents.txt` by group, or nothing if it does not exist yet."""
    path = directory / _CONTENTS
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return dict(line.split(": ", 1) for line in lines)


def _text_of(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode() if path.exists() else ""


def _described(text: str) -> str:
    return f"{text.count(chr(10))} cases, sha256 {hashlib.sha256(text.encode()).hexdigest()}"


# -- one case a line


def _line(case: Case) -> str:
    """A case as ASCII, since texts may contain other line separators."""
    request: dict[str, Any] = {"method": case.method, "target": case.target, "headers": case.headers}
    request |= _body_told(case.body)
    if case.is_chunked:
        request["chunked"] = True
    answer = {"status": case.recorded.status, "headers": case.recorded.headers, **_body_told(case.recorded.body)}
    line = {"host": case.host, "profile": case.profile, "name": case.name, "request": request, "answer": answer}
    return json.dumps(line, separators=(",", ":"))


def _case(group: str, line: dict[str, Any]) -> Case:
    request, answer = line["request"], line["answer"]
    return Case(
        group=group,
        host=line["host"],
        profile=line["profile"],
        name=line["name"],
        method=request["method"],
        target=request["target"],
        headers=_pairs(request["headers"]),
        body=_body_of(request),
        is_chunked="chunked" in request,
        recorded=Answer(answer["status"], _pairs(answer["headers"]), _body_of(answer) or b""),
    )


def _pairs(headers: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in headers)


def _body_told(body: bytes | None) -> dict[str, str]:
    """A body as text, or in base64 if it is not text."""
    if body is None:
        return {}
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _body_of(message: dict[str, Any]) -> bytes | None:
    if "base64" in message:
        return base64.b64decode(message["base64"])
    return message["text"].encode() if "text" in message else None
