"""Engines and more than one account: who gets at whose engine, and what those are told who do not."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from dockernet_course.engines import LAB_IMAGE, Engine, find_engine
from dockernet_course.engines.build import hardware, pack, snapshot, vm_image
from dockernet_course.engines.find import capsule, own, private, vm
from dockernet_course.engines.keeper import state
from dockernet_course.engines.keeper.command import PRIVATE_OF_READ_ONLY, number
from dockernet_course.errors import DockernetError, EngineError
from tests.root.plain import Plain, plain_engine

pytestmark = pytest.mark.root

SOMEBODY, A_GROUP = 54321, 54322  # no such accounts are needed


def told(action: Callable[[], object], *, group: int = SOMEBODY) -> str:
    """What the action gives, or what error it ends with, done by a process of another account."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([group])
            os.setgid(SOMEBODY)
            os.setuid(SOMEBODY)
            answer = str(action())
        except (DockernetError, OSError) as error:
            answer = f"{type(error).__name__}: {error}"
        except BaseException:
            answer = traceback.format_exc()
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


def connect(path: Path) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
    return "connected"


@pytest.fixture(autouse=True)
def _nothing_of_theirs_is_left() -> Iterator[None]:
    yield
    for folder in Path("/tmp").glob(f"dockernet-{SOMEBODY}-*"):  # where an account without XDG_RUNTIME_DIR looks
        shutil.rmtree(folder)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that everybody may enter, and the runtime folder in it."""
    with tempfile.TemporaryDirectory(prefix="dn-") as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)
        for running in private.status():
            private.stop(running.name)


@pytest.fixture(scope="module")
def plain() -> Iterator[Plain]:
    with plain_engine("trixie") as started:
        for folder in (started.shared, started.shared.parent):
            folder.chmod(0o755)
        yield started


def test_a_capsule_as_root_works(place: Path) -> None:
    engine = find_engine("capsule", capsule="root")
    client = engine.client()
    try:
        assert client.containers.run(LAB_IMAGE, "ip -br addr show eth0", remove=True).startswith(b"eth0")
    finally:
        client.close()


def test_another_account_cannot_reach_a_capsule(place: Path) -> None:
    running = capsule.start("mine")
    path = Path(running.address.removeprefix("unix://"))
    assert connect(path) == "connected"
    assert "PermissionError" in told(lambda: connect(path))
    assert "PermissionError" in told(lambda: connect(path.with_name("keeper")))
    assert "PermissionError" in told(lambda: connect(Path(f"/proc/{running.pid}/root/run/docker.sock")))
    assert "PermissionError" in told(lambda: os.open(f"/proc/{running.pid}/ns/net", os.O_RDONLY))
    assert "No permission" in told(lambda: own.find(running.address))
    assert "PermissionError" in told(lambda: os.kill(running.pid, 9))


def test_another_account_cannot_reach_a_virtual_machine(place: Path) -> None:
    running = vm.start("mine")
    path = Path(running.address.removeprefix("unix://"))
    for name in ("docker.sock", "host.sock", "keeper"):
        assert connect(path.with_name(name)) == "connected"
        assert "PermissionError" in told(partial(connect, path.with_name(name)))
    assert "No permission" in told(lambda: own.find(running.address))
    for pid in (running.pid, running.keeper):
        assert "PermissionError" in told(partial(os.kill, pid, 9))
        assert "PermissionError" in told(partial(os.listdir, f"/proc/{pid}/fd"))


def test_what_is_laid_ready_for_all_serves_an_account_that_may_only_read_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It copies a snapshot that its QEMU would open for writing (before 8.2), and unpacks no pack."""
    monkeypatch.setattr(sys, "prefix", str(place))
    shared = pack.shared_folder()
    tree, made = pack.ensure(), vm_image.ensure()
    shared.mkdir(parents=True)
    pack.export_pack(shared / f"{tree.about.key}.pack")
    shutil.copytree(made.folder, shared / made.folder.name, copy_function=os.link)
    monkeypatch.delenv("DOCKERNET_CACHE", raising=False)
    plan = hardware.plan(vm_image.ensure())
    kept = snapshot.ensure(plan, vm.awake)
    assert kept.folder.parent == shared, "root has prepared the environment, and writes there"
    home = place / "home"
    home.mkdir()
    os.chown(home, SOMEBODY, SOMEBODY)

    def started() -> str:
        os.environ |= {"XDG_CACHE_HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
        engine = find_engine("vm", capsule="theirs")
        assert private.stop(engine.name or "")
        return engine.version

    assert told(started).startswith("26.1")
    theirs = {path.suffix for path in (home / "dockernet-course").iterdir()} - {".lock", ".json"}
    copied = number(plan.version) < PRIVATE_OF_READ_ONLY
    assert theirs == ({".snapshot"} if copied else set())


def test_a_runtime_folder_of_somebody_else_is_refused(place: Path) -> None:
    (place / "dockernet").mkdir()
    os.chown(place / "dockernet", SOMEBODY, SOMEBODY)
    with pytest.raises(EngineError, match="not a private folder of yours"):
        state.runtime_folder()
    os.chown(place / "dockernet", 0, 0)
    (place / "dockernet").chmod(0o755)
    with pytest.raises(EngineError, match="mode 755"):
        state.runtime_folder()
    (place / "dockernet").rmdir()


def test_a_socket_without_permission_is_named(plain: Plain) -> None:
    answer = told(lambda: own.find(f"unix://{plain.socket}"))
    assert answer.startswith("EngineUnreachable: ") and "You may not talk to the engine" in answer
    assert str(plain.socket) in answer and f"you are user {SOMEBODY}" in answer and "DOCKERNET_ENGINE=capsule" in answer


def test_the_sockets_group_may(plain: Plain) -> None:
    os.chown(plain.socket, 0, A_GROUP)
    assert "kind='own'" in told(lambda: own.find(f"unix://{plain.socket}"), group=A_GROUP)
    assert "No permission" in told(lambda: own.find(f"unix://{plain.socket}"))


def test_a_plain_engine_of_root_is_an_engine_of_ones_own(plain: Plain) -> None:
    engine = find_engine(f"unix://{plain.socket}")
    assert isinstance(engine, Engine) and engine.kind == "own" and engine.version.startswith("26.1")
    client = engine.client()
    try:
        assert client.containers.run(LAB_IMAGE, "id -u", user="1000", remove=True) == b"1000\n"
        assert client.images.get(LAB_IMAGE).tags == [LAB_IMAGE]
    finally:
        client.close()
