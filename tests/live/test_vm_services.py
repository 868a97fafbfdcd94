"""The engine behind the switch is the engine: everything that programs do with it, and programs on its host."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import json
import os
import selectors
import signal
import socket
import struct
import subprocess
import tarfile
import tempfile
import termios
import threading
import time
import tty
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.models.containers import Container

from dockernet_course.engines import LAB_IMAGE, Engine
from dockernet_course.engines.find import private
from dockernet_course.engines.inside import machine
from dockernet_course.engines.inside.execute import message
from dockernet_course.engines.inside.services import serve
from dockernet_course.engines.keeper.apart import command
from dockernet_course.engines.keeper.front import Control, Front, talk
from dockernet_course.engines.wire.mux import Bytes, Switch
from tests.live.behind import behind, guest
from tests.waiting import eventually

pytestmark = [pytest.mark.live, pytest.mark.once]


@pytest.fixture(scope="module")
def host(private_engine: Engine) -> int:
    """A process on the engine's host."""
    return next(running.pid for running in private.status() if running.name == private_engine.name)


@pytest.fixture(scope="module")
def folder(host: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dn") as made, behind(Path(made), host):
        yield Path(made)


@pytest.fixture
def client(folder: Path, private_engine: Engine) -> Iterator[docker.DockerClient]:
    made = docker.DockerClient(base_url=f"unix://{folder}/docker.sock", version=private_engine.api_version, timeout=30)
    yield made
    for container in made.containers.list(all=True):
        container.remove(force=True)
    made.close()


def running(client: docker.DockerClient, *words: str, **more: Any) -> Container:
    container: Container = client.containers.run(LAB_IMAGE, [*words], detach=True, init=True, **more)
    return container


def executed(container: Container, *words: str) -> tuple[int, bytes]:
    """Not ``exec_run``, which loses output that comes together with the answer's head, on any socket."""
    assert container.client is not None
    api: Any = container.client.api
    made = api.exec_create(str(container.id), [*words])["Id"]
    stream = io.BytesIO(api.post(api._url("/exec/{0}/start", made), json={}).content)
    output = b""
    while head := stream.read(8):
        output += stream.read(int.from_bytes(head[4:], "big"))
    return api.exec_inspect(made)["ExitCode"], output


# --- the engine ---


def test_run_and_exec(client: docker.DockerClient) -> None:
    assert client.containers.run(LAB_IMAGE, ["echo", "hello"], remove=True) == b"hello\n"
    container = running(client, "sleep", "60")
    assert executed(container, "sh", "-c", "echo out; echo err >&2; exit 3") in ((3, b"out\nerr\n"), (3, b"err\nout\n"))
    assert executed(container, "seq", "200000")[1] == b"".join(b"%d\n" % number for number in range(1, 200001))
    with pytest.raises(docker.errors.NotFound):
        client.containers.get("nobody")


def test_logs_are_followed(client: docker.DockerClient) -> None:
    container = running(client, "sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.1; done")
    assert b"".join(container.logs(stream=True, follow=True)) == b"1\n2\n3\n"


def test_events_come_and_the_stream_can_be_left(client: docker.DockerClient) -> None:
    events = client.events(decode=True)
    container = running(client, "true")
    seen = [next(events)["Action"]]
    while "die" not in seen:
        seen.append(next(events)["Action"])
    events.close()
    assert {"create", "attach", "start", "die"} >= set(seen) - {"connect", "disconnect"} >= {"create", "start", "die"}
    assert container.wait()["StatusCode"] == 0


def test_twenty_calls_at_once(client: docker.DockerClient) -> None:
    container = running(client, "sleep", "60")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda number: executed(container, "echo", str(number)), range(20)))
    assert answers == [(0, b"%d\n" % number) for number in range(20)]


def test_input_ends_and_the_answer_still_comes(client: docker.DockerClient) -> None:
    container = client.containers.create(LAB_IMAGE, ["wc", "-c"], stdin_open=True)
    attached: Any = container.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
    container.start()
    attached._sock.sendall(b"x" * 500_000)
    attached._sock.shutdown(socket.SHUT_WR)
    assert attached.read(1000)[8:] == b"500000\n"
    assert container.wait()["StatusCode"] == 0


