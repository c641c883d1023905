"""What pages call the types of members: the names they have in the field's own language."""

from parlour.engine.dto.metadata import Kind, TypeRef

_NAMES: dict[Kind, str] = {
    "guid": "Guid",
    "char": "Char",
    "datetime": "DateTime",
    "offset": "DateTimeOffset",
    "span": "TimeSpan",
    "bytes": "byte[]",
    "any": "object",
}


def display_name(type_: TypeRef) -> str:
    """`Guid`, `int?`, `List<Chat>`, `Dictionary<string, string>`; only value types show that they may be null."""
    if type_.item is not None:
        item = display_name(type_.item)
        if type_.key is not None:
            return f"Dictionary<{display_name(type_.key)}, {item}>"
        return f"{item}[]" if type_.is_array else f"List<{item}>"
    name = type_.python.__name__ if type_.python is not None else _NAMES.get(type_.kind, type_.kind)
    return f"{name}?" if type_.nullable and type_.is_value_type else name
