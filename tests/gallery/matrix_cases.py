"""Matrices made by hand, as they come out of the course's networks: for the gallery and the tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dockernet_course.experiments import WAYS, Cell, Kind, Matrix, Probe, Verdict, Way
from dockernet_course.figures.matrix.look import Guess
from dockernet_course.lab import Output

__all__ = ["MATRICES", "MatrixCase", "matrix_of", "networks_matrix"]

Answer = Callable[[str, str, Way], Verdict | None]
KINDS: dict[Way, Kind] = {"name": "ping", "address": "ping", "port": "connect", "published": "connect"}


@dataclass(frozen=True)
class MatrixCase:
    """One picture of the gallery."""

    name: str
    title: str
    matrix: Matrix
    guess: Guess | None = None


def matrix_of(sources: Sequence[str], targets: Sequence[str], ways: Sequence[Way], answer: Answer) -> Matrix:
    """A matrix whose cells are what ``answer`` says."""
    cells = tuple(_cell(s, t, way, answer(s, t, way)) for s in sources for t in targets for way in ways)
    return Matrix(tuple(sources), tuple(targets), tuple(ways), cells)


def _cell(source: str, target: str, way: Way, verdict: Verdict | None) -> Cell:
    if verdict is None:
        return Cell(source, target, way, None)
    kind = KINDS[way]
    port = 80 if way == "port" else None
    output = Output(f"docker exec {source} {kind} {target}", str(verdict), 0 if verdict is Verdict.OK else 1)
    return Cell(source, target, way, Probe(kind, source, target, verdict, output, port))


def networks_matrix(networks: Mapping[str, str], ways: Sequence[Way], *, deaf: Sequence[str] = ()) -> Matrix:
    """Containers and their networks, apart by blanks: "bridge" knows no names, "none" no way; ``deaf`` serve not."""

    def answer(source: str, target: str, way: Way) -> Verdict | None:
        mine, theirs = set(networks[source].split()), set(networks[target].split())
        common = (mine & theirs) - {"none"}
        if source == target or way == "published":
            return None
        if way == "name" and not common - {"bridge"}:
            return Verdict.NAME_NOT_FOUND
        if not common:
            return Verdict.NO_ROUTE if "none" in mine else Verdict.TIMEOUT
        return Verdict.REFUSED if way == "port" and target in deaf else Verdict.OK

    return matrix_of(list(networks), list(networks), ways, answer)


def _three() -> MatrixCase:
    networks = {"web": "front", "api": "front back", "db": "back"}
    matrix = networks_matrix(networks, WAYS[:3], deaf=["db"])
    return MatrixCase("matrix-3", "Two networks, and `api` in both: who reaches whom?", matrix)


def _four() -> MatrixCase:
    networks = {"web": "front", "db": "front", "cache": "bridge", "alone": "none"}
    return MatrixCase("matrix-4", "Which names lead somewhere?", networks_matrix(networks, WAYS[:1]))


def _ten() -> MatrixCase:
    networks = {f"web-{n}": "front" for n in range(1, 5)} | {"api-1": "front back", "api-2": "front back"}
    networks |= {"db-1": "back", "db-2": "back", "cache": "bridge", "alone": "none"}
    matrix = networks_matrix(networks, WAYS[:3], deaf=["db-1", "db-2"])
    return MatrixCase("matrix-10", "Ten containers on three networks: who reaches whom, and how?", matrix)


def _guessed() -> MatrixCase:
    networks = {"web": "bridge", "db": "bridge", "api": "mine"}
    matrix = networks_matrix(networks, WAYS[:3], deaf=["db"])
    guess: Guess = {
        (c.source, c.target, c.way): c.way == "name" or {c.source, c.target} == {"web", "db"} for c in matrix
    }
    return MatrixCase("matrix-guess", "What came differently from what you said?", matrix, guess)


def _ten_guessed() -> MatrixCase:
    matrix = _ten().matrix
    guess: Guess = {(c.source, c.target, c.way): c.source[:3] == c.target[:3] for c in matrix}
    return MatrixCase("matrix-10-guess", "Ten containers: what came differently from what you said?", matrix, guess)


def _kinds() -> MatrixCase:
    kinds = list(Verdict)
    names = ["web", "db", "api", "cache", "alone", "mail", "log"]
    ways: tuple[Way, ...] = ("port", "published")
    matrix = matrix_of(["host", "outside"], names, ways, lambda s, t, _: kinds[names.index(t)] if s == "host" else None)
    return MatrixCase("matrix-kinds", "In how many ways can a connection fail?", matrix)


def _four_ways() -> MatrixCase:
    def answer(source: str, target: str, way: Way) -> Verdict | None:
        if way == "published":
            return Verdict.OK if target == "web" else None
        return networks.probe(source, target, way).verdict if source != target else None  # type: ignore[union-attr]

    names = {"web": "front", "api": "front back", "db": "back", "cache": "bridge"}
    networks = networks_matrix(names, WAYS)
    return MatrixCase("matrix-4-ways", "Four ways to reach somebody: which of them lead there?",
                      matrix_of(list(names), list(names), WAYS, answer))  # fmt: skip


def _hostile() -> MatrixCase:
    long = "the-quite-important-frontend-of-the-customer-portal-v2"
    networks = {"<script>": "front", "$x^2$": "front", "a\u202eb\nc": "back", long: "front", "שלום": "back"}
    title = "Is $x^2$ <script>alert(1)</script> only text?"
    return MatrixCase("matrix-hostile", title, networks_matrix(networks, WAYS[:3]))


MATRICES: tuple[Callable[[], MatrixCase], ...] = (
    *(_three, _four, _ten, _guessed, _ten_guessed, _kinds, _four_ways, _hostile),
)
