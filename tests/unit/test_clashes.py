"""Two with the same address or MAC are told where they hear each other's frames, and nowhere else."""

from __future__ import annotations

from dockernet_course.observe import clashes
from tests.gallery.examples import World

MAC = "02:42:ac:12:00:77"


def test_on_one_bridge_equal_macs_and_equal_addresses_clash() -> None:
    world = World()
    for name in ("one", "two", "three"):
        world.run(name, "bridge")
        world.change(name, "eth0", mac=MAC)
    world.change("three", "eth0", addresses=world.links[world.containers["one"].namespace or 0][1].addresses)
    ends = {name: (world.containers[name].namespace or 0, "eth0") for name in ("one", "two", "three")}
    mac, address = clashes(world.topology())
    assert (mac.kind, mac.value, set(mac.ends)) == ("MAC", MAC, set(ends.values()))
    assert (address.kind, address.value) == ("address", "172.17.0.2")
    assert set(address.ends) == {ends["one"], ends["three"]}


def test_who_has_the_bridges_own_address_clashes_with_it() -> None:
    world = World()
    world.run("one", "bridge")
    bridge = next(link for link in world.topology().host.interfaces if link.name == "docker0")
    world.change("one", "eth0", addresses=bridge.addresses)
    (clash,) = clashes(world.topology())
    assert (world.topology().host.inode, "docker0") in clash.ends


def test_on_two_bridges_nothing_clashes() -> None:
    world = World()
    world.network("front", "172.18.0.1/16")
    world.run("one", "bridge")
    world.run("two", "front")
    for name in ("one", "two"):
        world.change(name, "eth0", mac=MAC)
    assert clashes(world.topology()) == ()


def test_on_one_parent_two_clash() -> None:
    world = World()
    world.uplink("eth9", "198.51.100.200/24", "198.51.100.1")
    world.of_driver("yard", "macvlan", "198.51.100.1/24", parent="eth9")
    world.run("one", "yard")
    world.run("two", "yard")
    assert clashes(world.topology()) == ()
    for name in ("one", "two"):
        world.change(name, "eth0", mac=MAC)
    (clash,) = clashes(world.topology())
    assert (clash.kind, len(clash.ends)) == ("MAC", 2)
