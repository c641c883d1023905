"""The frames of a stream: two lines with a number and `data: {selector} {body}`."""

import re
from typing import Any

from parlour.engine.codecs import Profile, Writer
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.dto.metadata import type_ref

# Characters that some readers treat as the end of a line, and surrogates, which UTF-8 cannot encode.
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Messages:
    """Writes an application's messages as data lines, in its profile's JSON."""

    def __init__(self, profile: Profile) -> None:
        self._json = JsonCodec(profile)
        self._writers: dict[type[Any], Writer] = {}

    def line(self, message: Any, selector: str | None, *, channel: str | None = None) -> bytes:
        """The data line of a DTO, a plain value, a list or map of these, or None for no body.

        The default `selector` is `cmd.{Name of the DTO}`; with `channel` it gets the channel's name. Raises ValueError
        for a selector or a channel that clients cannot read, DeclarationError for a message without a wire type.
        """
        wanted = f"cmd.{type(message).__name__}" if selector is None else selector
        if "." not in wanted or _UNFIT.search(wanted):
            raise ValueError(f"{wanted!r} is not a selector: it must be an operation, a dot and a target.")
        # Clients read the first blank as the end of the selector.
        escaped = wanted.replace(" ", "%20")
        if channel is not None:
            if not is_channel(channel):
                raise ValueError(
                    f"{channel!r} is not a channel name: it contains an @, a comma or a control character."
                )
            return data_line(f"{channel}@{escaped}", self._body(message))
        if "@" in wanted:
            raise ValueError(f"{wanted!r} is not a selector: clients read the part before its @ as a channel.")
        return data_line(escaped, self._body(message))

    def _body(self, message: Any) -> bytes:
        return b"" if message is None else self._json_of(message)

    def _json_of(self, value: Any) -> bytes:
        if value is None:
            return b"null"
        if isinstance(value, list | tuple):
            return b"[%s]" % b",".join(map(self._json_of, value))
        if isinstance(value, dict):
            pairs = (b"%s:%s" % (self._json_of(str(key)), self._json_of(each)) for key, each in value.items())
            return b"{%s}" % b",".join(pairs)
        cls: type[Any] = type(value)
        if cls not in self._writers:
            self._writers[cls] = self._json.writer(type_ref(cls, "A message"))
        return self._writers[cls](value)


def data_line(selector: str, body: bytes) -> bytes:
    """The second line of a frame. A blank follows the selector even without a body. The body is one line."""
    return b"data: %s %s" % (selector.encode(), body.replace(b"\r", b"").replace(b"\n", b""))


def frame(id_: int | str, line: bytes) -> bytes:
    return b"id: %s\n%s\n\n" % (str(id_).encode(), line)


def is_channel(name: str) -> bool:
    """Whether a channel may have the name: it is written before an @, between commas and in one line."""
    return "@" not in name and "," not in name and not _UNFIT.search(name)
