"""The chapters keep to the anatomy of a chapter: order of cells, objectives, words, links, stored outputs."""

from __future__ import annotations

import ast
import re

import nbformat
import pytest
from nbformat import NotebookNode

from dockernet_course.course import normal
from dockernet_course.lessons.catalogue import chapters, misconceptions, read_folder
from dockernet_course.lessons.exercises import load_exercises
from dockernet_course.lessons.glossary import glossary, glossary_markdown
from dockernet_course.lessons.questions import load_grids, load_questions
from tests.notebooks.books import FOLDER, Book, Cell, books
from tests.notebooks.negatives import assigned, bare

every_book = pytest.mark.parametrize("book", books(), ids=lambda book: book.chapter.id)

LITERALS = {
    "an IPv4 address": r"\b(?!127\.0\.0\.(?:1|11)\b)\d{1,3}(?:\.\d{1,3}){3}\b",
    "an IPv6 address": r"(?i)(?<!\.)\b(?:[0-9a-f]{1,4}:){2,}[0-9a-f:]*|\b[0-9a-f]{1,4}::",
    "a MAC address": r"(?i)\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b",
    "an id": r"\b(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{12,64}\b",
    "the name of a veth interface": r"\bveth[0-9a-f]{7}\b",
    "the number of an interface": r"@if[0-9]+",
}
FRAME = ("begin(", "lesson.exercise(", "lesson.check(", "live_map(", "lesson.end(", "ENGINE =")
IGNORE = "nbval-ignore-output"
# A card, a learner's progress, a widget, what the machine's kernel can do; and the endpoints of a network come in the
# order of their random ids.
SHOWS_PER_MACHINE = (
    *("begin(", "progress()", "lesson.engines()", "lesson.predict(", "lesson.predict_matrix("),
    'fields=["Containers"]',
)
PRINTS = ("begin(", "lab.run(")
PLUMBING = (ast.Import, ast.For, ast.While, ast.Try, ast.With, ast.FunctionDef, ast.ClassDef, ast.Global)


def limits(book: Book) -> dict[str, list[int]]:
    """How many words and code cells the chapter may have, from its data file."""
    row = read_folder("chapters")[book.chapter.number]
    return {"words": row["words"], "cells": row["cells"]}


def test_each_chapter_has_a_notebook_and_the_other_way_round() -> None:
    assert [book.chapter.id for book in books()] == [chapter.id for chapter in chapters()]
    assert len(books()) >= 3


@every_book
def test_the_head_says_what_for(book: Book) -> None:
    head = book.cells[0].source
    assert head.startswith(f"# {book.chapter.number} · {book.chapter.title}\n")
    assert re.findall(r"^- (.+)$", head, re.MULTILINE) == [objective.text for objective in book.chapter.objectives]
    assert 1 <= len(book.chapter.objectives) <= 5 and book.chapter.minutes <= 45
    assert f"**Time** {book.chapter.minutes} minutes." in head
    for part in ("**After this chapter you can**", "**You need**", "**Questions to keep in mind.**"):
        assert part in head


@every_book
def test_the_frame(book: Book) -> None:
    parameters, begin, *_, end = book.code
    assert parameters.tags == ["parameters"] and parameters.source == 'ENGINE = "auto"'
    assert f'lesson = begin("{book.chapter.id}", engine=ENGINE)' in begin.source
    assert end.source == "lesson.end()" and book.cells[-1] == end
    assert sum("begin(" in cell.source for cell in book.code) == 1
    assert sum("parameters" in cell.tags for cell in book.code) == 1


@every_book
def test_the_tail_sums_up(book: Book) -> None:
    tail = book.prose[-1].source
    assert tail.count("## What you know now") == 1
    parts = ("**Commands to take along:**", "**On other engines.**", "**Sources.**", "**Next:**")
    places = [tail.find(part) for part in parts]
    assert -1 not in places and places == sorted(places), dict(zip(parts, places, strict=True))
    for question in re.findall(r"[^.?]+\?", book.cells[0].source.partition("**Questions to keep in mind.**")[2])[:1]:
        assert "?**" in tail, f"an answer to: {question}"


