"""A world that is not as the text says turns a check red, and the message says which claim does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.notebooks.books import broken_run

FIRST, WEB, BOTH = 'hello = lab.run("hello")', 'web = lab.run("web")', "both = observe(lab)"
ELSEWHERE = 'web.remove(); lab.create_network("side"); web = lab.run("web", network="side")'


@dataclass(frozen=True)
class Mutation:
    """After the cell of the chapter that holds ``after``, ``code`` breaks the world; the check ``cid`` must see it."""

    chapter: str
    after: str
    code: str
    cid: str


MUTATIONS = {
    "hello has no network of its own": Mutation(
        "00", FIRST, 'hello.remove(); hello = lab.run("hello", network="host")', "00.inside"
    ),
    "hello is on another bridge": Mutation(
        "00", FIRST, 'hello.remove(); lab.create_network("side"); hello = lab.run("hello", network="side")', "00.map"
    ),
    "docker0 is switched off": Mutation("01", "lesson = begin(", 'lab.host("ip link set docker0 down")', "01.empty"),
    "web is on another network": Mutation("01", WEB, f"{ELSEWHERE}; after = observe(lab)", "01.default"),
    "web has been killed": Mutation("01", WEB, "web.kill(); after = observe(lab)", "01.carrier"),
    "the film is of another network": Mutation(
        "02", "film = record(", 'db = lab.container("db"); lab.connect(lab.create_network("side"), db)', "02.isolated"
    ),
    "the second container is on another network": Mutation("02", BOTH, f"{ELSEWHERE}; both = observe(lab)", "02.ports"),
    "a cable has been pulled": Mutation(
        "02", BOTH, "lab.host(f\"ip link set {both.peer(db, 'eth0').name} nomaster\"); both = observe(lab)", "02.ports"
    ),
    "the peer has been stopped": Mutation("02", 'lesson.expect("02.stp"', "db.stop(0)", "02.talk"),
    "somebody has told web the name": Mutation(
        "02",
        'lesson.predict("02.by-name")',
        'web.sh(["sh", "-c", f"echo {address} {name} >> /etc/hosts"])',
        "02.no-name",
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
@pytest.mark.usefixtures("own_capsule")
def test_the_check_goes_red(name: str, tmp_path: Path) -> None:
    mutation = MUTATIONS[name]
    result = broken_run(mutation.chapter, tmp_path, {mutation.after: mutation.code})
    assert f"ClaimFailed: [{mutation.cid}] This does not hold on this engine: " in result.failure, result.failure
    assert f'"{mutation.cid}"' in result.failure.partition("ClaimFailed")[0], "the failing cell is quoted"
    assert result.passed < result.checks


def test_something_is_broken_in_each_chapter() -> None:
    chapters = [mutation.chapter for mutation in MUTATIONS.values()]
    assert all(chapters.count(number) >= 2 for number in ("00", "01", "02"))
