"""What Binder is told, read as repo2docker reads it: its Dockerfile, made without a registry or an engine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
BINDER = ROOT / "binder"
PATHS = {"--constraint", "--editable"}


def environment(folder: Path) -> dict[str, Any]:
    """The file's content; paths, which pip takes from the file's own folder, written out."""
    content = yaml.safe_load((folder / "environment.yml").read_text())
    pip = content["dependencies"].pop()["pip"]
    content["pip"] = [_written_out(line, folder) for line in pip]
    return dict(content)


def _written_out(line: str, folder: Path) -> str:
    option, _, path = line.partition(" ")
    return f"{option} {(folder / path).resolve()}" if option in PATHS else line


def test_binder_gets_what_the_repositorys_own_environment_says() -> None:
    assert environment(BINDER) == environment(ROOT)
    assert environment(BINDER)["pip"] == [f"--constraint {ROOT}/constraints.txt", f"--editable {ROOT}"]


def test_there_is_one_such_folder() -> None:
    assert not (ROOT / ".binder").exists()  # repo2docker refuses two
    assert sorted(path.name for path in BINDER.iterdir()) == ["apt.txt", "environment.yml", "postBuild", "start"]


@pytest.fixture(scope="module")
def dockerfile() -> str:
    """As repo2docker writes it for mybinder's account."""
    words = [sys.executable, "-m", "repo2docker", "--no-build", "--no-run", "--debug"]
    words += ["--user-id", "1000", "--user-name", "jovyan", str(ROOT)]
    made = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, "DOCKER_HOST": ""})
    assert made.returncode == 0, made.stderr
    return made.stdout + made.stderr


def test_each_file_is_read(dockerfile: str) -> None:
    assert "NB_PYTHON_PREFIX=${CONDA_DIR}/envs/notebook" in dockerfile, "a conda image"
    assert re.search(r"apt-get install --yes --no-install-recommends qemu-system-x86 ", dockerfile)
    assert "RUN ./binder/postBuild" in dockerfile
    assert 'R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in dockerfile


def test_python_is_the_one_that_the_file_names(dockerfile: str) -> None:
    """It only knows ``python =3.x``, and takes an older one for anything else."""
    (wanted,) = [line for line in environment(BINDER)["dependencies"] if line.startswith("python ")]
    assert f"Building conda environment for python={wanted.removeprefix('python =')}\n" in dockerfile


def test_the_environment_is_made_where_the_repository_is(dockerfile: str) -> None:
    """It copies the repository before ``pip`` needs it, and that before ``postBuild``."""
    steps = ["COPY --chown=1000:1000 src/ ${REPO_DIR}/", '--file "binder/environment.yml"', "RUN ./binder/postBuild"]
    places = [dockerfile.index(step) for step in steps]
    assert places == sorted(places)


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_scripts_are_sound(name: str) -> None:
    assert os.access(BINDER / name, os.X_OK)
    assert subprocess.run(["sh", "-n", str(BINDER / name)], check=False).returncode == 0


def test_start_becomes_the_server() -> None:
    """Signals reach it, nothing of its words is lost, and nothing comes before it."""
    said = subprocess.run([str(BINDER / "start"), "sh", "-c", 'echo "$0 $# $1"', "a b", "c d"], capture_output=True)
    assert said.stdout == b"a b 1 c d\n"
