"""The lab image, laid ready: so that a capsule has it from the start, and no memory of its own for its files.

Loading the archive takes an engine 0.5 s, and as long as a capsule lives its 60 MB would lie in memory. So a
throwaway capsule loads it once for each pack; what the engine made of it (its notes, and the layer's files) is kept
in the cache, and later capsules of all names read the same files.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
from http.client import HTTPConnection
from pathlib import Path

from dockernet_course.engines.build.order import order
from dockernet_course.engines.build.pack import Progress, Tree, cache_folder, exclusively, scratch, settle
from dockernet_course.engines.build.tree import fingerprint
from dockernet_course.engines.keeper import state
from dockernet_course.engines.keeper.client import ask, end, launch
from dockernet_course.errors import EngineError

__all__ = ["ensure"]


def ensure(tree: Tree, progress: Progress) -> Path:
    """The folder with the engine's images, made if it is not there or broken."""
    folder = cache_folder() / f"{tree.about.key}.image"
    if _valid(folder):
        return folder
    key = f"{tree.about.key}.image"
    with exclusively(key, progress):
        if not _valid(folder):
            progress("laying the lab image ready", 0.5)
            with scratch(key) as work:
                _make(tree, work / "new")
                settle(work / "new", key)
    return folder


def _valid(folder: Path) -> bool:
    try:
        expected = json.loads((folder / "about.json").read_text())
        return bool(expected == [fingerprint(folder / "image"), fingerprint(folder / "overlay2")])
    except (OSError, ValueError):
        return False


def _make(tree: Tree, target: Path) -> None:
    name = f"preload-{os.getpid()}"
    with launch(order(name, tree, None, 60.0)) as connection:
        facts = ask(connection, "hold preload")
        if facts is None or facts["failed"]:
            raise EngineError("The engine did not start.", state=facts["failed"] if facts else "")
        _load(state.folder_of(name) / state.API, tree.image)
        data = Path(f"/proc/{facts['pid']}/root/var/lib/docker")
        for part in ("image", "overlay2"):
            shutil.copytree(data / part, target / part, symlinks=True)
        end(connection)
    seals = [fingerprint(target / "image"), fingerprint(target / "overlay2")]
    (target / "about.json").write_text(json.dumps(seals))


def _load(address: Path, archive: Path) -> None:
    """``docker load``, said to a socket: the library that speaks for ``lab`` would look for a version first."""
    connection = HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(address))
    with archive.open("rb") as data:
        connection.request("POST", "/images/load?quiet=1", data, {"Content-Type": "application/x-tar"})
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    connection.close()
    if answer.status != 200 or "error" in text.lower():
        raise EngineError("The engine does not take the lab image.", state=text[-500:])
