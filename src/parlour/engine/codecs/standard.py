"""The formats of an application that does not choose its own."""

from collections.abc import Sequence

from parlour.engine.codecs import Codec, Profile
from parlour.engine.codecs.csv import CsvCodec
from parlour.engine.codecs.html import HtmlCodec, Surroundings
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.codecs.jsonl import JsonlCodec
from parlour.engine.codecs.jsv import JsvCodec
from parlour.engine.codecs.xml import XmlCodec


def standard_codecs(profile: Profile, surroundings: Surroundings | None = None) -> Sequence[Codec]:
    """All formats, in the profile. `surroundings` returns what HTML shows around an answer."""
    json, jsv = JsonCodec(profile), JsvCodec(profile)
    return (json, XmlCodec(), jsv, CsvCodec(jsv), JsonlCodec(json), HtmlCodec(profile, surroundings))
