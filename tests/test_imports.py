"""Imports point one way: engine <- model <- store <- services <- app, with delivery beside services."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import parlour

ROOT = Path(parlour.__file__).parent

# What each part may import of ours besides itself, as prefixes of module names.
ALLOWED = {
    "engine": (),
    "model": ("engine",),
    "store": ("engine.dto.declare", "engine.dto.listings", "model"),
    "services": ("engine", "model", "store", "texts"),
    "delivery": ("engine.codecs", "engine.events", "model", "store"),
    "console": (),
    "config": ("engine.rules.characters", "texts"),
    "texts": (),
    "server": (),
}

# What each part may import of others; the standard library always. The rest of the program is not limited.
LIBRARIES = {
    "engine": {"brotli", "jinja2", "joserfc", "markupsafe", "msgspec", "python_multipart", "yaml"},
    "model": set[str](),
    "store": {"apsw", "email_validator", "idna", "psycopg", "psycopg_pool"},
    "config": set[str](),
    "texts": set[str](),
}

FILES = sorted(ROOT.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(tree: ast.Module, path: Path) -> Iterator[str]:
    """The full names of all modules and things that a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def forbidden(source: str, path: Path) -> list[str]:
    part = part_of(path)
    wrong = []
    for name in imported(ast.parse(source), path):
        top, _, rest = name.partition(".")
        if top == "parlour":
            if part in ALLOWED and rest not in ("", "__version__") and not is_within(rest, (part, *ALLOWED[part])):
                wrong.append(name)
        elif part in LIBRARIES and top not in sys.stdlib_module_names and top not in LIBRARIES[part]:
            wrong.append(name)
    return wrong


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_imports_only_what_its_part_may(path: Path) -> None:
    assert forbidden(path.read_text(), path) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("engine/x.py", "from parlour.services import chats"),
        ("engine/x.py", "import parlour.store.database"),
        ("engine/x.py", "from parlour import store"),
        ("engine/x.py", "def late():\n    import uvicorn"),
        ("model/x.py", "from parlour.store.database import Transaction"),
        ("store/x.py", "from parlour.services.access import chat_of"),
        ("store/x.py", "from parlour.engine.http.messages import Request"),
        ("services/x.py", "from parlour.delivery import mail"),
        ("services/x.py", "from parlour.app import build"),
        ("delivery/x.py", "from parlour.services import invitations"),
        ("server.py", "from parlour.store import database"),
    ],
)
def test_an_import_that_points_back_is_found(file: str, source: str) -> None:
    assert len(forbidden(source, ROOT / file)) == 1


def test_every_part_of_the_package_has_its_rule() -> None:
    free = {"app", "cli", "demo", "__main__", "__init__"}

    assert {part_of(path) for path in FILES} - free <= set(ALLOWED)
