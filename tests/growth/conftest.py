"""The server for requests of all sizes, created once for each module."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from parlour.services import passwords
from parlour.store.database import SQLITE_FILE
from tests.growth.world import CHEAP_HASHER, Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Iterator[Server]:
    data_dir = tmp_path_factory.mktemp("growth")
    shutil.copy(_sqlite_template, data_dir / SQLITE_FILE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", CHEAP_HASHER)
        passwords._nobodys_hash.cache_clear()
        made = Server(data_dir)
        yield made
        made.close()
    passwords._nobodys_hash.cache_clear()
