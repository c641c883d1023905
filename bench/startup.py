"""Measures the start of an application with 100 operations: `python -m bench.startup`.

Each start is a separate process. The least of several is reported, since other load only adds time. The creation of the
engine is measured inside, with all formats and pages, from the declared classes to a first response.
"""

import subprocess
import sys
from dataclasses import field, make_dataclass
from datetime import datetime
from decimal import Decimal
from time import perf_counter
from typing import Annotated, Any

OPERATIONS = 100
STARTS = 7

MOST_MILLISECONDS = 300
"""The most milliseconds for creating the engine."""

_MAKING = "from bench.startup import made; print(made())"


def made() -> float:
    """The milliseconds from 100 declared operations to the first response of their engine."""
    # Imported here, since the import is measured too.
    import asyncio

    from parlour.engine import Request, Services, standard_engine

    declared = [_operation(number) for number in range(OPERATIONS)]
    began = perf_counter()
    services = Services()
    for request in declared:
        services.add(request, any=lambda request, tx, caller: None)
    engine = standard_engine(services)
    asyncio.run(engine.answer(Request(method="GET", path="/items/7/1")))
    return (perf_counter() - began) * 1000


def _operation(number: int) -> Any:
    """An operation with two routes and eight members, which returns a list of objects with eight members."""
    from parlour.engine import EMPTY_GUID, MIN_DATETIME, ApiMember, Guid, namespace, returns, route
    from parlour.engine.rules.rules import Length, NotEmpty

    members: list[tuple[str, Any, Any]] = [
        ("id_", Guid, EMPTY_GUID),
        ("name", Annotated[str | None, NotEmpty(), Length(1, 80), ApiMember("What it is called")], None),
        ("count", int, 0),
        ("price", Decimal, Decimal(0)),
        ("is_open", bool, False),
        ("created", datetime, MIN_DATETIME),
        ("tags", list[str] | None, None),
        ("labels", dict[str, str] | None, None),
    ]

    def declared(name: str, *more: tuple[str, Any, Any]) -> Any:
        fields = [(member, type_, field(default=default)) for member, type_, default in (*members, *more)]
        cls = make_dataclass(name, fields, kw_only=True)
        cls.__module__ = __name__
        return namespace("Bench")(cls)

    item = declared(f"Item{number}")
    response = declared(f"Find{number}Response", ("items", list[item] | None, None))  # type: ignore[valid-type] # made just now
    request = declared(f"Find{number}")
    return route(f"/items/{number}", "GET POST")(route(f"/items/{number}/{{Count}}")(returns(response)(request)))


def _started(code: str) -> tuple[float, str]:
    """The running time of a process with this code in milliseconds, and its output."""
    began = perf_counter()
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return (perf_counter() - began) * 1000, ended.stdout


def main() -> None:
    print(f"milliseconds, least of {STARTS} processes")
    for label, code in (("python alone", "pass"), ("importing the engine", "import parlour.engine")):
        print(f"{label:36} {min(_started(code)[0] for _ in range(STARTS)):6.0f}")
    engine = min(float(_started(_MAKING)[1]) for _ in range(STARTS))
    print(f"{f'making it with {OPERATIONS} operations':36} {engine:6.0f}   at most {MOST_MILLISECONDS}")


if __name__ == "__main__":
    main()
