"""Where the notebook runs, which need not be where the engine's containers run."""

from __future__ import annotations

import subprocess

from dockernet_course.errors import WaitTimeout
from dockernet_course.lab.output import Output

__all__ = ["here"]


def here(command: str, *, timeout: float = 60) -> Output:
    """Run a shell command on the machine where this notebook runs, and show what it prints. Raises WaitTimeout."""
    argv = ["sh", "-c", f"exec 2>&1\n{command}"]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise WaitTimeout(f"The command has not ended after {timeout:g} seconds: {command}") from None
    return Output(command, done.stdout.decode(errors="replace"), done.returncode, prompt="notebook$")
