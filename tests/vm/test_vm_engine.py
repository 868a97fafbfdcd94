"""A virtual machine's life: started, shared, held, asleep, awake, and ended whole, whoever ends it."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dockernet_course import begin
from dockernet_course.engines import LAB_IMAGE, Engine, find_engine, hold
from dockernet_course.engines.build import hardware, pack, snapshot, vm_image
from dockernet_course.engines.build.snapshot import Snapshot
from dockernet_course.engines.find import own, private, vm
from dockernet_course.engines.inside import outside
from dockernet_course.engines.keeper.vm import DOZE
from dockernet_course.errors import EngineError, EngineStopped
from dockernet_course.lab import open_lab
from dockernet_course.lessons.living import LiveMap
from tests.commands import NONE_LEFT
from tests.live.capsules import alive, ask, members, processor_seconds
from tests.waiting import eventually

IDLE = ["sleep", "infinity"]
# Where packets pass, the kernel changes its code when somebody wants to know when they came, and when nobody does.
CHANGING = """
import os, socket, time
end, times = time.monotonic() + 10, 0
if not (os.fork() and os.fork()):  # two who speak to themselves
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind(("127.0.0.1", 0)), own.connect(own.getsockname())
        while time.monotonic() < end:
            own.send(b"packet"), own.recv(100)
    os._exit(0)
while time.monotonic() < end:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wanted:
        wanted.setsockopt(socket.SOL_SOCKET, 29, 1)  # SO_TIMESTAMP
    time.sleep(0.002)
    times += 1
