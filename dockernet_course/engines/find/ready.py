"""Lay ready, on a machine that has package sources, what private engines on others like it will need."""

from __future__ import annotations

from pathlib import Path

from dockernet_course.engines.build import pack, preload, vm_image
from dockernet_course.engines.build.archive import first_file, read_about
from dockernet_course.engines.find import vm as machines
from dockernet_course.engines.find.capsule import preflight
from dockernet_course.errors import PackError

__all__ = ["export", "lay_ready", "take"]

_OF_A_MACHINE = "initrd"  # the first of an image's files; a pack begins with "lab.tar"


def lay_ready(suite: str | None, *, capsule: bool, vm: bool, progress: pack.Progress) -> None:
    """Build what is missing in the cache. Whether a capsule could run on this machine is of no importance.

    Raises :class:`~dockernet_course.errors.EngineError` (a pack that cannot be built, no QEMU) with what to do.
    """
    tree = pack.ensure(suite, progress)
    if capsule and not preflight():
        preload.ensure(tree, progress)
    if vm:
        machines.prepare(suite, progress)


def export(target: Path, suite: str | None, progress: pack.Progress, *, vm: bool) -> Path:
    """Write the engine pack, or the virtual machine's image, to a file (or into a folder); the file's path."""
    return vm_image.export(target, suite, progress) if vm else pack.export_pack(target, suite, progress)


def take(source: Path, progress: pack.Progress) -> pack.Tree | vm_image.Image:
    """Take what was exported elsewhere; the file itself tells which of the two it is.

    Raises :class:`PackError` with what to do, for a machine without its pack, too.
    """
    with first_file(source) as (name, _):
        of_a_machine = name == _OF_A_MACHINE
    if not of_a_machine:
        return pack.import_pack(source, progress)
    suite = read_about(source).suite
    if not pack.present(suite):
        raise PackError(
            f"{source} is a virtual machine's image, and the engine pack of {suite} that it belongs to is not here.",
            cure="Import the engine pack first: 'dockernet engine export' makes a file of it where the image is from.",
        )
    return vm_image.take(source, progress)
