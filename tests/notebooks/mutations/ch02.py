"""What is broken in chapter 02."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

BOTH = "both = observe(lab)"
ELSEWHERE = 'web.remove(); lab.create_network("side"); web = lab.run("web", network="side")'

MUTATIONS = {
    "the film is of another network": Mutation(
        "film = record(", 'db = lab.container("db"); lab.connect(lab.create_network("side"), db)', "02.isolated"
    ),
    "the second container is on another network": Mutation(BOTH, f"{ELSEWHERE}; both = observe(lab)", "02.ports"),
    "a cable has been pulled": Mutation(
        BOTH, "lab.host(f\"ip link set {both.peer(db, 'eth0').name} nomaster\"); both = observe(lab)", "02.ports"
    ),
    "the peer has been stopped": Mutation("way = walk(", "db.stop(0)", "02.talk"),
    "somebody has told web the name": Mutation(
        'lesson.predict("02.by-name")',
        'web.sh(["sh", "-c", f"echo {address} {name} >> /etc/hosts"])',
        "02.no-name",
    ),
}
