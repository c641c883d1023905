"""The variants of formats that a request can ask for: other switches by `?jsconfig=`, a script by `?callback=`."""

import dataclasses
import re
from abc import abstractmethod
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from parlour.engine.codecs import Codec, Profile, Writer
from parlour.engine.codecs.context import RequestContext
from parlour.engine.dto.errors import ApiError
from parlour.engine.dto.metadata import TypeRef
from parlour.engine.http.messages import Request, Response

CACHED_PROFILES = 8
"""Profiles whose writers are kept. Programs that send `?jsconfig=` send the same one every time."""

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
"""The switches of `?jsconfig=` in lower case, each with the profile's field that it sets, and the value for each of
its own values."""

_NO_PART_OF_A_NAME = re.compile(r"[^A-Za-z0-9_$.]")


class ProfiledCodec(Codec):
    """A format that depends on the profile, and so on the switches of `?jsconfig=`.

    Variants are made when they are first asked for, because there are too many to make beforehand. Only the last few
    are kept.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._variants = lru_cache(CACHED_PROFILES)(self.in_profile)
        # There are only a few spellings, and readers take long to make, so all are kept.
        self._reading_variants = cache(self.in_profile)

    @abstractmethod
    def in_profile(self, profile: Profile) -> Codec:
        """The same format in another profile."""

    def for_request(self, context: RequestContext) -> Codec:
        switches = context.request.in_query("jsconfig")
        if not switches:
            return self
        profile = switched(self.profile, switches)
        return self if profile == self.profile else self._variants(profile)

    def for_body(self, request: Request) -> Codec:
        """The variant that reads what the switches of `?jsconfig=` write, in addition to the usual spellings."""
        switches = request.in_query("jsconfig")
        if not switches:
            return self
        wanted = switched(self.profile, switches)
        profile = self.profile
        if wanted.spellings.snake_names:
            profile = dataclasses.replace(profile, name_case="snake")
        if wanted.spellings.unix:
            profile = dataclasses.replace(profile, dates=wanted.dates)
        return self if profile == self.profile else self._reading_variants(profile)


class Jsonp(Codec):
    """JSON as a script that calls a function of the page that includes it.

    Characters of `callback` that cannot be in a function's name are replaced. So the script is always a call of one
    function.
    """

    name = "json"
    media_type = "text/javascript"
    content_type = "text/javascript"

    def __init__(self, json: Codec, callback: str) -> None:
        self._json = json
        self._callback = _NO_PART_OF_A_NAME.sub("_", callback).encode()

    def writer(self, type_: TypeRef) -> Writer:
        return self._json.writer(type_)

    def finish_answer(self, response: Response, *, has_own_type: bool) -> Response:
        return self._called(response, response.status)

    def finish_failure(self, response: Response, error: ApiError, *, is_of_service: bool) -> Response:
        """Browsers only run scripts with status 200, so only the operation's own failures keep their status."""
        return self._called(response, response.status if is_of_service else 200)

    def _called(self, response: Response, status: int) -> Response:
        """The response as a call of the function.

        It sets no cookies: any site can load it in a browser that is signed in here.
        """
        body = self._callback + b"(" + response.body + b")" if response.body else b""
        headers = [pair for pair in response.headers if pair[0] != "Set-Cookie"]
        return Response(status=status, headers=headers, body=body)


def switched(profile: Profile, switches: str) -> Profile:
    """The profile, changed by switches such as `eccn,inv:true,dh:iso8601`. Unknown switches and values do nothing."""
    changes: dict[str, Any] = {}
    for switch in switches.lower().split(","):
        name, _, value = switch.strip().partition(":")
        member, values = _SWITCHES.get(name, ("", {}))
        if (value or "true") in values:
            changes[member] = values[value or "true"]
    return dataclasses.replace(profile, **changes)
