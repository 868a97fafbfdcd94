"""What is found in a Compose file, and what stands in for it: pure, on the plugin's own readings of public files."""

from __future__ import annotations

import json
import re
from ipaddress import ip_network
from itertools import combinations
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from dockernet_course.engines import LAB_IMAGE
from dockernet_course.errors import NotFound, Refused
from dockernet_course.rehearsal.findings import KINDS, ComposeFinding, findings
from dockernet_course.rehearsal.model import project_of
from dockernet_course.rehearsal.ports import listens_at
from dockernet_course.rehearsal.reading import read
from dockernet_course.rehearsal.source import ComposeText, text_of
from dockernet_course.rehearsal.stand_ins import StandIns, stand_ins
from tests.data.compose import FOLDER, READ, SOURCES, expected, found_in, recorded

FREE = {"Apache-2.0", "MIT", "BSD-3-Clause", "Unlicense", "CC0-1.0"}


def test_there_are_thirty_public_files_and_more_each_with_source_and_licence() -> None:
    assert len(READ) >= 30
    assert {path.name for path in FOLDER.glob("*.y*ml")} == {*SOURCES}
    for about in SOURCES.values():
        assert about["licence"] in FREE and re.fullmatch(r"[0-9a-f]{40}", about["commit"])
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", about["repository"]) and about["path"]


@pytest.mark.parametrize("name", READ)
def test_what_is_found_in_a_public_file(name: str) -> None:
    assert found_in(name) == expected(name)


@pytest.mark.parametrize("name", READ)
def test_each_finding_is_on_a_line_that_has_to_do_with_it(name: str) -> None:
    lines = (FOLDER / name).read_text().splitlines()
    for each in findings(project_of(recorded(name)), text_of(FOLDER / name)):
        words = {*each.services, "ports", "subnet", *re.findall(r"\d{4,5}|[A-Z_]{4,}", each.text)}
        assert any(word in lines[each.line - 1] for word in words), each


TAKEN_OVER = {
    *("image", "command", "container_name", "hostname", "extra_hosts", "expose", "network_mode", "networks"),
    *("ports", "links"),
}


@pytest.mark.parametrize("name", READ)
def test_stand_ins_take_over_the_network_and_nothing_else(name: str) -> None:
    project = project_of(recorded(name))
    made = stand_ins(project).file
    assert {*made["services"]} == {service.name for service in project.services}
    for service in project.services:
        spec = made["services"][service.name]
        assert spec["image"] == LAB_IMAGE and {*spec} <= TAKEN_OVER
        assert {*spec.get("networks", {})} == {each.network for each in service.networks}
        assert not {"changeme", "/run/secrets", "/var/run"} & {*json.dumps(spec).split('"')}
    nets = [ip_network(pool["subnet"]) for net in made["networks"].values() for pool in net["ipam"]["config"]]
    assert not any(a.version == b.version and a.overlaps(b) for a, b in combinations(nets, 2))


