"""JupyterLab's settings for a learner: opens on the start page, terminals on the engine's host, no news, no questions.

``write_settings`` puts them below the prefix of an environment, where every server of that environment finds them and
its other settings stay what they were. Nothing outside of the environment is touched.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from dockernet_course.course.chapters import notebooks
from dockernet_course.course.server import COPY

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
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_merged(before, settings), indent=2) + "\n", "utf-8")
    return path


def _merged(before: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """``new`` over ``before``, section by section."""
    both = {
        key: _merged(before[key], value)
        for key, value in new.items()
        if isinstance(value, dict) and isinstance(before.get(key), dict)
    }
    return {**before, **new, **both}
