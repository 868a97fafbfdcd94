"""Reading an answer as a person means it: capitals, spaces, quotes, and the forms in which tools print a word."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["answers", "port_in", "word"]

_AROUND = " \t\r\n`'\"*.,;:"


def word(answer: object) -> str:
    """One word, or a few, in small letters; of ``veth1@if5:`` what stands before the ``@``."""
    plain = str(answer if answer is not None else "").strip(_AROUND).partition("@")[0]
    return re.sub(r"\s+", " ", plain.strip(_AROUND)).lower()


def answers(answer: object) -> dict[str, str]:
    """Several of them, each under its name; empty where the answer is nothing of that kind."""
    return {word(name): word(said) for name, said in answer.items()} if isinstance(answer, Mapping) else {}


def port_in(address: str) -> tuple[str, str]:
    """What ``curl`` takes, in two: a name or an address, and a port, or nothing: ``http://db:80/`` is db and 80."""
    plain = re.sub(r"^[a-z]+://", "", address.strip().strip("`'\""), flags=re.IGNORECASE).partition("/")[0]
    if found := re.fullmatch(r"\[([^\]]+)\](?::(\d+))?", plain):
        return found[1], found[2] or ""
    if plain.count(":") == 1:
        name, _, port = plain.partition(":")
        return name, port
    return plain, ""
