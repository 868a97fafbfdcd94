"""All chapters at a glance: what was checked, predicted and solved so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dockernet_course.lessons.catalogue import Chapter, chapters, misconceptions
from dockernet_course.lessons.claims import PASSED
from dockernet_course.lessons.exercises import load_exercises
from dockernet_course.lessons.notes import Note, show
from dockernet_course.lessons.questions import load_grids, load_questions
from dockernet_course.lessons.results import Progress
from dockernet_course.widgets import Table

__all__ = ["overview", "progress", "second_look"]

Kinds = Mapping[str, Mapping[str, str]]
NOT_SO = "Some of your predictions fit these beliefs. None of them is so; the chapter shows why."


def progress() -> None:
    """Show what you have done in all chapters, in this and in earlier sessions."""
    kept = Progress.of_user()
    results = kept.results()
    show(overview(results))
    if beliefs := second_look(results):
        show(Note("Worth a second look", f"{NOT_SO}\n\n{beliefs}"))
    if kept.trouble:
        show(Note("Progress", kept.trouble))


def overview(results: Mapping[str, Kinds]) -> Table:
    """The table of all chapters."""
    columns = ("Chapter", "Minutes", "Checks passed", "Predictions made", "Exercises solved")
    return Table("Your progress", columns, [_row(c, results.get(c.id, {})) for c in chapters()])


def _row(chapter: Chapter, kinds: Kinds) -> tuple[str, ...]:
    checks, predictions, exercises = (kinds.get(kind, {}) for kind in ("checks", "predictions", "exercises"))
    passed = [cid for cid in chapter.checks if checks.get(cid) == PASSED]
    asked = [*(q.id for q in load_questions(chapter.number)), *(g.id for g in load_grids(chapter.number))]
    made = [qid for qid in asked if predictions.get(qid, "skipped") != "skipped"]
    solved = [e.id for e in load_exercises(chapter.number) if exercises.get(e.id) == "correct"]
    return (
        f"{chapter.number} {chapter.title}",
        str(chapter.minutes),
        _of(passed, chapter.checks),
        _of(made, asked),
        _of(solved, load_exercises(chapter.number)),
    )


def _of(done: Iterable[object], all_of_them: Iterable[object]) -> str:
    total = len(tuple(all_of_them))
    return f"{len(tuple(done))} of {total}" if total else "–"


def second_look(results: Mapping[str, Kinds]) -> str:
    """The beliefs that wrong predictions showed, as a list, each with the chapter that answered it."""
    known = misconceptions()
    return "\n".join(
        f"- *{known[result].belief}* ({chapter})"
        for chapter, kinds in sorted(results.items())
        for result in dict.fromkeys(kinds.get("predictions", {}).values())
        if result in known
    )
