"""Compares our responses with the snapshots: equal byte for byte, except values that change between runs."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from tests.golden.event_session import HOST as EVENTS
from tests.golden.event_session import session_answers, session_requests
from tests.golden.hosts import Hosts
from tests.golden.recordings import Answer, Case, load, requests_besides_cases
from tests.golden.snapshot_files import RENEW

# Each only in its current shape, so that another shape is a difference.
_CHANGING_IN_BODIES = (
    (rb"(?<![\w-])ey[\w-]+\.ey[\w-]+\.[\w-]{43}(?![\w-])", rb"<jwt>"),
    (rb'(sessionId":"|<SessionId>|SessionId</th><td><span class="text">)\w{20}\b', rb"\1<session-id>"),
    (rb'(refreshTokenExpiry":")\\/Date\(\d{13}\)\\/', rb"\1<time>"),
    (rb"(<RefreshTokenExpiry>)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", rb"\1<time>"),
    (
        rb'(RefreshTokenExpiry</th><td><time datetime=")[\dT:.+-]{25,32}">\d{1,2} \w{3} \d{4}, \d\d:\d\d:\d\d UTC',
        rb'\1<time>"><time>',
    ),
    (rb"(Snapshot of |Options:\n(?:.*\n)?.*Date: )\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", rb"\1<time>"),
    # Messages of the standard library, which differ between versions of Python.
    (rb"(\\nError: |\nError: )[^\n<\"\\]+ line \d+ column \d+ \(char \d+\)", rb"\1<words of the JSON reader>"),
    (rb"(Error in line \d+ position \d+\. )(?!Expecting)[^<\"\n]+", rb"\1<words of the XML reader>"),
)
_CHANGING_IN_COOKIES = (
    (r"^(ss-(?:id|pid))=\w{20};", r"\1=<session-id>;"),
    (r"^(ss-(?:tok|reftok))=ey[\w-]+\.ey[\w-]+\.[\w-]{43};", r"\1=<jwt>;"),
    (r"expires=\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT(; max-age=[1-9])", r"expires=<time>\1"),
    # A rotated refresh token expires when the first one would have.
    (r"^(ss-reftok=.*; max-age=)3153[0-5]\d{3};", r"\1<less than a year>;"),
)

RENEWAL = f"If the answers are meant to change, {RENEW} writes the snapshots anew."

_LONGEST_LINE = 110


def all_requests(recordings: Path) -> Iterator[Case]:
    """All requests of a folder of recordings."""
    yield from load(recordings)
    yield from requests_besides_cases(recordings)
    yield from session_requests(recordings)


def steady(answer: Answer) -> Answer:
    """Our response without values that change between runs: ids, tokens, times, messages of the standard library."""
    body = answer.body
    for pattern, shown in _CHANGING_IN_BODIES:
        body = re.sub(pattern, shown, body)
    headers = ((name, _steady_header(name, value, answer, body)) for name, value in answer.headers)
    return replace(answer, headers=tuple(headers), body=body)


def _steady_header(name: str, value: str, answer: Answer, steady_body: bytes) -> str:
    if name == "Set-Cookie":
        for pattern, shown in _CHANGING_IN_COOKIES:
            value = re.sub(pattern, shown, value)
    elif name == "Content-Length" and value == str(len(answer.body)) and steady_body != answer.body:
        # Tokens have different lengths.
        return "<length>"
    return value


def answered(cases: Iterable[Case], hosts: Hosts) -> Iterator[Case]:
    """The cases with our current responses instead of the recorded ones."""
    for host, of_host in groupby(cases, lambda case: case.host):
        asked = list(of_host)
        answers = session_answers(asked) if host == EVENTS else map(hosts.answer, asked)
        for case, answer in zip(asked, answers, strict=True):
            yield replace(case, recorded=steady(answer))


def differences(snapshot: list[Case], now: list[Case]) -> Iterator[str]:
    """The changes since the snapshots, case by case, as readable unified diffs."""
    was_there, is_there = ({_place(case): case for case in cases} for cases in (snapshot, now))
    for place in [*was_there, *(place for place in is_there if place not in was_there)]:
        was, is_now = was_there.get(place), is_there.get(place)
        if was != is_now:
            known = is_now or was
            assert known is not None
            lines = difflib.unified_diff(_lines(was), _lines(is_now), "snapshot", "now", lineterm="")
            yield "\n".join((f"{known.group}: {known.name}", f"    {known.method} {known.target}", *lines))


def _place(case: Case) -> tuple[str, ...]:
    return case.group, case.host, case.profile, case.name


def _lines(case: Case | None) -> list[str]:
    """A readable case: the request and the response."""
    if case is None:
        return []
    asked = [f"{case.method} {case.target} ({case.host}, {case.profile})", *_header_lines(case.headers)]
    asked += ["Transfer-Encoding: chunked"] if case.is_chunked else []
    body = [] if case.body is None else ["", *_body_lines(case.body)]
    answer = case.recorded
    return [*asked, *body, "", str(answer.status), *_header_lines(answer.headers), "", *_body_lines(answer.body)]


def _header_lines(headers: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers]


def _body_lines(body: bytes) -> list[str]:
    """A body as text, with long lines broken after commas and tags, or as hexadecimal digits if it is not text."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return [body[at : at + 32].hex(" ") for at in range(0, len(body), 32)]
    return [line for whole in text.split("\n") for line in _broken(_escaped(whole))]


def _escaped(line: str) -> str:
    """A line with invisible characters escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode-escape").decode() for c in line)


def _broken(line: str) -> list[str]:
    if len(line) <= _LONGEST_LINE:
        return [line]
    return re.findall(r"[^,>]*[,>]|[^,>]+", line)
