"""What is broken in chapter 00."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

FIRST = 'hello = lab.run("hello")'
AGED = "from dataclasses import replace; lab.engine = replace(lab.engine, version="

MUTATIONS = {
    "the engine is older than the course": Mutation("lesson = begin(", f'{AGED}"19.03.15")', "00.engine"),
    "the engine is not what it calls itself": Mutation("lesson.engines()", f'{AGED}"29.1.0")', "00.as-expected"),
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
    "the host says nothing at its loopback": Mutation(
        'hello.sh("curl -sS 127.0.0.1")', 'lab.host("iptables -I INPUT -i lo -p tcp --dport 80 -j DROP")', "00.outside"
    ),
    "the host end is attached to nothing": Mutation(
        FIRST, "lab.host(f\"ip link set {observe(lab).peer(hello, 'eth0').name} nomaster\")", "00.map"
    ),
}
