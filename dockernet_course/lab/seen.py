"""A container as far as it can be asked without being in it: from its network namespace, with the observer's tools."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from dockernet_course.engines import LAB_IMAGE
from dockernet_course.errors import ContainerExited
from dockernet_course.lab.output import Output
from dockernet_course.lab.session import Session

__all__ = ["NOT_ENTERED", "SeenContainer"]

NOT_ENTERED = 125
"""The exit code of what was not run, as the namespace could not be entered; what is asked with has no such one."""

# The mounts are in a mount namespace of this command's own: nobody else sees them (mount_namespaces(7)). What is no
# plain file is not read: whoever is root in a container may put there what never ends.
_ENTERED = """exec 2>&1
nsenter --net={net} unshare -m true || exit {not_entered}
exec nsenter --net={net} unshare -m sh -c {inside}
"""
_WITH_ITS_NAMES = """mount -t tmpfs names /mnt || exit {not_entered}
for name in resolv.conf hosts; do
  file={root}/etc/$name
  if [ -f "$file" ]; then head -c 1000000 "$file"; fi >/mnt/$name || exit {not_entered}
  mount --bind /mnt/$name /etc/$name || exit {not_entered}
done
{line}
"""


class SeenContainer:
    """A container. ``name`` is the one in the text, ``real_name`` the one that the engine knows.

    Commands run in its network namespace (nsenter(1)) with the observer's programs, whatever its image has, and with
    its own ``resolv.conf`` and ``hosts``, of which they get copies; no process of ours is in it.
    """

    kind = "container"

    def __init__(self, session: Session, name: str, real_name: str, ident: str) -> None:
        self._session = session
        self.name, self.real_name, self.id = name, real_name, ident

    def sh(self, command: str | Sequence[str], *, timeout: float | None = None) -> Output:
        """Run a command, and show what it prints; exit code ``NOT_ENTERED`` where the namespace cannot be entered.

        The text then says why. Raises ContainerExited where nothing runs, WaitTimeout after ``timeout`` seconds of
        silence.
        """
        line = command if isinstance(command, str) else shlex.join(command)
        pid = self._session.api.inspect(self.id)["State"].get("Pid")
        if not pid:
            raise ContainerExited(f"The container {self.real_name} is not running.", cure="Start it first.")
        inside = _WITH_ITS_NAMES.format(root=f"/proc/{pid}/root", not_entered=NOT_ENTERED, line=line)
        script = _ENTERED.format(net=f"/proc/{pid}/ns/net", not_entered=NOT_ENTERED, inside=shlex.quote(inside))
        done = self._session.observer.run(["sh", "-c", script], timeout)
        return Output(self.shown(line), done.text, done.exit_code)

    def shown(self, line: str) -> str:
        """What a person types for the same: a container in that network, which has its files of names, too."""
        return f"docker run --rm --network {shlex.quote(f'container:{self.real_name}')} {LAB_IMAGE} {line}"

    def __repr__(self) -> str:
        return f"<container {self.name}>"
