"""The machine's image: the formats it is written in, and that its Python finds all that it imports."""

from __future__ import annotations

import ast
import os
import struct
import sys
from pathlib import Path

import pytest

from dockernet_course.engines.build import cpio, erofs, vm_image
from dockernet_course.errors import PackError

_ENGINES = Path(vm_image.__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file, its copy, a link, an empty file, and a folder with more names than a block holds."""
    top = tmp_path / "top"
    (top / "many").mkdir(parents=True)
    for number in range(500):
        (top / f"many/name-{number:04}").touch()
    (top / "one").write_bytes(b"1" * 5000)
    (top / "two").write_bytes(b"1" * 5000)
    (top / "link").symlink_to("one")
    (top / "one").chmod(0o755)
    for path in top.rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False)
    return top


class _Reader:
    """Just enough of EROFS, written from its documentation, to read back what was written."""

    def __init__(self, file: Path) -> None:
        self._data = file.read_bytes()
        magic, self.root = struct.unpack_from("<I", self._data, 1024)[0], struct.unpack_from("<H", self._data, 1038)[0]
        assert magic == 0xE0F5E1E2
        assert len(self._data) == 4096 * struct.unpack_from("<I", self._data, 1024 + 36)[0]

    def inode(self, number: int) -> tuple[int, int, int, int, int]:
        """Mode, size, block, owner, time."""
        at = 4096 + 32 * number
        _, _, mode, _, size, block = struct.unpack_from("<HHHHQI", self._data, at)
        owner = struct.unpack_from("<I", self._data, at + 24)[0]
        return mode, size, block, owner, struct.unpack_from("<Q", self._data, at + 32)[0]

    def content(self, number: int) -> bytes:
        _, size, block, _, _ = self.inode(number)
        return self._data[block * 4096 : block * 4096 + size]

    def names(self, number: int) -> dict[str, int]:
        content, found = self.content(number), dict[str, int]()
        for start in range(0, len(content), 4096):
            block = content[start : start + 4096]
            count = struct.unpack_from("<H", block, 8)[0] // 12
            heads = [struct.unpack_from("<QHB", block, 12 * index) for index in range(count)]
            ends = [head[1] for head in heads[1:]] + [len(block)]
            found |= {
                block[head[1] : end].rstrip(b"\0").decode(): head[0] for head, end in zip(heads, ends, strict=True)
            }
        return found


def test_what_was_written_is_read_back(folder: Path, tmp_path: Path) -> None:
    erofs.write(folder, tmp_path / "image", 7)
    read = _Reader(tmp_path / "image")
    top = read.names(read.root)
    assert set(top) == {".", "..", "link", "many", "one", "two"}
    assert list(top) == sorted(top)  # the kernel looks for a name by halving
    assert top["."] == top[".."] == read.root
    assert read.content(top["one"]) == b"1" * 5000
    assert read.content(top["link"]) == b"one"
    many = read.names(top["many"])
    assert len(many) == 502
    assert list(many) == sorted(many)
    assert many[".."] == read.root


def test_all_is_roots_with_its_mode_and_files_keep_their_time(folder: Path, tmp_path: Path) -> None:
    erofs.write(folder, tmp_path / "image", 7)
    read = _Reader(tmp_path / "image")
    top = read.names(read.root)
    mode, _, _, owner, time = read.inode(top["one"])
    assert (mode, owner, time) == (0o100755, 0, 1)
    assert read.inode(top["many"])[3:] == (0, 7)


def test_equal_files_share_their_blocks(folder: Path, tmp_path: Path) -> None:
    erofs.write(folder, tmp_path / "image", 7)
    read = _Reader(tmp_path / "image")
    top = read.names(read.root)
    assert read.inode(top["one"])[2] == read.inode(top["two"])[2]


def test_the_same_folder_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    erofs.write(folder, tmp_path / "one", 7)
    erofs.write(folder, tmp_path / "two", 7)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "top").mkdir()
    os.mkfifo(tmp_path / "top/pipe")
    with pytest.raises(PackError, match="neither"):
        erofs.write(tmp_path / "top", tmp_path / "image", 0)


def test_an_initrd_is_padded_to_words_and_ends() -> None:
    made = cpio.archive({"bin": None, "bin/tool": b"12345", "sh": "bin/tool"})
    assert made.startswith(b"070701")
    assert len(made) % 4 == 0
    assert b"TRAILER!!!\0" in made
    assert made.index(b"bin/tool\0") % 4 == 2  # a name begins after 110 bytes of head


@pytest.mark.parametrize("name", vm_image.GUEST)
def test_what_runs_in_the_machine_imports_only_what_is_there(name: str) -> None:
    there = {f"dockernet_course.engines.{path.removesuffix('.py').replace('/', '.')}" for path in vm_image.GUEST}
    for module in _imported(ast.parse((_ENGINES / name).read_text())):
        assert module in there or module.partition(".")[0] in sys.stdlib_module_names, f"{name} imports {module}"


_ROOMS = ("dockernet_course.engines.inside", "dockernet_course.engines.wire")


def _imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module in _ROOMS:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            found.add(str(node.module))
    return found
