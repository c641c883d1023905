"""The names of member types on pages, which are those of C#."""

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
    """The name, such as `Guid`, `int?`, `List<Chat>` or `Dictionary<string, string>`. Only value types show that they
    are nullable.
    """
    if type_.item is not None:
        item = display_name(type_.item)
        if type_.key is not None:
            return f"Dictionary<{display_name(type_.key)}, {item}>"
        return f"{item}[]" if type_.is_array else f"List<{item}>"
    name = type_.python.__name__ if type_.python is not None else _NAMES.get(type_.kind, type_.kind)
    return f"{name}?" if type_.nullable and type_.is_value_type else name
