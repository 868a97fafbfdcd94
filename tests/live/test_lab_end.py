"""However a lab's owner ends, and whatever becomes of the engine: nothing of ours is left."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

from dockernet_course.engines import Engine, find_engine
from dockernet_course.engines.find import private
from dockernet_course.errors import EngineStopped, LabError
from dockernet_course.lab import leftovers, open_lab, open_view, settling, sweep
from dockernet_course.lab.observer import Observer
from dockernet_course.observe import observe
from tests.live import labs
from tests.waiting import eventually

pytestmark = [pytest.mark.live, pytest.mark.once]
IDLE = ["sleep", "1000"]
SECONDS = 20.0  # "within seconds", on a loaded machine


@pytest.fixture(params=["private", "own"])
def kind(request: pytest.FixtureRequest, engine: Engine, private_engine: Engine) -> Engine:
    """A private engine, and one as the learner's own."""
    return private_engine if request.param == "private" else replace(engine, kind="own", name=None)


def test_of_labs_that_open_at_the_same_instant_the_last_one_stays(private_engine: Engine) -> None:
    others = [labs.AtOnce(private_engine) for _ in range(4)]
    for other in others:
        other.go()
    opened = [other.lab() for other in others]
    assert len(set(opened)) == 4
    left = [thing.lab for thing in leftovers(private_engine)]
    assert len(left) == 1 and left[0] in opened, "their observers: one lab is open"
    assert sorted(other.makes() for other in others) == ["LabError", "LabError", "LabError", "yes"]
    for other in others:
        other.end()
    assert leftovers(private_engine) == ()


