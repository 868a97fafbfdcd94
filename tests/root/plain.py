"""A Docker Engine that root starts plainly, in namespaces of its own, from the same tree as a capsule's."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockernet_course.engines.build import pack
from dockernet_course.engines.inside import machine

SCRIPT = Path(__file__).with_name("plain_engine.sh")
CGROUPS = Path("/sys/fs/cgroup")
DEFAULTS = {  # as in a capsule
    "default-address-pools": [{"base": "172.17.0.0/16", "size": 16}, {"base": "172.18.0.0/16", "size": 24}],
    "storage-driver": "overlay2",
}
ENVIRONMENT = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root")


@dataclass(frozen=True)
class Plain:
    """One that answers. ``pid`` is its first process, ``shared`` a folder that the machine and it see."""

    pid: int
    shared: Path

    @property
    def socket(self) -> Path:
        """Its API, as the machine sees it."""
        return self.shared / "docker.sock"

    def argv(self, argv: list[str]) -> list[str]:
        """The command that runs ``argv`` on its host."""
        enter = ["nsenter", f"--target={self.pid}", "--mount", "--net", "--pid", "--ipc", "--uts", "--cgroup"]
        return [*enter, "--", "/usr/bin/env", "-i", *ENVIRONMENT, *argv]


@contextlib.contextmanager
def plain_engine(
    suite: str,
    iptables: str = "",
    settings: Mapping[str, Any] | None = None,
    before: str = "",
    runc: str = machine.RUNC,
) -> Iterator[Plain]:
    """Start it, and take it away with all its processes, mounts and cgroups; the machine's network is as before.

    ``iptables``: the program that it is to write its rules with, if not the usual one. ``settings``: its daemon.json.
    ``before``: what its owner does on its host before it starts. ``runc``: with what it runs containers.
    """
    tree = pack.ensure(suite)
    interfaces = sorted(Path("/sys/class/net").iterdir())
    with tempfile.TemporaryDirectory(prefix="dn-plain-") as folder:
        work, shared = Path(folder, "work"), Path(folder, "work.shared")
        work.mkdir()
        shared.mkdir()
        (shared / "daemon.json").write_text(json.dumps({**DEFAULTS, **(settings or {})}))
        (shared / "runc").write_text(runc)
        (shared / "before.sh").write_text(before)
        cgroups = _cgroups(f"dockernet-plain-{os.getpid()}-{suite}")
        unshare = ["unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--cgroup", "--fork", "--kill-child"]
        with (shared / "log").open("wb") as log:
            outer = subprocess.Popen(
                [*unshare, "sh", str(SCRIPT), str(tree.root), str(work), iptables],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                preexec_fn=lambda: _join(cgroups),
            )
        try:
            yield Plain(_first_process(outer, shared), shared)
        finally:
            outer.send_signal(signal.SIGKILL)
            outer.wait()
            for cgroup in cgroups:
                _remove(cgroup)
        assert sorted(Path("/sys/class/net").iterdir()) == interfaces
        assert folder not in Path("/proc/self/mountinfo").read_text()


def _first_process(outer: subprocess.Popen[bytes], shared: Path) -> int:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if outer.poll() is not None:
            break
        ping = ["curl", "-s", "--max-time", "2", "--unix-socket", str(shared / "docker.sock"), "http://docker/_ping"]
        if (shared / "docker.sock").exists() and subprocess.run(ping, capture_output=True).stdout == b"OK":
            return int(Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()[0])
        time.sleep(0.05)
    outer.kill()
    raise AssertionError(f"the plain engine does not start:\n{(shared / 'log').read_text()[-3000:]}")


def _cgroups(name: str) -> list[Path]:
    """A group of its own in each hierarchy, so that what the engine makes there can be taken away."""
    hierarchies = (
        [CGROUPS] if (CGROUPS / "cgroup.procs").exists() else [path for path in CGROUPS.iterdir() if path.is_dir()]
    )
    groups = []
    for hierarchy in hierarchies:
        if hierarchy.is_symlink() or not (hierarchy / "cgroup.procs").exists():
            continue
        group = hierarchy / name
        group.mkdir()
        for setting in ("cpuset.cpus", "cpuset.mems"):
            if (hierarchy / setting).exists() and (group / setting).exists():
                (group / setting).write_text((hierarchy / setting).read_text())
        groups.append(group)
    return groups


def _join(groups: list[Path]) -> None:
    for group in groups:
        (group / "cgroup.procs").write_text("0")


def _remove(group: Path) -> None:
    """Remove a cgroup with those below; the kernel needs a moment after the last process has gone."""
    for _ in range(200):
        for path in sorted(group.rglob("*/"), key=lambda path: -len(path.parts)):
            with contextlib.suppress(OSError):
                path.rmdir()
        with contextlib.suppress(OSError):
            group.rmdir()
        if not group.exists():
            return
        time.sleep(0.02)
    raise AssertionError(f"{group} stays")
