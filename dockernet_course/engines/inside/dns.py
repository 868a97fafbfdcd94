"""A name server for a handful of names, of which it is sure; there are no others (RFC 1035). Standard library only."""

from __future__ import annotations

import _thread
import contextlib
import socket
import struct
from collections.abc import Mapping

__all__ = ["answer", "serve"]

Names = Mapping[str, tuple[str, ...]]
"""A name's addresses, of IPv4 and IPv6."""

_KINDS = {1: socket.AF_INET, 28: socket.AF_INET6}  # A, AAAA
_RESPONSE, _AUTHORITATIVE, _RECURSION_WANTED, _RECURSION_THERE, _NO_SUCH_NAME = 0x8000, 0x400, 0x100, 0x80, 3
_SAME_NAME, _INTERNET, _SECONDS = 0xC00C, 1, 60
_MALFORMED = (struct.error, IndexError, UnicodeDecodeError)


def answer(query: bytes, names: Names) -> bytes:
    """The answer to one question. Raises struct.error, IndexError or UnicodeDecodeError if it is none."""
    ident, flags = struct.unpack_from(">HH", query)
    name, end = _name(query)
    kind, _ = struct.unpack_from(">HH", query, end)
    known = names.get(name)
    found = [packed for ip in known or () if (packed := _packed(ip, kind))]
    flags = _RESPONSE | _AUTHORITATIVE | flags & _RECURSION_WANTED | _RECURSION_THERE
    flags |= _NO_SUCH_NAME if known is None else 0
    head = struct.pack(">HHHHHH", ident, flags, 1, len(found), 0, 0)
    records = (struct.pack(">HHHIH", _SAME_NAME, kind, _INTERNET, _SECONDS, len(ip)) + ip for ip in found)
    return head + query[12 : end + 4] + b"".join(records)


def _name(query: bytes) -> tuple[str, int]:
    """The name that is asked for, and where it ends."""
    labels, at = [], 12
    while length := query[at]:
        labels.append(query[at + 1 : at + 1 + length].decode("ascii").lower())
        at += 1 + length
    return ".".join(labels), at + 1


def _packed(ip: str, kind: int) -> bytes:
    """The address's bytes, none if it is not of that kind."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    return socket.inet_pton(family, ip) if _KINDS.get(kind) == family else b""


def serve(address: str, names: Names) -> None:
    """Answer at port 53 of the address, over UDP and TCP, for ever."""
    stream = socket.create_server((address, 53))
    _thread.start_new_thread(_serve_streams, (stream, names))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind((address, 53))
        while True:
            with contextlib.suppress(OSError, *_MALFORMED):
                query, client = datagrams.recvfrom(4096)
                datagrams.sendto(answer(query, names), client)


def _serve_streams(server: socket.socket, names: Names) -> None:
    """One client after the other: each asks one question, and has a second for it."""
    while True:
        with contextlib.suppress(OSError, *_MALFORMED), server.accept()[0] as client:
            client.settimeout(1)
            reply = answer(client.recv(4096)[2:], names)
            client.sendall(struct.pack(">H", len(reply)) + reply)
