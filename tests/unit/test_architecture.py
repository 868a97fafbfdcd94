"""The house rules that a parser can check: data flows one way, one boundary to docker-py, one tree of errors."""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dockernet_course
from dockernet_course import errors

PACKAGE = Path(dockernet_course.__file__).parent
ROOMS = (  # nothing imports to its right
    *(
        "errors",
        "processes",
        "files",
        "scratch",
        "locking",
        "settings",
        "engines",
        "lab",
        "observe",
        "experiments",
        "capabilities",
    ),
    *("figures", "widgets", "lessons", "course", "cli"),
)
USES_DOCKER = {"engines", "lab"}

# Modules that run where the package is not: inside a container or as the first process of a capsule. Errors of the
# system are what they have; whoever started them turns these into ours.
RUNS_ELSEWHERE = {
    *(
        "lab/in_observer",
        "observe/in_observer",
        "experiments/in_observer",
        "engines/inside",
    ),
}

# Exceptions that are not ours and stay inside, with the function that turns them into ours.
STAYS_INSIDE: dict[tuple[str, str], str] = {
    ("engines/build/archive.py", "ValueError"): "_opened",
    ("engines/build/archive.py", "KeyError"): "_opened",
    ("engines/build/writing.py", "OSError"): "told",
    ("files.py", "ValueError"): "read_json",
}

# What Python's own protocols ask for.
PROTOCOL = {"AttributeError", "SystemExit", "StopIteration", "typer.Exit"}

# The frozen model is looked up like a mapping, as its docstrings say.
MAPPINGS = {"experiments/model.py", "observe/model.py"}

MODULES = sorted(PACKAGE.rglob("*.py"))
IDS = [str(path.relative_to(PACKAGE)) for path in MODULES]


def relative(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.Module) -> Iterator[str]:
    """Full names of everything imported, also inside of functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_entered(names: Iterator[str]) -> set[str]:
    parts = [name.split(".") for name in names if name.startswith("dockernet_course.")]
    return {part[1] for part in parts if part[1] in ROOMS}


def raised(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield ast.unparse(node.exc.func)


def defined(tree: ast.Module) -> set[str]:
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef)}


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_nothing_imports_to_its_right(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return  # the package's root shows what all rooms have
    assert room in ROOMS, f"a room without a place: {room}"
    allowed = set(ROOMS[: ROOMS.index(room) + 1])
    entered = rooms_entered(imported(ast.parse(path.read_text())))
    assert entered <= allowed, f"{relative(path)} reaches to its right: {entered - allowed}"


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_only_two_rooms_know_docker_py(path: Path) -> None:
    names = {name.split(".")[0] for name in imported(ast.parse(path.read_text()))}
    if room_of(path) not in USES_DOCKER:
        assert "docker" not in names


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_figures_do_not_know_jupyter(path: Path) -> None:
    names = {name.split(".")[0] for name in imported(ast.parse(path.read_text()))}
    if room_of(path) in {"errors", "engines", "lab", "observe", "figures"}:
        assert not names & {"IPython", "ipywidgets", "ipykernel", "jupyterlab", "anywidget"}


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_what_is_raised_is_of_our_tree(path: Path) -> None:
    name = relative(path)
    if name.startswith(tuple(RUNS_ELSEWHERE)):
        return
    tree = ast.parse(path.read_text())
    for what in raised(tree):
        if hasattr(builtins, what):
            inside = STAYS_INSIDE.get((name, what))
            allowed = PROTOCOL | ({"KeyError"} if name in MAPPINGS else set())
            assert what in allowed or inside in defined(tree), f"{name} raises {what}: use one of errors.py"
        elif what not in PROTOCOL and what not in defined(tree):
            # a class, or a function that makes the error to be raised
            assert what.split(".")[-1] in errors.__all__, f"{name} raises {what}: use one of errors.py"


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    assert {line.split()[0] for line in _drawing()} == set(errors.__all__)
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.DockernetError)


def _drawing() -> list[str]:
    assert errors.__doc__
    lines = [line.strip("│├└─ ") for line in errors.__doc__.splitlines() if "──" in line]
    return ["DockernetError", *lines]


def test_the_command_starts_without_jupyter_and_matplotlib() -> None:
    heavy = "{'matplotlib', 'IPython', 'nbformat', 'pyroute2'}"
    program = f"import sys, dockernet_course.cli; sys.exit(str({heavy} & set(sys.modules) or ''))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stderr.strip() == ""


def test_there_are_modules_to_check() -> None:
    assert len(MODULES) > 20 and {"engines", "lab", "observe", "cli"} <= {room_of(path) for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_a_module_holds_one_idea(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 300
