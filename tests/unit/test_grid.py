"""The grid as an object: click, read; and what it is without a kernel."""

from __future__ import annotations

import pytest

from dockernet_course.widgets import Grid, GridQuestion

BAD = "<img src=x onerror=alert(1)>"
WAYS = {"name": "by name", "address": "by address"}
QUESTION = GridQuestion("08.who", "Who reaches `db`?", "What counts is a **common** network.")
Said = dict[tuple[str, str, str], bool]


def grid(told: list[Said | None] | None = None, names: tuple[str, ...] = ("web", "db")) -> Grid:
    return Grid(QUESTION, names, names, WAYS, (told if told is not None else []).append)


def test_there_is_a_cell_for_each_pair_and_way_but_none_to_oneself() -> None:
    cells = grid(names=("web", "db", "api")).cells
    assert len(cells) == 3 * 2 * 2
    assert ("web", "web", "name") not in cells


def test_a_cell_goes_round_and_says_in_words_where_it_is() -> None:
    asked = grid()
    cell = asked.cells["web", "db", "name"]
    seen = [(cell.description, cell.button_style)]
    for _ in range(3):
        cell.click()
        seen.append((cell.description, cell.button_style))
    assert seen == [
        ("web to db by name: nothing said yet", ""),
        ("web to db by name: you say it can", "success"),
        ("web to db by name: you say it cannot", "danger"),
        ("web to db by name: nothing said yet", ""),
    ]
    assert cell.tooltip == cell.description
    assert asked.guess == {}


def test_committing_needs_something_said_and_not_everything() -> None:
    asked = grid()
    assert asked.commit.disabled and not asked.skip.disabled
    asked.cells["web", "db", "name"].click()
    assert not asked.commit.disabled
    assert "1 of 4 said" in asked.feedback.value
    for _ in range(2):
        asked.cells["web", "db", "name"].click()
    assert asked.commit.disabled


def test_what_was_said_is_told_once_and_stays() -> None:
    told: list[Said | None] = []
    asked = grid(told)
    asked.cells["web", "db", "name"].click()
    for _ in range(2):
        asked.cells["db", "web", "address"].click()
    assert "common" not in asked.feedback.value
    asked.commit.click()
    assert told == [{("web", "db", "name"): True, ("db", "web", "address"): False}]
    assert "2 of 4 said" in asked.feedback.value and "<strong>common</strong>" in asked.feedback.value
    assert all(control.disabled for control in (*asked.cells.values(), asked.commit, asked.skip))


def test_a_later_change_does_not_reach_what_was_told() -> None:
    told: list[Said | None] = []
    asked = grid(told)
    asked.cells["web", "db", "name"].click()
    asked.commit.click()
    asked.cells["web", "db", "name"].click()  # as a program can, and a disabled button cannot
    asked.commit.click()
    asked.skip.click()
    assert told == [{("web", "db", "name"): True}]
    assert asked.guess == told[0]


def test_skipping_says_nothing_and_unfolds_the_explanation() -> None:
    told: list[Said | None] = []
    asked = grid(told)
    asked.cells["web", "db", "name"].click()
    asked.skip.click()
    assert told == [None]
    assert "Skipped." in asked.feedback.value and "common" in asked.feedback.value


def test_without_a_kernel_it_is_a_table_of_the_question() -> None:
    asked = grid()
    bundle = asked._repr_mimebundle_()
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
    answered.cells["web", "db", "name"].click()
    answered.commit.click()
    assert repr(answered) == repr(grid())


def test_hostile_names_and_texts_stay_text() -> None:
    hostile = Grid(GridQuestion("08.bad", BAD, BAD), (BAD, "web"), (BAD, "web"), {"name": BAD}, lambda _: None)
    hostile.skip.click()
    html = [hostile._repr_mimebundle_()["text/html"], hostile.feedback.value]
    stack = list(hostile.children)
    while stack:
        child = stack.pop()
        stack += getattr(child, "children", ())
        html += [child.value] if isinstance(getattr(child, "value", None), str) else []
    assert len(html) > 8
    assert not any("<img" in text for text in html)


def test_controls_have_a_name_and_a_tooltip() -> None:
    asked = grid()
    for control in (asked.commit, asked.skip, *asked.cells.values()):
        assert control.description and control.tooltip


@pytest.mark.parametrize("names", [(), ("web",), tuple(f"web-{n}" for n in range(10))])
def test_any_size_can_be_asked(names: tuple[str, ...]) -> None:
    asked = grid(names=names)
    assert len(asked.cells) == 2 * len(names) * max(len(names) - 1, 0)
    assert repr(asked).startswith("Predict: Who reaches db?")
    assert "text/html" in asked._repr_mimebundle_()
