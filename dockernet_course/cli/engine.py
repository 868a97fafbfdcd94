"""Commands about engines: ``doctor``, ``engine …``, ``shell``, ``clean``."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from dockernet_course.cli.output import progress_bar, show_report
from dockernet_course.engines import (
    Engine,
    compose,
    decide,
    examine,
    find_engine,
    hold,
    host,
    lab_images,
    ours,
    own,
    pack,
    private,
    ready,
    remove_image,
    state,
    vm_image,
)
from dockernet_course.errors import EngineError, PackError
from dockernet_course.lab import leftovers, sweep

__all__ = ["engines", "register"]

Choice = Annotated[str, typer.Option("--engine", help="auto, own, capsule, vm, or an address (unix:///… or tcp://…).")]
Suite = Annotated[str | None, typer.Option(help="Release of the distribution whose engine it is (bookworm, trixie …).")]
Name = Annotated[str | None, typer.Option(help="Name of the private engine, where there is more than one.")]
InVm = Annotated[bool, typer.Option("--vm", help="In a virtual machine: for machines that allow no namespaces.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]

engines = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add these commands to the whole."""
    app.command()(doctor)
    app.add_typer(engines, name="engine", help="The private engine: build it, start it, stop it, take it along.")
    app.command()(shell)
    app.command()(clean)


def doctor(engine: Choice = "auto", suite: Suite = None, name: Name = None, as_json: AsJson = False) -> None:
    """Say which engine will be used, why, what this machine can do, and what to do if it cannot."""
    report = examine(engine, suite=suite, capsule=name)
    if as_json:
        typer.echo(json.dumps(report.to_dict(), indent=2, ensure_ascii=False))
    else:
        show_report(report)
    raise typer.Exit(0 if report.usable else 1)


@engines.command()
def build(
    suite: Suite = None,
    vm: Annotated[bool, typer.Option("--vm", help="The virtual machine's image, from the pack and a kernel.")] = False,
) -> None:
    """Build the engine pack anew from the distribution's packages, even if there is one."""
    with progress_bar() as progress:
        made = vm_image.build(suite, progress) if vm else pack.build(suite, progress)
    _say_where(made)


def _say_where(made: pack.Tree | vm_image.Image) -> None:
    what = "Virtual machine with the engine" if isinstance(made, vm_image.Image) else "Engine pack"
    typer.echo(f"{what} of {made.about.suite}: {made.folder}")


@engines.command()
def start(suite: Suite = None, name: Name = None, vm: InVm = False) -> None:
    """Start a private engine (a capsule) with the lab image; it ends by itself when nobody has used it for a while."""
    with progress_bar() as progress:
        engine = find_engine("vm" if vm else "capsule", suite=suite, capsule=name, progress=progress)
    typer.echo(
        f"Docker Engine {engine.version}. To use it from here:\nexport DOCKER_HOST={shlex.quote(engine.address)}"
    )


@engines.command()
def stop(
    name: Name = None, everything: Annotated[bool, typer.Option("--all", help="All private engines of yours.")] = False
) -> None:
    """Stop the private engine, with everything in it."""
    there = [one.name for one in private.status()]
    asked = name or private.default_name()
    names = there if everything else [one for one in there if one in (asked, private.name_of("vm", asked))] or [asked]
    for one in names:
        title = private.title(one)
        typer.echo(f"{title[0].upper()}{title[1:]}: {'stopped.' if private.stop(one) else 'does not run.'}")


@engines.command()
def status(as_json: AsJson = False) -> None:
    """List the private engines that run, of which kind they are, and who uses them."""
    running = private.status()
    if as_json:
        typer.echo(json.dumps([{**asdict(one), "kind": private.kind_of(one.name)} for one in running], indent=2))
        return
    for one in running:
        users = ", ".join(one.leases) or "nobody"
        kind = private.TITLES[private.kind_of(one.name)]
        typer.echo(f"{one.name}: {kind}, {one.suite}, {one.address}, first process {one.pid}, used by {users}")
    if not running:
        typer.echo("No private engine runs.")


@engines.command(name="export")
def export_(
    target: Annotated[Path, typer.Argument(help="File, or folder.")],
    suite: Suite = None,
    vm: Annotated[bool, typer.Option("--vm", help="The virtual machine's image; it needs the pack, too.")] = False,
) -> None:
    """Copy the engine pack to a file, for machines without a network."""
    with progress_bar() as progress:
        written = ready.export(target, suite, progress, vm=vm)
    typer.echo(f"{written} ({written.stat().st_size / 1e6:.0f} MB)")


@engines.command(name="import")
def import_(source: Annotated[Path, typer.Argument(help="A file made by export.")]) -> None:
    """Take an engine pack that was exported elsewhere, or then a virtual machine's image: the file tells which."""
    with progress_bar() as progress:
        taken = ready.take(source, progress)
    _say_where(taken)


def shell(
    command: Annotated[list[str] | None, typer.Argument(help="Instead of a shell; options after --.")] = None,
    engine: Choice = "auto",
    suite: Suite = None,
    name: Name = None,
) -> None:
    """Open a shell on the engine's host: its network, with docker, ip, brctl, curl, tcpdump (leave it with 'exit')."""
    with progress_bar() as progress:
        found = find_engine(engine, suite=suite, capsule=name, progress=progress)
        if found.name is not None and found.kind == "capsule" and compose.fetched():
            compose.put_onto(found.name)
    if found.name is None and (told := host.elsewhere(found)):
        typer.echo(told, err=True)
    with hold(found, f"shell {os.getpid()}"), _interrupts_are_the_shells():
        argv, environment = _shell_of(found, command)
        status = subprocess.run(argv, env=environment, check=False).returncode
    raise typer.Exit(status if status >= 0 else 128 - status)


