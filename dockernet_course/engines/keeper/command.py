"""QEMU's command line: a machine with nothing that is not needed.

A kernel with its initrd, one read-only disk, one serial port that the course speaks through, a source of randomness.
No network card, no screen, no USB, no file that the guest could write. The memory is a file (see ``snapshot``).
Paths go in as JSON, where QEMU takes it: a comma in one would otherwise end an option.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from dockernet_course.engines.wire.names import PORT

__all__ = ["PRIVATE_OF_READ_ONLY", "SANDBOX", "MachinePlan", "command", "escaped", "number"]

SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"
"""QEMU's own filter of system calls: it starts no program and becomes nobody else."""

PRIVATE_OF_READ_ONLY = (8, 2)
"""Since then QEMU takes a memory file that may only be read; before, it opens it for writing and never writes."""


@dataclass(frozen=True)
class MachinePlan:
    """A machine to be: which QEMU, which hardware, what it boots. Plain values, so that it goes through JSON.

    ``qemu`` is how QEMU is started, without options, ``version`` its own words; ``memory`` is in MiB; ``key`` stands
    for the bytes of ``kernel``, ``initrd`` and ``root`` (a path or nothing).
    """

    qemu: tuple[str, ...]
    version: str
    sandbox: bool
    kernel: str
    initrd: str
    root: str
    key: str
    append: str
    accel: str
    cpu: str
    cpus: int
    memory: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "qemu", tuple(self.qemu))  # it was a list in JSON


def command(
    plan: MachinePlan, memory: str, log: str, qmp: int, port: int, *, share: bool = False, incoming: bool = False
) -> list[str]:
    """The command line. ``qmp`` and ``port`` are descriptors of connected sockets that QEMU inherits.

    With ``share``, what the guest writes to its memory goes to the file; without, it stays in the process.
    """
    ram = {"qom-type": "memory-backend-file", "id": "ram", "size": plan.memory << 20, "mem-path": memory}
    if incoming and number(plan.version) >= PRIVATE_OF_READ_ONLY:
        ram |= {"readonly": True, "rom": "off"}
    disk = {"driver": "file", "node-name": "root", "filename": plan.root, "read-only": True}
    return [
        *plan.qemu,
        *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-sandbox", SANDBOX) * plan.sandbox,
        *("-machine", "q35,memory-backend=ram", "-accel", plan.accel, "-cpu", plan.cpu),
        *("-smp", str(plan.cpus), "-m", f"{plan.memory}M"),
        *("-object", json.dumps({**ram, "share": share})),
        *("-blockdev", json.dumps(disk), "-device", json.dumps({"driver": "virtio-blk-pci", "drive": "root"}))
        * bool(plan.root),
        *("-object", json.dumps({"qom-type": "rng-random", "id": "random", "filename": "/dev/urandom"})),
        *("-device", json.dumps({"driver": "virtio-rng-pci", "rng": "random"})),
        *("-device", json.dumps({"driver": "virtio-serial-pci", "max_ports": 2})),
        *("-chardev", f"socket,id=port,fd={port}"),
        *("-device", json.dumps({"driver": "virtserialport", "chardev": "port", "name": PORT})),
        *("-chardev", f"socket,id=qmp,fd={qmp}", "-mon", "chardev=qmp,mode=control"),
        *("-chardev", f"file,id=console,path={escaped(log)},append=on", "-serial", "chardev:console"),
        *("-kernel", plan.kernel, "-initrd", plan.initrd, "-append", plan.append),
        *("-incoming", "defer") * incoming,
    ]


def escaped(path: str) -> str:
    """A path as a part of a classic option, where a comma is written twice."""
    return path.replace(",", ",,")


def number(version: str) -> tuple[int, ...]:
    """``7.2.22 (Debian …)`` -> (7, 2)."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
