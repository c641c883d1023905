"""The stock JavaScript client of the tus protocol, `tus-js-client` from npm, against a started server."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.node import NPM, run_module
from tests.support.served import Served, basic, served

CALLER = basic("ben@demo.example:parlour-demo")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("tus") / "data", "--demo", settings={"throttles": "off"}) as started:
        yield started


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with the bytes that the client uploads."""
    return tmp_path_factory.mktemp("sent") / "content"


@pytest.fixture(scope="module")
def uploads(server: Served, sent: Path) -> Any:
    return run_module(NPM / "uploading.mjs", SERVER=server.url, CALLER=CALLER, FILE=str(sent))


def content(server: Served, upload: str) -> bytes:
    """The bytes of the attachment of an upload."""
    address = f"{server.url}/v1/Attachment/{upload.rpartition('/')[2]}/Content"
    request = urllib.request.Request(address, headers={"Authorization": CALLER})
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: bytes = answer.read()
    return found


@pytest.mark.parametrize("which", ["resumed", "whole"])
def test_an_upload_arrives_whole(server: Served, uploads: Any, sent: Path, which: str) -> None:
    attachment_id = uploads[which].rpartition("/")[2]
    status, described = server.call("GET", f"/v1/Attachment/{attachment_id}", caller="ben@demo.example:parlour-demo")

    assert content(server, uploads[which]) == sent.read_bytes()
    assert (status, described["attachment"]["fileName"]) == (200, "Plän.bin")
    assert described["attachment"]["mediaType"] == "application/octet-stream"


def test_a_lost_upload_goes_on_where_it_stopped(uploads: Any) -> None:
    assert uploads["firstOffset"] >= 1_000_000


def test_an_upload_that_is_given_up_is_gone(uploads: Any) -> None:
    assert uploads["gone"] == 404


def test_the_client_learns_why_an_upload_is_refused(uploads: Any) -> None:
    assert uploads["refusal"] == 401
    assert "A file may have 104,857,600 bytes on this server." in uploads["tooLarge"]