def _shell_of(engine: Engine, command: list[str] | None) -> tuple[list[str], dict[str, str]]:
    """What to run, in which environment; for an engine of the learner's own on this machine, wherever its host is."""
    if engine.name is not None:
        return host.enter_argv(engine.name, command), dict(os.environ)
    environment = {**os.environ, **engine.variables, "PS1": "host$ "}
    return command or [os.environ.get("SHELL") or "/bin/sh", "-i"], environment


@contextmanager
def _interrupts_are_the_shells() -> Iterator[None]:
    """Ctrl-C in the shell is meant for what runs there, not for us."""
    before = signal.signal(signal.SIGINT, lambda *_: None)  # not SIG_IGN, which the shell would inherit
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def clean(
    cache: Annotated[
        bool, typer.Option("--cache", help="Also the engine packs; they are built again when needed.")
    ] = False,
    images: Annotated[
        bool, typer.Option("--images", help="Also the lab image in your own engine; it is loaded again when needed.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove what the course has left behind; lists it, and asks, before."""
    jobs = [*_dead_engines(), *_dead_labs(), *_images(remove=images), *(_packs() if cache else [])]
    for what, _ in jobs:
        typer.echo(what)
    if not jobs:
        typer.echo("Nothing of the course is left behind.")
    elif yes or typer.confirm("Remove?"):
        stays = [line for _, remove in jobs for line in remove()]
        for line in stays:
            typer.echo(line)
        raise typer.Exit(1 if stays else 0)


Item = TypeVar("Item")
Job = tuple[str, Callable[[], Iterable[str]]]
"""What will be removed, in words, and how; that gives back what could not be removed, with the reason."""


def _dead_labs() -> list[Job]:
    """What labs whose process is gone have left in engines that run; none is started for this."""
    engine = decide().engine
    jobs = _dead_in(engine) if engine is not None and engine.name is None else []
    for running in private.status(sweep=False):
        jobs += _of(running.name, partial(_dead_in_private, running)) if running.ready else []
    return jobs


def _dead_in_private(running: private.Running) -> list[Job]:
    return _dead_in(own.of_private(running))


def _dead_in(engine: Engine) -> list[Job]:
    dead = sorted((thing for thing in leftovers(engine) if thing.dead), key=lambda thing: thing.kind)
    return [
        (
            f"{thing} of the lab {thing.lab}, in {engine.address}",
            partial(_of, engine.name, partial(sweep, engine, [thing])),
        )
        for thing in dead
    ]


def _of(name: str | None, ask: Callable[[], Iterable[Item]]) -> list[Item]:
    """What is asked of an engine; nothing if it is a private one that ends meanwhile: everything in it goes with it."""
    if name is None:
        return list(ask())
    try:
        with private.hold(name, f"clean {os.getpid()}") as lease:
            try:
                return list(ask())
            except EngineError:
                lease.why_ended()  # waits for the keeper, which sees to the engine's end first
                raise
    except EngineError:
        if name in [running.name for running in private.status(sweep=False)]:
            raise
        return []


def _images(*, remove: bool) -> list[Job]:
    """The lab images in an engine of the learner's own; told, where they are not to be removed."""
    engine = decide().engine
    found = lab_images(engine) if engine is not None and engine.name is None else []
    if engine is None or not remove:
        for one in found:
            typer.echo(f"The {one}, stays in your engine; 'dockernet clean --images' removes it.")
        return []
    return [(f"{one}, in {engine.address}", partial(remove_image, engine, one)) for one in found]


def _dead_engines() -> list[Job]:
    """Private engines whose keeper was killed by force, so that their folder is left."""
    alive = {running.name for running in private.status(sweep=False)}
    dead = [name for name in state.names() if name not in alive]
    return [(f"state folder of the dead {private.title(name)}", partial(_swept, name)) for name in dead]


def _swept(name: str) -> list[str]:
    folder = state.folder_of(name)
    with state.locked():
        left = "" if state.listens(folder) else state.sweep(folder)
    return [left] if left else []


def _packs() -> list[Job]:
    running = [running.name for running in private.status(sweep=False)]
    if running:
        raise EngineError(
            "The engine packs are in use.",
            state=f"Private engines that run: {', '.join(running)}",
            cure="Stop them first: dockernet engine stop --all.",
        )
    folder = pack.cache_folder()
    mine = list(ours.entries(folder))
    others = len(list(folder.iterdir())) - len(mine) if folder.is_dir() else 0
    if others and not mine:
        raise PackError(
            f"The course has made nothing of what is in {folder}, so nothing is removed there.",
            cure="Let DOCKERNET_CACHE name the folder with the engine packs.",
        )
    if others:
        typer.echo(f"In {folder}, {others} more stay, which the course has not made, or an earlier version of it.")
    return [(str(path), partial(_removed, path)) for path in mine]


def _removed(path: Path) -> list[str]:
    left = ours.remove(path)
    return [left] if left else []
