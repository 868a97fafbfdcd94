"""All frames of a walk as one file that Wireshark opens. Pure.

pcapng (draft-ietf-opsawg-pcapng): one interface block for each "namespace/interface", stamps in nanoseconds, and the
direction of each frame.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from dockernet_course.experiments.walk.frames import CapturedFrame

__all__ = ["pcapng"]

_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_MAGIC, _ETHERNET, _LENGTH = 0x1A2B3C4D, 1, 0
_NAME, _RESOLUTION, _FLAGS, _END = 2, 9, 2, struct.pack("<I", 0)
_NANOSECONDS, _IN, _OUT = b"\x09", 1, 2


def pcapng(frames: Iterable[CapturedFrame]) -> bytes:
    """The frames as the bytes of one pcapng file."""
    blocks = [_block(_SECTION, struct.pack("<IHHq", _MAGIC, 1, 0, -1))]
    numbers: dict[str, int] = {}
    for frame in frames:
        name = f"{frame.space}/{frame.interface}"
        if name not in numbers:
            numbers[name] = len(numbers)
            options = _option(_NAME, name.encode()) + _option(_RESOLUTION, _NANOSECONDS) + _END
            blocks.append(_block(_INTERFACE, struct.pack("<HHI", _ETHERNET, 0, _LENGTH) + options))
        blocks.append(_packet(frame, numbers[name]))
    return b"".join(blocks)


def _packet(frame: CapturedFrame, number: int) -> bytes:
    size = len(frame.content)
    head = struct.pack("<IIIII", number, frame.at_ns >> 32, frame.at_ns & 0xFFFFFFFF, size, size)
    flags = _option(_FLAGS, struct.pack("<I", _OUT if frame.outgoing else _IN))
    return _block(_PACKET, head + _padded(frame.content) + flags + _END)


def _block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
