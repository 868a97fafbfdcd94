"""What engines differ in: the table and its sources, what an answer says, what is kept, the firewall's texts."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from dockernet_course.capabilities import Answered, Capability, Expectation, Finding, cache, known
from dockernet_course.capabilities.firewall import backend, dropped_by, tool
from dockernet_course.capabilities.model import Here, capability, foundation, release
from dockernet_course.capabilities.probes import PROBES, answered
from dockernet_course.errors import LessonError, ObserveError
from dockernet_course.experiments.firewall import Counted, FirewallRule
from dockernet_course.lessons.differences import engines_table

TEXTS_DEPEND_ON = (
    *("default-bridge-names", "embedded-dns", "link-variables", "link-hosts", "internal-default-route"),
    *("internal-host-reachable", "processes-apart", "ipv6-default", "ipv6-networks", "macvlan", "ipvlan", "firewall"),
    *("firewall-backend", "isolation", "mac-from-address", "joiner-networks-empty", "userland-proxy", "icc"),
    *("generated-names", "top-level-address", "sibling-via-host", "docker0", "default-bridge", "firewall-rules"),
    *("docker-user", "sibling-by-proxy", "host-mode", "ipv6-published", "masquerade", "container-logs"),
)
OF_THE_MACHINE = (
    *("macvlan", "ipvlan", "firewall", "firewall-backend", "icc", "userland-proxy", "docker0", "default-bridge"),
    *("firewall-rules", "host-mode", "ipv6-published", "masquerade", "container-logs"),
)
LINKS = Capability(
    "links",
    "Are there links?",
    "yes up to 28; no since 29",
    "KEEP_LINKS",
    (Expectation(True, (20, 10), (29, 0), "notes 20"), Expectation(False, (29, 0), (30, 0), "notes 29")),
)
ROUTES = Capability("routes", "Is there a route?", "yes", "", (Expectation(True, (20, 10), (30, 0), "notes"),))
every_one = pytest.mark.parametrize("one", known().values(), ids=lambda one: one.id)


def answer(
    here: Here, version: str = "26.1.5+dfsg1", *, of: Capability = LINKS, private: bool = True, why: str = ""
) -> Answered:
    return Answered(of, Finding(here, why), version, private)


def test_what_the_texts_depend_on_is_in_the_table() -> None:
    assert set(TEXTS_DEPEND_ON) <= set(known())


def test_each_question_has_a_probe_and_each_probe_a_question() -> None:
    assert set(known()) == set(PROBES)
    assert all(probe.__doc__ for probe in PROBES.values())


@every_one
def test_a_question_is_asked_in_plain_text(one: Capability) -> None:
    assert one.question.endswith("?") and one.others
    assert not {"`", "*", "\n"} & set(one.question + one.others)


def test_no_question_needs_the_one_before_it() -> None:
    assert len({one.question for one in known().values()}) == len(known())
    assert not [one.id for one in known().values() if " it?" in one.question or " them?" in one.question]


@every_one
def test_what_is_known_has_a_source_and_no_release_is_told_twice(one: Capability) -> None:
    assert all(expectation.source for expectation in one.expectations)
    assert all(expectation.since < expectation.before for expectation in one.expectations)
    for given in (row.given for row in one.expectations):
        rows = [row for row in one.expectations if row.given == given]
        assert all(earlier.before <= later.since for earlier, later in pairwise(rows))


@every_one
def test_a_row_about_some_engines_stands_before_the_row_about_the_others(one: Capability) -> None:
    conditional = [bool(row.given) for row in one.expectations]
    assert conditional == sorted(conditional, reverse=True)
    assert set(one.concerns) <= set(known())


@every_one
def test_a_question_rests_on_others_that_are_there_and_can_be_missing(one: Capability) -> None:
    *below, last = foundation(one.id)
    assert last == one.id
    assert all(known()[cid].without for cid in below)


@pytest.mark.parametrize(
    ("cid", "version", "firewall", "found"),
    [
        ("isolation", "29.7.2", "nftables", "ip docker-bridges: raw-PREROUTING"),
        ("isolation", "29.7.2", "iptables", "raw: PREROUTING"),
        ("isolation", "26.1.5", "iptables", "filter: DOCKER-ISOLATION-STAGE-2"),
        ("docker-user", "29.7.2", "nftables", False),
        ("docker-user", "29.7.2", "iptables", True),
        ("docker-user", "20.10.24", "iptables", True),
    ],
)
def test_what_is_known_depends_on_the_backend(cid: str, version: str, firewall: str, found: Here) -> None:
    one = Answered(known()[cid], Finding(found), version, True, {"firewall": firewall})
    assert one.expected is not None and one.expected.found == found and not one.differs


@every_one
def test_a_generation_that_is_tested_is_told_in_all_or_in_nothing(one: Capability) -> None:
    told = [one.expected(version) is not None for version in ((20, 10), (26, 1), (28, 5))]
    assert told == [bool(one.expectations)] * 3


def test_of_what_depends_on_the_machine_nothing_is_expected() -> None:
    assert [cid for cid in OF_THE_MACHINE if known()[cid].expectations] == []


def test_an_unknown_id_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(LessonError, match=r"no capability 'linkvariables'\.\nThere is: default-b"):
        capability("linkvariables")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("26.1.5+dfsg1", (26, 1)),
        ("20.10.24", (20, 10)),
        ("29.0.0-rc.1", (29, 0)),
        ("v28", (28, 0)),
        ("dev", (0, 0)),
    ],
)
def test_the_release_of_a_version(text: str, version: tuple[int, int]) -> None:
    assert release(text) == version


def test_as_expected() -> None:
    assert [str(answer(True)), str(answer(False, "29.1.0"))] == ["yes", "no"]
    assert not answer(True).differs and not answer(False, "29.1.0").differs


def test_a_known_release_that_does_something_else_differs() -> None:
    assert answer(False).differs and answer(True, "29.0.2").differs
    assert str(answer(False)) == "no, where yes was expected of 26.1.5+dfsg1"


def test_what_an_owner_may_set_differs_only_where_nobody_has() -> None:
    assert not answer(False, private=False).differs
    assert str(answer(False, private=False)) == "no, as this engine is set up (KEEP_LINKS)"
    assert answer(False, of=ROUTES, private=False).differs


def test_a_newer_release_is_a_warning_and_never_differs() -> None:
    newer = answer(True, "31.0.0")
    assert newer.unknown_release and not newer.differs
    assert str(newer) == "yes (nothing was known of 31.0.0)"


def test_what_cannot_be_known_says_why_and_never_differs() -> None:
    unknown = answer("", why="The pools are full.")
    assert not unknown.differs and not unknown.here
    assert str(unknown) == "not known here: The pools are full."


def test_where_nothing_is_expected_there_is_only_the_finding() -> None:
    free = answer("legacy", of=known()["firewall-backend"])
    assert str(free) == "legacy" and not free.differs and not free.unknown_release


def test_the_table() -> None:
    assert repr(engines_table([answer(True), answer(False, of=ROUTES)])).splitlines() == [
        "Engines differ",
        "What               On this engine                              On others",
        "Are there links?   yes                                         yes up to 28; no since 29",
        "Is there a route?  no, where yes was expected of 26.1.5+dfsg1  yes",
    ]


def test_a_long_table_opens_on_a_click() -> None:
    few, many = (engines_table([answer(True)] * n)._repr_html_() for n in (6, 7))
    assert few.startswith("<table>")
    assert many.startswith("<details><summary>Engines differ: 7 questions, and what this one does</summary><table>")


# What is kept -----------------------------------------------------------------------------------------------------


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where it is kept; this process has forgotten everything."""
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "_memory", {})
    return tmp_path / "capabilities.json"


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_memory", {})


