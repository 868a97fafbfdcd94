"""Keep raw observations and recordings as JSON text, to look at them again without an engine."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from typing import Any

from dockernet_course.observe.discover import Seen, Space
from dockernet_course.observe.netlink import split
from dockernet_course.observe.recording import Recording

__all__ = ["load_recording", "load_seen", "save_recording", "save_seen"]

DUMPS = ("links", "addresses", "routes", "neighbours", "rules", "routing", "netconf")
LINES = ("legacy", "sockets", "held")


def save_seen(seen: Seen) -> str:
    """The raw observation as JSON, messages compressed; ``load_seen`` reads it."""
    return json.dumps(_seen(seen), indent=1)


def load_seen(text: str) -> Seen:
    """The raw observation that ``save_seen`` wrote."""
    return _unseen(json.loads(text))


def save_recording(recording: Recording) -> str:
    """The recording as JSON; ``load_recording`` reads it."""
    before, after = _seen(recording.before), _seen(recording.after)
    return json.dumps({"before": before, "after": after, "output": _pack(recording.output)}, indent=1)


def load_recording(text: str) -> Recording:
    """The recording that ``save_recording`` wrote."""
    saved = json.loads(text)
    return Recording(_unseen(saved["before"]), _unseen(saved["after"]), _unpack(saved["output"]))


def _pack(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw, 9)).decode()


def _unpack(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


def _seen(seen: Seen) -> dict[str, Any]:
    inspected = _pack(json.dumps(seen.inspected).encode())
    return {
        **vars(replace(seen, spaces=())),
        "inspected": inspected,
        "spaces": [_space(space) for space in seen.spaces],
    }


def _space(space: Space) -> dict[str, Any]:
    return {**vars(space), **{dump: _pack(b"".join(getattr(space, dump))) for dump in DUMPS}}


def _unseen(saved: dict[str, Any]) -> Seen:
    lists = {name: tuple(saved[name]) for name in ("containers", "networks", "vanished")}
    inspected = json.loads(_unpack(saved["inspected"])) if "inspected" in saved else {}
    return Seen(**{**saved, **lists, "inspected": inspected, "spaces": tuple(map(_unspace, saved["spaces"]))})


def _unspace(saved: dict[str, Any]) -> Space:
    dumps = {dump: tuple(split(_unpack(saved[dump]))) for dump in DUMPS if dump in saved}
    nsids = {int(number): inode for number, inode in saved["nsids"].items()}
    lines = {name: tuple(saved.get(name, ())) for name in LINES}
    return Space(**{**saved, **dumps, **lines, "nsids": nsids})