# In these the plugin's own long form is written, so that the text is its own reading, too.
WEB = "  web: {image: nginx, networks: {front: {}}, "
NETS = "networks: {front: {name: a_front}, back: {name: a_back}}\n"
SEEN: dict[str, tuple[str, str, int]] = {
    "published": (
        "services:\n  web: {image: x, networks: {back: {}}, environment: {DB_HOST: db}}\n"
        "  db:\n    image: postgres\n    networks: {back: {}}\n    ports:\n"
        '      - {target: 5432, published: "5432"}\n' + NETS,
        '"5432"}\n',
        7,
    ),
    "no-common-network": (
        "services:\n  web:\n    image: x\n    networks: {front: {}}\n    environment:\n      A: b\n"
        "      URL: http://u:p@db:80/x\n  db: {image: x, networks: {back: {}}}\n" + NETS,
        "back: {}}}\n",
        7,
    ),
    "aliases": (
        "services:\n  web: {image: x, networks: {front: {}}}\n  other:\n    image: x\n    networks:\n      front:\n"
        "        aliases:\n          - w\n          - web\n" + NETS,
        "          - web\n",
        9,
    ),
    "ignored-ports": (
        'services:\n  web:\n    image: x\n    network_mode: host\n    ports:\n      - {target: 80, published: "80"}\n',
        "    network_mode: host\n",
        5,
    ),
    "not-waited-for": (
        "services:\n  web:\n    image: x\n    depends_on:\n      db: {condition: service_started}\n  db: {image: x}\n",
        "service_started",
        5,
    ),
    "overlapping": (
        "services:\n  web: {image: x, networks: {front: {}, back: {}}}\nnetworks:\n"
        "  front: {name: f, ipam: {config: [{subnet: 10.5.0.0/16}]}}\n"
        "  back:\n    name: b\n    ipam:\n      config:\n        - subnet: 10.5.7.0/24\n",
        "10.5.7.0/24",
        9,
    ),
    "refused-addresses": (
        "services:\n  web:\n    image: x\n    networks:\n      front:\n        ipv4_address: 10.6.0.9\n"
        "networks: {front: {name: f, ipam: {config: [{subnet: 10.5.0.0/16}]}}}\n",
        "10.6.0.9",
        6,
    ),
    "links-elsewhere": (
        "services:\n  web:\n    image: x\n    networks: {front: {}}\n    links:\n      - db\n"
        "  db: {image: x, networks: {back: {}}}\n" + NETS,
        "back: {}}}\n",
        6,
    ),
    "same-port": (
        'services:\n  one: {image: x, ports: [{target: 80, published: "80"}]}\n  two:\n    image: x\n    ports:\n'
        '      - {target: 81, published: "80"}\n',
        '81, published: "80"',
        6,
    ),
    "same-name": (
        "services:\n  one: {image: x, container_name: same}\n  two:\n    image: x\n    container_name: same\n",
        "    container_name: same\n",
        5,
    ),
}
HEALTHY = {
    "published": '"5432", host_ip: 127.0.0.1}\n',
    "no-common-network": "front: {}}}\n",
    "aliases": "          - website\n",
    "ignored-ports": "",
    "not-waited-for": "service_healthy",
    "overlapping": "10.6.7.0/24",
    "refused-addresses": "10.5.0.9",
    "links-elsewhere": "front: {}}}\n",
    "same-port": '81, published: "81"',
    "same-name": "    container_name: other\n",
}


def look(folder: Path, text: str) -> tuple[ComposeFinding, ...]:
    (folder / "compose.yaml").write_text(text)
    return findings(project_of(yaml.safe_load(text)), text_of(folder / "compose.yaml"))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_finding_is_seen_on_its_line_and_not_in_its_healthy_twin(tmp_path: Path, kind: str) -> None:
    text, fault, line = SEEN[kind]
    found = look(tmp_path, text)
    assert [each.line for each in found] == [line], found
    assert look(tmp_path, text.replace(fault, HEALTHY[kind])) == ()


@pytest.mark.parametrize(
    ("variable", "value", "seen"),
    [
        ("DB_HOST", "db", True),
        ("PGHOST", "db", True),
        ("DATABASE_URL", "postgres://me:secret@db/shop", True),
        ("URL", "jdbc:mysql://db:3306/x", True),
        ("MONGO", "mongodb://a:27017,db:27017/x", True),
        ("BROKERS", "one:9092,db:9092", True),
        ("ROLE", "db", False),
        ("DB_NAME", "db", False),
        ("PATH", "/var/lib/db:/x", False),
        ("WORDS", "read the db: it is good", False),
        ("URL", "http://db.example.org:80/", False),
        ("TIME", "12:30", False),
    ],
)
def test_a_service_is_named_where_the_value_has_the_form_of_a_host(
    tmp_path: Path, variable: str, value: str, seen: bool
) -> None:
    web = {"image": "x", "networks": {"front": {}}, "environment": {variable: value}}
    text = yaml.safe_dump(
        {
            "services": {"web": web, "db": {"image": "x", "networks": {"back": {}}}},
            "networks": {"front": {"name": "f"}, "back": {"name": "b"}},
        }
    )
    assert [each.kind for each in look(tmp_path, text)] == (["no common network"] if seen else [])


