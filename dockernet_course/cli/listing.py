"""An observation as a person reads it in a terminal: project by project, networks, then containers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dockernet_course.figures import literal
from dockernet_course.observe import Container, Group, Network, Topology, held_by

__all__ = ["listing"]


def listing(found: Sequence[Group]) -> Iterator[RenderableType]:
    """Tables with headings. What others have named is shown as it is, but for what would move the cursor."""
    for group in found:
        heading = f"project {group.project}" if group.project else "in no Compose project"
        yield Text(literal(heading), style="bold")
        yield _networks(group.topology)
        yield _containers(group.topology)
        yield ""
    left_out = found[0].topology.foreign if len(found) == 1 else 0
    if left_out:
        yield f"Left out: {left_out} running container{'s' if left_out > 1 else ''}."
    vanished = sorted({name for group in found for name in group.topology.vanished})
    if vanished:
        yield literal(f"Vanished while we looked: {', '.join(vanished)}.")


def _table(*columns: str) -> Table:
    table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in table.columns:
        column.overflow = "fold"
    return table


def _networks(topology: Topology) -> Table:
    table = _table("  network", "driver", "subnets", "bridge", "")
    for network in topology.networks:
        row = (network.name, network.driver, ", ".join(network.subnets), network.bridge or network.parent or "")
        table.add_row(*_cells(f"  {row[0]}", *row[1:], ", ".join(_remarks(network))))
    return table


def _remarks(network: Network) -> Iterator[str]:
    if network.internal:
        yield "internal"
    if network.ipv6:
        yield "IPv6"
    if not network.icc:
        yield "icc off"
    if network.mtu:
        yield f"mtu {network.mtu}"


def _containers(topology: Topology) -> Table:
    table = _table("  container", "state", "network: address", "published", "listens")
    for container in topology.containers:
        where = ", ".join(_where(topology, container))
        waits = ", ".join(f"{each}/{each.protocol}" for each in held_by(topology, container))
        table.add_row(*_cells(f"  {container.name}", container.state, where, ", ".join(_published(container)), waits))
    return table


def _where(topology: Topology, container: Container) -> Iterator[str]:
    """Its addresses, network by network; what is in another's network namespace has none of its own."""
    owner = next((c.name for c in topology.containers if c.id == container.owner), container.owner[:12])
    if container.owner:
        yield f"in {owner}'s network namespace"
    elif container.network_mode in ("host", "none"):
        yield container.network_mode
    for end in container.endpoints:
        addresses = " ".join(filter(None, (end.ip, end.ipv6)))
        if container.network_mode not in ("host", "none"):
            yield f"{end.network}: {addresses or 'no address'}"


def _published(container: Container) -> Iterator[str]:
    """As ``docker ps`` writes them."""
    for port in container.ports:
        if port.host_port:
            ip = f"[{port.host_ip}]" if ":" in port.host_ip else port.host_ip
            yield f"{ip}:{port.host_port}->{port.port}/{port.protocol}"


def _cells(*texts: str) -> list[Text]:
    return [Text(literal(text)) for text in texts]
