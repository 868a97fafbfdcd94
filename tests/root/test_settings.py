"""The course on engines of the learner's own that are set otherwise than Docker does by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from dockernet_course.engines import find_engine
from dockernet_course.lessons.catalogue import chapters
from tests.root.plain import Plain, plain_engine
from tests.root.settings import SETTINGS, SUITES, Setting
from tests.root.test_own_course import ROOT, asked, everything
from tests.sampling import some_chapters

pytestmark = pytest.mark.root
CHAPTERS = [each.number for each in chapters() if not each.private]  # the others take an engine of the course's on each
# Of each kind one always runs: docker-proxy (the first), how containers talk, whose numbers they have, what bridge,
# what is logged, who writes rules, how much else is there.
KEPT = (
    *(("icc", "trixie"), ("userns-remap", "bookworm"), ("bridge-none", "trixie"), ("log-driver", "trixie")),
    *(("iptables", "trixie"), ("crowd", "trixie")),
)
CASES = [
    pytest.param(name, suite, marks=pytest.mark.kept if (name, suite) in KEPT else (), id=f"{name}-{suite}")
    for name, setting in SETTINGS.items()
    for suite in SUITES
    if suite in setting.suites
]


_LEARNERS = "docker network create shop; docker run -d --name web --network shop dockernet-lab:1\n"


@pytest.fixture
def plain(setting: str, suite: str) -> Iterator[Plain]:
    chosen = SETTINGS[setting]
    with plain_engine(suite, settings=chosen.daemon, before=chosen.before) as started:
        find_engine(f"unix://{started.socket}")  # loads the lab image
        on_host(started, _LEARNERS + chosen.after)
        yield started


def on_host(plain: Plain, command: str) -> None:
    done = subprocess.run(plain.argv(["sh", "-ec", command]), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("setting", "suite"), CASES)
def test_the_chapters_pass_or_name_the_setting(setting: str, suite: str, plain: Plain, tmp_path: Path) -> None:
    before, chosen = everything(plain), SETTINGS[setting]
    course(plain, tmp_path, some_chapters(1, among=CHAPTERS, by=f"{setting} {suite}"))
    assert everything(plain) == before
    results = json.loads((tmp_path / "course/results.json").read_text())["chapters"]
    assert {row["chapter"][:2]: row["failure"] for row in results if row["failure"]} == {}
    for row in results:
        printed = (tmp_path / "course" / row["notebook"]).read_text()
        assert_said(printed, chosen)


def course(plain: Plain, tmp_path: Path, chapters: Sequence[str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "dockernet_course.cli", "course", *chapters, "--out", str(tmp_path / "course")],
        cwd=ROOT,
        env=asked(plain, tmp_path),
        capture_output=True,
        check=False,
    )


def assert_said(printed: str, chosen: Setting) -> None:
    """At ``begin``; or the chapter took an engine of the course's own, and said why."""
    assert chosen.said in printed
