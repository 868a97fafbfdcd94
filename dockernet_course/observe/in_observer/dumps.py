"""Inlined into scripts that run in the observer: ask the kernel by netlink."""

import _socket
import struct

NLMSG_ERROR, NLMSG_DONE = 2, 3
DUMP = 0x301  # NLM_F_REQUEST, NLM_F_DUMP
BUFFER = 32768  # the kernel's largest dump message; a larger buffer is mapped anew each time, which costs more


# A request with NLM_F_REQUEST (1) gets one message; with NLM_F_DUMP (0x300), too, one for each object, and NLMSG_DONE
# (netlink(7)). The kernel fills buffer after buffer: what changes meanwhile may be told as before or as after.
def ask(sock: _socket.socket, kind: int, body: bytes, flags: int = 1) -> list[bytes]:
    """Send one request; the answer's messages (with the flags of a dump, all of them)."""
    sock.send(struct.pack("IHHII", 16 + len(body), kind, flags, 1, 0) + body)
    answer: list[bytes] = []
    while True:
        data, at = sock.recv(BUFFER), 0
        while at < len(data):
            length, kind = struct.unpack_from("IH", data, at)
            if kind == NLMSG_ERROR:
                raise OSError(-struct.unpack_from("i", data, at + 16)[0], "netlink")
            if kind == NLMSG_DONE:
                return answer
            answer.append(data[at : at + length])
            at += (length + 3) & ~3
        if flags == 1:
            return answer
