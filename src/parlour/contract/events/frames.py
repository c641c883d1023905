"""What travels over a stream: frames of two lines, a number and `data: {selector} {body}`."""

import dataclasses
from typing import Any

import msgspec

from parlour.contract.codecs import Profile, Writer
from parlour.contract.codecs.json import JsonCodec
from parlour.contract.metadata import TypeRef, dto_type


class Messages:
    """Writes an application's messages as data lines, in the JSON of its profile."""

    def __init__(self, profile: Profile) -> None:
        self._json = JsonCodec(profile)
        self._writers: dict[type[Any], Writer] = {}

    def line(self, message: Any, selector: str | None, *, channel: str | None = None) -> bytes:
        """The line for a DTO, a text or another plain value, or None for no body.

        `selector` is `cmd.{Name of the DTO}` when none is given; with `channel` it is in the channel's name. Raises
        ValueError for a selector or a channel that clients cannot read.
        """
        wanted = f"cmd.{type(message).__name__}" if selector is None else selector
        if "." not in wanted or not wanted.isprintable():
            raise ValueError(f"{wanted!r} is no selector: it is an operation and a target with a dot between them.")
        # Clients take the first blank for the end of the selector.
        escaped = wanted.replace(" ", "%20")
        if channel is None:
            return data_line(escaped, self._body(message))
        if not is_channel(channel):
            raise ValueError(f"{channel!r} is no name of a channel: it holds an @ or a control character.")
        return data_line(f"{channel}@{escaped}", self._body(message))

    def _body(self, message: Any) -> bytes:
        if message is None:
            return b""
        if not dataclasses.is_dataclass(message):
            return msgspec.json.encode(message)
        cls: Any = type(message)
        if cls not in self._writers:
            self._writers[cls] = self._json.writer(TypeRef("dto", nullable=True, python=dto_type(cls).cls))
        return self._writers[cls](message)


def data_line(selector: str, body: bytes) -> bytes:
    """The second line of a frame: a blank stands before the body even when there is none, and the body is one line."""
    return b"data: %s %s" % (selector.encode(), body.replace(b"\r", b"").replace(b"\n", b""))


def frame(number: int, line: bytes) -> bytes:
    return b"id: %d\n%s\n\n" % (number, line)


def is_channel(name: str) -> bool:
    """Whether a channel can have the name: it is written before an @, in one line."""
    return "@" not in name and name.isprintable()
