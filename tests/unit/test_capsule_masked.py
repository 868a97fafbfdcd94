"""The masked mode's configuration of containers, as far as it is pure."""

from __future__ import annotations

from typing import Any

from dockernet_course.engines.inside.runc_bound import changed

BEFORE: dict[str, Any] = {
    "root": {"path": "/merged"},
    "hooks": {"prestart": [{"path": "/proc/1/exe"}]},
    "mounts": [
        {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid"]},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"},
        {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]},
        {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup"},
    ],
    "linux": {
        "namespaces": [{"type": "mount"}, {"type": "pid"}],
        "sysctl": {"net.ipv4.ping_group_range": "0 0", "net.ipv4.ip_forward": "0"},
        "maskedPaths": ["/proc/kcore"],
        "readonlyPaths": ["/proc/sys"],
    },
}


def pid_namespace(*spaces: dict[str, str]) -> dict[str, Any]:
    return {**BEFORE, "linux": {**BEFORE["linux"], "namespaces": [{"type": "mount"}, *spaces]}}


def shown(config: dict[str, Any]) -> list[tuple[str, str]]:
    return [(mount["destination"], mount["source"]) for mount in config["mounts"]]


def test_what_can_be_mounted_is() -> None:
    assert changed(BEFORE, []) == BEFORE


def test_proc_and_sys_are_bound() -> None:
    after = changed(BEFORE, ["proc", "sysfs"])
    assert shown(after) == [("/proc", "/proc"), ("/dev", "tmpfs"), ("/sys", "/sys")]
    assert {mount["type"] for mount in after["mounts"] if mount["source"].startswith("/")} == {"none"}
    assert after["linux"]["maskedPaths"] == after["linux"]["readonlyPaths"] == []


def test_only_sys_is_bound() -> None:
    after = changed(BEFORE, ["sysfs"])
    assert shown(after) == [("/proc", "proc"), ("/dev", "tmpfs"), ("/sys", "/sys")]
    assert after["linux"] == BEFORE["linux"] and after["hooks"] == BEFORE["hooks"]


def test_settings_that_somebody_asks_for_stay() -> None:
    assert changed(BEFORE, ["proc"])["linux"]["sysctl"] == {"net.ipv4.ip_forward": "0"}


def test_the_first_process_of_a_new_pid_namespace_is_shown_by_a_hook() -> None:
    hooks = changed(BEFORE, ["proc"])["hooks"]
    assert hooks["prestart"] == BEFORE["hooks"]["prestart"]
    assert [hook["args"][-1].split()[-1] for hook in hooks["createContainer"]] == ["/merged/proc/1"]


def test_that_of_another_container_is_bound() -> None:
    after = changed(pid_namespace({"type": "pid", "path": "/proc/12/ns/pid"}), ["proc"])
    assert ("/proc/1", "/proc/12") in shown(after) and after["hooks"] == BEFORE["hooks"]


def test_that_of_the_host_is_there() -> None:
    after = changed(pid_namespace(), ["proc"])
    assert "/proc/1" not in dict(shown(after)) and after["hooks"] == BEFORE["hooks"]
