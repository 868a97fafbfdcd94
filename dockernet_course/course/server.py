"""An extension of Jupyter's server that hands out the notebooks when it starts: on Binder, on a hub, for each learner.

``settings`` has it loaded. The copy lies in ``my-course`` in the folder that the server shows, where ``dockernet lab``
makes it too; what the learner has changed there stays.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dockernet_course.course.chapters import handed_out
from dockernet_course.course.learner import learners_copy
from dockernet_course.errors import DockernetError

__all__ = ["COPY"]

COPY = "my-course"
"""The folder of the learner's copy."""


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """What a server asks an extension first."""
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: Any) -> None:
    """Hand out the notebooks; a disk that is full must not keep the server from starting."""
    try:
        for line in learners_copy(handed_out(), Path(app.root_dir, COPY)):
            app.log.warning(line)
    except DockernetError as error:
        app.log.error(str(error))
