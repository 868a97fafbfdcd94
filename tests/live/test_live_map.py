"""The map that lives, on a live engine: it follows the lab and the terminal, and ends with the lab."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from dockernet_course.engines import Engine
from dockernet_course.errors import LabError, ObserveError
from dockernet_course.lab import Lab, cleaning, open_lab
from dockernet_course.lessons.living import CLOSED, REPLACED, LiveMap, live_map
from dockernet_course.lessons.talking import TalkAnswer
from dockernet_course.lessons.workshop import Workshop
from dockernet_course.observe import observe
from tests.live import labs
from tests.pages import tell
from tests.waiting import eventually

pytestmark = [pytest.mark.live, pytest.mark.once]


@pytest.fixture
def own_lab(private_engine: Engine) -> Iterator[Lab]:
    """A lab in a capsule."""
    with open_lab(private_engine, "map") as opened:
        yield opened


def following(lab: Lab) -> LiveMap:
    found = LiveMap(lab, "What is there?")
    found.follow()
    return found


def rows(found: LiveMap) -> dict[str, str]:
    """The containers and bridges' networks in the table, with their marks."""
    return {row[1]: row[3] for row in found.view.rows if row[0] in {"container", "bridge"}}


def attached(found: LiveMap, name: str) -> bool:
    """Whether the container has an interface beside ``lo``."""
    return any(row[1].startswith("eth0") and row[1].endswith(f" of {name}") for row in found.view.rows)


def watchers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(("lab-events", "lab-watch"))]


def test_it_follows_what_the_lab_makes(own_lab: Lab) -> None:
    own_lab.run("old")
    found = following(own_lab)
    assert rows(found)["old"] == ""
    own_lab.run("web")
    assert eventually(lambda: rows(found).get("web") == "+ new")
    own_lab.remove("old")
    assert eventually(lambda: rows(found).get("old") == "− gone")


def test_it_follows_what_is_typed_in_the_terminal(private_engine: Engine, own_lab: Lab) -> None:
    assert private_engine.name
    found = following(own_lab)
    labs.docker(private_engine.name, "network", "create", "-o", "com.docker.network.bridge.name=typed0", "typed")
    assert eventually(lambda: rows(found).get("typed0") == "+ new")
    labs.docker(
        private_engine.name, "run", "-d", "--name", "cli", "--network", "typed", "dockernet-lab:1", "sleep", "99"
    )
    assert eventually(lambda: rows(found).get("cli") == "+ new" and attached(found, "cli"))
    labs.docker(private_engine.name, "network", "disconnect", "typed", "cli")
    assert eventually(lambda: not attached(found, "cli"))
    labs.docker(private_engine.name, "rm", "-f", "cli")
    labs.docker(private_engine.name, "network", "rm", "typed")
    assert eventually(lambda: not {"cli", "typed0"} & set(rows(found)))


def test_marking_makes_what_is_there_known(own_lab: Lab) -> None:
    found = following(own_lab)
    own_lab.run("web")
    assert eventually(lambda: rows(found).get("web") == "+ new" and attached(found, "web"))
    tell(found.widget, "mark")
    assert rows(found)["web"] == "" and found.view.news == ""
    own_lab.run("db")
    assert eventually(lambda: rows(found).get("db") == "+ new")
    assert rows(found)["web"] == ""


def test_it_is_followed_once_somebody_sees_it(own_lab: Lab) -> None:
    found = LiveMap(own_lab, "What is there?")
    own_lab.run("web")
    assert watchers() == [] and "web" not in rows(found)
    tell(found.widget, "look")
    assert rows(found)["web"] == "" and found.widget.status.startswith("Live.")
    tell(found.widget, "look")  # another view of it
    assert len(watchers()) == 2
    own_lab.run("db")
    assert eventually(lambda: rows(found).get("db") == "+ new")


def test_a_cell_that_runs_again_leaves_no_second_map_at_work(own_lab: Lab) -> None:
    first, second = following(own_lab), following(own_lab)
    assert len(watchers()) == 2
    assert first.widget.status == REPLACED and first.widget.ended
    own_lab.run("web")
    assert eventually(lambda: rows(second).get("web") == "+ new")
    assert "web" not in rows(first)


def test_who_sees_it_after_the_end_is_told(private_engine: Engine) -> None:
    with open_lab(private_engine, "map") as lab:
        found = LiveMap(lab, "What is there?")
    tell(found.widget, "look")
    assert found.widget.status == "Not live. This lab is closed. Begin the chapter again."
    assert found.widget.ended and watchers() == []


def test_the_start_of_an_exercise_counts_as_known(own_lab: Lab) -> None:
    found = following(own_lab)
    own_lab.run("mine")
    Workshop(own_lab).begin("02.cable")
    assert eventually(lambda: "mine" not in rows(found) and set(rows(found).values()) == {""})
    start = set(rows(found))
    own_lab.run("late")
    assert eventually(lambda: rows(found).get("late") == "+ new")
    assert {name for name, mark in rows(found).items() if not mark} == start


