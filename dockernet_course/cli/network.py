"""Commands about a network that is there already, the learner's own: ``look``, ``matrix``, ``walk``, ``why``.

What they need of the course is imported in them, as in ``cli/course.py``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from dockernet_course.cli.engine import Choice, Name, Suite
from dockernet_course.cli.output import console, progress_bar, show_error
from dockernet_course.engines import find_engine
from dockernet_course.errors import DockernetError
from dockernet_course.lab import View, open_view

if TYPE_CHECKING:
    from dockernet_course.experiments import Way
    from dockernet_course.experiments.walk import How
    from dockernet_course.figures import MapView, WalkView

__all__ = ["register"]

Project = Annotated[str, typer.Option(help="Only this Compose project.")]
Network = Annotated[str, typer.Option(help="Only who is on this network.")]
Source = Annotated[str, typer.Argument(help='Who asks: a container, a Compose service, or "host".')]
Target = Annotated[str, typer.Argument(help="Who is asked: the same, or a name or address; with a port: db:5432.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before packets are sent.")]
AsJson = Annotated[str, typer.Option("--json", metavar="FILE", help="Write it for programs; - is the standard output.")]
Png = Annotated[Path | None, typer.Option(help="Write the picture.")]
Svg = Annotated[Path | None, typer.Option(help="Write the picture.")]
Html = Annotated[Path | None, typer.Option(help="Write a page on which everything can be asked for its facts.")]

_NOT_MEASURED = 2
_WIDE = 160  # characters, where nobody looks at a terminal


def register(app: typer.Typer) -> None:
    """Add these commands to the whole."""
    for command in (look, matrix, walk, why):
        app.command()(command)


def look(
    project: Project = "",
    network: Network = "",
    png: Png = None,
    svg: Svg = None,
    html: Html = None,
    as_json: AsJson = "",
    engine: Choice = "auto",
    suite: Suite = None,
    name: Name = None,
) -> None:
    """Show the containers and networks of an engine, whoever made them, project by project. Nothing is changed."""
    from dockernet_course.cli.listing import listing
    from dockernet_course.figures import sheet_view
    from dockernet_course.observe import as_json as plain
    from dockernet_course.observe import groups, observe, only

    with _view(engine, suite, name) as view:
        seen = only(observe(view), project, network)
    if png or svg or html:
        drawn = sheet_view(groups(seen), title=_question(project, network))
        _draw(drawn, png, svg, html)
    if as_json:
        _write_json(plain(seen), as_json)
    elif not (png or svg or html):
        out = console()
        for part in listing(groups(seen)):
            out.print(part, width=None if out.is_terminal else _WIDE)


def matrix(
    containers: Annotated[list[str] | None, typer.Argument(help="Only these; without any, all that run.")] = None,
    project: Project = "",
    network: Network = "",
    way: Annotated[list[str] | None, typer.Option(help="name, address, port, published; again for several.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to ask; else that at which each listens.")] = None,
    udp: Annotated[bool, typer.Option("--udp", help="Ask the ports by UDP: a datagram with one byte.")] = False,
    yes: Yes = False,
    png: Png = None,
    as_json: AsJson = "",
    engine: Choice = "auto",
    suite: Suite = None,
    name: Name = None,
) -> None:
    """Ask everybody from everywhere, and show who reaches whom. Nothing is said over the connections that it opens."""
    from dockernet_course.experiments import explain, reachability
    from dockernet_course.figures import show_matrix
    from dockernet_course.lessons import failures
    from dockernet_course.observe import observe, only

    with _measured(), _view(engine, suite, name, yes=yes) as view:
        seen = only(observe(view), project, network)
        running = [container.name for container in seen.containers if container.namespace]
        who = [view.container(each) for each in containers or running]
        ways = cast("list[Way]", way or (["port"] if udp else ["name", "address", "port"]))
        found = reachability(view, who, who, ways, port=port, protocol="udp" if udp else "tcp")
    drawn = show_matrix(found)
    if png:
        png.write_bytes(drawn.png())
    if as_json:
        _write_json(found.as_json(lambda cell: explain(seen, cell)), as_json)
    elif not png:
        console().print(f"{drawn}\n\n{failures(found, seen)}")


def walk(
    source: Source,
    target: Target,
    way: Annotated[str, typer.Option(help="address, name, port, port by name, published.")] = "address",
    yes: Yes = False,
    pcap: Annotated[Path | None, typer.Option(help="Write what was captured, for Wireshark.")] = None,
    png: Png = None,
    html: Html = None,
    as_json: AsJson = "",
    engine: Choice = "auto",
    suite: Suite = None,
    name: Name = None,
) -> None:
    """Follow one packet, and show at which interfaces it was seen, and by which rule or setting it ended."""
    from dockernet_course.experiments.walk import walk as follow
    from dockernet_course.figures import walk_view

    with _measured(), _view(engine, suite, name, yes=yes) as view:
        seen = follow(view, source, target, cast("How", way))
    drawn = walk_view(seen, title=f"Which way does a packet take from {source} to {target}?")
    if pcap:
        seen.save(pcap)
    _draw(drawn, png, None, html)
    if as_json:
        _write_json(seen.as_json(), as_json)
    elif not (pcap or png or html):
        console().print(repr(seen))
    raise typer.Exit(0 if seen.ok else 1)


def why(
    source: Source,
    target: Target,
    way: Annotated[str, typer.Option(help="port, address, name, published.")] = "port",
    yes: Yes = False,
    masked: Annotated[bool, typer.Option(help="Without names and addresses, for others to read.")] = False,
    as_json: AsJson = "",
    engine: Choice = "auto",
    suite: Suite = None,
    name: Name = None,
) -> None:
    """Say whether the source reaches the target, and if not, why: the cause, its evidence, and what to do.

    Ends with status 0 where they can talk, 1 where they cannot, 2 where that was not measured.
    """
    from dockernet_course.experiments.why import masked as hidden
    from dockernet_course.experiments.why import report
    from dockernet_course.experiments.why import why as diagnose

    with _measured(), _view(engine, suite, name, yes=yes) as view:
        found = diagnose(view, source, target, cast("Way", way))
    if as_json:
        _write_json((hidden(found) if masked else found).as_json(), as_json)
    else:
        console().print(report(found, masked=True) if masked else repr(found))
    raise typer.Exit(found.exit_status)


@contextmanager
def _view(choice: str, suite: str | None, name: str | None, *, yes: bool = False) -> Iterator[View]:
    with progress_bar() as progress:
        engine = find_engine(choice, suite=suite, capsule=name, progress=progress)
    typer.echo(f"Docker Engine {engine.version}: {engine.why}.", err=True)
    with open_view(engine, permit=True if yes else _asked) as view:
        yield view


def _asked(what: str, lines: Sequence[str]) -> bool:
    """Whether the person at the terminal permits it; nobody at a terminal permits nothing."""
    if not sys.stdin.isatty():
        return False
    console(error=True).print(what, *lines, sep="\n")
    return typer.confirm("Go on?", err=True)


@contextmanager
def _measured() -> Iterator[None]:
    """What of ours fails within is shown, and ends the command with the status of what was not measured."""
    try:
        yield
    except DockernetError as error:
        show_error(error)
        raise typer.Exit(_NOT_MEASURED) from error


def _question(project: str, network: str) -> str:
    where = [f"in the project {project}"] * bool(project) + [f"on the network {network}"] * bool(network)
    return f"What is {' and '.join(where) or 'on this engine'}?"


def _draw(drawn: MapView | WalkView, png: Path | None, svg: Path | None, html: Path | None) -> None:
    if png:
        png.write_bytes(drawn.picture().png())
    if svg:
        svg.write_text(drawn.picture().svg(), encoding="utf-8")
    if html:
        from dockernet_course.course import write_view

        write_view(drawn, html)


def _write_json(values: dict[str, Any], target: str) -> None:
    text = json.dumps(values, indent=2, ensure_ascii=False)
    if target == "-":
        typer.echo(text)
    else:
        Path(target).write_text(f"{text}\n", encoding="utf-8")
