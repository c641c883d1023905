"""DTOs as nested text, `{name:value,...}`: what writing JSON and writing JSV have in common."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from parlour.engine.codecs import Profile
from parlour.engine.dto import scalars as values
from parlour.engine.dto import times
from parlour.engine.dto.generated import generated
from parlour.engine.dto.listings import Listing, Records, columns_of
from parlour.engine.dto.metadata import DtoType, Property, TypeRef

Write = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Notation:
    """How one notation writes what JSON and JSV write differently.

    `functions` return a value's text, by kind; `bool` holds the two words. `instant` returns that of a time in
    microseconds since 1970. Values of the kinds in `quoted` are put
    between `quote`, because their texts need no escapes. `key` writes a name, or a map's key that is text; `value_key`
    writes a map's key whose text is given. `null` stands for nulls in a list, except for DTOs. `rows` makes a faster
    writer of the rows of a DTO, if there is one.
    """

    name: str
    functions: Mapping[str, Any]
    instant: Callable[[int], str]
    key: Callable[[str], str]
    value_key: Callable[[str], str]
    quote: str
    quoted: frozenset[str]
    null: str
    rows: Callable[[DtoType, Profile, Callable[[Any], Write]], Callable[[Any], str] | None] | None = None


def member_name(profile: Profile, member: Property) -> str:
    """The name of a member in JSON and JSV: its alias, else the declared name in the profile's case."""
    return member.alias or profile.cased(member.name)


