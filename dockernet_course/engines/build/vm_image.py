"""What a virtual machine starts from: a kernel, an initrd and a read-only root file system, made from the engine pack.

``<cache>/KEY.vm/files/`` holds ``kernel``, ``initrd``, ``root`` and their checksums in ``sums``; the same packages and
sources give the same bytes. Nothing of it is ever written to: what a machine writes is in its memory. As with the
pack, a folder under its final name is complete, and damage done later shows in its fingerprint.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from dockernet_course.engines.build import archive, cpio, erofs, linux, pack
from dockernet_course.engines.build.apt import download
from dockernet_course.engines.build.archive import About, sha256
from dockernet_course.engines.build.contents import Selection
from dockernet_course.engines.build.pack import (
    Progress,
    Tree,
    exclusively,
    laid_ready,
    quiet,
    replacing,
    scratch,
    settle,
)
from dockernet_course.engines.build.tree import choose, fingerprint, unpack
from dockernet_course.engines.wire.names import ARCHIVE, LAYER
from dockernet_course.errors import PackError
from dockernet_course.locking import used

__all__ = ["APPEND", "GUEST", "Image", "build", "ensure", "export", "present", "take", "verified"]

APPEND = "console=ttyS0 quiet panic=-1"
"""The kernel's command line; more may follow."""

GUEST = (
    *(f"inside/{name}.py" for name in ("agent", "dns", "execute", "kernel", "machine")),
    *(f"inside/{name}.py" for name in ("masked", "netlink", "outside", "services")),
    *(f"wire/{name}.py" for name in ("mux", "names", "streams")),
)
"""The course's modules that run in the machine, below ``engines``."""

_ENGINES = Path(__file__).parents[1]
_BUILDERS = ("build/vm_image.py", "build/linux.py", "build/erofs.py", "build/cpio.py", "inside/init.sh")
_COURSE = "usr/lib/dockernet/dockernet_course"
_KERNEL, _INITRD, _ROOT, _SUMS = "kernel", "initrd", "root", "sums"
_SECONDS = 1_700_000_000  # the time of what is ours
_STANDARD_LIBRARY = "libpython3-stdlib"  # the pack has python3-minimal; the rest of its modules is for the machine only


@dataclass(frozen=True)
class Image:
    """A complete image. ``about.recipe`` stands for everything that it was made from."""

    folder: Path
    about: About

    @property
    def kernel(self) -> Path:
        """The kernel, as QEMU's ``-kernel`` takes it."""
        return self.folder / "files" / _KERNEL

    @property
    def initrd(self) -> Path:
        """What the kernel starts with, until it sees the root file system."""
        return self.folder / "files" / _INITRD

    @property
    def root(self) -> Path:
        """The root file system (EROFS), to be the first disk, read-only."""
        return self.folder / "files" / _ROOT


def ensure(suite: str | None = None, progress: Progress = quiet) -> Image:
    """The image of a release, built if it is not there, broken, or made from something else than the pack that is.

    Raises :class:`PackError` with what to do.
    """
    about = pack.known(suite)  # an image that lies ready needs no unpacked pack
    found = _valid(about) if about is not None else None
    if found is not None:
        return found
    tree = pack.ensure(suite, progress)
    with exclusively(_name(tree.about), progress):
        return _valid(tree.about) or _built(tree, progress)


def build(suite: str | None = None, progress: Progress = quiet) -> Image:
    """Build the image anew (with the newest kernel), even if there is one."""
    tree = pack.ensure(suite, progress)
    with exclusively(_name(tree.about), progress):
        return _built(tree, progress)


def present(suite: str | None = None) -> bool:
    """Whether there is an image already (it may still turn out to be broken, and is made anew then)."""
    suite = suite or pack.default_suite()
    pattern = f"{suite}-{platform.machine()}-*.vm/about.json"
    return any(next(folder.glob(pattern), None) for folder in pack.folders())


def export(target: Path, suite: str | None = None, progress: Progress = quiet) -> Path:
    """Write the image to a file (or into a folder), compressed, for machines without a network; the file's path."""
    image = ensure(suite, progress)
    if target.is_dir():
        target = target / f"dockernet-vm-{image.about.suite}-{image.about.machine}.pack"
    progress("compressing the machine's image", 0.5)
    try:
        with replacing(target) as partial:
            archive.write(image.folder / "files", image.about, partial)
    except OSError as error:
        raise PackError(
            "The machine's image cannot be exported.", state=str(error), cure="Is the disk full?"
        ) from error
    return target


def take(source: Path, progress: Progress = quiet) -> Image:
    """Take an image that was exported elsewhere, for the pack that is here.

    Raises :class:`PackError` if it is damaged, or belongs to another pack or version of the course.
    """
    about = archive.read_about(source)
    tree = pack.ensure(about.suite, progress)
    if (about.machine, about.recipe) != (tree.about.machine, _recipe(tree.about)):
        raise PackError(
            f"{source} belongs to another engine pack or another version of the course.",
            cure="Export both there, pack and machine, with the same version of the course, and import the pack first.",
        )
    with exclusively(_name(tree.about), progress), scratch(_name(tree.about)) as work:
        archive.extract(source, work / "new/files")
        return _settle(work / "new", tree)


def verified(image: Image) -> bool:
    """Whether every byte is as it was made (``ensure`` looks at sizes and times only)."""
    return (image.folder / "files" / _SUMS).read_text() == _sums(image.folder / "files")


def _name(of: About) -> str:
    return f"{of.key}.vm"


