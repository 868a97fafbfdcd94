"""What the walker printed, taken apart. Pure."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from dockernet_course.errors import ObserveError
from dockernet_course.experiments.walk.frames import CapturedFrame

__all__ = ["WalkRecording", "parse"]

_RECORD = struct.Struct("=BBBQI")
_FRAME, _NETLINK, _NFT, _IPTABLES, _ENDED, _TROUBLE, _TIMES, _LOST, _BEFORE, _AFTER = range(1, 11)
_OUTGOING, _IPV6 = 4, 6  # PACKET_OUTGOING, packet(7)


@dataclass(frozen=True)
class WalkRecording:
    """Everything that was recorded: ``messages`` of nfnetlink and the rules' texts with the space they are from.

    ``times`` in ns: when the walker began, was armed, had heard the last, was done. ``lost`` are the spaces where the
    kernel spoke faster than the walker listened. ``legacy`` is what ``iptables-legacy-save -c`` printed before the
    packet was sent and after, in the spaces where iptables-legacy has tables.
    """

    frames: tuple[CapturedFrame, ...]
    messages: tuple[tuple[str, bytes], ...]
    nft: dict[str, str]
    iptables: dict[str, str]
    printed: str
    exit_code: int
    troubles: dict[str, str]
    times: tuple[int, ...]
    lost: tuple[str, ...] = ()
    legacy: dict[str, tuple[str, str]] = field(default_factory=dict)


def parse(output: bytes, places: tuple[str, ...]) -> WalkRecording:
    """The recording; ``places`` are the names of the namespaces. Frames are in the order of the kernel's stamps.

    Raises ObserveError when nothing was sent, as the guard could not be set up.
    """
    records = [(kind, places[space], packet, at, data) for kind, space, packet, at, data in _records(output)]
    frames = [_frame(space, packet, at, data) for kind, space, packet, at, data in records if kind == _FRAME]
    texts: dict[int, dict[str, str]] = {kind: {} for kind in range(_NFT, _AFTER + 1)}
    for kind, space, family, _, data in records:
        if kind in texts:
            texts[kind][space] = texts[kind].get(space, "") + _printed(data, family)
    ended = texts[_ENDED].get(places[0])
    if ended is None:
        raise ObserveError(
            "No packet was sent: the guard that keeps it inside the lab could not be set up.",
            state=texts[_TROUBLE].get(places[0], ""),
            cure="This engine's kernel has no nftables; use the private engine: DOCKERNET_ENGINE=capsule.",
        )
    code, _, printed = ended.partition("\n")
    return WalkRecording(
        frames=tuple(sorted(frames, key=lambda frame: frame.at_ns)),
        messages=tuple((space, data) for kind, space, _, _, data in records if kind == _NETLINK),
        nft=texts[_NFT],
        iptables=texts[_IPTABLES],
        printed=printed,
        exit_code=int(code),
        troubles=texts[_TROUBLE],
        lost=tuple(dict.fromkeys(space for kind, space, *_ in records if kind == _LOST)),
        legacy={space: (text, texts[_AFTER].get(space, "")) for space, text in texts[_BEFORE].items()},
        times=next((struct.unpack("=4Q", d) for k, _, _, _, d in records if k == _TIMES), ()),
    )


def _records(output: bytes) -> Iterator[tuple[int, int, int, int, bytes]]:
    at = 0
    while at + _RECORD.size <= len(output):
        kind, space, packet, at_ns, length = _RECORD.unpack_from(output, at)
        at += _RECORD.size
        yield kind, space, packet, at_ns, output[at : at + length]
        at += length


def _printed(data: bytes, family: int) -> str:
    """What a tool printed; tables of ip6tables by their names in nftables, as the others have the same without."""
    text = data.decode(errors="replace")
    return re.sub(r"^\*", "*ip6 ", text, flags=re.MULTILINE) if family == _IPV6 else text


def _frame(space: str, packet: int, at_ns: int, data: bytes) -> CapturedFrame:
    name, _, content = data.partition(b"\0")
    return CapturedFrame(space, name.decode(), packet == _OUTGOING, at_ns, content)
