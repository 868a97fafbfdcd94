"""What the repository says about itself agrees: versions, commands, files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from packaging.requirements import Requirement
from packaging.version import Version

from tests.groups import GROUPS
from tools.picture import stored_map

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
TEXTS = ("README.md", "CONTRIBUTING.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")))
SHOWN = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "environment.yml", "Makefile", ".ci/run")


def wanted() -> list[Requirement]:
    extra = [text for texts in PROJECT["optional-dependencies"].values() for text in texts]
    return [Requirement(text) for text in [*PROJECT["dependencies"], *extra]]


def pinned() -> Iterator[Requirement]:
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield Requirement(line)


def test_constraints_pin_each_version_and_name_no_registry() -> None:
    for requirement in pinned():
        assert [spec.operator for spec in requirement.specifier] == ["=="], requirement
        assert requirement.url is None
    assert not re.search(r"://|--", (ROOT / "constraints.txt").read_text("utf-8"))


@pytest.mark.parametrize("requirement", wanted(), ids=lambda requirement: requirement.name)
def test_constraints_pin_what_we_depend_on(requirement: Requirement) -> None:
    pins = [pin for pin in pinned() if pin.name == requirement.name]
    assert pins, "make constraints"
    for pin in pins:
        (spec,) = pin.specifier
        assert Version(spec.version) in requirement.specifier


@pytest.mark.parametrize("requirement", wanted(), ids=lambda requirement: requirement.name)
def test_each_dependency_has_a_lowest_version_with_which_it_is_tested(requirement: Requirement) -> None:
    assert [spec.operator for spec in requirement.specifier] == [">="]


def test_the_installer_is_pinned_too() -> None:
    assert "uv" in {pin.name for pin in pinned()}


def test_one_version_everywhere() -> None:
    assert version("dockernet-course") == PROJECT["version"]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## {re.escape(PROJECT['version'])}\b", changes, re.MULTILINE)


@pytest.mark.parametrize("name", SHOWN)
def test_a_file_that_people_look_for(name: str) -> None:
    assert (ROOT / name).stat().st_size > 100


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    return set(" ".join(re.findall(r"^([a-z][a-z -]*):", makefile, re.MULTILINE)).split())


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", ".ci/run"])
def test_commands_in_the_texts_exist(name: str) -> None:
    used = set(re.findall(r"\bmake (?:[A-Z]+=\S+ )*([a-z][a-z-]+)", (ROOT / name).read_text("utf-8")))
    assert used and used <= targets(), used - targets()


def test_the_readme_begins_with_one_command_for_the_work_and_one_for_the_tests() -> None:
    shown = (ROOT / "README.md").read_text("utf-8").partition("```console")[2].partition("```")[0]
    assert re.findall(r"^make ([a-z-]+)", shown, re.MULTILINE) == ["course", "test"]


def test_the_workflow_makes_each_target_that_tests_on_a_machine_of_its_own() -> None:
    """All but the long twins, and those for other versions of what is depended on."""
    (job,) = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text("utf-8"))["jobs"].values()
    made = job["strategy"]["matrix"]["target"]
    run = (ROOT / ".ci/run").read_text("utf-8")
    assert job["steps"][-1]["run"] == ".ci/run ${{ matrix.target }}"
    assert made == re.findall(r"^    (test[a-z-]*)\) step .* make \1 ;;$", run, re.MULTILINE)
    assert set(made) == {name for name in targets() if re.fullmatch(r"test(-(?!all|newest|lowest)[a-z]+)?", name)}


def test_before_a_commit_the_projects_own_ruff_looks() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert repository["repo"] == "local", "the version is that of constraints.txt"
    asked = {" ".join(hook["entry"].split()[:2]) for hook in repository["hooks"]}
    assert asked == {f".venv/bin/{' '.join(command[:2])}" for _, command in GROUPS["lint"]}


def anchors(page: Path) -> set[str]:
    """The names that a page's headings have: small letters, hyphens for spaces, without other signs."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", TEXTS)
def test_links_of_the_texts_lead_somewhere(name: str) -> None:
    for found in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", (ROOT / name).read_text("utf-8")):
        path, _, anchor = "".join(found).partition("#")
        if path.startswith("https://"):
            continue
        page = (ROOT / name).parent / path if path else ROOT / name
        assert page.exists(), f"{name}: {path}"
        assert not anchor or page.suffix != ".md" or anchor in anchors(page), f"{name}: {path}#{anchor}"


# Where the pages look for the files that they name; a name alone may be anywhere in the package and the tests.
PLACES = ("", "dockernet_course", "dockernet_course/engines")
WALKS = ("experiments/walk", "experiments/in_observer", "figures/walk")
FOLDERS = "|".join(path.name for place in PLACES for path in sorted((ROOT / place).iterdir()) if path.is_dir())
FILE = re.compile(rf"[\w.*-]+(/[\w.*-]+)*\.(py|js|css|toml|sh|md|yml|ipynb)|({FOLDERS})(/[\w.*-]+)*/?")


def named(name: str) -> set[str]:
    """The files and folders that a text names in backticks, outside of its drawings and of links to elsewhere."""
    text = re.sub(r"^```.*?^```|\[[^]]*\]\(https:[^)]*\)", "", (ROOT / name).read_text("utf-8"), flags=re.M | re.S)
    return {word for word in re.findall(r"`([^`\n]+)`", text) if FILE.fullmatch(word) and "KEY" not in word}


def is_there(name: str, word: str) -> bool:
    """Whether there is such a file; in its name NN stands for a number, NAME for any name."""
    pattern = word.rstrip("/").replace("NN-name", "NN-*").replace("NN", "[0-9][0-9]").replace("NAME", "*")
    places = [ROOT / place for place in PLACES]
    places += [ROOT / "dockernet_course" / place for place in WALKS if name == "docs/walk.md"]
    anywhere = [ROOT / place for place in ("dockernet_course", "tests") if "/" not in word]
    return any(any(place.glob(pattern)) for place in places) or any(any(place.rglob(pattern)) for place in anywhere)


@pytest.mark.parametrize("name", TEXTS)
def test_files_that_the_texts_name_are_there(name: str) -> None:
    assert [word for word in sorted(named(name)) if not is_there(name, word)] == []


def test_a_file_that_is_not_there_would_be_found() -> None:
    assert "dockernet_course/widgets/NAME.js" in named("CONTRIBUTING.md") and "ends.py" in named("docs/walk.md")
    assert not is_there("docs/map.md", "figures/map/nowhere.py") and not is_there("docs/map.md", "nowhere.py")
    assert not is_there("docs/map.md", "figures/*_nowhere.py") and is_there("docs/map.md", "figures/*/page_view.py")


def test_the_picture_of_the_readme_is_one_that_a_chapter_stores() -> None:
    assert (ROOT / "docs/map.png").read_bytes() == stored_map(), "make notebooks"