class TextSource:
    """Compiles a writer for each DTO of one profile from Python source.

    A writer for fixed members is one f-string. That is two to four times faster than a loop over tables of members, and
    answers are lists of hundreds of small DTOs. The source holds only names and literals made here from declarations,
    never anything from a request.
    """

    def __init__(self, notation: Notation, profile: Profile) -> None:
        self._notation = notation
        self._profile = profile
        self._dtos: dict[Any, Write] = {}
        self._values: dict[TypeRef, Write] = {}
        self._scope: dict[str, Any] = {
            "_dashed": values.guid_with_dashes,
            "_double": _double,
            "_decimal": values.decimal_text,
            "_span": times.time_span_text if profile.spans == "duration" else times.clock_text,
            "_bytes": values.base64_text,
            "_instant": notation.instant,
            "_null": notation.null,
            "_empty": "{}",
            **{f"_{kind}": function for kind, function in notation.functions.items()},
        }

    def value_writer(self, type_: TypeRef) -> Write:
        """A function from a value other than None to its text."""
        if type_.kind == "dto":
            return self._dto_writer(type_.python)
        if type_ not in self._values:
            self._values[type_] = self.compiled([], f"f'{self.value(type_, 'v')}'", type_.kind)
        return self._values[type_]

    def compiled(self, lines: list[str], result: str, name: str) -> Write:
        """A function of `v` that runs the lines and returns `result`, an expression."""
        source = "\n    ".join(["def write(v):", *lines, f"return {result}\n"])
        return generated(source, f"{self._notation.name} {name}", self._scope)

    def named(self, value: Any) -> str:
        """A name by which compiled functions refer to the value."""
        name = f"_w{len(self._scope)}"
        self._scope[name] = value
        return name

    def value(self, type_: TypeRef, value: str) -> str:
        """The part of an f-string in single quotes that writes the expression `value`, which is never None."""
        match type_.kind:
            case "int" | "long" | "short" | "byte":
                return f"{{{value}}}"
            case "bool":
                return f"{{_bool[{value}]}}"
            case "enum" if self._profile.enums == "names":
                return self._between_quotes("enum", f"{{{value}._name_}}")
            case "enum" | "flags":
                return f"{{{value}._value_}}"
            case "guid" if self._profile.guid_format == "N":
                return self._between_quotes("guid", f"{{{value}}}")
            case "guid":
                return self._between_quotes("guid", f"{{_dashed({value})}}")
            case "list" if type_.item is not None and type_.item.kind == "dto" and not type_.item.nullable:
                return f"[{{{self.named(self.items_writer(type_.item.python))}({value})}}]"
            case "list":
                return f'[{{",".join([{self._item(type_, "i")} for i in {value}])}}]'
            case "dto":
                return f"{{{self.named(self._dto_writer(type_.python))}({value})}}"
            case "map":
                return f"{{{self.named(self._map_writer(type_))}({value})}}"
        return self._between_quotes(type_.kind, f"{{_{type_.kind}({value})}}")

    def _between_quotes(self, kind: str, part: str) -> str:
        quote = self._notation.quote if kind in self._notation.quoted else ""
        return f"{quote}{part}{quote}"

    def _dto_writer(self, cls: Any) -> Write:
        if cls not in self._dtos:
            # A placeholder while the real one is compiled, because a DTO may contain its own kind.
            self._dtos[cls] = lambda value: self._dtos[cls](value)
            self._dtos[cls] = self._compiled_dto(TypeRef("dto", python=cls).dto)
        return self._dtos[cls]

    def _compiled_dto(self, dto: DtoType) -> Write:
        members = {member.attribute: f"v.{member.attribute}" for member in dto.properties}
        lines, text = self._dto_text(dto, members, self.value)
        return self.compiled(lines, text, dto.name)

    def _rows_writer(self, cls: Any) -> Write:
        """A function from the rows of `Records` to the text of their DTOs."""
        exact, make = self._compiled_rows(cls), self._notation.rows
        quick = None if make is None else make(TypeRef("dto", python=cls).dto, self._profile, self.items_writer)
        if quick is None:
            return exact

        def write(rows: Any) -> str:
            try:
                return quick(rows)
            except UnicodeEncodeError:
                return exact(rows)

        return write

    def _compiled_rows(self, cls: Any) -> Write:
        """The same by one f-string for each row. For 120 members of chats it takes 30 us. Making the DTOs first would
        take 110.
        """
        dto, columns = TypeRef("dto", python=cls).dto, columns_of(cls)
        lines, text = self._dto_text(dto, columns, self._row_value)
        each = [*lines, f"texts.append({text})"]
        loop = ["texts = []", f"for {', '.join(columns.values())}, in v:", *(f"    {line}" for line in each)]
        return self.compiled(loop, "','.join(texts)", f"rows of {dto.name}")

    def _row_value(self, type_: TypeRef, value: str) -> str:
        """Like `value`, for a value of the database."""
        if type_.kind == "datetime":
            return self._between_quotes("datetime", f"{{_instant({value})}}")
        return self.value(type_, value)

    def _dto_text(
        self, dto: DtoType, values: Mapping[str, str], write: Callable[[TypeRef, str], str]
    ) -> tuple[list[str], str]:
        """Lines that set a variable for each member that may be absent, and one f-string for the text of a DTO.
        `values` are the expressions for the values of its members, for which `write` gives the parts.

        The first member that is always written has no comma. Those before it end in one, and those behind it begin with
        one. If all may be absent, the first comma is cut off when the text is written. Cutting copies a whole answer.
        """
        lines: list[str] = []
        parts: list[str] = []
        absences = [self._absence(member.type, f"m{number}") for number, member in enumerate(dto.properties)]
        always = absences.index(None) if None in absences else -1
        for number, (member, absence) in enumerate(zip(dto.properties, absences, strict=True)):
            before, after = ("," if number > always else ""), ("," if number < always else "")
            name = _literal(f"{before}{self._notation.key(member_name(self._profile, member))}:")
            if absence is None:
                parts.append(f"{name}{write(member.type, values[member.attribute])}")
                continue
            local = f"m{number}"
            is_told = member.type.nullable and self._profile.nulls == "written"
            absent = f"'{name}{self._notation.null}{after}'" if is_told else "''"
            lines.append(f"{local} = {values[member.attribute]}")
            lines.append(f"{local} = {absent} if {absence} else f'{name}{write(member.type, local)}{after}'")
            parts.append(f"{{{local}}}")
        body = "".join(parts)
        if always >= 0 or not parts:
            return lines, f"f'{{{{{body}}}}}'"
        return lines, f"'{{' + f'{body}'[1:] + '}}'"

    def _absence(self, type_: TypeRef, value: str) -> str | None:
        """The condition under which the expression `value` is left out; None if it never is."""
        profile = self._profile
        if type_.nullable:
            return f"{value} is None"
        # If guids have dashes, a zero guid is left out together with nulls, as in the framework.
        omits_guids = type_.kind == "guid" and profile.guid_format == "D" and profile.nulls == "omitted"
        omits_defaults = type_.is_value_type and profile.defaults == "omitted"
        if type_.kind in ("enum", "flags"):
            return f"not {value}._value_" if omits_defaults or profile.zero_enums == "omitted" else None
        return f"{value} == {self.named(type_.default)}" if omits_guids or omits_defaults else None

    def items_writer(self, cls: Any) -> Write:
        """Writes the items of a list. A listing is written once, and records without making their DTOs."""
        write = self._dto_writer(cls)
        write_rows: Write | None = None

        def write_each(items: Any) -> str:
            nonlocal write_rows
            if type(items) is Records:
                if write_rows is None:
                    # Few DTOs are ever read as rows, so this is compiled when one is.
                    write_rows = self._rows_writer(items.cls)
                return write_rows(items.rows)
            return ",".join([write(item) for item in items])

        def write_items(items: Any) -> str:
            if not items:
                return ""
            # A plain list is by far the most frequent. Checking for anything else takes as long as writing an item.
            if type(items) is list or type(items) is not Listing:
                return write_each(items)
            text: str | None = items.texts.get(write)
            if text is None:
                text = items.texts[write] = write_each(items.items)
            return text

        return write_items

    def _item(self, type_: TypeRef, value: str) -> str:
        """An expression that writes an item. A null DTO is an empty object, as clients expect."""
        item = type_.item
        assert item is not None
        write = self.named(self.value_writer(item))
        if not item.nullable:
            return f"{write}({value})"
        null = "_empty" if item.kind == "dto" else "_null"
        return f"({null} if {value} is None else {write}({value}))"

    def _map_writer(self, type_: TypeRef) -> Write:
        assert type_.key is not None and type_.item is not None
        write_key, write_item = self._key_writer(type_.key), self.value_writer(type_.item)

        def write(value: Any) -> str:
            pairs = [f"{write_key(key)}:{write_item(item)}" for key, item in value.items() if item is not None]
            return "{" + ",".join(pairs) + "}"

        return write

    def _key_writer(self, type_: TypeRef) -> Write:
        if type_.kind == "string":
            return self._notation.key
        write, finish = self.value_writer(type_), self._notation.value_key
        return lambda key: finish(write(key))


def _double(value: float) -> str:
    # The only value that clients write with a small e, because they write it digit by digit to read it back.
    text = values.double_text(value)
    return text.replace("E", "e") if abs(value) == sys.float_info.max else text


def _literal(text: str) -> str:
    """`text` as it is written inside an f-string in single quotes."""
    return text.replace("\\", r"\\").replace("'", r"\'").replace("{", "{{").replace("}", "}}")
