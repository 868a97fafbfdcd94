"""The engine's API, the part that the lab uses, in the API's own words (plain JSON), with our exceptions.

This module and ``api_errors`` are the boundary to docker-py; beside them ``spec`` has it read a port's text, and
``watchdog`` has certificates of its form.
"""

from __future__ import annotations

import contextlib
import json
import shlex
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from dockernet_course.engines import Engine
from dockernet_course.errors import NotFound, WaitTimeout
from dockernet_course.lab.api_errors import ours
from dockernet_course.lab.lease import LABEL

if TYPE_CHECKING:
    import requests
    from docker.types.daemon import CancellableStream

__all__ = ["Api", "Executed", "Json", "written"]

Json = dict[str, Any]
Query = Mapping[str, int | str]
_STDOUT, _HEADER = 1, 8
_UNIX, _SIDE_BY_SIDE, _LIST = "unix://", 8, "/containers/json?all=1"


@dataclass(frozen=True)
class Executed:
    """How an exec ended: its output in pieces as they came, each with its stream (1 stdout, 2 stderr)."""

    pieces: tuple[tuple[int, bytes], ...]
    exit_code: int

    @property
    def stdout(self) -> bytes:
        """What came on the standard output."""
        return b"".join(data for stream, data in self.pieces if stream == _STDOUT)

    @property
    def text(self) -> str:
        """Everything that came, in order."""
        return b"".join(data for _, data in self.pieces).decode(errors="replace").replace("\r\n", "\n")


