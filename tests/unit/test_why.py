"""A diagnosis in words; its tables speak of mechanisms that there are."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dockernet_course.experiments import Cell, Explanation, Probe, Verdict, failures, reasons
from dockernet_course.experiments.reason import Reason
from dockernet_course.experiments.walk import Rule
from dockernet_course.experiments.why import Diagnosis, Evidence, offer
from dockernet_course.experiments.why.cures import CURES
from dockernet_course.experiments.why.evidence import PROVED, dockers_own
from dockernet_course.lab import Output

OF_A_WALK = {"packet size", "firewall rule", "no neighbour", "no route", "host's route", "name of several"}
OF_A_FILE = {"name server"}
WORDS = {"source", "target", "cut", "route", "owner", "port", "here", "there", "inner", "family", "forwarding"}
WORDS |= {"protocol", "other_protocol", "other_port", "other_inner"}


def mechanisms() -> set[str]:
    tables = (v for module in (reasons, failures) for v in vars(module).values() if isinstance(v, tuple))
    return {reason.mechanism for table in tables for reason in table if isinstance(reason, Reason)}


def test_what_is_proved_and_cured_are_mechanisms_of_the_matrix() -> None:
    assert set(PROVED) <= mechanisms() | OF_A_FILE
    assert set(CURES) <= mechanisms() | OF_A_WALK | OF_A_FILE


def test_cures_speak_of_what_is_known() -> None:
    named = {word for cure in CURES.values() for word in re.findall(r"\{(\w+)\}", cure)}
    assert named <= WORDS


def test_a_cause_is_told_with_its_evidence_and_its_cure() -> None:
    shown = Evidence("ss -Hltn", ("LISTEN 0 64 127.0.0.1:80 0.0.0.0:*",))
    text, cure = "web hears itself.", "Listen elsewhere."
    told = Diagnosis("cli", "web", "at port 80", False, "only itself", text, (shown,), cure)
    assert repr(told).splitlines() == [
        "cli → web, at port 80: they cannot talk.",
        "Why: web hears itself.",
        "$ ss -Hltn",
        "  LISTEN 0 64 127.0.0.1:80 0.0.0.0:*",
        "What to do: Listen elsewhere.",
    ]


def test_what_was_not_proved_is_said_to_be_so() -> None:
    told = Diagnosis("cli", "web", "by address", False, "", "It may be this or that.", ruled_out=("a rule", "a route"))
    assert repr(told).splitlines()[1:] == ["Not proved. It may be this or that.", "Ruled out: a rule, a route."]
    told = Diagnosis("cli", "web", "by name", False, "", "It may be this.", unseen="This walk is not begun.")
    assert repr(told).splitlines()[-1] == "Not seen: This walk is not begun."


def test_what_was_not_measured_is_said_to_be_so() -> None:
    refused = Probe("connect", "cli", "web", Verdict.NOT_MEASURED, Output("curl", "nsenter: …", 125))
    told = Diagnosis("cli", "web", "at port 80", None, "not measured", "Nothing was sent.", probe=refused)
    assert repr(told) == "cli → web, at port 80: not measured.\nWhy: Nothing was sent."
    assert told.exit_status == 2


def test_a_cell_without_a_proved_cause_offers_the_call_that_looks_for_it() -> None:
    probe = Probe("ping", "web", 'd"b', Verdict.TIMEOUT, Output("ping", ""))
    cell = Cell("web", 'd"b', "address", probe)
    assert offer(cell, Explanation("isolation", "It may be.")) == 'why(lab, "web", "d\\"b", "address")'
    assert offer(cell, Explanation("not attached", "It was seen.")) == ""
    assert offer(replace(cell, probe=None), Explanation("no address", "…")) == ""
    assert offer(replace(cell, probe=replace(probe, verdict=Verdict.OK)), Explanation("routed", "…")) == ""


def test_that_they_can_is_no_failure() -> None:
    told = Diagnosis("cli", "web", "by name", True, "Docker's DNS", "Both are in front.")
    assert repr(told) == "cli → web, by name: they can talk.\nWhy: Both are in front."


@pytest.mark.parametrize(
    ("table", "chain", "text", "its"),
    [
        ("filter", "DOCKER-ISOLATION-STAGE-2", "-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP", True),
        ("filter", "DOCKER", "-A DOCKER ! -i docker0 -o docker0 -j DROP", True),
        ("raw", "PREROUTING", "-A PREROUTING -d 172.18.0.2/32 ! -i br-1 -j DROP", True),
        ("ip docker-bridges", "filter-forward-in__docker0", "drop", True),
        ("filter", "DOCKER-USER", "-A DOCKER-USER -i eth0 -j DROP", False),
        ("filter", "FORWARD", "policy drop", False),
        ("raw", "PREROUTING", "-A PREROUTING -p icmp -j DROP", False),
    ],
)
def test_whose_rule_it_is(table: str, chain: str, text: str, its: bool) -> None:
    assert dockers_own(Rule("host", table, chain, text, "drop")) is its


def test_without_a_rule_it_is_nobodys() -> None:
    assert not dockers_own(None)
