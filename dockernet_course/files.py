"""Our own small files: written whole, by replacing; read with what is wrong in words, and what is damaged put aside.

A process may be killed, or a disk be full, in the middle of writing: whoever reads finds the old file or the new one,
never half of one. What cannot be understood is not thrown away: it is renamed (``progress.damaged-1.json``), and a new
file begins. Standard library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockernet_course.processes import gone, me

__all__ = ["Read", "nothing_wrong", "read_json", "set_aside", "write_json", "write_text"]


@dataclass(frozen=True)
class Read:
    """What a file holds; nothing where it is not there, or was damaged: then ``trouble`` says so, in words."""

    values: dict[str, Any] = field(default_factory=dict)
    trouble: str = ""


def nothing_wrong(values: dict[str, Any]) -> str:
    """Any object of JSON will do."""
    del values
    return ""


def read_json(path: Path, what: str, problem: Callable[[dict[str, Any]], str] = nothing_wrong) -> Read:
    """An object of JSON. ``what`` names the file for people ("progress file"), ``problem`` what is wrong with it.

    A file that is damaged, or that cannot be read, is set aside. Never raises.
    """
    try:
        if not path.is_file() and os.path.lexists(path):
            raise ValueError("it is no file")
        values = json.loads(path.read_text("utf-8"))
        reason = problem(values) if isinstance(values, dict) else "it has another shape"
    except FileNotFoundError:
        return Read()
    except OSError as error:
        reason = f"it cannot be read: {error.strerror}"
    except (ValueError, RecursionError) as error:
        reason = str(error)
    return Read(trouble=_put_aside(path, what, reason)) if reason else Read(values)


def _put_aside(path: Path, what: str, reason: str) -> str:
    try:
        aside = set_aside(path)
    except OSError as error:
        return f"The {what} {path} could not be understood ({reason}), and not be put aside ({error.strerror})."
    return f"The {what} could not be understood ({reason}); it is now {aside}, and a new one begins."


def set_aside(path: Path) -> Path:
    """Give it the first free name of ``progress.damaged-1.json``; that name. Raises OSError."""
    names = (path.with_suffix(f".damaged-{n}{path.suffix}") for n in range(1, 10_000))
    aside = next(name for name in names if not os.path.lexists(name))
    return path.rename(aside)


def write_text(path: Path, text: str) -> None:
    """Write a whole new file and put it in the place of the old one, with its mode. Raises OSError."""
    path = Path(os.path.realpath(path))
    _sweep(path)
    new = path.with_name(f".{path.name}.{me()}-{secrets.token_hex(4)}.new")
    try:
        with new.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            new.chmod(path.stat().st_mode & 0o7777)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    """Remove what writers of the same file left that were killed."""
    name = re.compile(rf"\.{re.escape(path.name)}\.([0-9a-f]{{8}}-\d+-\d+)-[0-9a-f]{{8}}\.new")
    with contextlib.suppress(OSError):  # a folder that cannot be listed; somebody else has removed it
        for left in path.parent.iterdir():
            found = name.fullmatch(left.name)
            if found and gone(found[1]):
                left.unlink()


def write_json(path: Path, values: dict[str, Any], *, sort: bool = False) -> None:
    """The same for an object of JSON, as people can read it. Raises OSError."""
    write_text(path, json.dumps(values, indent=1, sort_keys=sort, ensure_ascii=False) + "\n")
