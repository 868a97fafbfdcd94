"""Compose projects in a lab: the real plugin, whose containers and networks are the lab's like all others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dockernet_course import LAB_IMAGE
from dockernet_course.engines import Engine, compose, pack
from dockernet_course.engines.build import compose as build
from dockernet_course.engines.build.compose import PLUGIN
from dockernet_course.engines.find.host import enter_argv
from dockernet_course.errors import DockernetError, NotFound, PortInUse, Refused
from dockernet_course.experiments import connect, resolve
from dockernet_course.lab import Lab, leftovers, open_lab
from dockernet_course.observe import observe
from tests.live import labs
from tests.waiting import eventually

pytestmark = pytest.mark.live

APP = f"""
name: shop
services:
  db:
    image: {LAB_IMAGE}
    networks: {{back: {{aliases: [database]}}}}
  web:
    image: {LAB_IMAGE}
    ports: ["80"]
    volumes: ["data:/data"]
    networks: [front, back]
  side:
    image: {LAB_IMAGE}
    network_mode: service:web
    command: sleep 1000
networks:
  front:
  back: {{internal: true}}
volumes:
  data:
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "compose.yaml").write_text(APP)
    return tmp_path / "compose.yaml"


def test_a_project_is_the_labs_like_all_others(engine: Engine, app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_lab(engine, "test") as lab:
        made = lab.compose(app)
        assert (
            [one.name for one in made]
            == ["shop-db-1", "shop-side-1", "shop-web-1"]
            == [one.name for one in lab.containers()]
        )
        assert [one.name for one in lab.networks()] == ["shop_back", "shop_front"]
        line = f"docker compose -f {app} up -d"
        assert lab.commands == (line,) and f"$ {line}\n" in capsys.readouterr().out
        kinds = [thing.kind for thing in leftovers(engine) if thing.lab == lab.id and "observer" not in thing.name]
        assert sorted(kinds) == ["container"] * 3 + ["network"] * 2 + ["volume"], "each is labelled"

        seen = observe(lab)
        assert seen.container("shop-side-1").namespace == seen.container("shop-web-1").namespace
        assert seen.network("shop_back").internal and not seen.network("shop_front").internal
        lab.container("shop-db-1").wait_ready()
        for name in ("db", "database", "shop-db-1"):
            assert resolve(lab.container("shop-web-1"), name).ok
        assert connect(lab.container("shop-web-1"), "database", port=80).ok
    assert [thing for thing in leftovers(engine) if thing.lab == lab.id] == []


def test_what_a_killed_lab_brought_up_goes_too(engine: Engine, app: Path) -> None:
    program = """
import json, os, signal, sys
from dockernet_course.engines import Engine
from dockernet_course.lab import open_lab
lab = open_lab(Engine(*json.loads(sys.argv[1])), "killed")
lab.compose(sys.argv[2])
print(lab.id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, labs.facts(engine), str(app)], capture_output=True, text=True, check=False
    )
    assert done.returncode == -9, done.stderr
    lab = done.stdout.split()[-1]
    assert eventually(lambda: not [thing for thing in leftovers(engine) if thing.lab == lab])


def test_the_same_in_the_terminal(private_engine: Engine) -> None:
    """Until it is asked for, a word says how it is to be had."""
    assert private_engine.name
    if labs.on_host(private_engine.name, "head", "-c", "20", f"/{PLUGIN}").startswith("#!"):
        asked = subprocess.run(
            enter_argv(private_engine.name, ["docker", "compose", "ls"]), capture_output=True, text=True, check=False
        )
        assert asked.returncode == 1 and "dockernet engine compose" in asked.stderr
    compose.put_onto(private_engine.name)
    with open_lab(private_engine, "test") as lab:
        typed = (
            "cat > /tmp/compose.yaml && docker compose -f /tmp/compose.yaml up -d && docker compose ls --format json"
        )
        argv = enter_argv(private_engine.name, ["sh", "-c", typed])
        done = subprocess.run(argv, input=APP, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert [one["Name"] for one in json.loads(done.stdout)] == ["shop"]
        assert [one.name for one in lab.containers()] == ["shop-db-1", "shop-side-1", "shop-web-1"]


Bad = tuple[str, type[DockernetError], str]
SERVICE = f"image: {LAB_IMAGE}"
BAD: dict[str, Bad] = {
    "no-yaml": ("services:\n  web: {image: [", Refused, "yaml"),
    "no-compose": ("services:\n  web: {imagge: nginx}", Refused, "imagge"),
    "no-image": ("services:\n  web: {image: nowhere-to-be-had:7}", NotFound, "nowhere-to-be-had:7"),
    "a-port-twice": (
        f"services:\n  one: {{{SERVICE}, ports: ['7777:80']}}\n  two: {{{SERVICE}, ports: ['7777:80']}}",
        PortInUse,
        "7777",
    ),
    "two-subnets": (
        "services:\n  web: {image: dockernet-lab:1, networks: [a, b]}\nnetworks:\n"
        "  a: {ipam: {config: [{subnet: 10.77.0.0/16}]}}\n  b: {ipam: {config: [{subnet: 10.77.1.0/24}]}}\n",
        Refused,
        "overlap",
    ),
}


def test_what_cannot_be_is_said_in_our_words_and_leaves_nothing(lab: Lab, tmp_path: Path) -> None:
    for text, kind, word in BAD.values():
        (tmp_path / "bad.yaml").write_text(text)
        with pytest.raises(kind) as caught:
            lab.compose(tmp_path / "bad.yaml")
        assert word in caught.value.state.lower() and "docker compose -f" in caught.value.what
        assert lab.containers() == () and lab.networks() == () and lab.commands == ()


def test_a_file_that_is_not_there(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no Compose file"):
        lab.compose(tmp_path / "compose.yaml")


def test_somebody_elses_project_of_that_name_is_left_alone(
    private_engine: Engine, app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A capsule plays the engine of the learner, who has a project up, of the same name."""
    assert private_engine.name
    theirs, name = replace(private_engine, kind="own", name=None), private_engine.name
    labelled = ["--label", "com.docker.compose.project=shop", "--label", "com.docker.compose.service=web"]
    labs.docker(name, "run", "-d", "--name", "shop-web-1", *labelled, LAB_IMAGE)
    before = labs.docker(name, "inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "shop-web-1")
    with open_lab(theirs, "test") as lab:
        made = lab.compose(app)
        assert [one.name for one in made] == ["shop-2-db-1", "shop-2-side-1", "shop-2-web-1"]
        assert "has a Compose project shop already: the lab's is called shop-2." in capsys.readouterr().out
    assert labs.docker(name, "inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "shop-web-1") == before
    assert labs.docker(name, "ps", "-aq").count("\n") == 0
    labs.docker(name, "rm", "-f", "shop-web-1")


def test_a_plugin_of_the_learners_own_is_used_on_an_engine_of_their_own(
    private_engine: Engine, app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pack's docker command plays the one that they have installed."""
    root = pack.ensure(os.environ.get("DOCKERNET_SUITE")).root
    plugins = tmp_path / "docker" / "cli-plugins"
    plugins.mkdir(parents=True)
    (plugins / "docker-compose").symlink_to(build.program(build.ensure()))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    theirs = replace(private_engine, kind="own", name=None)
    there = os.environ["PATH"]
    try:
        compose._own.cache_clear()
        monkeypatch.setenv("PATH", str(tmp_path))
        assert compose.plugin(theirs) == build.argv(build.ensure()), "no docker command there"
        compose._own.cache_clear()
        monkeypatch.setenv("PATH", f"{root}/usr/bin:{there}")
        assert compose.plugin(theirs) == ("docker", "compose")
        assert compose.plugin(private_engine) == build.argv(build.ensure())
        with open_lab(theirs, "test") as lab:
            assert len(lab.compose(app)) == 3
    finally:
        compose._own.cache_clear()
