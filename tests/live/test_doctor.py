"""``dockernet doctor`` and the engine commands, as processes of their own against a real capsule."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from dockernet_course.engines import LAB_IMAGE
from dockernet_course.engines.build import ours, pack
from dockernet_course.engines.find import capsule, private
from dockernet_course.lab.lease import mine
from tests import commands
from tests.commands import NONE_LEFT
from tests.waiting import eventually

pytestmark = [pytest.mark.live, pytest.mark.once]

NAME = f"doc{os.getpid()}"
FIELDS = {
    *("usable", "why", "engine", "abilities", "passed_over", "advice", "notes"),
    *("course", "python", "machine", "schema"),
}
ENGINE_FIELDS = {
    *("kind", "address", "version", "api_version", "name", "operating_system"),
    *("kernel", "cgroup", "storage", "firewall", "lab_image"),
}


def dockernet(
    *words: str, stdin: str = "", before: Sequence[str] = (), **environ: str
) -> subprocess.CompletedProcess[str]:
    return commands.dockernet(*words, stdin=stdin, before=before, timeout=120, **{"DOCKERNET_CAPSULE": NAME, **environ})


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    private.stop(NAME)


def report(*words: str, before: Sequence[str] = (), **environ: str) -> dict[str, object]:
    ran = dockernet("doctor", "--json", *words, before=before, **environ)
    data = json.loads(ran.stdout)
    assert set(data) == FIELDS and data["schema"] == 2
    assert ran.returncode == (0 if data["usable"] else 1)
    return dict(data)


def test_doctor_starts_nothing() -> None:
    data = report("--engine", "capsule")
    assert data["usable"] and data["engine"] is None and "will be started" in str(data["why"])
    assert all(one.name != NAME for one in private.status())


def test_doctor_builds_nothing(tmp_path: Path) -> None:
    data = report("--engine", "capsule", DOCKERNET_CACHE=str(tmp_path / "cache"))
    assert data["usable"], "a pack can be built, so a capsule is possible"
    assert json.dumps(data["abilities"]).count("built when a private engine is needed") == 2, "pack and image"
    assert not (tmp_path / "cache").exists()


def abilities(data: dict[str, object]) -> dict[str, bool]:
    assert isinstance(data["abilities"], list)
    return {one["name"]: one["ok"] for one in data["abilities"]}


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH with everything but QEMU and the tools for packages."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for there in ("/usr/bin", "/usr/sbin"):
        for tool in Path(there).iterdir():
            if not tool.name.startswith(("qemu", "apt", "dpkg")) and not (folder / tool.name).exists():
                (folder / tool.name).symlink_to(tool)
    return folder


def test_doctor_takes_the_virtual_machine_where_a_capsule_is_forbidden() -> None:
    data = report(before=NONE_LEFT)
    able = abilities(data)
    assert data["usable"] and "a virtual machine will be started" in str(data["why"])
    assert not able["capsule"] and able["virtual machine"]
    assert not report("--engine", "capsule", before=NONE_LEFT)["usable"]
    started = dockernet("engine", "start", before=NONE_LEFT)
    assert started.returncode == 1 and "engine start --vm" in started.stderr


def test_doctor_says_what_the_virtual_machine_lacks(tools: Path, tmp_path: Path) -> None:
    empty = {"DOCKERNET_CACHE": str(tmp_path / "cache"), "PATH": str(tools)}
    data = report(before=NONE_LEFT, **empty)
    assert not data["usable"] and not any(abilities(data).values())
    advice = str(data["advice"])
    assert "apt install qemu-system-x86" in advice and "dockernet-course[vm]" in advice
    assert "'dockernet engine export'" in advice and "'dockernet engine export --vm'" in advice
    (tools / "qemu-system-x86_64").symlink_to("/usr/bin/true")
    (tmp_path / "cache").mkdir()
    (tmp_path / f"cache/{pack.ensure().about.key}.pack").touch()
    data = report(before=NONE_LEFT, **empty)
    assert not data["usable"], "a pack alone makes no machine"
    assert abilities(data)["virtual machine"] and abilities(data)["engine pack"]
    assert "machine's image" in str(data["advice"])
    assert report(**empty)["usable"], "but a capsule"


def test_doctor_describes_the_engine_that_runs() -> None:
    started = dockernet("engine", "start")
    assert started.returncode == 0, started.stderr
    engine = report("--engine", "capsule")["engine"]
    assert isinstance(engine, dict) and set(engine) == ENGINE_FIELDS
    assert engine["name"] == NAME and engine["lab_image"] is True
    assert f"DOCKER_HOST={engine['address']}" in started.stdout
    table = dockernet("doctor", "--engine", "capsule").stdout
    assert "The course can run here." in table and engine["version"] in table and engine["address"] in table


def test_doctor_tells_that_another_release_runs() -> None:
    assert dockernet("engine", "start", "--suite", "trixie").returncode == 0
    data = report("--suite", "bookworm")
    assert not data["usable"] and "trixie" in str(data["why"])


def test_doctor_names_what_was_chosen_and_fails() -> None:
    data = report(DOCKER_HOST="unix:///nowhere.sock")
    assert not data["usable"] and "DOCKER_HOST" in str(data["why"])
    ran = dockernet("doctor", DOCKER_HOST="unix:///nowhere.sock")
    assert ran.returncode == 1 and "The course cannot run here." in ran.stdout and "→ " in ran.stdout


def test_an_error_of_ours_is_words_and_no_traceback() -> None:
    ran = dockernet("engine", "start", "--suite", "no/such")
    assert ran.returncode == 1 and "Traceback" not in ran.stderr
    assert "no/such" in ran.stderr and len(ran.stderr.splitlines()) >= 2


def test_start_status_stop() -> None:
    assert dockernet("engine", "start").returncode == 0
    (one,) = [one for one in json.loads(dockernet("engine", "status", "--json").stdout) if one["name"] == NAME]
    assert one["ready"] and one["suite"] == pack.default_suite() and one["kind"] == "capsule"
    assert f"{NAME}: capsule, " in dockernet("engine", "status").stdout
    assert "stopped" in dockernet("engine", "stop").stdout
    assert "does not run" in dockernet("engine", "stop").stdout
    assert f"{NAME}: " not in dockernet("engine", "status").stdout


def test_shell_is_on_the_engines_host() -> None:
    ran = dockernet("shell", "--engine", "capsule", "--", "sh", "-c", "ip -br link; docker ps -q; hostname; exit 3")
    assert ran.returncode == 3, ran.stderr
    assert "docker0" in ran.stdout and "eth0@if100 " in ran.stdout and ran.stdout.splitlines()[-1] == "host"
    typed = dockernet("shell", "--engine", "capsule", stdin="docker version --format '{{.Server.Os}}'\nexit\n")
    assert typed.returncode == 0 and "linux" in typed.stdout
    assert "host$" in typed.stderr + typed.stdout


def test_shell_on_ones_own_engine_has_its_address(tmp_path: Path) -> None:
    running = capsule.start(NAME, idle=600)
    link = Path(running.address.removeprefix("unix://")).with_name("link.sock")
    link.symlink_to("docker.sock")
    ran = dockernet("shell", "--engine", f"unix://{link}", "--", "sh", "-c", "echo $DOCKER_HOST")
    assert (ran.returncode, ran.stdout) == (0, f"unix://{link}\n"), ran.stderr


def test_export_and_import(tmp_path: Path) -> None:
    out = tmp_path / "engine.pack"
    exported = dockernet("engine", "export", str(out))
    assert exported.returncode == 0 and out.exists() and "MB" in exported.stdout
    elsewhere = str(tmp_path / "cache")
    assert dockernet("engine", "import", str(out), DOCKERNET_CACHE=elsewhere).returncode == 0
    assert f"{pack.default_suite()}: there." in json.dumps(report("--engine", "capsule", DOCKERNET_CACHE=elsewhere))
    out.write_bytes(out.read_bytes()[:1_000_000])
    broken = dockernet("engine", "import", str(out), DOCKERNET_CACHE=str(tmp_path / "other"))
    assert broken.returncode == 1 and "Traceback" not in broken.stderr and str(out) in broken.stderr
    assert not list((tmp_path / "other").glob("*/about.json"))


def test_clean_lists_asks_and_removes(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    old = cache / "trixie-x86_64-0123456789ab"
    (old / "root").mkdir(parents=True)
    ours.sign(old)
    runtime = tmp_path / "run"
    (runtime / "dockernet/dead/root").mkdir(parents=True, mode=0o700)
    (runtime / "dockernet").chmod(0o700)
    environ = {"DOCKERNET_CACHE": str(cache), "XDG_RUNTIME_DIR": str(runtime)}
    refused = dockernet("clean", "--cache", stdin="n\n", **environ)
    assert "'dead'" in refused.stdout and str(old) in refused.stdout
    assert old.exists() and (runtime / "dockernet/dead").exists()
    assert dockernet("clean", "--yes", **environ).returncode == 0
    assert old.exists() and not (runtime / "dockernet/dead").exists()
    assert dockernet("clean", "--cache", "--yes", **environ).returncode == 0
    assert not old.exists()
    assert "Nothing" in dockernet("clean", "--cache", **environ).stdout


def test_clean_removes_what_dead_labs_left_and_nothing_else() -> None:
    assert dockernet("engine", "start").returncode == 0
    gone = subprocess.Popen(["true"])
    gone.wait()
    lease = f"{mine().rsplit(':', 2)[0]}:{gone.pid}:1"
    label = ("--label", "org.dockernet.course=old", "--label", f"org.dockernet.lease={lease}")
    in_capsule("network", "create", *label, "left-net")
    in_capsule("run", "-d", "--name", "left", "--network", "left-net", *label, LAB_IMAGE)
    in_capsule("run", "-d", "--name", "mine", LAB_IMAGE)
    ran = dockernet("clean", stdin="y\n")
    assert ran.returncode == 0, ran.stderr
    assert "container left of the lab old" in ran.stdout and "network left-net" in ran.stdout
    assert "mine" not in ran.stdout
    assert in_capsule("ps", "-a", "--format", "{{.Names}}") == "mine"
    assert "left-net" not in in_capsule("network", "ls")


def test_an_engine_that_ends_while_it_is_asked_leaves_nothing_to_clean() -> None:
    assert dockernet("engine", "start").returncode == 0
    on_host("kill -STOP $(cat /var/run/docker.pid)")
    words, environ = [commands.DOCKERNET, "clean"], commands.environment()
    asking = subprocess.Popen(words, env=environ, text=True, stdin=-1, stdout=-1, stderr=-1)
    assert eventually(lambda: any(f"clean {asking.pid}" in one.leases for one in private.status()), 20), "it is held"
    assert private.stop(NAME)
    shown, told = asking.communicate("n\n", timeout=60)
    assert asking.returncode == 0 and NAME not in shown + told and "went away" not in told, told
    assert "Remove?" in shown or "Nothing of the course is left behind." in shown


def in_capsule(*words: str) -> str:
    return on_host(shlex.join(["docker", *words]))


def on_host(script: str) -> str:
    argv = capsule.enter_argv(NAME, ["sh", "-c", script])
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def test_the_cache_of_a_running_engine_stays() -> None:
    assert dockernet("engine", "start").returncode == 0
    ran = dockernet("clean", "--cache", "--yes")
    assert ran.returncode == 1 and NAME in ran.stderr and pack.present()
