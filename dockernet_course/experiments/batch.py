"""Many commands at once in one place, by a single exec: a shell starts the very commands, side by side."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from dockernet_course.experiments.ask import Place
from dockernet_course.lab import ContainerHandle, Output, SeenContainer, argv_of

__all__ = ["run", "script", "taken_apart"]

# Each command's number, exit code and text go out in one write, which a pipe keeps together up to 4096 bytes
# (PIPE_BUF, pipe(7)). A name server that does not answer is given up on sooner than after resolv.conf(5)'s 10 seconds.
_HEAD = """export RES_OPTIONS='timeout:1 attempts:2'
run() { n=$1; shift; text=$("$@" 2>&1); printf '\\036%s %s\\n%.3500s\\n' "$n" "$?" "$text"; }
"""
_RECORD = re.compile(r"\x1e(\d+) (\d+)\n([^\x1e]*)")


def run(place: Place, commands: Sequence[str]) -> tuple[Output, ...]:
    """Run them all; what each printed, under the line that does the same alone.

    Raises ContainerExited when the place does not run.
    """
    everything = script(commands)
    done = place.quietly(["sh", "-c", everything]) if isinstance(place, ContainerHandle) else place.sh(everything)
    answers = taken_apart(done.text)
    nothing = (done.exit_code, done.text)  # no shell there
    return tuple(_output(place, line, *answers.get(n, nothing)) for n, line in enumerate(commands))


def script(commands: Sequence[str]) -> str:
    """A shell program that runs the commands side by side, and prints a record for each. Pure."""
    return _HEAD + "".join(f"run {n} {line} &\n" for n, line in enumerate(commands)) + "wait\n"


def taken_apart(text: str) -> dict[int, tuple[int, str]]:
    """Exit code and text by the command's number. Pure."""
    found = _RECORD.findall(text)
    return {int(number): (int(code), words.rstrip("\n") + "\n" * bool(words.strip())) for number, code, words in found}


def _output(place: Place, line: str, code: int, text: str) -> Output:
    if isinstance(place, ContainerHandle):
        return Output(shlex.join(["docker", "exec", place.real_name, *argv_of(line)]), text, code)
    if isinstance(place, SeenContainer):
        return Output(place.shown(line), text, code)
    return Output(line, text, code, prompt=f"{place.name}$")
