"""The learner's own Docker Engine: where it could be, and what it says when asked.

The order: an address given by hand, ``DOCKER_HOST``, the current Docker context, the well-known sockets. One that
somebody *chose* (any but the last) and that cannot be used is an error that names it; one that was only *found* is
passed over, with the reason. An address of a private engine of ours is recognised as that engine (by its path: a
symbolic link to its socket is a stranger's).
"""

from __future__ import annotations

import os
import socket
import ssl
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dockernet_course.engines.find import private
from dockernet_course.engines.find.contexts import DockerContext, current_context
from dockernet_course.engines.find.endpoint import certificates, complete, of_environment, on_network, trouble
from dockernet_course.engines.find.model import Engine, PassedOver
from dockernet_course.errors import EngineError, EngineUnreachable, EngineUnsupported

if TYPE_CHECKING:
    import docker.tls

__all__ = ["MINIMUM_API", "SECONDS", "Candidate", "chosen", "find", "of_private", "take", "well_known"]

MINIMUM_API = (1, 41)
"""Docker Engine 20.10's; see https://docs.docker.com/reference/api/engine/#api-version-matrix."""

SECONDS = 3.0
"""How long an engine may take to say its version; a healthy one takes some milliseconds."""

_OURS = 60.0  # seconds: a private engine that runs answers, if late where twenty of them share two processors

_PODMAN = "Podman answers Docker's questions, but it builds other networks: what the course says would not be so there."


@dataclass(frozen=True)
class Candidate:
    """A place where an engine may be. ``name`` is how the learner knows it, ``chosen`` if somebody asked for it."""

    name: str
    address: str
    chosen: bool = False
    tls: docker.tls.TLSConfig | None = None

    @property
    def path(self) -> Path | None:
        """The socket's path, or None for an address on a network."""
        return Path(self.address.removeprefix("unix://")) if self.address.startswith("unix://") else None

    def __str__(self) -> str:
        return self.name if self.address in self.name else f"{self.name} ({self.address})"


def find(
    address: str | None = None, environ: Mapping[str, str] = os.environ
) -> tuple[Engine | None, tuple[PassedOver, ...]]:
    """The learner's own engine, or None, and what was passed over.

    Raises :class:`EngineUnreachable` or :class:`EngineUnsupported` if the one that somebody chose cannot be used.
    """
    candidate = chosen(address, environ)
    if candidate is not None:
        return take(candidate), ()
    passed_over: list[PassedOver] = []
    absent = []
    for candidate in well_known(environ):
        if candidate.path is not None and not os.path.lexists(candidate.path):
            absent.append(str(candidate.path))
            continue
        try:
            return take(candidate), tuple(passed_over)
        except EngineError as error:
            passed_over.append(
                PassedOver(str(candidate), " ".join(filter(None, (error.state or error.what, error.cure))))
            )
    passed_over.append(PassedOver("a Docker Engine of your own", f"there is no socket {_listed(absent)}."))
    return None, tuple(passed_over)


def chosen(address: str | None, environ: Mapping[str, str] = os.environ) -> Candidate | None:
    """What somebody asked for by hand, by ``DOCKER_HOST``, or by a named Docker context; None if nobody did."""
    host = environ.get("DOCKER_HOST")
    if address or host:
        return _by_address(address or "DOCKER_HOST", complete(address or host or ""), environ)
    context = current_context(environ)
    return _by_context(context) if context else None


def _by_address(name: str, address: str, environ: Mapping[str, str]) -> Candidate:
    """With the certificates of the environment, or of the Docker context in use, if that has just this address."""
    tls = of_environment(environ) if on_network(address) else None
    if tls is None and on_network(address):
        with suppress(EngineError):  # it cannot be read, and was not asked for
            context = current_context(environ)
            tls = _by_context(context).tls if context and complete(context.address) == address else None
    return Candidate(name, address, chosen=True, tls=tls)


