"""Start a capsule's keeper, and talk to it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dockernet_course.engines.capsule import keeper, machine, state
from dockernet_course.engines.capsule.apart import command
from dockernet_course.engines.pack import Tree
from dockernet_course.errors import EngineError

__all__ = ["ask", "connect_or_launch", "end"]


def connect_or_launch(name: str, tree: Tree, image: Path | None, idle: float) -> socket.socket:
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
        raise EngineError(
            f"The capsule {name!r} ended as soon as it was started.",
            cure="'dockernet doctor' says what this machine permits.",
        )
    return connection


def _spawn(plan: machine.Plan, folder: Path) -> None:
    with keeper.listen(folder) as listener, (folder / state.LOG).open("ab") as log:
        subprocess.run(
            command("keeper", json.dumps(asdict(plan)), str(listener.fileno())),
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


def end(connection: socket.socket) -> None:
    """Tell the keeper to end the capsule, and wait until it is gone itself."""
    facts = ask(connection, "status")
    if facts is None:
        return
    with contextlib.suppress(OSError), os.fdopen(os.pidfd_open(facts["keeper"])) as process:  # or it is gone already
        connection.sendall(b"stop\n")
        select.select([process], [], [], 10)
