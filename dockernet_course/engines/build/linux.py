"""The guest's kernel: the distribution's own for virtual machines, with the modules that a network lab needs."""

from __future__ import annotations

import lzma
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dockernet_course.engines.build import tree
from dockernet_course.errors import PackError

__all__ = ["BOOT", "PACKAGES", "Linux", "install", "needed", "unpacked"]

_PROCESSOR = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
PACKAGES = (f"linux-image-cloud-{_PROCESSOR}", "linux-image-virtual")
"""Debian's name and Ubuntu's: of these, a release has one."""

_WANTED = re.compile(
    r"kernel/(net/(core|ipv4|ipv6|bridge|netfilter|sched|8021q|802|llc|packet|unix|netlink|vmw_vsock)/"
    r"|drivers/net/(dummy|veth|macvlan|macvtap|tap|tun|ifb|vrf|vxlan|geneve|bonding|ipvlan)\b"
    r"|drivers/net/(vxlan|ipvlan|bonding)/|drivers/block/zram/|fs/overlayfs/)"
)
BOOT = ("virtio_pci", "virtio_mmio", "virtio_blk", "virtio_console", "erofs")
"""What the initrd loads, with what these depend on, where the kernel has it not built in."""

_ALSO = ("virtio_rng", "lzo_rle")  # the latter: with what zram compresses in older kernels


@dataclass(frozen=True)
class Linux:
    """An unpacked kernel: its file, the folder of its modules (named by its release), and these by name."""

    image: Path
    folder: Path
    modules: dict[str, Path]


def unpacked(debs: Iterable[Path], folder: Path) -> Linux:
    """Unpack the kernel's packages. Raises :class:`PackError` if there is none among them."""
    chosen = [deb for deb in debs if deb.name.startswith("linux-")]  # image and modules; from Debian 14 on, binary
    tree.unpack(chosen, folder, keep=None)
    images = sorted([*folder.glob("boot/vmlinuz-*"), *folder.glob("usr/lib/modules/*/vmlinuz")])
    folders = sorted(folder.glob("usr/lib/modules/*"))
    if not images or not folders:
        raise PackError("This release has no kernel for virtual machines.", cure="Choose another one with --suite.")
    return Linux(images[-1], folders[-1], {_name(path): path for path in sorted(folders[-1].rglob("*.ko*"))})


def needed(linux: Linux, wanted: Iterable[str] | None = None) -> dict[str, bytes]:
    """The contents of modules, each after those that it depends on: of these, or of all that a lab may need.

    What the kernel has built in, or does not have at all, is left out.
    """
    found: dict[str, bytes] = {}

    def add(name: str) -> None:
        if name not in linux.modules or name in found:
            return
        content = _plain(linux.modules[name])
        for other in _dependencies(content):
            add(other)
        found[name] = content

    for name in _chosen(linux) if wanted is None else wanted:
        add(name)
    return found


def _chosen(linux: Linux) -> Iterator[str]:
    yield from (name for name, path in linux.modules.items() if _WANTED.search(str(path)))
    yield from (*BOOT, *_ALSO)


def install(linux: Linux, root: Path) -> None:
    """Put the modules into a root file system, uncompressed, with the lists that modprobe needs (by its own depmod)."""
    target = root / "usr/lib/modules" / linux.folder.name
    for name, content in needed(linux).items():
        file = target / linux.modules[name].relative_to(linux.folder)
        file = file.with_name(file.name.partition(".ko")[0] + ".ko")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        os.utime(file, (0, 0))
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        (target / name).write_bytes((linux.folder / name).read_bytes())
    _depmod(linux, root)
    for file in target.glob("modules.*"):
        os.utime(file, (0, 0))


def _depmod(linux: Linux, root: Path) -> None:
    command = tree.starting(root, "usr/bin/kmod", "--argv0", "depmod")
    # The base is usr: there, lib/modules is no link (which would lead to the machine's own).
    answer = subprocess.run(
        [*command, "-b", str(root / "usr"), linux.folder.name], capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        raise PackError("The kernel's modules cannot be listed.", state=answer.stderr[-500:])


def _name(path: Path) -> str:
    return path.name.partition(".ko")[0].replace("-", "_")


def _plain(path: Path) -> bytes:
    if path.suffix == ".ko":
        return path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(path.read_bytes())
    answer = subprocess.run(["zstd", "-dcq", str(path)], capture_output=True, check=False)
    if answer.returncode != 0:
        raise PackError(f"The kernel's module {path.name} cannot be unpacked.", cure="Install the package zstd.")
    return answer.stdout


def _dependencies(module: bytes) -> list[str]:
    found = re.search(rb"\0depends=([^\0]*)\0", b"\0" + module)
    return [name.replace("-", "_") for name in found.group(1).decode().split(",") if name] if found else []
