"""How to call Compose for an engine: the learner's own plugin if there is one, else the course's, fetched when asked.

The plugin runs in the course's own world, beside the Compose file, and talks to the engine. For the terminal of a
private engine it is put onto that engine's host, too, where a word about it stands in until then
(``inside.machine``).
"""

from __future__ import annotations

import functools
import shutil
import subprocess

from dockernet_course.engines.build import compose, pack
from dockernet_course.engines.find.host import enter_argv
from dockernet_course.engines.find.model import Engine
from dockernet_course.errors import EngineError

__all__ = ["fetched", "plugin", "put_onto"]

_PATH = f"/{compose.PLUGIN}"
_PUT = """test "$(stat -c %s "$0")" = "$1" || { cat > "$0.new" && chmod 755 "$0.new" && mv "$0.new" "$0"; }"""
_SECONDS = 20.0


def plugin(engine: Engine | None = None, progress: pack.Progress = pack.quiet) -> tuple[str, ...]:
    """The words before Compose's own options. Without an engine, or for a private one: the course's plugin.

    Raises :class:`PackError` if it is not there and cannot be fetched.
    """
    if engine is not None and not engine.private and _own():
        return ("docker", "compose")
    root = compose.present()
    return compose.argv(root or compose.ensure(progress))


def fetched() -> bool:
    """Whether the course's plugin is here already."""
    return compose.present() is not None


def put_onto(name: str, progress: pack.Progress = pack.quiet) -> None:
    """Let ``docker compose`` work in the terminal of the private engine of that name.

    Raises :class:`PackError` as ``plugin`` does, :class:`EngineError` if the engine's host does not take it.
    """
    file = compose.program(compose.ensure(progress))
    put = ["sh", "-c", _PUT, _PATH, str(file.stat().st_size)]
    with file.open("rb") as content:
        done = subprocess.run(enter_argv(name, put), stdin=content, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EngineError("The Compose plugin could not be put onto the engine's host.", state=done.stderr.strip())


@functools.cache
def _own() -> bool:
    """Whether this account has a ``docker compose`` that works."""
    if shutil.which("docker") is None:
        return False
    try:
        asked = ["docker", "compose", "version", "--short"]
        return subprocess.run(asked, capture_output=True, timeout=_SECONDS, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