def _recipe(of: About) -> str:
    """A short checksum of everything that an image is made from, but for the kernel's release."""
    sources = [(_ENGINES / name).read_bytes() for name in (*GUEST, *_BUILDERS)]
    return hashlib.sha256(b"".join([of.fingerprint.encode(), *sources])).hexdigest()[:12]


def _valid(of: About) -> Image | None:
    """The image for that pack, if it is there and whole."""
    folder = laid_ready(_name(of))
    if folder is None:
        return None
    try:
        about = About.from_json((folder / "about.json").read_bytes())
        whole = about.recipe == _recipe(of) and fingerprint(folder / "files") == about.fingerprint
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Image(folder, about) if whole else None


def _built(tree: Tree, progress: Progress) -> Image:
    with used(tree.folder), scratch(_name(tree.about)) as work:
        optional = [*linux.PACKAGES, "zstd"] if "ubuntu" in _distribution() else list(linux.PACKAGES)
        half: Progress = lambda what, part: progress(what, part * 0.6)  # noqa: E731
        debs = download(work / "apt", [_STANDARD_LIBRARY], optional, tree.about.suite, half)
        progress("unpacking the kernel", 0.6)
        kernel = linux.unpacked(debs, work / "linux")
        progress("putting the machine's file system together", 0.7)
        _assemble_root(tree, kernel, debs, work)
        files = work / "new/files"
        files.mkdir(parents=True)
        erofs.write(work / "root", files / _ROOT, _SECONDS)
        shutil.copyfile(kernel.image, files / _KERNEL)
        (files / _INITRD).write_bytes(_initrd(work / "root", kernel))
        (files / _SUMS).write_text(_sums(files))
        for file in files.iterdir():
            file.chmod(0o644)
            os.utime(file, (_SECONDS, _SECONDS))
        image = _settle(work / "new", tree)
    progress("the machine's image is ready", 1.0)
    return image


def _settle(made: Path, tree: Tree) -> Image:
    """Stamp a complete image and give it its final name."""
    about = About(tree.about.suite, tree.about.machine, _recipe(tree.about), fingerprint(made / "files"))
    (made / "about.json").write_text(about.to_json())
    return Image(settle(made, _name(tree.about)), about)


def _distribution() -> str:
    return platform.freedesktop_os_release().get("ID", "")


def _sums(files: Path) -> str:
    return "".join(f"{sha256(files / name)}  {name}\n" for name in (_INITRD, _KERNEL, _ROOT))


# --- the root file system ---


def _assemble_root(tree: Tree, kernel: linux.Linux, debs: list[Path], work: Path) -> None:
    """The pack's files (as hard links), the lab image, the kernel's modules, and the course's."""
    root = work / "root"
    shutil.copytree(tree.root, root, symlinks=True, copy_function=os.link)
    for name in ("sys/fs", "var/lib/docker", "var/lib/dockernet"):
        (root / name).mkdir(parents=True, exist_ok=True)
    _write(root / ARCHIVE.lstrip("/"), tree.image.read_bytes())
    _unpack_layer(tree.image, root / LAYER.lstrip("/"))
    _complete_python(debs, work / "python", root)
    linux.install(kernel, root)
    for name in GUEST:
        _write(root / _COURSE / "engines" / name, (_ENGINES / name).read_bytes())
    for folder in ("", "engines", "engines/inside", "engines/wire"):
        _write(root / _COURSE / folder / "__init__.py", b"")  # not the course's own, which would bring in Jupyter


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    file.chmod(0o644)
    os.utime(file, (_SECONDS, _SECONDS))


def _unpack_layer(image: Path, folder: Path) -> None:
    """The files of the lab image's one layer, of which we have made every byte ourselves."""
    with tarfile.open(image) as outer, tarfile.open(fileobj=outer.extractfile("layer.tar")) as layer:
        for member in layer:
            member.uid, member.gid = os.getuid(), os.getgid()  # root's in the end, as everything
            layer.extract(member, folder)


def _complete_python(debs: list[Path], unpacked: Path, root: Path) -> None:
    """Modules of the standard library that python3-minimal lacks: the single files, no packages and no binaries."""
    library = [deb for deb in debs if deb.name.startswith("libpython3.") and "-stdlib_" in deb.name]
    unpack(library, unpacked, keep=None)
    for file in unpacked.glob("usr/lib/python3.*/*.py"):
        target = root / file.relative_to(unpacked)
        if not target.exists() and file.is_file():
            shutil.copy2(file, target)


# --- the initrd ---


def _initrd(root: Path, kernel: linux.Linux) -> bytes:
    """The program busybox with its libraries, the modules for the first disk, and ``init.sh``."""
    entries: dict[str, cpio.Content] = {}

    def put(path: str, content: cpio.Content) -> None:
        for parent in reversed(Path(path).parents[:-1]):
            entries.setdefault(str(parent), None)
        entries[path] = content

    for path in sorted(choose(root, Selection(("busybox",), (), {}))):
        file = root / path
        put(path, str(file.readlink()) if file.is_symlink() else file.read_bytes())
    for number, (name, content) in enumerate(linux.needed(kernel, linux.BOOT).items()):
        put(f"modules/{number:02}-{name}.ko", content)
    for name in ("bin", "lib", "lib64"):
        if (root / name).is_symlink():
            put(name, f"usr/{name}")
    for name in ("dev", "root"):
        put(name, None)
    put("init", (_ENGINES / "inside/init.sh").read_bytes())
    return cpio.archive(entries)
