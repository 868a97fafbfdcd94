"""The firewall's counters on a live engine: the rules that a packet met, and the one that dropped it."""

from __future__ import annotations

import pytest

from dockernet_course.engines import Engine
from dockernet_course.experiments.firewall import counted
from dockernet_course.lab import ContainerHandle, Lab, open_lab
from dockernet_course.observe import observe

pytestmark = pytest.mark.live

OWN_TABLE = """nft -f - <<E
table ip docker-bridges {{
  chain forward {{ type filter hook forward priority -10; oifname {back} counter jump into-back; }}
  chain into-back {{ iifname != {back} counter drop comment "direct"; }}
}}
E"""


def two(lab: Lab) -> tuple[ContainerHandle, str, str]:
    """A guest in one network; the address of a container in another one, and that one's bridge."""
    front, back = lab.create_network("front"), lab.create_network("back")
    guest, db = lab.run("guest", network=front), lab.run("db", network=back)
    seen = observe(lab)
    endpoint, bridge = seen.container(db).endpoint(back.real_name), seen.network(back).bridge
    assert endpoint and bridge
    return guest, endpoint.ip, bridge


def test_a_packet_between_two_bridges_is_dropped_by_a_rule_about_the_second(lab: Lab) -> None:
    guest, address, bridge = two(lab)
    rules = counted(lab, lambda: guest.sh(f"ping -c 1 -W 1 {address}"))
    drops = rules.about(bridge).drops
    assert [rule.packets for rule in drops] == [1], rules
    assert lab.host(f"iptables -t {drops[0].table} -C {drops[0].text.removeprefix('-A ')}").ok, "as the tool wants it"
    assert not counted(lab, lambda: guest.sh("ping -c 1 127.0.0.1")).about(bridge).rules


def test_rules_of_nftables_are_read_too(private_engine: Engine) -> None:
    with open_lab(private_engine, "nft") as lab:
        guest, address, bridge = two(lab)
        assert lab.host(OWN_TABLE.format(back=bridge)).ok
        try:
            rules = counted(lab, lambda: guest.sh(f"ping -c 1 -W 1 {address}"))
        finally:
            lab.host("nft delete table ip docker-bridges")
    ours = [rule for rule in rules if rule.table == "ip docker-bridges"]
    if rules.drops[0].table != "raw":  # engine 28 drops it before any rule of ours
        assert [rule.verdict for rule in ours] == ["into-back", "DROP"]
        assert rules.drops == (ours[1],), "what is dropped here is not seen by iptables' rules"
