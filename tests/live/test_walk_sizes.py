"""A large packet beside a small one: the interface whose MTU decides, and what that does to a connection."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dockernet_course.engines import Engine
from dockernet_course.errors import ObserveError
from dockernet_course.experiments.walk import Walk, walk
from dockernet_course.experiments.why import why
from dockernet_course.lab import Lab, open_lab
from dockernet_course.observe import observe
from tests.live.test_walk_causes import ended
from tests.live.test_walk_ipv6 import told
from tests.live.walks import left
from tests.waiting import eventually

pytestmark = pytest.mark.live
LARGE = """import socket
s=socket.socket();s.setsockopt(1,2,1);s.bind(("",80));s.listen()
while 1:
 c,_=s.accept();c.recv(999);c.sendall(b"HTTP/1.0 200 OK\\r\\nContent-Length: 2000\\r\\n\\r\\n"+b"x"*2000);c.close()"""
MUTE = "import socket,time;s=socket.socket();s.setsockopt(1,2,1);s.bind(('',80));s.listen();time.sleep(9999)"
NEEDED = "OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP"


@pytest.fixture(scope="module")
def opened(private_engine: Engine) -> Iterator[Lab]:
    """A network of the usual size, one of 1400, and a server whose answer is large."""
    with open_lab(private_engine, "test") as lab:
        small = {"com.docker.network.driver.mtu": "1400"}
        lab.create_network("front", ipv6=True, subnet="fd00:6::/64")
        lab.create_network("small", options=small)
        lab.run("web", ["python3", "-c", LARGE], network="front", publish="8080:80")
        lab.run("mute", ["python3", "-c", MUTE], network="front", publish="8081:80")
        lab.run("cli", network="front")
        for name in ("tiny", "other"):
            lab.run(name, network="small", cap_add="NET_ADMIN")
        assert eventually(lambda: not lab.host("ip -6 address show tentative").text.strip())
        assert eventually(lambda: len([x for x in observe(lab).listeners if x.port == 80 and x.owners]) >= 4)
        yield lab


@pytest.fixture
def lab(opened: Lab) -> Iterator[Lab]:
    """The same, with its sizes, and nothing of a walk may be left."""
    yield opened
    assert opened.outside
    opened.outside.sh("ip link set downlink mtu 1500")
    opened.host(f"ip link set eth0 mtu 1500; iptables -D {NEEDED}")
    assert left(opened) == []


@pytest.fixture(autouse=True)
def _nothing_of_ours_is_left() -> None:
    """The lab outlives each test here."""


def fits(lab: Lab, source: str, target: object, size: int) -> Walk:
    return walk(lab, source, target, size=size, patience=1)  # type: ignore[arg-type]


def test_a_packet_of_the_whole_mtu(lab: Lab) -> None:
    seen = fits(lab, "cli", "web", 1472)
    assert (seen.ok, seen.asked.size) == (True, 1500), seen
    assert ended(fits(lab, "cli", "web", 1473)) == (
        "not sent",
        "eth0 of cli has an MTU of 1500, and the packet has 1501 bytes",
    )
    assert walk(lab, "cli", "web", family=6, size=1452).asked.size == 1500
    with pytest.raises(ObserveError, match="Only a ping"):
        walk(lab, "cli", "web", "port", size=1472)


def test_a_network_that_is_smaller(lab: Lab) -> None:
    assert fits(lab, "tiny", "other", 1372).ok
    outcome, because = ended(fits(lab, "tiny", "other", 1472))
    assert (outcome, because) == ("not sent", "eth0 of tiny has an MTU of 1400, and the packet has 1500 bytes")


def test_a_pair_whose_ends_differ(lab: Lab) -> None:
    """Nobody says anything: the small end drops it."""
    tiny, peer = lab.container("tiny"), observe(lab).peer("tiny", "eth0")
    assert peer
    tiny.sh("ip link set eth0 mtu 1500")
    try:
        seen, small = fits(lab, "tiny", "other", 1472), walk(lab, "tiny", "other")
    finally:
        tiny.sh("ip link set eth0 mtu 1400")
    assert ended(seen) == ("lost", f"{peer.name} of the host has an MTU of 1400, and the packet has 1500 bytes"), seen
    assert str(seen.verdict.at) == "tiny/eth0"
    assert small.ok, small


def test_an_uplink_that_is_smaller_and_says_so(lab: Lab) -> None:
    assert lab.outside
    assert fits(lab, "cli", lab.outside, 1472).ok
    lab.host("ip link set eth0 mtu 1300")
    why_not = "eth0 of the host has an MTU of 1300, and the packet has 1500 bytes"
    lab.host(f"iptables -I {NEEDED}")
    assert ended(fits(lab, "cli", lab.outside, 1472)) == ("lost", why_not)
    lab.host(f"iptables -D {NEEDED}")
    seen = fits(lab, "cli", lab.outside, 1472)
    assert ended(seen) == ("unreachable", why_not), seen
    assert any(packet.info == "ICMP fragmentation needed, MTU 1300" for packet in seen), seen
    assert fits(lab, "cli", lab.outside, 1472).verdict.outcome == "not sent", "its kernel has learned the path's MTU"
    assert walk(lab, "cli", lab.outside).ok


def test_an_uplink_that_is_smaller_by_ipv6(lab: Lab) -> None:
    """Whoever would forward it says "packet too big" (RFC 8201)."""
    assert lab.outside
    lab.host("ip link set eth0 mtu 1300")
    lab.host("ip -6 route replace default via 2001:db8:113::1 dev eth0")
    seen = walk(lab, "cli", lab.outside, family=6, size=1452, patience=1)
    why_not = "eth0 of the host has an MTU of 1300, and the packet has 1500 bytes"
    assert ended(seen) == ("unreachable", why_not), seen
    assert any(packet.info == "ICMPv6 packet too big, MTU 1300" for packet in seen), seen


def test_beyond_what_is_observed_nothing_is_named(lab: Lab) -> None:
    assert lab.outside
    lab.outside.sh("ip link set downlink mtu 1400")
    seen = fits(lab, "mute", lab.outside, 1472)
    assert (seen.verdict.outcome, str(seen.verdict.at), seen.verdict.because) == ("lost", "host/eth0", ""), seen
    assert walk(lab, "mute", lab.outside).ok


def test_an_answer_that_is_too_large_for_the_uplink(lab: Lab) -> None:
    """moby/moby#20178: it works as long as ICMP's message comes back to who sends the answer."""
    assert lab.outside
    lab.host(f"ip link set eth0 mtu 900; iptables -I {NEEDED}")
    found = why(lab, lab.outside, "web", "published")
    assert told(found) == (False, "packet size"), found
    assert "eth0 of the host has an MTU of 900, and the packet has 1500 bytes" in found.text
    assert any("mtu 900" in line for line in found.evidence[-1].lines), found
    assert all(1 <= len(each.lines) <= 3 for each in found.evidence), found
    lab.host(f"iptables -D {NEEDED}")
    assert told(why(lab, lab.outside, "web", "published")) == (True, "published port")


def test_a_server_that_says_nothing_is_not_a_matter_of_sizes(lab: Lab) -> None:
    assert lab.outside
    assert told(why(lab, lab.outside, "mute", "published")) == (False, "")
    assert told(why(lab, "cli", "mute")) == (False, "")
