"""Imports point one way: engine <- model <- store <- services <- app, with delivery beside services."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import parlour

ROOT = Path(parlour.__file__).parent

# The parts that each part may import besides itself, as prefixes of module names.
ALLOWED = {
    "engine": (),
    "model": ("engine",),
    "store": ("engine.dto.declare", "engine.dto.generated", "engine.dto.listings", "model"),
    "services": ("engine", "files", "model", "store", "texts", "emoji"),
    "files": (),
    "delivery": ("engine.codecs", "engine.dto.declare", "engine.events", "model", "store"),
    "console": ("engine.dto.errors", "engine.http"),
    "config": ("engine.rules.characters", "texts"),
    "emoji": ("engine.rules.characters",),
    "texts": (),
    # The same rule decides which addresses are one client, for connections, streams and wrong passwords. Beside ASGI's
    # messages, the server offers the engine a shorter way.
    "server": ("engine.http.networks", "engine.http.whole"),
}

# The external libraries that a part may import besides the standard library. Other parts are not limited.
LIBRARIES = {
    "engine": {"brotli", "jinja2", "joserfc", "markupsafe", "msgspec", "python_multipart", "yaml"},
    "model": set[str](),
    "store": {"apsw", "email_validator", "idna", "psycopg"},
    "files": {"PIL", "obstore"},
    "config": set[str](),
    "emoji": set[str](),
    "texts": set[str](),
}

# The rooms of the engine, and what each may import of it besides itself. `engine/__init__.py` puts them together.
_BELOW_SERVING = ("dto", "rules", "http", "templates", "codecs")
ROOMS: dict[str, tuple[str, ...]] = {
    "dto": (),
    "rules": ("dto",),
    "http": ("dto",),
    "templates": (),
    "codecs": ("dto", "http", "templates"),
    "serving": ("dto", "rules", "http", "codecs"),
    "accounts": (*_BELOW_SERVING, "serving"),
    "pages": (*_BELOW_SERVING, "serving"),
    "references": (*_BELOW_SERVING, "serving"),
    "events": (*_BELOW_SERVING, "serving"),
    "resumable": (*_BELOW_SERVING, "serving"),
    "testing": (*_BELOW_SERVING, "serving", "accounts", "pages", "references", "events"),
}

FILES = sorted(ROOT.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(tree: ast.Module, path: Path) -> Iterator[str]:
    """The full names of everything that a file imports, anywhere in it."""
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
        ("files/x.py", "from parlour.store import attachments"),
        ("delivery/x.py", "from parlour.services import invitations"),
        ("server.py", "from parlour.store import database"),
    ],
)
def test_an_import_that_points_back_is_found(file: str, source: str) -> None:
    assert len(forbidden(source, ROOT / file)) == 1


def rooms_behind(source: str, path: Path) -> set[str]:
    """The rooms of the engine that a file imports without permission."""
    room = path.relative_to(ROOT / "engine").parts[0]
    names = (name.split(".") for name in imported(ast.parse(source), path) if name.startswith("parlour.engine."))
    return {parts[2] for parts in names if parts[2] != room} - set(ROOMS[room])


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if part_of(path) == "engine" and path.parent.name != "engine"],
    ids=lambda path: path.relative_to(ROOT / "engine").as_posix(),
)
def test_a_room_of_the_engine_imports_only_what_is_below_it(path: Path) -> None:
    assert rooms_behind(path.read_text(), path) == set()


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("dto/x.py", "from parlour.engine.rules.rule import Rule"),
        ("http/x.py", "from parlour.engine.codecs import Codec"),
        ("codecs/x.py", "from parlour.engine.serving import routes"),
        ("serving/x.py", "from parlour.engine.accounts import jwt"),
        ("pages/x.py", "def late():\n    from parlour.engine import events"),
        ("dto/x.py", "from parlour.engine import Engine"),
    ],
)
def test_an_import_of_a_room_above_is_found(file: str, source: str) -> None:
    assert len(rooms_behind(source, ROOT / "engine" / file)) == 1


def test_every_room_of_the_engine_has_its_rule() -> None:
    assert {path.name for path in (ROOT / "engine").iterdir() if (path / "__init__.py").exists()} == set(ROOMS)


def test_every_part_of_the_package_has_its_rule() -> None:
    free = {"app", "cli", "demo", "__main__", "__init__"}

    assert {part_of(path) for path in FILES} - free <= set(ALLOWED)


def test_one_module_runs_source() -> None:
    calls = {
        path.relative_to(ROOT).as_posix()
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("exec", "eval", "compile")
    }

    assert calls == {"engine/dto/generated.py"}


# Where credentials and a client's address are read from a request. Modules below take these, never the request.
EDGE_OF_ACCOUNTS = {"authentication", "credentials", "issuing", "redirects", "sign_in"}


def test_below_the_edge_of_accounts_nothing_knows_requests() -> None:
    accounts = [path for room in ("accounts", "testing") for path in (ROOT / "engine" / room).glob("*.py")]

    assert {path.stem for path in accounts if "Request" in names_imported_by(path)} == EDGE_OF_ACCOUNTS
    assert not any("Request" in names_imported_by(path) for path in (ROOT / "services").glob("*.py"))


def names_imported_by(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {name.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names}