@every_book
def test_what_is_predicted_is_run_explained_and_checked(book: Book) -> None:
    ideas = list(book.ideas())
    assert ideas
    for idea in ideas:
        first = next((n for n, cell in enumerate(idea) if cell.expects), None)
        assert first is not None, f"nothing is checked after {idea[0]}"
        before = [cell for cell in idea[1:first] if cell.is_code]
        runs = any(text in idea[first].source for text in (".host(", ".sh("))
        assert before or runs, f"nothing is run between {idea[0]} and {idea[first]}"
        assert any(not cell.is_code for cell in [*idea, _after(book, idea[-1])]), f"nothing explains {idea[0]}"


def test_an_idea_may_begin_with_a_grid() -> None:
    sources = ["# Title", 'lesson.predict_matrix(\n    "08.who", [web], [db])', "m = reachability(lab)", "# Next"]
    kinds = ["markdown", "code", "code", "markdown"]
    cells = [Cell(NotebookNode(cell_type=k, source=s, metadata={})) for k, s in zip(kinds, sources, strict=True)]
    book = Book(FOLDER, chapters()[0], tuple(cells))
    assert list(book.ideas()) == [cells[1:3]]
    assert cells[1].grids == ["08.who"] and cells[1].predicts == [] and not cells[2].asks


def _after(book: Book, cell: Cell) -> Cell:
    return book.cells[book.cells.index(cell) + 1]


@every_book
def test_objectives_are_proved_by_checks_and_checks_belong_to_objectives(book: Book) -> None:
    made = [cid for cell in book.code for cid in dict.fromkeys(cell.expects)]
    assert len(made) == len(set(made)), "a check in two cells"
    assert set(made) == set(book.chapter.checks)
    assert all(objective.checks for objective in book.chapter.objectives)


@every_book
def test_predictions_and_exercises_are_those_of_the_data(book: Book) -> None:
    assert [qid for cell in book.code for qid in cell.predicts] == [q.id for q in load_questions(book.chapter.number)]
    assert [gid for cell in book.code for gid in cell.grids] == [g.id for g in load_grids(book.chapter.number)]
    begun = [eid for cell in book.code for eid in cell.exercises]
    assert begun == [exercise.id for exercise in load_exercises(book.chapter.number)]
    for cell in book.code:
        for eid in cell.exercises:
            after = book.code[book.code.index(cell) + 1 :]
            following = next(each for each in after if not each.lives)
            assert following.answers == [eid], f"{eid} is not followed by the cell in which it is done"


@every_book
def test_a_living_map_is_there_for_the_exercises(book: Book) -> None:
    first = next(cell for cell in book.code if cell.answers)
    assert sum(cell.lives for cell in book.code) == 1
    assert any(cell.lives for cell in book.code[book.code.index(first) - 2 : book.code.index(first)])


@every_book
def test_what_a_chapter_refutes_is_an_option_of_a_question(book: Book) -> None:
    options = [option for question in load_questions(book.chapter.number) for option in question.options]
    assert set(book.chapter.refutes) <= {option.misconception for option in options}


def test_each_misconception_has_a_chapter_or_the_word_later() -> None:
    assert set(misconceptions()) == {f"M{n}" for n in range(1, len(misconceptions()) + 1)}
    assert len(misconceptions()) >= 38
    for chapter in chapters():
        assert {m.id for m in misconceptions().values() if m.chapter == chapter.id} == set(chapter.refutes)
    assert {m.chapter for m in misconceptions().values()} <= {"later", *(chapter.id for chapter in chapters())}


@every_book
def test_no_address_stands_in_the_text(book: Book) -> None:
    for cell in book.cells:
        for what, pattern in LITERALS.items():
            found = re.search(pattern, cell.source)
            assert not found, f"{what} in {cell}: {found and found[0]}"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("it has 172.17.0.2 now", "an IPv4 address"),
        ("it has 127.0.0.2 now", "an IPv4 address"),
        ("fe80::1 is its", "an IPv6 address"),
        ("02:42:ac:11:00:02", "a MAC address"),
        ("container 3f79716c0a1b", "an id"),
        ("veth3f79716", "the name of a veth interface"),
        ("eth0@if22", "the number of an interface"),
    ],
)
def test_such_an_address_would_be_found(text: str, what: str) -> None:
    assert re.search(LITERALS[what], text)


