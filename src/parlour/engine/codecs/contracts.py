"""How data contracts name types in XML: the namespace of a type's content, and the elements of its items."""

from parlour.engine.dto.declare import marks_of
from parlour.engine.dto.metadata import CLR_NAMESPACES, Kind, TypeRef

INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
SERIALIZATION = "http://schemas.microsoft.com/2003/10/Serialization/"
SYSTEM = CLR_NAMESPACES + "System"

_SCALAR_NAMES: dict[Kind, str] = {
    "string": "string",
    "guid": "guid",
    "bool": "boolean",
    "int": "int",
    "long": "long",
    "short": "short",
    "byte": "unsignedByte",
    "char": "char",
    "double": "double",
    "float": "float",
    "decimal": "decimal",
    "datetime": "dateTime",
    "span": "duration",
    "bytes": "base64Binary",
    "any": "anyType",
    "offset": "DateTimeOffset",
}


def contract_name(type_: TypeRef) -> str:
    """The name of the element for a value of this type: `Chat`, `guid`, `ArrayOfChat`, `KeyValueOfstringint`."""
    match type_.kind:
        case "dto":
            return type_.dto.name
        case "enum" | "flags":
            assert type_.python is not None
            return str(type_.python.__name__)
        case "list":
            assert type_.item is not None
            return f"ArrayOf{contract_name(type_.item)}"
        case "map":
            return f"ArrayOf{pair_name(type_)}"
    return _SCALAR_NAMES[type_.kind]


def pair_name(type_: TypeRef) -> str:
    """The name of a map's item."""
    assert type_.key is not None and type_.item is not None
    return f"KeyValueOf{contract_name(type_.key)}{contract_name(type_.item)}"


def contract_namespace(type_: TypeRef) -> str:
    """The namespace of the element that `contract_name` names, if it is the item of a list."""
    match type_.kind:
        case "dto":
            return type_.dto.xml_namespace
        case "enum" | "flags":
            assert type_.python is not None
            clr = marks_of(type_.python).get("namespace")
            return CLR_NAMESPACES + clr if clr else ARRAYS
        case "list":
            assert type_.item is not None
            return contract_namespace(type_.item)
        case "offset":
            return SYSTEM
    return ARRAYS


def content_namespace(type_: TypeRef) -> str | None:
    """The namespace of the elements inside a value of this type; None if its content is text."""
    match type_.kind:
        case "dto" | "list" | "map" | "offset":
            return contract_namespace(type_)
    return None