class Api:
    """A connection to an engine. Each method says in ``doing`` which command it amounts to, for error messages."""

    def __init__(self, engine: Engine, why_ended: Callable[[], str] = str) -> None:
        """``why_ended`` is asked when the engine has gone (see ``Lease``)."""
        self._docker, self._address = engine.client().api, engine.address
        self.patience = engine.patience
        self._why_ended = why_ended

    def asking(self, doing: str) -> AbstractContextManager[None]:
        """Inside, the engine is asked: exceptions of the connection become ours."""
        return ours(doing, self._why_ended)

    def close(self) -> None:
        """Close the connections, but for those of ``open_exec``."""
        self._docker.close()

    def containers(self, label: str | None = None) -> list[Json]:
        """``GET /containers/json?all=1``, those with our label (``label`` may be empty for any value) or all."""
        if label is None and (found := list(self._by_socket([_LIST]).values())):
            return found[0]  # type: ignore[no-any-return]
        with self.asking("docker ps -a"):
            return list(self._docker.containers(all=True, filters=_filters(label)))

    def networks(self, label: str | None = None) -> list[Json]:
        """``GET /networks``, as with ``containers``."""
        with self.asking("docker network ls"):
            return list(self._docker.networks(filters=_filters(label)))

    def volumes(self, label: str | None = None) -> list[Json]:
        """``GET /volumes``, as with ``containers``."""
        with self.asking("docker volume ls"):
            return list(self._docker.volumes(filters=_filters(label))["Volumes"] or ())

    def info(self) -> Json:
        """``GET /info``."""
        with self.asking("docker info"):
            return dict(self._docker.info())

    def events(self, actions: Sequence[str], since: float) -> CancellableStream[Json]:
        """``GET /events`` of containers and networks, those of ``since`` (seconds) first; another thread may close it.

        It ends when it is closed, or with the engine.
        """
        with self.asking("docker events"):
            filters = {"type": ["container", "network"], "event": list(actions)}
            return cast(Any, self._docker).events(since=int(since), filters=filters, decode=True)  # type: ignore[no-any-return]

    def inspect(self, container: str) -> Json:
        """``GET /containers/{id}/json``."""
        with self.asking(shlex.join(["docker", "inspect", container])):
            return dict(self._docker.inspect_container(container))

    def inspect_all(self, containers: Sequence[str]) -> dict[str, Json]:
        """The same of many, by id, without those that are gone."""
        paths = {f"/containers/{ident}/json": ident for ident in containers}
        found = {paths[path]: answer for path, answer in self._by_socket(list(paths)).items()}
        for ident in containers:
            if ident not in found:
                with contextlib.suppress(NotFound):
                    found[ident] = self.inspect(ident)
        return found

    def _by_socket(self, paths: Sequence[str]) -> Json:
        """What ``GET`` gives at each of the paths, side by side; without those that are not answered so.

        They are to be asked again in the ordinary way, which says what is the matter. With docker-py, a hundred answers
        take ten times as long as the engine does. By HTTP/1.0 each ends with its connection (RFC 1945 §7.2.2).
        """
        found: Json = {}
        if not self._address.startswith(_UNIX):
            return found
        request = f"GET /v{self._docker.api_version}{{}} HTTP/1.0\r\nHost: docker\r\n\r\n"
        for at in range(0, len(paths), _SIDE_BY_SIDE):
            some = paths[at : at + _SIDE_BY_SIDE]
            with contextlib.ExitStack() as stack, contextlib.suppress(OSError, ValueError, IndexError):
                asked = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in some]
                for path, engine in zip(some, asked, strict=True):
                    engine.settimeout(self.patience)
                    engine.connect(self._address.removeprefix(_UNIX))
                    engine.sendall(request.format(path).encode())
                for path, engine in zip(some, asked, strict=True):
                    with engine.makefile("rb") as answer:
                        head, _, body = answer.read().partition(b"\r\n\r\n")
                    if head.split()[1] == b"200":
                        found[path] = json.loads(body)
        return found

    def inspect_network(self, network: str) -> Json:
        """``GET /networks/{id}``."""
        with self.asking(shlex.join(["docker", "network", "inspect", network])):
            return dict(self._docker.inspect_network(network))

    def create(self, name: str | None, body: Json, doing: str) -> tuple[str, tuple[str, ...]]:
        """Create a container; its id, and the engine's warnings."""
        with self.asking(doing):
            answer = cast(Any, self._docker).create_container_from_config(body, name)
        return answer["Id"], tuple(answer.get("Warnings") or ())

    def create_network(self, body: Json, doing: str) -> str:
        """Create a network; its id."""
        with self.asking(doing):
            url = f"{self._root}/networks/create"
            return str(self._answer(self._docker.post(url, json=body, timeout=self.patience)).json()["Id"])

    def post(
        self, path: str, doing: str, *, body: Json | None = None, query: Query | None = None, takes: int = 0
    ) -> None:
        """Any action that answers nothing: ``/containers/{id}/start`` and the like; it may take ``takes`` seconds."""
        with self.asking(doing):
            limit = self.patience + takes
            self._answer(self._docker.post(self._root + path, json=body, params=query, timeout=limit))

    def delete(self, path: str, doing: str, *, query: Query | None = None) -> None:
        """Remove something: ``/containers/{id}``."""
        with self.asking(doing):
            self._answer(self._docker.delete(self._root + path, params=query, timeout=self.patience))

    def wait(self, container: str, doing: str, patience: float | None = None) -> int:
        """Wait until it has ended; its exit code. Raises WaitTimeout."""
        with self.asking(doing):
            return int(cast(Any, self._docker).wait(container, timeout=patience or self.patience)["StatusCode"])

    def logs(self, container: str, tail: int | Literal["all"] = "all", *, errors: bool = True) -> str:
        """What it printed, with or without what it printed on the standard error."""
        with self.asking(shlex.join(["docker", "logs", container])):
            data = self._docker.logs(container, tail=tail, stderr=errors)
        return bytes(data).decode(errors="replace").replace("\r\n", "\n")

    def exec(self, container: str, argv: Sequence[str], doing: str, timeout: float | None = None) -> Executed:
        """Run a command in a running container until it ends; ``timeout``: seconds of silence, None: our patience.

        Not docker-py's ``exec_start``: that one takes the connection over (``Upgrade``) and then reads the socket
        past what is buffered already, so that output which arrives together with the answer's head is lost.
        """
        timeout = timeout or self.patience
        with self.asking(doing):
            ident = self._docker.exec_create(container, list(argv))["Id"]
            url = f"{self._root}/exec/{ident}/start"
            stream = self._answer(self._docker.post(url, json={"Detach": False, "Tty": False}, timeout=timeout)).content
            return Executed(_pieces(stream), self._exit_code(ident, doing, timeout))

    def open_exec(
        self, container: str, argv: Sequence[str], environment: Mapping[str, str], doing: str
    ) -> socket.socket | None:
        """Start a command whose standard input and output stay open: the connection itself, as it was taken over.

        ``written`` reads what comes. The command must not speak first (see ``exec``). It rests until it is spoken to,
        which the query tells the keeper of a virtual machine; engines pass over it. None where the connection is no
        plain socket: TLS, which two threads may not use at once, or SSH.
        """
        with self.asking(doing):
            ident = self._docker.exec_create(container, list(argv), stdin=True, environment=dict(environment))["Id"]
            url, upgrade = f"{self._root}/exec/{ident}/start", {"Connection": "Upgrade", "Upgrade": "tcp"}
            body, rests = {"Detach": False, "Tty": False}, {"rests": "1"}
            answer = self._docker.post(
                url, json=body, params=rests, headers=upgrade, stream=True, timeout=self.patience
            )
            held = cast(Any, self._docker)._get_raw_response_socket(self._answer(answer))
            plain = getattr(held, "_sock", held)
            if type(plain) is not socket.socket:
                held.close()
                return None
            own = plain.dup()  # docker-py's goes when its answer is forgotten
            own.settimeout(None)
            return own

    def _exit_code(self, ident: str, doing: str, timeout: float) -> int:
        """The exec's; the engine notes it a moment after the output's end."""
        end = time.monotonic() + timeout
        while (code := self._docker.exec_inspect(ident)["ExitCode"]) is None:
            if time.monotonic() > end:
                raise WaitTimeout(f"It closed its output and goes on: {doing}")
            time.sleep(0.002)
        return int(code)

    @property
    def _root(self) -> str:
        return f"{self._docker.base_url}/v{self._docker.api_version}"

    @staticmethod
    def _answer(response: requests.Response) -> requests.Response:
        import docker.errors
        import requests.exceptions

        try:
            response.raise_for_status()
        except requests.exceptions.HTTPError as error:
            docker.errors.create_api_error_from_http_exception(error)
        return response


def written(stream: socket.socket) -> Iterator[bytes]:
    """What the command of ``open_exec`` writes on its standard output, in pieces as they come."""
    from docker.utils.socket import frames_iter_no_tty

    frames: Iterator[tuple[int, Any]] = cast(Any, frames_iter_no_tty)(stream)
    return (content for number, content in frames if number == _STDOUT)


def _filters(label: str | None) -> dict[str, Any] | None:
    return None if label is None else {"label": f"{LABEL}={label}" if label else LABEL}


def _pieces(stream: bytes) -> tuple[tuple[int, bytes], ...]:
    """Take the engine's multiplexed stream apart: a head of 8 bytes (stream number, length) before each piece."""
    pieces, at = [], 0
    while at < len(stream):
        number, end = stream[at], at + _HEADER + int.from_bytes(stream[at + 4 : at + _HEADER], "big")
        pieces.append((number, stream[at + _HEADER : end]))
        at = end
    return tuple(pieces)
