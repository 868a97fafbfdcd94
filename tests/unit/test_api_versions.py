"""What engines of other versions answer (API 1.41 to 1.52) gives the same facts: observation, lab, doctor, texts.

20.10, 26.1 and 28.5 were recorded, 29 is made of what is documented (fixtures/api). The course reads only what all of
them tell: with everything cut off that one of them does not, the facts are the same.
"""

from __future__ import annotations

import ast
import base64
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import dockernet_course
from dockernet_course.engines import Engine
from dockernet_course.engines.find import own
from dockernet_course.engines.find.doctor import examine
from dockernet_course.errors import DockernetError
from dockernet_course.lab import addressing, cleaning, unused
from dockernet_course.lab.api import Api
from dockernet_course.observe import Topology, decorate, discover, network_inspect, network_ls, relate
from tests.unit.fixtures.api.documented import CHANGES, GONE, as_of_29
from tests.unit.replaying import replaying

Json = dict[str, Any]
FIXTURES = Path(__file__).parent / "fixtures/api"
RECORDED = {"20.10": "bookworm", "26.1": "trixie", "28.5": "sid"}
VERSIONS = (*RECORDED, "29.0")
# Below these, the names of fields are names and ids of somebody's things, not the API's.
NAMED = ("Networks", "Ports", "Labels", "Options", "Containers", "ExposedPorts", "PortBindings", "Subnets", "Volumes")


@cache
def answers(version: str) -> Json:
    if version == "29.0":
        return as_of_29(answers("28.5"))
    recorded: Json = json.loads((FIXTURES / f"answers-{RECORDED[version]}.json").read_text())
    return recorded


def fields(answer: object, at: str = "") -> Iterator[str]:
    """The paths of all fields of an answer: ``/containers/json/*/NetworkSettings/Networks/*/IPAddress``."""
    if isinstance(answer, list):
        for one in answer:
            yield from fields(one, f"{at}/*")
    if isinstance(answer, dict):
        for name, value in answer.items():
            path = f"{at}/{'*' if at.endswith(NAMED) else name}"
            yield path
            yield from fields(value, path)


def cut(answer: Any, known: set[str], at: str = "") -> Any:
    """The answer without the fields that are not ``known``."""
    if isinstance(answer, list):
        return [cut(one, known, f"{at}/*") for one in answer]
    if not isinstance(answer, dict):
        return answer
    paths = {name: f"{at}/{'*' if at.endswith(NAMED) else name}" for name in answer}
    return {name: cut(value, known, paths[name]) for name, value in answer.items() if paths[name] in known}


def kind(path: str) -> str:
    """Of which sort an answer is: ``/containers/web/json`` → ``/containers/*/json``."""
    return re.sub(r"^/(containers|networks)/(?!json$)[^/]+", r"/\1/*", path)


@cache
def in_all_versions() -> dict[str, set[str]]:
    """For each sort of answer, the fields that all versions have."""
    found: dict[str, list[set[str]]] = {}
    for version in VERSIONS:
        own: dict[str, set[str]] = {}
        for path, answer in answers(version)["answers"].items():
            own.setdefault(kind(path), set()).update(fields(answer))
        for sort, names in own.items():
            found.setdefault(sort, []).append(names)
    return {sort: set.intersection(*names) for sort, names in found.items()}


def common(version: str) -> Json:
    """The answers without what one version does not tell."""
    kept = {path: cut(answer, in_all_versions()[kind(path)]) for path, answer in answers(version)["answers"].items()}
    return {**answers(version), "answers": kept}


class Recorded:
    """A source for an observation, answering from a recording; it is its own engine and its own observer."""

    private = whole = True

    def __init__(self, recorded: Json) -> None:
        self._answers, self._look = recorded["answers"], recorded["look"]
        self.id, self.version = recorded["lab"], self._answers["/version"]["Version"]
        self.engine = self.observer = self

    def exec(self, argv: Sequence[str]) -> bytes:  # noqa: ARG002 (it is always the same look)
        return zlib.decompress(base64.b64decode(self._look))

    def api_containers(self) -> list[Json]:
        return list(self._answers["/containers/json"])

    def api_networks(self) -> list[Json]:
        return list(self._answers["/networks"])

    def api_inspect(self, name: str) -> Json:
        return dict(self._answers[f"/containers/{name}/json"])

    def api_inspected(self, listed: Sequence[Json]) -> dict[str, Json]:
        known = [answer for path, answer in self._answers.items() if kind(path) == "/containers/*/json"]
        return {answer["Id"]: answer for answer in known if answer["Id"] in {c["Id"] for c in listed}}

    def api_network_inspect(self, name: str) -> Json:
        return dict(self._answers[f"/networks/{name}"])


def topology(recorded: Json) -> Topology:
    seen = discover.discover(Recorded(recorded))
    return decorate.decorate(relate.relate(seen.spaces), seen)


