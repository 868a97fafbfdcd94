"""A chapter while it runs: its lab, its predictions, its checks, its exercises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from dockernet_course import settings
from dockernet_course.capabilities import Here, capabilities
from dockernet_course.engines import Engine, find_engine
from dockernet_course.errors import ClaimFailed, DockernetError
from dockernet_course.experiments import WAYS, Matrix
from dockernet_course.lab import LABEL, Lab, open_lab, waiting
from dockernet_course.lessons.card import Card, told_in
from dockernet_course.lessons.catalogue import Chapter, chapter
from dockernet_course.lessons.claims import FAILED, NOT_SHOWN, PASSED, Claims, likely_cause
from dockernet_course.lessons.differences import engines_table
from dockernet_course.lessons.exercises import Outcome, find_exercise
from dockernet_course.lessons.glossary import find_term
from dockernet_course.lessons.matrix import Foresight
from dockernet_course.lessons.notes import Note, OutputSlot, show
from dockernet_course.lessons.questions import find_question
from dockernet_course.lessons.results import Progress
from dockernet_course.lessons.summary import summary
from dockernet_course.lessons.workshop import Workshop, emptied
from dockernet_course.observe import observe
from dockernet_course.widgets import Option, Prediction, Table

__all__ = ["Lesson", "begin"]

_WHY_PRIVATE = "your own has no outside, and its firewall is not to be touched"
_running: list[Lesson] = []


def begin(chapter_id: str, engine: str | Engine = "auto") -> Lesson:
    """Find an engine, open a lab for the chapter on it, and show the engine card.

    ``engine`` is what ``find_engine`` takes, or an engine. A chapter that needs a private engine takes one in place of
    the learner's own, and so does one that is about something that the learner's own lacks. The chapter before in this
    process is ended, and says so.
    Raises LessonError for a chapter that is not there, and what ``find_engine`` raises.
    """
    known = chapter(chapter_id)
    while _running:
        before = _running.pop()
        before.close()
        print(f"The chapter before, {before.chapter.id}, is closed.")
    slot = OutputSlot()
    found = engine if isinstance(engine, Engine) else find_engine(engine, progress=told_in(slot))
    if known.private and not found.private:
        found = replace(find_engine("private", progress=told_in(slot)), why=_WHY_PRIVATE)
    lab = _lab(known, found, slot)
    settings = capabilities(lab).settings
    if settings:
        slot.put(Card(known.id, lab.engine, settings))
    _running.append(Lesson(known, lab, settings=settings))
    return _running[-1]


def _lab(known: Chapter, found: Engine, slot: OutputSlot) -> Lab:
    """A lab for the chapter: on that engine, or on a private one if that lacks what the chapter is about."""
    slot.put(Card(known.id, found))
    lab = open_lab(found, known.id)
    lacking = "" if found.private else capabilities(lab).lacking(*known.needs)
    if not lacking:
        return lab
    lab.close()
    other = replace(find_engine("private", progress=told_in(slot)), why=f"your own cannot show it: {lacking}")
    return _lab(known, other, slot)


class Lesson:
    """What ``begin`` gives. Everything is shown where it is called; nothing here needs an answer to go on."""

    def __init__(
        self, known: Chapter, lab: Lab, progress: Progress | None = None, settings: tuple[str, ...] = ()
    ) -> None:
        """Use :func:`begin`. ``settings``: what the engine's owner has set otherwise than Docker does by itself."""
        self.chapter, self.lab, self.settings = known, lab, settings
        self._progress = progress or Progress.of_user()
        self._trouble = ""
        self._waited = waiting.seconds()
        self.claims = Claims(known.number, lambda cid, result: self._note("checks", cid, result))
        self.workshop = Workshop(lab)
        self.foresight = Foresight(lab, self._foreseen)
        self.predictions: dict[str, Prediction] = {}
        self.answers: dict[str, str] = {}
        self.outcomes: dict[str, str] = {}

    @property
    def engine(self) -> Engine:
        """The engine on which it runs."""
        return self.lab.engine

    def predict(self, qid: str) -> None:
        """Ask a question before its answer is seen. Raises LessonError for one that is not there."""
        question = find_question(qid)
        self.predictions[qid] = Prediction(question, lambda option: self._answered(qid, option))
        show(self.predictions[qid])

    def _answered(self, qid: str, option: Option | None) -> None:
        verdict = "right" if option and option.right else "wrong"
        self.answers[qid] = verdict if option else "skipped"
        self._note("predictions", qid, (option.misconception if option else "") or self.answers[qid])

    def predict_matrix(
        self, gid: str, sources: Iterable[object], targets: Iterable[object], ways: Iterable[str] = WAYS[:3]
    ) -> None:
        """Ask who reaches whom, and by which ways, before it is measured; names or handles. Raises LessonError."""
        self.foresight.ask(gid, sources, targets, ways)

    def compare(self, gid: str, matrix: Matrix) -> None:
        """Show where the matrix differs from what was said, and why; if nothing was said: what failed, and why."""
        self.foresight.compare(gid, matrix)

    def _foreseen(self, gid: str, result: str) -> None:
        self.answers[gid] = result if result in {"right", "skipped"} else "wrong"
        self._note("predictions", gid, result)

    def expect(
        self, cid: str, condition: object, why: str, *, seen: object = None, needs: str | Iterable[str] = ()
    ) -> None:
        """Check a claim of the chapter on this engine: ``condition`` must be true, ``why`` says what it means.

        ``needs`` names the capabilities that the claim rests on: where this engine lacks one, the claim is *not shown
        here*, and the setting is named. ``seen`` is what to show when the condition is not true. Raises ClaimFailed
        then, and LessonError for an id that is taken.
        """
        if lacking := self._lacking([needs] if isinstance(needs, str) else needs):
            self.claims.count(cid, why, NOT_SHOWN)
            print(f"– not shown here: {why} ({lacking})")
            return
        self.claims.count(cid, why, PASSED if condition else FAILED)
        if not condition:
            cause = likely_cause(self.chapter.id, self.engine.version, self.settings)
            raise ClaimFailed(
                f"[{cid}] This does not hold on this engine: {why}.",
                state=f"Seen: {condition if seen is None else seen}. {self._now()}",
                cure=f"Run the chapter again from the top. If it fails again, {cause}",
            )
        print(f"✓ {why}")

    def _lacking(self, needs: Iterable[str]) -> str:
        """The first of these capabilities that this engine is known to lack, in words; empty if it has them all."""
        return capabilities(self.lab).lacking(*needs)

    def _now(self) -> str:
        """The lab in one line, for an error message."""
        try:
            found = [
                f"{c.name} ({c.state}, network {', '.join(e.network for e in c.endpoints) or c.network_mode})"
                for c in observe(self.lab).containers
            ]
        except DockernetError as error:
            return f"The lab cannot be observed: {error.what}"
        return f"In the lab: {', '.join(found) or 'no container'}."

    def not_shown(self, cid: str, why: str) -> None:
        """Count a claim that this engine cannot show; ``why`` it cannot."""
        self.claims.count(cid, why, NOT_SHOWN)
        print(f"– not shown here: {why}")

    def capability(self, cid: str) -> Here:
        """What this engine does: yes or no, or a word; empty where it cannot be known. Raises LessonError."""
        return capabilities(self.lab)[cid].here

    def engines(self, *ids: str) -> Table:
        """In which of these things (or in all) engines differ, and what this one does. Raises LessonError."""
        return engines_table(capabilities(self.lab).answers(*ids))

    def exercise(self, eid: str) -> None:
        """Begin an exercise: bring the lab to its start and show the task. Raises LessonError."""
        exercise = self.workshop.begin(eid)
        label = f"There, add `--label {LABEL}={self.lab.id}`, by which the course knows what is the lab's."
        show(exercise.poster("" if self.engine.private else label))

    def check(self, eid: str, answer: object = None) -> None:
        """Look at the network as it is now, or at the ``answer``, and say: correct, wrong and why, or not attempted."""
        outcome = self.judge(eid, answer)
        self._note("exercises", eid, outcome.verdict)
        show(outcome)

    def judge(self, eid: str, answer: object = None) -> Outcome:
        """What ``check`` shows, as a value."""
        outcome = self.workshop.judge(eid, answer)
        self.outcomes[eid] = outcome.verdict
        return outcome

    def hint(self, eid: str) -> None:
        """Show the next hint, computed from the network as it is now."""
        number, text = self.workshop.hint(eid)
        show(Note(f"Hint {number}", text))

    def solution(self, eid: str) -> None:
        """Show a worked solution and apply it, from the start of the exercise."""
        show(Note(f"A solution of {eid}", f"```\n{find_exercise(eid).solution()}\n```"))
        self.workshop.solve(eid)

    def reset(self) -> None:
        """Bring the lab back to the start of the exercise in hand; before the first exercise, empty it."""
        if self.workshop.current:
            self.workshop.begin(self.workshop.current)
        else:
            emptied(self.lab)

    def term(self, name: str) -> None:
        """Show what a word of the glossary means. Raises LessonError for one that is not in it."""
        term = find_term(name)
        show(Note(term.name, f"{term.short} (Source: {term.source})"))

    def end(self) -> None:
        """Close the lab and say what was checked, predicted and solved."""
        self.close()
        asked = (*self.predictions, *self.foresight.grids)
        print(summary(self.chapter, self.claims, asked, self.answers, self.outcomes))

    def close(self) -> None:
        """Close the lab; a second call does nothing."""
        if self in _running:
            _running.remove(self)
            self.workshop.leave()
        self.lab.close()
        if times := settings.times():
            Path(times).write_text(str(waiting.seconds() - self._waited))

    def _note(self, kind: str, what: str, result: str) -> None:
        """Keep a result, and say once what goes wrong with it."""
        self._progress.note(self.chapter.id, kind, what, result)
        if self._progress.trouble and self._progress.trouble != self._trouble:
            self._trouble = self._progress.trouble
            print(self._trouble)

    def __repr__(self) -> str:
        return f"<lesson {self.chapter.id}>"
