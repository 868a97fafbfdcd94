"""The capsule from inside: its root file system, and its first process. Standard library only.

Runs in a child of the keeper, after a fork without exec: everything it needs is imported before the root changes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dockernet_course.engines.inside import kernel, masked, outside

__all__ = ["ENVIRONMENT", "RUNC", "SHELL", "CapsulePlan", "run"]

_HOST_FOLDER = "/run/dockernet"  # where the capsule sees that state directory
_IMAGES = "/var/lib/dockernet"  # where layers that were laid ready appear, read-only
_CONTAINERD = "/run/containerd/containerd.sock"
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
RUNC = """#!/bin/busybox sh
# crun without the time namespace that engines ask for from 29.5 on: where there is one, crun makes a new pid namespace,
# too, and a container that is to have the host's (--pid=host) does not see the host's processes.
previous=
for argument in "$@"; do
  [ "$previous" != --bundle ] || busybox sed -i 's/,{"type":"time"}//; s/{"type":"time"},//' "$argument/config.json"
  previous=$argument
done
exec /usr/bin/crun "$@"
"""
SHELL = ("/usr/bin/bash", "--rcfile", "/etc/dockernet.bashrc", "-i")
_COMMAND = "usr/local/bin/outside"
_COMPOSE = "usr/libexec/docker/cli-plugins/docker-compose"  # until the plugin is put there (engines/find/compose.py)
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_TEXTS = {
    "etc/hostname": "host\n",
    "etc/hosts": "127.0.0.1\tlocalhost host\n::1\tlocalhost ip6-localhost ip6-loopback\n",
    # Containers take over the options: one question, one second, where no way leads to the name server.
    "etc/resolv.conf": f"nameserver {outside.NAMESERVER}\noptions timeout:1 attempts:1\n",
    "etc/dockernet.bashrc": "PS1='host$ '\nHISTFILE=\ncd\n",
    _COMMAND: f"""#!/bin/sh
# Run a command (or a shell) in the network outside of this host: outside curl http://host.example:8080
test $# -gt 0 || set -- env 'PS1=outside$ ' bash --norc -i
exec nsenter --net={outside.NAMESPACE} "$@"
""",
    _COMPOSE: """#!/bin/sh
if [ "$1" = docker-cli-plugin-metadata ]; then
  echo '{"SchemaVersion": "0.1.0", "Vendor": "dockernet-course", "ShortDescription": "Docker Compose, not fetched yet"}'
  exit
fi
echo "Docker Compose is fetched when it is first asked for. On your own machine, outside of this terminal, type:" >&2
echo "  dockernet engine compose" >&2
exit 1
""",
    "etc/containerd/config.toml": """version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = [{disabled}]
[grpc]
  address = "/run/containerd/containerd.sock"
