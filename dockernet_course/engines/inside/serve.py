"""The lab image's default command: a tiny HTTP server that says who answered, and whom it saw asking.

On plain sockets, because python3-minimal has no http module; on what is below ``socket``, ``threading`` and ``signal``,
because each container has one: so it takes 3 MB and not 8. SERVE_PORT chooses another port than 80, SERVE_ADDRESS one
IPv4 address to listen at instead of all.
"""

import _signal  # type: ignore[import-not-found]
import _socket as socket
import _thread
import os
import sys


def answer(descriptor: int, peer: tuple[str, int]) -> None:
    """One request, one answer of one line, on IPv4 and IPv6 alike (an IPv4 client is shown as such)."""
    connection = socket.socket(fileno=descriptor)
    try:
        request = connection.recv(8192)
        client = peer[0].removeprefix("::ffff:")
        body = f"{socket.gethostname()} sees {client}\n".encode()
        head = f"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        connection.sendall(head if request.startswith(b"HEAD ") else head + body)
    except OSError:
        pass  # whoever asked has gone
    finally:
        connection.close()


def unbound(address: str) -> socket.socket:
    """A socket for both families; for IPv4 alone where there is no IPv6, or where one address is wanted."""
    if not address:
        try:
            server = socket.socket(socket.AF_INET6)
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            return server
        except OSError:
            pass
    return socket.socket(socket.AF_INET)


def listening(address: str, port: int) -> socket.socket:
    """A listening socket at an IPv4 address, or at all addresses."""
    server = unbound(address)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((address, port))
    except OSError as error:
        sys.exit(f"serve: port {port}: {error.strerror}")
    server.listen(64)
    return server


def main() -> None:
    """Serve until told to stop; as first process of a container, it has to ask for SIGTERM's usual effect."""
    _signal.signal(_signal.SIGTERM, lambda *_: os._exit(0))
    port = int(os.environ.get("SERVE_PORT", "80"))
    server = listening(os.environ.get("SERVE_ADDRESS", ""), port)
    print(f"{socket.gethostname()} serves port {port}", flush=True)
    while True:
        _thread.start_new_thread(answer, server._accept())  # type: ignore[attr-defined]


main()