def _by_context(context: DockerContext) -> Candidate:
    name = f"the Docker context {context.name!r}"
    tls = certificates(context.certificates, context.verify, name) if context.certificates else None
    return Candidate(name, complete(context.address), chosen=True, tls=tls)


def well_known(environ: Mapping[str, str] = os.environ) -> Iterator[Candidate]:
    """The sockets where Docker and its relatives usually are, in the order in which they are tried."""
    home = environ.get("HOME") or str(Path.home())
    runtime = environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    for name, path in (
        ("Docker", "/var/run/docker.sock"),
        ("rootless Docker", f"{runtime}/docker.sock"),
        ("Docker Desktop", f"{home}/.docker/desktop/docker.sock"),
        ("Colima", f"{home}/.colima/default/docker.sock"),
        ("OrbStack", f"{home}/.orbstack/run/docker.sock"),
        ("Podman", "/run/podman/podman.sock"),
        ("rootless Podman", f"{runtime}/podman/podman.sock"),
    ):
        yield Candidate(name, f"unix://{path}")


def take(candidate: Candidate) -> Engine:
    """The engine at that address. Raises :class:`EngineUnreachable` or :class:`EngineUnsupported`."""
    _check_scheme(candidate)
    name = _private_name(candidate)
    answer = _ask(candidate, _OURS if name else SECONDS)
    _check_answer(candidate, answer)
    why = f"{candidate.name} names it" if candidate.chosen else f"it answers at the usual place of {candidate.name}"
    return Engine(
        kind=private.kind_of(name) if name else "own",
        address=candidate.address,
        version=str(answer.get("Version", "?")),
        api_version=answer["ApiVersion"],
        why="it was given by its address" if candidate.name == candidate.address else why,
        name=name,
        tls=candidate.tls,
    )


def of_private(running: private.Running) -> Engine:
    """The private engine that runs. Raises :class:`EngineUnreachable` if it ends just now."""
    return take(Candidate(f"the {private.title(running.name)}", running.address, chosen=True))


def _check_scheme(candidate: Candidate) -> None:
    scheme, host = _parts(candidate.address)
    if scheme == "unix" and candidate.address.startswith("unix:///"):
        return
    if scheme == "tcp" and host:
        return
    cure = "Write unix:///path/of/its.sock or tcp://host:port."
    if scheme == "ssh":
        cure = "Forward its socket: ssh -L /tmp/docker.sock:/var/run/docker.sock HOST; then unix:///tmp/docker.sock."
    raise EngineUnsupported(
        f"{candidate.name!r} is no address of a Docker Engine that the course can use."
        if candidate.name == candidate.address
        else f"{candidate.name} has no address of a Docker Engine that the course can use: {candidate.address!r}.",
        cure=cure,
    )


def _parts(address: str) -> tuple[str, str]:
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.netloc if parts.port is None or parts.port else ""
    except ValueError:  # brackets or a port that are none
        return address.partition("://")[0], ""


def _private_name(candidate: Candidate) -> str | None:
    """The name of our private engine that has this address, if one has."""
    try:
        return next((running.name for running in private.status() if running.address == candidate.address), None)
    except EngineError:  # they cannot be looked at; an engine somewhere else is none of them
        return None


def _ask(candidate: Candidate, seconds: float) -> dict[str, Any]:
    """What ``GET /version`` says, within so many seconds."""
    import docker
    import docker.errors
    import requests

    if candidate.path is not None:
        _knock(candidate, candidate.path)
    try:
        version = ".".join(map(str, MINIMUM_API))
        tls = candidate.tls or False
        with closing(docker.APIClient(candidate.address, version, timeout=seconds, tls=tls)) as client:  # type: ignore[arg-type]
            client.trust_env = False  # certificates and proxies of the environment are for the web
            answer = client.version(api_version=False)
    except requests.exceptions.SSLError as error:
        raise _insecure(candidate, str(error)) from error
    except requests.exceptions.Timeout as error:
        raise _unreachable(candidate, f"Nothing was said within {seconds:.0f} seconds.") from error
    except docker.errors.APIError as error:
        raise _not_docker(candidate, str(error.explanation or error)) from error
    except requests.exceptions.ConnectionError as error:
        raise _unreachable(candidate, _root_cause(error)) from error
    except (docker.errors.DockerException, requests.exceptions.RequestException, OSError, ValueError) as error:
        raise _not_docker(candidate, f"{type(error).__name__}: {error}") from error
    return answer if isinstance(answer, dict) else {}


