"""Everything that can go wrong, as one tree.

Each message says what happened, the state that was seen, and what to do next::

    DockernetError
    ├── EngineError               a Docker Engine could not be found, started or used
    │   ├── EngineNotFound        none of the possible engines is there
    │   ├── EngineUnreachable     the engine that somebody chose does not answer
    │   ├── EngineUnsupported     it answers, but is no Docker Engine that the course can use
    │   ├── EngineStopped         it answered before, and went away in the middle
    │   ├── InvalidSetting        a variable of the environment has a value that it cannot have
    │   ├── EngineFailed          a private engine was started and did not come up
    │   ├── HostForbids           this host forbids what a private engine needs
    │   └── PackError             the engine pack could not be built, read or unpacked
    ├── LabError                  the engine refused what the lab asked for
    │   ├── InvalidName           Docker does not accept this name
    │   ├── NameTaken             something else has this name
    │   ├── NotFound              no such container, network or image
    │   ├── PortInUse             the port on the host is taken
    │   ├── InUse                 it cannot be removed while something uses it
    │   ├── ContainerExited       the container is not running (any more)
    │   ├── CommandFailed         a command ended with another exit code than 0
    │   ├── Refused               any other refusal, in the engine's own words
    │   └── WaitTimeout           what was waited for did not happen in time
    ├── ObserveError              the network could not be observed
    └── LessonError               a lesson was used in a way that has no answer
        └── ClaimFailed           a claim of the course does not hold on this engine
"""

from __future__ import annotations

__all__ = [
    "ClaimFailed",
    "CommandFailed",
    "ContainerExited",
    "DockernetError",
    "EngineError",
    "EngineFailed",
    "EngineNotFound",
    "EngineStopped",
    "EngineUnreachable",
    "EngineUnsupported",
    "HostForbids",
    "InUse",
    "InvalidName",
    "InvalidSetting",
    "LabError",
    "LessonError",
    "NameTaken",
    "NotFound",
    "ObserveError",
    "PackError",
    "PortInUse",
    "Refused",
    "WaitTimeout",
]


class DockernetError(Exception):
    """Base of all errors of this package.

    ``what`` happened, the ``state`` that was seen (may be empty) and the ``cure``, what to do next (may be
    empty), are kept apart, so that a widget or the command can set them apart too.
    """

    def __init__(self, what: str, *, state: str = "", cure: str = "") -> None:
        super().__init__("\n".join(part for part in (what, state, cure) if part))
        self.what, self.state, self.cure = what, state, cure


class EngineError(DockernetError):
    """A Docker Engine could not be found, started or used."""


class EngineNotFound(EngineError):
    """None of the possible engines is there."""


class EngineUnreachable(EngineError):
    """The engine that somebody chose does not answer."""


class EngineUnsupported(EngineError):
    """Something answers, but it is no Docker Engine that the course can use."""


class EngineStopped(EngineError):
    """The engine answered before, and went away in the middle."""


class EngineFailed(EngineError):
    """A private engine was started and did not come up."""


class InvalidSetting(EngineError):
    """A variable of the environment has a value that it cannot have."""


class HostForbids(EngineError):
    """This host forbids what a private engine needs."""


class PackError(EngineError):
    """The engine pack could not be built, read or unpacked."""


class LabError(DockernetError):
    """The engine refused what the lab asked for."""


class InvalidName(LabError):
    """Docker does not accept this name."""


class NameTaken(LabError):
    """Something else has this name."""


class NotFound(LabError):
    """No such container, network or image."""


class PortInUse(LabError):
    """The port on the host is taken."""


class InUse(LabError):
    """It cannot be removed while something uses it."""


class ContainerExited(LabError):
    """The container is not running (any more)."""


class CommandFailed(LabError):
    """A command ended with another exit code than 0."""


class Refused(LabError):
    """Any other refusal, in the engine's own words."""


class WaitTimeout(LabError):
    """What was waited for did not happen in time."""


class ObserveError(DockernetError):
    """The network could not be observed."""


class LessonError(DockernetError):
    """A lesson was used in a way that has no answer."""


class ClaimFailed(LessonError):
    """A claim of the course does not hold on this engine."""
