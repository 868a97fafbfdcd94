"""Public Compose files rebuilt in a capsule: the map holds what the file says, the matrix is as its networks say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dockernet_course.engines import Engine, compose
from dockernet_course.errors import Refused
from dockernet_course.experiments import Cell, resolve
from dockernet_course.rehearsal import Rehearsal, as_json, rehearse
from dockernet_course.rehearsal.addressing import bad_addresses
from dockernet_course.rehearsal.model import ComposeProject, ComposeService
from dockernet_course.rehearsal.ports import listens_at
from dockernet_course.rehearsal.reading import read
from dockernet_course.rehearsal.source import text_of
from tests import commands
from tests.data.compose import FOLDER, READ, REFUSED, recorded, without_folder

pytestmark = pytest.mark.live
APART = "react-express-mysql.yaml"  # two networks, with one service in both


@pytest.fixture(autouse=True)
def _no_variables_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VERSION", "IMAGE", "HOST_PORT", "COMPOSE_PROFILES"):
        monkeypatch.delenv(name, raising=False)


def holds(rehearsal: Rehearsal) -> None:
    """The observation has each service where the file has it, under its names, at its addresses, with its ports."""
    project, seen = rehearsal.project, rehearsal.topology
    assert {*rehearsal.containers} == {service.name for service in project.services}
    assert {c.name for c in seen.containers if c.mine} == {*rehearsal.containers.values()}
    for service in project.services:
        there = seen.container(rehearsal.containers[service.name])
        owner = seen.container(rehearsal.containers[project.owner(service).name])
        assert there.namespace is not None and there.namespace == owner.namespace
        if service.mode == "host":
            assert there.namespace == seen.host.inode
        elif not service.mode:
            asked = {engine_name(project, each.network) for each in service.networks}
            assert {end.network for end in there.endpoints} == asked
        for each in service.networks:
            end = there.endpoint(engine_name(project, each.network))
            assert end and {service.name, *each.aliases} <= {*end.aliases}
            bad = {b.address for b in bad_addresses(project) if b.service == service.name}
            assert {*each.addresses} - bad <= {end.ip, end.ipv6}
        if not service.mode and not project.closed(service):
            published = {(p.port, p.protocol) for p in there.ports if p.host_port}
            assert published == {(p.port, p.protocol) for p in service.ports}
    for network in project.networks:
        assert seen.network(network.name).internal == network.internal


def engine_name(project: ComposeProject, key: str) -> str:
    network = project.network(key)
    assert network
    return network.name


def as_the_networks_say(rehearsal: Rehearsal) -> None:
    """Between two that listen at a TCP port and have networks of their own: there is an answer if they share one."""
    project = rehearsal.project
    services = {rehearsal.containers[each.name]: each for each in project.services}
    for cell in rehearsal.matrix(ways=["port"]):
        source, target = (services[name] for name in (cell.source, cell.target))
        if cell.way != "port" or cell.source == cell.target:
            continue
        if target.name in rehearsal.unknown:
            assert cell.probe is None
        elif not {source.mode, target.mode} & {"host", "bridge", "none"} and tcp(target):
            together = project.owner(source) == project.owner(target) or bool(project.common(source, target))
            assert answered(cell) == together, cell


def tcp(service: ComposeService) -> bool:
    return any(port.endswith("/tcp") for port in listens_at(service))


def answered(cell: Cell) -> bool:
    return cell.probe is not None and cell.probe.ok


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", [name for name in READ if name != APART])
def test_a_public_file_is_rehearsed(private_engine: Engine, name: str) -> None:
    rehearsed(private_engine, name)


def test_two_networks_keep_two_apart(private_engine: Engine) -> None:
    """It takes seconds: silence has to be waited for."""
    rehearsed(private_engine, APART)


def rehearsed(private_engine: Engine, name: str) -> None:
    reading = read(compose.plugin(), text_of(FOLDER / name), {})
    assert without_folder(reading.config) == recorded(name), "python -m tests.data.compose"
    with rehearse(FOLDER / name, engine=private_engine) as rehearsal:
        holds(rehearsal)
        as_the_networks_say(rehearsal)


@pytest.mark.once
@pytest.mark.parametrize("name", REFUSED)
def test_what_the_plugin_refuses_is_said_in_its_words(name: str) -> None:
    with pytest.raises(Refused) as caught:
        rehearse(FOLDER / name)
    assert caught.value.state and "docker compose -f" in caught.value.what


@pytest.mark.parametrize("name", ["every-kind.yaml", "refused-addresses.yaml"])
def test_a_hard_one_comes_up(private_engine: Engine, name: str) -> None:
    with rehearse(FOLDER / "hard" / name, engine=private_engine) as rehearsal:
        holds(rehearsal)
        assert rehearsal.left_out and rehearsal.findings


@pytest.mark.once
def test_the_command(runtime: Path, tmp_path: Path) -> None:
    file, png = FOLDER / "gitea-postgres.yaml", tmp_path / "map.png"
    done = commands.dockernet("rehearse", str(file), "--json", "-", "--matrix", "--png", str(png))
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    met = {(cell["source"], cell["target"]): cell["verdict"] for cell in said["matrix"] if cell["way"] == "port"}
    assert met["gitea", "db"] == met["db", "gitea"] == "ok"
    assert png.read_bytes().startswith(b"\x89PNG") and done.stdout.count("version") == 1

    bad = commands.dockernet("rehearse", str(tmp_path / "nowhere.yaml"))
    assert bad.returncode == 1 and "There is no Compose file" in bad.stderr


@pytest.mark.once
def test_compose_in_a_terminal(runtime: Path) -> None:
    """``dockernet engine compose`` fetches the plugin, and a shell on the engine's host has it."""
    assert commands.dockernet("engine", "compose").returncode == 0
    done = commands.dockernet("shell", "--engine", "capsule", "--", "docker", "compose", "version", "--short")
    assert done.returncode == 0 and done.stdout.startswith("2."), done.stderr


