"""The guest's first process: starts the engine as a capsule does, and serves the keeper. Standard library only.

The engine's host is a child in namespaces of its own, as in a capsule; when it ends, so does the machine. A second
child gives the engine the lab image once, before the snapshot is taken: the engine loads it, then the layer's files
give way to the same ones in the read-only root file system, so that they take no memory.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dockernet_course.engines.inside import kernel, machine
from dockernet_course.engines.inside.services import serve
from dockernet_course.engines.wire.names import ARCHIVE, LAYER, PORT

__all__ = ["MODULES", "main"]

MODULES = (
    *("overlay", "veth", "bridge", "br_netfilter", "nf_conntrack", "nf_nat", "nf_conntrack_netlink"),
    *("nft_compat", "nft_chain_nat", "nft_ct", "nft_nat", "nft_masq", "nft_reject_inet", "nft_redir", "nft_log"),
    *("xt_addrtype", "xt_MASQUERADE", "xt_conntrack", "xt_nat", "xt_tcpudp", "xt_mark", "xt_LOG", "xt_comment"),
    *("xt_multiport", "xt_REDIRECT", "ipt_REJECT", "ip6t_REJECT", "ip_vs", "ip_set", "xt_set", "xt_TCPMSS"),
    *("macvlan", "ipvlan", "dummy", "vxlan", "sch_netem", "nfnetlink_log", "inet_diag", "tcp_diag"),
    *("udp_diag", "unix_diag", "netlink_diag", "af_packet_diag", "virtio_console", "virtio_rng", "zram"),
)
"""What networks need, loaded at once: each that the kernel asked for later would cost a process."""

_SETTINGS = {
    "net/core/fb_tunnels_only_for_init_net": "1",  # the host's links are those of a capsule's, whatever is loaded
    "vm/page-cluster": "0",  # what was swapped out is in memory: reading more than one page of it gains nothing
    "vm/swappiness": "100",
}
_SWAP = "512M"  # before compression; what the engine and shims have used once goes there
_NEVER = "-1000"
_SLACK = "1000000"  # nanoseconds
_FOLDER = "/run/dockernet"  # the host's state directory, as a capsule has one
_LOG = f"{_FOLDER}/log"
_OPEN_TREE, _MOVE_MOUNT, _CLONE, _CLOEXEC, _EMPTY_PATH, _HERE = 428, 429, 1, os.O_CLOEXEC, 4, -100
_POWER_OFF = 0x4321FEDC
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Be the first process. Does not return; whatever goes wrong is on the console, and the machine goes off."""
    try:
        _furnish()
        _serve()
    except BaseException as error:  # the kernel would only say that its first process is gone
        _say(f"{type(error).__name__}: {error}")
    _power_off()


def _furnish() -> None:
    kernel.mount("proc", "/proc", "proc")
    kernel.mount("sysfs", "/sys", "sysfs")
    kernel.mount("devtmpfs", "/dev", "devtmpfs", flags=0)
    kernel.mount("tmpfs", "/run", "tmpfs", "mode=755")
    kernel.mount("tmpfs", "/tmp", "tmpfs", "mode=1777")  # noqa: S108 (its own)
    Path(_FOLDER, "root").mkdir(parents=True)
    subprocess.run(["/usr/sbin/modprobe", "-qa", *MODULES], check=False)  # which there are differs between kernels
    for name, value in _SETTINGS.items():
        if Path("/proc/sys", name).exists():
            Path("/proc/sys", name).write_text(value)
    _swap()
    kernel.link_up("lo")


def _swap() -> None:
    """Swap to compressed memory, where the kernel can (zram): there it takes two fifths of its size."""
    size = Path("/sys/block/zram0/disksize")
    if size.exists():
        size.write_text(_SWAP)
        for command in ("mkswap", "swapon"):
            subprocess.run([f"/usr/bin/{command}", "/dev/zram0"], check=True, stdout=subprocess.DEVNULL)


