"""What a process leaves when it is ended: nothing by SIGTERM; by SIGKILL nothing that the next run does not remove."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from dockernet_course import processes
from dockernet_course.engines.build import ours
from dockernet_course.engines.build.writing import scratch as in_cache
from dockernet_course.lab import lease
from dockernet_course.processes import started
from dockernet_course.scratch import scratch, sweep
from tests.waiting import eventually

WAITS = "import time; print('here', flush=True); time.sleep(60)"
HOLDS = f"from dockernet_course.scratch import scratch\nwith scratch('test') as f: (f / 'key').write_text('x'); {WAITS}"
COURSE = """
import sys
from pathlib import Path
from dockernet_course.cli.ending import tidily
from dockernet_course.course import run_chapter
with tidily():
    run_chapter(Path(sys.argv[1]), Path(sys.argv[2]))
"""
BUILD = """
import subprocess, sys
from dockernet_course.cli.ending import tidily
from dockernet_course.engines.build.writing import scratch
with tidily(), scratch('trixie-x86_64-0123456789ab') as work:
    with subprocess.Popen(['sleep', '77']) as child:
        print(child.pid, flush=True)
        child.wait()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, here and for processes that are started."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path / "tmp"


@contextmanager
def running(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_is_private_and_goes(place: Path) -> None:
    with scratch("test") as folder:
        assert folder.parent == place and folder.stat().st_mode & 0o777 == 0o700
        assert started(os.getpid()) in folder.name
        sweep(place)
        assert folder.is_dir(), "its process lives"
    assert not list(place.iterdir())


def test_what_a_killed_process_left_goes_with_the_next_run(place: Path) -> None:
    with running(HOLDS) as alive, running(HOLDS) as killed:
        for process in (alive, killed):
            assert process.stdout is not None and process.stdout.readline() == "here\n"
        killed.kill()
        killed.wait()
        assert len(list(place.iterdir())) == 2
        with scratch("test"):
            pass
        (left,) = place.iterdir()
        assert str(alive.pid) in left.name and (left / "key").read_text() == "x"


@pytest.mark.parametrize(
    "name",
    [
        "dockernet-test",
        "dockernet-1000",
        "dockernet-times-abcdefgh",
        "dockernet-test.00000000-999999-1-abc",
        "my-dockernet-test.{here}-999999-1-abc",
        "dockernet-test.{here}-999999-1-abc.thesis",
        "dockernet-test.{here}-1-x-abc",
    ],
)
def test_what_is_not_ours_stays(place: Path, name: str) -> None:
    """Of another machine, of another form, somebody's own."""
    folder = place / name.replace("{here}", processes._here())
    folder.mkdir()
    (folder / "thesis").write_text("years")
    with scratch("test"):
        pass
    assert (folder / "thesis").read_text() == "years"


def test_a_link_and_a_file_of_such_a_name_stay(place: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/thesis").write_text("years")
    name = f"dockernet-test.{processes._here()}-999999-1-ab"
    (place / f"{name}c").symlink_to(tmp_path / "data")
    (place / f"{name}d").write_text("mine")
    with scratch("test"):
        pass
    assert (tmp_path / "data/thesis").read_text() == "years" and len(list(place.iterdir())) == 2


def test_leases_and_folders_know_processes_alike() -> None:
    assert lease.mine().endswith(f":{started(os.getpid())}") and lease.alive(lease.mine())


@pytest.fixture
def chapter(tmp_path: Path) -> Path:
    """A notebook that takes long, and says when it does."""
    path = tmp_path / "02-bridge.ipynb"
    code = f"from pathlib import Path; import os, time; Path({str(tmp_path / 'kernel')!r}).write_text(str(os.getpid()))"
    nbformat.write(new_notebook(cells=[new_code_cell(f"{code}\ntime.sleep(120)")]), path)
    return path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_course_that_is_ended(place: Path, chapter: Path, tmp_path: Path, number: signal.Signals) -> None:
    """Its kernel ends, and the files with the kernel's key and the times go: at once, or with the next run."""
    pid = tmp_path / "kernel"
    with running(COURSE, chapter, tmp_path) as course:
        assert eventually(lambda: pid.exists() and pid.read_text(), 60)
        (folder,) = place.iterdir()
        keys = [json.loads(path.read_text())["key"] for path in folder.glob("*.json")]
        assert len(keys) == 1 and keys[0], "the kernel's file is in there"
        course.send_signal(number)
        assert course.wait(20) == (-9 if number == signal.SIGKILL else 128 + number)
    assert eventually(lambda: not started(int(pid.read_text())), 10)
    if number == signal.SIGKILL:
        assert list(place.iterdir()) == [folder]
        with scratch("test"):
            pass
    assert not list(place.iterdir())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_build_that_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    """Also where the next run builds something else."""
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    with running(BUILD) as build:
        assert build.stdout is not None
        child = int(build.stdout.readline())
        (work,) = (tmp_path / "cache").iterdir()
        assert (work / ours.MARK).is_file()
        build.send_signal(number)
        build.wait(10)
        if number == signal.SIGTERM:
            assert eventually(lambda: not started(child), 10) and not work.exists()
        else:
            os.kill(child, signal.SIGTERM)
    with in_cache("sid-x86_64-0123456789ab"):
        assert not work.exists()


def test_under_nohup_a_command_goes_on(place: Path) -> None:
    code = "import signal, os; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    code += "\nfrom dockernet_course.cli.ending import tidily"
    with running(f"{code}\nwith tidily(): os.kill(os.getpid(), signal.SIGHUP); print('on')") as process:
        assert process.stdout is not None and process.stdout.read() == "on\n"
