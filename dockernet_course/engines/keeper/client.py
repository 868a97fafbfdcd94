"""Start the keeper of a private engine, and talk to it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dockernet_course.engines.keeper import base, state
from dockernet_course.engines.keeper.apart import command
from dockernet_course.errors import EngineError, EngineFailed

__all__ = ["ask", "end", "facts_of", "heard", "launch"]

_CURE = "'dockernet doctor' says what this machine permits."


def facts_of(name: str, order: Callable[[], base.Order]) -> dict[str, Any]:
    """What the keeper of that name says of its engine, once that answers; ``order`` is for a new one, if it takes one.

    Raises :class:`EngineFailed` if the engine does not start, and what ``order()`` raises.
    """
    for _ in range(3):  # one that is just ending may be met
        connection = state.listening(state.folder_of(name)) or launch(order())
        with connection:
            facts = ask(connection, "wait")
        if facts is not None and facts["failed"]:
            what = f"The engine of the {state.title(name)} did not start."
            raise EngineFailed(what, state=facts["failed"], cure=_CURE)
        if facts is not None:
            return facts
    raise EngineError(f"The {state.title(name)} ends again and again while it is started.", cure="Try again.")


def launch(order: base.Order) -> socket.socket:
    """A connection to a new engine's keeper, or to one that somebody else has started meanwhile."""
    folder = Path(order.folder)
    with state.locked():
        connection = state.listening(folder)
        if connection is None:
            if (left := state.sweep(folder)) and state.taken(folder):
                cure = "Move it away, or give the engine another name (DOCKERNET_CAPSULE)."
                raise EngineError(f"The {state.title(order.name)} has no folder to begin in.", state=left, cure=cure)
            with _told(folder):
                folder.mkdir(mode=0o700, exist_ok=bool(left))  # with what somebody else has put there
                _spawn(order, folder)
            connection = state.listening(folder)
    if connection is None:
        raise EngineError(f"The {state.title(order.name)} ended as soon as it was started.", cure=_CURE)
    return connection


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Errors of the system in words, and nothing of a beginning left."""
    try:
        yield
    except (OSError, subprocess.CalledProcessError) as error:
        state.sweep(folder)
        cure = "Make room there, or let XDG_RUNTIME_DIR name another folder that only you can enter."
        raise EngineError(f"No engine can begin in {folder}.", state=str(error), cure=cure) from error


def _spawn(order: base.Order, folder: Path) -> None:
    """Its socket is made here: from now on everybody can connect and wait."""
    with state.listen(folder / state.KEEPER) as listener, (folder / state.LOG).open("ab") as log:
        subprocess.run(
            command(f"keeper.{state.kind_of(order.name)}", json.dumps(asdict(order)), str(listener.fileno())),
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
    except OSError:
        return None
    return heard(connection)


def heard(connection: socket.socket) -> dict[str, Any] | None:
    """The keeper's next line; None if it goes away without one, or is silent for longer than the socket's timeout."""
    try:
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
    """Tell the keeper to end the engine, and wait until it is gone itself."""
    facts = ask(connection, "status")
    if facts is None:
        return
    with contextlib.suppress(OSError), os.fdopen(os.pidfd_open(facts["keeper"])) as process:  # or it is gone already
        connection.sendall(b"stop\n")
        select.select([process], [], [], 10)