def _serve() -> None:
    log = os.open(_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    host = _start_host(log)
    children: dict[int, Callable[[int], None]] = {host: _engine_ended}
    loaded: list[bool] = []

    def image_loaded(status: int) -> None:
        loaded.append(status == 0) if status == 0 else _engine_ended(status)

    children[kernel.child("the lab image", lambda: _give_image(host), log)] = image_loaded
    port = os.open(_port(), os.O_RDWR)
    serve(port, host=lambda: host, ready=lambda: bool(loaded), children=children)


def _start_host(log: int) -> int:
    """The pid of the engine's host, the first process of a pid namespace (and the only child in it)."""
    kernel.unshare(kernel.NEWPID, "pid namespace")
    plan = machine.CapsulePlan("/", "", _FOLDER, whole=True)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            kernel.name_process("dockernet-init")
            # Where memory is short, a container's process ends, and not the engine, with which the machine would.
            Path("/proc/self/oom_score_adj").write_text(_NEVER)
            _run_longer_at_a_time()
            status = machine.run(plan, log)
        except BaseException as error:
            os.write(log, f"dockernet: {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(status)
    own = os.open("/proc/self/ns/pid", os.O_RDONLY)  # later children are this machine's again
    kernel.enter(own, kernel.NEWPID, "machine's pid namespace")
    os.close(own)
    return pid


def _run_longer_at_a_time() -> None:
    """For this process and those it starts, on an emulated processor, where going from one to another costs much.

    Who wakes up waits for its turn (``sched(7)``, SCHED_BATCH), and timers may be late: the Go runtime's monitor, of
    which each shim has one, asks to be woken 50,000 times a second (``timerslack_ns`` in ``proc(5)``).
    """
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    Path("/proc/self/timerslack_ns").write_text(_SLACK)


def _port() -> str:
    for name in Path("/sys/class/virtio-ports").glob("*/name"):
        if name.read_text().strip() == PORT:
            return f"/dev/{name.parent.name}"
    raise OSError(f"there is no virtio port {PORT!r}")


def _give_image(host: int) -> None:
    """Runs in a child; ends with 0 once the engine has the lab image."""
    layer = _libc.syscall(_OPEN_TREE, _HERE, LAYER.encode(), _CLONE | _CLOEXEC)  # a mount of it that is nowhere yet
    if layer < 0:
        raise OSError(ctypes.get_errno(), f"{LAYER} cannot be shown")
    engine = f"/proc/{host}/root/run/docker.sock"
    _load(engine)
    there = os.open(f"/proc/{host}/ns/mnt", os.O_RDONLY)
    kernel.enter(there, kernel.NEWNS, "host's mounts")
    Path(LAYER).mkdir(parents=True, exist_ok=True)
    if _libc.syscall(_MOVE_MOUNT, layer, b"", _HERE, LAYER.encode(), _EMPTY_PATH) < 0:
        raise OSError(ctypes.get_errno(), f"{LAYER} cannot be mounted")
    for diff in Path("/var/lib/docker/overlay2").glob("*/diff"):
        shutil.rmtree(diff)
        diff.symlink_to(LAYER)
    Path("/proc/sys/vm/drop_caches").write_text("3")
    os._exit(0)


def _load(engine: str) -> None:
    """``docker load``, as soon as the engine answers."""
    while b" 200 " not in _asked(engine, b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")[:16]:
        time.sleep(0.05)
    head = "POST /images/load?quiet=1 HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n"
    head += f"Content-Type: application/x-tar\r\nContent-Length: {Path(ARCHIVE).stat().st_size}\r\n\r\n"
    answer = _asked(engine, head.encode(), ARCHIVE)
    if b" 200 " not in answer[:16] or b"error" in answer.lower():
        raise OSError(f"the engine does not take the lab image: {answer[-300:]!r}")


def _asked(engine: str, head: bytes, body: str = "/dev/null") -> bytes:
    """What the engine answers; nothing if it does not listen yet, or goes away."""
    answer = b""
    with socket.socket(socket.AF_UNIX) as connection, contextlib.suppress(OSError):
        connection.connect(engine)
        connection.sendall(head)
        with contextlib.suppress(ConnectionError), open(body, "rb") as data:  # noqa: PTH123 (its answer says why)
            while part := data.read(1 << 18):
                connection.sendall(part)
        while part := connection.recv(65536):
            answer += part
    return answer


def _engine_ended(status: int) -> None:
    """Say what the engine said last, and switch the machine off: its keeper reads the console."""
    _say(f"the engine ended ({status})")
    with contextlib.suppress(OSError):
        _say(Path(_LOG).read_bytes()[-4000:].decode(errors="replace"))
    _power_off()


def _say(text: str) -> None:
    sys.stdout.write(f"dockernet: {text}\n")
    sys.stdout.flush()


def _power_off() -> None:
    time.sleep(0.1)  # the console's last words
    _libc.reboot(_POWER_OFF)
    os._exit(1)
