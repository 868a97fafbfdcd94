"""An initrd: a cpio archive in the form "newc" (Linux, Documentation/driver-api/early-userspace/buffer-format.rst)."""

from __future__ import annotations

import stat
from collections.abc import Mapping

__all__ = ["Content", "archive"]

Content = bytes | str | None
"""A file's bytes (it can be executed), a link's target, or None for a folder."""

_MODES = {bytes: stat.S_IFREG | 0o755, str: stat.S_IFLNK | 0o777, type(None): stat.S_IFDIR | 0o755}


def archive(entries: Mapping[str, Content]) -> bytes:
    """The archive of these paths, everything root's, without times. Folders must come before what is in them."""
    parts = [
        _entry(number, path, _MODES[type(content)], content)
        for number, (path, content) in enumerate(entries.items(), 1)
    ]
    return b"".join([*parts, _entry(0, "TRAILER!!!", 0, None)])


def _entry(number: int, path: str, mode: int, content: Content) -> bytes:
    data = content.encode() if isinstance(content, str) else content or b""
    name = path.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08x" % value for value in fields)
    return _padded(head + name) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
