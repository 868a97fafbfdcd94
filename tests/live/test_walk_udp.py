"""A datagram of UDP, followed: who received it, who says that nothing listens, and what was published by TCP alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dockernet_course.engines import Engine
from dockernet_course.errors import ObserveError
from dockernet_course.experiments.ask import Place
from dockernet_course.experiments.walk import walk
from dockernet_course.experiments.why import why
from dockernet_course.lab import Lab, open_lab
from dockernet_course.observe import observe
from tests.live.test_walk_ipv6 import told
from tests.live.walks import left
from tests.waiting import eventually

pytestmark = pytest.mark.live
HEARS = "import socket;s=socket.socket(10,2);s.setsockopt(41,26,0);s.bind(('::',53))\n"
ECHO = f"{HEARS}while 1:\n d,a=s.recvfrom(99);s.sendto(d,a)"
MUTE = f"{HEARS}import time;time.sleep(9999)"


@pytest.fixture(scope="module")
def opened(private_engine: Engine) -> Iterator[Lab]:
    """One that answers by UDP, one that only hears, one that was published by TCP alone."""
    with open_lab(private_engine, "test") as lab:
        lab.create_network("front", ipv6=True, subnet="fd00:6::/64")
        lab.run("cli", network="front")
        lab.run("web", network="front", publish="8080:80")
        lab.run("dns", ["python3", "-c", ECHO], network="front", publish="5353:53/udp")
        lab.run("mute", ["python3", "-c", MUTE], network="front", publish="5354:53")
        wanted = {lab.container(name).id for name in ("dns", "mute")}
        assert eventually(
            lambda: wanted <= {owner for x in observe(lab).listeners if x.protocol == "udp" for owner in x.owners}
        )
        assert eventually(lambda: not lab.host("ip -6 address show tentative").text.strip())
        yield lab


@pytest.fixture
def lab(opened: Lab) -> Iterator[Lab]:
    """The same, and nothing of a walk may be left."""
    yield opened
    assert left(opened) == []


@pytest.fixture(autouse=True)
def _nothing_of_ours_is_left() -> None:
    """The lab outlives each test here."""


@pytest.mark.parametrize("family", [4, 6])
def test_an_answer(lab: Lab, family: int) -> None:
    seen = walk(lab, "cli", "dns", "port", protocol="udp", family=6 if family == 6 else 4)
    assert (seen.ok, seen.asked.info) == (True, "UDP, 1 byte"), seen
    assert [str(hop.at.space) for hop in seen.asked.hops] == ["cli", "host", "host", "dns"]
    (back,) = [packet for packet in seen if packet.role == "answer"]
    assert (back.by, back.hops[0].at.space) == ("", "dns"), "an echo is no packet that was passed on"
    assert told(why(lab, "cli", "dns:53/udp", family=6 if family == 6 else 4)) == (True, "service port")


def test_who_receives_it_and_says_nothing_was_reached(lab: Lab) -> None:
    seen = walk(lab, "cli", "mute", "port", protocol="udp")
    assert (seen.verdict.outcome, str(seen.verdict.at)) == ("delivered", "mute/eth0"), seen
    found = why(lab, "cli", "mute", protocol="udp")
    assert told(found) == (True, "service port"), found
    assert found.text.endswith("no answer was seen, and UDP asks for none."), found


@pytest.mark.parametrize("family", [4, 6])
def test_nobody_listens_and_its_kernel_says_so(lab: Lab, family: int) -> None:
    by = f"ICMP{'v6' if family == 6 else ''} port unreachable"
    seen = walk(lab, "cli", "dns", "port", 54, protocol="udp", family=6 if family == 6 else 4)
    assert (seen.verdict.outcome, str(seen.verdict.at), seen.verdict.because) == ("refused", "dns/eth0", by), seen
    assert told(why(lab, "cli", "dns:54/udp", family=6 if family == 6 else 4)) == (False, "another port")


def test_the_other_protocol(lab: Lab) -> None:
    by_udp, by_tcp = why(lab, "cli", "web:80/udp"), why(lab, "cli", "dns:53")
    assert told(by_udp) == told(by_tcp) == (False, "another protocol"), (by_udp, by_tcp)
    assert any(line.startswith("tcp") for line in by_udp.evidence[0].lines), by_udp
    assert any(line.startswith("udp") for line in by_tcp.evidence[0].lines), by_tcp
    assert why(lab, "cli", "web:80").can is True


def test_published(lab: Lab) -> None:
    """From outside by a rule, on the host by docker-proxy; and what says no /udp is TCP's alone."""
    assert lab.outside
    ways: list[tuple[str | Place, bool]] = [(lab.outside, False), (lab.host, True), ("cli", True)]
    for source, proxied in ways:
        seen = walk(lab, source, "dns", "published", protocol="udp")
        assert (seen.ok, seen.by_proxy) == (True, proxied), seen
    seen = walk(lab, lab.outside, "dns", "published", protocol="udp", family=6)
    assert seen.ok, seen
    assert seen.by_proxy or any("DNAT" in change.rule.text for change in seen.asked.rewrites if change.rule), seen
    found = why(lab, lab.outside, "mute", "published", protocol="udp")
    assert told(found) == (None, "only TCP"), found
    assert any("53/tcp" in line for each in found.evidence for line in each.lines), found
    assert "`-p 5354:53/udp`" in found.cure
    assert told(why(lab, lab.outside, "dns", "published", protocol="udp")) == (True, "published port")


def test_a_rule_that_drops_it(lab: Lab) -> None:
    assert lab.outside
    rule = "DOCKER-USER -p udp -m udp --dport 53 -j DROP"
    lab.host(f"iptables -I {rule}")
    try:
        seen = walk(lab, lab.outside, "dns", "published", protocol="udp")
        found = why(lab, lab.outside, "dns", "published", protocol="udp")
    finally:
        lab.host(f"iptables -D {rule}")
    assert seen.verdict.rule
    assert seen.verdict.rule.text == f"-A {rule}"
    assert found.cause == "firewall rule", found


def test_there_is_no_datagram_without_a_port(lab: Lab) -> None:
    with pytest.raises(ObserveError, match="by address, by UDP"):
        walk(lab, "cli", "dns", protocol="udp")
    assert why(lab, "cli", "dns", "name", protocol="udp").can is None
