"""What an experiment changes on the engine's host is there while its block runs, and gone however the lab ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockernet_course.engines import Engine
from dockernet_course.errors import Refused
from dockernet_course.lab import Lab, open_lab
from dockernet_course.lab.changes import change, set_to
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
        there = lab.host.with_rule(RULE, lambda: lab.host(f"iptables -C {RULE}"))
        assert there.ok
        assert lab.host.with_setting(FORWARD, 0, lambda: forwards(lab)) == "0"
        assert rules(lab) == before
        assert forwards(lab) == "1"
    said = capsys.readouterr().out
    assert f"host$ iptables -I {RULE}\nhost$ iptables -D {RULE}\n" in said
    assert f"host$ sysctl -w {FORWARD}=0\nhost$ sysctl -w {FORWARD}=1\n" in said


def test_a_setting_of_several_values(private_engine: Engine) -> None:
    ports = "net.ipv4.ip_local_port_range"
    with open_lab(private_engine, "changes") as lab:
        before = lab.host(f"sysctl -n {ports}").text.split()
        there = lab.host.with_setting(ports, "20000 20010", lambda: lab.host(f"sysctl -n {ports}").text.split())
        assert there == ["20000", "20010"]
        assert lab.host(f"sysctl -n {ports}").text.split() == before


def test_each_family_has_its_own_rules(private_engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with open_lab(private_engine, "changes") as lab:
        both = "iptables -S INPUT; ip6tables -S INPUT"
        before = lab.host(both).text
        there = lab.host.with_rule(RULE, lambda: (lab.host("ip6tables -S").text, rules(lab)), tool="ip6tables")
        assert ["--dport 8080 -j DROP" in text for text in there] == [True, False]
        assert lab.host(both).text == before
    assert f"host$ ip6tables -I {RULE}\nhost$ ip6tables -D {RULE}\n" in capsys.readouterr().out


def test_a_setting_inside_a_container(lab: Lab) -> None:
    """Of the lab's, on whosever engine: the host's own is left alone."""
    web, here = lab.run("web"), forwards(lab)
    there = f"sysctl -n {FORWARD}"
    before = web.sh(there).text
    assert lab.host.can_set(FORWARD, inside=web)
    for value in ("1\n", "0\n"):
        seen = lab.host.with_setting(FORWARD, value.strip(), lambda: (web.sh(there).text, forwards(lab)), inside=web)
        assert seen == (value, here)
        assert web.sh(there).text == before


def test_undone_in_an_error_too(private_engine: Engine) -> None:
    with open_lab(private_engine, "changes") as lab:
        before = rules(lab)
        with pytest.raises(ZeroDivisionError):
            lab.host.with_rule(RULE, lambda: 1 / 0)
        assert rules(lab) == before


def test_undone_by_whoever_cleans(private_engine: Engine) -> None:
    """As after ``kill -9`` in the middle: nobody has left the blocks."""
    with open_lab(private_engine, "changes") as lab:
        before = rules(lab)
        change(lab.host, "a rule", f"iptables -D {RULE}", f"iptables -I {RULE}")
        change(lab.host, "a setting", set_to(FORWARD, 1), set_to(FORWARD, 0))
        assert (rules(lab), forwards(lab)) != (before, "1")
        clean(lab.api, lab.id, private=True)
    with open_lab(private_engine, "after") as after:
        assert rules(after) == before
        assert forwards(after) == "1"


def test_a_rule_that_iptables_does_not_know(private_engine: Engine) -> None:
    with open_lab(private_engine, "changes") as lab:
        with pytest.raises(Refused, match="did not do this: iptables -I NOWHERE"):
            lab.host.with_rule("NOWHERE -j DROP", print)
        lab.host.with_rule(RULE, print)  # and what could not be done is not undone
        assert lab.host("test -s /run/undo").exit_code


def test_the_learners_own_host_is_left_alone(private_engine: Engine) -> None:
    with open_lab(replace(private_engine, kind="own", name=None), "changes") as lab:
        before = rules(lab)
        assert not lab.host.can_set(FORWARD)
        with pytest.raises(Refused, match="would change your own host"):
            lab.host.with_rule(RULE, print)
        assert rules(lab) == before
