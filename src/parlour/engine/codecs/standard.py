"""The formats that an application serves unless it says otherwise."""

from collections.abc import Sequence

from parlour.engine.codecs import Codec, Profile
from parlour.engine.codecs.csv import CsvCodec
from parlour.engine.codecs.html import HtmlCodec, Surroundings
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.codecs.jsonl import JsonlCodec
from parlour.engine.codecs.jsv import JsvCodec
from parlour.engine.codecs.xml import XmlCodec


def standard_codecs(profile: Profile, surroundings: Surroundings | None = None) -> Sequence[Codec]:
    """All formats in the profile. `surroundings` is what HTML shows around answers."""
    json, jsv = JsonCodec(profile), JsvCodec(profile)
    return (json, XmlCodec(), jsv, CsvCodec(jsv), JsonlCodec(json), HtmlCodec(profile, surroundings))