def test_a_big_image_is_loaded(client: docker.DockerClient) -> None:
    layer, image = io.BytesIO(), io.BytesIO()
    add(layer, "big", os.urandom(60_000_000))
    facts = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest(layer)]}}
    add(image, "layer.tar", layer.getvalue())
    add(image, "config.json", json.dumps(facts).encode())
    manifest = [{"Config": "config.json", "RepoTags": ["dockernet-big:1"], "Layers": ["layer.tar"]}]
    add(image, "manifest.json", json.dumps(manifest).encode())
    client.images.load(image.getvalue())
    assert client.images.get("dockernet-big:1").attrs["Size"] >= 60_000_000
    saved = sum(len(part) for part in client.images.get("dockernet-big:1").save())
    client.images.remove("dockernet-big:1")
    assert saved > 60_000_000


def add(archive: io.BytesIO, name: str, data: bytes) -> None:
    archive.seek(0)
    with tarfile.open(fileobj=archive, mode="a" if archive.getvalue() else "w") as tar:
        about = tarfile.TarInfo(name)
        about.size = len(data)
        tar.addfile(about, io.BytesIO(data))


def digest(layer: io.BytesIO) -> str:
    return f"sha256:{hashlib.sha256(layer.getvalue()).hexdigest()}"


def test_what_the_engine_owes(host: int, private_engine: Engine) -> None:
    """What the keeper goes by before it stops the guest."""
    with tempfile.TemporaryDirectory(prefix="dn") as made, guest(host) as stream, served(stream, made) as front:
        client = docker.DockerClient(base_url=f"unix://{made}/docker.sock", version=private_engine.api_version)
        assert client.ping() and (front.connections, front.owed) == (1, 0)
        container = running(client, "sleep", "0.5")
        assert front.owed == 0
        with ThreadPoolExecutor(2) as pool:
            waited = pool.submit(container.wait)
            work = pool.submit(executed, running(client, "sleep", "60", name="long"), "sleep", "0.5")
            assert eventually(lambda: front.owed == 2)
            assert waited.result()["StatusCode"] == work.result()[0] == 0
        events = client.events()
        assert front.owed == 0 and front.connections >= 1
        events.close()
        for each in client.containers.list(all=True):
            each.remove(force=True)
        client.close()
        assert eventually(lambda: front.connections == 0)


@contextlib.contextmanager
def served(stream: socket.socket, folder: str) -> Iterator[Front]:
    """A front in a thread of ours."""
    selector, over = selectors.DefaultSelector(), threading.Event()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/docker.sock")
        listener.listen(64)
        front = Front(selector, Switch(selector, stream.fileno()), listener, "docker")

        def loop() -> None:
            while not over.is_set():
                for key, _ in selector.select(0.02):
                    key.data()

        thread = threading.Thread(target=loop)
        thread.start()
        yield front
        over.set()
        thread.join()


# --- programs on the host ---


def entering(folder: Path, *words: str, **more: Any) -> list[str]:
    request = {"argv": words, "env": {**machine.ENVIRONMENT, "TERM": "dumb"}, **more}
    return command("keeper.enter", f"{folder}/host.sock", json.dumps(request))


