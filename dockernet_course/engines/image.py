"""The lab image on an engine: loaded from the pack, once; nothing is ever pulled from a registry."""

from __future__ import annotations

from pathlib import Path

import docker.errors
import requests

from dockernet_course.engines import pack, private
from dockernet_course.engines.model import LAB_IMAGE, Engine
from dockernet_course.errors import EngineError, EngineStopped

__all__ = ["ensure_image"]


def ensure_image(engine: Engine, progress: pack.Progress = pack.quiet) -> bool:
    """Load ``dockernet-lab:1`` into the engine unless the same is there; whether it was loaded.

    A private engine gets the image of its own release, any other engine that of the default one (whose pack is built if
    there is none). Raises :class:`PackError`, or :class:`EngineError` if the engine does not take it.
    """
    suite = _suite(engine)
    wanted = pack.lab_layer(suite, progress)
    client = engine.client()
    try:
        if _layers(client) == [wanted]:
            return False
        archive = pack.ensure(suite, progress).image
        progress("loading the lab image", 0.95)
        _load(client, archive)
    except docker.errors.APIError as error:
        raise EngineError(f"The engine refuses the image {LAB_IMAGE}.", state=str(error.explanation)) from error
    except requests.exceptions.RequestException as error:
        raise EngineStopped("The engine went away while the lab image was loaded.", state=str(error)) from error
    finally:
        client.close()
    return True


def _suite(engine: Engine) -> str | None:
    return next((running.suite for running in private.status() if running.name == engine.name), None)


def _layers(client: docker.DockerClient) -> list[str]:
    try:
        return list(client.images.get(LAB_IMAGE).attrs["RootFS"]["Layers"])
    except docker.errors.ImageNotFound:
        return []


def _load(client: docker.DockerClient, archive: Path) -> None:
    with archive.open("rb") as data:
        client.images.load(data)
