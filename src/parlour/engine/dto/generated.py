"""Functions made from source that the program writes itself, for a DTO or for the columns of a statement.

One expression that names every member is two to four times faster than a loop over members. The source holds only
names and literals made from declarations, never anything from a request. No other module runs source.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

NEW = {"_new": object.__new__}
"""What the lines of `making` need among the global names."""


def generated(source: str, what: str, names: dict[str, Any]) -> Callable[..., Any]:
    """Return the one function that the source defines. `names` are its global names, `what` stands in tracebacks."""
    defined: dict[str, Callable[..., Any]] = {}
    exec(compile(source, f"<{what}>", "exec"), names, defined)  # noqa: S102  # see above
    (function,) = defined.values()
    return function


def making(cls: Any, name: str, values: Mapping[str, str]) -> Sequence[str]:
    """Lines that make an object of the dataclass `cls`, called `made`. `name` is that of the class in the source.

    `values` are the expressions for its members. Setting them one by one takes 0.13 us for seven members. The
    constructor takes 0.4, since it is a function of Python with named arguments.
    """
    if not _is_set_by_members(cls) or {field.name for field in dataclasses.fields(cls)} != set(values):
        return [f"made = {name}({', '.join(f'{member}={value}' for member, value in values.items())})"]
    return [f"made = _new({name})", *(f"made.{member} = {value}" for member, value in values.items())]


def _is_set_by_members(cls: Any) -> bool:
    """Whether the constructor of a dataclass only sets its members."""
    parameters = vars(cls).get("__dataclass_params__")
    if parameters is None or not parameters.init or parameters.frozen:
        return False
    return cls.__new__ is object.__new__ and cls.__setattr__ is object.__setattr__ and not hasattr(cls, "__post_init__")