def _knock(candidate: Candidate, path: Path) -> None:
    """Connect to the socket once, because the system's own error says most."""
    try:
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise _unreachable(candidate, f"{path} is no socket.")
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(SECONDS)
            connection.connect(str(path))
    except FileNotFoundError as error:
        raise _unreachable(candidate, f"There is no socket {path}.") from error
    except PermissionError as error:
        raise EngineUnreachable(
            f"You may not talk to the engine of {candidate.name}.",
            state=f"No permission for {path} (you are user {os.getuid()}).",
            cure="Its administrator can let you (often by the group 'docker', which is as good as being root there); "
            "or use a private engine: DOCKERNET_ENGINE=capsule.",
        ) from error
    except ConnectionRefusedError as error:
        raise _unreachable(candidate, f"The socket {path} is dead: nobody listens on it any more.") from error
    except OSError as error:  # a path too long for a socket, a folder that is none …
        raise _unreachable(candidate, f"{path}: {error.strerror or error}") from error


def _check_answer(candidate: Candidate, answer: dict[str, Any]) -> None:
    version = f"Version {answer.get('Version', '?')}, API {answer.get('ApiVersion', '?')}."
    if any("podman" in str(part.get("Name", "")).lower() for part in answer.get("Components") or ()):
        raise EngineUnsupported(
            f"At {candidate} is Podman, not a Docker Engine.", state=f"{_PODMAN} {version}", cure=_INSTEAD
        )
    if answer.get("Os", "linux") != "linux":
        raise EngineUnsupported(
            f"The engine of {candidate} runs {str(answer['Os']).capitalize()} containers.",
            state=f"Their networks are made of other parts. {version}",
            cure="Switch Docker Desktop to Linux containers.",
        )
    try:
        api = tuple(int(part) for part in str(answer["ApiVersion"]).split("."))
    except (KeyError, ValueError):
        raise _not_docker(candidate, f"It answered {str(answer)[:200]}") from None
    if api < MINIMUM_API:
        raise EngineUnsupported(
            f"The engine of {candidate} is too old.",
            state=f"{version} The course needs 20.10 (API 1.41).",
            cure=_INSTEAD,
        )


_INSTEAD = "Use a newer Docker Engine, or a private one: DOCKERNET_ENGINE=capsule."


def _insecure(candidate: Candidate, state: str) -> EngineUnreachable:
    return trouble(candidate.name, state)


def _unreachable(candidate: Candidate, state: str) -> EngineUnreachable:
    cure = f"Start that engine, or choose another{' (unset DOCKER_HOST)' if candidate.name == 'DOCKER_HOST' else ''}."
    return EngineUnreachable(f"The engine of {candidate} does not answer.", state=state, cure=cure)


def _not_docker(candidate: Candidate, state: str) -> EngineUnsupported:
    if "HTTPS server" in state:
        return EngineUnsupported(
            f"The engine of {candidate} wants a secure connection (TLS).", state=state, cure="Set DOCKER_TLS_VERIFY=1."
        )
    return EngineUnsupported(f"What answers at {candidate} is no Docker Engine.", state=state, cure=_INSTEAD)


def _root_cause(error: BaseException) -> str:
    """The innermost reason of a chain of wrapped exceptions: ``Connection refused``, ``Name or service not known``."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError) or (isinstance(cause, OSError) and cause.strerror):
            return str(cause.strerror or cause)
        cause = cause.__cause__ or cause.__context__
    return str(error)


def _listed(paths: list[str]) -> str:
    return ", ".join(paths)
