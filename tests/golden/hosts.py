"""The hosts of the recordings, served by our engine, and what of them cannot be replayed yet."""

import asyncio
from typing import Any

from parlour.contract.codecs import Profile
from parlour.contract.codecs.html import HtmlCodec
from parlour.contract.codecs.standard import standard_codecs
from parlour.contract.negotiation import media_type
from parlour.contract.pipeline import Engine
from tests.golden.recordings import Answer, Case
from tests.golden.stubs import InlineUnits, open_services

PROFILES = {
    "default": Profile(dates="milliseconds"),
    "iso": Profile(),
    "chat": Profile(name_case="pascal"),
    "invite": Profile(name_case="pascal", guid_format="D", dates="milliseconds", nulls="written"),
    # Of the host `auth` alone.
    "cors": Profile(dates="milliseconds"),
    "v5": Profile(dates="milliseconds"),
}

FORMATS = {
    "json": ("application/json", "text/json"),
    "xml": ("application/xml", "text/xml"),
    "jsv": ("application/jsv", "text/jsv"),
    "csv": ("text/csv", "application/csv"),
    "jsonl": ("text/jsonl", "application/jsonl"),
    "html": ("text/html",),
}
"""All formats of the recordings' hosts, with every type that stands for each."""

_HOST = ("host", "parlour.test")


class Hosts:
    """Engines for the hosts and profiles, each made when first asked for."""

    def __init__(self) -> None:
        self._engines: dict[tuple[str, str], Engine] = {}
        self._loop = asyncio.new_event_loop()

    def close(self) -> None:
        self._loop.close()

    def answer(self, case: Case, **changed: Any) -> Answer:
        """Our answer to a case, or to one with parts of its request changed."""
        request = case.request(**changed)
        request.headers = [_HOST, *request.headers]
        response = self._loop.run_until_complete(self._engine(case).answer(request))
        body = b"" if request.method == "HEAD" else response.body
        return Answer(response.status, tuple(response.headers), body)

    def missing(self, case: Case) -> str | None:
        """What the case needs that is not there yet; None when it can be replayed."""
        if case.host != "open":
            return f"host {case.host}"
        if case.profile not in PROFILES:
            return f"profile {case.profile}"
        have = self._engine(case).formats.by_name
        return next((f"format {name}" for name in FORMATS if name not in have and _needs(case, name)), None)

    def _engine(self, case: Case) -> Engine:
        key = (case.host, case.profile)
        if key not in self._engines:
            profile = PROFILES[case.profile]
            codecs = [*standard_codecs(profile)[:-1], HtmlCodec(profile, plain_not_found=True)]
            self._engines[key] = Engine(
                open_services(), InlineUnits(), profile=profile, codecs=codecs, default_format="html"
            )
        return self._engines[key]


def _needs(case: Case, name: str) -> bool:
    """Whether a case is read or answered in a format, as recorded or by our own rules."""
    types = FORMATS[name]
    recorded = (case.recorded.media_type, media_type(case.header("Content-Type") or "") if case.body else "")
    # Failures told to browsers are plain text.
    is_told_plainly = recorded[0] == "text/plain" and bool(case.recorded.body)
    if set(recorded) & set(types) or (name == "html" and is_told_plainly):
        return True
    if name == "csv" and case.recorded.header("Content-Disposition"):
        return True
    first, _, rest = case.path.strip("/").partition("/")
    if first.lower() == name and rest.partition("/")[0].lower() in ("reply", "oneway"):
        return True
    return case.path.endswith(f".{name}") or media_type(case.header("Accept") or "") in types[1:]