print(times)
"""


@pytest.fixture(scope="module", autouse=True)
def made() -> None:
    """Image and snapshot lie ready: what the first start does beside is tested by the test of the first start."""
    vm.prepare()


@pytest.fixture
def engine(runtime: Path) -> Iterator[Engine]:
    """The machine ``a`` for as long as the test."""
    found = find_engine("vm", capsule="a")
    with hold(found, "test"):
        yield found


def on_host(*words: str, name: str = "a") -> str:
    return subprocess.run(vm.enter_argv(name, words), check=True, capture_output=True, text=True, timeout=60).stdout


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


# --- begin and end ---


def test_it_is_an_engine_as_the_others_are(engine: Engine) -> None:
    assert (engine.kind, engine.name, engine.private) == ("vm", "a@vm", True)
    found, _ = own.find(engine.address)
    assert found is not None and (found.kind, found.name) == (engine.kind, engine.name)
    client = engine.client()
    try:
        said = client.containers.run("dockernet-lab:1", ["ip", "-br", "addr", "show", "eth0"], remove=True)
    finally:
        client.close()
    assert b"172.17.0.2/16" in said
    assert "docker0" in on_host("brctl", "show")
    assert outside.CLIENT in on_host("outside", "ip", "-br", "addr")


def test_its_memory_is_bounded(engine: Engine) -> None:
    """Resident; what it shares with other machines of this snapshot is counted as its own."""
    for number in range(11):  # as many as any chapter has
        on_host("docker", "run", "-d", "--name", f"c{number}", "dockernet-lab:1")
        on_host("docker", "exec", f"c{number}", "ip", "addr")
    peak = int(Path(f"/proc/{private.status()[0].pid}/status").read_text().partition("VmHWM:")[2].split()[0])
    assert 100 * 1024 < peak < 600 * 1024, f"{peak} kB"


def test_a_container_that_takes_all_memory_ends_and_the_engine_goes_on(engine: Engine) -> None:
    running = private.status()[0].pid
    greedy = "import os; held = [os.urandom(1 << 20) for _ in range(1000)]"
    on_host("docker", "run", "-d", "--name", "neighbour", "dockernet-lab:1")
    with pytest.raises(subprocess.CalledProcessError) as ended:
        on_host("docker", "run", "--name", "greedy", "dockernet-lab:1", "python3", "-c", greedy)
    assert ended.value.returncode == 137
    assert on_host("docker", "inspect", "--format", "{{.State.Status}}", "greedy").strip() == "exited"
    assert on_host("docker", "inspect", "--format", "{{.State.Status}}", "neighbour").strip() == "running"
    assert private.status()[0].pid == running


def test_a_kernel_that_changes_its_own_code_goes_on(engine: Engine) -> None:
    """With two emulated processors it ended in six of seven runs, at an ``int3`` that was no longer there."""
    assert int(on_host("python3", "-c", CHANGING)) > 100


def test_nothing_is_left_of_one_that_was_stopped(runtime: Path) -> None:
    running = vm.start("a")
    processes = members(running)
    assert alive(processes) == list(processes)
    assert private.stop("a@vm")
    assert alive(processes) == []
    assert list((runtime / "dockernet").iterdir()) == []
    assert not private.stop("a@vm")


def test_many_start_at_once_and_get_one(runtime: Path) -> None:
    code = "from dockernet_course.engines.find import vm; print(vm.start('a').pid)"
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: run_python(code), range(4)))
    assert len(set(answers)) == 1
    assert len(private.status()) == 1


def test_two_that_start_for_the_first_time_make_one_snapshot(runtime: Path, emptied: Path) -> None:
    code = "from dockernet_course.engines.find import vm; print(vm.start({!r}).pid)"
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(run_python, (code.format("a"), code.format("b"))))
    assert len(set(answers)) == 2
    assert len(list(emptied.glob("*.snapshot"))) == 1
    ids = {on_host("cat", "/etc/machine-id", name=name) for name in ("a", "b")}
    assert len(ids) == 2, "each has an identity of its own, though they were one"


def test_starting_again_gives_the_same_and_no_other_release(runtime: Path) -> None:
    first, second = vm.start("a"), vm.start("a")
    assert (first.pid, first.address) == (second.pid, second.address)
    with pytest.raises(EngineError, match="runs already, with the engine of"):
        vm.start("a", "bookworm" if first.suite != "bookworm" else "trixie")


def test_it_ends_when_nobody_uses_it(runtime: Path) -> None:
    running = vm.start("a", idle=0.5)
    with private.hold("a@vm", "somebody"):
        time.sleep(1)
        assert private.status()[0].leases == ("somebody",)
    assert eventually(lambda: alive([running.pid, running.keeper]) == [])
    assert list((runtime / "dockernet").iterdir()) == []


def test_a_kernel_that_is_restarted_finds_it_as_it_was(runtime: Path) -> None:
    code = (
        "import time; from dockernet_course.engines import find_engine, hold; engine = find_engine('vm', capsule='a');"
        "lease = hold(engine, 'kernel'); engine.client().containers.run('dockernet-lab:1', detach=True, name='web');"
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as kernel:
        assert kernel.stdout is not None and kernel.stdout.readline() == b"held\n"
        before = private.status()[0]
        kernel.kill()
    assert eventually(lambda: private.status()[0].leases == ())
    after = vm.start("a")
    assert after.pid == before.pid
    assert [one["Names"] for one in ask(after, "/containers/json")] == [["/web"]]


# --- faults ---


@pytest.mark.parametrize("victim", ["keeper", "qemu"])
def test_kill_9_of_either_process_ends_it_whole(runtime: Path, victim: str) -> None:
    running = vm.start("a")
    lease = private.hold("a@vm", "somebody")
    processes = members(running)
    os.kill(next(pid for pid, name in processes.items() if name == victim), signal.SIGKILL)
    assert eventually(lambda: alive(processes) == [])
    assert private.status() == []  # a killed keeper cannot tidy up its folder: whoever looks next does
    assert list((runtime / "dockernet").iterdir()) == []
    lease.release()
    assert vm.start("a").pid != running.pid


@pytest.mark.parametrize("victim", ["dockerd", "containerd"])
def test_kill_9_of_the_engine_in_it_ends_it_whole(runtime: Path, victim: str) -> None:
    running = vm.start("a")
    killing = vm.enter_argv("a", ["sh", "-c", f"kill -9 $(pidof {victim})"])
    subprocess.run(killing, check=False, stderr=subprocess.DEVNULL)  # the machine may be gone before it can answer
    assert eventually(lambda: alive(members(running)) == [])
    assert private.status() == []
    assert list((runtime / "dockernet").iterdir()) == []


def test_a_lesson_whose_machine_is_killed_says_so_and_begins_again(
    runtime: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKERNET_ENGINE", "vm")
    monkeypatch.setenv("DOCKERNET_CAPSULE", "a")
    monkeypatch.setenv("DOCKERNET_DATA", str(tmp_path))
    lesson = begin("02-bridge")
    web = lesson.lab.run("web")
    os.kill(private.status()[0].pid, signal.SIGKILL)
    for action in (web.stop, lambda: lesson.lab.run("db"), lesson.lab.containers):
        with pytest.raises(EngineStopped) as caught:
            action()
        assert caught.value.cure and "QEMU's exit status: -9" in caught.value.state
    again = begin("02-bridge")
    assert again.lab.run("web").sh("true").exit_code == 0
    again.lab.close()


@pytest.fixture
def emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that has the pack and the image, but no snapshot."""
    there = pack.ensure().folder
    for folder in (there, vm_image.ensure().folder):
        shutil.copytree(folder, tmp_path / "cache" / folder.name, symlinks=True, copy_function=os.link)
    shutil.copy(there.with_name(f"{there.name}.pack"), tmp_path / "cache")
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def copied(emptied: Path, monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    """A snapshot of the test's own."""
    plan = hardware.emulated(hardware.plan(vm_image.ensure()))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DOCKERNET_CACHE")
        common = snapshot.ensure(plan, vm.awake)
    subprocess.run(["cp", "-a", "--sparse=always", common.folder, emptied], check=True)
    own_one = snapshot.present(plan)
    assert own_one is not None and own_one.folder.parent == emptied
    return own_one


def test_a_snapshot_that_does_not_wake_up_is_made_anew(runtime: Path, copied: Snapshot) -> None:
    """Harm that sizes and times do not show."""
    times = copied.memory.stat()
    with copied.memory.open("r+b") as memory:
        for at in range(0, times.st_size, 1 << 20):
            memory.seek(at)
            memory.write(bytes(1 << 19))
    os.utime(copied.memory, ns=(times.st_atime_ns, times.st_mtime_ns))
    said: list[str] = []
    running = vm.start("a", progress=lambda what, _: said.append(what))
    assert ask(running, "/_ping") == "OK"
    assert any("for the first time" in what for what in said)


def test_a_machine_that_cannot_be_started_says_why(
    runtime: Path, copied: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = hardware.plan(vm_image.ensure())
    broken = tmp_path / "qemu-system-x86_64"
    broken.write_text(
        f'#!/bin/sh\ncase "$*" in *incoming*) echo I will not >&2; exit 3;; esac\nexec {shlex.join(plan.qemu)} "$@"\n'
    )
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(EngineError, match="did not start") as caught:
        vm.start("a")
    assert "I will not" in caught.value.state and "exit 3" in caught.value.state
    assert list((runtime / "dockernet").iterdir()) == []


# --- sleep ---


def sleeps(pid: int) -> bool:
    """Awake and idle it uses 5 ms to 15 ms in a second."""
    before = processor_seconds(pid)
    time.sleep(1)
    return processor_seconds(pid) - before < 0.002


def test_it_sleeps_while_nobody_asks_and_nobody_notices(engine: Engine) -> None:
    pid = private.status()[0].pid
    with open_lab(engine, "test") as lab:
        web = lab.run("web", IDLE)
        began = time.monotonic()
        late = web.sh(f"sleep {DOZE + 3}; date +%s")  # nothing is said meanwhile, but somebody waits
        assert DOZE + 3 <= time.monotonic() - began < DOZE + 10
        assert abs(float(late.text) - time.time()) < 2
        began = time.monotonic()
        late = lab.host(f"sleep {DOZE + 3}; date +%s")  # nor here
        assert DOZE + 3 <= time.monotonic() - began < DOZE + 10
        assert abs(float(late.text) - time.time()) < 2
        assert eventually(lambda: sleeps(pid), DOZE + 10)
        time.sleep(5)
        assert sleeps(pid)
        assert abs(float(web.sh("date +%s").text) - time.time()) < 2
        assert eventually(lambda: sleeps(pid), DOZE + 10)
        assert web.sh("true").exit_code == 0


def test_it_sleeps_under_an_open_map_which_shows_what_comes_then(engine: Engine) -> None:
    pid = private.status()[0].pid
    with open_lab(engine, "test") as lab:
        lab.run("web")
        living = LiveMap(lab, "What is there?")
        living.follow()
        assert eventually(lambda: sleeps(pid), DOZE + 10)
        on_host("docker", "run", "-d", "--name", "typed", LAB_IMAGE)
        assert eventually(lambda: '"container typed"' in living.view.json)
        on_host("docker", "rm", "-f", "typed")


def test_a_shell_at_its_prompt_does_not_keep_it_awake_but_a_program_does(engine: Engine) -> None:
    pid = private.status()[0].pid
    command = vm.enter_argv("a", ["sh", "-c", f"sleep {DOZE + 5}; echo slept"])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        time.sleep(DOZE + 2)
        assert not sleeps(pid)
        assert program.communicate(timeout=30)[0] == "slept\n"
    script = ["script", "-qec", " ".join(f"'{word}'" for word in vm.enter_argv("a")), "/dev/null"]
    with subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as shell:
        assert eventually(lambda: sleeps(pid), DOZE + 10)
        said, _ = shell.communicate("hostname\nexit\n", timeout=30)
    assert "\nhost\n" in said


def test_its_clock_is_right_after_this_machine_was_suspended(engine: Engine) -> None:
    """Seen from the guest that is a clock that is late; seen from the keeper, a while in which nothing happened."""
    on_host("date", "-s", "@1700000000")
    time.sleep(6)
    on_host("true")
    assert abs(float(on_host("date", "+%s")) - time.time()) < 2


# --- chosen ---


def test_it_is_taken_where_a_capsule_is_forbidden(runtime: Path) -> None:
    code = "from dockernet_course import find_engine; e = find_engine(); print(e.name, *e.passed_over, sep='\\n')"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DOCKER_", "DOCKERNET_ENGINE"))}
    done = subprocess.run([*NONE_LEFT, sys.executable, "-c", code], env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    name, *passed_over = done.stdout.splitlines()
    assert name == "default@vm"
    assert any("capsule" in one and "user namespace" in one for one in passed_over), passed_over
