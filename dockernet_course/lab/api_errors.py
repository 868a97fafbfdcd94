"""The one place where foreign exceptions become ours: what the engine's answers mean.

No exception of ``docker`` or ``requests`` leaves this package; their text does, in ``state``, with long ids cut short.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dockernet_course.errors import (
    ContainerExited,
    DockernetError,
    EngineStopped,
    InUse,
    NameTaken,
    NotFound,
    PortInUse,
    Refused,
    WaitTimeout,
)
from dockernet_course.lab.waiting import waiting

if TYPE_CHECKING:
    import docker.errors
    import requests

__all__ = ["AGAIN", "LATE", "meant", "ours", "shortened"]

_ID = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
LATE, AGAIN = "The engine did not answer in time", "Try again, or begin the chapter again."
"""What is said of an answer that did not come in time, and the cure."""

_BEGIN_AGAIN = "Start the engine if it is your own, then begin the chapter again."
_START = "Start it again: .start()."
_NO_IMAGE = "The course never pulls images; its own comes with the engine. 'docker load' brings another one."
# How dockerd says that its containerd is gone: the code of gRPC, as containerd's errdefs write it.
_NO_CONTAINERD = re.compile(r": unavailable$|code = Unavailable\b")
# status codes (none: any) and words of the engine's answer → our class, what to do
_MEANINGS: tuple[tuple[tuple[int, ...], str, type[DockernetError], str], ...] = (
    ((404,), r"no such image", NotFound, _NO_IMAGE),
    # A container that ends takes its execs along; those that were just created have then never been.
    ((), r"no such exec instance|cannot exec in a (stopped|deleted)", ContainerExited, _START),
    ((404,), r"", NotFound, "lab.containers() and lab.networks() show what is there."),
    (
        (),
        r"(?m)^(Error response from daemon: )?Address already in use$",
        InUse,
        "Ask for another address, or none.",
    ),
    (
        (),
        r"port is already allocated|address already in use|failed to bind (host )?port|ports are not available",
        PortInUse,
        "Publish on another port of the host, or let Docker choose one: publish='80'.",
    ),
    ((409,), r"already in use by container|already exists", NameTaken, "Remove the other one, or choose another name."),
    ((), r"has active endpoints", InUse, "Disconnect or remove the containers in it first."),
    ((409,), r"is not running", ContainerExited, _START),
)
# Words of the engine when it has no addresses to give to a network → what that means, what to do
_NO_POOL = (
    (
        r"IPv6 (address )?pool",
        "This engine has no IPv6 addresses of its own to give to a network",
        "Give the network some: subnet='fd00:5::/64'. Engines from 27 on have such addresses by themselves.",
    ),
    (
        r"non-overlapping (IPv4 )?address pool|predefined address pools have been fully subnetted",
        "This engine has no addresses left to give to a network",
        "Remove networks that nobody needs, or give this one a subnet: subnet='10.5.0.0/24'.",
    ),
)


@contextmanager
def ours(doing: str, why_ended: Callable[[], str] = str) -> Iterator[None]:
    """Inside, exceptions of docker-py and below become ours. ``doing`` is the command that this amounts to.

    ``why_ended`` is asked when the engine has gone; it may not know.
    """
    import docker.errors
    import requests.exceptions
    import urllib3.exceptions

    try:
        with waiting():
            yield
    except docker.errors.APIError as error:
        raise _refusal(doing, error, why_ended) from None
    except requests.exceptions.RequestException as error:
        raise _lost(doing, error, why_ended) from None
    except docker.errors.DockerException as error:
        raise Refused(f"This cannot be asked of the engine: {doing}", state=str(error)) from None
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise _gone(doing, error, why_ended) from None


def shortened(text: str) -> str:
    """Without the last 52 characters of full ids."""
    return _ID.sub(r"\1", text)


def _refusal(doing: str, error: docker.errors.APIError, why_ended: Callable[[], str]) -> DockernetError:
    words = shortened(str(error.explanation or error).strip())
    status = error.status_code
    if status == 500 and _NO_CONTAINERD.search(words):
        return _gone(doing, error, why_ended)
    return meant(doing, words, status) or Refused(f"The engine refused: {doing}", state=words)


def meant(doing: str, words: str, status: int | None = None) -> DockernetError | None:
    """Our error for these words of the engine's; None for others. Without a ``status`` the words alone must tell."""
    for pattern, what, cure in _NO_POOL:
        if re.search(pattern, words, re.IGNORECASE):
            return Refused(f"{what}: {doing}", state=words, cure=cure)
    for codes, pattern, kind, cure in _MEANINGS:
        fits = not codes or status in codes or (status is None and pattern)
        if fits and re.search(pattern, words, re.IGNORECASE):
            return kind(f"{_HAPPENED[kind]}: {doing}", state=words, cure=cure)
    return None


_HAPPENED: dict[type[DockernetError], str] = {
    NotFound: "There is no such thing",
    PortInUse: "The port is taken",
    NameTaken: "The name is taken",
    InUse: "It is still in use",
    ContainerExited: "The container is not running",
}


def _lost(doing: str, error: requests.exceptions.RequestException, why_ended: Callable[[], str]) -> DockernetError:
    import requests.exceptions

    slow = isinstance(error, requests.exceptions.Timeout) or "Read timed out" in str(error)
    return WaitTimeout(f"{LATE}: {doing}", cure=AGAIN) if slow else _gone(doing, error, why_ended)


def _gone(doing: str, error: Exception, why_ended: Callable[[], str]) -> EngineStopped:
    seen = "\n".join(filter(None, (f"{doing}: {error}", shortened(why_ended().strip()))))
    return EngineStopped("The engine went away.", state=seen, cure=_BEGIN_AGAIN)
