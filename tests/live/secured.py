"""An engine behind TLS on a port of the loopback, as a Docker context describes it, with a client's certificate."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

__all__ = ["TLS", "context", "secured"]

TLS = Path(__file__).parents[1] / "unit/tls"


@contextlib.contextmanager
def secured(path: Path) -> Iterator[str]:
    """The address; whoever has no certificate of ours is turned away."""
    wrapping = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    wrapping.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    wrapping.load_verify_locations(TLS / "ca.pem")
    wrapping.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, wrapping, path), daemon=True).start()
        yield "tcp://{}:{}".format(*listener.getsockname())
        listener.shutdown(socket.SHUT_RDWR)


def context(folder: Path, address: str) -> dict[str, str]:
    """The environment of somebody whose current Docker context has that address, and nothing else."""
    name = hashlib.sha256(b"far").hexdigest()
    meta, tls = folder / "contexts/meta" / name, folder / "contexts/tls" / name / "docker"
    meta.mkdir(parents=True)
    shutil.copytree(TLS, tls)
    endpoints = {"docker": {"Host": address, "SkipTLSVerify": False}}
    (meta / "meta.json").write_text(json.dumps({"Name": "far", "Metadata": {}, "Endpoints": endpoints}))
    (folder / "config.json").write_text(json.dumps({"currentContext": "far"}))
    return {"DOCKER_CONFIG": str(folder)}


def _serve(listener: socket.socket, wrapping: ssl.SSLContext, path: Path) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_pass_on, args=(plain, wrapping, path), daemon=True).start()


def _pass_on(plain: socket.socket, wrapping: ssl.SSLContext, path: Path) -> None:
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX) as engine,
        wrapping.wrap_socket(plain, server_side=True) as client,
    ):
        engine.connect(str(path))
        back = threading.Thread(target=_copy, args=(engine, client), daemon=True)
        back.start()
        _copy(client, engine)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
