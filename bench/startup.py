"""How long an application of 100 operations takes to start: `python -m bench.startup`.

Each start is a process of its own; what is told is the least of some, as everything else that the machine does only
adds to it. Making the engine is timed inside of it, with all formats and pages, from the declared classes to a first
answer.
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
"""What making the engine may take."""

_MAKING = "from bench.startup import made; print(made())"


def made() -> float:
    """The milliseconds from 100 declared operations to the first answer of an engine that has them."""
    # Imported here, since importing is measured as well.
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
    """An operation of two routes with eight members, which answers a list of objects of eight."""
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
    """The milliseconds that a process with this code lives, and what it prints."""
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
