"""What is broken in chapter 03."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

MUTATIONS = {
    "something was plugged in meanwhile": Mutation(
        "film = record(", 'film = record(lab, lambda: lab.run("odd"))', "03.no-steps"
    ),
    "web is on the default network": Mutation("film = record(", 'lab.remove("web"); lab.run("web")', "03.same-list"),
    "web has been killed": Mutation("through = client.sh(", "web.kill()", "03.from-host"),
    "a real door": Mutation("shop = lab.run(", 'shop.remove(); shop = lab.run("shop", publish=f"{door}:80")', "03.got"),
    "somebody else holds the port": Mutation(
        "refused(lambda:", 'web.kill(); lab.run("thief", network="host", env={"SERVE_PORT": port})', "03.holder"
    ),
    "client serves nothing": Mutation(
        "refused(lambda:", 'client.remove(); client = lab.run("client", ["sleep", "1000"])', "03.own-ports"
    ),
    "web may change the network": Mutation(
        'lesson.predict("03.may")',
        'web.remove(); web = lab.run("web", network="host", env={"SERVE_PORT": port}, cap_add="NET_ADMIN")',
        "03.may-not",
    ),
    "web has moved out": Mutation('lesson.predict("03.desktop")', 'web.remove(); web = lab.run("web")', "03.its-host"),
}
