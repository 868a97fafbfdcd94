"""The host's side of the services: what listens for programs here, and orders to the guest. Standard library only."""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections.abc import Callable
from typing import Any

from dockernet_course.engines.keeper.exchange import Exchange
from dockernet_course.engines.wire.mux import Bytes, Switch
from dockernet_course.engines.wire.streams import Splice

__all__ = ["Control", "Front", "talk"]

_MOST = 200  # open connections; more wait to be accepted

Answered = Callable[[dict[str, Any] | None], object]


class Front:
    """Accepts on a listening unix socket and gives each connection a channel of that kind.

    ``moved`` is when something last passed by (``time.monotonic``).
    """

    def __init__(self, selector: selectors.BaseSelector, switch: Switch, listener: socket.socket, kind: str) -> None:
        self._selector, self._switch, self._listener, self._kind = selector, switch, listener, kind
        self._exchanges: set[Exchange] = set()
        self._listening = False
        self.moved = time.monotonic()
        listener.setblocking(False)
        self._listen()

    @property
    def connections(self) -> int:
        """How many connections from programs of this machine are open."""
        return len(self._exchanges)

    @property
    def owed(self) -> int:
        """On how many connections the engine has still to answer; of programs, the guest's ping knows (``busy``)."""
        return sum(exchange.owed for exchange in self._exchanges) if self._kind == "docker" else 0

    def _noted(self, look: Callable[[Bytes], object]) -> Callable[[Bytes], object]:
        """Bytes that pass by are something that moves."""

        def noted(data: Bytes) -> None:
            self.moved = time.monotonic()
            look(data)

        return noted

    def close(self) -> None:
        """Accept no more; the listener stays open, connections live until their channels end."""
        if self._listening:
            self._selector.unregister(self._listener)
            self._listening = False

    def _listen(self) -> None:
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._listening = True

    def _accept(self) -> None:
        if not self._listening:
            return
        try:
            connection, _ = self._listener.accept()
        except OSError:  # gone again
            return
        if self._switch.closed:
            connection.close()
            return
        exchange = Exchange()
        self._exchanges.add(exchange)
        if len(self._exchanges) >= _MOST:
            self.close()
        Splice(
            self._selector,
            self._switch.open(self._kind),
            connection,
            sent=self._noted(exchange.sent),
            received=self._noted(exchange.received),
            closed=lambda: self._closed(exchange),
        )

    def _closed(self, exchange: Exchange) -> None:
        full = len(self._exchanges) >= _MOST
        self._exchanges.discard(exchange)
        if full and not self._switch.closed:
            self._listen()


class Control:
    """Orders to the guest (see ``services``); ``answered`` gets None if the guest went away."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch

    def ask(self, order: dict[str, Any], answered: Answered) -> None:
        """Send an order; ``answered`` is called once."""
        if self._switch.closed:
            answered(None)
            return
        channel = self._switch.open("control")
        inbox = bytearray()
        waiting = [answered]

        def receive(data: Bytes) -> None:
            inbox.extend(data)
            if inbox.endswith(b"\n"):
                channel.end()
                waiting.pop()(json.loads(inbox))

        def lost() -> None:
            if waiting:
                waiting.pop()(None)

        channel.on_data, channel.on_abort = receive, lost
        channel.send(json.dumps(order).encode() + b"\n")


def talk(connection: socket.socket, order: dict[str, Any], seconds: float) -> dict[str, Any] | None:
    """Reset the guest, give one order and wait for the answer; None if none came in time.

    For who has no loop of its own. The connection is free for another switch afterwards.
    """
    answers: list[dict[str, Any] | None] = []
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        switch = Switch(selector, connection.fileno(), on_gone=lambda: answers.append(None))
        Control(switch).ask(order, answers.append)
        while not answers and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                key.data()
        switch.close()
    return answers[0] if answers else None
