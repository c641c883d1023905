"""Runs the examples as a newcomer does."""

import json
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents import ROOT
from tests.support.served import served_by_uvicorn

Start = Callable[..., str]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `python ...` in the folder of the examples, on a free port, and returns the address."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    for file in (tmp_path / "examples").rglob("*.py"):
        file.write_text(file.read_text().replace("port=8080", "port=0"))
    started: list[subprocess.Popen[str]] = []

    def starting(*arguments: str) -> str:
        process = subprocess.Popen([sys.executable, *arguments], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return served_by_uvicorn(process)

    yield starting
    for process in started:
        process.terminate()
        process.communicate(timeout=60)


def call(url: str, method: str = "GET", body: Any = None, *, caller: str = "") -> tuple[int, str]:
    request = urllib.request.Request(url, method=method, headers={"Accept": "application/json"})
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    if caller:
        request.add_header("Authorization", f"Basic {b64encode(f'{caller}:correct horse'.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_hello_greets_in_every_format_and_shows_its_page(start: Start) -> None:
    url = start("examples/hello.py")

    assert call(f"{url}/hello/Ann") == (200, '{"result":"Hello, Ann!"}')
    assert call(f"{url}/hello.csv?name=Ann") == (200, 'Result\r\n"Hello, Ann!"\r\n')
    assert "Greets somebody." in call(f"{url}/metadata?op=Hello")[1]
    assert "/hello/{Name}" in json.loads(call(f"{url}/openapi.json")[1])["paths"]


def test_tasks_are_added_finished_and_deleted_by_permitted_users(start: Start) -> None:
    url = start("examples/tasks.py")

    added = json.loads(call(f"{url}/tasks", "POST", {"title": "Water the plants"}, caller="ben")[1])
    at = f"{url}/tasks/{added['taskId']}"
    assert call(f"{url}/tasks", "POST", {"title": " "}, caller="ben")[0] == 400
    assert json.loads(call(at, "PUT", caller="ben")[1]) == added | {"isDone": True}
    assert json.loads(call(f"{url}/tasks?isDone=true", caller="ben")[1]) == [added | {"isDone": True}]
    assert [call(at, "DELETE", caller=caller)[0] for caller in ("", "ben", "ann", "ann")] == [401, 403, 204, 404]
    assert call(f"{url}/tasks?isDone=true", caller="ben") == (200, "[]")


def test_subscribers_hear_each_successful_change_until_they_sign_out(start: Start) -> None:
    url = start("examples/tasks.py")
    cookies = urllib.request.HTTPCookieProcessor()
    client = urllib.request.build_opener(cookies)
    signing_in = json.dumps({"userName": "ann", "password": "correct horse"}).encode()
    client.open(urllib.request.Request(f"{url}/auth/credentials", signing_in, {"Content-Type": "application/json"}))

    with client.open(f"{url}/event-stream?channels=tasks", timeout=60) as stream:
        call(f"{url}/tasks", "POST", {"title": ""}, caller="ben")
        told = call(f"{url}/tasks", "POST", {"title": "Sweep"}, caller="ben")[1]
        lines = (line.decode().partition(" ") for line in stream if line.startswith(b"data: "))
        news = ((selector, rest) for _, _, line in lines for selector, _, rest in [line.partition(" ")])
        assert next(rest for selector, rest in news if "cmd.on" not in selector) == f"{told}\n"
        client.open(urllib.request.Request(f"{url}/auth/logout", b"")).close()
        assert stream.read() == b"\n"


@pytest.mark.parametrize(("host", "status"), [([], 200), (["auth"], 401)])
def test_the_hosts_of_the_recordings_can_be_tried_by_hand(host: list[str], status: int, start: Start) -> None:
    url = start("-m", "examples.stubs", *host)

    assert call(f"{url}/v1/Chat")[0] == status
