"""A server on the loopback that answers what an engine answered when it was recorded (fixtures/api)."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dockernet_course.lab.cleaning import name_of

Json = dict[str, Any]


@contextlib.contextmanager
def replaying(recorded: Json) -> Iterator[str]:
    """The server's address. Like an engine, it refuses versions of the API that it does not speak."""
    answers = recorded["answers"]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, answer = _answer(answers, self.path.partition("?")[0])
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _answer(answers: Json, path: str) -> tuple[int, object]:
    versioned = re.fullmatch(r"/v(\d+\.\d+)(/.*)", path)
    if versioned:
        known = answers["/version"]
        if not _number(known["MinAPIVersion"]) <= _number(versioned[1]) <= _number(known["ApiVersion"]):
            return 400, {"message": f"client version {versioned[1]} is too old or too new"}
        path = versioned[2]
    found = answers.get(path, answers.get(_by_name(answers, path)))
    return (200, found) if found is not None else (404, {"message": f"no such thing: {path}"})


def _by_name(answers: Json, path: str) -> str:
    """The path with a name in the place of an id."""
    named = {c["Id"]: name_of(c) for c in answers["/containers/json"]}
    named |= {network["Id"]: network["Name"] for network in answers["/networks"]}
    return "/".join(named.get(part, part) for part in path.split("/"))


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