@pytest.mark.parametrize(
    ("service", "ports"),
    [
        ("image: postgres:16", ("5432/tcp",)),
        ("image: localhost:5000/postgres:16", ()),
        ("image: postgres@sha256:0000", ("5432/tcp",)),
        ("image: redis, command: redis-server --port 7000", ()),
        ("image: redis, command: redis-server --appendonly yes", ("6379/tcp",)),
        ("image: postgres, entrypoint: [sh]", ()),
        ("image: postgres, build: {context: .}", ()),
        ("image: 'php:8-fpm'", ("9000/tcp",)),
        ("image: 'php:8-cli'", ()),
        ("image: whoever/knows", ()),
        ('image: whoever/knows, expose: ["8000-8001", "53/udp"]', ("8000/tcp", "8001/tcp", "53/udp")),
        ("image: nginx, ports: [{target: 8080}]", ("8080/tcp", "80/tcp")),
    ],
)
def test_ports_are_told_by_the_file_or_by_the_table_and_never_guessed(service: str, ports: tuple[str, ...]) -> None:
    project = project_of(yaml.safe_load(f"services: {{web: {{{service}}}}}"))
    assert listens_at(project.services[0]) == ports


@pytest.mark.parametrize(
    ("one", "two", "clash"),
    [
        ('published: "80"', 'published: "80"', True),
        ('published: "80", host_ip: 127.0.0.1', 'published: "80"', True),
        ('published: "80", host_ip: 127.0.0.1', 'published: "80", host_ip: 0.0.0.0', True),
        ('published: "80", host_ip: 127.0.0.1', 'published: "80", host_ip: "::"', False),
        ('published: "80", host_ip: 127.0.0.1', 'published: "80", host_ip: 10.0.0.1', False),
        ('published: "80", protocol: udp', 'published: "80"', False),
        ('published: "80-90"', 'published: "80-90"', False),
        ("mode: host", "mode: host", False),
    ],
)
def test_two_want_one_port_of_the_host(tmp_path: Path, one: str, two: str, clash: bool) -> None:
    ports = [f"ports: [{{target: 8080, {each}}}]" for each in (one, two)]
    text = f"services:\n  one: {{image: x, {ports[0]}}}\n  two: {{image: x, {ports[1]}}}\n"
    assert [each.kind for each in look(tmp_path, text)] == (["one port for two"] if clash else [])


def test_a_port_at_which_somebody_listens_on_the_host_is_taken(tmp_path: Path) -> None:
    text = (
        "services:\n  agent: {image: nginx, network_mode: host}\n"
        '  web: {image: x, ports: [{target: 8080, published: "80"}]}\n'
    )
    (found,) = look(tmp_path, text)
    assert found.kind == "one port for two" and found.services == ("web", "agent")
    assert "published" not in made_of(text).file["services"]["web"]["ports"][0]
    assert look(tmp_path, text.replace("nginx", "whoever/knows")) == ()


def made_of(text: str) -> StandIns:
    return stand_ins(project_of(yaml.safe_load(text)))


def test_a_port_that_nothing_tells_is_not_listened_at() -> None:
    assert made_of("services: {web: {image: whoever/knows}}").file["services"]["web"]["command"][0] == "sleep"


def test_what_an_engine_would_refuse_is_rebuilt_otherwise_and_listed() -> None:
    made = made_of(
        'services:\n  one: {image: x, ports: [{target: 80, published: "80"}], networks: {a: {ipv4_address: 9.9.9.9}}}\n'
        '  two: {image: x, ports: [{target: 80, published: "80", host_ip: 192.168.1.7}], networks: {a: {}}}\n'
        "  three: {image: x, network_mode: 'container:strange', privileged: true, volumes: [{type: bind}]}\n"
        "networks:\n  a: {name: a, ipam: {config: [{subnet: 172.17.9.0/24}]}, driver: overlay}\n"
    )
    services, told = made.file["services"], "\n".join(words for _, words in made.changed)
    assert "published" not in services["two"]["ports"][0] and "host_ip" not in services["two"]["ports"][0]
    assert services["three"]["network_mode"] == "none" and services["one"]["networks"] == {"a": {}}
    assert made.file["networks"]["a"]["driver"] == "bridge"
    for word in ("9.9.9.9", "192.168.1.7", "container:strange", "privileged", "volumes", "another subnet", "overlay"):
        assert word in told


