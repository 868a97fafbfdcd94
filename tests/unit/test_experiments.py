"""From what the tools print to the verdict, on texts of two generations (fixtures/experiments/record.py)."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from dockernet_course.errors import CommandFailed, NotFound
from dockernet_course.experiments import Cell, Kind, Matrix, Probe, Verdict, batch, connect, matrix, ping, resolve
from dockernet_course.experiments.ask import Question, next_command, probe_of
from dockernet_course.experiments.verdicts import judge, lacking
from dockernet_course.lab import Output
from dockernet_course.lab.addressing import the_one

FIXTURES = Path(__file__).parent / "fixtures" / "experiments"
RECORDED: dict[str, tuple[Kind, str, tuple[Output, ...]]] = {
    f"{suite}: {name}": (case["kind"], case["verdict"], tuple(Output(**one) for one in case["seen"]))
    for suite in ("bookworm", "trixie")
    for name, case in json.loads((FIXTURES / f"texts-{suite}.json").read_text()).items()
}
HEAD = "PING db (172.18.0.3) 56(84) bytes of data.\n"
HEAD6 = "PING fd00::9 (fd00::9) 56 data bytes\n"
COULD_NOT = Output("curl", "curl: (7) Failed to connect to db port 80 after 0 ms: Could not connect to server\n", 7)
NO_ROUTE = Output("nc", "nc: connect to db (172.18.0.3) port 80 (tcp) failed: No route to host\n", 1)
LOST = f"{HEAD}\n--- db ping statistics ---\n1 packets transmitted, 0 received, 100% packet loss, time 0ms\n"


class Told:
    """A place where commands print what they are told to, by their first word."""

    name = "web"

    def __init__(self, **outputs: tuple[str, int]) -> None:
        self._outputs, self.asked = outputs, list[str]()

    def sh(self, command: str) -> Output:
        self.asked.append(command)
        return Output(f"docker exec web {command}", *self._outputs[command.split()[0]])


@pytest.mark.parametrize(("kind", "verdict", "seen"), list(RECORDED.values()), ids=list(RECORDED))
def test_the_kind_of_failure(kind: Kind, verdict: str, seen: tuple[Output, ...]) -> None:
    assert judge(kind, seen) == verdict
    assert not any(judge(kind, seen[:n]) for n in range(1, len(seen))), "asked no further than needed"


def test_each_verdict_was_recorded_for_all_that_can_have_it() -> None:
    found = {(kind, verdict) for kind, verdict, _ in RECORDED.values()}
    of_others = {Verdict.ANOTHER, Verdict.NOT_MEASURED, Verdict.NO_ANSWER}  # which none of these tools says
    for verdict in set(Verdict) - of_others:
        assert ("connect", verdict) in found
        assert ("ping", verdict) in found or verdict in (Verdict.RESET, Verdict.SILENT)


@pytest.mark.parametrize(
    ("kind", "text", "code", "verdict"),
    [
        ("ping", "ping: db: Name or service not known\n", 2, "name not found"),
        ("ping", "ping: db: No address associated with hostname\n", 2, "name not found"),
        ("ping", f"{HEAD}From 172.18.0.2 icmp_seq=1 Destination Host Unreachable\n{LOST}", 1, "no route"),
        (
            "ping",
            f"{HEAD}From 172.18.0.2 icmp_seq=1 Destination Host Prohibited\n{LOST}",
            1,
            "administratively prohibited",
        ),
        ("ping", f"{HEAD}ping: sendmsg: Operation not permitted\n{LOST}", 1, "administratively prohibited"),
        ("ping", f"{HEAD6}From fd00::2 icmp_seq=1 Destination unreachable: Address unreachable\n{LOST}", 1, "no route"),
        ("ping", f"{HEAD6}From fd00::1 icmp_seq=1 Destination unreachable: No route\n{LOST}", 1, "no route"),
        ("ping", f"{HEAD6}From fd00::1 icmp_seq=1 Destination unreachable: Port unreachable\n{LOST}", 1, "refused"),
        (
            "ping",
            f"{HEAD6}From fd00::1 icmp_seq=1 Destination unreachable: Administratively prohibited\n{LOST}",
            1,
            "administratively prohibited",
        ),
        ("ping", "ping: connect: Invalid argument\n", 2, "no route"),  # a route of the type "blackhole"
        ("ping", "ping: socket: Operation not permitted\n", 2, None),  # not allowed to ping: no fault of the network
        ("connect", "curl: (28) Resolving timed out after 1500 milliseconds\n", 28, "name not found"),
        ("connect", "curl: (28) Connection timed out after 4001 milliseconds\n", 28, "timeout"),
        (
            "connect",
            "curl: (28) Operation timed out after 8001 milliseconds with 0 bytes received\n",
            28,
            "connected, then silence",
        ),
        ("connect", "curl: (56) Recv failure: Connection reset by peer\n", 56, "reset"),
        ("connect", "curl: (1) Received HTTP/0.9 when not allowed\n", 1, "ok"),
        ("connect", "curl: (3) URL rejected: Bad hostname\n", 3, None),
        ("resolve", "getent: unknown database\n", 1, None),
    ],
)
def test_what_else_the_tools_say(kind: Kind, text: str, code: int, verdict: str | None) -> None:
    assert judge(kind, (Output(kind, text, code),)) == verdict


@pytest.mark.parametrize(
    ("text", "code", "verdict"),
    [
        ("answered: b'heard'\n", 0, "ok"),
        ("ConnectionRefusedError: [Errno 111] Connection refused\n", 1, "refused"),
        ("TimeoutError: timed out\n", 1, "no answer by UDP, which tells nothing"),
        ("socket.gaierror: [Errno -2] Name or service not known\n", 1, "name not found"),
        ("PermissionError: [Errno 13] Permission denied\n", 1, "administratively prohibited"),
        ("OSError: [Errno 101] Network is unreachable\n", 1, "no route"),
        ("OSError: [Errno 113] No route to host\n", 1, None),  # a firewall, or ARP: a ping tells
        ("something else\n", 1, None),
    ],
)
def test_what_a_datagram_meets(text: str, code: int, verdict: str | None) -> None:
    assert judge("datagram", (Output("python3", text, code),)) == verdict


@pytest.mark.parametrize(
    ("ping_says", "code", "verdict"),
    [(f"{HEAD}64 bytes from 172.18.0.3: icmp_seq=1", 0, "administratively prohibited"), (LOST, 1, "no route")],
)
def test_a_ping_tells_why_a_datagram_found_no_route(ping_says: str, code: int, verdict: str) -> None:
    question, no_route = (
        Question("datagram", "db", 53, family=6),
        Output("python3", "[Errno 113] No route to host\n", 1),
    )
    assert next_command(question).endswith(" db 53 10 4")
    assert next_command(question, (no_route,)) == "ping -6 -c 1 -W 4 db"
    assert judge("datagram", (no_route, Output("ping", ping_says, code))) == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("172.18.0.3", "ok"), ("db.front (172.18.0.3)", "ok"), ("172.18.0.30", None), ("ui.front (172.18.0.30)", None)],
)
def test_a_ping_counts_only_if_the_one_that_was_asked_answers(answer: str, verdict: str | None) -> None:
    seen = Output("ping", f"{HEAD}64 bytes from {answer}: icmp_seq=1 ttl=64 time=0.1 ms\n")
    assert judge("ping", (seen,)) == verdict
    assert bool(next_command(Question("ping", "db"), (seen,))) is (verdict is None)


@pytest.mark.parametrize(
    ("ping_says", "code", "verdict"),
    [(f"{HEAD}64 bytes from 172.18.0.3: icmp_seq=1", 0, "administratively prohibited"), (LOST, 1, "no route")],
)
def test_no_route_for_tcp_alone_is_a_firewall(ping_says: str, code: int, verdict: str) -> None:
    assert judge("connect", (COULD_NOT, NO_ROUTE, Output("ping", ping_says, code))) == verdict


def test_no_route_after_three_seconds_of_arp_is_asked_no_further() -> None:
    late = Output("curl", COULD_NOT.text.replace("after 0 ms", "after 3062 ms"), 7)
    assert judge("connect", (late, NO_ROUTE)) == "no route"
    assert judge("connect", (COULD_NOT, NO_ROUTE)) is None, "at once it may be a firewall: ping tells"


def test_a_server_that_begins_to_listen_meanwhile_had_refused() -> None:
    late = Output("nc", "Connection to db (172.18.0.3) 80 port [tcp/http] succeeded!\n")
    assert judge("connect", (COULD_NOT, late)) == "refused"


def test_the_commands() -> None:
    curl = next_command(Question("connect", "db", 8080))
    assert curl == "curl -sS --connect-timeout 4 -m 8 db:8080"
    assert next_command(Question("connect", "db", 8080), (COULD_NOT,)) == "nc -zv -w 4 db 8080"
    assert next_command(Question("connect", "db", 8080), (Output(curl, "db sees me\n"),)) == ""
    assert next_command(Question("connect", "fd00::2", 80)) == "curl -sS --connect-timeout 4 -m 8 '[fd00::2]:80'"
    assert next_command(Question("ping", "two words")) == "ping -c 1 -W 4 'two words'"
    assert next_command(Question("resolve", "db")) == "getent ahosts db"


def test_a_probe_shows_the_command_and_its_text_and_the_verdict() -> None:
    web = Told(curl=("db sees 172.18.0.2\n", 0))
    probe = connect(web, "db")
    assert (probe.source, probe.target, probe.port, probe.kind) == ("web", "db", 80, "connect")
    assert probe.ok and probe.verdict == "ok" and probe.answers == ("db sees 172.18.0.2",)
    assert repr(probe) == "$ docker exec web curl -sS --connect-timeout 4 -m 8 db:80\ndb sees 172.18.0.2\n→ ok"
    assert "sees" in probe
    assert web.asked == ["curl -sS --connect-timeout 4 -m 8 db:80"]


def test_a_probe_shows_every_command_that_was_needed() -> None:
    refused = "nc: connect to db (172.18.0.3) port 80 (tcp) failed: Connection refused\n"
    probe = connect(Told(curl=(COULD_NOT.text, 7), nc=(refused, 1)), "db")
    assert repr(probe).splitlines() == [
        "$ docker exec web curl -sS --connect-timeout 4 -m 8 db:80",
        COULD_NOT.text.rstrip(),
        "$ docker exec web nc -zv -w 4 db 80",
        refused.rstrip(),
        "→ refused",
    ]
    assert probe.output.exit_code == 7 and probe.answers == ()


def test_answers() -> None:
    lines = "172.18.0.3      STREAM db\n172.18.0.3      DGRAM  \n172.18.0.4      STREAM \n"
    assert resolve(Told(getent=(lines, 0)), "db").answers == ("172.18.0.3", "172.18.0.4")
    assert ping(Told(ping=(f"{HEAD}64 bytes from 172.18.0.3: icmp_seq=1", 0)), "db").answers == ("172.18.0.3",)


def test_a_handle_is_asked_by_its_real_name() -> None:
    db = Told()
    db.real_name = "db-2"  # type: ignore[attr-defined]
    web = Told(ping=(LOST, 1))
    assert ping(web, db).target == "db-2"
    assert web.asked == ["ping -c 1 -W 4 db-2"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("OCI runtime exec failed: executable file `ping` not found in $PATH: No such file or directory: unknown", 126),
        (
            'OCI runtime exec failed: exec failed: unable to start: exec: "ping": executable file not found in $PATH',
            127,
        ),
        ("sh: 1: ping: not found", 127),
    ],
)
def test_a_missing_command_is_no_verdict(text: str, code: int) -> None:
    assert lacking(Output("ping", text, code))
    with pytest.raises(CommandFailed, match=r"no such command in web: docker exec web ping(?s:.*)lab\.run"):
        ping(Told(ping=(text, code)), "db")


@pytest.mark.parametrize("kind", ["resolve", "ping", "connect"])
def test_where_the_network_was_not_entered_nothing_was_measured(kind: Kind) -> None:
    """By curl's exit codes alone, nsenter's 1 would be an answer."""
    refused = Output("ping db", "nsenter: cannot open /proc/7/ns/net: Permission denied\n", 125)
    assert judge(kind, (refused,)) == "not measured"


def test_neither_is_what_has_nothing_to_do_with_the_network() -> None:
    with pytest.raises(CommandFailed, match="socket: Operation not permitted"):
        ping(Told(ping=("ping: socket: Operation not permitted\n", 2)), "db")
    with pytest.raises(CommandFailed, match="printed nothing and ended with exit code 1"):
        resolve(Told(getent=("", 1)), "db")


def test_many_commands_by_one_shell() -> None:
    """The shell of whoever runs the tests is as good as a container's."""
    lines = ["echo one", "sh -c 'echo oh >&2; exit 3'", "true", "no-such-command", "sh -c 'yes | head -c 20000'"]
    done = subprocess.run(["sh", "-c", batch.script(lines)], capture_output=True, text=True, check=True)
    answers = batch.taken_apart(done.stdout)
    assert [answers[n] for n in range(3)] == [(0, "one\n"), (3, "oh\n"), (0, "")]
    assert answers[3][0] == 127 and lacking(Output("", answers[3][1], 127))
    assert answers[4][0] == 0 and 3000 < len(answers[4][1]) < 4096
    assert len(answers) == len(lines)


