"""The house rules that a parser can check: data flows one way, one boundary to docker-py, one tree of errors."""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import dockernet_course
from dockernet_course import errors
from dockernet_course.lab.observer import source

PACKAGE = Path(dockernet_course.__file__).parent
ROOMS = (  # nothing imports to its right
    *("errors", "processes", "files", "scratch", "locking", "settings"),
    *("engines", "lab", "observe", "experiments", "rehearsal", "capabilities", "figures", "widgets", "lessons"),
    *("course", "cli"),
)
FLOORS = {  # a room's folders, from the ground up: nothing imports from above
    "engines": ("wire", "inside", "keeper", "build", "find"),
    "figures": ("drawing", "map", "film", "walk", "matrix"),
}
USES_DOCKER = {"engines", "lab"}
KNOW_NO_JUPYTER = {"errors", "engines", "lab", "observe", "rehearsal", "figures"}

# What runs in a process or a machine of its own, without what is installed: the standard library, and these.
APART = {
    "engines/inside": {"engines/inside", "engines/wire"},
    "engines/keeper": {"engines/keeper", "engines/inside", "engines/wire", "errors", "locking", "settings"},
    "engines/wire": {"engines/wire"},
    "lab/in_observer": set[str](),
    "observe/in_observer": {"observe/in_observer"},
    "experiments/in_observer": set[str](),
}

# Modules that run where the package is not: inside a container or a machine, or as the first process of a capsule.
# Errors of the system are what they have; whoever started them turns these into ours.
RUNS_ELSEWHERE = ("engines/inside", "lab/in_observer", "observe/in_observer", "experiments/in_observer")

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


@dataclass(frozen=True)
class Module:
    """A file of the package: its path below it, its tree, the names of all that it imports, wherever it does."""

    path: str
    tree: ast.Module
    lines: int
    imports: tuple[str, ...]

    @property
    def room(self) -> str:
        return self.path.split("/")[0].removesuffix(".py")


def module(path: str, text: str) -> Module:
    tree = ast.parse(text)
    return Module(path, tree, len(text.splitlines()), tuple(imported(tree)))


def imported(tree: ast.Module) -> Iterator[str]:
    """Full names of everything imported, also inside of functions and for types only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def read(folder: Path) -> dict[str, Module]:
    """The package's modules by their paths."""
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.py"))}
    return {name: module(name, path.read_text()) for name, path in paths.items()}


HOUSE = read(PACKAGE)


def file_of(name: str, house: Mapping[str, Module]) -> str:
    """The file in which an imported name is: ``dockernet_course.lab.Lab`` is in lab/__init__.py; else empty."""
    parts = name.split(".")
    if parts[0] != PACKAGE.name:
        return ""
    below = "/".join(parts[1:])
    candidates = (f"{below}.py", f"{below}/__init__.py", *(f"{Path(below).parent}{end}" for end in ENDS))
    return next((found for found in candidates if found in house), "__init__.py")


ENDS = (".py", "/__init__.py")


def ours(one: Module, house: Mapping[str, Module]) -> list[tuple[str, str]]:
    """What a module imports of the package: names below it, and their files."""
    found = [(name, file_of(name, house)) for name in one.imports]
    return [(name.partition(".")[2], file) for name, file in found if file]


def rooms_to_the_right(house: Mapping[str, Module]) -> Iterator[str]:
    for one in house.values():
        if one.path == "__init__.py":
            continue  # the package's root shows what all rooms have
        if one.room not in ROOMS:
            yield f"{one.path}: a room without a place"
            continue
        rooms = {file.split("/")[0].removesuffix(".py") for _, file in ours(one, house)}
        yield from (f"{one.path} imports {room}" for room in sorted(rooms - {*ROOMS[: ROOMS.index(one.room) + 1]}))


def folders_above(house: Mapping[str, Module]) -> Iterator[str]:
    for one in house.values():
        room, *rest = one.path.split("/")
        floors = FLOORS.get(room, ())
        if not floors or len(rest) < 2:
            continue  # the face shows what all floors have
        if rest[0] not in floors:
            yield f"{one.path}: a folder without a place"
            continue
        allowed = floors[: floors.index(rest[0]) + 1]
        for _, file in ours(one, house):
            if file.startswith(f"{room}/") and file.split("/")[1] not in allowed:
                yield f"{one.path} imports {file}"


