"""An observation as plain values that JSON can hold: what scripts may rely on. Pure.

``docs/schemas/look.json`` describes it (JSON Schema, draft 2020-12). A new key keeps the number ``schema``; one that
goes, or means something else, raises it.
"""

from __future__ import annotations

from typing import Any

from dockernet_course.observe.listening import held_by
from dockernet_course.observe.model import (
    Container,
    Endpoint,
    Interface,
    Listener,
    Namespace,
    Network,
    PortBinding,
    Route,
    Topology,
)

__all__ = ["SCHEMA", "as_json"]

SCHEMA = 1
Plain = dict[str, Any]


def as_json(topology: Topology) -> Plain:
    """The whole observation; addresses are written as ``ip`` writes them, namespaces are inodes."""
    return {
        "schema": SCHEMA,
        "engine": topology.engine,
        "host": _namespace(topology, topology.host),
        "namespaces": [_namespace(topology, each) for each in topology.namespaces],
        "containers": [_container(topology, each) for each in topology.containers],
        "networks": [_network(each) for each in topology.networks],
        "bridges": [{"name": b.name, "network": b.network, "ports": list(b.ports)} for b in topology.bridges],
        "left_out": {"containers": topology.foreign},
        "vanished": list(topology.vanished),
    }


def _container(topology: Topology, container: Container) -> Plain:
    return {
        "name": container.name,
        "id": container.id,
        "image": container.image,
        "state": container.state,
        "project": container.project,
        "service": container.service,
        "network_mode": container.network_mode,
        "namespace": container.namespace,
        "endpoints": [_endpoint(each) for each in container.endpoints],
        "ports": [_port(each) for each in container.ports],
        "asked": None if container.asked is None else [_port(each) for each in container.asked.publish],
        "listens": [_listener(each) for each in held_by(topology, container)],
    }


def _endpoint(end: Endpoint) -> Plain:
    return {
        "network": end.network,
        "interface": end.interface,
        "ipv4": f"{end.ip}/{end.prefix}" if end.ip else None,
        "ipv6": f"{end.ipv6}/{end.ipv6_prefix}" if end.ipv6 else None,
        "gateway": end.gateway or None,
        "mac": end.mac or None,
        "aliases": list(end.aliases),
    }


def _port(port: PortBinding) -> Plain:
    return {"port": port.port, "protocol": port.protocol, "host_ip": port.host_ip, "host_port": port.host_port}


def _listener(listener: Listener) -> Plain:
    return {
        "protocol": listener.protocol,
        "address": listener.address,
        "port": listener.port,
        "process": listener.process,
    }


def _network(network: Network) -> Plain:
    return {
        "name": network.name,
        "id": network.id,
        "driver": network.driver,
        "scope": network.scope,
        "project": network.project,
        "subnets": list(network.subnets),
        "gateways": list(network.gateways),
        "internal": network.internal,
        "ipv6": network.ipv6,
        "bridge": network.bridge,
        "parent": network.parent,
        "options": dict(network.options),
    }


def _namespace(topology: Topology, namespace: Namespace) -> Plain:
    return {
        "inode": namespace.inode,
        "interfaces": [_interface(topology, namespace, each) for each in namespace.interfaces],
        "routes": [_route(each) for each in namespace.routes],
    }


def _interface(topology: Topology, namespace: Namespace, interface: Interface) -> Plain:
    there = topology.beyond((namespace.inode, interface.name))
    return {
        "name": interface.name,
        "index": interface.index,
        "kind": interface.kind,
        "mac": interface.mac,
        "mtu": interface.mtu,
        "up": interface.up,
        "state": interface.state,
        "addresses": [str(each) for each in interface.addresses],
        "bridge": interface.master,
        "leads_to": {"namespace": there[0], "interface": there[1]} if there else None,
    }


def _route(route: Route) -> Plain:
    return {
        "destination": route.destination,
        "gateway": route.gateway or None,
        "device": route.device,
        "family": route.family,
        "kind": route.kind,
        "metric": route.metric,
    }