""",
}
# The engine uses containerd to run containers, and keeps images itself: what else containerd offers is not loaded.
_NOT_LOADED = (
    *("grpc.v1.cri", "nri.v1.nri", "internal.v1.opt", "internal.v1.tracing", "tracing.processor.v1.otlp"),
    *(f"snapshotter.v1.{name}" for name in ("aufs", "blockfile", "btrfs", "devmapper", "native", "zfs")),
)


@dataclass(frozen=True)
class CapsulePlan:
    """What a capsule is made of: paths on the host."""

    tree: str
    image: str  # images that the engine has from the start (see preload), or ""
    folder: str
    api: str = "docker.sock"  # the engine's socket in that folder
    whole: bool = False  # root here is a whole machine's: it has all ids, and cgroups to write


def run(plan: CapsulePlan, log: int) -> int:
    """Be the capsule's first process: build it, start the engine, and end when any part of the engine ends.

    Returns the exit status (its pid namespace, with all containers, goes with it).
    """
    kernel.unshare(kernel.NEWNS, "mount namespace")
    kernel.unshare(kernel.NEWNET, "network namespace")
    kernel.unshare(kernel.NEWIPC | kernel.NEWUTS | kernel.NEWCGROUP, "ipc, uts and cgroup namespaces")
    bound = _enter_root(plan)
    kernel.link_up("lo")
    by_hand = "proc" in bound  # then the engine may not be able to change the host's settings
    parts = {_start(["containerd"], log): "containerd"}
    parts |= outside.begin(log)  # meanwhile
    if by_hand:
        parts |= masked.begin(log)
    else:  # on a machine that forwards, it is on from the start; then the engine would leave out the policy DROP
        Path("/proc/sys/net/ipv4/ip_forward").write_text("0")
    while not Path(_CONTAINERD).exists():  # the engine would try, fail, and try again only a second later
        if (ended := _reaped(parts, log, os.WNOHANG)) is not None:
            return ended
        time.sleep(0.002)
    parts[_start(_dockerd(plan), log, masked.exec_dockerd if by_hand else _exec)] = "dockerd"
    while (ended := _reaped(parts, log)) is None:
        pass
    return ended


def _dockerd(plan: CapsulePlan) -> list[str]:
    """The defaults, but for three things: sockets, where images are kept, and small address pools.

    The image is laid ready in the form of overlay2; from 29 on, a fresh engine would choose containerd's image store.
    docker0 takes the first pool (its default, 172.17.0.0/16); each network that is created takes a /24 of the second,
    so that there are 256 of them and not 31.
    """
    return [
        "dockerd",
        f"--host=unix://{_HOST_FOLDER}/{plan.api}",
        "--host=unix:///run/docker.sock",
        f"--containerd={_CONTAINERD}",
        "--storage-driver=overlay2",
        "--default-address-pool=base=172.17.0.0/16,size=16",
        "--default-address-pool=base=172.18.0.0/16,size=24",
    ]


def _enter_root(plan: CapsulePlan) -> list[str]:
    """The pack's tree below, everything written in memory above: nothing is left when the namespace goes.

    Which of proc and sysfs could not be mounted, and are the machine's own.
    """
    kernel.make_private()
    memory = f"{plan.folder}/root"
    # The image's archive, its files and their copy: loading it takes 180 MB for a moment.
    kernel.mount("tmpfs", memory, "tmpfs", "mode=755,size=75%" if plan.whole else "mode=755")
    root = f"{memory}/host"
    for name in ("host", "above", "work", "docker"):
        Path(memory, name).mkdir()
    layers = f"lowerdir={_escaped(plan.tree)},upperdir={memory}/above,workdir={memory}/work"
    kernel.mount("overlay", root, "overlay", layers if plan.whole else f"{layers},userxattr", flags=0)
    _folders_and_texts(root)
    _runc(Path(root, "usr/sbin"), whole=plan.whole)
    bound = [kind for kind, name in (("proc", "proc"), ("sysfs", "sys")) if not masked.mounted(kind, f"{root}/{name}")]
    with contextlib.suppress(OSError):  # crun looks for a cgroup mount; it writes nothing there, and does without too
        kernel.mount("cgroup2", f"{root}/sys/fs/cgroup", "cgroup2")
    kernel.mount("tmpfs", f"{root}/run", "tmpfs", "mode=755")
    kernel.mount("tmpfs", f"{root}/tmp", "tmpfs", "mode=1777")  # noqa: S108 (its own)
    _devices(f"{root}/dev")
    # Images and containers: overlayfs cannot be stacked on what lies on overlayfs already, so straight into memory.
    kernel.bind(f"{memory}/docker", f"{root}/var/lib/docker")
    if plan.image:
        _preload(plan.image, root)
    Path(root, "run/bound").write_text(" ".join(bound))
    Path(root + _HOST_FOLDER).mkdir()
    kernel.bind(plan.folder, root + _HOST_FOLDER)
    kernel.pivot_into(root)
    socket.sethostname("host")
    return bound


def _preload(image: str, root: str) -> None:
    """Give the engine its images: what it notes about them is copied, the layers' files are only made to appear."""
    data = f"{root}/var/lib/docker"
    shutil.copytree(f"{image}/image", f"{data}/image")
    files = shutil.ignore_patterns("diff")
    shutil.copytree(f"{image}/overlay2", f"{data}/overlay2", symlinks=True, ignore=files)
    for layer in Path(image, "overlay2").glob("*/diff"):
        target = Path(root + _IMAGES, layer.parent.name)
        target.mkdir(parents=True)
        kernel.bind_read_only(str(layer), str(target))
        Path(data, "overlay2", layer.parent.name, "diff").symlink_to(f"{_IMAGES}/{layer.parent.name}")


