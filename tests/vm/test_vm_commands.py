"""The commands about virtual machines, as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from dockernet_course.engines.build import pack, vm_image
from dockernet_course.engines.find import private
from tests.commands import dockernet

NAME = f"cmd{os.getpid()}"


def engine(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return dockernet("engine", *words, timeout=300, **{"DOCKERNET_CAPSULE": NAME, **environ})


@pytest.mark.usefixtures("runtime")
def test_start_status_stop() -> None:
    started = engine("start", "--vm")
    assert started.returncode == 0, started.stderr
    (one,) = json.loads(engine("status", "--json").stdout)
    assert (one["name"], one["kind"], one["ready"]) == (f"{NAME}@vm", "vm", True)
    assert f"DOCKER_HOST={one['address']}" in started.stdout
    assert f"{NAME}@vm: virtual machine, {one['suite']}, " in engine("status").stdout
    assert f"Virtual machine '{NAME}@vm': stopped." in engine("stop").stdout
    assert private.status() == []


def test_an_image_goes_to_another_cache_as_a_file(tmp_path: Path) -> None:
    """The same command takes a pack and an image; an image without its pack says what to do first."""
    made = vm_image.ensure()
    file, of_pack = tmp_path / "machine", tmp_path / "engine"
    exported = engine("export", "--vm", str(file))
    assert exported.returncode == 0 and "MB" in exported.stdout, exported.stderr
    assert engine("export", str(of_pack)).returncode == 0
    elsewhere = {
        "DOCKERNET_CACHE": str(tmp_path / "cache"),
        "PATH": str(tmp_path),
    }  # no apt: nothing can be built there
    early = engine("import", str(file), **elsewhere)
    assert early.returncode == 1 and "Import the engine pack first" in early.stderr
    assert "Engine pack of" in engine("import", str(of_pack), **elsewhere).stdout
    taken = engine("import", str(file), **elsewhere)
    assert f"Virtual machine with the engine of {pack.default_suite()}: {tmp_path}" in taken.stdout, taken.stderr
    there = tmp_path / "cache" / made.folder.name / "files"
    assert (there / "root").read_bytes() == made.root.read_bytes()
    file.write_bytes(file.read_bytes()[:1_000_000])
    damaged = engine("import", str(file), **elsewhere)
    assert damaged.returncode == 1 and "Traceback" not in damaged.stderr and str(file) in damaged.stderr