MODES = """
services:
  web:
    image: nginx
    networks: {front: {aliases: [www]}, back: {ipv4_address: 10.61.0.20}}
    ports: ["127.0.0.1:8080:80", "9000-9010:9000"]
    extra_hosts: ["legacy.example:10.61.0.30"]
    environment: {QUEUE: "amqp://queue:5672"}
    env_file: not-there.env
    volumes: ["/etc:/etc"]
    privileged: true
    command: "${WHAT_TO_RUN:?say it}"
  db:
    image: postgres
    networks: {back: {aliases: [store]}}
    ports: ["5432:5432"]
    links: ["web:front-end"]
  side: {image: whoever/knows, network_mode: "service:web"}
  alone: {image: whoever/knows, network_mode: none}
  agent: {image: whoever/knows, network_mode: host, expose: ["9111"], ports: ["9111:9111"]}
  queue: {image: rabbitmq, networks: [other]}
  again: {image: x, ports: ["127.0.0.1:8080:80"], networks: [other]}
  dns: {image: x, ports: ["53:53/udp"], networks: [other]}
  debug: {image: x, profiles: [debug]}
networks:
  front:
  back: {internal: true, ipam: {config: [{subnet: 10.61.0.0/24}]}}
  other: {ipam: {config: [{subnet: 10.61.0.0/16}]}}
"""


def test_all_modes_at_once_with_what_cannot_be(private_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(MODES)
    with rehearse(tmp_path / "compose.yaml", engine=private_engine) as rehearsal:
        all_is_there(rehearsal)
        nothing_of_the_file_reaches_a_stand_in(rehearsal)
        written = json.loads(json.dumps(as_json(rehearsal)))
    assert written["version"] == 1 and {each["name"] for each in written["services"]} == {*rehearsal.containers}
    assert written["unknown_ports"] == ["alone", "side"] and written["findings"][0]["line"] > 0


def all_is_there(modes: Rehearsal) -> None:
    holds(modes)
    web, seen = modes.lab.container(modes.containers["web"]), modes.topology
    for name in ("www", "web", "legacy.example"):
        assert resolve(web, name).ok
    assert {"db", "store"} <= {name for name in ("db", "store") if resolve(web, name).ok}
    assert resolve(modes.lab.container(modes.containers["db"]), "front-end").answers == ("10.61.0.20",)
    db = seen.container(modes.containers["db"])
    assert not any(port.host_port for port in db.ports), "from an internal network nothing is published"
    at = {port.port: port for port in seen.container(modes.containers["web"]).ports if port.host_port}
    assert at[80].host_ip == "127.0.0.1" and 9000 <= (at[9000].host_port or 0) <= 9010
    assert modes.unknown == ("alone", "side")

    said = {each.kind for each in modes.findings}
    assert said == {"no common network", "ports are not published", "subnets overlap", "one port for two"}
    left = "\n".join(map(str, modes.left_out))
    for words in ("web: volumes", "web: privileged", "web: a file of variables", "WHAT_TO_RUN", "another subnet"):
        assert words in left
    assert "debug" not in modes.containers and "Findings:" in repr(modes)


def nothing_of_the_file_reaches_a_stand_in(modes: Rehearsal) -> None:
    """Neither its environment nor the machine's files, nor rights."""
    for name in modes.containers.values():
        about = modes.lab.api_inspect(name)
        assert "amqp" not in json.dumps(about) and about["Mounts"] == [] and not about["HostConfig"]["Privileged"]


def test_an_engine_of_the_learners_is_refused(private_engine: Engine) -> None:
    with pytest.raises(Refused, match="private engine"):
        rehearse(FOLDER / "internal.yml", engine=replace(private_engine, kind="own", name=None))
