"""From a loosely typed tree to a DTO: what reading JSON, JSV and CSV has in common.

A tree contains dicts, lists, strings, ints, bools and None. A number with a fraction or exponent is a `Number`, so that
no digit is lost before the type of its member is known. Names of members match in any case. Values are accepted in the
spellings of clients (a number as text, text as a number, one item for a list) if nothing is lost. All others are
errors, and all errors of a tree are reported at once.
"""

from codecs import BOM_UTF8
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from parlour.engine.codecs import MAX_NODES, USUAL, Reader, Spellings, jsv_grammar, refuse_longer
from parlour.engine.dto import errors, times
from parlour.engine.dto import scalars as values
from parlour.engine.dto.errors import (
    HIDDEN,
    MAX_COUNTED,
    MAX_FIELD_ERRORS,
    MAX_SHOWN,
    BindingError,
    BodyError,
    FieldError,
    FieldErrors,
)
from parlour.engine.dto.metadata import DtoType, TypeRef, camel, holds_secret, snake

Converter = Callable[[Any], Any]

_SHORT = 10
"""Text with fewer digits than this is an integer without further checks."""


class Number(str):
    """The digits of a JSON number that is not a plain integer."""

    __slots__ = ()


class ConversionError(ValueError):
    """Raised for values that their members cannot take, as pairs of path and value. A path is like
    `ChatMembers[0].UserId`.

    There are `unlisted` more of them.
    """

    def __init__(self, errors: list[tuple[str, Any]], unlisted: int) -> None:
        super().__init__(errors, unlisted)
        self.errors = errors
        self.unlisted = unlisted


class ConversionErrors:
    """Collects what is wrong inside one value."""

    __slots__ = ("_errors", "_unlisted")

    def __init__(self) -> None:
        self._errors: list[tuple[str, Any]] = []
        self._unlisted = 0

    def add(self, name: str, error: ValueError, value: Any) -> None:
        """Adds the member or item `name`, or the errors inside it."""
        if not isinstance(error, ConversionError):
            error = ConversionError([("", value)], 0)
        room = MAX_FIELD_ERRORS - len(self._errors)
        self._errors += [(_path(name, inner), errors) for inner, errors in error.errors[:room]]
        self._unlisted += error.unlisted + len(error.errors[room:])

    @property
    def are_too_many(self) -> bool:
        """Whether there are so many errors that the rest of the value need not be read."""
        return len(self._errors) + self._unlisted >= MAX_COUNTED

    def refuse(self) -> None:
        """Raises ConversionError if there are any errors."""
        if self._errors:
            raise ConversionError(self._errors, self._unlisted)


def _path(name: str, inner: str) -> str:
    return f"{name}{inner}" if inner[:1] in ("", "[") else f"{name}.{inner}"


def body_dto(type_: TypeRef) -> DtoType:
    """The DTO of a body of the type, which contains it once or in a list."""
    assert type_.kind == "dto" or type_.item is not None
    return (type_.item or type_).dto


def body_reader(
    type_: TypeRef, parse: Callable[[bytes], Any], spellings: Spellings, most_items: int = MAX_NODES
) -> Reader:
    """Return a function that reads a DTO, or a list of one kind of DTO, from the tree that `parse` makes of a body.

    An object is also a list of one item. If a body is neither object nor list, it must be blank.
    """
    dto = body_dto(type_)
    convert = converter(type_, spellings)
    trees: tuple[type, ...] = (dict,) if type_.kind == "dto" else (dict, list)
    empty = dto.cls if type_.kind == "dto" else list

    def read(body: bytes) -> Any:
        tree = parse(body)
        if type(tree) not in trees:
            if not body.removeprefix(BOM_UTF8).strip():
                return empty()
            raise _not_an_object(dto, body)
        if type(tree) is list:
            refuse_longer(len(tree), most_items)
        try:
            return convert([tree] if type_.kind == "list" and type(tree) is dict else tree)
        except ConversionError as conversion_error:
            raise _binding_error(dto.name, conversion_error) from None

    return read


@cache
def converter(type_: TypeRef, spellings: Spellings = USUAL) -> Converter:
    """Converts a tree other than None to the type. Raises ValueError, or ConversionError for inner values."""
    convert = _converter(type_, spellings)
    return hiding_secrets(convert) if holds_secret(type_) else convert