def told(seen: Topology) -> object:
    """What does not differ between the generations by design: no addresses, ids and numbers."""
    containers = [
        (c.name, c.state, mode(c), c.image, c.namespace is None, c.mine, ports(c), ends(c)) for c in seen.containers
    ]
    networks = [
        (
            n.name,
            n.driver,
            n.scope,
            n.internal,
            n.ipv6,
            len(n.subnets),
            n.bridge is None,
            n.mine,
            sorted(dict(n.options)),
        )
        for n in seen.networks
    ]
    return containers, networks, seen.foreign, seen.vanished, len(seen.wires), len(seen.bridges)


def mode(container: Any) -> str:
    """20.10 calls the default network ``default``, later ones ``bridge``."""
    return str(container.network_mode).partition(":")[0].replace("default", "bridge")


def ports(container: Any) -> list[tuple[object, ...]]:
    return [(p.port, p.protocol, p.host_port) for p in container.ports]


def ends(container: Any) -> list[tuple[object, ...]]:
    return [(e.network, bool(e.ip), e.prefix, e.interface, bool(e.mac), bool(e.ipv6)) for e in container.endpoints]


@pytest.fixture(params=VERSIONS)
def recorded(request: pytest.FixtureRequest) -> Json:
    return answers(request.param)


@pytest.fixture
def engine(recorded: Json) -> Iterator[Engine]:
    with replaying(recorded) as address:
        found, _ = own.find(address)
        assert found
        yield found


@pytest.fixture
def api(engine: Engine) -> Iterator[Api]:
    opened = Api(engine)
    yield opened
    opened.close()


def test_each_answer_has_a_source(recorded: Json) -> None:
    assert recorded["source"].startswith(("recorded on Docker Engine ", "Engine release notes 29.0.0"))


@pytest.mark.parametrize("source", CHANGES)
def test_each_documented_change_changes_something(source: str) -> None:
    changed = json.loads(json.dumps(answers("28.5")))
    CHANGES[source](changed["answers"])
    assert json.dumps(changed) != json.dumps(answers("28.5")), source


def test_every_generation_gives_the_same_facts(recorded: Json) -> None:
    assert told(topology(recorded)) == told(topology(answers("26.1")))


def test_29_tells_exactly_what_28_told() -> None:
    seen, before = topology(answers("29.0")), topology(answers("28.5"))
    assert (seen.engine, before.engine) == ("29.0.3", "28.5.2+dfsg4")
    assert replace(seen, engine=before.engine) == before


@pytest.mark.parametrize("version", VERSIONS)
def test_what_one_version_does_not_tell_is_not_read(version: str) -> None:
    whole, cut_off = answers(version), common(version)
    assert len(json.dumps(cut_off)) < len(json.dumps(whole)), "nothing was cut off"
    assert without_dns_names(topology(cut_off)) == without_dns_names(topology(whole))
    assert told_to_the_lab(cut_off) == told_to_the_lab(whole)


def without_dns_names(seen: Topology) -> Topology:
    """What an engine tells from 25 on, and what nothing is concluded from where it does not."""
    bare = (replace(c, endpoints=tuple(replace(end, dns_names=()) for end in c.endpoints)) for c in seen.containers)
    return replace(seen, containers=tuple(bare))


def told_to_the_lab(recorded: Json) -> object:
    with replaying(recorded) as address:
        found, _ = own.find(address)
        assert found
        opened = Api(found)
        try:
            held = {
                name: addressing.addresses(opened, name) for name in ("web", "app", "side", "onhost", "alone", "old")
            }
            state = {name: opened.inspect(name)["State"]["Running"] for name in ("web", "old")}
            return cleaning.everything(opened), held, unused.address(opened.inspect_network("front")), state
        finally:
            opened.close()


def test_the_recordings_hold_what_the_course_puts_on_the_network(recorded: Json) -> None:
    seen = topology(recorded)
    assert {c.name for c in seen.containers} == {
        *("web", "db", "app", "v6", "side", "onhost", "alone", "old", "client", "named"),
    }
    assert (
        seen.container("side").endpoints == () and seen.container("side").namespace == seen.container("web").namespace
    )
    assert seen.container("old").namespace is None


def test_29_has_no_top_level_address_and_joiners_have_no_networks() -> None:
    settings = answers("29.0")["answers"]["/containers/web/json"]["NetworkSettings"]
    assert sorted(settings) == ["Networks", "Ports", "SandboxID", "SandboxKey"]
    for version in VERSIONS:
        assert answers(version)["answers"]["/containers/side/json"]["NetworkSettings"]["Networks"] == {}


