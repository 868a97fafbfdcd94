"""A server that gives every request the same answer, on a Unix socket or on a port of the loopback."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def answering(
    body: bytes | None, *, at: Path | None = None, status: str = "200 OK", tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """The server's address. ``body`` None: it takes requests and says nothing."""
    listener = socket.socket(socket.AF_UNIX if at else socket.AF_INET)
    listener.bind(str(at) if at else ("127.0.0.1", 0))
    listener.listen()
    open_ones: list[socket.socket] = []
    server = threading.Thread(target=_serve, args=(listener, body, status, tls, open_ones), daemon=True)
    server.start()
    try:
        yield f"unix://{at}" if at else "tcp://{}:{}".format(*listener.getsockname())
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        server.join(5)  # it may just be taking a call
        listener.close()
        for connection in open_ones:
            connection.close()


def _serve(
    listener: socket.socket, body: bytes | None, status: str, tls: ssl.SSLContext | None, open_ones: list[socket.socket]
) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        open_ones.append(connection)
        if body is not None:
            with contextlib.suppress(OSError):
                _answer(tls.wrap_socket(connection, server_side=True) if tls else connection, body, status)


def _answer(connection: socket.socket, body: bytes, status: str) -> None:
    with connection:
        if not connection.recv(65536):
            return
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        connection.sendall(head.encode() + b"Connection: close\r\n\r\n" + body)
