"""What an experiment changes on a private engine's host for a moment: a rule of the firewall, a setting of the kernel.

How to undo it is written down in the observer before it is done. Who leaves the block undoes it; after ``kill -9`` the
observer does, before it is removed itself, whoever cleans.
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from typing import Protocol

from dockernet_course.errors import LabError, Refused
from dockernet_course.lab.api import Api
from dockernet_course.lab.output import Output

__all__ = ["can_set", "change", "changed", "set_to", "sweep"]

_NOTES = "/run/undo"  # in the observer; the last change first
_NOTE = f'touch {_NOTES} && {{ echo "$1"; cat {_NOTES}; }} > {_NOTES}.new && mv {_NOTES}.new {_NOTES}'
_FORGET = f"sed -i 1d {_NOTES}"
_DO = f'{_NOTE} && {{ eval "$2" || {{ {_FORGET}; exit 1; }}; }}'
_UNDO = f"sh {_NOTES}; rm -f {_NOTES}"
_UNDO_LAST = f'eval "$(head -n 1 {_NOTES})" && {_FORGET}'
_LINE = "tidy up the engine's host"


class Shell(Protocol):
    """A host as far as it is needed here: see ``places``."""

    name: str

    @property
    def private(self) -> bool:
        """Whether it belongs to the course."""

    def sh(self, command: str) -> Output:
        """Run a shell command on the host, however it ends."""


@contextlib.contextmanager
def changed(
    host: Shell, shown: str, undone: str, do: str = "", undo: str = "", *, ours: bool = False
) -> Iterator[None]:
    """Do something to the host while a block runs; ``shown`` and ``undone`` are the lines that are printed.

    ``ours``: it is done to a container of the lab's. Raises Refused where the host is the learner's, or when it cannot
    be done.
    """
    change(host, shown, undo or undone, do or shown, ours=ours)
    try:
        yield
    finally:
        _done(host, _UNDO_LAST, undone)


def change(host: Shell, shown: str, undo: str, do: str, *, ours: bool = False) -> None:
    """Do it, with a note of how to undo it. Raises Refused as ``changed`` does."""
    if not (host.private or ours):
        raise Refused(
            f"This would change your own host: {shown}",
            cure="The course does that to private engines only: DOCKERNET_ENGINE=capsule.",
        )
    _done(host, f"set -- {shlex.quote(undo)} {shlex.quote(do)}; {_DO}", shown)


def _done(host: Shell, script: str, shown: str) -> None:
    output = host.sh(script)
    print(f"{host.name}$ {shown}")
    if not output.ok:
        raise Refused(f"The engine's host did not do this: {shown}", state=output.text.strip())


def set_to(name: str, value: object) -> str:
    """A command for a setting: the observer's own view of ``/proc/sys`` cannot be written, a new one can."""
    return f"""unshare -m sh -c 'mount -o remount,rw,bind /proc/sys && sysctl -w "{name}={value}"'"""


def can_set(host: Shell, name: str, enter: str = "") -> bool:
    """Whether a setting of the kernel can be changed, in the host's network namespace or where ``enter`` leads."""
    return host.sh(f"{enter}{set_to(name, f'$(sysctl -n {name})')}").ok


def sweep(api: Api, observer: str) -> None:
    """Undo what nobody undid; the observer runs already."""
    with contextlib.suppress(LabError):
        api.exec(observer, ["sh", "-c", f"test ! -e {_NOTES} || {{ {_UNDO}; }}"], _LINE)
