"""What stands in for a service: answers on the ports that are its arguments ("80/tcp 53/udp"), with its own name.

Runs in a container of the lab image, where python3-minimal is all there is: plain sockets, as the image's own server
(engines/inside/serve.py). A port that is taken in a shared network namespace is left to whoever has it.
"""

import _socket as socket
import _thread
import sys


def listening(kind: int, port: int) -> socket.socket:
    """A socket at all addresses, of both families where there are both."""
    try:
        server = socket.socket(socket.AF_INET6, kind)
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    except OSError:
        server = socket.socket(socket.AF_INET, kind)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("", port))
    return server


def line(peer: tuple[str, int]) -> bytes:
    """Who answers, and whom it sees."""
    return f"{socket.gethostname()} sees {peer[0].removeprefix('::ffff:')}\n".encode()


def answer(descriptor: int, peer: tuple[str, int]) -> None:
    """One request, one answer: HTTP, because that is what is asked with."""
    connection = socket.socket(fileno=descriptor)
    try:
        connection.recv(8192)
        body = line(peer)
        connection.sendall(
            b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
    except OSError:
        pass  # whoever asked has gone
    finally:
        connection.close()


def serve_tcp(server: socket.socket) -> None:
    """Answer for ever."""
    while True:
        _thread.start_new_thread(answer, server._accept())  # type: ignore[attr-defined]


def serve_udp(server: socket.socket) -> None:
    """The same, one datagram for one."""
    while True:
        _, peer = server.recvfrom(8192)
        server.sendto(line(peer), peer)


def main(ports: list[str]) -> None:
    """Listen on all first, so that who sees the last one listening need not wait for the others."""
    served = []
    for port in ports:
        number, _, protocol = port.partition("/")
        udp = protocol == "udp"
        try:
            server = listening(socket.SOCK_DGRAM if udp else socket.SOCK_STREAM, int(number))
            if not udp:
                server.listen(64)
            served.append((serve_udp if udp else serve_tcp, server))
        except OSError as error:
            print(f"port {port}: {error.strerror}", flush=True)
    for serve, server in served:
        _thread.start_new_thread(serve, (server,))
    forever = _thread.allocate_lock()
    forever.acquire()
    forever.acquire()


if __name__ == "__main__":
    main(sys.argv[1:])
