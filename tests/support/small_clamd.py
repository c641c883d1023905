"""A small scanner that speaks clamd's protocol, and the file that all scanners find."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

# The harmless file that all scanners find, in two parts, so that no scanner finds it here.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class SmallClamd:
    """Speaks INSTREAM on a port, or on a free one. `answer` makes the answer to the bytes of a file."""

    def __init__(self, answer: Callable[[bytes], bytes], *, most_bytes: int = 1_000_000, port: int = 0) -> None:
        self._answer = answer
        self._most_bytes = most_bytes
        self._listening = socket.create_server(("127.0.0.1", port))
        self.port = self._listening.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        # Wakes the thread that accepts.
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                with connection, suppress(OSError):
                    connection.sendall(self._reply(connection))

    def _reply(self, connection: socket.socket) -> bytes:
        reading = connection.makefile("rb")
        if reading.read(10) != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND\0"
        content = b""
        while length := struct.unpack(">I", reading.read(4))[0]:
            content += reading.read(length)
            if len(content) > self._most_bytes:
                return b"INSTREAM size limit exceeded. ERROR\0"
        return self._answer(content)


def eicar_or_not(content: bytes) -> bytes:
    return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
