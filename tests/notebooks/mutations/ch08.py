"""What is broken in chapter 08."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

WORLD = "world = observe(lab)"

MUTATIONS = {
    "web is in one network only": Mutation(WORLD, "lab.disconnect(back, web)", "08.common"),
    "guest is in both networks": Mutation(WORLD, "lab.connect(back, guest)", "08.apart"),
    "somebody has told guest the name": Mutation(
        WORLD, 'guest.sh(["sh", "-c", f"echo {db.address(back)} {db.real_name} >> /etc/hosts"])', "08.apart"
    ),
    "db is first again": Mutation(
        "noted, named = ",
        "db.stop(); cache.stop(); db.start(); cache.start(); noted, named = connect(web, old), connect(web, db)",
        "08.swapped",
    ),
    "db is switched off": Mutation("noted, named = ", "db.kill(); named = connect(web, db)", "08.follows"),
    "another packet is followed": Mutation("way = walk(", "way = walk(lab, guest, web)", "08.dropped"),
    "api has gone": Mutation(
        "direct, around = ",
        'api.kill(); around = ping(guest, "127.0.0.1")',
        "08.around",
    ),
    "somebody listens on port 81 of db": Mutation(
        "cut = ways.probe(",
        'lab.run("more", "python3 /opt/dockernet/serve.py", env={"SERVE_PORT": "81"}, network=db).wait_ready(81); '
        "closed = connect(web, db, port=81)",
        "08.refused",
    ),
    "lost serves the port that is published": Mutation(
        "cut = ways.probe(",
        'lab.run("more", "python3 /opt/dockernet/serve.py", env={"SERVE_PORT": "81"}, network=lost).wait_ready(81); '
        'cut = reachability(lab, [lab.host], [lost], ways=["published"]).probe(lab.host, lost, "published")',
        "08.reset",
    ),
    "slow is ready at once": Mutation("slow = lab.run(", "early = connect(web, slow)", "08.early"),
    "alone is on the bridge": Mutation(
        "alone = lab.run(",
        'alone.remove(); alone = lab.run("alone", "sleep 600", publish=80); '
        "modes = compare_modes(lab, plain, linked, onhost, alone, api, side)",
        "08.addresses",
    ),
}
