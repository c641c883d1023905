"""A started server against its own OpenAPI document, by a tool that knows nothing else of it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Store
from tests.support.served import Served, served

ROOT = Path(__file__).parents[2]
TOOL = Path(sys.executable).parent / "schemathesis"

# Enough that every operation is tried in every way the tool knows; more take minutes.
EXAMPLES = 3

# Other addresses and verbs of operations that are tried without them.
REPEATED = "^(/authenticate|/session-to-token)"


@pytest.mark.parametrize("caller", ["ada@demo.example", ""])
def test_the_document_says_what_the_server_does(sqlite_store: Store, caller: str) -> None:
    # Throttles would answer most of it, and cookies would end with the first call that signs out.
    with served(sqlite_store.data_dir, "--demo", settings={"throttles": "off", "token_cookies": "off"}) as server:
        ran = tried(server, caller)

    said = re.search(r"(\d+) generated, (\d+) passed", ran.stdout)
    assert ran.returncode == 0, ran.stdout
    assert said is not None and said[1] == said[2] and int(said[1]) > 50


def tried(server: Served, caller: str) -> "subprocess.CompletedProcess[str]":
    """What the tool says, with `caller` signed in all the time, or with nobody."""
    options = ["--max-examples", str(EXAMPLES), "--exclude-path-regex", REPEATED]
    if not caller:
        # Most of what nobody may do is refused before it is looked at.
        options += ["--phases", "fuzzing"]
    else:
        status, told = server.call("POST", "/auth/credentials", {"userName": caller, "password": "parlour-demo"})
        assert status == 200
        options += ["--header", f"Authorization: Bearer {told['bearerToken']}", "--exclude-path", "/auth/logout"]
        options += ["--phases", "coverage,fuzzing"]
    config = str(Path(__file__).with_name("schemathesis.toml"))
    command = [str(TOOL), "--config-file", config, "run", f"{server.url}/openapi.json", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