def test_looking_is_no_event(own_lab: Lab) -> None:
    looks: list[object] = []
    own_lab.observer  # noqa: B018 (its own start is one)
    own_lab.watch(lambda: looks.append(own_lab.observer.exec(["true"])), lambda: None)
    assert eventually(lambda: len(looks) >= 1)
    threading.Event().wait(1.0)
    assert len(looks) <= 3  # the first one, and what happened just before


def test_two_on_it_can_be_asked_whether_they_talk_and_why(own_lab: Lab) -> None:
    for name in ("front", "back"):
        own_lab.create_network(name)
    own_lab.run("web", network="front")
    own_lab.run("db", network="front")
    own_lab.run("far", network="back")
    talking = following(own_lab).talking
    assert set(talking.widget.targets) == {"db", "far", "web", "outside"}
    assert {answer.verdict for answer in talking.ask("web", "db")} == {"ok"}
    named, *others = talking.ask("web", "far")
    assert (named.verdict, {answer.verdict for answer in others}) == ("name not found", {"timeout"})
    assert all(answer.open for answer in (named, *others))
    assert all(answer.ok for answer in talking.ask("web", "outside"))


def test_those_who_cannot_talk_are_told_the_cause_with_what_proves_it_and_the_cure(own_lab: Lab) -> None:
    for name in ("front", "back"):
        own_lab.create_network(name)
    own_lab.run("web", network="front")
    own_lab.run("deaf", network="front", env={"SERVE_ADDRESS": "127.0.0.1"})
    own_lab.run("far", network="back")
    widget = following(own_lab).talking.widget
    tell(widget, "ask", source="web", target="deaf")
    widget.wait()
    assert [verdict for _, verdict, _ in widget.said["rows"]] == ["✔ ok", "✔ ok", "✗ refused"]
    ((ways, shown, cure),) = widget.said["proofs"]
    assert ways == "at the service's port" and "$ nsenter" in shown and "127.0.0.1:80" in shown
    assert cure.startswith("Let the server listen at") and "its own loopback address only" in widget.said["rows"][2][2]
    tell(widget, "ask", source="web", target="far")
    widget.wait()
    proofs = {ways: shown for ways, shown, _ in widget.said["proofs"]}
    assert "getent ahosts far" in proofs.pop("by name")
    assert list(proofs) == ["by address, at the service's port"] and "DOCKER-ISOLATION" in "".join(proofs.values())
    own_lab.remove("far")
    gone = TalkAnswer("by name", False, "timeout", "", "name")
    with pytest.raises(ObserveError, match="no longer there"):
        following(own_lab).talking.ask("web", "far")
    assert following(own_lab).talking.why("web", "far", gone).why == "Why was not found. far is no longer there."


def test_a_packet_between_two_on_it_is_followed(own_lab: Lab) -> None:
    own_lab.run("web")
    own_lab.run("db")
    widget = following(own_lab).talking.widget
    tell(widget, "walk", source="web", target="db", how="address")
    widget.wait()
    assert "db receives it at eth0" in repr(widget.way) and widget.said == {}
    own_lab.remove("db")
    tell(widget, "walk", source="web", target="db", how="address")  # somebody still looks at an old list
    widget.wait()
    assert widget.said["wrong"][0] == "db is no longer there." and widget.ready


def test_its_threads_end_with_the_lab(private_engine: Engine) -> None:
    with open_lab(private_engine, "map") as lab:
        found = following(lab)
        lab.run("web")
        assert eventually(lambda: "web" in rows(found))
        assert len(watchers()) == 2
    assert watchers() == []
    assert found.widget.status == CLOSED and found.widget.ended
    assert not found.talking.widget.ready
    assert "web" in rows(found)  # the last state, not what closing made of it


def test_nothing_begins_in_a_lab_that_closes(private_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that a walk makes now would stay on the host."""
    refused: list[str] = []

    def clean(*arguments: Any, **named: Any) -> tuple[str, ...]:
        with pytest.raises(LabError) as caught:
            observe(lab)
        refused.append(caught.value.what)
        return done(*arguments, **named)

    done = cleaning.clean
    with open_lab(private_engine, "map") as lab:
        monkeypatch.setattr(cleaning, "clean", clean)
    assert refused == ["This lab is closing."]


def test_its_threads_end_when_another_lab_takes_the_place(private_engine: Engine) -> None:
    with open_lab(private_engine, "map") as lab:
        found = following(lab)
        with open_lab(private_engine, "other"):
            assert watchers() == []
            assert found.widget.status == CLOSED


def test_a_cell_that_nobody_looks_at_goes_on(own_lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    own_lab.run("web")
    live_map(own_lab, title="What is there?")
    assert 'Container "web" has its own network namespace' in capsys.readouterr().out


def test_a_closed_lab_has_no_map(private_engine: Engine) -> None:
    with open_lab(private_engine, "map") as lab:
        pass
    with pytest.raises(LabError):
        live_map(lab, title="What is there?")
