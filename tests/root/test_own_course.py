"""The course on an engine of the learner's own, given by DOCKER_HOST, in which names of the chapters are taken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
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


PROJECT = ["--label", "com.docker.compose.project=shop", "--label", "com.docker.compose.service=db"]


def test_their_own_network_is_looked_at_and_stays(learners: Plain, tmp_path: Path) -> None:
    """In a terminal, and on the page, where nothing is sent before it is permitted."""
    docker(learners, "run", "-d", "--name", "shop-db-1", *PROJECT, "--network", "shop", "dockernet-lab:1")
    before, environ = everything(learners), asked(learners, tmp_path)
    try:
        for words, status, said in (
            (["look"], 0, "project shop"),
            (["why", "web", "shop-db-1:80"], 2, "not permitted"),
            (["why", "ghost", "web", "--yes"], 2, "no one container"),
            (["why", "web", "shop-db-1:80", "--yes"], 0, "they can talk"),
            (["why", "db", "web:81", "--yes"], 1, "Nothing in web listens on port 81"),
        ):
            done = command(environ, *words)
            assert (done.returncode, said in done.stdout + done.stderr) == (status, True), done.stdout + done.stderr
        page = ROOT / "notebooks" / "your-own-network.ipynb"
        for permit, outcome in ((False, "This was not permitted"), (True, "")):
            parameters = {"SOURCE": "web", "TARGET": "shop-db-1:80", "PERMIT": permit, "ENGINE": "own"}
            assert outcome in executed(page, tmp_path / f"{permit}.ipynb", parameters, environ)
        assert "they can talk" in (tmp_path / "True.ipynb").read_text()
        assert everything(learners) == before
    finally:
        docker(learners, "rm", "-f", "shop-db-1")


def command(environ: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "dockernet_course.cli", *words]
    return subprocess.run(argv, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def executed(page: Path, target: Path, parameters: Mapping[str, object], environ: Mapping[str, str]) -> str:
    """What papermill says on its standard error."""
    program = "import json, papermill, sys; page, target, how, cwd = sys.argv[1:]\n"
    program += "papermill.execute_notebook(page, target, json.loads(how), cwd=cwd, progress_bar=False)"
    argv = [sys.executable, "-c", program, str(page), str(target), json.dumps(parameters), str(page.parent)]
    return subprocess.run(argv, env=environ, capture_output=True, text=True).stderr
