"""What is broken in chapter 08."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

WORLD = "world = observe(lab)"
MATRIX = "matrix = reachability("
AGAIN = 'reachability(lab, [guest, web, db], [guest, web, db], ways=["name", "address"])'
# The host's firewall lets everything across: by the rules of releases up to 27, which are in the table filter.
OPEN = 'lab.host.with_rule("FORWARD -j ACCEPT", lambda: {})'
FIVE, MODES = "cut = reachability(", "modes = compare_modes("
SERVE = 'lab.run("more", "python3 /opt/dockernet/serve.py", env={{"SERVE_PORT": "81"}}, network={}).wait_ready(81)'
EVERY_MODE = "modes = compare_modes(lab, plain, linked, onhost, alone, api, side)"

MUTATIONS = {
    "web is in one network only": Mutation(WORLD, "lab.disconnect(back, web)", "08.common"),
    "guest is in both networks": Mutation(WORLD, "lab.connect(back, guest)", "08.apart"),
    "somebody has told guest the name": Mutation(
        WORLD, 'guest.sh(["sh", "-c", f"echo {db.address(back)} {db.real_name} >> /etc/hosts"])', "08.apart"
    ),
    "the host lets everything across": Mutation(MATRIX, f"matrix = {OPEN.format(AGAIN)}", "08.across"),
    "db has gone since": Mutation('lesson.compare("08.who"', "db.remove()", "08.apart"),
    "web forwards by itself": Mutation(
        "shut, road = ", "shut = lab.host.with_setting(FORWARD, 1, ask, inside=web)", "08.no-transit"
    ),
    "far has gone": Mutation("shut, road = ", "far.kill(); shut = ping(near, shut.target)", "08.no-transit"),
    "web does not forward, told or not": Mutation(
        "shut, road = ", "road = lab.host.with_setting(FORWARD, 0, ask, inside=web)", "08.road"
    ),
    "the name leads to cache": Mutation(
        "cache, old = ",
        'web.sh(["sh", "-c", f"echo {cache.address()} {db.real_name} >> /etc/hosts"]); by_name = ping(web, db)',
        "08.same",
    ),
    "db is first again": Mutation(
        "noted, named = ",
        "db.stop(); cache.stop(); db.start(); cache.start(); noted, named = connect(web, old), connect(web, db)",
        "08.swapped",
    ),
    "cache turns strangers away": Mutation(
        "noted, named = ",
        'lab.host(f"nsenter -t {observe(lab).container(cache).pid} -n iptables -A INPUT -i eth0 -j REJECT"); '
        "noted = connect(web, old)",
        "08.astray",
    ),
    "db is stopped": Mutation("noted, named = ", "db.kill(); named = connect(web, db)", "08.follows"),
    "the host has no way to db": Mutation(
        "route = lab.host(",
        'there = db.address(back); lab.host(f"ip route add unreachable {there}/32"); '
        'route = lab.host(f"ip route get {there}"); lab.host(f"ip route del unreachable {there}/32")',
        "08.routed",
    ),
    "the rule comes too late": Mutation("way = walk(", f"way = {OPEN.format('walk(lab, guest, db)')}", "08.dropped"),
    "guest has come into the network of api": Mutation(
        "direct, beside = ", "lab.connect(back, guest); direct = connect(guest, direct.target)", "08.direct"
    ),
    "api has gone": Mutation("direct, beside = ", "api.kill(); direct = connect(guest, direct.target)", "08.direct"),
    "api is not published": Mutation(
        "direct, beside = ",
        'api.remove(); api = lab.run("api", network=back, hostname="api"); '
        "around = connect(guest, around.target, port=around.port)",
        "08.around",
    ),
    "db has gone": Mutation(FIVE, "there = silent.target; db.remove(); silent = connect(guest, there)", "08.timeout"),
    "nothing is dropped any more": Mutation(
        FIVE, f"silent = {OPEN.format('connect(guest, silent.target)')}", "08.timeout"
    ),
    "guest has got into the network of db": Mutation(
        FIVE, "lab.connect(back, guest); unknown = connect(guest, db)", "08.not-found"
    ),
    "somebody listens on port 81 of db": Mutation(
        FIVE, f"{SERVE.format('db')}; closed = connect(web, db, port=81)", "08.refused"
    ),
    "somebody has that address": Mutation(
        FIVE, 'near.sh(f"ip address add {nobody}/32 dev eth0"); nowhere = connect(guest, nobody)', "08.no-route"
    ),
    "lost serves the port that is published": Mutation(
        FIVE,
        f"{SERVE.format('lost')}; "
        'cut = reachability(lab, [lab.host], [lost], ways=["published"]).probe(lab.host, lost, "published")',
        "08.reset",
    ),
    "far's rule has gone": Mutation(FIVE, 'far.sh("iptables -F INPUT"); rejected = connect(web, far)', "08.reject"),
    "slow has ended": Mutation(
        "slow = lab.run(", "slow.kill(); state = observe(lab).container(slow).state", "08.running"
    ),
    "slow is ready at once": Mutation("slow = lab.run(", "early = connect(web, slow)", "08.early"),
    "slow turns everybody away for a while": Mutation(
        "slow = lab.run(",
        'tables = f"nsenter -t {observe(lab).container(slow).pid} -n iptables"; '
        'lab.host(f"{tables} -A INPUT -p tcp --dport 80 -j REJECT"); later = connect(web, slow); '
        'lab.host(f"{tables} -F INPUT")',
        "08.ready",
    ),
    "alone is on the bridge": Mutation(
        MODES, f'alone.remove(); alone = lab.run("alone", "sleep 600", publish=80); {EVERY_MODE}', "08.addresses"
    ),
    "plain knows linked, too": Mutation(
        MODES,
        'plain.sh(["sh", "-c", f"echo {linked.address()} {linked.real_name} >> /etc/hosts"]); ' + EVERY_MODE,
        "08.names",
    ),
    "plain is not published": Mutation(
        MODES,
        'linked.remove(); plain.remove(); plain = lab.run("plain"); linked = lab.run("linked", links="plain"); '
        + EVERY_MODE,
        "08.published",
    ),
    "side has joined another one": Mutation(
        MODES, f'side.remove(); side = lab.run("side", "sleep 600", network=db); {EVERY_MODE}', "08.localhost"
    ),
    "onhost has a network of its own": Mutation(
        MODES, f'onhost.remove(); onhost = lab.run("onhost", "sleep 600"); {EVERY_MODE}', "08.host"
    ),
}
