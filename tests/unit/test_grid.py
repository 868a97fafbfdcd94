"""The grid as an object: told what somebody does in the page, and read; and what it is without a kernel."""

from __future__ import annotations

from dockernet_course.widgets import Grid, GridQuestion
from tests.pages import tell

BAD = "<img src=x onerror=alert(1)>"
WAYS = {"name": "by name", "address": "by address"}
QUESTION = GridQuestion("08.who", "Who reaches `db`?", "What counts is a **common** network.")
Said = dict[tuple[str, str, str], bool]


def grid(told: list[Said | None] | None = None, names: tuple[str, ...] = ("web", "db")) -> Grid:
    return Grid(QUESTION, names, names, WAYS, (told if told is not None else []).append)


def test_there_is_a_cell_for_each_pair_and_way_but_none_to_oneself() -> None:
    asked = grid(names=("web", "db", "api"))
    assert len(asked.cells) == len(asked.said) == 3 * 2 * 2
    assert ("web", "web", "name") not in asked.cells
    assert asked.cells[:2] == (("web", "db", "name"), ("web", "api", "name"))  # row by row, as the page draws them
    assert asked.captions == ["by name", "by address"]


def test_committing_needs_something_said_and_not_everything() -> None:
    told: list[Said | None] = []
    asked = grid(told)
    tell(asked, "commit", said=[None] * 4)
    assert not asked.closed and told == []
    tell(asked, "commit", said=[None, True, None, None])
    assert asked.closed and told == [{("db", "web", "name"): True}]


def test_what_was_said_is_told_once_and_stays() -> None:
    told: list[Said | None] = []
    asked = grid(told)
    assert asked.feedback == "" and asked.guess == {}
    tell(asked, "commit", said=[True, None, None, False])
    assert told == [{("web", "db", "name"): True, ("db", "web", "address"): False}]
    assert "2 of 4 said" in asked.feedback and "<strong>common</strong>" in asked.feedback
    tell(asked, "commit", said=[False, None, None, None])
    tell(asked, "skip")
    assert len(told) == 1 and asked.guess == told[0]


def test_skipping_says_nothing_and_unfolds_the_explanation() -> None:
    told: list[Said | None] = []
    asked = grid(told)
    asked.said = [True, None, None, None]
    tell(asked, "skip")
    assert told == [None] and asked.closed
    assert "Skipped." in asked.feedback and "common" in asked.feedback


def test_without_a_kernel_it_is_a_table_of_the_question() -> None:
    asked = grid()
    bundle, _ = asked._repr_mimebundle_()
    assert bundle["text/plain"].splitlines() == [
        "Predict: Who reaches db?",
        "by name     web  db",
        "web         ·    ?",
        "db          ?    ·",
        "by address  web  db",
        "web         ·    ?",
        "db          ?    ·",
    ]
    html = bundle["text/html"]
    before, _, folded = html.partition("<details>")
    assert before.count("<table") == 2 and before.count("<td>?</td>") == 4
    assert "common" not in before and "common" in folded
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_it_says_the_same_every_time() -> None:
    answered = grid()
    tell(answered, "commit", said=[True, None, None, None])
    assert repr(answered) == repr(grid())


def test_hostile_names_and_texts_stay_text() -> None:
    hostile = Grid(GridQuestion("08.bad", BAD, BAD), (BAD, "web"), (BAD, "web"), {"name": BAD}, lambda _: None)
    tell(hostile, "skip")
    html = [hostile._repr_mimebundle_()[0]["text/html"], hostile.text, hostile.feedback]
    assert not any("<img" in text for text in html)
