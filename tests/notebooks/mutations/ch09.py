"""What is broken in chapter 09."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

SERVER = "python3 /opt/dockernet/serve.py"
OUT, CAME, CALLED = "out = walk(", "came, by_six = ", "called = walk("
INPUT, USER, FAMILIES = "passes, stops = lab.host", "kept, still = lab.host", "ajar = lab.host.with_rule("

MUTATIONS = {
    "the host asks in web's place": Mutation(OUT, 'out = walk(lab, lab.host, outside, "port")', "09.mac"),
    "another machine is asked in the server's place": Mutation(
        OUT,
        'lab.host(f"iptables -t nat -I PREROUTING -s {web.address()} -p tcp -j DNAT --to {outside.address}"); '
        'out = walk(lab, web, outside, "port"); lab.host("iptables -t nat -D PREROUTING 1")',
        "09.target",
    ),
    "nothing is masqueraded": Mutation(
        OUT, 'lab.host("iptables -t nat -F POSTROUTING"); out = walk(lab, web, outside)', "09.masquerade"
    ),
    "the server outside is shut": Mutation(
        OUT,
        'shut = "OUTPUT -p tcp --sport 80 --tcp-flags PSH PSH -j DROP"; outside.sh(f"iptables -I {shut}"); '
        'out = walk(lab, web, outside, "port"); outside.sh(f"iptables -D {shut}")',
        "09.stranger",
    ),
    "what no rule accepts is forwarded": Mutation(
        "policy = lab.host(",
        'lab.host("iptables -P FORWARD ACCEPT"); '
        'policy = lab.host(f"sysctl {FORWARD}; iptables -S FORWARD | head -n 1"); '
        'lab.host("iptables -P FORWARD DROP")',
        "09.policy",
    ),
    "the host forwards": Mutation("policy = lab.host(", "stuck = walk(lab, web, outside)", "09.stuck"),
    "web has lost guest": Mutation(
        "policy = lab.host(",
        "guest.kill(); near = ping(web, world.container(guest).endpoint('front').ip)",
        "09.neighbour",
    ),
    "somebody listens at the host's number in shop": Mutation(
        "inside, at_port = ",
        f'lab.run("more", "{SERVER}", env={{"SERVE_PORT": host_port}}, network=shop).wait_ready(host_port); '
        "at_port = connect(guest, shop, port=host_port)",
        "09.number",
    ),
    "listed is published": Mutation(
        "listed = lab.run(",
        'listed.remove(); listed = lab.run("listed", network=front, publish=80); '
        'ports = reachability(lab, [guest, lab.host], [shop, listed, web], ways=["port", "published"])',
        "09.expose",
    ),
    "the host may not ask web": Mutation(
        "listed = lab.run(",
        'lab.host(f"iptables -I OUTPUT -d {web.address()} -j REJECT"); '
        'ports = reachability(lab, [guest, lab.host], [shop, listed, web], ways=["port", "published"]); '
        'lab.host("iptables -D OUTPUT 1")',
        "09.unpublished",
    ),
    "the client is on the host": Mutation(CAME, 'came = walk(lab, lab.host, shop, "published")', "09.rewritten"),
    "the client's address is changed on the way": Mutation(
        CAME,
        'lab.host(f"iptables -t nat -I POSTROUTING -d {shop.address()} -j MASQUERADE"); '
        'came = walk(lab, outside, shop, "published"); lab.host("iptables -t nat -D POSTROUTING 1")',
        "09.client",
    ),
    "the host goes in by the rule": Mutation(
        CALLED, 'called = walk(lab, lab.host, shop, "published at the host\'s address")', "09.proxy"
    ),
    "IPv6 is shut": Mutation(
        CAME,
        'by_six = lab.host.with_rule("INPUT -p tcp -j REJECT", lambda: '
        'connect(outside, outside.host6, port=host_port), tool="ip6tables")',
        "09.other-family",
    ),
    "shop is published at one address": Mutation(
        "admin = lab.run(",
        'shop.remove(); shop = lab.run("shop", network=front, publish=f"127.0.0.1:{host_port}:80", hostname="shop"); '
        "everywhere = [connect(lab.host, address, port=host_port) for address in addresses]",
        "09.everywhere",
    ),
    "admin is for everybody": Mutation(
        "admin = lab.run(",
        'admin.remove(); admin = lab.run("admin", network=front, publish=f"{desk}:80", hostname="admin"); '
        "far = connect(outside, outside.host, port=desk)",
        "09.local",
    ),
    "admin has gone": Mutation("admin = lab.run(", "admin.remove()", "09.local"),
    "admin is for everybody by IPv6": Mutation(
        "admin = lab.run(",
        'admin.remove(); admin = lab.run("admin", network=front, publish=[f"127.0.0.1:{desk}:80", f"[::]:{desk}:80"], '
        'hostname="admin"); far6 = connect(outside, outside.host6, port=desk)',
        "09.local-six",
    ),
    "shy listens at all addresses": Mutation(
        "shy = lab.run(",
        'shy.remove(); shy = lab.run("shy", network=front, publish=f"{hatch}:80"); '
        'slammed = connect(lab.host, "127.0.0.1", port=hatch)',
        "09.loopback",
    ),
    "shy has gone": Mutation(
        "shy = lab.run(",
        'shy.remove(); shy = lab.run("shy", ["sleep", "600"], network=front, publish=f"{hatch}:80"); '
        'slammed = connect(lab.host, "127.0.0.1", port=hatch)',
        "09.loopback",
    ),
    "somebody else is asked": Mutation("shy = lab.run(", "alone = connect(guest, shop)", "09.alone"),
    "INPUT stops the outside, too": Mutation(
        INPUT,
        'passes = lab.host.with_rule(f"FORWARD -d {shop.address()} -j DROP", lambda: walk(*visit))',
        "09.input-passes",
    ),
    "there is no rule in INPUT": Mutation(INPUT, 'stops = walk(lab, lab.host, shop, "published")', "09.input-stops"),
    "the rule is in INPUT again": Mutation(
        USER,
        'kept = lab.host.with_rule(rule.replace("DOCKER-USER", "INPUT"), lambda: walk(*visit))',
        "09.user-stops",
    ),
    "shop has gone behind the rule": Mutation(USER, "shop.kill()", "09.user-stops"),
    "the rule is for both families": Mutation(
        FAMILIES,
        'ajar = lab.host.with_rule(rule, lambda: lab.host.with_rule(rule6, ask, tool="ip6tables"))',
        "09.six-open",
    ),
    "shop has gone behind both rules": Mutation(FAMILIES, "shop.kill()", "09.six-open"),
    "the rule is in the wrong chain": Mutation(
        FAMILIES,
        'wrong = rule6.replace("INPUT", "FORWARD"); '
        'both = lab.host.with_rule(rule, lambda: lab.host.with_rule(wrong, ask, tool="ip6tables"))',
        "09.six-shut",
    ),
    "shop has gone behind docker-proxy": Mutation('lesson.expect("09.six-open"', "shop.kill()", "09.six-unrouted"),
}
