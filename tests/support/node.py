"""Installs npm packages once from the lock in `clients/npm`, and runs programs with node."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

NPM = Path(__file__).parents[1] / "clients" / "npm"
MODULES = NPM / "node_modules"

_INSTALLED = MODULES / ".installed"


@cache
def node_modules() -> Path:
    """The folder of the installed packages. Skips the test without node or npm."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    install()
    return MODULES


def install() -> None:
    """Installs the packages of the lock unless they are installed. Waits for another process that installs them."""
    wanted = hashlib.sha256((NPM / "package-lock.json").read_bytes()).hexdigest()
    with (NPM / "package.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if _INSTALLED.exists() and _INSTALLED.read_text() == wanted:
            return
        subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=NPM, check=True, capture_output=True, timeout=300)
        _INSTALLED.write_text(wanted)


def run_module(path: Path, *arguments: str, **variables: str) -> Any:
    """Runs a JavaScript module beside the installed packages, and returns its output, read as JSON.

    `variables` are added to its environment. A failure shows its standard error.
    """
    node_modules()
    ended = subprocess.run(
        ["node", str(path), *arguments],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


if __name__ == "__main__":
    install()
