"""What is broken in chapter 09."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

SERVER = "python3 /opt/dockernet/serve.py"

MUTATIONS = {
    "the host asks in web's place": Mutation("out = walk(", 'out = walk(lab, lab.host, outside, "port")', "09.mac"),
    "nothing is masqueraded": Mutation(
        "out = walk(", 'lab.host("iptables -t nat -F POSTROUTING"); out = walk(lab, web, outside)', "09.masquerade"
    ),
    "the host forwards": Mutation("near, stuck = lab.host", "stuck = walk(lab, web, outside)", "09.stuck"),
    "web has lost guest": Mutation(
        "near, stuck = lab.host",
        "guest.kill(); near = ping(web, world.container(guest).endpoint('front').ip)",
        "09.neighbour",
    ),
    "somebody listens at the host's number in shop": Mutation(
        "inside, at_door = ",
        f'lab.run("more", "{SERVER}", env={{"SERVE_PORT": door}}, network=shop).wait_ready(door); '
        "at_door = connect(guest, shop, port=door)",
        "09.number",
    ),
    "listed is published": Mutation(
        "listed = lab.run(",
        'listed.remove(); listed = lab.run("listed", network=front, publish=80); '
        'ports = reachability(lab, [guest, lab.host], [shop, listed, web], ways=["port", "published"])',
        "09.expose",
    ),
    "the client is on the host": Mutation(
        "came = walk(", 'came = walk(lab, lab.host, shop, "published")', "09.rewritten"
    ),
    "the host goes in by the rule": Mutation(
        "called = walk(", 'called = walk(lab, lab.host, shop, "published at the host\'s address")', "09.proxy"
    ),
    "admin is for everybody": Mutation(
        "admin = lab.run(",
        'admin.remove(); admin = lab.run("admin", network=front, publish=f"{desk}:80"); '
        "far = connect(outside, outside.host, port=desk)",
        "09.local",
    ),
    "shy listens at all addresses": Mutation(
        "shy = lab.run(",
        'shy.remove(); shy = lab.run("shy", network=front, publish=f"{hatch}:80"); '
        'slammed = connect(lab.host, "127.0.0.1", port=hatch)',
        "09.loopback",
    ),
    "there is no rule in INPUT": Mutation(
        "passes, stops = lab.host", 'stops = walk(lab, lab.host, shop, "published")', "09.input-stops"
    ),
    "the rule is in INPUT again": Mutation(
        "kept, still = lab.host",
        'kept = lab.host.with_rule(rule.replace("DOCKER-USER", "INPUT"), '
        'lambda: walk(lab, outside, shop, "published"))',
        "09.user-stops",
    ),
}
