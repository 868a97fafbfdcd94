"""Whether the engine still owes an answer, seen from what passes by (texts as dockerd and its clients send them)."""

from __future__ import annotations

import random

import pytest

from dockernet_course.engines.keeper.exchange import Exchange

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
)
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\n"
UPGRADED = b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
RAW = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"

Steps = list[tuple[bytes, bytes, bool]]  # what goes, what comes then, and whether something is owed after it
CASES: dict[str, Steps] = {
    "nothing yet": [(b"", b"", False)],
    "a small answer": [(b"GET /_ping HTTP/1.1\r\n\r\n", b"", True), (b"", PLAIN, True), (b"", b"OK", False)],
    "no body": [
        (
            b"POST /v1.45/containers/a/start HTTP/1.1\r\n\r\n",
            b"HTTP/1.1 204 No Content\r\nApi-Version: 1.45\r\n\r\n",
            False,
        )
    ],
    "only the head": [(b"HEAD /_ping HTTP/1.1\r\n\r\n", PLAIN, False), (b"GET /info HTTP/1.1\r\n\r\n", b"", True)],
    "waiting": [
        (b"POST /v1.45/containers/a/wait HTTP/1.1\r\n\r\n", CHUNKED, True),
        (b"", b'11\r\n{"StatusCode": 0}\r\n', True),
        (b"", b"0\r\n\r\n", False),
        (b"GET /_ping HTTP/1.1\r\n\r\n", PLAIN + b"OK", False),
    ],
    "a program with its input": [
        (b"POST /exec/a/start HTTP/1.1\r\nUpgrade: tcp\r\n\r\n", UPGRADED, True),
        (b"input", b"\1\0\0\0\0\0\0\1x", True),
    ],
    "a program that rests until it is spoken to": [
        (b"POST /v1.45/exec/a/start?rests=1 HTTP/1.1\r\nUpgrade: tcp\r\n\r\n", b"", True),
        (b"", UPGRADED, False),
        (b"input", b"\1\0\0\0\0\0\0\1x", False),
    ],
    "a program without": [(b"POST /exec/a/start HTTP/1.1\r\n\r\n", RAW + b"x", True)],
    "events": [(b"GET /v1.45/events?filters=x HTTP/1.1\r\n\r\n", b"", True), (b"", CHUNKED + b"1\r\nx\r\n", False)],
    "logs": [(b"GET /v1.45/containers/a/logs?follow=1 HTTP/1.1\r\n\r\n", RAW, False), (b"", b"text", False)],
    "an upload": [
        (b"POST /images/load HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", True),
        (b"data", b"", True),
        (b"more", PLAIN + b"OK", False),
    ],
    "no answer that we know": [(b"POST /x HTTP/1.1\r\n\r\n", b"x" * 9000, True)],
}


def played(steps: Steps, pieces: random.Random | None = None) -> list[bool]:
    exchange, seen = Exchange(), []
    for goes, comes, _ in steps:
        if goes:
            exchange.sent(goes)
        for part in cut(comes, pieces):
            exchange.received(part)
        seen.append(exchange.owed)
    return seen


def cut(data: bytes, dice: random.Random | None) -> list[bytes]:
    if dice is None:
        return [data] if data else []
    found = []
    while data:
        size = dice.randint(1, 9)
        found.append(data[:size])
        data = data[size:]
    return found


@pytest.mark.parametrize("case", CASES)
def test_what_is_owed(case: str) -> None:
    expected = [owed for _, _, owed in CASES[case]]
    assert played(CASES[case]) == expected
    for seed in range(20):
        assert played(CASES[case], random.Random(seed)) == expected  # noqa: S311 (nothing secret)
