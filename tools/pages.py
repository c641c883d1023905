"""The parts of the documentation that are written from the code: `python -m tools.pages` writes them anew.

A page keeps its own words; what stands between the two marks comes from here, and a test compares it.
"""

import asyncio
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

import parlour
from parlour import app
from parlour.cli import main
from parlour.config import Settings, describe
from parlour.engine import standard_engine
from parlour.engine.dto.declare import AccessRule
from parlour.engine.dto.errors import ApiError
from parlour.engine.dto.metadata import DtoType, Operation, Property, TypeRef, operation_of
from parlour.engine.http.messages import Request
from parlour.engine.rules.rules import Rule, RuleSet
from parlour.engine.serving.handlers import InlineUnits, Services
from parlour.services.identity import Identity
from parlour.services.reasons import MEANINGS

DOCS = Path(__file__).parent.parent / "docs"
DTOS = "python/parlour_dtos.py"
CONSOLE_DTOS = "../console/src/api/dtos.ts"
IDENTITY = Identity(b"k" * 32)
BEGIN, END = "<!-- from the code: scripts/docs writes it -->", "<!-- to here -->"

WIDTH = 100

T = TypeVar("T")


def written(page: str) -> str:
    """The page with its part from the code as it should be; a program has no words of its own."""
    if page in PROGRAMS:
        return PROGRAMS[page]()
    text = (DOCS / page).read_text()
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    assert found, f"docs/{page} lacks the marks between which its part from the code stands."
    return f"{before}{BEGIN}\n\n{PAGES[page]()}\n{END}{after}"


def settings_page() -> str:
    rows = [
        (
            f"`{each.name}`",
            each.kind,
            f"`{each.default}`" if each.default else "empty",
            f"`{each.variable}`",
            each.meaning,
        )
        for each in describe()
    ]
    return _table(("setting", "kind", "default", "environment", "meaning"), rows)


def commands_page() -> str:
    return "\n".join(
        f"## parlour {' '.join(path)}\n\n```text\n{_help(path, command)}\n```\n" for path, command in commands()
    )


def errors_page() -> str:
    classes = sorted(_subclasses(ApiError), key=lambda error: (error.status, error.code, error.__name__))
    codes = [
        (str(error.status), f"`{error.code}`", _sentence(error.__doc__))
        for error in classes
        if error.code != ApiError.code
    ]
    rules = sorted(_subclasses(Rule), key=lambda rule: rule.__name__)
    broken = [(f"`{rule.code}`", f"`{rule.message}`") for rule in rules if not rule.__name__.startswith("_")]
    return (
        _table(("status", "error code", "raised"), codes)
        + "\nThe codes of members that break a rule. The status is 400. The first one gives the whole its code.\n\n"
        + _table(("error code", "message"), sorted(set(broken)))
        + "\nWhere a code leaves several causes, `Meta` of the error, or of the member's error, has a `Reason`. The"
        + "\nother values that a meaning names are in `Meta` too.\n\n"
        + _table(("reason", "meaning"), [(f"`{reason}`", meaning) for reason, meaning in sorted(MEANINGS.items())])
    )


def operations_page() -> str:
    added = services()
    requests: list[Any] = list(added.handlers)
    operations = [operation_of(request) for request in requests]
    shown = [_operation(each, sorted(added.handlers[each.request.cls])) for each in operations]
    types = "\n".join(_dto(each) for each in _dtos(operations))
    return "\n".join(shown) + "\n## Types\n\n" + types


def python_dtos() -> str:
    """What `/types/python` of a server with default settings answers, save the options at its top."""
    told = '"""The requests and responses of Parlour, to be copied beside the program that calls it."""'
    return f"{told}\n\n{_types('python')}"


def console_dtos() -> str:
    """What `/types/typescript` of a server with default settings answers, save the options at its top."""
    return f"// The requests and responses of Parlour: scripts/docs writes them.\n\n{_types('typescript')}"


def _types(language: str) -> str:
    engine = standard_engine(services(), InlineUnits(), authentication=IDENTITY.authentication)
    request = Request(method="GET", path=f"/types/{language}", query="WithoutOptions=true")
    return f"{asyncio.run(engine.answer(request)).body.decode().strip()}\n"


def services() -> Services:
    """Every operation of a server with default settings."""
    settings = Settings()
    return app.services(settings, IDENTITY, app.invitation_policy(settings, b""))


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with its path."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def error_codes_in_calls() -> set[str]:
    """The codes that are given where an error is raised, instead of by its class."""
    sources = (path.read_text() for path in Path(parlour.__file__).parent.rglob("*.py"))
    return {
        code
        for source in sources
        for code in re.findall(r'\bcode="(\w+)"|\bcode, message = "(\w+)"', source)
        for code in code
        if code
    }


