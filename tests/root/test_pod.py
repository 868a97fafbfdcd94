"""The course in a pod, as Kubernetes makes one: an ordinary account, parts of /proc masked (see ``pod``)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockernet_course.engines.build import pack, preload
from tests.root.pod import GID, HOME, UID, Pod, pod
from tests.sampling import some_chapters

pytestmark = pytest.mark.root
HIDDEN = {"03-host": 1, "05-container": 1, "08-container-to-container": 2, "09-out-and-in": 3}
ROOT = Path(__file__).parents[2]
COURSE = [sys.executable, "-m", "dockernet_course.cli"]
CHAPTERS = "from pathlib import Path; print(Path('out/results.json').read_text())"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the default pack and its images are ready."""
    tree = pack.ensure()
    image = preload.ensure(tree, pack.quiet)
    home = tmp_path_factory.mktemp("home")
    cache = home / ".cache/dockernet-course"
    for folder in (tree.root.parent, image):
        shutil.copytree(folder, cache / folder.name, symlinks=True)
    subprocess.run(["chown", "-R", f"{UID}:{GID}", home], check=True)
    return home


@pytest.fixture(scope="module")
def masked(home: Path) -> Iterator[Pod]:
    with pod(home=str(home), binds=places()) as made:
        yield made


@pytest.fixture(scope="module")
def unmasked(home: Path) -> Iterator[Pod]:
    with pod(home=str(home), binds=places(), masked=False) as made:
        yield made


def places() -> list[str]:
    """Where the course and its Python are."""
    return list({str(ROOT), sys.prefix} - ({sys.prefix} if Path(sys.prefix).is_relative_to(ROOT) else set()))


def said(here: Pod, *command: str, fails: bool = False) -> str:
    done = here.run(command, {"PYTHONPATH": str(ROOT), "COLUMNS": "200"})
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return str(done.stdout)


def on_host(here: Pod, script: str) -> str:
    """What a shell on the capsule's host prints."""
    said(here, *COURSE, "engine", "start")
    return said(here, *COURSE, "shell", "--", "sh", "-c", script)


def test_it_is_as_in_a_pod(masked: Pod) -> None:
    status = said(masked, "cat", "/proc/self/status").split("\n")
    assert {line.split()[1] for line in status if line.startswith("Cap")} == {"0" * 16}
    assert "NoNewPrivs:\t1" in status
    assert said(masked, "sh", "-c", "echo $HOME; id -u; findmnt -no FSTYPE -T $HOME") == f"{HOME}\n{UID}\noverlay\n"
    proc = [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "--pid",
        "--fork",
        "mount",
        "-t",
        "proc",
        "none",
        "/proc",
    ]
    said(masked, *proc, fails=True)


def test_preflight_says_what_differs(masked: Pod) -> None:
    shown = " ".join(said(masked, *COURSE, "doctor").split())
    assert "The course can run here" in shown
    assert "A new /proc is refused" in shown and "A new /sys is refused" in shown


def test_without_masks_it_is_as_anywhere(unmasked: Pod) -> None:
    shown = said(unmasked, *COURSE, "doctor")
    assert "The course can run here" in shown and "is refused" not in shown
    assert "eth0" in on_host(unmasked, "docker run --rm dockernet-lab:1 ls /sys/class/net")
    assert on_host(unmasked, "docker run --rm dockernet-lab:1 sh -c 'ls -d /proc/[0-9]*'") == "/proc/1\n"
    said(unmasked, *COURSE, "engine", "stop")


def test_without_user_namespaces_there_is_the_machine(home: Path) -> None:
    with pod(home=str(home), binds=places(), filtered=True) as here:
        shown = " ".join(said(here, *COURSE, "doctor").split())
        assert "A seccomp filter refuses user namespaces" in shown
        assert "a virtual machine will be started" in shown


def test_containers_are_apart(masked: Pod) -> None:
    """They see the pod's processes, and do not reach them; /proc/1 is their own first one."""
    script = "cat /proc/1/cmdline; echo; kill -9 $PPID -1; ls -d /proc/[0-9]*"
    # Its log, as what an attached client gets of so short a life was empty once (and see moby/moby#45689).
    run = f"docker run -d --name apart dockernet-lab:1 sh -c '{script}'; docker wait apart; docker logs apart 2>&1"
    seen = on_host(masked, f"{run}; docker rm apart")
    assert "\nsh\0-c\0cat /proc/1/cmdline" in f"\n{seen}" and seen.count("\n/proc/") > 5, seen
    assert "dockernet-init" in on_host(masked, "docker run --rm --pid host dockernet-lab:1 cat /proc/1/comm")
    made = "docker run -d --rm --name one dockernet-lab:1 sleep 333 >&2"
    other = f"{made}; docker run --rm --pid container:one dockernet-lab:1 cat /proc/1/cmdline; docker rm -f one >&2"
    assert on_host(masked, other) == "/bin/sh\x00/usr/bin/sleep\x00333\x00"


def test_the_host_forwards(masked: Pod) -> None:
    """Also where the machine does not, and /proc/sys is read-only."""
    assert on_host(masked, "docker run --rm dockernet-lab:1 curl -s www.example").endswith(" sees 203.0.113.10\n")
    assert on_host(masked, "cat /proc/sys/net/ipv4/ip_forward; iptables -S FORWARD | head -1") == "1\n-P FORWARD DROP\n"


def test_nothing_is_left_however_it_ends(masked: Pod) -> None:
    said(masked, *COURSE, "engine", "stop")
    ways = ["stop", "keeper", "first", "dockerd", "keeper+first"]
    for line in said(masked, sys.executable, str(ROOT / "tests/live/ending.py"), *ways).splitlines():
        told = json.loads(line)
        ways.remove(told["way"])
        assert {f"sleep {n}" for n in (4444, 5555, 6666, 7777)} <= set(told["busy"]), told
        assert (told["left"], told["swept"], told["folders"]) == ([], [], []), told
    assert ways == []


def test_chapters_pass(masked: Pod) -> None:
    """What cannot be shown: that a container has a list of processes of its own, and what a kernel setting decides."""
    course = [*COURSE, "course", "--out", f"{HOME}/out", *(wanted := some_chapters(2, "00", "05", "09"))]
    said(masked, "sh", "-c", f'cd {ROOT} && exec "$@"', "sh", *course)
    ran = json.loads(said(masked, sys.executable, "-c", CHAPTERS))["chapters"]
    assert [c["chapter"][:2] for c in ran] == wanted
    assert {c["chapter"]: c["failure"] for c in ran if c["failure"]} == {}
    not_shown = {c["chapter"]: c["not_shown"] for c in ran if c["not_shown"]}
    assert not_shown == {chapter: count for chapter, count in HIDDEN.items() if chapter[:2] in wanted}