ONLY_THE_SECOND_TIME = f"""#!/bin/sh
echo "{HEAD.strip()}"
mkdir "$0.asked" 2>/dev/null && echo "1 packets transmitted, 0 received, 100% packet loss" && exit 1
echo "64 bytes from 172.18.0.3: icmp_seq=1"
"""


class Here:
    """This machine's shell, with other programs."""

    name = "here"

    def __init__(self, programs: Path) -> None:
        self._path = f"{programs}:{os.environ['PATH']}"

    def sh(self, command: str) -> Output:
        done = subprocess.run(["sh", "-c", command], env={"PATH": self._path}, capture_output=True, text=True)
        return Output(command, done.stdout, done.returncode)


@pytest.mark.parametrize(("busy", "verdict"), [(0.0, "ok"), (60.0, "timeout")])
def test_silence_on_a_busy_machine_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, busy: float, verdict: str
) -> None:
    (tmp_path / "ping").write_text(ONLY_THE_SECOND_TIME)
    (tmp_path / "ping").chmod(0o755)
    monkeypatch.setattr(matrix, "_BUSY", busy)
    question = Question("ping", "db")
    seen = matrix._ask_all(Here(tmp_path), [question])
    assert probe_of("here", question, seen[question]).verdict == verdict


def test_where_there_is_no_shell_nothing_can_be_asked() -> None:
    missing = "OCI runtime exec failed: executable file `sh` not found in $PATH: No such file or directory: unknown"
    (output,) = batch.run(Told(export=(missing, 127)), ["ping -c 1 db"])
    with pytest.raises(CommandFailed, match="no such command in web"):
        probe_of("web", Question("ping", "db"), (output,))