def _escaped(path: str) -> str:
    for special in "\\,:":
        path = path.replace(special, "\\" + special)
    return path


def _folders_and_texts(root: str) -> None:
    for name in ("var/lib/docker", "var/lib/containerd", "etc/docker", "etc/containerd", "usr/local/bin"):
        Path(root, name).mkdir(parents=True, exist_ok=True)
    Path(root, "var/run").symlink_to("/run")
    disabled = ", ".join(f'"io.containerd.{plugin}"' for plugin in _NOT_LOADED)
    for path, text in _TEXTS.items():
        Path(root, path).parent.mkdir(parents=True, exist_ok=True)
        Path(root, path).write_text(text.replace("{disabled}", disabled))
    for command in (_COMMAND, _COMPOSE):
        Path(root, command).chmod(0o755)


def _runc(folder: Path, *, whole: bool) -> None:
    """What the engine calls to run a container: crun, by way of our own wrapper; in a capsule it has more to mend."""
    if whole:
        (folder / "runc").write_text(RUNC)
        (folder / "runc").chmod(0o755)
        return
    for target, name in ((folder / "runc", "runc.sh"), (folder / "runc_bound.py", "runc_bound.py")):
        target.write_bytes(Path(__file__).with_name(name).read_bytes())
    (folder / "runc").chmod(0o755)


def _devices(dev: str) -> None:
    """The usual few, bound from the host (a user namespace may not make device files), and terminals of its own."""
    kernel.mount("tmpfs", dev, "tmpfs", "mode=755", flags=0)
    for name in _DEVICES:
        if Path("/dev", name).exists():
            Path(dev, name).touch()
            kernel.bind(f"/dev/{name}", f"{dev}/{name}")
    for name in ("pts", "shm"):
        Path(dev, name).mkdir()
    kernel.mount("devpts", f"{dev}/pts", "devpts", "newinstance,ptmxmode=0666,mode=620", flags=0)
    kernel.mount("tmpfs", f"{dev}/shm", "tmpfs", "mode=1777")
    for name, target in (
        ("ptmx", "pts/ptmx"),
        ("fd", "/proc/self/fd"),
        ("stdin", "fd/0"),
        ("stdout", "fd/1"),
        ("stderr", "fd/2"),
    ):
        Path(dev, name).symlink_to(target)


def _exec(argv: list[str], environment: Mapping[str, str]) -> None:
    os.execvpe(argv[0], argv, environment)  # noqa: S606


def _start(argv: list[str], log: int, become: Callable[[list[str], Mapping[str, str]], None] = _exec) -> int:
    return kernel.child(argv[0], lambda: become(argv, ENVIRONMENT), log)


def _reaped(parts: dict[int, str], log: int, options: int = 0) -> int | None:
    """Collect one process that has ended (the engine leaves shims behind that nobody else would collect).

    The exit status of the whole if it was a part of the engine, else None.
    """
    pid, status = os.waitpid(-1, options)
    if pid not in parts:
        return None
    code = os.waitstatus_to_exitcode(status)
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
    os.write(log, f"dockernet: {parts[pid]} ended: {how}\n".encode())
    return 1
