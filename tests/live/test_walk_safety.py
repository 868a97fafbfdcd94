"""A packet that is followed stays inside, and alone; and nothing is left of the walk, also where it was killed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from dockernet_course.engines import Engine
from dockernet_course.errors import ObserveError
from dockernet_course.experiments.model import Family
from dockernet_course.experiments.targets import Party
from dockernet_course.experiments.walk import trace_table as tables
from dockernet_course.experiments.walk import walk
from dockernet_course.experiments.walk.build import build
from dockernet_course.experiments.walk.frames import read
from dockernet_course.experiments.walk.plan import WalkPlan, plan
from dockernet_course.experiments.walk.run import record
from dockernet_course.lab import ContainerHandle, Lab, open_lab
from dockernet_course.lab.nft_tables import marked
from dockernet_course.observe import observe
from tests.live.walks import _nothing_of_ours_is_left, lab, left, opened, party, web
from tests.waiting import eventually

__all__ = ["_nothing_of_ours_is_left", "lab", "opened"]

pytestmark = pytest.mark.live
# What the server in the observer has forked from itself: a script.
KILL = """for p in /proc/[0-9]*; do
  while read -r key parent; do [ "$key" = PPid: ] && break; done < $p/status
  case $(tr '\\0' ' ' < $p/cmdline | head -c 12)$(tr '\\0' ' ' < /proc/$parent/cmdline | head -c 12) in
    'python3 -IScpython3 -ISc') kill -9 ${p#/proc/} && echo killed;;
  esac
done 2>/dev/null"""


def test_what_others_send_meanwhile_is_not_the_walks(lab: Lab) -> None:
    far, idle = lab.container("far"), lab.container("idle")
    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(far.sh, f"ping -c 60 -i 0.05 -W 1 {web(lab).address()}")  # dropped between the bridges
        walks = [walk(lab, web(lab), idle, "port") for _ in range(3)]
        assert not others.result().ok
    assert [seen.verdict.outcome for seen in walks] == ["refused"] * 3
    assert not any(far.address() in hop.source for seen in walks for packet in seen for hop in packet.hops)


def test_others_packets_are_not_captured(lab: Lab) -> None:
    noisy = lab.container("idle")
    address, others = noisy.address(), lab.container("far")
    gateway = observe(lab).network("back").gateways[0]
    with ThreadPoolExecutor(2) as pool:
        noise = [
            pool.submit(noisy.quietly, ["ping", "-i", "0.02", "-c", "100", "-q", "127.0.0.1"]),
            pool.submit(others.quietly, ["ping", "-i", "0.02", "-c", "100", "-q", gateway]),
        ]
        seen = walk(lab, web(lab), lab.container("db"))
        assert all(n.result().ok for n in noise)
    ours = {web(lab).address(), lab.container("db").address()}
    headers = [read(frame.content) for frame in seen.frames]
    assert headers and all(header and {header.source, header.target} & ours for header in headers)
    assert address not in ours


def planned(lab: Lab, target: ContainerHandle, family: Family) -> WalkPlan:
    whom = Party(target.real_name, target.id)
    return plan(observe(lab), Party("host"), whom, "address", private=True, family=family)


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("guard", [True, False])
def test_a_target_that_is_gone_does_not_make_the_packet_leave(
    lab: Lab, guard: bool, family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its address leads to the uplink then. Without the guard it does leave (to the outside, which is ours)."""
    lab.create_network("gone", ipv6=True, subnet="fd00:9::/64")
    chosen = planned(lab, lab.run("lost", network="gone"), family)
    lab.remove("lost")
    lab.remove(lab.network("gone"))
    if not guard:
        text = tables.text
        monkeypatch.setattr(tables, "text", lambda plan, name, **_: text(plan, name, guard=False))
    # the container's own namespace is gone; the host's is enough here
    chosen = replace(chosen, places=chosen.places[:1], there="")
    seen = build(chosen, record(lab, chosen), "address", observe(lab), marked(lab.id))
    sent = [frame for frame in seen.frames if frame.interface == "eth0"]
    left_by = [frame for frame in sent if (header := read(frame.content)) and header.protocol in ("icmp", "icmpv6")]
    assert bool(left_by) is not guard
    assert (seen.verdict.outcome == "guarded") is guard, seen


def test_on_an_engine_of_the_learners_own_a_name_is_not_asked_outside(private_engine: Engine, lab: Lab) -> None:
    chosen = plan(observe(lab), party(web(lab)), party(lab.container("far")), "name", private=False)
    seen = build(chosen, record(lab, chosen), "name", observe(lab), marked(lab.id))
    assert seen.verdict.outcome == "guarded", seen
    assert not [hop for packet in seen for hop in packet.hops if hop.at.role == "uplink"]


def killed(lab: Lab) -> None:
    """A walk whose walker is killed while it waits for an answer that never comes."""
    with ThreadPoolExecutor(1) as pool:
        broken = pool.submit(walk, lab, web(lab), lab.container("far"), "port")
        assert eventually(lambda: bool(left(lab)) and "killed" in lab.host(KILL).text)
        with pytest.raises(ObserveError, match="could not be followed"):
            broken.result()


def test_what_a_killed_walk_leaves_is_swept_by_the_next_one(lab: Lab) -> None:
    killed(lab)
    assert left(lab), "kill -9 leaves the table"
    assert walk(lab, web(lab), lab.container("far")).verdict.outcome == "dropped"


def test_what_a_killed_walk_leaves_goes_with_the_lab(private_engine: Engine, opened: Lab) -> None:
    """The last one here: the module's lab is closed by it."""
    killed(opened)
    assert left(opened)
    opened.close()
    with open_lab(private_engine, "after") as after:
        assert left(after) == []
