"""Asks a virus scanner about files, by clamd's protocol (`man 8 clamd`, INSTREAM)."""

import logging
import socket
import struct
from collections.abc import Iterable
from pathlib import Path

# Without an answer for this long the scanner counts as unavailable. Large archives take it many seconds.
SCAN_SECONDS = 120.0
CONNECT_SECONDS = 5.0

# An answer is a line with the name of what was found.
_LONGEST_ANSWER = 4096

_logger = logging.getLogger("parlour.files")


class ScannerUnavailable(Exception):
    """Raised when the scanner cannot be reached, or fails. The file must be checked again later."""


class Scanner:
    """A clamd at `HOST:PORT`, or at the path of a socket."""

    def __init__(self, address: str, *, seconds: float = SCAN_SECONDS) -> None:
        self._address = address
        self._seconds = seconds

    def is_clean(self, pieces: Iterable[bytes]) -> bool:
        """Whether the scanner finds nothing in a file. Raises ScannerUnavailable."""
        try:
            with self._connected() as connection:
                answer = _answer(connection, pieces)
        except OSError as error:
            raise ScannerUnavailable(f"The scanner at {self._address} cannot be used: {error}.") from error
        if answer.endswith(" OK"):
            return True
        if answer.endswith(" FOUND"):
            _logger.warning("the scanner refused a file: %s", answer)
            return False
        if "size limit exceeded" in answer:
            # It would say so again. A file that cannot be checked is not served.
            _logger.error("a file is larger than StreamMaxLength of the scanner, and is refused")
            return False
        raise ScannerUnavailable(f"The scanner at {self._address} answered: {answer or 'nothing'}.")

    def _connected(self) -> socket.socket:
        host, colon, port = self._address.rpartition(":")
        if colon and "/" not in self._address:
            connection = socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS)
        else:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.settimeout(CONNECT_SECONDS)
                connection.connect(str(Path(self._address)))
            except OSError:
                connection.close()
                raise
        connection.settimeout(self._seconds)
        return connection


def _answer(connection: socket.socket, pieces: Iterable[bytes]) -> str:
    try:
        connection.sendall(b"zINSTREAM\0")
        for piece in pieces:
            connection.sendall(struct.pack(">I", len(piece)) + piece)
        connection.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        # It answers, and closes the connection, as soon as a file is too large.
        pass
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
        piece = connection.recv(_LONGEST_ANSWER)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0").decode(errors="replace").strip()
