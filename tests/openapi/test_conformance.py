"""Checks a started server against its own OpenAPI document, with a tool that knows only this document."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Store
from tests.support.served import Served, served

ROOT = Path(__file__).parents[2]
TOOL = Path(sys.executable).parent / "schemathesis"

# Enough to try every operation in every way of the tool; more take minutes.
EXAMPLES = 3

# Other paths and verbs of operations that are tried already.
REPEATED = "^(/authenticate|/session-to-token)"


@pytest.mark.parametrize("caller", ["ada@demo.example", ""])
def test_the_document_says_what_the_server_does(sqlite_store: Store, caller: str) -> None:
    # Throttles would refuse most requests, and cookies would end with the first sign-out.
    with served(sqlite_store.data_dir, "--demo", settings={"throttles": "off", "token_cookies": "off"}) as server:
        ran = tried(server, caller)

    said = re.search(r"(\d+) generated, (\d+) passed", ran.stdout)
    assert ran.returncode == 0, ran.stdout
    assert said is not None and said[1] == said[2] and int(said[1]) > 50


def tried(server: Served, caller: str) -> "subprocess.CompletedProcess[str]":
    """The tool's report, with `caller` always signed in, or anonymous."""
    options = ["--max-examples", str(EXAMPLES), "--exclude-path-regex", REPEATED]
    if not caller:
        # Most anonymous requests are refused before they are read.
        options += ["--phases", "fuzzing"]
    else:
        status, told = server.call("POST", "/auth/credentials", {"userName": caller, "password": "parlour-demo"})
        assert status == 200
        options += ["--header", f"Authorization: Bearer {told['bearerToken']}", "--exclude-path", "/auth/logout"]
        options += ["--phases", "coverage,fuzzing"]
    config = str(Path(__file__).with_name("schemathesis.toml"))
    command = [str(TOOL), "--config-file", config, "run", f"{server.url}/openapi.json", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
