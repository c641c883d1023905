"""Writes the parts that are the same in all languages: names of types, comments, blank lines between members."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parlour.engine.dto.errors import FRAMEWORK
from parlour.engine.dto.metadata import Kind, TypeRef
from parlour.engine.dto.type_names import display_name
from parlour.engine.references.model import Attribute, Model, Type, TypeMember


@dataclass(frozen=True)
class TypeNames:
    """The names of the types of members in a language.

    `list` and `map` contain `{item}` and `{key}`, `nullable` is for a value type inside them that may be null.
    `framework` names the types of the client library, and `strings` are the types that become text.
    """

    scalars: Mapping[Kind, str]
    list: str
    map: str
    nullable: str = "{}"
    array: str = ""
    framework: str = "{}"
    strings: frozenset[str] = frozenset()

    def of(self, type_: TypeRef) -> str:
        """The type's name, whether it may be null or not."""
        if type_.item is not None:
            key = "" if type_.key is None else self.of(type_.key)
            form = self.map if key else (self.array or self.list) if type_.is_array else self.list
            return form.format(key=key, item=self.inside(type_.item))
        if display_name(type_).rstrip("?") in self.strings:
            return self.scalars["string"]
        if type_.python is None:
            return self.scalars[type_.kind]
        name: str = type_.python.__name__
        return self.framework.format(name) if type_.kind == "dto" and type_.dto.namespace == FRAMEWORK else name

    def inside(self, type_: TypeRef) -> str:
        """The name of a type inside another, where only value types say that they may be null."""
        name = self.of(type_)
        return self.nullable.format(name) if type_.nullable and type_.is_value_type else name


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]


def comment_lines(text: str) -> list[str]:
    """The lines of a description. None of them ends a comment."""
    return [line.rstrip() for line in text.replace("*/", "* /").splitlines()]


def block_comment(text: str) -> list[str]:
    """A description between `/**` and `*/`; no lines if it is empty."""
    return ["/**", *(f"* {line}".rstrip() for line in comment_lines(text)), "*/"] if text else []


def documented(text: str, attributes: Iterable[Attribute]) -> list[str]:
    """A description as a block comment, with attributes as comments below it."""
    return [*block_comment(text), *(f"// {attribute.comment}" for attribute in attributes)]


def spaced(members: Iterable[tuple[Sequence[str], Sequence[str]]]) -> Iterator[str]:
    """Members, each with its head (comments and attributes) and its own lines. A head means an empty line after it."""
    had_head = False
    for head, lines in members:
        if had_head:
            yield ""
        yield from (*head, *lines)
        had_head = bool(head)


def indented(lines: Iterable[str], by: str = "    ") -> Iterator[str]:
    """The lines indented, except for empty ones."""
    return (by + line if line else "" for line in lines)


def with_inherited(type_: Type, model: Model) -> list[TypeMember]:
    """The members of a type after those of its bases, for languages without inheritance."""
    base = None if type_.base is None else model.by_class.get(type_.base)
    return [*(with_inherited(base, model) if base else ()), *type_.members]


def holds(type_: TypeRef, cls: type[Any]) -> bool:
    """Whether a value of the type contains one of the class, other than in a list or map. Then it has no fixed size."""
    seen: set[Any] = set()
    left = [type_]
    while left:
        each = left.pop()
        if each.kind == "dto" and each.python not in seen:
            seen.add(each.python)
            left += [member.type for member in each.dto.properties]
    return cls in seen
