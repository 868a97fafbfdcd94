"""The course on an engine of the learner's own, given by DOCKER_HOST, in which names of the chapters are taken."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockernet_course.engines import find_engine
from tests.root.plain import Plain, plain_engine
from tests.sampling import some_chapters

pytestmark = pytest.mark.root
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=["trixie", "bookworm"])
def learners(request: pytest.FixtureRequest) -> Iterator[Plain]:
    """An engine that root started, with a container ``web`` and a network ``shop`` of the learner's."""
    with plain_engine(request.param) as plain:
        find_engine(f"unix://{plain.socket}")  # loads the lab image
        docker(plain, "network", "create", "shop")
        docker(plain, "run", "-d", "--name", "web", "--network", "shop", "dockernet-lab:1")
        yield plain


def docker(plain: Plain, *words: str) -> str:
    done = subprocess.run(plain.argv(["docker", *words]), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def everything(plain: Plain) -> list[str]:
    return [
        docker(plain, "ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.State}} {{.Networks}}"),
        docker(plain, "network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}} {{.Driver}}"),
        docker(plain, "network", "inspect", "shop"),
        docker(plain, "volume", "ls"),
    ]


def asked(plain: Plain, tmp_path: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DOCKERNET_")}
    return {**kept, "DOCKER_HOST": f"unix://{plain.socket}", "DOCKERNET_DATA": str(tmp_path / "data")}


def test_chapters_pass_and_leave_the_learners_things_alone(learners: Plain, tmp_path: Path) -> None:
    before, chapters = everything(learners), some_chapters(1, "00", "02", "09")
    done = subprocess.run(
        [sys.executable, "-m", "dockernet_course.cli", "course", "--out", str(tmp_path / "course"), *chapters],
        cwd=ROOT,
        env=asked(learners, tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "(own)" in done.stdout
    assert everything(learners) == before
