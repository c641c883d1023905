"""A Parlour in its own process, for tests of a whole server."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PARLOUR = Path(sys.executable).parent / "parlour"


@dataclass(frozen=True)
class Served:
    """A server that accepts connections at `url`. `said` is its output until then."""

    data_dir: Path
    url: str
    said: str
    process: "subprocess.Popen[str]"

    def call(self, method: str, path: str, body: Any = None, *, caller: str = "") -> tuple[int, Any]:
        """The status and JSON of a response. `caller` is `NAME:PASSWORD`."""
        request = urllib.request.Request(self.url + path, method=method, headers={"Accept": "application/json"})
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if caller:
            request.add_header("Authorization", basic(caller))
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read() or "null")


def basic(caller: str) -> str:
    """The Basic header for `NAME:PASSWORD`."""
    return "Basic " + b64encode(caller.encode()).decode()


@contextmanager
def served(
    data_dir: Path,
    *options: str,
    settings: Mapping[str, str] | None = None,
    program: Sequence[str] = (str(PARLOUR),),
) -> Iterator[Served]:
    """Serves from `data_dir` on a free port while the context is entered. `settings` are set in the environment.

    `program` replaces the command `parlour`.
    """
    command = [*program, "serve", "--data-dir", str(data_dir), "--listen", "127.0.0.1:0", *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=data_dir.parent, env=environment(settings or {})
    )
    try:
        yield _listening(process, data_dir)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment, with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")}
    return kept | {f"PARLOUR_{name.upper()}": value for name, value in settings.items()}


def _listening(process: "subprocess.Popen[str]", data_dir: Path) -> Served:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Parlour is serving on "):
            return Served(data_dir, line.split()[-1], said, process)
    raise AssertionError(f"The server ended with status {process.wait()} and said: {said}")


def served_by_uvicorn(process: "subprocess.Popen[str]") -> str:
    """The address of a program that calls `uvicorn.run`, once it accepts connections."""
    assert process.stderr is not None
    for line in process.stderr:
        if "running on" in line:
            return line.split("running on ")[1].split()[0]
    raise AssertionError(f"The program ended with status {process.wait()}.")
