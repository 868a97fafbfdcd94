"""Which accelerator a machine gets, and the whole plan of one.

/dev/kvm may open and still not work (in a machine that is virtual itself, guests may crash or crawl), so an
accelerator is believed once a real kernel has come as far as its first program under it, in a few seconds.
"""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from dockernet_course.engines.build import cpio, snapshot, verdicts
from dockernet_course.engines.build.pack import Progress, cache_folder, quiet
from dockernet_course.engines.build.qemu import Qemu, find
from dockernet_course.engines.build.vm_image import APPEND, Image
from dockernet_course.engines.keeper.command import MachinePlan
from dockernet_course.scratch import scratch

__all__ = ["FASTER", "accelerator", "boots", "emulated", "first_program", "plan", "settled"]

FASTER = "mitigations=off norandmaps nokaslr init_on_alloc=0 randomize_kstack_offset=off preempt=none lsm=none"
"""Added to the kernel's command line: what costs time under emulation and protects nobody in a lab."""

_SECONDS = 8.0  # a kernel boots in less than 2 s under an accelerator that is one
_SAID = 0x21
_STATUS = _SAID << 1 | 1  # what QEMU's isa-debug-exit makes of it
# What starting and removing containers translates takes some 170 MB: with room for 128 only, each start throws it
# away and takes twice as long. Nehalem has what Go and glibc ask for, but no fifth level of page tables, no AVX and no
# `rep movsb` said to be fast, which cost a tenth to a sixth of the time. One processor: the kernel changes its own code
# while it runs (when a first ping wants the times of packets, and a last one no more), and of two that are emulated in
# parallel one may then execute what has stood there a moment before, which ends the kernel (docs/vm.md).
_HARDWARE: dict[str, dict[str, Any]] = {
    "tcg": {"accel": "tcg,tb-size=184", "cpu": "Nehalem-v1,+rdrand", "cpus": 1},
    "kvm": {"accel": "kvm", "cpu": "host", "cpus": 2},
    "hvf": {"accel": "hvf", "cpu": "host", "cpus": 2},
}


def plan(image: Image, progress: Progress = quiet, *, memory: int = 344) -> MachinePlan:
    """The machine for an image on this host. Raises :class:`HostForbids` if there is no QEMU and none can be had.

    ``memory`` (MiB): with 344 and its swap, forty containers run, and QEMU stays below 600 MB (docs/vm.md).
    """
    qemu = find(progress)
    accel = accelerator(qemu, image.kernel, progress)
    wanted = MachinePlan(
        qemu=qemu.argv,
        version=qemu.version,
        sandbox=qemu.sandbox,
        kernel=str(image.kernel),
        initrd=str(image.initrd),
        root=str(image.root),
        key=f"{image.about.key}-{image.about.fingerprint[:12]}",
        append=f"{APPEND} {FASTER}",
        memory=memory,
        **_HARDWARE[accel],
    )
    return settled(wanted)


def emulated(plan: MachinePlan) -> MachinePlan:
    """The same machine without an accelerator: it runs wherever it gets."""
    return replace(plan, **_HARDWARE["tcg"])


def settled(wanted: MachinePlan) -> MachinePlan:
    """The plan; or, where none can be kept, the emulated one whose snapshot lies ready, made on another machine.

    With an accelerator a snapshot of its own is soon made, and much is gained by it.
    """
    if os.access(cache_folder(), os.W_OK) or snapshot.present(wanted):
        return wanted
    other = emulated(wanted)
    return other if snapshot.present(other) else wanted


def accelerator(qemu: Qemu, kernel: Path, progress: Progress = quiet) -> str:
    """``kvm`` or ``hvf`` if it was seen to work here, else ``tcg`` (emulation); found out once a machine."""
    possible = _possible()
    if not possible:
        return "tcg"
    key = f"{possible} with {qemu.version} as {os.getuid()}"
    known = verdicts.recall(key)
    if known is None:
        progress("trying whether virtual machines run at full speed here", 0.0)
        known = boots(qemu, kernel, possible)
        verdicts.remember(key, known)
    return possible if known else "tcg"


def _possible() -> str:
    if sys.platform == "darwin":
        return "hvf"
    with contextlib.suppress(OSError):
        os.close(os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC))
        return "kvm"
    return ""


def boots(qemu: Qemu, kernel: Path, accel: str, seconds: float = _SECONDS) -> bool:
    """Whether the kernel gets to its first program under this accelerator, in time."""
    with scratch("boot") as folder:
        initrd = folder / "initrd"
        initrd.write_bytes(cpio.archive({"init": first_program()}))
        machine = ["-machine", "q35", "-accel", accel, "-cpu", _HARDWARE[accel]["cpu"], "-m", "256M", "-no-reboot"]
        nothing = ["-nodefaults", "-no-user-config", "-display", "none"]
        software = ["-kernel", str(kernel), "-initrd", str(initrd), "-append", "quiet panic=-1"]
        leave = ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
        try:
            answer = subprocess.run(
                [*qemu.argv, *nothing, *machine, *software, *leave],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return answer.returncode == _STATUS


def first_program() -> bytes:
    """A program of 25 bytes, with the headers that make it one: it ends QEMU with a status that nothing else gives.

    iopl(3), then 0x21 to the port 0xf4, for ever.
    """
    code = bytes.fromhex("bf03000000 b8ac000000 0f05 baf4000000 b821000000 ef ebfd")
    start, head = 0x400000, 64 + 56
    elf = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    header = struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, start + head, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, start, start, head + len(code), head + len(code), 0x1000)
    return elf + header + segment + code
