"""A real engine that plays the learner's own: a capsule's, under a path by which it is not recognised as one."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from dockernet_course.engines import LAB_IMAGE, Engine, find_engine, hold
from dockernet_course.engines.build import pack
from dockernet_course.engines.find import capsule, own, private
from dockernet_course.errors import EngineNotFound, EngineStopped, EngineUnreachable
from tests.commands import dockernet

pytestmark = [pytest.mark.live, pytest.mark.once]

NAME = f"own{os.getpid()}"


@pytest.fixture(scope="module", params=["trixie", "bookworm"])
def running(request: pytest.FixtureRequest) -> Iterator[private.Running]:
    started = capsule.start(NAME, request.param, idle=600)
    yield started
    private.stop(NAME)


@pytest.fixture
def place(running: private.Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with the engine's socket in it, under another path; nothing else of this machine is seen."""
    for name in [name for name in os.environ if name.startswith("DOCKER_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("DOCKERNET_ENGINE", raising=False)
    monkeypatch.setenv("DOCKERNET_CACHE", str(pack.cache_folder()))  # not below the home that is made here
    with tempfile.TemporaryDirectory(prefix="dn-") as folder:
        monkeypatch.setenv("HOME", folder)
        link = Path(folder, "docker.sock")
        link.symlink_to(running.address.removeprefix("unix://"))
        monkeypatch.setattr(own, "well_known", lambda _: iter([own.Candidate("Docker", f"unix://{link}")]))
        yield Path(folder)


def expect_own(engine: Engine, place: Path, running: private.Running) -> None:
    assert (engine.kind, engine.name, engine.private) == ("own", None, False)
    assert engine.address == f"unix://{place}/docker.sock"
    assert engine.version.startswith({"trixie": "26.1", "bookworm": "20.10"}[running.suite])
    client = engine.client()
    try:
        assert client.images.get(LAB_IMAGE).tags == [LAB_IMAGE]
    finally:
        client.close()


def test_by_address(place: Path, running: private.Running) -> None:
    expect_own(find_engine(f"unix://{place}/docker.sock"), place, running)


def test_by_docker_host(place: Path, running: private.Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{place}/docker.sock")
    engine = find_engine()
    expect_own(engine, place, running)
    assert "DOCKER_HOST" in engine.why


def test_by_a_context_that_the_real_command_made(
    place: Path, running: private.Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Path(running.address.removeprefix("unix://")).with_name(
        "contexts"
    )  # seen inside as /run/dockernet/contexts
    host = f"host=unix://{place}/docker.sock"
    for command in (["create", "lesson", "--docker", host], ["use", "lesson"]):
        argv = ["env", "DOCKER_CONFIG=/run/dockernet/contexts", "docker", "context", *command]
        subprocess.run(capsule.enter_argv(NAME, argv), check=True, capture_output=True)
    monkeypatch.setenv("DOCKER_CONFIG", str(config))
    engine = find_engine()
    expect_own(engine, place, running)
    assert "the Docker context 'lesson'" in engine.why
    subprocess.run(["rm", "-r", config], check=True)


def test_found_at_a_well_known_socket(place: Path, running: private.Running) -> None:
    engine = find_engine()
    expect_own(engine, place, running)
    assert "usual place of Docker" in engine.why and engine.passed_over == ()


def test_a_lease_on_ones_own_engine_means_nothing(place: Path, running: private.Running) -> None:
    with hold(find_engine("own"), "test"):
        assert next(one for one in private.status() if one.name == NAME).leases == ()


def test_an_image_of_that_name_that_is_another_one_is_replaced(place: Path, running: private.Running) -> None:
    engine = find_engine("own")
    client = engine.client()
    try:
        right = client.images.get(LAB_IMAGE).attrs["RootFS"]["Layers"]
        container = client.containers.run(LAB_IMAGE, "sh -c 'echo other > /other'", detach=True)
        container.wait()
        other = container.commit(*LAB_IMAGE.split(":"))
        container.remove()
        assert client.images.get(LAB_IMAGE).attrs["RootFS"]["Layers"] != right
        find_engine("own")
        assert client.images.get(LAB_IMAGE).attrs["RootFS"]["Layers"] == right
        client.images.remove(str(other.id))
    finally:
        client.close()


def test_our_own_capsule_is_recognised(place: Path, running: private.Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", running.address)
    engine = find_engine()
    assert (engine.kind, engine.name, engine.private) == ("capsule", NAME, True)
    with hold(engine, "somebody"):
        assert "somebody" in next(one for one in private.status() if one.name == NAME).leases
    assert "somebody" not in next(one for one in private.status() if one.name == NAME).leases


def test_a_capsule_is_taken_when_ones_own_engine_is_dead(place: Path, running: private.Running) -> None:
    (place / "docker.sock").unlink()
    (place / "docker.sock").symlink_to("/nowhere.sock")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKERNET_CAPSULE", NAME)
        patch.setenv("DOCKERNET_SUITE", running.suite)
        engine = find_engine()
    assert engine.name == NAME
    assert "There is no socket" in engine.passed_over[0].reason


def test_when_nothing_works_each_way_is_listed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "docker.sock").unlink()
    (place / "file").touch()
    monkeypatch.setenv("DOCKERNET_CACHE", str(place / "file"))
    monkeypatch.setenv("DOCKERNET_CAPSULE", f"{NAME}x")
    with pytest.raises(EngineNotFound) as caught:
        find_engine()
    own_line, capsule_line = caught.value.state.splitlines()[:2]
    assert own_line.startswith("- a Docker Engine of your own: there is no socket")
    assert capsule_line.startswith("- a private engine (capsule): ") and "DOCKERNET_CACHE" in caught.value.state
    assert "dockernet doctor" in caught.value.cure


def test_an_engine_that_has_stopped(place: Path, running: private.Running) -> None:
    other = capsule.start(f"{NAME}z", running.suite)
    engine = find_engine(other.address)
    assert private.stop(other.name)
    with pytest.raises(EngineUnreachable, match=r"There is no socket"):
        find_engine(other.address)
    with pytest.raises(EngineStopped):
        hold(engine, "late")


def other_version(archive: Path, target: Path) -> None:
    """The lab image with another configuration, as another version of the course has it."""
    with tarfile.open(archive) as old, tarfile.open(target, "w") as new:
        for member in old:
            content = old.extractfile(member)
            data = content.read() if content else b""
            if member.name.endswith(".json") and member.name != "manifest.json":
                data = data.replace(b'"Cmd":', b'"Labels": {"old": "yes"}, "Cmd":')
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))


def test_clean_lists_lab_images_and_removes_them_when_asked(
    place: Path, running: private.Running, tmp_path: Path
) -> None:
    engine = find_engine()
    client = engine.client()
    clean = partial(dockernet, "clean", DOCKER_HOST=f"unix://{place}/docker.sock", HOME=str(place))
    try:
        other_version(pack.ensure(running.suite).image, tmp_path / "old.tar")
        client.images.load((tmp_path / "old.tar").read_bytes())
        theirs = str(client.containers.create(LAB_IMAGE, "sleep 1000", name="theirs").commit().id)
        told = clean("--yes").stdout
        assert f"lab image {LAB_IMAGE}, " in told and " MB, stays in your engine" in told and "an older one" in told
        asked = clean("--images", stdin="n\n")
        assert asked.stdout.count("lab image") == len(client.images.list()) - 1 and client.images.get(LAB_IMAGE)
        kept = clean("--images", "--yes")
        assert kept.returncode == 1 and kept.stdout.count(" stays: ") == 1, "a container is made of it"
        client.containers.get("theirs").remove()
        assert clean("--images", "--yes").returncode == 0
        assert [one.id for one in client.images.list()] == [theirs], "what the learner made of it stays"
        client.images.remove(theirs)
        assert client.images.list(all=True) == [], "what it was made of goes with it"
    finally:
        client.close()
    find_engine()
