"""On the learner's own engine only what is labelled is ours. A capsule plays the learner's engine here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dockernet_course.engines import Engine
from dockernet_course.errors import NameTaken, NotFound
from dockernet_course.lab import leftovers, open_lab, sweep
from tests.live import labs

pytestmark = pytest.mark.live
IDLE = ["sleep", "1000"]


@pytest.fixture(scope="module")
def theirs(private_engine: Engine) -> Engine:
    """An engine that is surely nobody's plays the learner's."""
    return replace(private_engine, kind="own", name=None)


@pytest.fixture
def learners(private_engine: Engine, theirs: Engine) -> Iterator[str]:
    """What the learner had before: containers and networks with the names that chapters use. Untouched afterwards."""
    assert private_engine.name
    name = private_engine.name
    labs.docker(name, "network", "create", "front")
    labs.docker(name, "run", "-d", "--name", "web", "--network", "front", "dockernet-lab:1", *IDLE)
    labs.docker(name, "run", "-d", "--name", "web-2", "-v", "keep:/k", "dockernet-lab:1", *IDLE)
    before = everything(name)
    yield name
    assert everything(name) == before
    labs.docker(name, "rm", "-f", "-v", "web", "web-2")
    labs.docker(name, "network", "rm", "front")
    labs.docker(name, "volume", "rm", "keep")


def everything(capsule: str) -> list[str]:
    words = (
        ("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.State}} {{.Networks}}"),
        ("network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"),
        ("volume", "ls"),
        ("network", "inspect", "front", "bridge"),
    )
    return [labs.docker(capsule, *line) for line in words]


def test_a_taken_name_gets_a_suffix_said_once(
    theirs: Engine, learners: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_lab(theirs, "test") as lab:
        web = lab.run("web", IDLE)
        front = lab.create_network("front")
        assert capsys.readouterr().out.splitlines() == [
            "The name web is taken on this engine: the lab's container is called web-3.",
            "$ docker run -d --name web-3 dockernet-lab:1 sleep 1000",
            "The name front is taken on this engine: the lab's network is called front-2.",
            "$ docker network create front-2",
        ]
        assert (web.name, web.real_name, front.name, front.real_name) == ("web", "web-3", "front", "front-2")
        assert lab.container("web") is lab.container("web-3") is web
        assert lab.containers() == (web,)
        assert lab.networks() == (front,)
        lab.connect("front", "web")
        joined = lab.run("joined", IDLE, network="container:web")
        linked = lab.run("linked", IDLE, network="front", links="web")
        assert web.sh("true").command == "docker exec web-3 true"
        assert linked.sh("ping -c 1 -W 2 web-3").ok
        assert joined.sh("readlink /proc/1/ns/net").text == web.sh("readlink /proc/1/ns/net").text
        assert lab.commands[2:5] == (
            "docker network connect front-2 web-3",
            "docker run -d --name joined --network container:web-3 dockernet-lab:1 sleep 1000",
            "docker run -d --name linked --network front-2 --link web-3 dockernet-lab:1 sleep 1000",
        )
        with pytest.raises(NameTaken, match="already"):
            lab.run("web", IDLE)


def test_what_is_not_the_labs_cannot_be_reached_by_name(theirs: Engine, learners: str) -> None:
    with open_lab(theirs, "test") as lab:
        for action in (
            lambda: lab.remove("web"),
            lambda: lab.remove("front"),
            lambda: lab.container("web"),
            lambda: lab.network("front"),
            lambda: lab.connect("bridge", "web"),
            lambda: lab.disconnect("front", "web"),
            lambda: lab.rename("web", "mine"),
        ):
            with pytest.raises(NotFound):
                action()
        assert lab.containers() == ()


def test_what_blocks_cleaning_is_reported_not_removed(
    theirs: Engine, learners: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = open_lab(theirs, "test")
    lab.create_network("back")
    labs.docker(learners, "run", "-d", "--name", "guest", "--network", "back", "dockernet-lab:1", *IDLE)
    capsys.readouterr()
    lab.close()
    said = "The network back stays: guest is still in it, and is not the course's."
    assert capsys.readouterr().out == f"{said}\n"
    (left,) = leftovers(theirs)
    assert (left.kind, left.name, left.dead) == ("network", "back", False)
    assert sweep(theirs, [left]) == (said,)
    labs.docker(learners, "rm", "-f", "guest")
    assert sweep(theirs, [left]) == ()


def test_two_labs_of_two_processes_side_by_side(theirs: Engine, learners: str) -> None:
    other = labs.Other(theirs)
    with open_lab(theirs, "test") as lab:
        web = lab.run("web", IDLE)
        assert other.container == "web-3" and web.real_name == "web-4"
        assert lab.containers() == (web,)
        with pytest.raises(NotFound):
            lab.remove("web-3")
    names = {thing.name for thing in leftovers(theirs)}
    assert names == {"web-3", "front-2", f"dockernet-observer-{other.lab}"}
    assert not any(thing.dead for thing in leftovers(theirs))
    assert sweep(theirs) == ()
    assert {thing.name for thing in leftovers(theirs)} == names
    other.end()
    assert leftovers(theirs) == ()


def test_two_labs_of_one_process_side_by_side(theirs: Engine, learners: str) -> None:
    with open_lab(theirs, "first") as first:
        first.run("web", IDLE)
        with open_lab(theirs, "second") as second:
            assert second.run("web", IDLE).real_name == "web-4"
        assert [c.real_name for c in first.containers()] == ["web-3"]
