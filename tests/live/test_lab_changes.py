"""What an experiment changes on the engine's host is there while its block runs, and gone however the lab ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockernet_course.engines import Engine
from dockernet_course.errors import Refused
from dockernet_course.lab import Lab, open_lab
from dockernet_course.lab.cleaning import clean

pytestmark = pytest.mark.live
RULE, FORWARD = "INPUT -p tcp --dport 8080 -j DROP", "net.ipv4.ip_forward"


def rules(lab: Lab) -> str:
    return lab.host("iptables -S").text


def forwards(lab: Lab) -> str:
    return lab.host(f"sysctl -n {FORWARD}").text.strip()


def test_a_rule_and_a_setting_for_a_while(private_engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with open_lab(private_engine, "changes") as lab:
        before = rules(lab)
        with lab.host.rule(RULE), lab.host.setting(FORWARD, 0):
            assert lab.host(f"iptables -C {RULE}").ok
            assert forwards(lab) == "0"
        assert rules(lab) == before
        assert forwards(lab) == "1"
    said = capsys.readouterr().out
    assert f"host$ iptables -I {RULE}\nhost$ sysctl -w {FORWARD}=0\n" in said
    assert f"host$ sysctl -w {FORWARD}=1\nhost$ iptables -D {RULE}\n" in said


def test_undone_in_an_error_too(private_engine: Engine) -> None:
    with open_lab(private_engine, "changes") as lab:
        before = rules(lab)
        with pytest.raises(ZeroDivisionError), lab.host.rule(RULE):
            _ = 1 / 0
        assert rules(lab) == before


def test_undone_by_whoever_cleans(private_engine: Engine) -> None:
    """As after ``kill -9`` in the middle: nobody has left the blocks."""
    with open_lab(private_engine, "changes") as lab:
        before = rules(lab)
        lab.host.rule(RULE).__enter__()
        lab.host.setting(FORWARD, 0).__enter__()
        clean(lab.api, lab.id, private=True)
    with open_lab(private_engine, "after") as after:
        assert rules(after) == before
        assert forwards(after) == "1"


def test_a_rule_that_iptables_does_not_know(private_engine: Engine) -> None:
    with open_lab(private_engine, "changes") as lab:
        with pytest.raises(Refused, match="did not do this: iptables -I NOWHERE"), lab.host.rule("NOWHERE -j DROP"):
            pass
        with lab.host.rule(RULE):  # and what could not be done is not undone
            pass
        assert lab.host("test -s /run/undo").exit_code


def test_the_learners_own_host_is_left_alone(private_engine: Engine) -> None:
    with open_lab(replace(private_engine, kind="own", name=None), "changes") as lab:
        before = rules(lab)
        assert not lab.host.can_set(FORWARD)
        with pytest.raises(Refused, match="would change your own host"), lab.host.rule(RULE):
            pass
        assert rules(lab) == before
