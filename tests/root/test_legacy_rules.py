"""An engine whose own rules are in the tables of iptables-legacy, as on hosts that have kept them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dockernet_course.capabilities.firewall import backend, tool
from dockernet_course.course import notebooks, run_chapter
from dockernet_course.engines import find_engine
from dockernet_course.experiments.firewall import counted, read
from dockernet_course.experiments.walk import walk
from dockernet_course.lab import Lab, open_lab
from dockernet_course.observe import observe
from tests.live.capsules import SUITES
from tests.root.plain import Plain, plain_engine

pytestmark = pytest.mark.root
CHAPTER = "08-container-to-container"


@pytest.fixture(scope="module", params=SUITES)
def plain(request: pytest.FixtureRequest) -> Iterator[Plain]:
    with plain_engine(request.param, "xtables-legacy-multi") as started:
        yield started


@pytest.fixture
def lab(plain: Plain) -> Iterator[Lab]:
    """Two networks, and one container in each."""
    with open_lab(find_engine(f"unix://{plain.socket}")) as lab:
        for name, network in (("web", "front"), ("db", "back")):
            lab.create_network(network)
            lab.run(name, network=network)
        yield lab


def test_the_rule_that_keeps_two_bridges_apart_is_named(lab: Lab) -> None:
    seen = walk(lab, lab.container("web"), lab.container("db"))
    rule, back = seen.verdict.rule, observe(lab).network("back").bridge
    assert rule and (rule.evidence, rule.counted, rule.chain) == ("counters", 1, "DOCKER-ISOLATION-STAGE-2"), seen
    assert rule.text == f"-A DOCKER-ISOLATION-STAGE-2 -o {back} -j DROP"
    address = lab.container("db").address()
    rules = counted(lab, lambda: lab.container("web").sh(f"ping -c 1 -W 1 {address}"))
    assert [(drop.tool, drop.text) for drop in rules.drops] == [("iptables-legacy", rule.text)]


def test_who_wrote_the_rules_and_where_they_are(lab: Lab) -> None:
    assert (tool(read(lab)), backend(read(lab))) == ("iptables", "legacy")


@pytest.mark.sampled(0)  # on one generation; tests/live has the rules of both
def test_the_chapter_shows_it(plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKERNET_DATA", str(tmp_path / "data"))
    (source,) = notebooks([CHAPTER])
    result = run_chapter(source, tmp_path, engine=f"unix://{plain.socket}")
    assert not result.failure, result.failure
    assert "✓ a rule about the bridge of back dropped it" in result.notebook.read_text()
