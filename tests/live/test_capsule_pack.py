"""The pack as a file and as a tree: broken ones are noticed and mended, and it travels to a machine without apt."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dockernet_course.engines.build import archive, pack
from dockernet_course.engines.find import capsule, private
from dockernet_course.errors import PackError
from tests.live.capsules import VERSIONS, ask

pytestmark = [pytest.mark.live, pytest.mark.once]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a pack that was exported elsewhere."""
    return pack.export_pack(tmp_path_factory.mktemp("exported"))


@pytest.fixture
def classroom(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache on a machine without apt; that file."""
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "/nowhere")
    return exported


def test_without_apt_there_is_no_pack_but_a_cure(classroom: Path) -> None:
    with pytest.raises(PackError, match="no apt-get") as caught:
        pack.ensure()
    assert "dockernet engine import" in caught.value.cure


def test_export_and_import(classroom: Path, runtime: Path) -> None:
    tree = pack.import_pack(classroom)
    assert pack.ensure() == tree
    assert ask(capsule.start("a"), "/version")["Version"].startswith(VERSIONS[tree.about.suite])


def test_a_pack_that_comes_while_a_capsule_runs_leaves_its_tree_alone(classroom: Path, runtime: Path) -> None:
    first = pack.import_pack(classroom)
    capsule.start("a")
    before = programs("a")
    second = pack.import_pack(classroom)
    assert programs("a") == before and len(before) > 200
    capsule.start("b")
    assert programs("b") == before and first == second
    for name in ("a", "b"):
        private.stop(name)
    pack.import_pack(classroom)
    assert not list(pack.cache_folder().glob("*.old-*")), "nobody uses them any more"


def programs(name: str) -> list[str]:
    shown = subprocess.run(capsule.enter_argv(name, ["ls", "/usr/bin", "/usr/sbin"]), capture_output=True, text=True)
    return shown.stdout.split()


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "damage",
    [
        lambda tree: (tree.root / "usr/sbin/dockerd").unlink(),
        lambda tree: (tree.root / "usr/sbin/dockerd").write_bytes(b"half"),
        lambda tree: (tree.folder / "about.json").write_text("{"),
        lambda tree: tree.image.unlink(),
    ],
    ids=["a file removed", "a file cut off", "the stamp half-written", "no image"],
)
def test_a_broken_tree_is_unpacked_again(classroom: Path, damage: Callable[[pack.Tree], None]) -> None:
    tree = pack.import_pack(classroom)
    damage(tree)
    assert pack.ensure() == tree
    assert pack._fingerprint(tree.folder) == tree.about.fingerprint


def test_import_of_a_damaged_pack_leaves_nothing(classroom: Path, tmp_path: Path) -> None:
    content = bytearray(classroom.read_bytes())
    content[len(content) // 2] ^= 255
    (tmp_path / "damaged.pack").write_bytes(content)
    with pytest.raises(PackError, match="damaged"):
        pack.import_pack(tmp_path / "damaged.pack")
    assert [path.suffix for path in pack.cache_folder().iterdir()] == [".lock"]


def test_a_pack_of_another_version_of_the_course(classroom: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "recipe", lambda: "another")
    with pytest.raises(PackError, match="another version of the course"):
        pack.import_pack(classroom)


def test_a_killed_unpacker_is_no_obstacle(classroom: Path) -> None:
    pack.import_pack(classroom)
    tree = pack.ensure()
    (tree.root / "usr/sbin/dockerd").unlink()
    code = "from dockernet_course.engines.build import pack; pack.ensure()"
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        while not list(pack.cache_folder().glob(".*/tree/root")) and process.poll() is None:
            time.sleep(0.005)
        process.kill()
    assert list(pack.cache_folder().glob(".*"))  # it was killed half-way
    assert pack._fingerprint(pack.ensure().folder) == tree.about.fingerprint
    assert list(pack.cache_folder().glob(".*")) == []


def test_two_that_mend_the_same_tree_do_not_clash(classroom: Path) -> None:
    tree = pack.import_pack(classroom)
    (tree.root / "usr/sbin/dockerd").unlink()
    code = (
        "from dockernet_course.engines.build import pack; print(pack.ensure(progress=lambda what, part: print(what)))"
    )
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert sum("unpacking the engine pack" in text for text in said) == 1
    assert all(repr(tree) in text for text in said)
    assert pack._fingerprint(tree.folder) == tree.about.fingerprint


def test_a_broken_layer_that_was_laid_ready_is_made_again(classroom: Path, runtime: Path) -> None:
    tree = pack.import_pack(classroom)
    capsule.start("a")
    private.stop("a")
    image = pack.cache_folder() / f"{tree.about.key}.image"
    next(image.glob("overlay2/*/diff/usr/bin/ip")).unlink()
    capsule.start("a")
    assert list(image.glob("overlay2/*/diff/usr/bin/ip"))


def test_built_from_the_hosts_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From nothing, with broken files of a builder that was killed in the way; twice gives the same tree."""
    expected = pack.ensure()
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    (tmp_path / expected.about.key).mkdir()
    (tmp_path / f"{expected.about.key}.pack").write_bytes(b"half a pack")
    said: list[tuple[str, float]] = []
    before = set(Path("/var/lib/apt/lists").iterdir())
    others: list[pack.Tree] = []

    def hear(what: str, part: float) -> None:
        said.append((what, part))
        if what.startswith("compressing"):
            others.append(pack.ensure(progress=lambda what, _: pytest.fail(what)))

    tree = pack.ensure(progress=hear)
    assert others == [tree], "whoever waited for it need not wait for its compressing"
    assert tree.about.fingerprint == expected.about.fingerprint
    with archive.first_file(tmp_path / f"{tree.about.key}.pack") as (name, _):
        assert name == "lab.tar"
    assert set(Path("/var/lib/apt/lists").iterdir()) == before
    anew = next(at for at, (what, _) in enumerate(said) if "Building it anew" in what)
    parts = [part for _, part in said[anew + 1 :]]
    assert parts == sorted(parts)
    assert said[-1] == ("the engine pack is ready", 1.0)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == ["", ".lock", ".pack"]


def test_an_unknown_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path))
    with pytest.raises(PackError, match="no release called 'nosuchrelease'"):
        pack.ensure("nosuchrelease")


def test_no_network(tmp_path: Path) -> None:
    """In a network namespace that has nothing but a loopback interface that is down."""
    code = (
        "from dockernet_course.engines.build.pack import ensure\ntry: ensure()\nexcept Exception as no: print(no.what)"
    )
    answer = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", code],
        env={**os.environ, "DOCKERNET_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert answer.stdout == "The package sources of this machine cannot be reached.\n"


def test_a_full_disk(tmp_path: Path) -> None:
    code = (
        "from dockernet_course.engines.build.pack import ensure\ntry: ensure()\nexcept Exception as no: print(no.what)"
    )
    small = f'mount -t tmpfs -o size=20M,mode=700 none {tmp_path} && exec "$@"'
    answer = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", small, "sh", sys.executable, "-c", code],
        env={**os.environ, "DOCKERNET_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert answer.stdout == "The disk is full.\n"