def test_the_lab_reads_addresses_where_every_engine_has_them(api: Api) -> None:
    (own_address,) = addressing.addresses(api, "web").values()
    assert addressing.addresses(api, "side") == {"bridge": own_address}, "a joiner has its owner's"
    assert set(addressing.addresses(api, "app")) == {"front", "back"}
    assert addressing.addresses(api, "onhost") == addressing.addresses(api, "old") == {}


def test_the_lab_knows_its_things(api: Api, recorded: Json) -> None:
    things = {str(thing): thing.lab for thing in cleaning.everything(api)}
    assert {"container web", "container side", "network front", "network back"} <= set(things)
    assert set(things.values()) == {recorded["lab"]}


def test_drivers_and_security_are_read(api: Api) -> None:
    assert {"bridge", "host", "null"} <= set(api.info()["Plugins"]["Network"])
    assert not any("apparmor" in option for option in api.info().get("SecurityOptions") or ())


def test_an_address_that_is_free(api: Api) -> None:
    for network in ("bridge", "front", "back"):
        taken = {end["IPv4Address"] for end in api.inspect_network(network)["Containers"].values()}
        assert str(unused.address(api.inspect_network(network))) not in taken


def test_the_doctor_reads_every_engine(recorded: Json) -> None:
    images = {**recorded, "answers": {**recorded["answers"], "/images/json": []}}
    with replaying(images) as address:
        report = examine(address)
    assert report.usable and report.engine
    assert report.engine.version == recorded["answers"]["/version"]["Version"]
    assert report.engine.api_version == recorded["answers"]["/version"]["ApiVersion"]
    assert report.engine.firewall == ("nftables" if report.engine.version.startswith("29") else "iptables")
    assert report.engine.storage in ("overlay2", "overlayfs") and report.engine.cgroup.startswith("v2, ")


def test_an_engine_is_asked_for_its_version_without_naming_one() -> None:
    """29 refuses everything below API 1.44."""
    with replaying(answers("29.0")) as address:
        found, _ = own.find(address)
        assert found and found.api_version == "1.52"
        assert Api(found).info()["ServerVersion"] == "29.0.3"
        with pytest.raises(DockernetError, match="too old"):
            Api(replace(found, api_version="1.41")).info()


def test_the_texts(recorded: Json) -> None:
    source = Recorded(recorded)
    names = [line.split()[1] for line in network_ls(source).text.splitlines()[1:]]
    assert names == ["back", "bridge", "front", "host", "none", "six"]
    shown = json.loads(network_inspect(source, "front", fields=["Driver", "IPAM.Config", "Internal"]).text)
    assert shown["Driver"] == "bridge" and shown["Internal"] is False and shown["IPAM"]["Config"][0]["Gateway"]


# No code reads what is gone, not even where there is no recording --------------------------------------------------

PACKAGE = Path(dockernet_course.__file__).parent
ASKS_FOR_IT = {"capabilities/probes.py": "top_level_address"}  # is it there? is the question
MODULES = sorted(PACKAGE.rglob("*.py"))


def read_at(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What is read directly below what: ``a["X"]["Y"]``, ``a["X"].get("Y")`` → (X, Y)."""
    for node in ast.walk(tree):
        parent, name = _reading(node)
        if name:
            yield _reading(parent)[1], name


def _reading(node: ast.AST | None) -> tuple[ast.AST | None, str]:
    if isinstance(node, ast.BoolOp):  # (a.get("X") or {})
        return _reading(node.values[0])
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.value, str(node.slice.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        return node.func.value, str(getattr(node.args[0], "value", ""))
    return None, ""


def functions(tree: ast.Module, without: str) -> ast.Module:
    body = [node for node in tree.body if getattr(node, "name", None) != without]
    return ast.Module(body, [])


def test_no_code_reads_what_is_gone() -> None:
    wrong = [
        f"{name}: {read}"
        for name, path in ((path.relative_to(PACKAGE).as_posix(), path) for path in MODULES)
        for above, read in read_at(functions(ast.parse(path.read_text("utf-8")), ASKS_FOR_IT.get(name, "")))
        if above == "NetworkSettings" and read in GONE
    ]
    assert len(MODULES) > 200 and not wrong, "gone from API 1.52 on: read NetworkSettings.Networks"


@pytest.mark.parametrize(
    "code", ['a["NetworkSettings"]["IPAddress"]', '(a.get("NetworkSettings") or {}).get("Gateway")']
)
def test_such_a_read_would_be_found(code: str) -> None:
    assert [(above, name in GONE) for above, name in read_at(ast.parse(code)) if above] == [("NetworkSettings", True)]


def test_the_chapters_ask_for_nothing_that_is_gone() -> None:
    for path in sorted((PACKAGE.parent / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            source = "".join(cell["source"])
            wrong = [
                name
                for name in GONE
                if f'"NetworkSettings", "{name}"' in source or f".NetworkSettings.{name}" in source
            ]
            assert not wrong, f"{path.name}: {wrong}"
