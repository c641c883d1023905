"""The formats that an application serves unless it says otherwise."""

from collections.abc import Sequence

from parlour.engine.codecs import Codec, Profile
from parlour.engine.codecs.csv import CsvCodec
from parlour.engine.codecs.html import HtmlCodec
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.codecs.jsonl import JsonlCodec
from parlour.engine.codecs.jsv import JsvCodec
from parlour.engine.codecs.xml import XmlCodec


def standard_codecs(profile: Profile) -> Sequence[Codec]:
    json, jsv, *others = profiled_codecs(profile)
    return (json, XmlCodec(), jsv, *others, HtmlCodec(profile))


def profiled_codecs(profile: Profile) -> Sequence[Codec]:
    """Those that a profile changes."""
    json, jsv = JsonCodec(profile), JsvCodec(profile)
    return (json, jsv, CsvCodec(jsv), JsonlCodec(json))