def test_a_matrix_is_read_by_name_or_handle() -> None:
    probe = Probe("ping", "web", "db", Verdict.OK, Output("ping db", ""))
    silent = Probe("ping", "db", "web", Verdict.TIMEOUT, Output("ping web", ""))
    cells = (Cell("web", "db", "name", probe), Cell("db", "web", "name", silent), Cell("web", "web", "name", None))
    seen = Matrix(("web", "db"), ("web", "db"), ("name",), cells)
    assert seen.probe(Told(), "db", "name") is probe
    assert seen.ok("web", "db", "name") and not seen.ok("db", Told(), "name") and not seen.ok("web", "web", "name")
    assert list(seen) == list(cells)
    with pytest.raises(KeyError, match="no cell"):
        seen.ok("web", "db", "port")


def test_the_one_address() -> None:
    held = {"front": "172.18.0.2", "back": "172.19.0.2"}
    assert the_one("app", held, "back") == "172.19.0.2"
    assert the_one("app", {"front": "172.18.0.2"}, None) == "172.18.0.2"
    with pytest.raises(NotFound, match=r"several addresses: 172\.18\.0\.2 in front, 172\.19\.0\.2 in back"):
        the_one("app", held, None)
    with pytest.raises(NotFound, match="no address in the network shut"):
        the_one("app", held, "shut")
    with pytest.raises(NotFound, match=r"no address\.\nIt has: none"):
        the_one("alone", {}, None)
