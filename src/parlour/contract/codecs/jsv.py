"""JSV: the values of paths, queries and forms."""

from collections.abc import Callable
from typing import Any

from parlour.contract import values
from parlour.contract.codecs.loose import converter
from parlour.contract.metadata import TypeRef


def value_reader(type_: TypeRef) -> Callable[[str], Any]:
    """Reads one value of a path, query or form by the type of its member.

    Text is taken as it stands, a list may lack its brackets (`a,b`), an object has to begin with `{`. Of several
    values for one switch the first counts. The reader raises ValueError; it is a `loose.Misfit` when only some
    inner values are wrong.
    """
    if type_.kind in ("list", "map", "dto"):
        return converter(type_)
    parse = values.parser(type_)
    if type_.kind == "bool":
        return lambda text: parse(text.partition(",")[0])
    return parse