def test_another_lab_opens_only_when_this_ones_host_is_put_back(
    private_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, settle = labs.AtOnce(private_engine), settling.settle

    def slowly(observer: Observer) -> tuple[str, ...]:
        other.go()
        time.sleep(1)
        return settle(observer)

    monkeypatch.setattr(settling, "settle", slowly)
    with open_lab(private_engine, "test") as lab:
        assert lab.observer.name.endswith(lab.id)
        monkeypatch.undo()
        opened = other.lab()
        assert [thing.lab for thing in leftovers(private_engine)] == [opened]
        with pytest.raises(LabError, match="another lab was opened"):
            lab.host("ip addr")
        assert other.makes() == "yes"
        other.end()


def test_the_watchdog_closes_the_lab_of_a_killed_process(kind: Engine) -> None:
    other = labs.Other(kind)
    assert len(leftovers(kind)) == 3
    (watchdog,) = labs.watchdogs(other.pid)
    assert os.getsid(watchdog) != os.getsid(other.pid)
    assert parent(watchdog) != other.pid
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        os.kill(watchdog, number)
    time.sleep(0.2)
    assert labs.watchdogs(other.pid) == [watchdog]
    assert len(leftovers(kind)) == 3
    other.kill()
    assert eventually(lambda: not leftovers(kind), SECONDS)
    assert eventually(lambda: not labs.watchdogs(other.pid))


def test_a_process_that_just_ends_closes_its_lab_itself(kind: Engine) -> None:
    other = labs.Other(kind)
    other.end()
    assert leftovers(kind) == ()
    assert eventually(lambda: not labs.watchdogs(other.pid))


def test_a_fork_does_not_keep_the_lab_open_nor_close_it(kind: Engine) -> None:
    with open_lab(kind, "test") as lab:
        lab.run("web", IDLE)
        child = os.fork()
        if not child:
            lab.close()  # must do nothing: it is its parent's
            os._exit(0)
        os.waitpid(child, 0)
        assert [c.name for c in lab.containers()] == ["web"]
    other = labs.Other(kind, fork=True)
    other.kill()
    assert eventually(lambda: not leftovers(kind), SECONDS)


def test_what_even_the_watchdog_could_not_clean_is_swept(kind: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    other = labs.Other(kind)
    for watchdog in labs.watchdogs(other.pid):
        os.kill(watchdog, signal.SIGKILL)
    other.kill()
    left = leftovers(kind)
    assert {thing.name for thing in left} == {"web", "front", f"dockernet-observer-{other.lab}"}
    assert all(thing.dead and thing.lab == other.lab for thing in left)
    with open_lab(kind, "test") as lab:
        assert {thing.lab for thing in leftovers(kind)} <= {lab.id}
    assert "The lab before (other) is closed; removed: container web, network front." in capsys.readouterr().out


def test_sweep_removes_what_is_dead(kind: Engine) -> None:
    other = labs.Other(kind)
    for watchdog in labs.watchdogs(other.pid):
        os.kill(watchdog, signal.SIGKILL)
    assert sweep(kind) == ()
    assert len(leftovers(kind)) == 3
    other.kill()
    assert sweep(kind) == ()
    assert leftovers(kind) == ()


def test_removed_by_hand(private_engine: Engine) -> None:
    engine = private_engine
    assert engine.name
    with open_lab(engine, "test") as lab:
        lab.run("web", IDLE)
        everything = labs.docker(engine.name, "ps", "-aq").split()
        labs.docker(engine.name, "rm", "-f", *everything)
        assert lab.containers() == ()
        with pytest.raises(LabError, match="removed by hand"):
            lab.host("ip addr")
        labs.docker(engine.name, "run", "-d", "--name", "mine", "dockernet-lab:1", *IDLE)
    assert labs.docker(engine.name, "ps", "-aq") == ""


@pytest.mark.parametrize("at_once", [False, True], ids=["shut down", "killed"])
def test_a_notebooks_kernel_that_ends(kind: Engine, at_once: bool) -> None:
    """Jupyter asks a kernel to end, or kills it; a kernel that ends kills all its children."""
    manager = KernelManager()
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    reply = client.execute_interactive(labs.IN_A_KERNEL.format(labs.facts(kind)), timeout=60, output_hook=print)
    assert reply["content"]["status"] == "ok", reply
    assert len(leftovers(kind)) == 2
    client.stop_channels()
    manager.shutdown_kernel(now=at_once)
    assert eventually(lambda: not leftovers(kind), SECONDS)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C interrupts, also where the tests run in the background and began with the signal ignored.

    What earlier tests left is collected before: an interrupt inside of a ``__del__`` is swallowed (unraisable).
    """
    gc.collect()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_run_leaves_nothing(kind: Engine) -> None:
    with open_lab(kind, "test") as lab:
        lab.observer.exec(["true"])
        soon = threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT])
        with pytest.raises(KeyboardInterrupt):
            soon.start()
            for number in range(20):
                lab.run(f"busy{number}", "while :; do :; done")
        names = [c.name for c in lab.containers()]
        assert names == [f"busy{number}" for number in range(len(names))]
        assert len(names) == len(lab.commands)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.6])
def test_an_interrupted_begin_leaves_nothing(kind: Engine, seconds: float) -> None:
    soon = threading.Timer(seconds, os.kill, [os.getpid(), signal.SIGINT])
    with pytest.raises(KeyboardInterrupt):
        soon.start()
        with open_lab(kind, "test"):
            time.sleep(9)
    assert leftovers(kind) == ()
    with open_lab(kind, "test") as lab:
        lab.observer.require()


@pytest.fixture
def doomed() -> Iterator[Engine]:
    """An engine to be stopped."""
    found = find_engine("capsule", suite=os.environ.get("DOCKERNET_SUITE"), capsule="test-lab-doomed")
    yield found
    private.stop("test-lab-doomed")


def test_an_engine_that_stops_in_the_middle(doomed: Engine) -> None:
    with open_lab(doomed, "test") as lab:
        web = lab.run("web", IDLE)
        assert doomed.name
        private.stop(doomed.name)
        actions: list[Callable[[], object]] = [
            lambda: lab.run("db"),
            lambda: web.sh("true"),
            web.stop,
            lambda: lab.create_network("front"),
            lambda: lab.host("ip addr"),
            lambda: lab.observer.exec(["true"]),
            lab.containers,
            lambda: lab.remove("web"),
            lambda: lab.api_inspect("web"),
            lambda: open_lab(doomed, "test"),
            lambda: leftovers(doomed),
        ]
        for action in actions:
            with pytest.raises(EngineStopped) as caught:
                action()
            assert caught.value.cure
        begin = time.perf_counter()
    assert time.perf_counter() - begin < 2


def test_an_engine_that_stops_under_a_command(doomed: Engine) -> None:
    lab = open_lab(doomed, "test")
    web = lab.run("web", IDLE)
    assert doomed.name
    soon = threading.Timer(0.5, private.stop, [doomed.name])
    soon.start()
    with pytest.raises(EngineStopped, match="it was stopped"):
        web.sh("sleep 30")
    soon.join()
    lab.close()
    assert eventually(lambda: not labs.watchdogs())


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_view_beside_a_lab_outlives_it_and_spares_nothing_of_its(private_engine: Engine) -> None:
    """In a private engine a lab's end removes what was made by hand, also where somebody looks on."""
    assert private_engine.name
    with open_view(private_engine) as view:
        for _ in range(2):
            with open_lab(private_engine, "test") as lab:
                lab.run("web", ["sleep", "1000"])
                labs.docker(private_engine.name, "run", "-d", "--name", "by-hand", "dockernet-lab:1", "sleep", "1000")
                assert [c.name for c in observe(view).containers] == ["by-hand", "web"]
            assert observe(view).containers == ()