@pytest.mark.usefixtures("file")
def test_the_next_process_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.keep("one", {"a": Finding(True), "b": Finding("legacy")})
    cache.keep("one", {"c": Finding(False)})
    forget(monkeypatch)
    assert cache.recall("one") == {"a": Finding(True), "b": Finding("legacy"), "c": Finding(False)}
    assert cache.recall("another") == {}


@pytest.mark.usefixtures("file")
def test_what_could_not_be_found_or_surprises_is_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.keep("one", {"a": Finding("", "no room"), "b": Finding(True), "c": Finding(False)}, ["b"])
    assert cache.recall("one")["a"].why == "no room"
    forget(monkeypatch)
    assert cache.recall("one") == {"c": Finding(False)}


def test_the_last_engines_are_remembered(file: Path) -> None:
    for number in range(70):
        cache.keep(str(number), {"a": Finding(True)})
    assert list(json.loads(file.read_text())) == [str(number) for number in range(6, 70)]


def test_many_kernels_that_write_at_once_lose_nothing(file: Path) -> None:
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: cache.keep(str(number), {"a": Finding(True)}), range(40)))
    assert json.loads(file.read_text()) == {str(number): {"a": True} for number in range(40)}
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"one": 3}', '"x"', '{"one": [1]}'])
def test_a_damaged_file_is_no_file(file: Path, text: str) -> None:
    file.write_text(text)
    assert cache.recall("one") == {}
    cache.keep("one", {"a": Finding(True)})
    assert json.loads(file.read_text()) == {"one": {"a": True}}


