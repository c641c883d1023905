"""`docs/architecture.md` tells the truth: its map shows the folders, its files exist, and its recipes work."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import parlour
from tests.support.documents import ROOT, blocks, dead_links

PAGE = ROOT / "docs" / "architecture.md"
SOURCE = Path(parlour.__file__).parent
RECIPES = [block.text for block in blocks(PAGE.read_text()) if block.language == "diff"]

# The files that a copy needs to run the tests of a recipe. Snapshots and recordings are not among it.
COPIED = ("src", "tests", "examples", "tools")


def mapped() -> set[str]:
    """The folders of the map, as paths below `src/parlour`."""
    [map_] = [block.text for block in blocks(PAGE.read_text()) if block.text.startswith("src/parlour/\n")]
    found, above = set(), [""]
    for line in map_.splitlines()[1:]:
        match = re.match(r"( +)([a-z_]+)/ ", line)
        if match is not None:
            depth = len(match[1]) // 4
            above[depth:] = [f"{above[depth - 1]}{match[2]}/"]
            found.add(above[depth])
    return found


BUNDLE = SOURCE / "console" / "dist"
"""What the build of the console writes."""


def test_the_map_shows_every_folder_and_no_other() -> None:
    folders = {
        f"{path.relative_to(SOURCE).as_posix()}/"
        for path in SOURCE.rglob("*")
        if path.is_dir() and path.name != "__pycache__" and not path.is_relative_to(BUNDLE)
    }

    assert mapped() == folders


def test_every_file_and_folder_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`(\w[\w./]*/[\w.]*|\w+\.py)`", PAGE.read_text()))
    places = (ROOT, SOURCE, SOURCE / "engine")

    assert "engine/serving/pipeline.py" in named
    assert [each for each in named if not any((place / each).exists() for place in places)] == []
    assert dead_links(PAGE) == []
    assert "](docs/architecture.md)" in (ROOT / "README.md").read_text()


@pytest.mark.skipif(shutil.which("git") is None, reason="git applies the diffs")
def test_the_recipes_can_be_applied_and_their_tests_pass(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for name in COPIED:
        shutil.copytree(
            ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "snapshots", "node_modules")
        )
    shutil.copy(ROOT / "pyproject.toml", copy)
    for recipe in RECIPES:
        subprocess.run(["git", "apply", "-"], cwd=copy, input=recipe, text=True, check=True)
    tests = re.findall(r"^\+\+\+ b/(tests/.*)$", "\n".join(RECIPES), re.MULTILINE)

    # Its lines are not those of this checkout, so they are not counted as covered.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE_", "COV_", "PYTEST_"))}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-k", "not postgres", "--basetemp", str(tmp_path / "temporary"), *tests],
        cwd=copy,
        env=kept | {"PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy}"},
        capture_output=True,
        text=True,
    )

    assert len(tests) == len(RECIPES) == 3
    # pytest has a status of its own for finding nothing to run.
    assert ended.returncode == 0, ended.stdout + ended.stderr