def entered(folder: Path, *words: str, given: bytes = b"", **more: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(entering(folder, *words, **more), input=given, capture_output=True, timeout=30, check=False)


def test_a_program_with_pipes(folder: Path, host: int) -> None:
    done = entered(
        folder, "sh", "-c", "hostname; cat; echo err >&2; pwd; exit 7", given=b"given\n" * 100_000, cwd="/root"
    )
    assert (done.returncode, done.stderr) == (7, b"err\n")
    assert done.stdout == b"host\n" + b"given\n" * 100_000 + b"/root\n"
    names = ("user", "net", "mnt", "pid", "uts", "ipc", "cgroup")
    code = f"import os; print(*(os.readlink(f'/proc/self/ns/{{name}}') for name in {names}))"
    there = [str(Path(f"/proc/{host}/ns/{name}").readlink()) for name in names]
    assert entered(folder, "python3", "-c", code).stdout.decode().split() == there


def test_exit_statuses(folder: Path) -> None:
    assert entered(folder, "sh", "-c", "kill -9 $$").returncode == 137
    done = entered(folder, "nonesuch")
    assert (done.returncode, done.stderr) == (127, b"dockernet: nonesuch: No such file or directory\n")
    assert entered(folder, "/etc/hosts").returncode == 126
    assert entered(folder).returncode == 126
    assert entered(folder, "sh", "-c", "sleep 60 & echo started").stdout == b"started\n"
    assert entered(folder, "docker", "ps", "-q").returncode == 0


def test_much_output_to_a_slow_reader(folder: Path) -> None:
    with subprocess.Popen(entering(folder, "sh", "-c", "yes | head -c 20000000"), stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        time.sleep(0.2)
        assert entered(folder, "echo", "meanwhile").stdout == b"meanwhile\n"
        assert len(program.stdout.read()) == 20_000_000
    assert program.returncode == 0


def test_who_leaves_hangs_up(folder: Path, host: int) -> None:
    with subprocess.Popen(entering(folder, "sleep", "4321"), stdin=subprocess.PIPE) as program:
        assert eventually(
            lambda: b"4321" in entered(folder, "sh", "-c", "cat /proc/*/cmdline").stdout.replace(b"\0", b"")
        )
        program.kill()
    assert eventually(
        lambda: b"sleep4321" not in entered(folder, "sh", "-c", "cat /proc/*/cmdline").stdout.replace(b"\0", b"")
    )


class Terminal:
    """A program with a terminal of ours."""

    def __init__(self, argv: list[str]) -> None:
        self.ours, self.theirs = os.openpty()
        self.resize(33, 99)
        self.program = subprocess.Popen(argv, stdin=self.theirs, stdout=self.theirs, stderr=self.theirs)
        self.seen = b""

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def until(self, text: str) -> str:
        os.set_blocking(self.ours, False)

        def there() -> bool:
            with contextlib.suppress(BlockingIOError):
                self.seen += os.read(self.ours, 65536)
            return text.encode() in self.seen

        assert eventually(there), self.seen
        before, _, self.seen = self.seen.partition(text.encode())
        return before.decode()

    def close(self) -> None:
        self.program.kill()
        self.program.wait()
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def terminal(folder: Path) -> Iterator[Terminal]:
    made = Terminal(entering(folder, *machine.SHELL))
    yield made
    made.close()


def test_a_shell_in_a_terminal(terminal: Terminal, folder: Path) -> None:
    terminal.until("host$ ")
    assert termios.tcgetattr(terminal.theirs)[3] & termios.ICANON == 0
    terminal.type("tty; stty size\n")
    assert "/dev/pts/" in terminal.until("33 99\r\n")
    terminal.resize(20, 70)
    terminal.program.send_signal(signal.SIGWINCH)
    terminal.type("until stty size | grep '20 70'; do sleep 0.1; done\n")
    terminal.until("\n20 70\r\n")
    terminal.until("host$ ")
    terminal.type("sh -c 'echo I sleep; exec sleep 100'\n")
    terminal.until("\nI sleep\r\n")
    terminal.type("\x03")
    terminal.until("host$ ")
    terminal.type("echo $?; exit 7\n")
    terminal.until("130\r\n")
    assert terminal.program.wait(10) == 7
    assert termios.tcgetattr(terminal.theirs)[3] & termios.ICANON


def test_a_terminal_that_is_closed_ends_its_programs(terminal: Terminal, folder: Path) -> None:
    terminal.until("host$ ")
    terminal.type("sleep 5432\n")
    terminal.until("5432\r\n")
    listing = ("sh", "-c", "cat /proc/*/cmdline | tr '\\0' ' '")
    assert eventually(lambda: b"sleep 5432" in entered(folder, *listing).stdout)
    terminal.program.terminate()
    assert terminal.program.wait(10) == 128 + signal.SIGTERM
    assert termios.tcgetattr(terminal.theirs)[3] & termios.ICANON
    assert eventually(lambda: b"sleep 5432" not in entered(folder, *listing).stdout)


def test_the_engine_goes_away(host: int) -> None:
    with tempfile.TemporaryDirectory(prefix="dn") as made:
        with behind(Path(made), host):
            program = subprocess.Popen(entering(Path(made), "cat"), stdin=subprocess.PIPE, stderr=subprocess.PIPE)
            time.sleep(0.3)
        _, said = program.communicate(timeout=10)
        assert program.returncode == 255 and said.startswith(b"The engine went away. Start it again")
        assert entered(Path(made), "true").returncode == 255


def test_the_hosts_end_goes_and_comes() -> None:
    """As with the port in the guest, which hangs up as long as nobody is at the other end: here, a terminal."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    pid = os.fork()
    if not pid:
        os.close(theirs)
        try:
            serve(ours)
        finally:
            os._exit(1)
    name = os.ttyname(theirs)
    for _ in range(3):
        os.close(theirs)
        time.sleep(0.05)
        theirs = os.open(name, os.O_RDWR | os.O_NOCTTY)
        with selectors.DefaultSelector() as selector:
            answers: list[Any] = []
            switch = Switch(selector, theirs)
            Control(switch).ask({"do": "ping"}, answers.append)
            Control(switch).ask({"do": "ping"}, answers.append)
            while len(answers) < 2:
                for key, _ in selector.select(10):
                    key.data()
            assert all(answer["ok"] for answer in answers)
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    assert sum(map(int, used)) < 50  # hundredths of a second: it does not turn round and round
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(theirs)
    os.close(ours)


def test_a_shell_at_its_prompt_is_not_busy(host: int) -> None:
    with guest(host) as stream, selectors.DefaultSelector() as selector:
        switch = Switch(selector, stream.fileno())
        program = switch.open("exec")
        heard = bytearray()

        def hear(data: Bytes) -> None:
            program.took(len(data))
            heard.extend(data)

        program.on_data = hear
        argv = [*machine.SHELL]
        program.send(json.dumps({"argv": argv, "env": machine.ENVIRONMENT, "tty": True}).encode() + b"\n")

        def busy() -> int:
            answers: list[Any] = []
            Control(switch).ask({"do": "ping"}, answers.append)
            while not answers:
                for key, _ in selector.select(10):
                    key.data()
            return int(answers[0]["busy"])

        assert eventually(lambda: busy() == 0 and b"host$ " in heard)
        program.send(message("I", b"sleep 0.3\n"))
        assert eventually(lambda: busy() == 1)
        assert eventually(lambda: busy() == 0)


# --- orders ---


def test_orders(host: int) -> None:
    with guest(host) as stream:
        for _ in range(3):  # each is a new beginning
            answer = talk(stream, {"do": "ping"}, 10.0)
            assert answer is not None and answer.pop("uptime") > 0
            assert answer == {"ok": True, "engine": True, "busy": 0}
        assert talk(stream, {"do": "dance"}, 10.0) == {"ok": False, "error": "unknown order: dance"}
        assert talk(stream, {"do": "seed", "hex": "x"}, 10.0) == {
            "ok": False,
            "error": "ValueError: non-hexadecimal number found in fromhex() arg at position 0",
        }
        assert talk(stream, {"do": "identity", "id": "0123" * 8}, 10.0) == {"ok": True}
        assert Path(f"/proc/{host}/root/etc/machine-id").read_text() == "0123" * 8 + "\n"
    with guest(os.getpid()) as stream:  # on this machine's own /run/docker.sock there is none
        answer = talk(stream, {"do": "ping"}, 10.0)
        assert answer is not None and answer["engine"] is Path("/run/docker.sock").exists()
