"""JupyterLab's settings for a learner: opens on the start page, terminals on the engine's host, no news, no questions.

``write_settings`` puts them below the prefix of an environment, where every server of that environment finds them and
its other settings stay what they were. Nothing outside of the environment is touched.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from dockernet_course.course.chapters import notebooks
from dockernet_course.course.server import COPY
from dockernet_course.errors import LessonError
from dockernet_course.files import write_text

__all__ = ["QUIET", "write_settings"]

QUIET = {"news_url": None, "check_for_updates_class": "jupyterlab.NeverCheckForUpdate"}
"""Of ``LabApp``: it neither asks whether it may fetch news nor looks for newer versions of itself."""

_SERVER = "etc/jupyter/jupyter_server_config.json"
_EXTENSION = "etc/jupyter/jupyter_server_config.d/dockernet_course.json"


def write_settings(prefix: Path) -> list[Path]:
    """Add them to those of the environment; the files. Doing it again changes nothing."""
    start = f"/lab/tree/{COPY}/{notebooks()[0].name}"
    shell = [sys.executable, "-m", "dockernet_course.cli", "shell"]
    server = {
        "ServerApp": {"default_url": start, "terminado_settings": {"shell_command": shell}},
        "LabApp": {"default_url": start, **QUIET},
    }
    extension = {"ServerApp": {"jpserver_extensions": {"dockernet_course.course.server": True}}}
    return [_add(prefix / _SERVER, server), _add(prefix / _EXTENSION, extension)]


def _add(path: Path, settings: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    before = _before(path)
    write_text(path, json.dumps(_merged(before, settings), indent=2) + "\n")
    return path


def _before(path: Path) -> dict[str, Any]:
    """What is set there. It may be somebody else's: what cannot be understood is left alone."""
    if os.path.lexists(path) and not path.is_file():
        raise _damaged(path, "it is no file")
    try:
        values = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(values, dict):
        raise _damaged(path, "it is no object of JSON")
    return values


def _damaged(path: Path, why: str) -> LessonError:
    cure = "Mend it, or move it away, and prepare the environment again: Jupyter cannot read it either."
    return LessonError(f"The settings of Jupyter's server cannot be understood: {path}", state=why, cure=cure)


def _merged(before: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """``new`` over ``before``, section by section."""
    both = {
        key: _merged(before[key], value)
        for key, value in new.items()
        if isinstance(value, dict) and isinstance(before.get(key), dict)
    }
    return {**before, **new, **both}
