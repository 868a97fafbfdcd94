"""Our own files in every state in which they may be found: told in words, put aside, and the course goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from dockernet_course.capabilities import cache as kept
from dockernet_course.capabilities.model import Finding
from dockernet_course.course import learners_copy
from dockernet_course.course.settings import write_settings
from dockernet_course.engines.build import verdicts
from dockernet_course.engines.build.archive import About
from dockernet_course.errors import LessonError
from dockernet_course.files import read_json, set_aside, write_text
from dockernet_course.lessons.results import Progress


def _text(text: str | bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    return make


def _unreadable(path: Path) -> None:
    path.write_text("{}")
    path.chmod(0)
    if os.geteuid() == 0:  # root reads everything
        path.unlink()
        path.mkdir()


STATES: dict[str, Callable[[Path], None]] = {
    "empty": _text(""),
    "half": _text('{"version": 1, "chap'),
    "a list": _text("[1, 2]"),
    "a number": _text("5"),
    "null": _text("null"),
    "no text": _text(b"\xff\xfe\x00"),
    "deep": _text("[" * 100_000),
    "unreadable": _unreadable,
    "a folder": lambda path: path.mkdir(),
    "a pipe": lambda path: os.mkfifo(path),
}
every_state = pytest.mark.parametrize("state", STATES)


@every_state
def test_it_is_put_aside_and_told(tmp_path: Path, state: str) -> None:
    path = tmp_path / "some.json"
    STATES[state](path)
    found = read_json(path, "some file")
    assert found.values == {} and "some file" in found.trouble and "some.damaged-1.json" in found.trouble
    assert not os.path.lexists(path) and os.path.lexists(tmp_path / "some.damaged-1.json")
    assert read_json(path, "some file").trouble == "", "told once"


def test_what_was_put_aside_before_stays(tmp_path: Path) -> None:
    for text in ("one", "two"):
        (tmp_path / ".given.json").write_text(text)
        set_aside(tmp_path / ".given.json")
    assert [(tmp_path / f".given.damaged-{n}.json").read_text() for n in (1, 2)] == ["one", "two"]


@every_state
def test_progress_goes_on(tmp_path: Path, state: str) -> None:
    progress = Progress(tmp_path / "progress.json")
    STATES[state](progress.path)
    progress.note("02-bridge", "checks", "02.a", "passed")
    assert "progress.damaged-1.json" in progress.trouble
    assert progress.results() == {"02-bridge": {"checks": {"02.a": "passed"}}}
    assert os.path.lexists(tmp_path / "progress.damaged-1.json")


@every_state
def test_notebooks_are_handed_out(tmp_path: Path, state: str) -> None:
    """Without the list nobody knows what the learner has changed: everything that differs stays."""
    source, folder = tmp_path / "01-x.ipynb", tmp_path / "my-course"
    nbformat.write(new_notebook(cells=[new_code_cell("first")]), source)
    learners_copy([source], folder)
    (folder / ".given.json").unlink()
    STATES[state](folder / ".given.json")
    (trouble,) = learners_copy([source], folder)
    assert ".given.damaged-1.json" in trouble
    assert learners_copy([source], folder) == []
    (folder / source.name).write_text("the learner's")
    (folder / ".given.json").unlink()
    STATES[state](folder / ".given.json")
    nbformat.write(new_notebook(cells=[new_code_cell("second")]), source)
    assert len(learners_copy([source], folder)) == 2
    assert (folder / source.name).read_text() == "the learner's"


@every_state
def test_whatever_the_learner_has_in_the_place_of_a_notebook_stays(tmp_path: Path, state: str) -> None:
    source, folder = tmp_path / "01-x.ipynb", tmp_path / "my-course"
    nbformat.write(new_notebook(cells=[new_code_cell("first")]), source)
    folder.mkdir()
    STATES[state](folder / source.name)
    before = (folder / source.name).lstat()
    (line,) = learners_copy([source], folder)
    after = (folder / source.name).lstat()
    assert "01-x.new.ipynb" in line and (before.st_ino, before.st_mtime) == (after.st_ino, after.st_mtime)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    source = tmp_path / "01-x.ipynb"
    nbformat.write(new_notebook(), source)
    (tmp_path / "taken").write_text("")
    with pytest.raises(LessonError, match=r"cannot be handed out.*taken"):
        learners_copy([source], tmp_path / "taken")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path))
    monkeypatch.setattr(kept, "_memory", {})
    return tmp_path


@every_state
def test_what_was_found_out_is_found_out_again(cache: Path, state: str) -> None:
    STATES[state](cache / "capabilities.json")
    STATES[state](cache / "verdicts.json")
    assert kept.recall("an engine") == {}
    kept.keep("an engine", {"icc": Finding(True)})
    verdicts.remember("key", "yes")
    kept._memory.clear()
    assert kept.recall("an engine") == {"icc": Finding(True)} and verdicts.recall("key") == "yes"
    assert os.path.lexists(cache / "capabilities.damaged-1.json")


@pytest.mark.parametrize("found", [5, [1], {"icc": [1], "dns": None}])
def test_an_engine_of_which_something_strange_is_kept(cache: Path, found: object) -> None:
    (cache / "capabilities.json").write_text(json.dumps({"an engine": found}))
    assert kept.recall("an engine") == {}


@pytest.mark.parametrize("text", ["", "{", "[]", "5", "null", "{}", '{"format": 2}', '{"format": 1, "suite": 1}'])
def test_what_a_pack_says_of_itself(text: str) -> None:
    """``ensure`` unpacks or builds it again."""
    with pytest.raises((ValueError, KeyError, TypeError)):
        About.from_json(text)


@every_state
def test_jupyters_settings_are_left_alone_and_told(tmp_path: Path, state: str) -> None:
    """They may be somebody else's; Jupyter cannot read them either."""
    path = tmp_path / "etc/jupyter/jupyter_server_config.json"
    path.parent.mkdir(parents=True)
    STATES[state](path)
    before = path.lstat()
    with pytest.raises(LessonError, match=r"jupyter_server_config\.json"):
        write_settings(tmp_path)
    assert path.lstat().st_mtime_ns == before.st_mtime_ns


def test_a_writer_that_is_killed_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "some.json"
    code = (
        "import sys, itertools; from pathlib import Path; from dockernet_course.files import write_json\n"
        "for n in itertools.count(): write_json(Path(sys.argv[1]), {'n': n, 'much': 'x' * 300_000}); print(flush=True)"
    )
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            for _ in range(20):
                writer.stdout.readline()
            writer.kill()
        assert len(json.loads(path.read_text())["much"]) == 300_000
    (tmp_path / ".some.json.thesis.new").write_text("years")
    write_text(path, "{}")
    assert sorted(each.name for each in tmp_path.iterdir()) == [".some.json.thesis.new", "some.json"]


def test_the_mode_and_a_link_stay(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "real"]
