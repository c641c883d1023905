"""The virus scanner: a real clamd where it is installed, and a small one that answers as told."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from parlour.files.scanner import Scanner, ScannerUnavailable
from tests.support.small_clamd import EICAR, SmallClamd, eicar_or_not

CLAMD = shutil.which("clamd") or ("/usr/sbin/clamd" if Path("/usr/sbin/clamd").exists() else None)


@pytest.fixture
def small() -> Iterator[SmallClamd]:
    with closing(SmallClamd(eicar_or_not)) as clamd:
        yield clamd


def test_a_clean_file_and_an_infected_one_are_told_apart(small: SmallClamd) -> None:
    scanner = Scanner(small.address)

    assert scanner.is_clean([b"harmless ", b"text"])
    assert scanner.is_clean([])
    assert not scanner.is_clean([EICAR[:30], EICAR[30:]])


def test_a_file_that_the_scanner_does_not_read_is_refused() -> None:
    with closing(SmallClamd(eicar_or_not, most_bytes=100_000)) as clamd:
        assert not Scanner(clamd.address).is_clean([b"x" * 60_000] * 100)


@pytest.mark.parametrize("answer", [b"", b"stream: Heuristics ERROR\0", b"OKAY\0", b"x" * 10_000])
def test_any_other_answer_is_not_one(answer: bytes) -> None:
    with closing(SmallClamd(lambda content: answer)) as clamd, pytest.raises(ScannerUnavailable):
        Scanner(clamd.address).is_clean([b"text"])


def test_a_scanner_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    for nowhere in (address, str(tmp_path / "clamd.ctl")):
        with pytest.raises(ScannerUnavailable, match="cannot be used"):
            Scanner(nowhere).is_clean([b"text"])


def test_a_scanner_that_does_not_answer_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ScannerUnavailable):
        Scanner(f"127.0.0.1:{silent.getsockname()[1]}", seconds=0.05).is_clean([b"text"])


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The path of the socket of a real clamd. It knows one signature, since the real ones are large."""
    if CLAMD is None:
        pytest.skip("clamd is not installed")
    folder = tmp_path_factory.mktemp("clamd")
    # The signature of the file, in the extended format: name, any type, any place, and the bytes.
    (folder / "test.ndb").write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
    path = folder / "clamd.ctl"
    config = folder / "clamd.conf"
    config.write_text(
        f"LocalSocket {path}\nDatabaseDirectory {folder}\nForeground yes\nStreamMaxLength 1M\n"
        f"TemporaryDirectory {folder}\nUser root\n"
    )
    process = subprocess.Popen([CLAMD, "-c", str(config)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        # The last line before it listens.
        assert any(line.startswith("Self checking") for line in process.stdout), "clamd ended."
        yield str(path)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_the_scanner_of_debian_finds_the_test_file(clamd: str) -> None:
    scanner = Scanner(clamd)

    assert scanner.is_clean([b"harmless ", b"text"])
    assert not scanner.is_clean([EICAR])
    assert not scanner.is_clean([b"x" * 500_000] * 5)
