"""The scripts that set everything up: their requirements, and what they install and when.

They run on a copy of their files, with a fake Python that records how it is called.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COVERAGE = "--cov --cov-report=term:skip-covered"
TOOLS = ("sh", "cat", "cksum", "cp", "date", "dirname", "mkdir", "rm")

# Does what the scripts need of Python: reports its version and venv, creates a folder, records other calls.
PYTHON = """#!/bin/sh
case "$*" in
*version_info*) exit {is_old} ;;
*ensurepip*) exit {lacks_venv} ;;
*"-m venv"*) for folder; do :; done; mkdir -p "$folder/bin"; cp "$0" "$folder/bin/python"
    printf '#!/bin/sh\\necho parlour "$@"\\n' >"$folder/bin/parlour"; cp "$0" "$folder/bin/pip"
    exec chmod +x "$folder/bin/parlour" ;;
*"pip install"*) echo "$*" >>"{log}"; exit {cannot_install} ;;
*"-m tools.console"*) echo "$PWD" >>built.log; exit {cannot_build} ;;
esac
"""


@dataclass(frozen=True)
class Checkout:
    """A copy of the scripts and locks, and a PATH with only a few tools."""

    root: Path
    tools: Path

    def give_python(
        self,
        name: str = "python3",
        *,
        is_old: bool = False,
        lacks_venv: bool = False,
        cannot_install: bool = False,
        cannot_build: bool = False,
    ) -> None:
        python = self.tools / name
        python.write_text(
            PYTHON.format(
                is_old=int(is_old),
                lacks_venv=int(lacks_venv),
                cannot_install=int(cannot_install),
                cannot_build=int(cannot_build),
                log=self.log,
            )
        )
        python.chmod(0o755)

    def test(self, *options: str, **variables: str) -> list[str]:
        """How pytest is called by `scripts/test`."""
        return self.ran_tests(*options, **variables)[0]

    def ran_tests(self, *options: str, **variables: str) -> tuple[list[str], str]:
        """How pytest is called by `scripts/test`, and what that prints."""
        self.give_python()
        for name in ("scripts/test", "requirements-test.lock"):
            shutil.copy(ROOT / name, self.root / name)
        folder = self.root / ".test" / "venv" / "bin"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pytest").write_text(f'#!/bin/sh\necho "$*" >>"{self.root}/tested.log"\n')
        (folder / "pytest").chmod(0o755)
        ran = [str(self.root / "scripts" / "test"), *options]
        ended = subprocess.run(
            ran, env={"PATH": str(self.tools)} | variables, check=True, capture_output=True, text=True
        )
        log = self.root / "tested.log"
        calls = log.read_text().splitlines()
        log.unlink()
        return calls, ended.stdout

    def serve(self, *options: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.root / "scripts" / "serve", *options],
            cwd=self.tools,
            env={"PATH": str(self.tools)},
            capture_output=True,
            text=True,
        )

    @property
    def log(self) -> Path:
        return self.root / "installed.log"

    @property
    def installed(self) -> list[str]:
        """The calls of pip since the last check."""
        calls = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return calls


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root, tools = tmp_path / "a clone", tmp_path / "tools"
    (root / "scripts").mkdir(parents=True)
    tools.mkdir()
    for name in ("scripts/serve", "scripts/environment", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, root / name)
    for tool in (*TOOLS, "chmod"):
        found = shutil.which(tool)
        assert found is not None
        (tools / tool).symlink_to(found)
    return Checkout(root, tools)


def test_without_a_python_the_script_says_which_it_needs(checkout: Checkout) -> None:
    none = checkout.serve()
    checkout.give_python(is_old=True)
    old = checkout.serve()

    for refused in (none, old):
        assert refused.returncode == 1
        assert refused.stdout == ""
        assert refused.stderr.splitlines()[-1] == ("Parlour needs Python 3.11 or newer, and none was found as python3.")


def test_without_venv_the_script_says_what_to_install(checkout: Checkout) -> None:
    checkout.give_python("python3.12", lacks_venv=True)
    refused = checkout.serve()

    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == (
        "Parlour needs the venv and pip modules of python3.12 (on Debian and Ubuntu: apt install python3.12-venv)."
    )


def test_the_newest_suitable_python_is_used(checkout: Checkout) -> None:
    checkout.give_python("python3", is_old=True)
    checkout.give_python("python3.13", lacks_venv=True)
    checkout.give_python("python3.12")

    assert checkout.serve().returncode == 0


def test_the_first_start_installs_what_the_lock_names_and_serves_with_the_options_given(checkout: Checkout) -> None:
    checkout.give_python()
    started = checkout.serve("--data-dir", "my data", "--demo")

    locked, own = checkout.installed
    assert started.returncode == 0
    assert started.stdout == "parlour serve --data-dir my data --demo\n"
    assert "--require-hashes" in locked
    assert locked.endswith(f"-r {checkout.root}/requirements.lock")
    assert own.endswith(f"--no-deps --no-build-isolation --editable {checkout.root}")


def test_a_second_start_installs_nothing_until_the_lock_or_the_place_changes(checkout: Checkout) -> None:
    checkout.give_python()
    checkout.serve()
    assert checkout.installed

    second = checkout.serve()
    assert (second.stdout, second.stderr, checkout.installed) == ("parlour serve\n", "", [])

    with (checkout.root / "requirements.lock").open("a") as lock:
        lock.write("# another\n")
    checkout.serve()
    assert checkout.installed

    moved = Checkout(checkout.root.rename(checkout.root.with_name("moved")), checkout.tools)
    moved.serve()
    assert moved.serve().stderr == ""


def test_a_failed_installation_is_repeated(checkout: Checkout) -> None:
    checkout.give_python(cannot_install=True)
    failed = checkout.serve()
    assert (failed.returncode, failed.stdout) == (1, "")
    assert checkout.installed

    shutil.rmtree(checkout.root / ".venv")
    checkout.give_python()

    assert checkout.serve().stdout == "parlour serve\n"
    assert checkout.installed


@pytest.mark.parametrize("cannot_build", [False, True])
def test_the_console_is_built_before_each_start_and_a_failure_stops_nothing(
    checkout: Checkout, cannot_build: bool
) -> None:
    checkout.give_python(cannot_build=cannot_build)
    first, second = checkout.serve(), checkout.serve("--demo")

    assert (first.stdout, second.stdout) == ("parlour serve\n", "parlour serve --demo\n")
    assert (checkout.root / "built.log").read_text().splitlines() == [str(checkout.root)] * 2


@pytest.mark.parametrize("name", ["serve", "test", "docs", "golden", "bench"])
def test_every_script_can_be_run_and_says_what_it_does(name: str) -> None:
    script = ROOT / "scripts" / name
    first, second, *_ = script.read_text().splitlines()

    assert os.access(script, os.X_OK)
    assert first == "#!/bin/sh"
    assert second.startswith("# ")
    subprocess.run(["sh", "-n", script], check=True)


def test_long_gates_are_run_only_when_asked_for(checkout: Checkout) -> None:
    usual = checkout.test("tests", "fuzzing")
    more = checkout.test("--long", "tests", "fuzzing", "long")

    assert len(usual) == 2
    assert more == [usual[0], f"{usual[1]} {COVERAGE}", "-m long"]


def test_coverage_is_measured_in_continuous_integration_too(checkout: Checkout) -> None:
    [usual], [measured] = checkout.test("tests"), checkout.test("tests", CI="true")

    assert measured == f"{usual} {COVERAGE}"


def test_the_slowest_tests_are_listed_and_what_each_gate_took(checkout: Checkout) -> None:
    [call], printed = checkout.ran_tests("tests")

    assert "--durations=10" in call
    assert re.search(r"^Took: tests \d+s\.\nAll gates passed\.$", printed, re.MULTILINE)


def test_continuous_integration_runs_the_test_command_of_the_readme() -> None:
    run = (ROOT / ".ci" / "run").read_text()

    assert "\nexport CI=true\n" in run
    assert "\nscripts/test </dev/null\n" in run
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
