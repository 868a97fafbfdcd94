"""What the repository says about itself agrees: versions, commands, files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tools.picture import stored_map

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
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


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", ".ci/run"])
def test_commands_in_the_texts_exist(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(" ".join(re.findall(r"^([a-z][a-z -]*):", makefile, re.MULTILINE)).split())
    used = set(re.findall(r"\bmake (?:[A-Z]+=\S+ )*([a-z][a-z-]+)", (ROOT / name).read_text("utf-8")))
    assert used and used <= targets, used - targets


def test_links_of_the_texts_lead_somewhere() -> None:
    for name in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", (ROOT / name).read_text("utf-8")):
            path = "".join(target)
            assert path.startswith("https://") or (ROOT / path).exists(), f"{name}: {path}"


def test_the_picture_of_the_readme_is_one_that_a_chapter_stores() -> None:
    assert (ROOT / "docs/map.png").read_bytes() == stored_map(), "make notebooks"
