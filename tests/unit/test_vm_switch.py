"""Channels over one stream: the order and the end of each direction, bounded memory, a reset at any point, garbage."""

from __future__ import annotations

import contextlib
import hashlib
import random
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dockernet_course.engines.keeper.front import Control, Front
from dockernet_course.engines.wire.mux import MAX, WINDOW, Bytes, Channel, Switch
from dockernet_course.engines.wire.streams import Splice

SEEDS = range(8)
LISTENING = 208 * 1024  # about what a socket holds for a reader that does not read


class World:
    """A host's and a guest's end in one loop; the guest's services talk to sockets that the test holds."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.ours, self.theirs = socket.socketpair()
        self.opened: list[tuple[str, Channel]] = []
        self.served: list[socket.socket] = []
        self.gone: list[str] = []
        self.guest = Switch(self.selector, self.theirs.fileno(), self._open, on_gone=lambda: self.gone.append("guest"))
        self.host = self.new_host()

    def new_host(self) -> Switch:
        return Switch(self.selector, self.ours.fileno(), on_gone=lambda: self.gone.append("host"))

    def _open(self, kind: str, channel: Channel) -> None:
        self.opened.append((kind, channel))
        if kind == "nobody":
            raise ConnectionRefusedError
        ours, theirs = socket.socketpair()
        self.served.append(ours)
        Splice(self.selector, channel, theirs)

    def connect(self, kind: str = "docker") -> tuple[socket.socket, socket.socket]:
        """A client's socket, and its server's in the guest."""
        ours, theirs = socket.socketpair()
        Splice(self.selector, self.host.open(kind), theirs)
        count = len(self.served)
        self.until(lambda: len(self.served) > count)
        return ours, self.served[-1]

    def turn(self, seconds: float = 0.0) -> bool:
        """One turn of the loop; whether something happened."""
        events = self.selector.select(seconds)
        for key, _ in events:
            key.data()
        return bool(events)

    def until(self, condition: Callable[[], object], seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline
            self.turn(0.002)

    def settle(self) -> None:
        while self.turn(0.01):
            pass

    def read(self, connection: socket.socket, size: int) -> bytes:
        """That many bytes, or what there was before the end."""
        connection.setblocking(False)
        found = bytearray()
        ended = False

        def more() -> bool:
            nonlocal ended
            with contextlib.suppress(BlockingIOError):
                data = connection.recv(min(65536, size - len(found)))
                ended = not data
                found.extend(data)
            return ended or len(found) >= size

        self.until(more)
        return bytes(found)

    def ended(self, connection: socket.socket) -> bool:
        return self.read(connection, 1) == b""

    def write(self, connection: socket.socket, data: bytes) -> None:
        connection.setblocking(False)
        left = memoryview(data)

        def more() -> bool:
            nonlocal left
            with contextlib.suppress(BlockingIOError):
                left = left[connection.send(left) :]
            return not left

        self.until(more)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.host.close()
    made.guest.close()
    made.settle()
    for connection in made.served:
        connection.close()
    made.ours.close()
    made.theirs.close()


def dice_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 (nothing secret)


def noise(size: int, seed: int = 0) -> bytes:
    return dice_of(seed).randbytes(size)


def test_ends_are_carried_one_by_one(world: World) -> None:
    client, server = world.connect()
    world.write(client, b"question")
    client.shutdown(socket.SHUT_WR)
    assert world.read(server, 100) == b"question"  # and its end
    world.write(server, b"answer")
    assert world.read(client, 6) == b"answer"
    assert world.host.channels == 1
    server.close()
    assert world.ended(client)
    world.settle()
    assert (world.host.channels, world.guest.channels) == (0, 0)


def test_the_server_may_end_first(world: World) -> None:
    client, server = world.connect()
    world.write(server, b"hello")
    server.shutdown(socket.SHUT_WR)
    assert world.read(client, 100) == b"hello"
    world.write(client, b"bye")
    client.close()
    assert world.read(server, 100) == b"bye"
    world.settle()
    assert (world.host.channels, world.guest.channels) == (0, 0)


def test_what_was_said_before_a_refusal_arrives(world: World) -> None:
    """A server that answers without hearing the client out, and closes."""
    client, server = world.connect()
    world.write(client, noise(100_000))
    world.write(server, b"too long")
    server.close()
    assert world.read(client, 8) == b"too long"
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        world.write(client, noise(10 * WINDOW))


def test_a_client_that_is_gone_is_told_to_the_server(world: World) -> None:
    client, server = world.connect()
    client.close()
    with pytest.raises(BrokenPipeError):
        world.write(server, noise(10 * WINDOW))
    world.settle()
    assert (world.host.channels, world.guest.channels) == (0, 0)


def test_a_service_that_is_not_there(world: World) -> None:
    ours, theirs = socket.socketpair()
    Splice(world.selector, world.host.open("nobody"), theirs)
    assert world.ended(ours)
    assert (world.host.channels, world.guest.channels) == (0, 0)


def test_many_at_once(world: World) -> None:
    pairs = [world.connect() for _ in range(60)]
    texts = [noise(150_000 + number, number) for number in range(len(pairs))]
    for (client, server), text in zip(pairs, texts, strict=True):
        world.write(client, text[:100])
        world.write(server, text)
        client.shutdown(socket.SHUT_WR)
    for (client, server), text in reversed(list(zip(pairs, texts, strict=True))):
        assert world.read(client, len(text)) == text
        assert world.read(server, 200) == text[:100]
        server.close()
    world.settle()
    assert (world.host.channels, world.guest.channels) == (0, 0)


@pytest.mark.parametrize("back", [False, True], ids=["to the guest", "from the guest"])
def test_a_slow_reader_costs_little_memory_and_delays_nobody(world: World, back: bool) -> None:
    client, server = world.connect()
    slow, writer = (client, server) if back else (server, client)
    writer.setblocking(False)
    sent = 0
    text = noise(8_000_000)
    while sent < len(text) and (world.turn(0.01) or sent < WINDOW):
        with contextlib.suppress(BlockingIOError):
            sent += writer.send(memoryview(text)[sent : sent + 65536])
    assert sent < 2 * WINDOW + 3 * LISTENING
    other, its_server = world.connect()
    world.write(other, b"x")
    assert world.read(its_server, 1) == b"x"
    received = bytearray()
    slow.setblocking(False)
    while len(received) < len(text):
        with contextlib.suppress(BlockingIOError):
            received += slow.recv(9999)
        with contextlib.suppress(BlockingIOError):
            sent += writer.send(memoryview(text)[sent : sent + 65536])
        world.turn()
    assert hashlib.sha256(received).digest() == hashlib.sha256(text).digest()


def test_a_stream_that_takes_nothing_stops_those_who_send() -> None:
    with World().selector as selector:
        ours, theirs = socket.socketpair()  # nobody reads the other end: a guest that is stopped
        host = Switch(selector, ours.fileno())
        clients = []
        for _ in range(20):
            mine, its = socket.socketpair()
            mine.setblocking(False)
            Splice(selector, host.open("docker"), its)
            clients.append(mine)
        total = 0
        for _ in range(300):
            for client in clients:
                with contextlib.suppress(BlockingIOError):
                    total += client.send(noise(65536))
            for key, _ in selector.select(0):
                key.data()
        assert total < 20 * LISTENING * 2 + 8 * MAX
        host.close()
        theirs.close()
        ours.close()


class Chopped:
    """Two ends whose bytes pass a relay in pieces of any size."""

    def __init__(self, selector: selectors.BaseSelector, dice: random.Random) -> None:
        self.host, host_relay = socket.socketpair()
        self.guest, guest_relay = socket.socketpair()
        self._dice, self._selector = dice, selector
        for source, target in ((host_relay, guest_relay), (guest_relay, host_relay)):
            selector.register(source, selectors.EVENT_READ, partial(self._pass, source, target))

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        data = source.recv(self._dice.choice((1, 2, 7, 8, 9, 100, 4096, 4099, 40000)))
        if data:
            target.sendall(data)
        else:
            self._selector.unregister(source)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_chunking(seed: int) -> None:
    dice = dice_of(seed)
    selector = selectors.DefaultSelector()
    wires = Chopped(selector, dice)
    ends: dict[int, bytearray] = {}

    def served(kind: str, channel: Channel) -> None:
        def echo(data: Bytes) -> None:
            channel.took(len(data))
            channel.send(data)

        channel.on_data, channel.on_end = echo, channel.end
        assert kind == "echo"

    guest = Switch(selector, wires.guest.fileno(), served)
    host = Switch(selector, wires.host.fileno())
    sent: dict[int, bytes] = {}
    over: list[int] = []
    for _ in range(dice.randint(1, 6)):
        channel = host.open("echo")
        text = sent[channel.number] = dice.randbytes(dice.choice((0, 1, 8, 5000, MAX, MAX + 1, 70000)))
        box = ends[channel.number] = bytearray()

        def got(data: Bytes, channel: Channel = channel, box: bytearray = box) -> None:
            channel.took(len(data))
            box.extend(data)

        channel.on_data = got
        channel.on_end = partial(over.append, channel.number)
        channel.send(text)
        channel.end()
    deadline = time.monotonic() + 20
    while len(over) < len(sent):
        assert time.monotonic() < deadline
        for key, _ in selector.select(0.1):
            key.data()
    assert {number: bytes(box) for number, box in ends.items()} == sent
    assert (host.channels, guest.channels) == (0, 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_reset_in_the_middle(world: World, seed: int) -> None:
    """The host's end is replaced while both directions are full: as after a snapshot, with frames cut anywhere."""
    dice = dice_of(seed)
    old = [world.connect() for _ in range(3)]
    for client, server in old:
        for end in (client, server):
            end.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while world.turn():
                    end.send(noise(dice.randint(1, 100_000), seed))
    world.host.close()
    if seed % 2:
        with contextlib.suppress(BlockingIOError):
            world.ours.send(noise(dice.randint(1, 200), seed).replace(b"\0", b"\1"))  # the rest of a write that was cut
    with contextlib.suppress(BlockingIOError):
        world.ours.recv(dice.randint(1, 5000))
    world.host = world.new_host()
    client, server = world.connect()
    world.until(lambda: world.host.ready)
    text = noise(300_000, seed)
    world.write(client, text[:1000])
    world.write(server, text)
    assert world.read(client, len(text)) == text
    assert world.read(server, 1000) == text[:1000]
    assert (world.host.channels, world.guest.channels) == (1, 1)
    for _, old_server in old:
        old_server.close()
    assert world.gone == []


