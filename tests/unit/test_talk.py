"""Choosing two and asking: the widget as an object, with functions of the test's own in place of a lab."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest

from dockernet_course.errors import ObserveError
from dockernet_course.figures import WalkView, walk_view
from dockernet_course.widgets import Talk
from tests.pages import tell
from tests.unit.walking import walked

COLOURS = {"light": {"ink": "#000"}, "dark": {"ink": "#fff"}}


@dataclass(frozen=True)
class Answer:
    way: str
    ok: bool
    verdict: str
    why: str
    shown: str = ""
    cure: str = ""

    @property
    def open(self) -> bool:
        return not self.ok and not self.why


def view() -> WalkView:
    return walk_view(walked("trixie", "ping"), title="Which way?")


def ask(source: str, target: str) -> Sequence[Answer]:
    return [
        Answer("by name", True, "ok", f"{source} knows <{target}>."),
        Answer("by address", False, "timeout", ""),
        Answer("at port 80", False, "timeout", ""),
    ]


def found(source: str, target: str, answer: Answer) -> Answer:
    return replace(answer, why=f"A rule drops it {answer.way}.", shown="$ iptables -S\n  -j <DROP>", cure="Change it.")


def talk(
    on_ask: Callable[[str, str], Sequence[Answer]] = ask,
    walks: list[tuple[str, ...]] | None = None,
    on_why: Callable[[str, str, Answer], Answer] = found,
) -> Talk:
    def walk(*how: str) -> WalkView:
        (walks if walks is not None else []).append(how)
        return view()

    made = Talk(["address", "name"], on_ask, on_why, walk, COLOURS)
    made.offer(["db", "web", "host"], ["db", "web"])
    return made


def press(made: Talk, what: str) -> None:
    """As the page says it: with who is chosen there."""
    tell(made, what, source=made.source, target=made.target, how=made.how)


def test_two_different_ones_are_chosen_at_first() -> None:
    made = talk()
    assert (made.source, made.target) == ("db", "web")
    assert made.ready


def test_who_was_chosen_stays_chosen_while_others_come_and_go() -> None:
    made = talk()
    made.source, made.target = "web", "db"
    made.offer(["api", "db", "web", "host"], ["api", "db", "web"])
    assert (made.source, made.target) == ("web", "db")
    made.offer(["api", "web", "host"], ["api", "web"])
    assert (made.source, made.target) == ("web", "api")
    made.offer(["host"], [])
    assert (made.source, made.target) == ("host", "")
    assert not made.ready


def test_the_answers_are_told_with_their_reasons_as_text() -> None:
    made = talk()
    press(made, "ask")
    made.wait()
    assert made.said == {
        "words": "db → web:",
        "rows": [
            ("by name", "✔ ok", "db knows <web>."),
            ("by address", "✗ timeout", "A rule drops it by address."),
            ("at port 80", "✗ timeout", "A rule drops it at port 80."),
        ],
        "proofs": [("by address, at port 80", "$ iptables -S\n  -j <DROP>", "Change it.")],
    }


def test_while_a_reason_is_looked_for_what_is_known_is_shown() -> None:
    seen: list[tuple[str, list[str]]] = []

    def looked(source: str, target: str, answer: Answer) -> Answer:
        seen.append((made.said["words"], [why for _, _, why in made.said["rows"]]))
        return found(source, target, answer)

    made = talk(on_why=looked)
    press(made, "ask")
    made.wait()
    assert seen == [
        ("db → web: looking why not by address …", ["db knows <web>.", "", ""]),
        ("db → web: looking why not at port 80 …", ["db knows <web>.", "A rule drops it by address.", ""]),
    ]


def test_one_thing_at_a_time_and_the_buttons_keep_the_focus() -> None:
    go, asked = threading.Event(), list[str]()

    def slow(source: str, target: str) -> Sequence[Answer]:
        asked.append(source)
        assert go.wait(10)
        return ask(source, target)

    made = talk(slow)
    press(made, "ask")
    press(made, "ask")
    press(made, "walk")
    assert made.said == {"words": "Asking …"} and made.ready
    go.set()
    made.wait()
    assert len(asked) == 1
    press(made, "ask")
    made.wait()
    assert len(asked) == 2


@pytest.mark.parametrize(
    "error", [ObserveError("web <b> is gone.", cure="Choose again."), ValueError("web <b> is odd")]
)
def test_what_goes_wrong_is_told_where_the_answer_would_be(error: Exception) -> None:
    def broken(source: str, target: str) -> Sequence[Answer]:
        raise error

    made = talk(broken)
    press(made, "ask")
    made.wait()
    assert set(made.said) == {"wrong"} and "web <b>" in made.said["wrong"][0]
    assert made.ready


def test_a_walk_is_drawn_below_and_before_it_there_is_nothing() -> None:
    walks: list[tuple[str, ...]] = []
    made = talk(walks=walks)
    assert made.way.data == "" and repr(made.way) == "Nothing to see yet."
    press(made, "walk")
    made.wait()
    assert made.way.data == view().json and made.said == {}
    press(made, "walk")
    made.wait()
    assert walks == [("db", "web", "address")] * 2


def test_at_the_end_nothing_can_be_asked_any_more() -> None:
    made = talk()
    made.end()
    made.offer(["api", "web"], ["api", "web"])
    press(made, "ask")
    assert made.ended and not made.ready and made.said == {}
