"""How quick and how large is the virtual machine?

``python -m benchmarks.vm [--rounds N] [--idle SECONDS] [--before] [SUITE]``: without KVM, which few of its hosts have.
From a snapshot to the engine's first answer, the first container, then starting a container, ``docker exec``, removing,
creating a network, and an observation of five containers; resident memory, and the processor time of a guest that
nobody uses. With ``--before``, the same image with the first prototype's settings beside it, in rounds that take turns:
the ratio is what counts. Exit code 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import selectors
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from socket import AF_UNIX, socket

from benchmarks._timing import seconds
from benchmarks.capsule import remove, request, run_container
from dockernet_course import begin, observe
from dockernet_course.engines.build import hardware, snapshot, vm_image
from dockernet_course.engines.find.vm import awake
from dockernet_course.engines.keeper import qemu_process as machine
from dockernet_course.engines.keeper.command import MachinePlan
from dockernet_course.engines.keeper.front import Front
from dockernet_course.engines.keeper.qemu_process import Machine
from dockernet_course.engines.wire.mux import Switch
from tests.live.capsules import processor_seconds

TARGETS = {"restore": 1.0, "first": 3.0, "run": 1.5, "exec": 0.25, "observe": 0.6, "MB": 600.0, "idle %": 3.0}


@dataclass
class Guest:
    """A machine that runs, and the socket of its engine."""

    machine: Machine
    socket: str
    restore: float


def before(plan: MachinePlan) -> MachinePlan:
    """The settings of the first prototype."""
    return replace(
        plan, accel="tcg,tb-size=128", cpu="max", cpus=1, memory=512, append=f"{vm_image.APPEND} mitigations=off"
    )


@contextlib.contextmanager
def restored(plan: MachinePlan, folder: Path, *, keep: bool) -> Iterator[Guest]:
    """A machine from the plan's snapshot, with its engine's socket in ``folder``; the snapshot is kept, or removed."""
    kept = snapshot.ensure(plan, awake)
    address = folder / "docker.sock"
    with socket(AF_UNIX) as listener, selectors.DefaultSelector() as selector:
        listener.bind(str(address))
        listener.listen(64)
        began = time.perf_counter()
        with machine.restore(plan, kept.memory, kept.state, folder / "log") as guest:
            gone = threading.Event()
            switch = Switch(selector, guest.port.fileno(), on_gone=gone.set)
            Front(selector, switch, listener, "docker")
            guest.qmp.run("cont")
            thread = threading.Thread(target=partial(_turn, selector, gone), daemon=True)
            thread.start()
            request(str(address), "GET", "/_ping")
            yield Guest(guest, str(address), time.perf_counter() - began)
            gone.set()
            thread.join()
    if not keep:
        shutil.rmtree(kept.folder)


def _turn(selector: selectors.BaseSelector, gone: threading.Event) -> None:
    while not gone.is_set():
        for key, _ in selector.select(0.2):
            key.data()


def execute(address: str, container: str) -> None:
    """``docker exec CONTAINER ip addr``."""
    order = {"Cmd": ["ip", "addr"], "AttachStdout": True, "AttachStderr": True}
    made = request(address, "POST", f"/containers/{container}/exec", order)["Id"]
    request(address, "POST", f"/exec/{made}/start", {"Detach": False})


def one_round(address: str) -> dict[str, float]:
    """Seconds of each operation, once."""
    run, container = seconds(partial(run_container, address))
    exec_, _ = seconds(partial(execute, address, container))
    rm, _ = seconds(partial(remove, address, container))
    network, _ = seconds(partial(request, address, "POST", "/networks/create", {"Name": "bench"}))
    request(address, "DELETE", "/networks/bench")
    return {"run": run, "exec": exec_, "rm": rm, "network": network}


def observation(address: str) -> float:
    """Median seconds of an observation of five containers."""
    with contextlib.redirect_stdout(None):
        lesson = begin("02-bridge", engine=f"unix://{address}")
        for number in range(5):
            lesson.lab.run(f"c{number}")
        taken = [seconds(partial(observe, lesson.lab))[0] for _ in range(7)]
        lesson.lab.close()
    return statistics.median(taken)


def resident(guest: Guest) -> float:
    """Megabytes, pages shared with other machines included."""
    status = Path(f"/proc/{guest.machine.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def idle(guest: Guest, wait: float) -> float:
    """Percent of a processor while nobody asks anything (before its keeper stops it: then none)."""
    qemu = guest.machine.process.pid
    began = processor_seconds(qemu)
    time.sleep(wait)
    return (processor_seconds(qemu) - began) / wait * 100


def measure(guests: dict[str, Guest], rounds: int, wait: float) -> dict[str, dict[str, float]]:
    """Medians, of rounds that take turns."""
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in guests}
    for _ in range(rounds + 1):
        for name, guest in guests.items():
            taken[name].append(one_round(guest.socket))
    found = {}
    for name, guest in guests.items():
        first, *later = taken[name]
        medians = {what: statistics.median(one[what] for one in later) for what in first}
        found[name] = {"restore": guest.restore, "first": first["run"], **medians}
        found[name] |= {"observe": observation(guest.socket), "MB": resident(guest), "idle %": idle(guest, wait)}
    return found


def show(found: dict[str, dict[str, float]]) -> bool:
    """Print the table; whether the targets are reached."""
    names = list(found)
    print(f"{'':8}" + "".join(f"{name:>10}" for name in names) + f"{'target':>10}" + f"{'ratio':>8}" * (len(names) > 1))
    for what, value in found["now"].items():
        target = f"{TARGETS[what]:10.2f}" if what in TARGETS else " " * 10
        ratio = f"{value / found['before'][what]:8.2f}" if "before" in found else ""
        print(f"{what:8}" + "".join(f"{found[name][what]:10.2f}" for name in names) + target + ratio)
    return all(found["now"][what] <= target for what, target in TARGETS.items())


def main(argv: Sequence[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("suite", nargs="?", default="trixie")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--idle", type=float, default=20.0)
    parser.add_argument("--before", action="store_true")
    arguments = parser.parse_args(argv)
    plan = hardware.plan(vm_image.ensure(arguments.suite))
    plans: dict[str, MachinePlan] = {"before": before(plan)} if arguments.before else {}
    with contextlib.ExitStack() as stack:
        guests = {}
        for name, one in (plans | {"now": plan}).items():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            guests[name] = stack.enter_context(restored(one, folder, keep=name == "now"))
        return 0 if show(measure(guests, arguments.rounds, arguments.idle)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
