"""What is broken in chapter 06."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

WEB = 'web = lab.run("web", links="db:database")'
MOVED = "stranger = lab.run("
PAIR = 'web2 = lab.run("web2", network=shop)'

MUTATIONS = {
    "web has no link": Mutation(WEB, 'web.remove(); web = lab.run("web")', "06.line"),
    "the link has another alias": Mutation(WEB, 'web.remove(); web = lab.run("web", links="db:store")', "06.line"),
    "db has no password": Mutation(
        WEB,
        'web.remove(); db.remove(); db = lab.run("db"); web = lab.run("web", links="db:database")',
        "06.secret",
    ),
    "somebody has told db the name": Mutation(
        'lesson.predict("06.direction")',
        'db.sh(["sh", "-c", f"echo {web.address()} {web.real_name} >> /etc/hosts"])',
        "06.one-way",
    ),
    "web's cable has been pulled": Mutation(
        'lesson.predict("06.direction")',
        "lab.host(f\"ip link set {observe(lab).peer(web, 'eth0').name} nomaster\")",
        "06.both-ways",
    ),
    "somebody has emptied the file": Mutation(MOVED, 'web.sh("echo > /etc/hosts")', "06.file-new"),
    "web has been restarted": Mutation(MOVED, "web.restart()", "06.stale"),
    "the alias is web2's": Mutation(
        PAIR,
        'web2.remove(); db2.remove(); db2 = lab.run("db2", network=shop); '
        'web2 = lab.run("web2", network=shop, aliases="database")',
        "06.alias",
    ),
    "web2 is told the password": Mutation(
        PAIR, 'web2.remove(); web2 = lab.run("web2", network=shop, env={"PASSWORD": "swordfish"})', "06.no-secret"
    ),
    "web2 is on another network": Mutation(
        PAIR, 'web2.remove(); web2 = lab.run("web2", network=lab.create_network("side"))', "06.alias"
    ),
}
