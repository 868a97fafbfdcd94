"""Parts of an observation, the sheet of maps that shows them all, and the plain values that scripts read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dockernet_course.errors import NotFound
from dockernet_course.figures import sheet_view
from dockernet_course.observe import PortBinding, Topology, as_json, groups, only, projects, without
from dockernet_course.observe.decorate import decorate
from dockernet_course.observe.relate import relate
from dockernet_course.observe.storage import load_seen
from tests.gallery.examples import World

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "look.json").read_text())


def town(workers: int = 2) -> Topology:
    """Two Compose projects with a network each, one with replicas, and a container that is on both and in neither."""
    made = World()
    for n, project in enumerate(("blog", "shop")):
        net = made.network(f"{project}_front", f"172.2{n}.0.1/24")
        made.networks[net] = replace(made.networks[net], project=project)
        for service, count in {"web": 1, "worker": workers}.items():
            for i in range(1, count + 1):
                ports = (PortBinding(80, "tcp", "0.0.0.0", 8000 + n),) if service == "web" else ()  # noqa: S104
                made.run(name := f"{project}-{service}-{i}", net, ports=ports)
                made.containers[name] = replace(made.containers[name], project=project, service=service)
    made.run("proxy", "blog_front", "shop_front")
    return made.topology()


def names(topology: Topology) -> list[str]:
    return [container.name for container in topology.containers]


def test_groups_are_the_projects_and_the_rest() -> None:
    found = groups(town())
    assert [group.project for group in found] == ["blog", "shop", ""]
    assert sorted(name for group in found for name in names(group.topology)) == sorted(names(town()))
    assert [network.name for network in found[-1].topology.networks] == ["blog_front", "shop_front"]


def test_without_projects_everything_is_one_group() -> None:
    made = World()
    made.run("web", "bridge")
    (alone,) = groups(made.topology())
    assert (alone.project, names(alone.topology)) == ("", ["web"])
    assert projects(made.topology()) == ()


def test_a_project_has_its_containers_networks_and_nobodys_else() -> None:
    part = only(town(), "shop")
    assert names(part) == ["shop-web-1", "shop-worker-1", "shop-worker-2"]
    assert [network.name for network in part.networks] == ["shop_front"]
    assert {bridge.network for bridge in part.bridges} == {"shop_front"}
    assert len(part.wires) == len(part.namespaces) == 3
    assert part.foreign == len(names(town())) - 3
    plugged = {interface.name for interface in part.host.interfaces}
    assert {end[1] for wire in part.wires for end in (wire.a, wire.b) if end[0] == part.host.inode} <= plugged
    assert "docker0" not in plugged


def test_who_is_on_a_network() -> None:
    part = only(town(), network="shop_front")
    assert names(part) == ["proxy", "shop-web-1", "shop-worker-1", "shop-worker-2"]
    assert names(only(town(), "blog", "shop_front")) == []
    joined = World()
    joined.network("front", "172.20.0.1/24")
    joined.run("web", "front")
    joined.join("side", "web")
    joined.run("other", "bridge")
    assert sorted(names(only(joined.topology(), network="front"))) == ["side", "web"]


@pytest.mark.parametrize("what", [{"project": "shup"}, {"network": "front"}])
def test_what_is_not_there_is_said_with_what_is(what: dict[str, str]) -> None:
    with pytest.raises(NotFound) as told:
        only(town(), **what)
    assert "shop" in told.value.state


def test_without_leaves_out_and_does_not_count() -> None:
    seen = town()
    rest = without(seen, {container.id for container in seen.containers if container.project})
    assert (names(rest), rest.foreign) == (["proxy"], 0)
    assert len(rest.networks) == len(seen.networks)


def test_a_sheet_has_every_container_once_under_its_project() -> None:
    drawn = sheet_view(groups(town()), title="What is on this engine?")
    texts = {text.text for text in drawn.layout.texts}
    assert {"project blog", "project shop", "in no Compose project"} <= texts
    titles = [thing.title for thing in drawn.things if thing.id.startswith("box/")]
    assert len(titles) == len(names(town()))
    assert "blog-web-1" not in " ".join(titles), "under the project's name, its containers have the rest of theirs"
    assert len({thing.id for thing in drawn.things}) == len(drawn.things)
    for thing in drawn.things:
        assert 0 <= thing.x <= thing.x + thing.w <= drawn.layout.width
        assert 0 <= thing.y <= thing.y + thing.h <= drawn.layout.height


def test_maps_of_a_sheet_do_not_lie_on_each_other() -> None:
    drawn = sheet_view(groups(town()), title="x")
    hosts = [thing for thing in drawn.things if thing.id.startswith("host/")]
    assert len(hosts) == 3
    for one in hosts:
        for other in hosts:
            apart = one.x + one.w <= other.x or other.x + other.w <= one.x
            assert one is other or apart or one.y + one.h <= other.y or other.y + other.h <= one.y


def test_replicas_are_drawn_once_with_their_number() -> None:
    drawn = sheet_view(groups(town(workers=9)), title="x")
    titles = [thing.title for thing in drawn.things if thing.id.startswith("box/")]
    assert sum("worker ×9" in title for title in titles) == 2
    assert sum("worker" in title for title in titles) == 2
    assert all(f"shop-worker-{n}" in drawn.alt for n in range(1, 10)), "who is folded is named in the words"
    assert any(row[0] == "one for all" and "shop-worker-7" in row[1] for row in drawn.rows)


def test_replicas_that_differ_are_not_drawn_as_one() -> None:
    seen = town(workers=4)
    odd = seen.container("shop-worker-3")
    stopped = replace(odd, state="exited", namespace=None)
    world = replace(seen, containers=tuple(stopped if c is odd else c for c in seen.containers))
    titles = [thing.title for thing in sheet_view(groups(world), title="x").things if thing.id.startswith("box/")]
    assert sum("worker ×3" in title for title in titles) == 1
    assert sum("worker-3" in title for title in titles) == 1


RECORDED = [load_seen(path.read_text()) for path in sorted((Path(__file__).parent / "fixtures/observe").glob("seen-*"))]


@pytest.mark.parametrize("seen", [town(), *(decorate(relate(seen.spaces), seen) for seen in RECORDED)])
def test_the_plain_values_are_as_the_schema_says(seen: Topology) -> None:
    told = json.loads(json.dumps(as_json(seen)))
    jsonschema.validate(told, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert [container["name"] for container in told["containers"]] == names(seen)
    inodes = {told["host"]["inode"], *(space["inode"] for space in told["namespaces"])}
    assert {container["namespace"] for container in told["containers"]} <= {*inodes, None}
    assert list(undescribed(told, SCHEMA)) == []


def undescribed(value: object, schema: dict[str, Any], at: str = "") -> Iterator[str]:
    """The keys in a value that its schema does not name."""
    schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    schema = schema["oneOf"][1] if "oneOf" in schema and value is not None else schema
    if isinstance(value, list):
        for each in value:
            yield from undescribed(each, schema["items"], f"{at}[]")
    elif isinstance(value, dict) and "properties" in schema:
        for key, inner in value.items():
            if key not in schema["properties"]:
                yield f"{at}.{key}"
            else:
                yield from undescribed(inner, schema["properties"][key], f"{at}.{key}")


def test_a_key_that_the_schema_does_not_name_is_found() -> None:
    told = as_json(town())
    told["containers"][0]["secret"] = "x"
    assert list(undescribed(told, SCHEMA)) == [".containers[].secret"]
