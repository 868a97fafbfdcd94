"""What this engine can do: as expected of its generation, found silently, leaving nothing and touching nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dockernet_course import Lab, capabilities, observe, open_lab
from dockernet_course.capabilities import cache, known
from dockernet_course.capabilities.bench import Bench, bench
from dockernet_course.capabilities.probes import PROBES
from dockernet_course.engines import Engine
from dockernet_course.engines.build import cache_files
from dockernet_course.errors import ClaimFailed
from dockernet_course.lab import cleaning
from dockernet_course.lessons import begin
from dockernet_course.observe import difference

# Of somebody who knows better: it keeps bridges apart, and lets through what goes to the host's own addresses.
RULE = "PREROUTING -i br-+ -d {subnet} -m addrtype ! --dst-type LOCAL -j DROP"


@pytest.fixture(autouse=True)
def _nothing_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """As on a machine on which nothing was probed yet; the engines' packs stay where they are."""
    folder = tmp_path_factory.mktemp("kept")
    monkeypatch.setattr(cache_files, "cache_folder", lambda: folder)
    monkeypatch.setattr(cache, "_memory", {})


@pytest.fixture
def private_lab(private_engine: Engine) -> Iterator[Lab]:
    """A lab on a capsule."""
    with open_lab(private_engine, "test") as opened:
        yield opened


def test_it_is_as_expected_of_this_generation(lab: Lab) -> None:
    answers = capabilities(lab).answers()
    assert [answer for answer in answers if answer.differs] == []
    assert [answer for answer in answers if answer.here == ""] == []
    assert [answer.capability.id for answer in answers if answer.unknown_release] == []
    assert len(answers) == len(known())


def test_it_is_silent_and_leaves_nothing(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.run("web")
    lab.create_network("front")
    lab.run("app", network="front")
    observe(lab)
    commands, things, before = lab.commands, set(cleaning.everything(lab.api)), observe(lab)
    capsys.readouterr()
    assert capabilities(lab)["link-variables"].here in (True, False)
    capabilities(lab).answers()
    assert capsys.readouterr() == ("", "")
    assert lab.commands == commands
    assert set(cleaning.everything(lab.api)) == things
    seen = difference(before, observe(lab))
    assert not seen, seen


def test_only_what_is_asked_for_is_made(lab: Lab) -> None:
    with bench(lab) as on:
        assert PROBES["docker0"](on) in (True, False)
        assert PROBES["icc"](on) in (True, False)
        assert on.made == ()
        assert PROBES["link-hosts"](on) is True
        assert len(on.made) == 2
    assert lab.containers() == () and lab.networks() == ()


def test_an_interrupt_leaves_nothing(lab: Lab) -> None:
    with pytest.raises(KeyboardInterrupt), bench(lab) as on:
        assert on.unnamed.name
        raise KeyboardInterrupt
    assert lab.containers() == () and lab.networks() == ()


def test_what_was_found_is_kept_and_not_looked_for_again(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    found = capabilities(lab).answers()
    monkeypatch.setattr(cache, "_memory", {})  # another kernel
    lab.api.delete(f"/containers/{lab.observer.id}", "docker rm -f", query={"force": 1})  # it could not look
    again = capabilities(lab).answers()
    assert again == found


@pytest.mark.kept  # 20.10 leaves the connection to a removed container open
def test_a_probe_that_cannot_be_made_says_why(lab: Lab) -> None:
    lab.api.delete(f"/containers/{lab.observer.id}", "docker rm -f", query={"force": 1})
    caps = capabilities(lab)
    assert caps["docker0"].here == "" and not caps["docker0"].differs
    assert str(caps["docker0"]).startswith("not known here: It cannot be seen any more")
    assert caps["icc"].here is True
    assert caps.deviations == ()


def test_another_run_of_the_engine_is_another_engine(lab: Lab) -> None:
    """The engine makes its default bridge anew when it starts."""
    assert lab.api.inspect_network("bridge")["Id"] in cache.identity(lab)
    assert str(lab.api.info()["ID"]) in cache.identity(lab) and lab.engine.version in cache.identity(lab)


def test_an_engine_that_is_slow_to_send_is_given_time(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first question ends before its packet is sent, as on an emulated machine that has other work."""
    inside = Bench.inside
    monkeypatch.setattr(Bench, "inside", lambda on, who, line: "" if "-m 0.5 " in line else inside(on, who, line))
    assert not capabilities(lab)["isolation"].differs


@pytest.mark.usefixtures("own_progress")
def test_a_known_engine_that_does_something_else_turns_the_check_red(private_engine: Engine) -> None:
    lesson = begin("00-start-here", engine=private_engine)
    try:
        subnet = lesson.lab.api.inspect_network("bridge")["IPAM"]["Config"][0]["Subnet"]
        rule = RULE.format(subnet=subnet)
        assert lesson.lab.host(f"iptables -t raw -I {rule}").ok
        try:
            odd = capabilities(lesson.lab).deviations
        finally:
            assert lesson.lab.host(f"iptables -t raw -D {rule}").ok
        assert [one.capability.id for one in odd] == ["isolation"]
        with pytest.raises(ClaimFailed, match=r"isolation: something else, where .* was expected of"):
            lesson.expect("00.as-expected", not odd, "this engine does what is known of its release", seen=odd)
    finally:
        lesson.close()


@pytest.mark.usefixtures("own_progress")
def test_a_lesson_asks_and_shows(private_engine: Engine) -> None:
    lesson = begin("00-start-here", engine=private_engine)
    try:
        assert lesson.capability("docker0") is True
        rows = repr(lesson.engines("docker0", "icc")).splitlines()
        assert rows[1].split("  ")[0] == "What" and len(rows) == 4
        assert rows[2].startswith("Is there a device docker0?") and " yes " in rows[2]
    finally:
        lesson.close()


def test_on_a_full_engine_the_pieces_cannot_be_made_and_that_is_said(private_lab: Lab) -> None:
    """One network has all addresses that the engine could give to others."""
    pool = private_lab.api.info()["DefaultAddressPools"][1]["Base"]
    private_lab.create_network("all", subnet=pool)
    internal, links = capabilities(private_lab).answers("internal-default-route", "link-hosts")
    assert internal.here == "" and "not known here: " in str(internal) and "pool" in str(internal)
    assert links.here is True