def faces(house: Mapping[str, Module]) -> dict[str, set[str]]:
    """What each package shows: the names in its ``__all__``."""
    found = {}
    for path, one in house.items():
        if path.endswith("/__init__.py"):
            lists = [
                n.value for n in one.tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__"
            ]
            found[path.removesuffix("/__init__.py")] = {name for value in lists for name in ast.literal_eval(value)}
    return found


def past_the_face(house: Mapping[str, Module]) -> Iterator[str]:
    """Imports of another room's things that none of its faces shows."""
    shown = faces(house)
    for one in house.values():
        for name, file in ours(one, house):
            *where, what = name.split(".")
            if file.split("/")[0] == one.room or "/" not in file or not where:
                continue  # its own room, one that is a single file, or the face itself
            if what not in shown.get("/".join(where), ()):
                yield f"{one.path} imports {name}"


def circles(house: Mapping[str, Module]) -> Iterator[str]:
    """Files that import each other, by whatever way: from each, the shortest way back to it."""
    edges = {path: sorted({file for _, file in ours(one, house)} - {path}) for path, one in house.items()}
    for start in edges:
        ways = [[start]]
        seen: set[str] = set()
        for way in ways:
            for file in edges[way[-1]]:
                if file == start and start == min(way):
                    yield " → ".join([*way, start])
                if file not in seen:
                    seen.add(file)
                    ways.append([*way, file])


def apart_with_more(house: Mapping[str, Module]) -> Iterator[str]:
    for one in house.values():
        folder = one.path.rpartition("/")[0]
        if folder not in APART or one.path.endswith("__init__.py"):
            continue
        for name in one.imports:
            file = file_of(name, house)
            near = file.rpartition("/")[0] or file.removesuffix(".py")
            if near not in APART[folder] if file else name.partition(".")[0] not in sys.stdlib_module_names:
                yield f"{one.path} imports {name}"


def who_know_docker_py(house: Mapping[str, Module]) -> Iterator[str]:
    yield from (one.path for one in house.values() if one.room not in USES_DOCKER and "docker" in outer(one))


def who_know_jupyter(house: Mapping[str, Module]) -> Iterator[str]:
    jupyter = {"IPython", "ipywidgets", "ipykernel", "jupyterlab", "anywidget"}
    yield from (one.path for one in house.values() if one.room in KNOW_NO_JUPYTER and jupyter & outer(one))


def outer(one: Module) -> set[str]:
    return {name.partition(".")[0] for name in one.imports}


def foreign_errors(house: Mapping[str, Module]) -> Iterator[str]:
    for one in house.values():
        if one.path.startswith(RUNS_ELSEWHERE):
            continue
        here = defined(one.tree)
        for what in raised(one.tree):
            if hasattr(builtins, what):
                allowed = PROTOCOL | ({"KeyError"} if one.path in MAPPINGS else set())
                good = what in allowed or STAYS_INSIDE.get((one.path, what)) in here
            else:  # a class, or a function that makes the error to be raised
                good = what in PROTOCOL | here or what.split(".")[-1] in errors.__all__
            if not good:
                yield f"{one.path} raises {what}: use one of errors.py"


def raised(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield ast.unparse(node.exc.func)


def defined(tree: ast.Module) -> set[str]:
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef)}


def names_of_two(house: Mapping[str, Module]) -> Iterator[str]:
    """Classes of one name in two files: who searches for it finds the other one."""
    found: dict[str, list[str]] = {}
    for one in house.values():
        for node in one.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(one.path)
    yield from (f"{name} in {' and '.join(where)}" for name, where in found.items() if len(where) > 1)


def too_long(house: Mapping[str, Module]) -> Iterator[str]:
    yield from (f"{one.path}: {one.lines} lines" for one in house.values() if one.lines >= 300)


