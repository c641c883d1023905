"""Builds the console for a wheel, which contains it. hatchling calls this; see `pyproject.toml`.

With `WITHOUT_CONSOLE=1` in the environment the wheel has no console, for machines that do not reach a registry of npm.
"""

import os
import subprocess
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ConsoleHook(BuildHookInterface[Any]):
    """Runs `tools.console` before files are collected. A clone that is installed in place is built by scripts/serve."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable" and not os.environ.get("WITHOUT_CONSOLE"):
            subprocess.run([sys.executable, "-m", "tools.console"], cwd=self.root, check=True)
