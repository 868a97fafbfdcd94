"""Start a capsule's keeper, and talk to it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dockernet_course.engines.capsule import keeper, machine, state
from dockernet_course.engines.pack import Tree
from dockernet_course.errors import EngineError

__all__ = ["ask", "launch"]

# The keeper needs a few modules of this package, but not the package's own start, which brings Jupyter and matplotlib:
# it would take a second and 60 MB. So the packages on the way are empty stand-ins with the right search path.
_BOOT = """
import sys, types
for name, path in zip(sys.argv[3::2], sys.argv[4::2]):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [path]
from dockernet_course.engines.capsule import keeper
keeper.main()
"""


def launch(name: str, tree: Tree, image: Path | None, idle: float) -> socket.socket:
    """A connection to a new capsule's keeper, or to one that somebody else has started meanwhile."""
    folder = state.folder_of(name)
    with state.locked():
        connection = state.listening(folder)
        if connection is None:
            state.sweep(folder)
            (folder / "root").mkdir(parents=True, mode=0o700)
            plan = machine.Plan(name, tree.about.suite, str(tree.root), str(image or ""), str(folder), idle)
            _spawn(plan, folder)
            connection = state.listening(folder)
    if connection is None:
        raise EngineError(f"The capsule {name!r} ended as soon as it was started.")
    return connection


def _spawn(plan: machine.Plan, folder: Path) -> None:
    here = Path(__file__).parent
    packages = {"dockernet_course.engines.capsule": here, "dockernet_course.engines": here.parent}
    packages |= {"dockernet_course": here.parent.parent}
    with keeper.listen(folder) as listener, (folder / state.LOG).open("ab") as log:
        names = [text for name, path in packages.items() for text in (name, str(path))]
        subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-c", _BOOT, json.dumps(asdict(plan)), str(listener.fileno()), *names],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[listener.fileno()],
            start_new_session=True,
            check=True,
        )


def ask(connection: socket.socket, line: str) -> dict[str, Any] | None:
    """Say one line to the keeper; its answer, or None if it went away without one."""
    try:
        connection.sendall(f"{line}\n".encode())
        text = b""
        while not text.endswith(b"\n"):
            part = connection.recv(65536)
            if not part:
                return None
            text += part
    except OSError:
        return None
    answer: dict[str, Any] = json.loads(text)
    return answer
