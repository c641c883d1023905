"""Formats as one request wants them: other switches by `?jsconfig=`, JSON as a script by `?callback=`."""

import dataclasses
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from parlour.engine.codecs import MAX_NODES, Codec, Profile, Reader, Writer
from parlour.engine.codecs.standard import profiled_codecs
from parlour.engine.dto.metadata import TypeRef
from parlour.engine.http.messages import Response

CACHED_PROFILES = 8
"""Profiles of requests whose writers are kept. Programs that send `?jsconfig=` send the same one every time."""

_TRUE_FALSE = {"true": "written", "false": "omitted"}
_DATES = {
    "iso8601": "iso",
    "ut": "unix seconds",
    "unixtime": "unix seconds",
    "utm": "unix milliseconds",
    "unixtimems": "unix milliseconds",
    "rfc1123": "rfc 1123",
}
_SWITCHES: dict[str, tuple[str, Mapping[str, str]]] = {
    "eccn": ("name_case", {"true": "camel"}),
    "emitcamelcasenames": ("name_case", {"true": "camel"}),
    "epcn": ("name_case", {"true": "pascal"}),
    "emitpascalcasenames": ("name_case", {"true": "pascal"}),
    "elun": ("name_case", {"true": "snake"}),
    "emitlowercaseunderscorenames": ("name_case", {"true": "snake"}),
    "inv": ("nulls", _TRUE_FALSE),
    "includenullvalues": ("nulls", _TRUE_FALSE),
    "ide": ("zero_enums", _TRUE_FALSE),
    "includedefaultenums": ("zero_enums", _TRUE_FALSE),
    "edv": ("defaults", {"true": "omitted", "false": "written"}),
    "excludedefaultvalues": ("defaults", {"true": "omitted", "false": "written"}),
    "teai": ("enums", {"true": "numbers", "false": "names"}),
    "treatenumasinteger": ("enums", {"true": "numbers", "false": "names"}),
    "dh": ("dates", _DATES),
    "datehandler": ("dates", _DATES),
    "tsh": ("spans", {"sf": "clock", "standardformat": "clock", "df": "duration", "durationformat": "duration"}),
    "timespanhandler": ("spans", {"sf": "clock", "standardformat": "clock"}),
    "pp": ("layout", {"true": "indented", "false": "dense"}),
}
"""The switches of `?jsconfig=` in lower case, each with the member of the profile and its value for each of its own."""

_NO_PART_OF_A_NAME = re.compile(r"[^A-Za-z0-9_$.]")


class Jsonp:
    """JSON as a script that calls a function of the page that includes it.

    Characters that are no part of a function's name are replaced in `callback`, so that nothing but a call of a
    function by its name can be made of it.
    """

    name = "json"
    media_type = "text/javascript"
    reads = ()
    content_type = "text/javascript"

    def __init__(self, json: Codec, callback: str) -> None:
        self._json = json
        self._callback = _NO_PART_OF_A_NAME.sub("_", callback).encode()

    def reader(self, type_: TypeRef, most_items: int = MAX_NODES) -> Reader:
        return self._json.reader(type_, most_items)

    def writer(self, type_: TypeRef) -> Writer:
        return self._json.writer(type_)

    def called(self, response: Response, *, is_of_service: bool) -> Response:
        """The response as the call. A failure before the service is 200, the service's own keeps its status.

        It sets no cookies: every site can load it, into a browser that is signed in here as anybody.
        """
        status = response.status if is_of_service or response.status < 400 else 200
        body = self._callback + b"(" + response.body + b")" if response.body else b""
        headers = [pair for pair in response.headers if pair[0] != "Set-Cookie"]
        return Response(status=status, headers=headers, body=body)


class Tuner:
    """Gives the codecs of requests that want other switches than those of `profile`.

    They are made when first asked for, as nobody can know which; only the last few are kept.
    """

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._made = lru_cache(CACHED_PROFILES)(_by_name)
        # There are only as many as spellings, and their readers take time to make.
        self._reading = cache(_by_name)

    def tuned(self, codec: Codec, switches: str) -> Codec:
        """The codec with the switches of `?jsconfig=`; itself when they change nothing of it."""
        profile = switched(self._profile, switches)
        return codec if profile == self._profile else self._made(profile).get(codec.name, codec)

    def reading(self, codec: Codec, switches: str) -> Codec:
        """The codec that reads what `codec` writes with the switches, and all that it reads without them."""
        wanted = switched(self._profile, switches)
        profile = self._profile
        if wanted.spellings.snake_names:
            profile = dataclasses.replace(profile, name_case="snake")
        if wanted.spellings.unix:
            profile = dataclasses.replace(profile, dates=wanted.dates)
        return codec if profile == self._profile else self._reading(profile).get(codec.name, codec)


def switched(profile: Profile, switches: str) -> Profile:
    """The profile with switches as `eccn,inv:true,dh:iso8601`. Unknown ones, and their unknown values, do nothing."""
    changes: dict[str, Any] = {}
    for switch in switches.lower().split(","):
        name, _, value = switch.strip().partition(":")
        member, values = _SWITCHES.get(name, ("", {}))
        if (value or "true") in values:
            changes[member] = values[value or "true"]
    return dataclasses.replace(profile, **changes)


def _by_name(profile: Profile) -> Mapping[str, Codec]:
    return {codec.name: codec for codec in profiled_codecs(profile)}
