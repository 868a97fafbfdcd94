"""An engine behind the switch, without any virtual machine: the guest's services and the host's fronts back to back.

Run as a program: makes ``docker.sock`` and ``host.sock`` in a folder, served by a process that plays the keeper, which
talks over a socket pair to one that plays the guest, on the host of a capsule.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dockernet_course.engines.inside.services import serve
from dockernet_course.engines.keeper.front import Front
from dockernet_course.engines.wire.mux import Switch

__all__ = ["behind", "guest"]


@contextmanager
def behind(folder: Path, host: int) -> Iterator[subprocess.Popen[str]]:
    """``docker.sock`` and ``host.sock`` in the folder lead to the engine whose host a process (pid) shows."""
    with subprocess.Popen(
        [sys.executable, "-m", __name__, str(folder), str(host)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as keeper:
        try:
            assert keeper.stdout is not None and keeper.stdout.readline() == "ready\n"
            yield keeper
        finally:
            os.killpg(keeper.pid, signal.SIGKILL)


@contextmanager
def guest(host: int) -> Iterator[socket.socket]:
    """Only the guest: its end of the stream is served by another process, ours is given."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if not pid:
        ours.close()
        _serve(theirs, host)
    theirs.close()
    with ours:
        yield ours
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _serve(stream: socket.socket, host: int) -> None:
    try:
        serve(stream.fileno(), host=lambda: host)
    finally:
        os._exit(1)


def _listener(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    return listener


def main() -> None:
    folder, host = sys.argv[1], int(sys.argv[2])
    listeners = {kind: _listener(f"{folder}/{name}.sock") for kind, name in (("docker", "docker"), ("exec", "host"))}
    with guest(host) as stream, selectors.DefaultSelector() as selector:
        switch = Switch(
            selector, stream.fileno(), on_ready=lambda: print("ready", flush=True), on_gone=lambda: os._exit(0)
        )
        fronts = [Front(selector, switch, listener, kind) for kind, listener in listeners.items()]
        while fronts:
            for key, _ in selector.select():
                key.data()


if __name__ == "__main__":
    main()