def hiding_secrets(convert: Converter, *, hides_all: bool = False) -> Converter:
    """Hides a wrong value that contains secrets. With `hides_all` it also hides the wrong values inside."""

    def converted(tree: Any) -> Any:
        try:
            return convert(tree)
        except ConversionError as conversion_error:
            if not hides_all:
                raise
            raise ConversionError(
                [(path, HIDDEN) for path, _ in conversion_error.errors], conversion_error.unlisted
            ) from None
        except ValueError:
            raise ConversionError([("", HIDDEN)], 0) from None

    return converted


def _converter(type_: TypeRef, spellings: Spellings) -> Converter:
    match type_.kind:
        case "dto":
            return _object_converter(type_, spellings)
        case "list":
            return _list_converter(type_, spellings)
        case "map":
            return _map_converter(type_, spellings)
        case "datetime" | "offset" if spellings.unix:
            return _instant(type_, timedelta(**{spellings.unix: 1}))
    return _SCALARS.get(type_.kind, _from_text)(type_)


def shown(value: Any) -> str:
    """A wrong value as its error shows it."""
    if isinstance(value, str):
        return errors.shown(value)
    return "null" if value is None else errors.shown(jsv_grammar.beginning_of(value, MAX_SHOWN + 1))


def _not_an_object(dto: DtoType, body: bytes) -> BodyError:
    is_secret = holds_secret(TypeRef("dto", python=dto.cls))
    start = HIDDEN if is_secret else body.decode("utf-8-sig", "replace")[:MAX_SHOWN]
    return BodyError(
        "Type definitions should start with a '{', "
        f"expecting serialized type '{dto.name}', got string starting with: {start}"
    )


def _binding_error(name: str, conversion_error: ConversionError) -> BindingError:
    """The error for a request of operation `name` whose body has wrong values."""
    field_errors = FieldErrors(
        FieldError(path, f"'{shown(value)}' is an Invalid value for '{path}'", BindingError.code)
        for path, value in conversion_error.errors
    )
    field_errors.unlisted += conversion_error.unlisted
    return BindingError(f"Unable to bind to request '{name}'", errors=field_errors)


def _members(dto: DtoType, spellings: Spellings) -> dict[str, tuple[str, str, Converter, bool, bool]]:
    """Members by the names they may have in a body: an alias replaces the declared name.

    Beside the names in lower case are the usual spellings, so that most names are found at once.
    """
    found = {}
    for member in dto.properties:
        read = converter(member.type, spellings)
        if member.is_secret:
            read = hiding_secrets(read, hides_all=True)
        entry = (member.attribute, member.name, read, member.type.nullable, member.type.kind in ("string", "any"))
        for name in (member.wire_name, camel(member.wire_name), member.wire_name.lower()):
            found[name] = entry
        if spellings.snake_names and member.alias is None:
            found.setdefault(snake(member.name), entry)
    return found


def _object_converter(type_: TypeRef, spellings: Spellings) -> Converter:
    read: Converter | None = None

    def convert(tree: Any) -> Any:
        # Compiled when first met, because a DTO may contain its own kind.
        nonlocal read
        if read is None:
            read = _dto_converter(type_.python, spellings)
        return read(_mapping(tree))

    return convert


@cache
def _dto_converter(cls: Any, spellings: Spellings) -> Converter:
    """Converts a dict to a new DTO. Raises ConversionError with every wrong member."""
    known = _members(TypeRef("dto", python=cls).dto, spellings).get

    def convert(tree: Any) -> Any:
        found: dict[str, Any] = {}
        conversion_errors: ConversionErrors | None = None
        for name, value in tree.items():
            member = known(name) or known(name.lower())
            if member is None:
                continue
            attribute, declared, takes, is_nullable, is_text = member
            # Forms leave out a number or a date by a blank. Only text can be blank.
            if value is None or (value == "" and not is_text):
                if is_nullable:
                    found[attribute] = None
                continue
            try:
                found[attribute] = takes(value)
            except ValueError as error:
                conversion_errors = conversion_errors or ConversionErrors()
                conversion_errors.add(declared, error, value)
                if conversion_errors.are_too_many:
                    break
        if conversion_errors is not None:
            conversion_errors.refuse()
        return cls(**found)

    return convert


def _mapping(tree: Any) -> dict[str, Any]:
    if type(tree) is str and tree.startswith("{"):
        tree = jsv_grammar.parse(tree)
    if type(tree) is not dict:
        raise ValueError(tree)
    return tree


