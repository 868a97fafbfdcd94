"""What to do about each cause, by the mechanism's name in ``reasons`` and ``failures``."""

from __future__ import annotations

__all__ = ["CURES"]

CURES = {
    "only itself": "Let the server listen at 0.0.0.0 in its container: networks and `-p` decide who may reach it.",
    "IPv6 only": "Let the server listen for IPv4, too (0.0.0.0, or :: without IPV6_V6ONLY), or ask it by IPv6.",
    "IPv4 only": "Let the server listen for IPv6, too (at `::`), or ask it by IPv4.",
    "no IPv6": "Put it into a network that has IPv6: `docker network create --ipv6 --subnet fd00:…::/64`, and connect.",
    "another family": "Publish it for IPv{family}, too: without an address `-p {port}:{inner}` is for both.",
    "another port": "Ask, or publish, the port at which it listens.",
    "nothing listens": "Look at `docker logs {target}`: is a server started, is it ready, at which port?",
    "not attached": "Attach it again: `docker network disconnect` and `docker network connect`, or restart {cut}.",
    "bridge down": "Set it up again: `ip link set … up` on the host.",
    "doubles": "Give each its own: without `--mac-address` and `--ip`, Docker does.",
    "route": "Remove the route in {source}: `ip route del {route}`.",
    "not forwarding": "`sysctl -w {forwarding}=1` on the host; Docker sets it when it starts.",
    "kept apart": "Make the network without `enable_icc=false`, or put the two into one that lets them talk.",
    "internal network": "Put it into a network that is not internal as well: `docker network connect`.",
    "another protocol": "Ask it by {other_protocol}, or let a server listen by {protocol}, too.",
    "only TCP": "Publish the port by UDP, too: `-p {other_port}:{other_inner}/udp`.",
    "only UDP": "Publish the port by TCP, too: `-p {other_port}:{other_inner}`.",
    "hosts file": "Remove the entry: without `--add-host`, Docker's DNS tells the address that {target} has now.",
    "hosts entry": "Remove the entry: without `--add-host`, Docker's DNS tells the address that {target} has now.",
    "another's address": "Look at the hosts file and the name servers of {source}.",
    "owner restarted": "Restart the one that joined, too: it is still in the namespace that {owner} has left.",
    "wrong side": "Publish it for others, too: `-p {port}:80` instead of `-p 127.0.0.1:{port}:80`.",
    "not published": "Publish a port: `-p`. That is decided when a container is made.",
    "default bridge": "Put both into a network of your own: there Docker's DNS knows their names.",
    "no common network": "Put both into one network: `docker network connect`.",
    "bridge without address": "Give it its address again: `ip addr add`, or restart Docker.",
    "localhost": "Ask for the other container by its name, in a network that both are in.",
    "no address": "Connect it anew: `docker network disconnect` and `docker network connect`, or restart it.",
    "not running": "`docker start`; where it ends again, `docker logs` says why.",
    "name server": "Leave the container's /etc/resolv.conf to Docker: `docker restart {source}` writes it anew.",
    "host's route": "Look at `ip rule` and `ip route show table all` on the host.",
    "name of several": "Ask for the container's own name, or give the alias to one of them alone.",
    "isolation": "Put both into one network: `docker network connect`.",
    "firewall rule": "Change that rule, or put one before it that lets this pass; on the host, in DOCKER-USER.",
    "packet size": "Let all have the smallest MTU (for a network `-o com.docker.network.driver.mtu=…`), let ICMP's "
    "`fragmentation-needed` pass, or keep TCP small: `iptables -t mangle … -j TCPMSS --clamp-mss-to-pmtu`.",
    "no neighbour": "Is whoever has that address really on this network, attached and up?",
    "no route": "Look at `ip route` in {source}; Docker gives a default route to all but internal networks.",
}
