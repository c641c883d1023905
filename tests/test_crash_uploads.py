"""A server killed at any moment loses no acknowledged file, and leaves nothing that `parlour check` complains about."""

import asyncio
import json
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from threading import Semaphore

import pytest

from parlour.app import blobs
from parlour.config import Settings
from parlour.services.upkeep import missing_files
from parlour.store.attachment_checks import attachment_differences
from parlour.store.database import open_database
from tests.conftest import Store
from tests.support.file_house import FORM, form
from tests.support.served import basic, served

CALLER = basic("ben@demo.example:parlour-demo")
SENDERS = 3

# A server is killed after at most this many acknowledged files, drawn each time.
MOST_ANSWERS = 12


class Sender:
    """Uploads files of random bytes until the server is gone. `kept` are the acknowledged ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.kept: dict[str, bytes] = {}

    def send(self, port: int, answered: Semaphore) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Authorization": CALLER, "Accept": "application/json", "Content-Type": FORM["Content_Type"]}
        # The server is killed, so the connection breaks somewhere.
        with suppress(OSError, HTTPException):
            while True:
                # Some bytes are sent by several senders.
                content = self._random.randrange(40).to_bytes(1) * self._random.randrange(1, 100_000)
                connection.request("POST", "/v1/Attachment", form(content, "a.bin"), headers)
                answer = connection.getresponse()
                attachment = json.loads(answer.read())["attachment"]
                self.kept[attachment["attachmentId"]] = content
                answered.release()
        connection.close()


def killed_under_load(process: "subprocess.Popen[str]", url: str, senders: list[Sender], *, answers: int) -> None:
    answered = Semaphore(0)
    with ThreadPoolExecutor(len(senders)) as pool:
        sending = [pool.submit(sender.send, int(url.rpartition(":")[2]), answered) for sender in senders]
        for _ in range(answers):
            assert answered.acquire(timeout=60), [each.exception(timeout=0) for each in sending]
        process.kill()


@pytest.mark.parametrize("kills", [3, pytest.param(15, marks=pytest.mark.long)])
def test_acknowledged_files_survive_kills(store: Store, kills: int) -> None:
    moments, senders = random.Random(7), [Sender(seed) for seed in range(SENDERS)]
    settings = {"throttles": "off", "database_url": store.url, "secret_key": "k" * 32}
    for _ in range(kills):
        with served(store.data_dir, "--demo", settings=settings) as server:
            killed_under_load(server.process, server.url, senders, answers=moments.randrange(1, MOST_ANSWERS))
    kept = {attachment_id: content for sender in senders for attachment_id, content in sender.kept.items()}

    with served(store.data_dir, settings=settings) as server:
        connection = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=60)
        for attachment_id, content in kept.items():
            connection.request("GET", f"/v1/Attachment/{attachment_id}/Content", headers={"Authorization": CALLER})
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, content)
        connection.close()

    assert len(kept) >= kills
    database = open_database(store.url, store.data_dir, migrate=False)
    missing = asyncio.run(missing_files(database, blobs(Settings(data_dir=store.data_dir))))
    assert [*database.run(attachment_differences), *missing] == []
    database.close()
