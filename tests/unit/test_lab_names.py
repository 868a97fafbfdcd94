"""Names and quoted text: Docker's rule, and nothing foreign that could do harm in a message."""

from __future__ import annotations

import pytest

from dockernet_course.errors import InvalidName
from dockernet_course.lab.names import checked, free, quoted


@pytest.mark.parametrize("name", ["web", "a1", "0x", "A.b_c-d", "w" * 80])
def test_names_that_docker_accepts(name: str) -> None:
    assert checked(name, "container") == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a",
        "-web",
        ".web",
        "_web",
        "we b",
        "web\n",
        "w/b",
        "wéb",
        "<b>x</b>",
        "$(reboot)",
        "a;b",
        "a\x1b[2J",
        None,
        7,
    ],
)
def test_names_that_docker_refuses(name: object) -> None:
    with pytest.raises(InvalidName) as caught:
        checked(name, "container")
    assert repr(name) in caught.value.what
    assert "\x1b" not in str(caught.value)
    assert caught.value.cure


def test_quoted_is_short_and_closed() -> None:
    assert quoted("x" * 500) == "'" + "x" * 59 + "…'"
    assert quoted("a\x1b[31m\u202eb") == "'a\\x1b[31m\\u202eb'"


def test_the_first_free_name() -> None:
    assert free("web", []) == "web"
    assert free("web", ["web"]) == "web-2"
    assert free("web", ["web", "web-2", "web-4"]) == "web-3"
