"""A diagnosis for programs and for strangers: plain values, an exit status, Markdown, and placeholders for names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dockernet_course.experiments import Probe, Verdict
from dockernet_course.experiments.why import Diagnosis, Evidence, masked, report
from dockernet_course.experiments.why.masking import Masking
from dockernet_course.lab import Output
from dockernet_course.observe.model import Asked, Topology
from tests.gallery.examples import World

SHOWN = Evidence("nsenter -t 436 -n ss -Hltn", ("LISTEN 0 64 127.0.0.1:80 0.0.0.0:*",))
HOSTILE = (
    "</code><script>alert(1)</script>",
    "``` @moby [click](http://evil.example)",
    'it\'s "quoted" \\ back',
    "\u202egnp.\x1b[31mexe",
    "geheim-ü",
    "address-1",
    "172.18.0.2",
    "aa",
    "02",
    "port",
    "a.b-c_d",
    "$(rm -rf /)",
    ".*",
    "(?P<x>",
)


def told(**facts: object) -> Diagnosis:
    plain = Diagnosis("cli", "web", "at port 80", False, "only itself", "web hears itself.", (SHOWN,), "Listen.")
    return replace(plain, **facts)  # type: ignore[arg-type]


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def shop() -> Topology:
    world = World()
    world.network("acme_front", "10.66.7.1/24")
    world.network("acme corp", "fd00:acde::1/64", device="br-acme")
    world.run("acme-web-1", "acme_front")
    world.run("acme-db-1", "acme_front", "acme corp")
    seen = world.topology()
    asked = Asked(hostname="box17", extra_hosts=("billing.acme.example:10.9.8.7",), dns_search=("corp.acme.example",))
    web, db = seen.container("acme-web-1"), seen.container("acme-db-1")
    end = replace(db.endpoints[0], aliases=("db", "postgres"))
    return replace(seen, containers=(replace(web, asked=asked), replace(db, endpoints=(end, *db.endpoints[1:]))))


def test_the_plain_values_are_of_a_form_with_a_version() -> None:
    output = Output("docker exec cli curl -sS 172.18.0.2:80", "curl: (7)\n", 7)
    found = told(probe=Probe("connect", "cli", "172.18.0.2", Verdict.REFUSED, output, 80)).as_json()
    assert json.loads(json.dumps(found)) == {
        "schema": 1,
        "source": "cli",
        "target": "web",
        "way": "at port 80",
        "can": False,
        "exit_status": 1,
        "cause": "only itself",
        "text": "web hears itself.",
        "evidence": [{"command": SHOWN.command, "lines": list(SHOWN.lines)}],
        "cure": "Listen.",
        "ruled_out": [],
        "unseen": "",
        "asked": {
            "kind": "connect",
            "address": "172.18.0.2",
            "port": 80,
            "verdict": "refused",
            "command": "docker exec cli curl -sS 172.18.0.2:80",
            "output": "curl: (7)\n",
            "exit_code": 7,
        },
    }
    assert told().as_json()["asked"] is None


@pytest.mark.parametrize(("can", "status"), [(True, 0), (False, 1), (None, 2)])
def test_the_exit_status_tells_a_script_whether_they_can(can: bool | None, status: int) -> None:
    assert told(can=can).exit_status == status == told(can=can).as_json()["exit_status"]


def test_the_report_says_what_the_diagnosis_says_and_of_which_engine() -> None:
    found = report(told(world=shop()))
    assert found.startswith("**They cannot talk**\n\n```text\ncli → web, at port 80: they cannot talk.\n")
    assert repr(told()) in found and "Docker Engine 26.1.5" in found and "masked" not in found


@pytest.mark.parametrize("name", HOSTILE)
def test_in_a_report_names_are_words_and_the_block_is_closed_by_us_alone(name: str) -> None:
    lines = report(told(source=name, text=f"{name} hears itself.")).splitlines()
    fence = lines[2].removesuffix("text")
    inner = lines[3 : lines.index(fence, 3)]
    assert set(fence) == {"`"} and not any(line.lstrip().startswith(fence) for line in inner)
    assert lines[-1] == fence and "".join(inner).isprintable()


def test_the_same_name_or_address_has_the_same_placeholder_everywhere() -> None:
    diagnosis = told(
        source="acme-web-1",
        target="db",
        text="acme-web-1 is in acme_front, acme-db-1 in acme_front and acme corp; db is 10.66.7.3.",
        evidence=(
            Evidence("ip -br addr show br-acme", ("br-acme UP 10.66.7.3/24 fd00:acde::3/64 fe80::42:1/64",)),
            Evidence("grep -w db /proc/436/root/etc/hosts", ("10.66.7.3 db vault.secret vault", "10.66.7.2\tbox17")),
        ),
        cure="Remove the entry of DB in acme-web-1.",
        world=shop(),
    )
    found = masked(diagnosis)
    assert (found.source, found.target) == ("container-1", "name-1")
    assert found.text == ("container-1 is in network-1, container-2 in network-1 and network-2; name-1 is address-1.")
    assert found.evidence[0].command == "ip -br addr show interface-1"
    assert found.evidence[0].lines == ("interface-1 UP address-1/24 address-2/64 address-3/64",)
    assert found.evidence[1].lines == ("address-1 name-1 name-2 name-3", "address-4\tname-4")
    assert found.cure == "Remove the entry of name-1 in container-1."
    assert found.walk is None and found.world is None


def test_a_masked_report_and_masked_values_hold_no_name_and_no_address() -> None:
    seen = shop()
    secret = "acme-web-1 acme-db-1 postgres box17 billing.acme.example acme_front 10.66.7.2 10.9.8.7 02:42:0a:42:07:02"
    ident = seen.container("acme-db-1").id
    text = f"{secret} {ident} {ident[:12]} br-{seen.network('acme_front').id[:12]} fd00:acde::3 x.corp.acme.example"
    output = Output(f"docker exec acme-web-1 nc -zv {secret}", text, 1)
    probe = Probe("connect", "acme-web-1", "10.66.7.3", Verdict.REFUSED, output, 80, (secret,))
    diagnosis = told(
        source="acme-web-1", target="acme-db-1", way=secret, text=text, ruled_out=(secret,), unseen=secret,
        evidence=(Evidence(f"echo {text}", (text,)),), cure=secret, probe=probe, world=seen,
    )  # fmt: skip
    for found in (report(diagnosis, masked=True), json.dumps(masked(diagnosis).as_json())):
        assert not re.search(rf"acme|postgres|box17|billing|10\.66|10\.9|02:42|fd00|{ident[:12]}", found), found
    assert "acme" in report(diagnosis)  # the positive control


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_masked_whatever_it_looks_like_and_however_it_is_written(name: str) -> None:
    mask = Masking({name: "container"})
    shown = mask(f"{name}: {json.dumps([name])} {json.dumps([name], ensure_ascii=False)}")
    assert shown in ('container-1: ["container-1"] ["container-1"]',)


def test_names_that_are_parts_of_addresses_or_of_other_names_break_neither() -> None:
    mask = Masking({"02": "container", "aa": "container", "web": "container", "web-2": "container", "front": "network"})
    assert mask("02:42:aa:11:00:02 and aa") == "mac-1 and container-1"
    assert mask("web-2 web webs web.front") == "container-2 container-3 webs container-3.network-1"
    assert mask("web.corp.internal") == "name-1"


@pytest.mark.parametrize(
    "text",
    [
        "LISTEN 0 64 127.0.0.1:80 0.0.0.0:* [::]:80 [::1]:80 *:80",
        "nameserver 127.0.0.11",
        "sysctl net.ipv4.ip_forward net.ipv4.conf.eth0.rp_filter",
        '{"com.docker.network.bridge.enable_icc": "false"}  # only Options',
        "docker inspect --format '{{json .NetworkSettings.Ports}}' | python3 -m json.tool",
        "-p 0.0.0.0::80 ff02::1 224.0.0.1 255.255.255.255 ff:ff:ff:ff:ff:ff docker0 host bridge 12:30:59",
        "-A DOCKER-USER -p tcp -m tcp --dport 5432 -j DROP",
    ],
)
def test_what_every_machine_has_stays(text: str) -> None:
    assert Masking({"host": "container", "bridge": "network"})(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("10.1.2.3:80 10.1.2.3::80", "address-1:80 address-1::80"),
        ("::ffff:10.1.2.3 10.1.2.3", "address-1 address-1"),
        ("[FD00::0:2]:80 fd00::2%eth0", "[address-1]:80 address-1%eth0"),
        ("aa:bb:cc:10.0.0.1", "aa:bb:cc:address-1"),
        ("http://secret.corp/x 2.0.17.172.in-addr.arpa", "http://name-1/x name-2"),
        ('-A X -m comment --comment "for bob\'s db" -j DROP', "-A X -m comment --comment comment-1 -j DROP"),
        ('ip saddr 10.1.2.3 counter drop comment "bob"', "ip saddr address-1 counter drop comment comment-1"),
        ("net.ipv4.conf.corpvpn.rp_filter = 1", "net.ipv4.conf.interface-1.rp_filter = 1"),
    ],
)
def test_addresses_are_found_in_all_their_forms(text: str, shown: str) -> None:
    assert Masking({"corpvpn": "interface"})(text) == shown
