"""What an engine is set to, read from what it answers."""

from __future__ import annotations

from typing import Any

import pytest

from dockernet_course.capabilities.settings import set_so

B, MTU = "com.docker.network.bridge.", "com.docker.network.driver.mtu"
OPTIONS = {
    f"{B}default_bridge": "true",
    f"{B}enable_icc": "true",
    f"{B}enable_ip_masquerade": "true",
    f"{B}host_binding_ipv4": "0.0.0.0",  # noqa: S104 (read, not bound)
    f"{B}name": "docker0",
    MTU: "1500",
}
INFO: dict[str, Any] = {
    "LoggingDriver": "json-file",
    "LiveRestoreEnabled": False,
    "SecurityOptions": ["name=seccomp,profile=builtin"],
    "DriverStatus": [["Backing Filesystem", "extfs"]],
}
USUAL: dict[str, bool | str] = {"firewall": "iptables", "userland-proxy": True}


def bridge(**options: str) -> dict[str, Any]:
    return {"EnableIPv6": False, "Options": {**OPTIONS, **options}}


def test_an_engine_with_dockers_defaults_is_set_to_nothing() -> None:
    assert list(set_so(INFO, bridge(), USUAL)) == []
    assert list(set_so(INFO, {"Options": None}, {"firewall": "", "userland-proxy": ""})) == []


@pytest.mark.parametrize(
    ("info", "net", "found", "said"),
    [
        ({}, bridge(**{f"{B}enable_icc": "false"}), {}, "icc=false"),
        ({}, bridge(**{f"{B}name": "lab0"}), {}, "bridge=lab0"),
        ({}, bridge(**{f"{B}enable_ip_masquerade": "false"}), {}, "ip-masq=false"),
        ({}, bridge(**{f"{B}host_binding_ipv4": "127.0.0.1"}), {}, "ip=127.0.0.1"),
        ({}, bridge(**{MTU: "1400"}), {}, "mtu=1400"),
        ({}, {**bridge(), "EnableIPv6": True}, {}, "ipv6=true"),
        ({}, None, {"userland-proxy": False}, "bridge=none"),
        ({}, bridge(), {"firewall": "none"}, "iptables=false"),
        ({}, bridge(), {"firewall": "nftables"}, "firewall-backend=nftables"),
        ({}, bridge(), {"userland-proxy": False}, "userland-proxy=false"),
        ({"LoggingDriver": "none"}, bridge(), {}, "log-driver=none"),
        ({"SecurityOptions": ["name=seccomp,profile=default", "name=userns"]}, bridge(), {}, "userns-remap"),
        ({"LiveRestoreEnabled": True}, bridge(), {}, "live-restore=true"),
        ({"DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]}, bridge(), {}, "containerd image store"),
    ],
)
def test_a_setting_has_the_name_of_the_daemons_option(
    info: dict[str, Any], net: dict[str, Any] | None, found: dict[str, bool | str], said: str
) -> None:
    assert list(set_so({**INFO, **info}, net, {**USUAL, **found})) == [said]