def test_what_is_late_does_not_come_into_a_later_channel(world: World) -> None:
    """The host asks, gives up, connects anew and asks again, with the same numbers; then the first answer comes."""
    world.host.open("nobody else")
    world.until(lambda: world.opened)
    late = world.opened[0][1]
    world.host.close()
    world.host = world.new_host()
    again, heard = world.host.open("docker"), bytearray()
    again.on_data, again.on_abort = heard.extend, lambda: heard.extend(b"aborted")
    world.until(lambda: len(world.opened) == 2)
    assert (late.number, again.number) == (1, 1)
    late.send(b"late")
    late.took(WINDOW)
    late.abort()
    world.opened[1][1].send(b"in time")
    world.until(lambda: heard)
    world.settle()
    assert (bytes(heard), again.credit, world.guest.channels) == (b"in time", WINDOW, 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_garbage_does_not_hurt_the_guest(world: World, seed: int) -> None:
    world.settle()
    world.host.close()
    dice = dice_of(seed)
    for _ in range(20):
        head = bytes([dice.randint(1, 9), dice.randint(0, 1), dice.randint(0, 255), dice.randint(0, 255)])
        with contextlib.suppress(BlockingIOError):
            world.ours.send(dice.choice((head + bytes(3) + b"\1", b"")) + dice.randbytes(dice.randint(0, 3000)))
        world.settle()
    world.host = world.new_host()
    client, server = world.connect()
    world.write(client, b"here")
    assert world.read(server, 4) == b"here"


def test_garbage_ends_the_host(world: World) -> None:
    client, _ = world.connect()
    world.settle()
    world.guest.close()
    world.theirs.send(b"\xff" * 100)
    world.until(lambda: world.gone)
    assert world.gone == ["host"]
    assert world.ended(client)


def test_the_end_of_the_stream(world: World) -> None:
    client, server = world.connect()
    world.write(client, b"last words")
    world.settle()
    world.ours.shutdown(socket.SHUT_RDWR)
    world.until(lambda: len(world.gone) == 2)
    assert world.read(server, 100) == b"last words"
    assert world.ended(client)
    client.close()
    server.close()
    assert not world.host.open("docker").room
    assert world.host.closed and world.guest.closed


def test_what_is_sent_is_told_before_it_goes(world: World) -> None:
    woken: list[float] = []
    world.settle()
    before = world.host.moved
    world.host.on_send = lambda: woken.append(world.host.moved)
    world.host.open("docker").send(b"x")
    assert len(woken) == 2 and woken[0] == before < world.host.moved


def test_an_order_and_its_answer(world: World) -> None:
    answers: list[object] = []
    control = Control(world.host)
    control.ask({"do": "ping"}, answers.append)
    world.until(lambda: world.served)
    assert world.read(world.served[0], 15) == b'{"do": "ping"}\n'
    world.write(world.served[0], b'{"ok": true}\n')
    world.until(lambda: answers)
    control.ask({"do": "seed"}, answers.append)
    world.until(lambda: len(world.served) == 2)
    world.guest.close()
    world.theirs.shutdown(socket.SHUT_RDWR)
    world.until(lambda: len(answers) == 2)
    assert answers == [{"ok": True}, None]
    world.host.close()
    control.ask({"do": "ping"}, answers.append)
    assert answers[2:] == [None]


def test_a_front_accepts_no_more_than_it_can_serve(world: World, tmp_path: object) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("")  # a name that the kernel chooses
    listener.listen(500)
    front = Front(world.selector, world.host, listener, "docker")
    clients = [socket.socket(socket.AF_UNIX) for _ in range(210)]
    for client in clients:
        client.connect(listener.getsockname())
    world.settle()
    assert front.connections == 200
    for client in clients[:20]:
        client.close()
    for server in world.served[:20]:
        server.close()
    world.settle()
    assert front.connections == 190
    front.close()
    for each in (*clients, listener):
        each.close()


def test_nothing_is_left_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    world = World()
    client, server = world.connect()
    world.write(client, b"x")
    client.close()
    server.close()
    world.settle()
    world.host.close()
    world.guest.close()
    world.ours.close()
    world.theirs.close()
    world.selector.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_an_order_is_answered_once_though_the_guest_answers_somebody_before_us_too(world: World) -> None:
    """A ping that the former host gave up on: its channel had the same number."""
    late: list[Channel] = []
    world.guest._on_open = lambda _, channel: late.append(channel)
    answers: list[dict[str, Any] | None] = []
    Control(world.host).ask({"do": "ping"}, answers.append)
    world.until(lambda: late)
    world.host.close()
    world.host = world.new_host()
    Control(world.host).ask({"do": "ping"}, answers.append)
    world.until(lambda: len(late) == 2)
    for channel in late:
        channel.send(b'{"ok": true}\n')
    world.settle()
    assert answers == [None, {"ok": True}]