def test_who_has_a_static_address_keeps_it_whoever_starts_first() -> None:
    made = made_of(
        "services:\n  fixed: {image: x, networks: {a: {ipv4_address: 10.5.0.2}}}\n"
        "  any: {image: x, networks: {a: {}}}\n"
        "networks: {a: {name: a, ipam: {config: [{subnet: 10.5.0.0/24}]}}}\n"
    ).file["services"]
    assert made["fixed"]["networks"]["a"] == {"ipv4_address": "10.5.0.2"}
    assert made["any"]["networks"]["a"] == {"ipv4_address": "10.5.0.3"}


def test_dockers_own_networks_are_modes_also_as_external_ones() -> None:
    made = made_of(
        "services: {web: {image: x, networks: {outer: {}}}, two: {image: x, networks: {outer: {}, a: {}}}}\n"
        "networks: {outer: {name: host, external: true}, a: {name: a}}\n"
    ).file
    assert made["services"]["web"]["network_mode"] == "host" and {*made["networks"]} == {"a"}
    assert made["services"]["two"]["networks"] == {"a": {}}


def test_a_dollar_sign_stays_one() -> None:
    assert made_of("services: {web: {image: x, hostname: a$b}}").file["services"]["web"]["hostname"] == "a$$b"


def text(folder: Path, words: str) -> ComposeText:
    (folder / "compose.yaml").write_text(words)
    return text_of(folder / "compose.yaml")


def test_lines_of_merged_keys_are_their_own(tmp_path: Path) -> None:
    seen = text(tmp_path, "x-a: &a\n  ports:\n    - 80\nservices:\n  web:\n    <<: *a\n    image: x\n")
    assert seen.line("services", "web", "ports") == 2 and seen.line("services", "web", "ports", 0) == 3
    assert seen.line("services", "web", "nothing", "more") == 5 and not seen.has("services", "web", "nothing")
    assert seen.count("services", "web", "ports") == 1 and seen.count("services", "web", "image") == 0


def test_files_of_variables_are_taken_out_before_anybody_reads(tmp_path: Path) -> None:
    words = "x-a: &a {env_file: .env}\nservices:\n  web:\n    <<: *a\n    image: x\n    environment: {env_file: kept}\n"
    left = yaml.safe_load(text(tmp_path, words).without_env_files())
    assert left["services"]["web"] == {"image": "x", "environment": {"env_file": "kept"}}


def test_what_is_no_compose_file(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        text_of(tmp_path / "compose.yaml")
    with pytest.raises(Refused, match="no YAML"):
        text(tmp_path, "services: [")
    with pytest.raises(Refused, match="no YAML"):
        text(tmp_path, "[" * 100_000)
    with pytest.raises(Refused, match="no Compose file"):
        text(tmp_path, "- services")


PLUGIN = """
read -r _ ; case "$PORT,$SOURCE" in
  ,*) echo 'required variable PORT is missing a value: say it' >&2; exit 1 ;;
  1,) echo 'time="x" level=warning msg="The \\"SOURCE\\" variable is not set."' >&2; echo bad >&2; exit 1 ;;
  1,2) echo 'service "a" refers to undefined volume 2: invalid compose project' >&2; exit 1 ;;
  1,./2) echo '{"services": {}}' ;;
esac
"""


def test_variables_that_nobody_set_do_not_stop_the_reading(tmp_path: Path) -> None:
    """A shell script in the place of the plugin complains in its words, one after the other."""
    found = read(["sh", "-c", PLUGIN, "compose"], text(tmp_path, "services: {}\n"), {"PATH": "/usr/bin:/bin"})
    assert found.instead == {"PORT": "1", "SOURCE": "./2"}