def _list_converter(type_: TypeRef, spellings: Spellings) -> Converter:
    assert type_.item is not None
    item = converter(type_.item, spellings)
    accepts_none = type_.item.nullable

    def convert(tree: Any) -> Any:
        return _each(tree) if type(tree) is list else _unlisted(tree)

    def _unlisted(tree: Any) -> list[Any]:
        """Converts text with commas, or a single item. It was not sent as a list, so an error is about all of it."""
        try:
            return _each(jsv_grammar.items(tree) if type(tree) is str else [tree])
        except ConversionError as conversion_error:
            if any(path.endswith("]") for path, _ in conversion_error.errors):
                raise ValueError(tree) from None
            raise

    def _each(tree: list[Any]) -> list[Any]:
        take = present if None in tree else item
        found: list[Any] = []
        conversion_errors = ConversionErrors()
        left = iter(tree)
        while True:
            try:
                found.extend(map(take, left))
                break
            except ValueError as error:
                # Each item is read only once: a wrong one may contain lists as deep as a body can be.
                conversion_errors.add(f"[{len(found)}]", error, tree[len(found)])
                if conversion_errors.are_too_many:
                    break
                found.append(None)
        conversion_errors.refuse()
        return found

    def present(one: Any) -> Any:
        if one is None and not accepts_none:
            raise ValueError(one)
        return None if one is None else item(one)

    return convert


def _map_converter(type_: TypeRef, spellings: Spellings) -> Converter:
    assert type_.item is not None and type_.key is not None
    item, accepts_none = converter(type_.item, spellings), type_.item.nullable
    key = converter(type_.key, spellings)

    def convert(tree: Any) -> Any:
        found: dict[Any, Any] = {}
        conversion_errors = ConversionErrors()
        for name, value in _mapping(tree).items():
            try:
                if value is not None:
                    found[key(name)] = item(value)
                elif accepts_none:
                    found[key(name)] = None
            except ValueError as error:
                conversion_errors.add(f"[{shown(name)}]", error, value)
                if conversion_errors.are_too_many:
                    break
        conversion_errors.refuse()
        return found

    return convert


def _from_text(type_: TypeRef) -> Converter:
    parse, blank = values.parser(type_), type_.default

    def convert(tree: Any) -> Any:
        if isinstance(tree, str):
            return parse(tree) if tree else blank
        if type(tree) is int:
            return parse(str(tree))
        raise ValueError(tree)

    return convert


def _instant(type_: TypeRef, unit: timedelta) -> Converter:
    """Reads a number as a count of units since 1970, and text like any other date."""
    read = _from_text(type_)

    def convert(tree: Any) -> Any:
        # As text it is the key of a map.
        if type(tree) is int or (isinstance(tree, str) and values.is_integer(tree)):
            return times.since_epoch(int(tree), unit)
        return read(tree)

    return convert


def _text(type_: TypeRef) -> Converter:
    def convert(tree: Any) -> str:
        if type(tree) is str:
            return tree
        if isinstance(tree, Number | int) and not isinstance(tree, bool):
            return str(tree)
        if isinstance(tree, dict | list) and jsv_grammar.size_of(tree, MAX_NODES) > MAX_NODES:
            raise ValueError(tree)
        return jsv_grammar.text_of(tree)

    return convert


def _boolean(type_: TypeRef) -> Converter:
    parse = _from_text(type_)

    def convert(tree: Any) -> Any:
        if tree is True or tree is False:
            return tree
        # JSV and CSV write this spelling. It is tried first, before all others.
        return tree == "True" if tree in ("True", "False") else parse(tree)

    return convert


def _integer(type_: TypeRef) -> Converter:
    lowest, highest = values.INTEGER_RANGES[type_.kind]
    parse = _from_text(type_)

    def convert(tree: Any) -> Any:
        if type(tree) is str and len(tree) < _SHORT and tree.isdecimal() and tree.isascii():
            tree = int(tree)
        if type(tree) is int and lowest <= tree <= highest:
            return tree
        return parse(tree)

    return convert


def _bytes(type_: TypeRef) -> Converter:
    parse = _from_text(type_)

    def convert(tree: Any) -> Any:
        if type(tree) is list and all(type(one) is int for one in tree):
            # An empty list of bytes is null, as an empty text is.
            return bytes(tree) or None
        return parse(tree)

    return convert


def _plain(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _plain(value) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_plain(one) for one in tree]
    return values.double(tree) if isinstance(tree, Number) else tree


_SCALARS: dict[str, Callable[[TypeRef], Converter]] = {
    "string": _text,
    "bool": _boolean,
    "bytes": _bytes,
    "any": lambda type_: _plain,
    **dict.fromkeys(values.INTEGER_RANGES, _integer),
}