def test_where_nothing_can_be_written_nothing_is_kept(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_folder = file.parent / "file"
    no_folder.touch()
    monkeypatch.setenv("DOCKERNET_CACHE", str(no_folder))
    cache.keep("one", {"a": Finding(True)})
    assert cache.recall("one") == {"a": Finding(True)}
    forget(monkeypatch)
    assert cache.recall("one") == {}
    assert list(file.parent.iterdir()) == [no_folder]


# The firewall: its texts are those of test_experiments_firewall.py ---------------------------------------------------

SAVED = """\
*raw
:PREROUTING ACCEPT [9:540]
[3:60] -A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP
COMMIT
*filter
:DOCKER-USER - [0:0]
[7:420] -A DOCKER-USER -j RETURN
COMMIT
"""
LISTED = """\
table ip docker-bridges {
	chain raw-PREROUTING {
		ip daddr 172.17.0.2 iifname != "docker0" counter packets 0 bytes 0 drop comment "DROP DIRECT ACCESS"
	}
}
"""
OTHERS = "*filter\n:INPUT ACCEPT [0:0]\n[1:60] -A INPUT -j ACCEPT\nCOMMIT\n"
LEGACY = "# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n"


def text(saved: str = "", listed: str = "") -> str:
    return f"{saved}%nft\n{listed}"


SAID = (  # what host(1) prints, and what that is
    ("Host nobody not found: 3(NXDOMAIN)", False),
    ("Host nobody not found: 2(SERVFAIL)", False),
    (";; communications error to 127.0.0.11#53: connection refused\n;; no servers could be reached", False),
    (";; communications error to 127.0.0.11#53: timed out\n;; no servers could be reached", None),
    ("Killed", None),
    ("", None),
    ("nobody has address 192.0.2.7", True),
)


@pytest.mark.parametrize(("asked", "answer"), SAID)
def test_silence_is_not_taken_for_a_no(asked: str, answer: bool | None) -> None:
    assert answered("nobody", "192.0.2.8\tsomebody\n", asked) is answer
    assert answered("nobody", "192.0.2.8\tsomebody nobody\n", asked) is True


@pytest.mark.parametrize(
    ("read", "names"),
    [
        (text(SAVED), ("iptables", "nf_tables")),
        (text(LEGACY + SAVED), ("iptables", "nf_tables")),
        (text(listed=LISTED), ("nftables", "nf_tables")),
        (text(LEGACY), ("iptables", "legacy")),
        (text(f"{LEGACY}%legacy\n{SAVED}"), ("iptables", "legacy")),
        (text(f"{LEGACY}%legacy\n{OTHERS}"), ("none", "none")),
        (text(f"{LEGACY}{SAVED}%legacy\n{OTHERS}"), ("iptables", "nf_tables")),
        (text(OTHERS), ("none", "none")),
        (text(), ("none", "none")),
    ],
)
def test_who_wrote_the_rules_and_who_keeps_them(read: str, names: tuple[str, str]) -> None:
    assert (tool(read), backend(read)) == names


def drop(table: str, chain: str, rule: str) -> FirewallRule:
    return FirewallRule(table, chain, f"-A {chain} {rule} -j DROP", 1, "DROP")


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        (drop("raw", "PREROUTING", "-d 172.17.0.2/32 ! -i docker0"), "raw: PREROUTING"),
        (drop("filter", "DOCKER-ISOLATION-STAGE-2", "-o docker0"), "filter: DOCKER-ISOLATION-STAGE-2"),
        (drop("filter", "DOCKER-ISOLATION-STAGE-2", "-o br-0123456789ab"), "something else"),
        (drop("ip docker-bridges", "filter-forward-in__docker0", "docker0"), "ip docker-bridges: filter-forward-in"),
        (FirewallRule("filter", "FORWARD", "-A FORWARD -i docker0 -j ACCEPT", 1, "ACCEPT"), "something else"),
    ],
)
def test_which_rule_dropped(rule: FirewallRule, where: str) -> None:
    assert dropped_by(Counted((rule,)), "172.17.0.2", "docker0") == where


def test_rules_that_cannot_be_read_are_no_answer() -> None:
    with pytest.raises(ObserveError, match="cannot be seen which rule"):
        dropped_by(Counted((), "the rules are elsewhere"), "docker0")
