"""The format in which a request is answered, and the one in which its body is read."""

from collections.abc import Sequence
from dataclasses import dataclass

from parlour.engine.codecs import Codec
from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.http.messages import Request

# Clients send only a few different Accept headers. A hostile client could send any number.
_CACHED_HEADERS = 512

ALIASES = {"other": "jsonl"}
"""Names by which the pages of operations call a format, where they differ."""

_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_WILDCARDS = frozenset({"*/*", "application/*", "text/*"})


@dataclass(frozen=True, slots=True)
class BodyType:
    """The meaning of a Content-Type: the format that reads the body, if any, or a form."""

    header: str
    codec: Codec | None
    is_form: bool


_UNKNOWN = BodyType("", None, is_form=False)


class Formats:
    """The formats of an application.

    `default` names the format for callers that do not ask for one. Raises DeclarationError if `codecs` does not contain
    it, or if two of them have the same name.
    """

    def __init__(self, codecs: Sequence[Codec], default: str) -> None:
        self.by_name = {codec.name: codec for codec in codecs}
        if len(self.by_name) != len(codecs):
            raise DeclarationError("Two codecs have the same name.")
        if default not in self.by_name:
            raise DeclarationError(f"The default format {default!r} has no codec.")
        self.default = self.by_name[default]
        self._by_type = {type_: codec for codec in codecs for type_ in (*codec.reads, codec.media_type)}
        self._readable = {type_: codec for codec in codecs for type_ in codec.reads}
        # The format that a `?callback=` asks for, whatever else is asked for.
        self._scripted = self.by_name.get("json")
        self._accepted: dict[tuple[str, Codec], Codec] = {}
        self._bodies: dict[str, BodyType] = {}

    def named(self, name: str) -> Codec | None:
        return self.by_name.get(ALIASES.get(name, name))

    def body_type(self, request: Request) -> BodyType:
        """The type of a request's body by its Content-Type."""
        header = request.header("content-type")
        if header is None:
            return _UNKNOWN
        found = self._bodies.get(header)
        if found is None:
            if len(self._bodies) >= _CACHED_HEADERS:
                self._bodies.clear()
            type_ = media_type(header)
            found = self._bodies[header] = BodyType(header, self._readable.get(type_), type_ in _FORM_TYPES)
        return found

    def wanted(self, request: Request, default: str | None = None) -> Codec:
        """The format for a request whose address does not name one (docs/wire/negotiation.md#answers).

        `default` names the format for callers that do not ask for one, if it is not the engine's.
        """
        asked = self.asked_in_query(request) if request.query else None
        return asked or self._asked_in_header(request, default)

    def asked_in_query(self, request: Request) -> Codec | None:
        """The format that `?format=` names, or JSON for a script, which `?callback=` asks for."""
        if self._scripted is not None and request.in_query("callback"):
            return self._scripted
        return self.named(request.in_query("format").partition(".")[0].lower())

    def _asked_in_header(self, request: Request, default: str | None) -> Codec:
        fallback = self.default if default is None else self.by_name.get(default, self.default)
        accept = request.header("accept")
        if not accept:
            return fallback
        # A wildcard means the format of the request's own body.
        own = (self.body_type(request).codec if request.body else None) or fallback
        key = (accept, own)
        codec = self._accepted.get(key)
        if codec is None:
            if len(self._accepted) >= _CACHED_HEADERS:
                self._accepted.clear()
            codec = self._accepted[key] = self._best(accept, own)
        return codec

    def _best(self, accept: str, any_: Codec) -> Codec:
        """The best of an Accept header's types that can be written. Ties keep their order.

        Source: RFC 9110, 12.5.1.
        """
        items = sorted(((_quality(item), media_type(item)) for item in accept.split(",")), key=lambda pair: -pair[0])
        refused = {type_ for quality, type_ in items if quality == 0}
        for _, type_ in (pair for pair in items if pair[0] > 0):
            if type_ not in _WILDCARDS:
                codec = self._by_type.get(type_)
            elif any_.media_type not in refused:
                codec = any_
            else:
                codec = next((c for c in self.by_name.values() if c.media_type not in refused), None)
            if codec is not None:
                return codec
        return self.default


def asks_for_script(request: Request) -> bool:
    """Whether the answer is to be a script, which pages of any site can load and so read."""
    return bool(request.in_query("callback"))


def media_type(header: str) -> str:
    """The type in a Content-Type or Accept header's item, lower-case, without parameters."""
    return header.partition(";")[0].strip().lower()


def _quality(item: str) -> float:
    for parameter in item.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 1.0
    return 1.0
