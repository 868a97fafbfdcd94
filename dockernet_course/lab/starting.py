"""``docker run``: create, start, and wait until it is plain that it runs. A run that fails leaves nothing behind."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from dockernet_course.errors import ContainerExited, DockernetError, Refused, WaitTimeout
from dockernet_course.lab import unused
from dockernet_course.lab.api import Api
from dockernet_course.lab.observer import Observer
from dockernet_course.lab.output import Output
from dockernet_course.lab.spec import ContainerSpec

__all__ = ["last_words", "run_once", "start", "started"]

_SERVER = "/opt/dockernet/serve.py"  # of the lab image
_AT_ONCE = 1.0  # seconds for any other command to come to rest, or to end
_POLL = 0.02
_TAIL = 10
_READABLE = {"Type": "json-file"}  # `docker run` attaches to the container; here its log is read when it has ended


def start(api: Api, observer: Observer, spec: ContainerSpec, labels: Mapping[str, str]) -> str:
    """Create and start a container; its id, once it runs (and, with the image's own command, once its server listens).

    Raises ContainerExited if it ended at once, and whatever the engine refuses; then there is no container.
    """
    with _created(api, spec, labels, spec.line()) as ident:
        started(api, observer, ident, spec.line())
    return ident


def started(api: Api, observer: Observer, container: str, doing: str, action: str = "start") -> None:
    """Start (or restart) a container, and wait as ``start`` does. Raises ContainerExited if it ended at once."""
    seen = api.inspect(container)
    serves = _SERVER in [seen["Path"], *seen["Args"]]
    api.post(f"/containers/{container}/{action}", doing)
    if seen["HostConfig"]["RestartPolicy"]["Name"] not in ("", "no"):
        return  # ending is nothing special then
    if serves:
        _until_it_serves(api, container, doing)
    else:
        _until_it_rests(api, observer, container, doing)


def run_once(api: Api, spec: ContainerSpec, labels: Mapping[str, str], timeout: float | None) -> Output:
    """Run a container until its command has ended, and remove it. Raises WaitTimeout."""
    line = spec.line("--rm")
    with _created(api, spec, labels, line, _READABLE) as ident:
        api.post(f"/containers/{ident}/start", line)
        code = api.wait(ident, line, timeout)
        output = Output(line, api.logs(ident), code)
        _remove(api, ident, line)
    return output


def last_words(api: Api, container: str) -> str:
    """A container's state and the end of its log, for an error message."""
    state = api.inspect(container)["State"]
    ended = f", exit code {state['ExitCode']}" if state["Status"] == "exited" else ""
    try:
        words = api.logs(container, _TAIL).rstrip()
    except Refused as error:  # of a log driver that keeps nothing
        return f"It is {state['Status']}{ended}. What it printed cannot be read: {error.state}"
    return f"It is {state['Status']}{ended}. " + (f"Its last words:\n{words}" if words else "It printed nothing.")


@contextlib.contextmanager
def _created(
    api: Api, spec: ContainerSpec, labels: Mapping[str, str], line: str, log: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A new container, removed again when anything goes wrong, an interrupt included. ``log``: not the engine's way."""
    # In a thread, which interrupts do not reach: the answer says what there is to remove.
    body = spec.body(labels)
    body["HostConfig"] |= {"LogConfig": log} if log else {}
    created = ThreadPoolExecutor(1).submit(api.create, spec.name, body, line)
    try:
        ident, warnings = created.result()
        for warning in warnings:
            print(f"WARNING: {warning}")
        yield ident
    except BaseException:
        with contextlib.suppress(DockernetError):
            _remove(api, created.result()[0], line)
        raise


def _remove(api: Api, ident: str, line: str) -> None:
    api.delete(f"/containers/{ident}", line, query={"force": 1, "v": 1})


def _until_it_serves(api: Api, container: str, doing: str) -> None:
    """Wait until its process listens; when it cannot, it ends. Its log is not asked: an engine may keep none.

    It is looked at from inside: under userns-remap nobody else may see which files it has open.
    """
    end = time.monotonic() + api.patience
    while not _serves(api, container, doing):
        _require_running(api, container, doing)
        if time.monotonic() > end:
            what = f"Its server does not listen after {api.patience:g} seconds: {doing}"
            raise WaitTimeout(what, state=last_words(api, container))
        time.sleep(_POLL)


def _serves(api: Api, container: str, doing: str) -> bool:
    try:
        return unused.listens(api.exec(container, ["sh", "-c", unused.SOCKETS], doing).text)
    except (ContainerExited, Refused):  # it ends just now; that is asked next
        return False


def _until_it_rests(api: Api, observer: Observer, container: str, doing: str) -> None:
    """Wait until its process sleeps and was not woken between two looks: how long that takes depends on the machine."""
    end, before = time.monotonic() + _AT_ONCE, ""
    while time.monotonic() < end:
        pid = _require_running(api, container, doing)
        status = observer.run(["cat", f"/proc/{pid}/status"]).text
        switches = status.partition("voluntary_ctxt_switches")[2]
        if "State:\tS" in status and switches == before:
            return
        before = switches
        time.sleep(_POLL)


def _require_running(api: Api, container: str, doing: str) -> int:
    """The pid of its first process. Raises ContainerExited."""
    state = api.inspect(container)["State"]
    if state["Running"]:
        return int(state["Pid"])
    raise ContainerExited(
        f"The container ended as soon as it had started: {doing}",
        state=last_words(api, container),
        cure="A container lives as long as its command.",
    )
