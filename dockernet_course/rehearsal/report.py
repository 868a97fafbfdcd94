"""A rehearsal as JSON, for programs: a documented form (docs/compose.md) with a version."""

from __future__ import annotations

from typing import Any

from dockernet_course.rehearsal.model import ComposeNetwork, ComposeService
from dockernet_course.rehearsal.ports import listens_at
from dockernet_course.rehearsal.run import Rehearsal

__all__ = ["VERSION", "as_json"]

VERSION = 1


def as_json(rehearsal: Rehearsal, *, matrix: bool = False) -> dict[str, Any]:
    """What came of it; with ``matrix``, who reaches whom is measured, too."""
    return {
        "version": VERSION,
        "file": str(rehearsal.file),
        "services": [_service(rehearsal, each) for each in rehearsal.project.services],
        "networks": [_network(each) for each in rehearsal.project.networks],
        "findings": [
            {"kind": each.kind, "line": each.line, "text": each.text, "services": [*each.services]}
            for each in rehearsal.findings
        ],
        "left_out": [{"line": each.line, "text": each.text} for each in rehearsal.left_out],
        "unknown_ports": [*rehearsal.unknown],
        **({"matrix": _matrix(rehearsal)} if matrix else {}),
    }


def _service(rehearsal: Rehearsal, service: ComposeService) -> dict[str, Any]:
    return {
        "name": service.name,
        "container": rehearsal.containers.get(service.name, ""),
        "network_mode": service.mode,
        "networks": {
            each.network: {"aliases": [*each.aliases], "addresses": [*each.addresses]} for each in service.networks
        },
        "listens": [*listens_at(service)],
        "published": [
            {"port": each.port, "protocol": each.protocol, "host_ip": each.host_ip, "host_port": each.published}
            for each in service.ports
        ],
    }


def _network(network: ComposeNetwork) -> dict[str, Any]:
    return {"key": network.key, "name": network.name, "internal": network.internal, "subnets": [*network.subnets]}


def _matrix(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    service = {container: name for name, container in rehearsal.containers.items()}
    return [
        {
            "source": service[cell.source],
            "target": service[cell.target],
            "way": cell.way,
            "verdict": str(cell.probe.verdict) if cell.probe else None,
        }
        for cell in rehearsal.matrix()
    ]