Rule = Callable[[Mapping[str, Module]], Iterable[str]]
RULES: tuple[Rule, ...] = (
    *(rooms_to_the_right, folders_above, past_the_face, circles, apart_with_more),
    *(who_know_docker_py, who_know_jupyter, foreign_errors, names_of_two, too_long),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_nobody_breaks_the_rule(rule: Rule) -> None:
    assert list(rule(HOUSE)) == []


# For each rule, somebody who breaks it: a file of the house, and what it imports or does besides.
BREAKERS: list[tuple[Rule, str, str, str]] = [
    (rooms_to_the_right, "lab/spec.py", "from dockernet_course import figures", "lab/spec.py imports figures"),
    (
        *(folders_above, "engines/keeper/state.py", "from dockernet_course.engines.build import pack"),
        "engines/keeper/state.py imports engines/build/pack.py",
    ),
    (
        *(folders_above, "figures/drawing/canvas.py", "from dockernet_course.figures.map.scene import Scene"),
        "figures/drawing/canvas.py imports figures/map/scene.py",
    ),
    (
        *(past_the_face, "figures/map/scene.py", "from dockernet_course.observe.model import Topology"),
        "figures/map/scene.py imports observe.model.Topology",
    ),
    (
        *(past_the_face, "cli/output.py", "from dockernet_course.engines.find import own"),
        "cli/output.py imports engines.find.own",
    ),
    (
        *(circles, "lab/lease.py", "def f():\n    from dockernet_course.lab import session"),
        "lab/lease.py → lab/session.py → lab/lease.py",
    ),
    (
        *(
            circles,
            "experiments/walk/model.py",
            "if TYPE_CHECKING:\n    from dockernet_course.experiments.walk import text",
        ),
        "experiments/walk/model.py → experiments/walk/text.py → experiments/walk/model.py",
    ),
    (apart_with_more, "engines/keeper/base.py", "import docker.tls", "engines/keeper/base.py imports docker.tls"),
    (
        *(apart_with_more, "engines/inside/agent.py", "from dockernet_course import errors"),
        "engines/inside/agent.py imports dockernet_course.errors",
    ),
    (
        *(apart_with_more, "engines/keeper/vm.py", "from dockernet_course.engines.build import snapshot"),
        "engines/keeper/vm.py imports dockernet_course.engines.build.snapshot",
    ),
    (who_know_docker_py, "observe/diff.py", "def f():\n    import docker.errors", "observe/diff.py"),
    (who_know_jupyter, "figures/map/picture.py", "from ipywidgets import HTML", "figures/map/picture.py"),
    (
        *(foreign_errors, "lab/spec.py", "raise ValueError('no')"),
        "lab/spec.py raises ValueError: use one of errors.py",
    ),
    (names_of_two, "lab/spec.py", "class Topology:\n    pass", "Topology in lab/spec.py and observe/model.py"),
    (too_long, "lab/spec.py", "\n" * 300, "lab/spec.py: "),
]


@pytest.mark.parametrize(("rule", "path", "more", "told"), BREAKERS, ids=[f"{b[0].__name__}-{b[1]}" for b in BREAKERS])
def test_who_breaks_a_rule_is_named(rule: Rule, path: str, more: str, told: str) -> None:
    broken = {**HOUSE, path: module(path, f"{(PACKAGE / path).read_text()}\n{more}\n")}
    assert [line for line in rule(broken) if line.startswith(told)]


SCRIPTS = [path for path in HOUSE if path.split("/")[1:2] == ["in_observer"] and not path.endswith("__init__.py")]


@pytest.mark.parametrize("path", SCRIPTS)
def test_what_is_put_together_for_the_observer_needs_nothing_else(path: str) -> None:
    """A file of the same folder stands in place of its import, so no two of them may give one name to two things."""
    room, _, name = path.split("/")
    whole = module(path, source(room, name))
    assert [each for each in whole.imports if each.startswith(PACKAGE.name)] == []
    named = [node.name for node in whole.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    values = [
        n.id
        for node in whole.tree.body
        if isinstance(node, ast.Assign)
        for n in ast.walk(node)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]
    assert sorted({*named, *values}) == sorted([*named, *values])


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    assert {line.split()[0] for line in _drawing()} == set(errors.__all__)
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.DockernetError)


def _drawing() -> list[str]:
    assert errors.__doc__
    lines = [line.strip("│├└─ ") for line in errors.__doc__.splitlines() if "──" in line]
    return ["DockernetError", *lines]


def test_the_command_starts_without_jupyter_and_matplotlib() -> None:
    heavy = "{'matplotlib', 'IPython', 'nbformat'}"
    program = f"import sys, dockernet_course.cli; sys.exit(str({heavy} & set(sys.modules) or ''))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stderr.strip() == ""


def test_there_are_modules_to_check() -> None:
    assert len(HOUSE) > 200 and {*ROOMS} <= {one.room for one in HOUSE.values()}
