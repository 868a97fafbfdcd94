"""Who reaches whom, on a live engine: what each cell says, and why."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest

from dockernet_course.engines.find.host import enter_argv
from dockernet_course.errors import LessonError, NotFound
from dockernet_course.experiments import WAYS, Matrix, Way, explain, reachability
from dockernet_course.experiments.why import offer, why_cell
from dockernet_course.lab import Lab
from dockernet_course.observe import observe
from tests.live.failures import IDLE, ON_LOOPBACK

pytestmark = pytest.mark.live
SHORT = {
    "ok": "ok",
    "name not found": "name",
    "refused": "refused",
    "reset": "reset",
    "no route": "route",
    "timeout": "silent",
}


def rows(matrix: Matrix) -> Iterator[tuple[str, str]]:
    """Each pair with what came by each way, in words."""
    for source in matrix.sources:
        for target in matrix.targets:
            probes = [matrix.probe(source, target, way) for way in matrix.ways]
            yield f"{source} {target}", " ".join(SHORT[probe.verdict] if probe else "-" for probe in probes)


def furnish(lab: Lab) -> None:
    """One of everything: two networks, one in both, the default bridge, a joiner, host, none, deaf and stopped."""
    for network in ("front", "back"):
        lab.create_network(network)
    lab.run("ui", network="front")
    lab.run("app", network="front", publish=80)
    lab.connect("back", "app")
    lab.run("db", network="back")
    lab.run("deaf", ON_LOOPBACK, network="back", publish=80).wait_ready()
    lab.run("web")
    lab.run("side", IDLE, network="container:web")
    lab.run("onhost", IDLE, network="host")
    lab.run("alone", IDLE, network="none")
    lab.run("old", network="front").stop(0)


# What came by name, by address, at the service port, at the published port.
SEEN = {
    "ui app": "ok ok ok ok",
    "ui db": "name silent silent -",
    "ui deaf": "name silent silent reset",
    "ui web": "name silent silent -",
    "ui old": "name - - -",
    "ui alone": "name - - -",
    "app ui": "ok ok ok -",
    "app db": "ok ok ok -",
    "app deaf": "ok ok refused reset",
    "db app": "ok ok ok ok",
    "db deaf": "ok ok refused reset",
    "web side": "name ok ok -",
    "side web": "name ok ok -",
    "side app": "name silent silent ok",
    "side old": "name - - -",
    "web db": "name silent silent -",
    "alone app": "name route route route",
    "onhost db": "name ok ok -",
    "onhost app": "name ok ok ok",
    "host web": "name ok ok -",
    "host app": "name ok ok ok",
    "host deaf": "name ok refused reset",
    "host alone": "name - - -",
    "old app": "- - - -",
    "app app": "- - - -",
}
WHY: dict[tuple[str, str, Way], str] = {
    ("ui", "app", "name"): "Docker's DNS",
    ("ui", "app", "published"): "a detour",
    ("ui", "db", "name"): "no common network",
    ("ui", "db", "address"): "isolation",
    ("ui", "deaf", "published"): "only itself",
    ("ui", "old", "name"): "not running",
    ("ui", "onhost", "address"): "host mode",
    ("app", "db", "port"): "service port",
    ("app", "deaf", "port"): "only itself",
    ("app", "ui", "published"): "not published",
    ("web", "side", "name"): "shared network",
    ("side", "web", "name"): "default bridge",
    ("side", "web", "port"): "shared network",
    ("side", "app", "published"): "the host's port",
    ("alone", "app", "port"): "only lo",
    ("app", "alone", "address"): "only lo",
    ("host", "db", "port"): "the host's bridge",
    ("host", "db", "name"): "no Docker DNS",
    ("host", "app", "published"): "published port",
    ("old", "app", "name"): "not running",
    ("app", "app", "name"): "oneself",
}


def test_one_of_everything(lab: Lab) -> None:
    furnish(lab)
    noted = lab.commands
    before = observe(lab)
    matrix = reachability(lab, [*lab.containers(), lab.host], lab.containers(), WAYS)
    found = dict(rows(matrix))
    assert {pair: found[pair] for pair in SEEN} == SEEN
    assert found["ui onhost"].startswith("name ok ") and found["host onhost"].startswith("name ok ")
    assert lab.commands == noted, "asking leaves no trace"
    told = {(c.source, c.target, c.way): explain(before, c).mechanism for c in matrix}
    assert {where: told[where] for where in WHY} == WHY


def test_the_outside_asks_too(lab: Lab) -> None:
    if lab.outside is None:
        with pytest.raises(NotFound):
            reachability(lab, ["outside"])
        return
    lab.run("web", publish=80)
    lab.run("onhost", network="host")
    matrix = reachability(lab, [lab.outside], ways=WAYS)
    assert dict(rows(matrix)) == {"outside onhost": "name ok ok -", "outside web": "name route route ok"}
    probe = matrix.probe("outside", "web", "published")
    assert probe and probe.answers[0].endswith(f" sees {lab.outside.address}")
    seen = observe(lab)
    assert {explain(seen, c).mechanism for c in matrix if c.target == "web" and c.way != "name"} == {
        "the host's own networks",
        "published port",
    }


def test_without_more_words_it_is_the_running_containers(lab: Lab) -> None:
    lab.create_network("front")
    for name in ("web", "db"):
        lab.run(name, network="front")
    lab.run("old", network="front").stop(0)
    matrix = reachability(lab)
    assert matrix.sources == matrix.targets == ("db", "web")
    assert matrix.ways == ("name", "address", "port")
    assert matrix.ok("web", lab.container("db"), "port")
    assert reachability(lab, ["web"], [], ["name"]).cells == ()


def test_each_cell_can_be_asked_again_by_hand(lab: Lab) -> None:
    lab.create_network("front")
    lab.run("web", network="front")
    lab.run("deaf", IDLE, network="front")
    matrix = reachability(lab, ["web"], ["deaf"])
    named, refused = matrix.probe("web", "deaf", "name"), matrix.probe("web", "deaf", "port")
    assert named and refused
    real = [lab.container(name).real_name for name in ("web", "deaf")]
    assert named.output.command == f"docker exec {real[0]} ping -c 1 -W 4 {real[1]}"
    assert refused.output.text.count("docker exec") == 1, "why curl could not connect is asked by another command"
    if lab.engine.name:
        for probe in (named, refused):
            argv = enter_argv(lab.engine.name, ["sh", "-c", probe.output.command])
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            assert (done.returncode == 0) is probe.ok
            assert (done.stdout + done.stderr)[:20] == probe.output.text[:20]


def test_a_cell_is_one_call_from_its_diagnosis(lab: Lab) -> None:
    for name in ("front", "back"):
        lab.create_network(name)
    lab.run("web", network="front")
    lab.run("deaf", ON_LOOPBACK, network="front").wait_ready()
    for name in ("far", "host"):  # the latter has two meanings
        lab.run(name, network="back")
    matrix, seen = reachability(lab, ["web"], ["deaf", "far", "host"]), observe(lab)
    deaf, far = matrix.cell("web", "deaf", "port"), matrix.cell("web", "far", "address")
    assert offer(deaf, explain(seen, deaf)) == "" and offer(far, explain(seen, far))
    assert why_cell(lab, deaf).cause == "only itself"
    found = why_cell(lab, far)
    assert (found.can, found.cause) == (False, "isolation") and found.evidence
    named, again = matrix.probe("web", "host", "address"), why_cell(lab, matrix.cell("web", "host", "address")).probe
    assert named and again and again.target == named.target == lab.container("host").address()


def test_all_wait_together(lab: Lab) -> None:
    """Two networks of four: 32 pairs by two ways wait in vain, as long as one would."""
    for name in ("n0", "n1"):
        lab.create_network(name)
    for number in range(8):
        lab.run(f"c{number}", network=f"n{number % 2}")
    began = time.monotonic()
    matrix = reachability(lab)
    assert time.monotonic() - began < 10  # only the eight sources, one after the other, would wait for 12 seconds
    assert sum(cell.probe is not None and cell.probe.verdict == "timeout" for cell in matrix) == 64


@pytest.mark.parametrize("gone", ["/usr/bin/ping", "/usr/bin /bin"])
def test_a_container_without_the_commands_is_asked_from_its_network(lab: Lab, gone: str) -> None:
    """Without one of them, without a shell: the answers are those of its twin that has them all."""
    lab.create_network("front")
    for name in ("web", "twin", "bare"):
        lab.run(name, network="front")
    lab.run("far")
    lab.container("bare").quietly(["sh", "-c", f"rm -rf {gone}"])
    matrix = reachability(lab, ["twin", "bare"], ["web", "far"], WAYS)
    found = dict(rows(matrix))
    assert [found["bare web"], found["bare far"]] == [found["twin web"], found["twin far"]]
    assert found["bare web"] == "ok ok ok -" and found["bare far"].startswith("name silent silent")
    probe = matrix.probe("bare", "web", "address")
    assert probe and probe.output.command.startswith("docker run --rm --network container:bare")


def test_who_is_not_there_is_said(lab: Lab) -> None:
    with pytest.raises(NotFound, match="no container 'nobody'"):
        reachability(lab, ["nobody"])


def test_a_way_that_does_not_exist(lab: Lab) -> None:
    with pytest.raises(LessonError, match=r"'names'.*\n.*published"):
        reachability(lab, ways=["name", "names"])  # type: ignore[list-item]
