"""The command ``dockernet`` as a process of its own, for tests of several rooms."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["DOCKERNET", "NONE_LEFT", "dockernet", "environment"]

DOCKERNET = str(Path(sys.executable).with_name("dockernet"))

# Put before a command: for it and all below it no user namespace is left.
NONE_LEFT = ["unshare", "--user", "--map-root-user", "sh", "-c"]
NONE_LEFT += ['echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"', "sh"]


def environment(**environ: str) -> dict[str, str]:
    """This environment without what chooses an engine; ``environ`` comes on top."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DOCKER_", "DOCKERNET_ENGINE"))}
    return {**kept, **environ}


def dockernet(
    *words: str, stdin: str = "", before: Sequence[str] = (), timeout: float = 120, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run it in :func:`environment`."""
    return subprocess.run(
        [*before, DOCKERNET, *words],
        env=environment(NO_COLOR="1", COLUMNS="120") | environ,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
