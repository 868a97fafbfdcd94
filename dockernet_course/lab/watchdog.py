"""``python -P watchdog.py ORDER``: close a lab when its owner is gone.

The owner's end of the pipe is on the standard input. When it ends without a word, the owner is dead and its lab is
cleaned. Waiting costs next to nothing: docker-py is imported only when there is work to do, and the course without its
packages' own start, which brings Jupyter and matplotlib.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import types
from pathlib import Path
from typing import Any

__all__ = ["DISMISSED", "main"]

DISMISSED = b"closed"
_LOOK_AGAIN = 1.0  # seconds: a child that the owner forked without exec would keep the pipe open
_IGNORED = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)


def main() -> None:
    """Detach, wait for the owner's end, and clean unless the lab was closed before."""
    if os.fork():
        os._exit(0)
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    os.chdir("/")
    _stand_in()
    order = json.loads(sys.argv[1])
    if not _dismissed(order["lease"]):
        _clean(order)


def _stand_in() -> None:
    """Empty packages with the right search path instead of the real ones."""
    here = Path(__file__).parent
    for name, path in (("dockernet_course", here.parent), ("dockernet_course.lab", here)):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__path__ = [str(path)]


def _dismissed(lease: str) -> bool:
    """Wait for the owner's word or its end."""
    from dockernet_course.lab.lease import alive

    while not select.select([0], [], [], _LOOK_AGAIN)[0]:
        if not alive(lease):
            return False
    return os.read(0, len(DISMISSED)) == DISMISSED


def _clean(order: dict[str, Any]) -> None:
    import docker.tls

    from dockernet_course.engines import Engine
    from dockernet_course.lab.api import Api
    from dockernet_course.lab.cleaning import clean

    tls = order["tls"] and docker.tls.TLSConfig(**order["tls"])
    engine = Engine(**order["engine"], tls=tls)
    clean(Api(engine), order["lab"], private=order["private"])


if __name__ == "__main__":
    main()