PROGRAMS: dict[str, Callable[[], str]] = {DTOS: python_dtos, CONSOLE_DTOS: console_dtos}

PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "errors.md": errors_page,
    "operations.md": operations_page,
    **PROGRAMS,
}


def _help(path: tuple[str, ...], command: click.Command) -> str:
    context = main.context_class(main, info_name="parlour", **main.context_settings)
    for name in path:
        group = context.command
        assert isinstance(group, click.Group)
        inner = group.commands[name]
        context = inner.context_class(inner, parent=context, info_name=name, terminal_width=WIDTH)
    return command.get_help(context).rstrip()


def _operation(operation: Operation, verbs: Sequence[str]) -> str:
    routes = [(f"`{route.path}`", " ".join(route.verbs) or "every verb") for route in operation.routes]
    return "\n".join(
        [
            f"## {operation.name}",
            "",
            inspect.cleandoc(operation.description),
            "",
            f"- Answers: {'every verb' if verbs == ['ANY'] else ' '.join(verbs)}, with {_response(operation.response)}",
            f"- For: {_access(operation.access)}",
            f"- Namespace: `{operation.request.namespace}`",
            "",
            _table(("route", "verbs"), routes),
            _members(operation.request),
        ]
    )


def _dto(type_: DtoType) -> str:
    return f"### {type_.name}\n\n{_doc(type_)}\n\n{_members(type_)}"


def _doc(type_: DtoType) -> str:
    text = (type_.cls.__doc__ or "").strip()
    return "" if text.startswith(f"{type_.name}(") else _sentence(text)


def _members(type_: DtoType) -> str:
    if not type_.properties:
        return "No members.\n"
    rows = [(f"`{each.wire_name}`", _type(each.type), _meaning(each)) for each in type_.properties]
    return _table(("member", "type", "meaning"), rows)


def _meaning(member: Property) -> str:
    rules = " ".join(
        type(rule).__name__ for each in member.rules for rule in (each.rules if isinstance(each, RuleSet) else (each,))
    )
    return " ".join(part for part in (member.description or "", f"({rules})" if rules else "") if part)


def _type(type_: TypeRef) -> str:
    if type_.kind == "list":
        assert type_.item is not None
        return f"list of {_type(type_.item)}"
    if type_.kind == "map":
        assert type_.key is not None and type_.item is not None
        return f"map of {_type(type_.key)} to {_type(type_.item)}"
    if type_.kind in ("dto", "enum", "flags"):
        return f"[{type_.python.__name__}](#{type_.python.__name__.lower()})"
    return type_.kind


def _response(type_: TypeRef | None) -> str:
    return "nothing" if type_ is None else _type(type_)


def _access(rules: Sequence[AccessRule]) -> str:
    if not rules:
        return "everybody"
    told = []
    for rule in rules:
        who = (
            "anybody signed in"
            if rule.kind == "authenticated"
            else f"{'any' if rule.kind == 'any_role' else 'all'} of {', '.join(rule.roles)}"
        )
        told.append(f"{' '.join(rule.verbs)}: {who}" if rule.verbs else who)
    return "; ".join(told)


def _dtos(operations: Sequence[Operation]) -> list[DtoType]:
    """Every type that requests and responses are made of, by name, the requests themselves left out."""
    requests = {operation.request for operation in operations}
    found: dict[str, DtoType] = {}

    def visit(type_: TypeRef | None) -> None:
        if type_ is None:
            return
        visit(type_.item)
        if type_.kind == "dto" and type_.dto.name not in found:
            found[type_.dto.name] = type_.dto
            for member in type_.dto.properties:
                visit(member.type)

    for operation in operations:
        visit(operation.response)
        for member in operation.request.properties:
            visit(member.type)
    return [type_ for _, type_ in sorted(found.items()) if type_ not in requests]


def _subclasses(cls: type[T]) -> Iterator[type[T]]:
    for module in pkgutil.walk_packages(parlour.__path__, "parlour."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting: list[type[T]] = [cls]
    while waiting:
        for each in waiting.pop().__subclasses__():
            if each.__module__.startswith("parlour."):
                waiting.append(each)
                yield each


def _sentence(text: str | None) -> str:
    """A docstring's first paragraph as one line."""
    return " ".join((text or "").partition("\n\n")[0].split())


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


if __name__ == "__main__":
    for page in PAGES:
        (DOCS / page).write_text(written(page))
