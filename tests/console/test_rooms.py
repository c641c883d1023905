"""Imports of the console point one way, as its README says."""

import re
from pathlib import Path

import pytest

from tests.support.console import CONSOLE

SOURCES = CONSOLE / "src"

# The folders that each folder may import besides itself.
ALLOWED: dict[str, tuple[str, ...]] = {
    "api": (),
    "text": (),
    "state": ("api", "text"),
    "components": ("api", "state", "text"),
    "views": ("api", "state", "text", "components"),
    "worker": ("api", "state"),
}

_IMPORTED = re.compile(r"""(?:from|import)\s*\(?\s*"(\.[^"]+)\"""")

# Those of a module that is loaded at once, without those of its types.
_LOADED = re.compile(r'^(?:import|export) (?!type\b)(?:[^;"]*? from )?"(\.[^"]+)"', re.MULTILINE)


def forbidden(source: str, path: Path) -> list[str]:
    """What a file imports and may not."""
    room, *_ = path.relative_to(SOURCES).parts
    found = []
    for name in _IMPORTED.findall(source):
        target, *_ = (path.parent / name).resolve().relative_to(SOURCES).parts
        if target not in (room, *ALLOWED[room]):
            found.append(name)
    return found


@pytest.mark.parametrize("room", ALLOWED)
def test_a_folder_imports_only_what_it_may(room: str) -> None:
    files = sorted((SOURCES / room).rglob("*.ts*"))
    assert files
    assert {str(path): wrong for path in files if (wrong := forbidden(path.read_text(), path))} == {}


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Such as what waits to be sent, which knows nothing of what sends it. Types may point back."""
    waiting = {path: imports(path) for path in SOURCES.rglob("*.ts*") if path.suffix in (".ts", ".tsx")}
    assert SOURCES / "state" / "outbox.ts" in waiting[SOURCES / "state" / "delivery.ts"]
    # What imports nothing that is left is in no circle.
    while free := {path for path, targets in waiting.items() if not targets & waiting.keys()}:
        waiting = {path: targets for path, targets in waiting.items() if path not in free}

    assert sorted(str(path.relative_to(SOURCES)) for path in waiting) == []


def imports(path: Path) -> set[Path]:
    """The modules that a module imports when it is loaded."""
    names = _LOADED.findall(path.read_text())
    targets = [(path.parent / name).resolve() for name in names]
    return {Path(f"{target}{end}") for target in targets for end in (".ts", ".tsx", "/index.ts")}


def test_every_folder_has_its_rule() -> None:
    assert {path.name for path in SOURCES.iterdir() if path.is_dir()} == {*ALLOWED, "styles"}


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("state/pane.ts", 'import { Row } from "../views/messages/Row"'),
        ("components/Menu.tsx", 'const { Me } = await import("../views/later")'),
        ("views/messages/Row.tsx", 'import type { Job } from "../../worker/sw"'),
        ("text/times.ts", 'import "../state/clock"'),
    ],
)
def test_an_import_that_points_back_is_found(file: str, source: str) -> None:
    assert len(forbidden(source, SOURCES / file)) == 1
