"""The lab image's root file system, and the same tools on the capsule's host; as an archive that engines can load."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import tarfile
from pathlib import Path
from typing import IO

from dockernet_course.engines.build.archive import sha256
from dockernet_course.engines.build.contents import LAB
from dockernet_course.engines.build.tree import applets, choose, place

__all__ = ["LAB_IMAGE", "SERVER", "finish_root", "layer_of", "write_image"]

LAB_IMAGE = "dockernet-lab:1"
SERVER = "opt/dockernet/serve.py"
_SLEEP, _REAL_SLEEP = "usr/bin/sleep", "opt/dockernet/bin/sleep"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NOT_APPLETS = {"sh", "ash", "busybox", "init", "linuxrc"}
_FOLDERS = ("dev", "proc", "sys", "run", "tmp", "root", "var/tmp", "var/log", "etc", "home", "mnt", "opt")
_TEXTS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\ntcpdump:x:0:0::/root:/bin/sh\n",
    "etc/group": "root:x:0:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
    "etc/shells": "/bin/sh\n/bin/bash\n",
    "root/.bashrc": "PS1='\\h# '\n",
}
_TIME = 1_700_000_000  # of every file that is ours, so that building twice gives the same archive


def finish_root(root: Path) -> None:
    """What both root file systems have beside the chosen files: links, applets, folders, a few texts, the server."""
    for path, target in LAB.links.items():
        (root / path).unlink(missing_ok=True)
        (root / path).symlink_to(target)
    _tame_tcpdump(root / "usr/bin/tcpdump")
    present = {path.name for folder in ("usr/bin", "usr/sbin") for path in (root / folder).iterdir()}
    for name in applets(root):
        if name not in present | _NOT_APPLETS:
            (root / "usr/bin" / name).symlink_to("busybox")
    for name in _FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)
    server = (Path(__file__).parents[1] / "inside/serve.py").read_text()
    for path, text in {**_TEXTS, SERVER: server}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
        os.utime(root / path, (_TIME, _TIME))


def _tame_tcpdump(program: Path) -> None:
    """Started by root, tcpdump becomes the user ``tcpdump``: here root itself, as a capsule has but one id.

    Before, it calls initgroups(), which is forbidden where there is but one id, and which no option of Debian 12's
    tcpdump avoids. So that the program asks the C library for a function that does nothing in its place.
    """
    facts, content = program.stat(), program.read_bytes()
    harmless = b"\0geteuid\0".ljust(len(b"\0initgroups\0"), b"\0")
    program.unlink()  # the file is shared with the unpacked packages
    program.write_bytes(content.replace(b"\0initgroups\0", harmless))
    program.chmod(0o755)
    os.utime(program, (facts.st_mtime, facts.st_mtime))


def write_image(staging: Path, work: Path, archive: Path) -> None:
    """Choose the lab image's files from ``staging`` and write the archive that ``docker load`` takes."""
    root = work / "lab"
    place(staging, choose(staging, LAB), root)
    finish_root(root)
    _wrap_sleep(root)
    layer = work / "layer.tar"
    with tarfile.open(layer, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(root.rglob("*")):
            tar.add(path, str(path.relative_to(root)), recursive=False, filter=_everything_is_roots)
    digest = sha256(layer)
    _write_archive(archive, layer, digest)
    layer.unlink()


def _wrap_sleep(root: Path) -> None:
    """Put sleep.sh in the place of busybox's ``sleep``: as a container's first process it ends by SIGTERM."""
    real, wrapper = root / _REAL_SLEEP, root / _SLEEP
    real.parent.mkdir(parents=True)
    real.symlink_to("/usr/bin/busybox")
    wrapper.unlink()  # the link to busybox
    wrapper.write_text(Path(__file__).with_name("sleep.sh").read_text())
    wrapper.chmod(0o755)


def _everything_is_roots(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """A capsule maps one id only, so an image may hold no other owner."""
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mtime = min(member.mtime, _TIME)
    if member.isdir():
        member.mode, member.mtime = 0o1777 if member.name in ("tmp", "var/tmp") else 0o755, _TIME
    return member


def _write_archive(archive: Path, layer: Path, digest: str) -> None:
    config = {
        "architecture": _architecture(),
        "os": "linux",
        "created": "2024-01-01T00:00:00Z",
        "config": {
            "Env": [f"PATH={_PATH}"],
            "Cmd": ["python3", f"/{SERVER}"],
            "ExposedPorts": {"80/tcp": {}},
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        "history": [{"created": "2024-01-01T00:00:00Z", "comment": "dockernet-course"}],
    }
    text = json.dumps(config, sort_keys=True).encode()
    name = hashlib.sha256(text).hexdigest() + ".json"
    manifest = [{"Config": name, "RepoTags": [LAB_IMAGE], "Layers": ["layer.tar"]}]
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        for path, content in ((name, text), ("manifest.json", json.dumps(manifest).encode())):
            member = tarfile.TarInfo(path)
            member.size, member.mtime = len(content), _TIME
            tar.addfile(member, io.BytesIO(content))
        tar.add(layer, "layer.tar", filter=_everything_is_roots)


def layer_of(archive: IO[bytes]) -> str:
    """The checksum of the image's one layer, by which an engine that has the same image is recognised."""
    with tarfile.open(fileobj=archive, mode="r|") as tar:
        first = tar.next()
        config = tar.extractfile(first) if first else None
        layers: list[str] = json.load(config)["rootfs"]["diff_ids"] if config else []
    return layers[0]


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
