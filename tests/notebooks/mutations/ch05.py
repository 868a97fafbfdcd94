"""What is broken in chapter 05."""

from __future__ import annotations

from tests.notebooks.mutations import Mutation

GUEST = 'guest = lab.run("guest", "sleep infinity", network="container:web")'
SHOP = 'shop = lab.run("shop", network=f"container:{web.id[:12]}", env={"SERVE_PORT": "8080"})'

MUTATIONS = {
    "guest has a room of its own": Mutation(
        GUEST, 'guest.remove(); guest = lab.run("guest", "sleep infinity"); shared = observe(lab)', "05.one-room"
    ),
    "client has joined as well": Mutation(
        'client = lab.run("client", "sleep infinity")',
        'client.remove(); client = lab.run("client", "sleep infinity", network="container:web")',
        "05.not-client",
    ),
    "the host serves, too": Mutation(
        'client = lab.run("client", "sleep infinity")',
        'lab.run("intruder", network="host", hostname=web.sh("hostname").text.strip())',
        "05.not-host",
    ),
    "the pings go to the bridge": Mutation(
        'lesson.predict("05.way")',
        "client.sh(f\"ping -c 150 -i 0.002 -q {shared.container(web).endpoint('bridge').ip}\")",
        "05.not-eth0",
    ),
    "the second server has a room of its own": Mutation(
        SHOP, 'shop.remove(); shop = lab.run("shop", env={"SERVE_PORT": "8080"})', "05.two-servers"
    ),
    "the second server has been stopped": Mutation(SHOP, "shop.stop(0)", "05.two-servers"),
    "the guest has been restarted meanwhile": Mutation(
        "show_map(left, since=together", "guest.stop(0); guest.start(); left = observe(lab)", "05.new-room"
    ),
    "the other joiner has been killed": Mutation("show_map(left, since=together", "shop.kill()", "05.still"),
}
