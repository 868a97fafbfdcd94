"""Private engines without ``XDG_RUNTIME_DIR``: nobody can take an account's place, and nothing stays there."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockernet_course.engines.build import pack

pytestmark = pytest.mark.root

ONE, OTHER, ROOT = 54331, 54332, 0
_LIVES = """
import os
from dockernet_course.engines import LAB_IMAGE, find_engine; from dockernet_course.engines.find import private
from dockernet_course.engines.keeper import state
engine = find_engine("capsule", capsule="mine")
print(state.folder_of("mine"))
client = engine.client()
print(client.containers.run(LAB_IMAGE, "echo works", remove=True).decode().strip())
client.close()
private.stop("mine")
print(state.names(), list(state.runtime_folder().iterdir()))
"""
_FAILS = """
from pathlib import Path
from dockernet_course.engines.build import pack
from dockernet_course.engines.build.order import order
from dockernet_course.engines.keeper.client import ask, launch
from dockernet_course.engines.keeper import state
tree = pack.Tree(Path("/nowhere"), pack.ensure().about)
with launch(order("mine", tree, None, 1.0)) as connection:
    print(ask(connection, "wait")["failed"])
print(state.names())
"""


@pytest.fixture(autouse=True)
def _planted() -> Iterator[None]:
    """Whoever likes to has made these folders before; they go afterwards, with what the accounts made."""
    before = _there()
    planted = [Path(f"/tmp/dockernet-{uid}{end}") for uid in (ONE, OTHER, ROOT) for end in ("", "-planted", "-0")]
    for path in set(planted) - before:
        path.mkdir(mode=0o777)
        os.chown(path, 65534, 65534)
    yield
    for path in _there() - before:
        path.rmdir()  # they are empty: nothing has stayed


def _there() -> set[Path]:
    return {path for uid in (ONE, OTHER, ROOT) for path in Path("/tmp").glob(f"dockernet-{uid}*")}


@pytest.fixture(scope="module")
def cache() -> Iterator[Path]:
    """A pack that all accounts may read; each unpacks it in a cache of its own."""
    with tempfile.TemporaryDirectory(prefix="dn-") as folder:
        Path(folder).chmod(0o755)
        pack.export_pack(Path(folder, f"{pack.ensure().about.key}.pack"))
        yield Path(folder)


def said(uid: int, cache: Path, code: str) -> str:
    """What a program of that account prints that has no XDG_RUNTIME_DIR."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "DOCKER"))}
    as_them = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"] if uid else []
    command = [*as_them, sys.executable, "-c", code]
    with tempfile.TemporaryDirectory(prefix="dn") as home:
        os.chown(home, uid, uid)
        environment = {**kept, "HOME": home, "DOCKERNET_CACHE": str(cache)}
        ran = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("uid", [ONE, OTHER, ROOT])
def test_an_account_whose_names_are_taken_has_an_engine_and_leaves_nothing(uid: int, cache: Path) -> None:
    folder, works, left = said(uid, cache, _LIVES).splitlines()
    assert works == "works" and left == "[] []"
    assert Path(folder).parent.stat().st_uid == uid and Path(folder).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("uid", [ONE, ROOT])
def test_why_a_start_failed_is_told(uid: int, cache: Path) -> None:
    failed, left = said(uid, cache, _FAILS).strip().rsplit("\n", 1)
    assert "No such file or directory" in failed and left == "[]"


def test_one_place_for_all_processes_of_an_account(cache: Path) -> None:
    code = "from dockernet_course.engines.keeper import state; print(state.runtime_folder())"
    many = f"import subprocess, sys; one = [sys.executable, '-c', {code!r}]"
    assert (
        len(set(said(ONE, cache, f"{many}; [p.wait() for p in [subprocess.Popen(one) for _ in range(6)]]").split()))
        == 1
    )


@pytest.mark.parametrize("inodes", [1, 2, 3])
def test_a_full_runtime_folder_is_told_in_words(cache: Path, inodes: int) -> None:
    """A file system with so few files that nothing can be made at all, or no state folder, or nothing in it."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory(prefix="dn", dir="/tmp") as home:  # a short path: a socket's has 107 bytes
        run = Path(home, "run")
        run.mkdir(mode=0o700)
        script = f"mount -t tmpfs -o mode=700,nr_inodes={inodes} tmpfs {run} && exec dockernet engine start"
        environment = {"PATH": path, "XDG_RUNTIME_DIR": str(run), "HOME": home, "DOCKERNET_CACHE": str(cache)}
        ran = subprocess.run(["unshare", "-m", "sh", "-c", script], env=environment, capture_output=True, text=True)
    assert ran.returncode == 1 and "Traceback" not in ran.stderr
    assert "No space left on device" in ran.stderr and "XDG_RUNTIME_DIR" in ran.stderr
