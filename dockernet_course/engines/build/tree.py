"""From packages to a root file system: unpack, choose, complete with shared libraries, take a fingerprint."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from dockernet_course.engines.build.contents import Selection, wanted
from dockernet_course.errors import PackError

__all__ = ["applets", "choose", "fingerprint", "place", "starting", "unpack", "unpacking"]

_MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")  # links into usr: what the package base-files would do


@contextmanager
def unpacking(folder: Path, keep: Callable[[str, str], bool] | None = wanted) -> Iterator[Callable[[Path], object]]:
    """Unpack the packages that are handed over into one folder, some at a time; at the end of the block all are.

    Of each, the files for which ``keep(package, path)`` is true; with None, all of them. What lies in /bin, /sbin or
    /lib comes to lie below /usr. Raises :class:`PackError` if a package is damaged.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # decompression is nearly all the work
        begun: list[Future[None]] = []
        yield lambda deb: begun.append(pool.submit(_unpack_one, deb, folder, keep))
        for one in begun:
            one.result()


def unpack(debs: Iterable[Path], folder: Path, keep: Callable[[str, str], bool] | None = wanted) -> None:
    """Unpack all packages into one folder, as ``unpacking`` does, the largest first."""
    with unpacking(folder, keep) as add:
        for deb in sorted(debs, key=lambda deb: deb.stat().st_size, reverse=True):
            add(deb)


def _unpack_one(deb: Path, folder: Path, keep: Callable[[str, str], bool] | None) -> None:
    package = deb.name.partition("_")[0]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 (for the type checker)
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            for member in archive:
                path = _merged(member.name)
                if not member.isdir() and (keep is None or keep(package, path)):
                    _write(archive, member, folder, path)
        process.stdout.read()  # the padding after the archive's end: dpkg-deb would fail to write it
    if process.returncode != 0:
        raise PackError(f"The package {deb.name} cannot be unpacked.", cure="Build the pack again.")


def _merged(name: str) -> str:
    """The path in a file system where /bin, /sbin and /lib are links into /usr (Debian 12 still packs for both)."""
    path = name.removeprefix("./")
    return f"usr/{path}" if path.partition("/")[0] in _MERGED else path


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, path: str) -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    if member.issym():
        target.symlink_to(member.linkname)
    elif member.islnk():
        target.hardlink_to(folder / _merged(member.linkname))
    elif member.isfile() and (source := archive.extractfile(member)) is not None:
        with target.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
        target.chmod(member.mode & 0o755 | 0o400)  # without set-user-ID: nobody is anybody else in a capsule
        os.utime(target, (member.mtime, member.mtime))


def choose(staging: Path, *selections: Selection) -> set[str]:
    """The paths (relative to ``staging``) of everything selected, with the shared libraries that it needs."""
    chosen: set[str] = set()
    for selection in selections:
        chosen |= {_program(staging, name) for name in selection.programs}
        for pattern in selection.data:
            found = {str(path.relative_to(staging)) for path in staging.glob(pattern.rstrip("?")) if not path.is_dir()}
            if not found and not pattern.endswith("?"):
                raise _missing(pattern)
            chosen |= found
    for path in sorted(chosen):
        chosen |= _libraries(staging, staging / path)
    return _with_targets(staging, chosen)


def _missing(name: str) -> PackError:
    return PackError(
        f"The packages of this release hold no {name!r}, which the engine pack needs.",
        cure="Report it, and choose another release with --suite meanwhile.",
    )


def _program(staging: Path, name: str) -> str:
    for folder in ("usr/bin", "usr/sbin"):
        if (staging / folder / name).is_file() or (staging / folder / name).is_symlink():
            return f"{folder}/{name}"
    raise _missing(name)


def _loader(staging: Path) -> Path:
    """The release's own dynamic loader: not through the link in lib64, which may lead to the host's."""
    return next(iter(sorted(staging.glob("usr/lib/*-linux-*/ld-linux*.so.*"))))


def starting(root: Path, program: str, *loader: str) -> list[str]:
    """How to start a program of ``root`` with the libraries of ``root``, without any right to chroot.

    ``loader``: its options (ld.so(8)).
    """
    libraries = ":".join(str(folder) for folder in root.glob("usr/lib/*-linux-*"))
    return [str(_loader(root)), "--inhibit-cache", "--library-path", libraries, *loader, str(root / program)]


def _libraries(staging: Path, file: Path) -> set[str]:
    """What the release's own loader would load for this file (it only lists; nothing of the program is run)."""
    if file.is_symlink():
        return set()
    with file.open("rb") as start:
        if start.read(4) != b"\x7fELF":
            return set()
    answer = subprocess.run(starting(staging, str(file.relative_to(staging)), "--list"), capture_output=True, text=True)
    if answer.returncode != 0:  # a static program
        return set()
    links = {str(link.relative_to(staging)) for link in staging.glob("usr/lib*/ld-linux*.so.*")}
    found = {str(_loader(staging).relative_to(staging)), *links}
    for line in answer.stdout.splitlines():
        name, arrow, rest = line.strip().partition(" => ")
        if arrow and rest.startswith("not found"):
            raise _missing(name)
        if arrow and rest.startswith(str(staging)):
            found.add(str(Path(rest.rpartition(" (")[0]).relative_to(staging)))
    return found


def _with_targets(staging: Path, paths: Iterable[str]) -> set[str]:
    """Also what symbolic links lead to, step by step."""
    complete: set[str] = set()
    for path in paths:
        at = path
        while at not in complete and (staging / at).is_symlink():
            complete.add(at)
            target = str((staging / at).readlink())
            joined = PurePosixPath(target.lstrip("/")) if target.startswith("/") else PurePosixPath(at).parent / target
            at = _merged(os.path.normpath(joined))
        if (staging / at).is_file():
            complete.add(at)
    return complete


def place(staging: Path, paths: Iterable[str], root: Path) -> None:
    """Hard-link the chosen files into a new root file system, and make the links of a merged /usr."""
    for path in sorted(paths):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(staging / path, target, follow_symlinks=False)
    for name in _MERGED:
        if (root / "usr" / name).is_dir():
            (root / name).symlink_to(f"usr/{name}")


def applets(root: Path) -> list[str]:
    """The names that busybox answers to in this release."""
    answer = subprocess.run([*starting(root, "usr/bin/busybox"), "--list"], capture_output=True, text=True)
    if answer.returncode != 0:
        raise PackError("busybox of this release does not run here.", state=answer.stderr.strip())
    return answer.stdout.split()


def fingerprint(folder: Path) -> str:
    """A checksum of every path with its type, mode, size, time and link target (not of contents: it takes 10 ms)."""
    lines = []
    pending = [str(folder)]
    while pending:
        for entry in os.scandir(pending.pop()):
            facts = entry.stat(follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
                lines.append(f"{entry.path} {facts.st_mode}")
            else:
                link = os.readlink(entry.path) if entry.is_symlink() else int(facts.st_mtime)  # noqa: PTH115
                lines.append(f"{entry.path} {facts.st_mode} {facts.st_size} {link}")
    prefix = len(str(folder))
    return hashlib.sha256("\n".join(sorted(line[prefix:] for line in lines)).encode()).hexdigest()
