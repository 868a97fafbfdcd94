"""What a chapter says at its end."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from dockernet_course.lessons.catalogue import Chapter
from dockernet_course.lessons.claims import FAILED, NOT_SHOWN, PASSED, Claims

__all__ = ["summary"]


def summary(
    chapter: Chapter,
    claims: Claims,
    asked: Collection[str],
    answers: Mapping[str, str],
    outcomes: Mapping[str, str],
) -> str:
    """Lines about the checks, the predictions (``answers`` to those ``asked``) and the exercises (``outcomes``)."""
    lines = [f"{chapter.id} is closed.", *_checks(chapter, claims)]
    if asked:
        lines.append(_predictions(asked, answers))
    lines += [f"exercise {eid}: {verdict}" for eid, verdict in outcomes.items()]
    return "\n".join(lines)


def _checks(chapter: Chapter, claims: Claims) -> Iterator[str]:
    passed, failed, hidden = (claims.having(result) for result in (PASSED, FAILED, NOT_SHOWN))
    parts = [
        f"{len(passed)} passed",
        f"{len(failed)} failed" if failed else "",
        f"{len(hidden)} not shown on this engine",
    ]
    yield f"checks: {', '.join(filter(None, parts))}"
    if left := set(chapter.checks) - set(claims.results):
        yield f"not run: {len(left)} of {len(chapter.checks)}"


def _predictions(asked: Collection[str], answers: Mapping[str, str]) -> str:
    right = sum(result == "right" for result in answers.values())
    skipped = sum(result == "skipped" for result in answers.values())
    answered = len(answers) - skipped
    return f"predictions: {answered} answered ({right} right), {skipped} skipped, {len(asked) - len(answers)} left open"
