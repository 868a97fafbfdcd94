"""The same list of questions asked of every network mode, as a table."""

from __future__ import annotations

from dataclasses import dataclass

from dockernet_course.experiments import Mode, modes
from dockernet_course.lab import ContainerHandle, Lab
from dockernet_course.widgets import Table

__all__ = ["Modes", "compare_modes"]

_COLUMNS = ("Container", "Its network", "Address of its own", "Finds by name", "-p", "Its localhost", "Apart from host")


@dataclass(frozen=True, repr=False)
class Modes:
    """A table of modes, which can be asked, too: ``seen["alone"].addresses``."""

    answers: tuple[Mode, ...]

    def __getitem__(self, name: str) -> Mode:
        """The answers of the container that the text calls so. Raises KeyError."""
        return {mode.name: mode for mode in self.answers}[name]

    @property
    def table(self) -> Table:
        """The table: a row for each container, a column for each question."""
        return Table("Every mode, the same questions", _COLUMNS, [_row(mode) for mode in self.answers])

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def compare_modes(lab: Lab, *containers: ContainerHandle) -> Modes:
    """Ask each container the same questions. Raises CommandFailed when one has no ``getent``."""
    return Modes(modes(lab, containers))


def _row(mode: Mode) -> tuple[str, ...]:
    together = ", ".join(mode.shares)
    return (
        mode.name,
        mode.mode,
        ", ".join(mode.addresses) or "none",
        ", ".join(mode.names) or "nobody",
        "works" if mode.published else "nothing published",
        "the host's" if mode.on_host else f"shared with {together}" if together else "its own",
        "no" if mode.on_host else "yes",
    )
