"""What was said beforehand against what was measured, in words; and the grids of the data files."""

from __future__ import annotations

import pytest

from dockernet_course.errors import LessonError
from dockernet_course.experiments import WAYS, Cell, Explanation
from dockernet_course.figures.matrix.look import Guess, key_of
from dockernet_course.lessons.catalogue import chapters, misconceptions
from dockernet_course.lessons.matrix import compare
from dockernet_course.lessons.overview import overview
from dockernet_course.lessons.questions import find_grid, load_grids, load_questions, parse_grids, parse_questions
from dockernet_course.widgets import markup
from tests.gallery.matrix_cases import networks_matrix

MATRIX = networks_matrix({"web": "bridge", "db": "bridge", "api": "mine"}, WAYS[:3], deaf=["db"])
GRID = '[[grid]]\nid = "08.who"\ntext = "Who?"\nexplanation = "e"\n'


def why(cell: Cell) -> Explanation:
    """Explanations as simple as they can be: by name nobody knows the name, else another network or a deaf server."""
    if cell.way == "name":
        return Explanation("no name server", f"Nobody told `{cell.source}` about `{cell.target}`.", "M2")
    if cell.probe and cell.probe.verdict == "refused":
        return Explanation("nobody listens", "The way is fine.", "M25")
    return Explanation("another network" if cell.probe and not cell.probe.ok else "one network", "So it is.", "")


def test_what_came_as_said_is_only_counted() -> None:
    guess: Guess = {key_of(c): c.probe.ok for c in MATRIX if c.probe}
    found = compare(MATRIX, guess, why)
    assert (found.said, found.right, found.result, found.groups) == (18, 18, "right", ())
    assert repr(found.note(MATRIX)) == "18 of 18 as you said\n"


def test_wrong_cells_with_one_mechanism_are_one_sentence() -> None:
    guess: Guess = {key_of(c): True for c in MATRIX if c.way == "name"}
    found = compare(MATRIX, guess, why)
    assert (found.said, found.right, found.result) == (6, 0, "M2")
    assert repr(found.note(MATRIX)).splitlines() == [
        "0 of 6 as you said",
        "- You said ✓, measured **name not found**, by name: `web` to `db` and `api`, `db` to `web` and `api`, "
        "`api` to `web` and `db`. *No name server.* `web` to `db`: Nobody told `web` about `db`. "
        f"Behind it is often the belief that {misconceptions()['M2'].belief}. "
        'To look for what proves it: `why(lab, "web", "db", "name")`.',
    ]


def test_what_was_reached_against_expectation_is_explained_too() -> None:
    guess: Guess = {("web", "db", "address"): False, ("web", "api", "address"): False}
    note = repr(compare(MATRIX, guess, why).note(MATRIX))
    assert note.startswith("1 of 2 as you said\n- You said ✗, measured **reached**, by address: `web` to `db`. *One n")


def test_a_belief_is_named_only_where_it_explains_what_was_said() -> None:
    """Who said that two networks meet does not believe that they never do."""
    guess: Guess = {("web", "api", "address"): True}
    for mid, hoped in (("M15", False), ("M2", True)):
        found = compare(MATRIX, guess, lambda _, mid=mid: Explanation("isolation", "So it is.", mid))  # type: ignore[misc]
        assert ("Behind it" in repr(found.note(MATRIX))) is hoped
        assert found.result == (mid if hoped else "wrong")
    reached: Guess = {("web", "db", "address"): False}
    found = compare(MATRIX, reached, lambda _: Explanation("routed", "So it is.", "M15"))
    assert "different networks can never meet." in repr(found.note(MATRIX)) and found.result == "M15"


def test_the_misconception_behind_most_wrong_cells_is_kept() -> None:
    guess: Guess = {key_of(c): True for c in MATRIX if c.way != "address"}
    assert compare(MATRIX, guess, why).result == "M2"
    assert compare(MATRIX, {("web", "db", "port"): True}, why).result == "M25"
    assert compare(MATRIX, {("web", "api", "port"): True}, why).result == "wrong"


def test_where_nothing_was_said_each_kind_of_failure_is_explained_once() -> None:
    for guess in (None, {}, {("web", "mail", "name"): True}, {("web", "web", "name"): True}):
        found = compare(MATRIX, guess, why)
        assert found.said == 0
        assert repr(found.note(MATRIX)).splitlines() == [
            "What failed, and why",
            "- **name not found**, by name: `web` to `db` and `api`, `db` to `web` and `api`, `api` to `web` and `db`. "
            "*No name server.* `web` to `db`: Nobody told `web` about `db`. "
            'To look for what proves it: `why(lab, "web", "db", "name")`.',
            "- **refused**, at port 80: `web` to `db`. *Nobody listens.* The way is fine. "
            'To look for what proves it: `why(lab, "web", "db", "port")`.',
            "- **timeout**, by address and at port 80: `web` to `api`, `db` to `api`, `api` to `web` and `db`. "
            "*Another network.* So it is. "
            'To look for what proves it: `why(lab, "web", "api", "address")`.',
        ]


def test_where_nothing_failed_that_is_said() -> None:
    matrix = networks_matrix({"web": "mine", "db": "mine"}, WAYS[:2])
    assert repr(compare(matrix, None, why).note(matrix)) == "Nothing failed\n"


def test_a_long_list_is_cut() -> None:
    matrix = networks_matrix({f"web-{n}": "bridge" for n in range(9)}, WAYS[:1])
    note = repr(compare(matrix, None, why).note(matrix))
    assert note.count("`web-") < 60 and "and 24 more" in note


def test_hostile_names_are_escaped() -> None:
    bad = "<script>"
    matrix = networks_matrix({bad: "bridge", "db": "bridge"}, WAYS[:1])
    assert bad not in compare(matrix, None, why).note(matrix)._repr_html_()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[grid]", "no TOML"),
        (GRID.replace("text", "words"), "missing or unknown field"),
        (GRID.replace('explanation = "e"', ""), "missing or unknown field"),
        (GRID.replace("08.who", "07.who"), "id like 08"),
        (GRID.replace("Who?", "Who."), "question mark"),
    ],
)
def test_a_broken_grid_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(LessonError, match=says):
        parse_grids(text, "08.toml")


def test_grids_and_questions_share_a_file() -> None:
    (found,) = parse_grids(GRID, "08.toml")
    assert (found.id, found.text, found.explanation) == ("08.who", "Who?", "e")
    assert parse_questions(GRID, "08.toml") == ()
    with pytest.raises(LessonError, match="There is no grid"):
        find_grid("../02")


def test_the_grids_of_the_course_are_fit_for_a_learner() -> None:
    for known in chapters():
        grids = load_grids(known.number)
        ids = [*(grid.id for grid in grids), *(question.id for question in load_questions(known.number))]
        assert len(ids) == len(set(ids))
        assert all(find_grid(grid.id) is grid and len(markup.plain(grid.explanation)) > 40 for grid in grids)


def test_a_grid_counts_as_a_prediction() -> None:
    rows = {row[0][:2]: row for row in overview({}).rows}
    for known in chapters():
        asked = len(load_grids(known.number)) + len(load_questions(known.number))
        assert rows[known.number][3] == (f"0 of {asked}" if asked else "–")
