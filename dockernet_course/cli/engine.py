"""Commands about engines: ``doctor``, ``engine …``, ``shell``, ``clean``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from dockernet_course.cli.output import progress_bar, show_report
from dockernet_course.engines import Engine, capsule, find_engine, own, pack
from dockernet_course.engines.capsule import state
from dockernet_course.engines.choice import decide
from dockernet_course.engines.doctor import examine
from dockernet_course.errors import EngineError
from dockernet_course.lab import leftovers, sweep

__all__ = ["register"]

Choice = Annotated[str, typer.Option("--engine", help="auto, own, capsule, or an address (unix:///… or tcp://…).")]
Suite = Annotated[str | None, typer.Option(help="Release of the distribution whose engine it is (bookworm, trixie …).")]
Name = Annotated[str | None, typer.Option(help="Name of the capsule, where there is more than one.")]
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
def build(suite: Suite = None) -> None:
    """Build the engine pack anew from the distribution's packages, even if there is one."""
    with progress_bar() as progress:
        tree = pack.build(suite, progress)
    typer.echo(f"Engine pack of {tree.about.suite}: {tree.folder}")


@engines.command()
def start(suite: Suite = None, name: Name = None) -> None:
    """Start a private engine (a capsule) with the lab image; it ends by itself when nobody has used it for a while."""
    with progress_bar() as progress:
        engine = find_engine("capsule", suite=suite, capsule=name, progress=progress)
    typer.echo(f"Docker Engine {engine.version}. To use it from here:\nexport DOCKER_HOST={engine.address}")


@engines.command()
def stop(
    name: Name = None, everything: Annotated[bool, typer.Option("--all", help="All capsules of yours.")] = False
) -> None:
    """Stop the private engine, with everything in it."""
    names = [one.name for one in capsule.status()] if everything else [name or capsule.default_name()]
    for one in names:
        typer.echo(f"Capsule {one!r}: {'stopped.' if capsule.stop(one) else 'does not run.'}")


@engines.command()
def status(as_json: AsJson = False) -> None:
    """List the private engines that run, and who uses them."""
    running = capsule.status()
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in running], indent=2))
        return
    for one in running:
        users = ", ".join(one.leases) or "nobody"
        typer.echo(f"{one.name}: {one.suite}, {one.address}, first process {one.pid}, used by {users}")
    if not running:
        typer.echo("No private engine runs.")


@engines.command(name="export")
def export_(target: Annotated[Path, typer.Argument(help="File, or folder.")], suite: Suite = None) -> None:
    """Copy the engine pack to a file, for machines without a network."""
    with progress_bar() as progress:
        written = pack.export_pack(target, suite, progress)
    typer.echo(f"{written} ({written.stat().st_size / 1e6:.0f} MB)")


@engines.command(name="import")
def import_(source: Annotated[Path, typer.Argument(help="A file made by export.")]) -> None:
    """Take an engine pack that was exported elsewhere."""
    with progress_bar() as progress:
        tree = pack.import_pack(source, progress)
    typer.echo(f"Engine pack of {tree.about.suite}: {tree.folder}")


def shell(
    command: Annotated[list[str] | None, typer.Argument(help="Instead of a shell; options after --.")] = None,
    engine: Choice = "auto",
    suite: Suite = None,
    name: Name = None,
) -> None:
    """Open a shell on the engine's host: its network, with docker, ip, brctl, curl, tcpdump (leave it with 'exit')."""
    with progress_bar() as progress:
        found = find_engine(engine, suite=suite, capsule=name, progress=progress)
    with found.hold(f"shell {os.getpid()}"), _interrupts_are_the_shells():
        argv, environment = _shell_of(found, command)
        status = subprocess.run(argv, env=environment, check=False).returncode
    raise typer.Exit(status if status >= 0 else 128 - status)


def _shell_of(engine: Engine, command: list[str] | None) -> tuple[list[str], dict[str, str]]:
    """What to run, in which environment. The host of the learner's own engine is taken to be this machine."""
    if engine.capsule is not None:
        return capsule.enter_argv(engine.capsule, command), dict(os.environ)
    environment = {**os.environ, "DOCKER_HOST": engine.address, "PS1": "host$ "}
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
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove what the course has left behind; lists it, and asks, before."""
    jobs = [*_dead_capsules(), *_dead_labs(), *(_packs() if cache else [])]
    for what, _ in jobs:
        typer.echo(what)
    if not jobs:
        typer.echo("Nothing of the course is left behind.")
    elif yes or typer.confirm("Remove?"):
        stays = [line for _, remove in jobs for line in remove()]
        for line in stays:
            typer.echo(line)
        raise typer.Exit(1 if stays else 0)


Job = tuple[str, Callable[[], Iterable[str]]]
"""What will be removed, in words, and how; that gives back what could not be removed, with the reason."""


def _dead_labs() -> list[Job]:
    """What labs whose process is gone have left in engines that run; none is started for this."""
    engine = decide().engine
    engines = [engine] if engine is not None and engine.capsule is None else []
    engines += [own.of_capsule(running) for running in capsule.status(sweep=False) if running.ready]
    return [
        (f"{thing} of the lab {thing.lab}, in {engine.address}", partial(sweep, engine, [thing]))
        for engine in engines
        for thing in sorted((thing for thing in leftovers(engine) if thing.dead), key=lambda thing: thing.kind)
    ]


def _dead_capsules() -> list[Job]:
    """Capsules whose keeper was killed by force, so that their folder is left."""
    alive = {running.name for running in capsule.status(sweep=False)}
    return [(f"state folder of the dead capsule {name!r}", _swept) for name in state.names() if name not in alive]


def _swept() -> list[str]:
    capsule.status()  # looks at all, and removes what dead ones left
    return []


def _packs() -> list[Job]:
    running = [running.name for running in capsule.status(sweep=False)]
    if running:
        raise EngineError(
            "The engine packs are in use.",
            state=f"Capsules that run: {', '.join(running)}",
            cure="Stop them first: dockernet engine stop --all.",
        )
    folder = pack.cache_folder()
    return [(f"engine packs in {folder}", _cleared)] if folder.is_dir() and any(folder.iterdir()) else []


def _cleared() -> list[str]:
    pack.clear()
    return []
