"""The lab image on an engine: loaded from the pack, once; nothing is ever pulled from a registry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dockernet_course.engines.build import pack
from dockernet_course.engines.build.lab_image import LAB_IMAGE
from dockernet_course.engines.find import private
from dockernet_course.engines.find.model import Engine
from dockernet_course.errors import EngineError, EngineStopped

if TYPE_CHECKING:
    import docker

__all__ = ["LabImage", "ensure_image", "lab_images", "remove_image"]

MARK = "dockernet-course"
"""The comment in the history of every lab image, see ``build.lab_image``."""


def ensure_image(engine: Engine, progress: pack.Progress = pack.quiet) -> bool:
    """Load ``dockernet-lab:1`` into the engine unless the same is there; whether it was loaded.

    A private engine gets the image of its own release, any other engine that of the default one (whose pack is built if
    there is none). Raises :class:`PackError`, or :class:`EngineError` if the engine does not take it.
    """
    suite = _suite(engine)
    wanted = pack.lab_layer(suite, progress)
    import docker.errors
    import requests

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


@dataclass(frozen=True)
class LabImage:
    """A lab image that an engine has; ``name`` is empty for an older one, which has lost it to a newer one."""

    id: str
    name: str
    size: int

    def __str__(self) -> str:
        return f"lab image {self.name or f'{self.id[:19]} (an older one, without a name)'}, {self.size / 1e6:.0f} MB"


def lab_images(engine: Engine) -> list[LabImage]:
    """Those that the course has loaded into the engine; its mark is in their history.

    The engine does not list one without a name of which somebody made an image: it belongs to that, and goes with it.
    """
    import requests

    client = engine.client()
    try:
        found = [one for one in client.images.list() if not one.tags or LAB_IMAGE in one.tags]
        return [
            LabImage(str(one.id), LAB_IMAGE if one.tags else "", int(one.attrs["Size"]))
            for one in found
            if [step.get("Comment") for step in one.history()] == [MARK]  # what somebody made of it has more
        ]
    except requests.exceptions.RequestException as error:  # among them those of docker.errors
        raise EngineError(f"The images of the engine at {engine.address} cannot be read.", state=str(error)) from error
    finally:
        client.close()


def remove_image(engine: Engine, image: LabImage) -> list[str]:
    """Remove it, unless a container uses it; what stays, with the reason."""
    import docker.errors
    import requests

    client = engine.client()
    try:
        client.images.remove(image.name or image.id)
    except docker.errors.ImageNotFound:
        return []
    except docker.errors.APIError as error:
        return [f"The {image} stays: {error.explanation or error}"]
    except requests.exceptions.RequestException as error:
        raise EngineStopped(f"The engine at {engine.address} went away.", state=str(error)) from error
    finally:
        client.close()
    return []


def _suite(engine: Engine) -> str | None:
    return next((running.suite for running in private.status() if running.name == engine.name), None)


def _layers(client: docker.DockerClient) -> list[str]:
    import docker.errors

    try:
        return list(client.images.get(LAB_IMAGE).attrs["RootFS"]["Layers"])
    except docker.errors.ImageNotFound:
        return []


def _load(client: docker.DockerClient, archive: Path) -> None:
    with archive.open("rb") as data:
        client.images.load(data)
