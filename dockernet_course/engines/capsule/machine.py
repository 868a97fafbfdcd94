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
from dataclasses import dataclass
from pathlib import Path

from dockernet_course.engines.capsule import kernel, netlink

__all__ = ["API", "ENVIRONMENT", "SHELL_SETTINGS", "Plan", "run"]

API = "docker.sock"
"""The engine's socket, in the capsule's state directory on the host."""

_HOST_FOLDER = "/run/dockernet"  # where the capsule sees that state directory
_IMAGES = "/var/lib/dockernet"  # where layers that were laid ready appear, read-only
_CONTAINERD = "/run/containerd/containerd.sock"
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
SHELL_SETTINGS = "/etc/dockernet.bashrc"
# The engine would hand 8.8.8.8 to containers if the host named no name server. There is no way out of a capsule, so
# it names a documentation address (RFC 5737). A rule answers whoever asks there with "prohibited", and containers take
# over the options: else each question for a name that Docker does not know would wait for 5 to 10 seconds.
_NAMESERVER = "192.0.2.53"
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_TEXTS = {
    "etc/hostname": "host\n",
    "etc/hosts": "127.0.0.1\tlocalhost host\n::1\tlocalhost ip6-localhost ip6-loopback\n",
    "etc/resolv.conf": f"nameserver {_NAMESERVER}\noptions timeout:1 attempts:1\n",
    "etc/dockernet.bashrc": "PS1='host$ '\nHISTFILE=\ncd\n",
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
class Plan:
    """What a capsule is made of: paths on the host, and the name."""

    name: str
    suite: str
    tree: str
    image: str  # images that the engine has from the start (see preload), or ""
    folder: str
    idle: float


def run(plan: Plan, log: int) -> int:
    """Be the capsule's first process: build it, start the engine, and end when any part of the engine ends.

    Returns the exit status (its pid namespace, with all containers, goes with it).
    """
    kernel.unshare(kernel.NEWNS, "mount namespace")
    kernel.unshare(kernel.NEWNET, "network namespace")
    kernel.unshare(kernel.NEWIPC | kernel.NEWUTS | kernel.NEWCGROUP, "ipc, uts and cgroup namespaces")
    _enter_root(plan)
    kernel.loopback_up()
    with contextlib.suppress(OSError):  # a kernel without policy routing: names fail later, not otherwise
        netlink.forbid_route(_NAMESERVER)
    parts = {_start(["containerd"], log): "containerd"}
    while not Path(_CONTAINERD).exists():  # the engine would try, fail, and try again only a second later
        if (ended := _reaped(parts, log, os.WNOHANG)) is not None:
            return ended
        time.sleep(0.002)
    parts[_start(_dockerd(), log)] = "dockerd"
    while (ended := _reaped(parts, log)) is None:
        pass
    return ended


def _dockerd() -> list[str]:
    """The defaults, but for two things: sockets, and small address pools.

    docker0 takes the first pool (its default, 172.17.0.0/16); each network that is created takes a /24 of the second,
    so that there are 256 of them and not 31.
    """
    return [
        "dockerd",
        f"--host=unix://{_HOST_FOLDER}/{API}",
        "--host=unix:///run/docker.sock",
        f"--containerd={_CONTAINERD}",
        "--default-address-pool=base=172.17.0.0/16,size=16",
        "--default-address-pool=base=172.18.0.0/16,size=24",
    ]


def _enter_root(plan: Plan) -> None:
    """The pack's tree below, everything written in memory above: nothing is left when the namespace goes."""
    kernel.make_private()
    memory = f"{plan.folder}/root"
    kernel.mount("tmpfs", memory, "tmpfs", "mode=755")
    root = f"{memory}/host"
    for name in ("host", "above", "work", "docker"):
        Path(memory, name).mkdir()
    layers = f"lowerdir={_escaped(plan.tree)},upperdir={memory}/above,workdir={memory}/work,userxattr"
    kernel.mount("overlay", root, "overlay", layers, flags=0)
    _folders_and_texts(root)
    kernel.mount("proc", f"{root}/proc", "proc")
    kernel.mount("sysfs", f"{root}/sys", "sysfs")
    with contextlib.suppress(OSError):  # crun looks for a cgroup mount; it writes nothing there, and does without too
        kernel.mount("cgroup2", f"{root}/sys/fs/cgroup", "cgroup2")
    kernel.mount("tmpfs", f"{root}/run", "tmpfs", "mode=755")
    kernel.mount("tmpfs", f"{root}/tmp", "tmpfs", "mode=1777")  # noqa: S108 (its own)
    _devices(f"{root}/dev")
    # Images and containers: overlayfs cannot be stacked on what lies on overlayfs already, so straight into memory.
    kernel.bind(f"{memory}/docker", f"{root}/var/lib/docker")
    if plan.image:
        _preload(plan.image, root)
    Path(root + _HOST_FOLDER).mkdir()
    kernel.bind(plan.folder, root + _HOST_FOLDER)
    kernel.pivot_into(root)
    socket.sethostname("host")


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
        Path(root, path).write_text(text.replace("{disabled}", disabled))
    runc = Path(root, "usr/sbin/runc")
    runc.write_bytes(Path(__file__).with_name("runc.sh").read_bytes())
    runc.chmod(0o755)


def _devices(dev: str) -> None:
    """The usual few, bound from the host (a user namespace may not make device files), and terminals of its own."""
    kernel.mount("tmpfs", dev, "tmpfs", "mode=755", flags=0)
    for name in _DEVICES:
        if Path("/dev", name).exists():
            Path(dev, name).touch()
            kernel.bind(f"/dev/{name}", f"{dev}/{name}")
    for name in ("pts", "shm"):
        Path(dev, name).mkdir()
    kernel.mount("devpts", f"{dev}/pts", "devpts", "newinstance,ptmxmode=0666,mode=620")
    kernel.mount("tmpfs", f"{dev}/shm", "tmpfs", "mode=1777")
    for name, target in (
        ("ptmx", "pts/ptmx"),
        ("fd", "/proc/self/fd"),
        ("stdin", "fd/0"),
        ("stdout", "fd/1"),
        ("stderr", "fd/2"),
    ):
        Path(dev, name).symlink_to(target)


def _start(argv: list[str], log: int) -> int:
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.execvpe(argv[0], argv, ENVIRONMENT)  # noqa: S606
    except OSError as error:
        os.write(log, f"dockernet: {argv[0]}: {error}\n".encode())
    finally:
        os._exit(127)


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
