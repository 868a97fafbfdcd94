"""The image that Binder would build of the repository, and a learner's pod that is started from it.

The image: a root file system of Debian's packages and what ``binder/apt.txt`` names; in it, as uid 1000 without any
privilege, within 2 GB of memory, what ``binder/environment.yml`` says (its part for pip) and ``binder/postBuild``, with
the package sources in reach. The pod: the same account and memory, one processor however many built the image.

``DOCKERNET_TEST_ROOT``: a root file system that is there already, instead of one made here (a minute).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from dockernet_course.engines.build.apt import sources_for
from tests.root.pod import GID, UID, Pod, pod

REPOSITORY = Path(__file__).parents[2]
SUITE = "trixie"
MEMORY, PROCESSORS = 2 * 1024**3, 1.0
PREFIX = "/srv/env"
SHARED = f"{PREFIX}/share/dockernet-course"
PATH = f"{PREFIX}/bin:/usr/local/bin:/usr/bin:/bin"
# Where packages come from is this machine's affair: nothing else of its environment goes into the image.
REACH = re.compile(r"(PIP|UV)_.*|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|https?_proxy|no_proxy", re.IGNORECASE)


@dataclass(frozen=True)
class Image:
    """Two layers, as of a container's image: what lies below, what building it has added; and the same of the home."""

    root: str
    home: str
    said: str
    added_mb: float


@contextmanager
def built() -> Iterator[Image]:
    """What Binder builds of the repository; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="dn-binder-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        root = Path(os.environ.get("DOCKERNET_TEST_ROOT") or _bootstrapped(folder / "root"))
        home = _cloned(folder / "home")
        with a_pod(str(root), str(home), network=True) as builder:
            said = "".join(done(builder, command) for command in _steps())
            for layer in ("written/above", "home/above"):
                (builder.folder / layer).rename(folder / layer.replace("/", "-"))
        layers = [folder / "written-above", folder / "home-above"]
        added = sum(_megabytes(layer) for layer in layers)
        yield Image(f"{layers[0]}:{root}", f"{layers[1]}:{home}", said, added)


def _bootstrapped(root: Path) -> Path:
    """The packages of Binder's base image that count here, and those that the repository asks for."""
    asked = (line.partition("#")[0].strip() for line in (REPOSITORY / "binder/apt.txt").read_text().splitlines())
    packages = ["python3", "python3-venv", "ca-certificates", "procps", *filter(None, asked)]
    dump = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=True).stdout
    settings = [line for line in dump.splitlines() if re.match(r"Acquire::(Check-|https?|Retries)", line)]
    words = ["mmdebstrap", "--mode=root", "--variant=apt", "--quiet", f"--include={','.join(packages)}"]
    words += [f"--aptopt={line}" for line in settings]
    made = subprocess.run([*words, SUITE, root, "-"], input=sources_for(SUITE), capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    for file in ("etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt"):
        if Path("/", file).exists():
            shutil.copyfile(Path("/", file), root / file)
    (root / "srv").chmod(0o777)
    return root


def _cloned(home: Path) -> Path:
    trusting = home.with_name("gitconfig")  # the repository may be another account's; `git clone` forgets what -c says
    trusting.write_text("[safe]\n\tdirectory = *\n")
    settings = {**os.environ, "GIT_CONFIG_GLOBAL": str(trusting)}
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(home)], env=settings, check=True)
    for path in [home, *home.rglob("*")]:
        os.chown(path, UID, GID, follow_symlinks=False)
    return home


def _steps() -> Iterator[str]:
    """What repo2docker does; instead of conda's environment, one of Python's own."""
    asked = yaml.safe_load((REPOSITORY / "binder/environment.yml").read_text())["dependencies"]
    (pip,) = [part["pip"] for part in asked if isinstance(part, dict)]
    yield f"python3 -m venv {PREFIX}"
    yield f"cd binder && pip install --quiet {' '.join(pip)}"
    yield "./binder/postBuild"


def a_pod(root: str, home: str, *, network: bool = False, filtered: bool = True) -> AbstractContextManager[Pod]:
    """One with mybinder.org's limits; with a network it is what builds an image, and may use all processors."""
    processors = 0 if network else PROCESSORS
    return pod(root=root, home=home, network=network, filtered=filtered, memory=MEMORY, processors=processors)


def done(made: Pod, command: str) -> str:
    reach = {key: value for key, value in os.environ.items() if REACH.fullmatch(key)}
    ended = made.run(["bash", "-ec", command], {**reach, "PATH": PATH})
    assert ended.returncode == 0, f"{command}\n{ended.stdout[-3000:]}\n{ended.stderr[-3000:]}"
    return str(ended.stdout + ended.stderr)


def _megabytes(folder: Path) -> float:
    answer = subprocess.run(["du", "--summarize", "--block-size=1M", str(folder)], capture_output=True, text=True)
    return float(answer.stdout.split()[0])
