"""What is broken in chapter 00."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

FIRST = 'hello = lab.run("hello")'

MUTATIONS = {
    "hello has no network of its own": Mutation(
        FIRST, 'hello.remove(); hello = lab.run("hello", network="host")', "00.inside"
    ),
    "hello is on another bridge": Mutation(
        FIRST, 'hello.remove(); lab.create_network("side"); hello = lab.run("hello", network="side")', "00.map"
    ),
    "hello serves nothing": Mutation(FIRST, 'hello.remove(); hello = lab.run("hello", "sleep 600")', "00.inside"),
    "hello is published on the host": Mutation(
        FIRST, 'hello.remove(); hello = lab.run("hello", publish="80:80")', "00.outside"
    ),
    "the cable is not plugged in": Mutation(
        FIRST, "lab.host(f\"ip link set {observe(lab).peer(hello, 'eth0').name} nomaster\")", "00.map"
    ),
}
