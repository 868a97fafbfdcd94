"""The words of the course. ``python -m dockernet_course.lessons.glossary`` prints ``notebooks/glossary.md``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from dockernet_course.errors import LessonError
from dockernet_course.lessons.catalogue import chapters, read_folder

__all__ = ["Term", "find_term", "glossary", "glossary_markdown"]


@dataclass(frozen=True)
class Term:
    """A word, what it means in a sentence or two, where it is defined, and the chapter that explains it first."""

    name: str
    short: str
    source: str
    chapter: str

    @property
    def anchor(self) -> str:
        """Where it is in ``glossary.md``: a link to it is ``glossary.md#veth-pair``."""
        return "-".join(self.name.lower().split())


@cache
def glossary() -> tuple[Term, ...]:
    """All terms in the order of the alphabet, from ``terms/NN.toml``."""
    ids = {known.number: known.id for known in chapters()}
    rows = read_folder("terms").items()
    terms = (Term(**row, chapter=ids[number]) for number, text in rows if number in ids for row in text["term"])
    return tuple(sorted(terms, key=lambda term: term.name.lower()))


def find_term(name: str) -> Term:
    """The term of that name, whatever the case. Raises LessonError if there is none."""
    for term in glossary():
        if name.lower() in (term.name.lower(), term.anchor):
            return term
    raise LessonError(f"{name!r} is not in the glossary.", state=f"In it: {', '.join(t.name for t in glossary())}.")


def glossary_markdown() -> str:
    """The glossary as a page whose headings are the anchors."""
    head = "# Glossary\n\n<!-- Generated from dockernet_course/lessons/terms/. -->\n"
    return head + "".join(
        f"\n## {t.name}\n\n{t.short}\n\nFirst explained in [{t.chapter}]({t.chapter}.ipynb). Source: {t.source}.\n"
        for t in glossary()
    )


if __name__ == "__main__":
    print(glossary_markdown(), end="")
