"""``docker run``: create, start, and wait until it runs. A run that fails leaves nothing behind."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping

from dockernet_course.engines import LAB_IMAGE
from dockernet_course.errors import ContainerExited, DockernetError, Refused, WaitTimeout
from dockernet_course.lab.api import Api
from dockernet_course.lab.output import Output
from dockernet_course.lab.spec import ContainerSpec

__all__ = ["last_words", "run_once", "start"]

_AT_ONCE = 0.1  # seconds within which a command that fails at its start has ended
_PATIENCE = 10.0
_TAIL = 10


def start(api: Api, spec: ContainerSpec, labels: Mapping[str, str]) -> str:
    """Create and start a container; its id, once it runs (and, with the course's image, once its server listens).

    Raises ContainerExited if it ended at once, and whatever the engine refuses; then there is no container.
    """
    with _started(api, spec, labels, spec.line()) as ident:
        _settle(api, ident, spec)
    return ident


def run_once(api: Api, spec: ContainerSpec, labels: Mapping[str, str], timeout: float) -> Output:
    """Run a container until its command has ended, and remove it. Raises WaitTimeout."""
    line = spec.line("--rm")
    with _started(api, spec, labels, line) as ident:
        code = api.wait(ident, line, timeout)
        output = Output(line, api.logs(ident), code)
        _remove(api, ident, line)
    return output


def last_words(api: Api, container: str) -> str:
    """A container's state and the end of its log, for an error message."""
    state = api.inspect(container)["State"]
    ended = f", exit code {state['ExitCode']}" if state["Status"] == "exited" else ""
    words = api.logs(container, _TAIL).rstrip()
    return f"It is {state['Status']}{ended}. " + (f"Its last words:\n{words}" if words else "It printed nothing.")


@contextlib.contextmanager
def _started(api: Api, spec: ContainerSpec, labels: Mapping[str, str], line: str) -> Iterator[str]:
    """A started container, removed when anything goes wrong, an interrupt included."""
    ident, warnings = api.create(spec.name, spec.body(labels), line)
    for warning in warnings:
        print(f"WARNING: {warning}")
    try:
        api.post(f"/containers/{ident}/start", line)
        yield ident
    except BaseException:
        with contextlib.suppress(DockernetError):
            _remove(api, ident, line)
        raise


def _remove(api: Api, ident: str, line: str) -> None:
    api.delete(f"/containers/{ident}", line, query={"force": 1, "v": 1})


def _settle(api: Api, ident: str, spec: ContainerSpec) -> None:
    """Wait until it is plain that it runs."""
    if spec.restart:
        return
    if spec.image == LAB_IMAGE and not spec.argv:
        _until_it_serves(api, ident, spec)
        return
    with contextlib.suppress(WaitTimeout):
        api.wait(ident, spec.line(), _AT_ONCE)
        raise _ended(api, ident, spec)


def _until_it_serves(api: Api, ident: str, spec: ContainerSpec) -> None:
    """The image's server prints a line once it listens; when it cannot, it says so on the standard error and ends.

    A log that cannot be read (another log driver) is no reason to fail.
    """
    end = time.monotonic() + _PATIENCE
    with contextlib.suppress(Refused):
        while not api.logs(ident, 1, errors=False):
            if not api.inspect(ident)["State"]["Running"]:
                break
            if time.monotonic() > end:
                what = f"The server in the container {spec.name} does not listen after {_PATIENCE:g} seconds."
                raise WaitTimeout(what, state=last_words(api, ident))
            time.sleep(0.005)
    if not api.inspect(ident)["State"]["Running"]:
        raise _ended(api, ident, spec)


def _ended(api: Api, ident: str, spec: ContainerSpec) -> ContainerExited:
    return ContainerExited(
        f"The container {spec.name} ended as soon as it had started: {spec.line()}",
        state=last_words(api, ident),
        cure="A container lives as long as its command. It was removed again.",
    )
