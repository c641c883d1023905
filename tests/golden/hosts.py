"""The hosts of the recordings, served by our engine, and what of them cannot be replayed yet."""

import asyncio
from typing import Any

from examples.stubs.auth import auth_accounts, auth_services
from examples.stubs.services import open_services
from parlour.contract.codecs import Profile
from parlour.contract.codecs.html import HtmlCodec
from parlour.contract.codecs.standard import standard_codecs
from parlour.contract.cors import Cors
from parlour.contract.handlers import InlineUnits
from parlour.contract.http import Request
from parlour.contract.pipeline import Engine
from tests.golden.recordings import Answer, Case
from tests.golden.signed_in import SignedIn

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
        self._signed_in = SignedIn(self._send)

    def close(self) -> None:
        self._loop.close()

    def answer(self, case: Case, **changed: Any) -> Answer:
        """Our answer to a case, or to one with parts of its request changed."""
        request = case.request(**changed)
        if case.host == "auth":
            request.headers = self._signed_in.prepare(case, request.headers)
        return self._send(case, request)

    def _send(self, case: Case, request: Request) -> Answer:
        request.headers = [_HOST, *request.headers]
        response = self._loop.run_until_complete(self._engine(case).answer(request))
        body = b"" if request.method == "HEAD" else response.body
        return Answer(response.status, tuple(response.headers), body)

    def missing(self, case: Case) -> str | None:
        """What the case needs that is not there yet; None when it can be replayed."""
        if case.host not in ("open", "auth"):
            return f"host {case.host}"
        return None if case.profile in PROFILES else f"profile {case.profile}"

    def _engine(self, case: Case) -> Engine:
        key = (case.host, case.profile)
        if key not in self._engines:
            self._engines[key] = _open_engine(case.profile) if case.host == "open" else _auth_engine(case.profile)
        return self._engines[key]


def _open_engine(profile_name: str) -> Engine:
    return Engine(open_services(), InlineUnits(), **of_profile(profile_name))


def _auth_engine(profile_name: str) -> Engine:
    services, authentication = auth_services(auth_accounts(), tokens_in_cookies=profile_name != "v5")
    cors = Cors(origins=["http://good.example"], credentials=True, headers="Content-Type,Authorization")
    return Engine(
        services,
        InlineUnits(),
        authentication=authentication,
        session_cookies=True,
        cors=cors if profile_name == "cors" else None,
        **of_profile(profile_name),
    )


def of_profile(name: str) -> dict[str, Any]:
    """What an engine is given for a profile."""
    profile = PROFILES[name]
    codecs = [*standard_codecs(profile)[:-1], HtmlCodec(profile, plain_not_found=True)]
    return {"profile": profile, "codecs": codecs, "default_format": "html"}
