"""Which types the options IncludeTypes, ExcludeTypes and ExportTags choose (docs/wire/references.md#choosing-types)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from parlour.engine.references.options import Options

if TYPE_CHECKING:
    from parlour.engine.references.model import Type


def chosen(types: Sequence[Type], options: Options) -> set[type[Any]]:
    """The classes that are asked for and not excluded. If none is asked for, all are."""
    asked = [*options.names("IncludeTypes"), *(f"{{{tag}}}" for tag in options.names("ExportTags"))]
    wanted = {cls for pattern in asked for cls in _meant(pattern, types)} if asked else {each.cls for each in types}
    excluded = {cls for pattern in options.names("ExcludeTypes") for cls in _excluded(pattern, types)}
    return wanted - excluded


def _meant(pattern: str, types: Sequence[Type]) -> Iterator[type[Any]]:
    """`X` is a type with its response; `X.*` all that it mentions; `*.X` what mentions X; also `ns/*` and `{tag}`."""
    by_class = {type_.cls: type_ for type_ in types}
    if pattern.endswith("/*"):
        yield from (type_.cls for type_ in types if type_.namespace == pattern.removesuffix("/*"))
    elif pattern.startswith("{") and pattern.endswith("}"):
        tag = pattern[1:-1]
        for type_ in types:
            if type_.operation is not None and tag in type_.operation.tags:
                yield from _reached(type_.cls, by_class)
    elif pattern.startswith("*."):
        named = {type_.cls for type_ in types if type_.name == pattern.removeprefix("*.")}
        yield from (type_.cls for type_ in types if named & set(type_.mentioned))
    else:
        name = pattern.removesuffix(".*")
        for type_ in types:
            if type_.name == name:
                yield from _reached(type_.cls, by_class) if name != pattern else _answered(type_)


def _excluded(pattern: str, types: Sequence[Type]) -> Iterator[type[Any]]:
    if pattern in ("services", "types"):
        yield from (type_.cls for type_ in types if (type_.operation is not None) == (pattern == "services"))
    else:
        yield from (type_.cls for type_ in types if type_.name == pattern)


def _answered(type_: Type) -> Iterator[type[Any]]:
    yield type_.cls
    if type_.returns is not None and type_.returns.kind == "dto":
        yield type_.returns.python


def _reached(cls: type[Any], by_class: Mapping[type[Any], Type]) -> set[type[Any]]:
    """The class and everything it mentions, directly or not."""
    found: set[type[Any]] = set()
    left = [cls]
    while left:
        each = left.pop()
        if each not in found and each in by_class:
            found.add(each)
            left += by_class[each].mentioned
    return found