@pytest.mark.parametrize(
    "text", ["127.0.0.1 and 127.0.0.11", "at 10:30", "`std::string`", "deadbeef", "veth… `@ifN`", "127.0.0.1:8080:80"]
)
def test_such_words_are_no_address(text: str) -> None:
    assert not any(re.search(pattern, text) for pattern in LITERALS.values())


@every_book
def test_length(book: Book) -> None:
    words = sum(len(cell.source.split()) for cell in book.prose)
    cells = sum(not any(text in cell.source for text in FRAME) for cell in book.code)
    least, most = limits(book)["words"]
    assert least <= words <= most, f"{words} words"
    least, most = limits(book)["cells"]
    assert least <= cells <= most, f"{cells} code cells beside the frame and the exercises"


@every_book
def test_cells_hold_no_plumbing(book: Book) -> None:
    for cell in book.code:
        lines = [line for line in cell.source.splitlines() if line]
        assert len(lines) <= 8, f"{len(lines)} lines in {cell}"
        assert max(map(len, lines)) <= 110, f"a long line in {cell}"
        for node in (node for statement in cell.statements for node in ast.walk(statement)):
            if isinstance(node, ast.ImportFrom):
                assert node.module == "dockernet_course", cell
            assert not isinstance(node, PLUMBING), f"{type(node).__name__} in {cell}"


@every_book
def test_a_negative_check_names_what_it_expects_instead(book: Book) -> None:
    names: dict[str, ast.expr] = {}
    for cell in book.code:
        found = set(bare(cell.statements, names))
        names = assigned(cell.statements, names)
        assert not found, f"only denied, and what there is instead is not said: {found} in {cell}"


@every_book
def test_links_lead_somewhere(book: Book) -> None:
    anchors = {term.anchor for term in glossary()}
    for target in re.findall(r"\]\(([^)]+)\)", "\n".join(cell.source for cell in book.prose)):
        file, _, anchor = target.partition("#")
        if not target.startswith("https://"):
            assert (FOLDER / file).is_file(), target
        if file == "glossary.md":
            assert anchor in anchors, target


def test_the_glossary_page_is_the_glossary() -> None:
    assert (FOLDER / "glossary.md").read_text("utf-8") == glossary_markdown()


@every_book
def test_outputs_are_stored(book: Book) -> None:
    """nbval says nothing about a cell that was never run: each has a count, and those that show something show it."""
    for number, cell in enumerate(book.code, 1):
        assert cell.node["execution_count"] == number, f"{cell} was not run in its turn"
        last = _last(cell.statements)
        shows = isinstance(last, ast.Expr) or cell.expects or any(text in cell.source for text in PRINTS)
        assert bool(cell.outputs) == bool(shows), f"{cell}: {'no ' if shows else ''}output is stored"
        assert not any(output["output_type"] == "error" for output in cell.outputs), cell


def _last(statements: list[ast.stmt]) -> ast.stmt | None:
    """The statement at which a cell ends on an engine that can show everything."""
    last = statements[-1] if statements else None
    return _last(last.body) if isinstance(last, ast.If) else last


@every_book
def test_only_what_cannot_be_compared_is_left_out_of_the_comparison(book: Book) -> None:
    for cell in book.code:
        assert set(cell.tags) <= {"parameters", IGNORE}, cell
        pictures = any(kind.startswith("image/") for kind in cell.kinds)
        varies = pictures or any(text in cell.source for text in SHOWS_PER_MACHINE)
        assert (IGNORE in cell.tags) == varies, f"{cell}: {cell.tags}, {cell.kinds}"


@every_book
def test_stored_in_normal_form(book: Book) -> None:
    text = book.path.read_text("utf-8")
    assert nbformat.writes(normal(nbformat.reads(text, as_version=4))) + "\n" == text
    assert "widget-state" not in text and 'execution": {' not in text


@every_book
def test_pictures_have_words(book: Book) -> None:
    for output in (output for cell in book.code for output in cell.outputs):
        if "image/png" in output.get("data", {}):
            assert len(output["metadata"]["image/png"]["alt"]) > 100
            assert output["data"]["text/plain"]
