"""A read-only file system in one file, made from a folder: EROFS, uncompressed, everything root's.

Written here rather than by mkfs.erofs, which few machines have: it takes no privilege, the same folder gives the same
bytes, and files with the same contents share their blocks (the lab image's are nearly all the host's as well).
Layout: Linux, fs/erofs/erofs_fs.h and Documentation/filesystems/erofs.rst. All inodes come first, each in 64 bytes
("extended"), then the blocks of folders, links and files ("flat"); an inode's number is its place in units of 32.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from dockernet_course.errors import PackError

__all__ = ["write"]

_BLOCK, _BITS = 4096, 12
_MAGIC, _SUPER_AT = 0xE0F5E1E2, 1024
_SLOT, _EXTENDED_FLAT = 32, 1
_KINDS = {stat.S_IFREG: 1, stat.S_IFDIR: 2, stat.S_IFLNK: 7}


@dataclass
class _Node:
    """A file, folder or link: where its inode is (``number``), and where its contents begin (``block``)."""

    path: Path
    facts: os.stat_result
    children: dict[bytes, _Node] = field(default_factory=dict)
    number: int = 0
    links: int = 1
    block: int = 0
    size: int = 0


def write(folder: Path, target: Path, seconds: int) -> None:
    """Write the image of ``folder`` to ``target``; ``seconds`` (since 1970) is the time of folders and links.

    Files keep their time and mode; holders of two names for one file get two files. Raises OSError.
    """
    root = _read(folder)
    nodes = _numbered(root)
    first = _blocks(_BLOCK + len(nodes) * 2 * _SLOT)
    with target.open("wb") as image:
        image.seek(first * _BLOCK)
        _write_contents(image, nodes, root)
        blocks = _blocks(image.tell())
        image.truncate(blocks * _BLOCK)
        image.seek(_BLOCK)
        image.write(b"".join(_inode(node, seconds) for node in nodes))
        image.seek(_SUPER_AT)
        image.write(_super(len(nodes), blocks, root.number, seconds))


def _read(path: Path) -> _Node:
    node = _Node(path, path.lstat())
    if stat.S_IFMT(node.facts.st_mode) not in _KINDS:
        raise PackError(f"{path} is neither a file, a folder nor a link.", cure="Build the engine pack again.")
    if path.is_dir() and not path.is_symlink():
        node.children = {os.fsencode(entry.name): _read(Path(entry)) for entry in os.scandir(path)}
        node.links = 2 + sum(1 for child in node.children.values() if stat.S_ISDIR(child.facts.st_mode))
    return node


def _numbered(root: _Node) -> list[_Node]:
    """All nodes, in the order of their inodes: depth first, sorted by name."""
    nodes: list[_Node] = []

    def visit(node: _Node) -> None:
        node.number = len(nodes) * 2
        nodes.append(node)
        for _, child in sorted(node.children.items()):
            visit(child)

    visit(root)
    return nodes


def _write_contents(image: BinaryIO, nodes: list[_Node], root: _Node) -> None:
    """Everything's contents, each from a block's begin, equal ones once."""
    known: dict[bytes, int] = {}
    parents = {child.number: node for node in nodes for child in node.children.values()}
    for node in nodes:
        if stat.S_ISDIR(node.facts.st_mode):
            content = _folder(node, parents.get(node.number, root))
        else:
            content = os.fsencode(node.path.readlink()) if node.path.is_symlink() else node.path.read_bytes()
        node.size = len(content)
        digest = hashlib.sha256(content).digest()
        if digest not in known:
            known[digest] = image.tell() // _BLOCK
            image.write(content + bytes(-len(content) % _BLOCK))
        node.block = known[digest]


def _folder(node: _Node, parent: _Node) -> bytes:
    """Names in blocks: first 12 bytes for each (inode, where its name begins, kind), then the names."""
    entries = sorted({b".": node, b"..": parent, **node.children}.items())
    blocks: list[bytes] = []
    while entries:
        count, used = 0, 0
        while count < len(entries) and used + 12 + len(entries[count][0]) <= _BLOCK:
            used += 12 + len(entries[count][0])
            count += 1
        at, heads, names = count * 12, b"", b""
        for name, child in entries[:count]:
            heads += struct.pack("<QHBx", child.number, at + len(names), _KINDS[stat.S_IFMT(child.facts.st_mode)])
            names += name
        entries = entries[count:]
        blocks.append((heads + names).ljust(_BLOCK if entries else 0, b"\0"))
    return b"".join(blocks)


def _inode(node: _Node, seconds: int) -> bytes:
    mode = node.facts.st_mode
    time = int(node.facts.st_mtime) if stat.S_ISREG(mode) else seconds
    head = struct.pack("<HHHHQII", _EXTENDED_FLAT, 0, mode, 0, node.size, node.block, node.number // 2 + 1)
    return head + struct.pack("<IIQII16x", 0, 0, time, 0, node.links)


def _super(inodes: int, blocks: int, root: int, seconds: int) -> bytes:
    head = struct.pack("<IIIBBHQQIIII", _MAGIC, 0, 0, _BITS, 0, root, inodes, seconds, 0, blocks, 1, 0)
    return (head + bytes(16) + b"dockernet".ljust(16, b"\0")).ljust(128, b"\0")


def _blocks(size: int) -> int:
    return -(-size // _BLOCK)
