"""An endpoint on a network: its address as the docker command completes it, and the certificates that go with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dockernet_course.engines.find.contexts import config_folder
from dockernet_course.errors import EngineUnreachable

if TYPE_CHECKING:
    import docker.tls

__all__ = ["certificates", "complete", "of_environment", "on_network", "trouble"]

_PORT = 2375  # the docker command's default


def on_network(address: str) -> bool:
    """Whether it is no file of this machine."""
    return address.startswith("tcp://")


def complete(address: str) -> str:
    """With the port that the docker command takes where none is given (docker/cli, opts/hosts.go).

    It is 2375 with TLS, too: 2376 is only for where it has no address at all.
    """
    where, slash, path = address.removeprefix("tcp://").partition("/")
    if not on_network(address) or re.search(r":\d+$|^$|^:", where):
        return address
    return f"tcp://{where.removesuffix(':')}:{_PORT}{slash}{path}"


def of_environment(environ: Mapping[str, str]) -> docker.tls.TLSConfig | None:
    """What ``DOCKER_TLS_VERIFY`` and ``DOCKER_CERT_PATH`` ask for, as the docker command understands them."""
    verify, folder = bool(environ.get("DOCKER_TLS_VERIFY")), environ.get("DOCKER_CERT_PATH")
    if not verify and not folder:
        return None
    return certificates(Path(folder) if folder else config_folder(environ), verify, "DOCKER_CERT_PATH")


def certificates(folder: Path, verify: bool, name: str) -> docker.tls.TLSConfig:
    """As the docker command has it: a client's certificate where there is one, and whose word is to be taken."""
    import docker.errors
    import docker.tls

    cert, key, ca = (folder / f"{part}.pem" for part in ("cert", "key", "ca"))
    pair = (str(cert), str(key)) if cert.exists() or key.exists() else None
    try:
        if pair is None and not ca.exists():
            raise trouble(name, f"{folder} should hold ca.pem, cert.pem and key.pem.")
        return docker.tls.TLSConfig(client_cert=pair, ca_cert=str(ca) if verify or ca.exists() else None, verify=verify)
    except docker.errors.TLSParameterError as error:
        raise trouble(name, f"{folder} should hold ca.pem, cert.pem and key.pem.") from error


def trouble(name: str, state: str) -> EngineUnreachable:
    """The error, for the engine that the learner knows by that name."""
    return EngineUnreachable(
        f"The secure connection (TLS) to the engine of {name} fails.",
        state=state,
        cure="Check the certificates (DOCKER_CERT_PATH, or those of the Docker context).",
    )
