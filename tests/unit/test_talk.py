"""Choosing two and asking: the widget as an object, with functions of the test's own in place of a lab."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from dockernet_course.errors import ObserveError
from dockernet_course.figures import WalkView, walk_view
from dockernet_course.widgets import Talk
from tests.unit.walking import walked

COLOURS = {"light": {"ink": "#000"}, "dark": {"ink": "#fff"}}


@dataclass(frozen=True)
class Answer:
    way: str
    ok: bool
    verdict: str
    why: str


def view() -> WalkView:
    return walk_view(walked("trixie", "ping"), title="Which way?")


def ask(source: str, target: str) -> Sequence[Answer]:
    return [Answer("by name", True, "ok", f"{source} knows <{target}>."), Answer("by address", False, "timeout", "")]


def talk(on_ask: Callable[[str, str], Sequence[Answer]] = ask, walks: list[tuple[str, ...]] | None = None) -> Talk:
    def walk(*how: str) -> WalkView:
        (walks if walks is not None else []).append(how)
        return view()

    made = Talk(["address", "name"], on_ask, walk, COLOURS)
    made.offer(["db", "web", "host"], ["db", "web"])
    return made


def test_two_different_ones_are_chosen_at_first() -> None:
    made = talk()
    assert (made.source.value, made.target.value) == ("db", "web")
    assert not made.ask.disabled and not made.walk.disabled


def test_who_was_chosen_stays_chosen_while_others_come_and_go() -> None:
    made = talk()
    made.source.value, made.target.value = "web", "db"
    made.offer(["api", "db", "web", "host"], ["api", "db", "web"])
    assert (made.source.value, made.target.value) == ("web", "db")
    made.offer(["api", "web", "host"], ["api", "web"])
    assert (made.source.value, made.target.value) == ("web", "api")
    made.offer(["host"], [])
    assert (made.source.value, made.target.value) == ("host", None)
    assert made.ask.disabled and made.walk.disabled


def test_the_answers_are_told_with_their_reasons_as_text() -> None:
    made = talk()
    made.ask.click()
    made.wait()
    said = made.said.value
    assert "✔ ok" in said and "✗ timeout" in said
    assert "db knows &lt;web&gt;." in said and "<web>" not in said


def test_one_thing_at_a_time_and_the_buttons_keep_the_focus() -> None:
    go, asked = threading.Event(), list[str]()

    def slow(source: str, target: str) -> Sequence[Answer]:
        asked.append(source)
        assert go.wait(10)
        return ask(source, target)

    made = talk(slow)
    made.ask.click()
    made.ask.click()
    made.walk.click()
    assert "Asking" in made.said.value and not made.ask.disabled
    go.set()
    made.wait()
    assert len(asked) == 1
    made.ask.click()
    made.wait()
    assert len(asked) == 2


@pytest.mark.parametrize(
    "error", [ObserveError("web <b> is gone.", cure="Choose again."), ValueError("web <b> is odd")]
)
def test_what_goes_wrong_is_told_where_the_answer_would_be(error: Exception) -> None:
    def broken(source: str, target: str) -> Sequence[Answer]:
        raise error

    made = talk(broken)
    made.ask.click()
    made.wait()
    assert "alert" in made.said.value and "web &lt;b&gt;" in made.said.value
    assert not made.ask.disabled


def test_a_walk_is_drawn_below_and_before_it_there_is_nothing() -> None:
    walks: list[tuple[str, ...]] = []
    made = talk(walks=walks)
    assert made.way.layout.display == "none" and made.way.data.value == ""
    assert repr(made.way) == "No walk yet."
    made.walk.click()
    made.wait()
    assert made.way.layout.display is None and made.way.data.value == view().json
    shown = made.way.data.placeholder
    made.walk.click()
    made.wait()
    assert made.way.data.placeholder != shown, "the page is told to look again"
    assert walks == [("db", "web", "address")] * 2


def test_at_the_end_nothing_can_be_asked_any_more() -> None:
    made = talk()
    made.end()
    assert all(each.disabled for each in (made.source, made.target, made.how, made.ask, made.walk))
    made.offer(["api", "web"], ["api", "web"])
    assert made.ask.disabled
