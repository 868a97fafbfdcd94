"""Docker contexts: which engine the ``docker`` command would talk to by itself.

The store is documented (https://docs.docker.com/engine/manage-resources/contexts/): ``config.json`` names the current
context, and each has ``contexts/meta/<sha256 of its name>/meta.json`` and, for TLS, certificates in
``contexts/tls/<sha256>/docker``. Read here and not by ``docker.context``, which finds the store only where a
``config.json`` lies beside it, looks for it in the working directory otherwise, and takes a broken ``config.json``
for none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockernet_course.errors import EngineUnreachable

__all__ = ["DockerContext", "config_folder", "current_context"]

_CURE = "'docker context ls' shows those there are, 'docker context use NAME' takes another."


@dataclass(frozen=True)
class DockerContext:
    """A named context: the engine's ``address``, and the folder with its certificates if it has some."""

    name: str
    address: str
    certificates: Path | None
    verify: bool


def config_folder(environ: Mapping[str, str]) -> Path:
    """``DOCKER_CONFIG``, or ``~/.docker``."""
    given = environ.get("DOCKER_CONFIG")
    return Path(given) if given else Path(environ.get("HOME") or Path.home(), ".docker")


def current_context(environ: Mapping[str, str]) -> DockerContext | None:
    """The context in use, or None for ``default``, which is no choice but what there is without one.

    Raises :class:`EngineUnreachable` if the one in use does not exist or cannot be read.
    """
    folder = config_folder(environ)
    name = environ.get("DOCKER_CONTEXT") or _configured(folder / "config.json")
    if name in ("", "default"):
        return None
    identifier = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts/meta" / identifier / "meta.json"
    if not meta.exists():
        raise EngineUnreachable(
            f"The current Docker context {name!r} does not exist.", state=_named_by(environ, folder), cure=_CURE
        )
    endpoint = _read(meta).get("Endpoints", {}).get("docker", {})
    if not isinstance(endpoint, dict) or not endpoint.get("Host"):
        raise EngineUnreachable(f"The Docker context {name!r} has no engine's address.", state=str(meta), cure=_CURE)
    certificates = folder / "contexts/tls" / identifier / "docker"
    verify = not endpoint.get("SkipTLSVerify", False)
    return DockerContext(name, endpoint["Host"], certificates if certificates.is_dir() else None, verify)


def _named_by(environ: Mapping[str, str], folder: Path) -> str:
    who = "DOCKER_CONTEXT" if environ.get("DOCKER_CONTEXT") else str(folder / "config.json")
    return f"{who} names it, and {folder / 'contexts'} does not have it."


def _configured(config: Path) -> str:
    return str(_read(config).get("currentContext") or "") if config.exists() else ""


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise EngineUnreachable(
            f"{file} cannot be read, so the current Docker context is not known.",
            state=f"{type(error).__name__}: {error}",
            cure="Mend the file, or choose an engine with DOCKER_HOST or DOCKERNET_ENGINE.",
        ) from error
    if not isinstance(content, dict):
        raise EngineUnreachable(f"{file} is no configuration of Docker.", cure="Mend the file.")
    return content
