"""A capsule's life: started, shared, held, and ended whole, whoever ends it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from dockernet_course.engines.build import pack
from dockernet_course.engines.build.order import order
from dockernet_course.engines.find import capsule, private
from dockernet_course.engines.keeper import state
from dockernet_course.engines.keeper.base import Keeper, Order
from dockernet_course.engines.keeper.client import ask as say
from dockernet_course.engines.keeper.client import heard, launch
from dockernet_course.errors import EngineError, EngineStopped, InvalidName
from tests.live.capsules import SUITES, VERSIONS, alive, ask, members
from tests.waiting import eventually

pytestmark = [pytest.mark.live, pytest.mark.once]


@pytest.mark.parametrize("suite", SUITES)
def test_start_and_stop(runtime: Path, suite: str) -> None:
    running = capsule.start("a", suite)
    processes = members(running)
    assert ask(running, "/version")["Version"].startswith(VERSIONS[suite])
    assert {"keeper", "dockernet-init", "containerd", "dockerd"} <= set(processes.values())
    assert private.status()[0].name == "a"
    assert private.stop("a")
    assert alive(processes) == []
    assert list((runtime / "dockernet").iterdir()) == []
    assert not private.stop("a")


@pytest.mark.parametrize("suite", SUITES)
def test_docker0_has_its_default_and_networks_are_small(runtime: Path, suite: str) -> None:
    running = capsule.start("a", suite)
    bridge = ask(running, "/networks/bridge")
    assert [config["Subnet"] for config in bridge["IPAM"]["Config"]] == ["172.17.0.0/16"]
    command = "for i in 1 2 3; do docker network create n$i >/dev/null; done; docker network inspect -f "
    answer = entered("a", "sh", "-c", command + "'{{(index .IPAM.Config 0).Subnet}}' n1 n2 n3")
    assert len(set(answer.split())) == 3
    assert all(subnet.startswith("172.18.") and subnet.endswith("/24") for subnet in answer.split())


def test_starting_again_gives_the_same(runtime: Path) -> None:
    first, second = capsule.start("a"), capsule.start("a")
    assert (first.pid, first.address) == (second.pid, second.address)
    with pytest.raises(EngineError, match="runs already, with the engine of"):
        capsule.start("a", next(suite for suite in SUITES if suite != first.suite))


def test_many_start_at_once_and_get_one(runtime: Path) -> None:
    pack.ensure()
    code = "from dockernet_course.engines.find import capsule; print(capsule.start('a').pid)"
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: run_python(code), range(5)))
    assert len(set(answers)) == 1
    assert len(private.status()) == 1


def test_side_by_side(runtime: Path) -> None:
    both = {suite: capsule.start(suite, suite) for suite in SUITES}
    assert len({running.pid for running in both.values()}) == len(SUITES)
    for suite, running in both.items():
        assert ask(running, "/version")["Version"].startswith(VERSIONS[suite])
    private.stop(SUITES[0])
    assert [running.name for running in private.status()] == [SUITES[1]]


def test_ends_when_nobody_uses_it(runtime: Path) -> None:
    running = capsule.start("a", idle=0.2)
    processes = members(running)
    assert eventually(lambda: alive(processes) == [])
    assert list((runtime / "dockernet").iterdir()) == []


def test_a_lease_keeps_it(runtime: Path) -> None:
    running = capsule.start("a", idle=0.5)
    with private.hold("a", "somebody"), private.hold("a", "somebody else"):
        time.sleep(1)
        assert private.status()[0].leases == ("somebody", "somebody else")
    assert eventually(lambda: alive([running.pid, running.keeper]) == [])


def test_the_lease_of_a_killed_process_ends(runtime: Path) -> None:
    running = capsule.start("a", idle=0.5)
    ours = private.hold("a", "us")
    code = (
        "import time; from dockernet_course.engines.find import private; lease = private.hold('a', 'victim');"
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        ours.release()
        time.sleep(1)
        assert alive([running.pid]) == [running.pid]
        holder.kill()
    assert eventually(lambda: alive([running.pid, running.keeper]) == [])


def test_who_holds_it_hears_why_it_ended(runtime: Path) -> None:
    capsule.start("a")
    with private.hold("a", "us") as ours:
        private.stop("a")
        assert ours.why_ended() == ours.why_ended() == "it was stopped"
    running = capsule.start("a")
    with private.hold("a", "us") as ours:
        os.kill(running.pid, signal.SIGKILL)
        assert "level=" in ours.why_ended()  # the engine's own last words
    running = capsule.start("a")
    with private.hold("a", "us") as ours:
        assert ours.why_ended(0.1) == ""  # it runs
        os.kill(running.keeper, signal.SIGKILL)
        assert ours.why_ended() == ""  # nobody is left who could say it


class Breaks(Keeper):
    """Fails as soon as somebody waits for a lease."""

    def begin(self, log: int) -> None:
        del log

    def look(self) -> None:
        if self._leases:
            self.ended("it broke")

    def end(self) -> None:
        pass


def test_who_waits_for_a_lease_hears_once_that_there_will_be_none(runtime: Path) -> None:
    folder = state.folder_of("a")
    folder.mkdir()
    keeper = Breaks(Order("a", SUITES[0], str(folder), 1.0, {}), state.listen(folder / state.KEEPER))
    connection = state.listening(folder)
    assert connection is not None
    with ThreadPoolExecutor(1) as pool, connection:
        kept = pool.submit(keeper.keep)
        answer = say(connection, "hold us")
        assert answer is not None and answer["failed"] == "it broke\n"
        kept.result()
        connection.settimeout(0.2)
        assert heard(connection) is None


def test_a_lease_on_what_does_not_run(runtime: Path) -> None:
    with pytest.raises(EngineStopped, match="does not run"):
        private.hold("a", "somebody")


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("victim", ["keeper", "dockernet-init", "dockerd", "containerd", "outside", "www.example"])
def test_kill_9_of_any_process_ends_it_whole(runtime: Path, suite: str, victim: str) -> None:
    running = capsule.start("a", suite)
    lease = private.hold("a", "somebody")
    entered("a", "docker", "run", "-d", "dockernet-lab:1")
    processes = members(running)
    os.kill(next(pid for pid, name in processes.items() if name == victim), signal.SIGKILL)
    assert eventually(lambda: alive(processes) == [])
    # A killed keeper cannot tidy up its folder: whoever looks next does.
    assert private.status() == []
    assert list((runtime / "dockernet").iterdir()) == []
    lease.release()
    assert capsule.start("a", suite).pid != running.pid


def test_courses_end_when_their_engines_are_killed(runtime: Path) -> None:
    """Two at once; each says that its engine went away, and what is asked of it meanwhile is not waited for."""
    program = str(Path(sys.executable).with_name("dockernet"))
    engines = [capsule.start(name) for name in ("a", "b")]
    with private.hold("a", "us"), private.hold("b", "us"):
        courses = [
            subprocess.Popen(
                [program, "course", "02", "--name", engine.name, "--out", str(runtime / f"out-{engine.name}")],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for engine in engines
        ]
        for engine in engines:
            assert eventually(partial(_serves, engine), 90), "a container of the chapter runs"
            os.kill(next(pid for pid, name in members(engine).items() if name == "containerd"), signal.SIGKILL)
        killed = time.monotonic()
        said = [course.communicate(timeout=60)[0] for course in courses]
    assert time.monotonic() - killed < 45
    assert [course.returncode for course in courses] == [1, 1], said
    assert all("The engine went away." in text for text in said), said
    for name in ("a", "b"):
        shutil.rmtree(runtime / f"out-{name}")


def _serves(engine: private.Running) -> bool:
    return "python3" in members(engine).values()


def test_it_is_nobodys_child(runtime: Path) -> None:
    running = capsule.start("a")
    parent = int(Path(f"/proc/{running.keeper}/stat").read_text().rpartition(")")[2].split()[1])
    assert parent != os.getpid()
    assert os.getsid(running.keeper) != os.getsid(0)


def test_the_pack_is_never_written_to(runtime: Path) -> None:
    tree = pack.ensure()
    before = pack._fingerprint(tree.folder)
    capsule.start("a")
    entered("a", "sh", "-c", "echo mine > /etc/mine; rm /usr/bin/curl; chmod 0 /usr/bin/dig; mv /usr/sbin/nft /tmp")
    entered("a", "docker", "run", "dockernet-lab:1", "sh", "-c", "rm /usr/bin/ip; echo > /etc/passwd")
    entered("a", "sh", "-c", "rm -rf /var/lib/dockernet/*/usr; true")
    private.stop("a")
    assert pack._fingerprint(tree.folder) == before
    again = capsule.start("a")
    assert entered("a", "docker", "run", "--rm", "dockernet-lab:1", "ip", "-V").startswith("ip utility")
    assert again.ready


@pytest.mark.parametrize("suite", SUITES)
def test_the_hosts_shell(runtime: Path, suite: str) -> None:
    capsule.start("a", suite)
    assert entered("a", "docker", "version", "-f", "{{.Server.Version}}").startswith(VERSIONS[suite])
    assert "docker0" in entered("a", "ip", "-o", "link")
    assert "docker0" in entered("a", "brctl", "show")
    for tool in (["bridge", "-V"], ["curl", "-V"], ["tcpdump", "--version"], ["iptables", "-S"], ["ss", "-V"]):
        assert entered("a", *tool)
    script = ["script", "-qec", " ".join(map(quoted, capsule.enter_argv("a"))), "/dev/null"]
    shell = subprocess.run(script, input="hostname\nexit\n", capture_output=True, text=True, timeout=20)
    assert "host$ " in shell.stdout
    assert "\nhost\n" in shell.stdout


def test_a_shell_where_nothing_runs(runtime: Path) -> None:
    with pytest.raises(EngineStopped, match="does not run"):
        capsule.enter_argv("a")


def test_an_engine_that_does_not_start_says_why(runtime: Path, tmp_path: Path) -> None:
    empty = pack.Tree(tmp_path, pack.ensure().about)
    for name in ("proc", "sys", "run", "tmp", "dev", "etc", "usr/sbin", "var/lib"):
        (tmp_path / "root" / name).mkdir(parents=True)
    facts = say(launch(order("a", empty, None, 1.0)), "wait")
    assert facts is not None
    assert "No such file or directory" in facts["failed"]
    assert list((runtime / "dockernet").iterdir()) == []


@pytest.mark.parametrize("name", ["", "a/b", "..", "-x", "a" * 33, "ü"])
def test_names_that_cannot_be(runtime: Path, name: str) -> None:
    with pytest.raises(InvalidName):
        state.checked(name)


def test_a_runtime_folder_that_others_can_enter(runtime: Path) -> None:
    (runtime / "dockernet").mkdir(mode=0o755)
    with pytest.raises(EngineError, match="not a private folder"):
        capsule.start("a")
    (runtime / "dockernet").chmod(0o700)


def entered(name: str, *argv: str) -> str:
    return subprocess.run(capsule.enter_argv(name, argv), capture_output=True, text=True, check=True, timeout=60).stdout


def quoted(text: str) -> str:
    return f"'{text}'"


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
