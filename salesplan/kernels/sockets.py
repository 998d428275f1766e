"""What the processes of a run share about their sockets."""

import socket
import struct

LENGTH, STATUS = struct.Struct(">Q"), struct.Struct(">cQ")
"""What stands before a question, and before an answer (`GOOD` or `BAD`)."""
GOOD, BAD = b"g", b"b"
LONGEST_SOCKET = 100
"""Bytes of a Unix socket's path that every system takes, with room to spare."""


def read_exactly(line: socket.socket, length: int) -> bytes:
    """Read so many bytes.

    Raises
    ------
    ConnectionError
        The other side ended before.
    """
    found = bytearray()
    while len(found) < length:
        chunk = line.recv(min(1 << 20, length - len(found)))
        if not chunk:
            raise ConnectionError("the other side ended in the middle of a message")
        found += chunk
    return bytes(found)
