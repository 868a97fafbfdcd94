"""Commands where the notebook runs."""

from __future__ import annotations

import pytest

from dockernet_course.errors import WaitTimeout
from dockernet_course.lab import here


def test_what_it_prints_and_how_it_ended() -> None:
    done = here("echo out; echo err >&2; exit 3")
    assert (done.text, done.exit_code, done.ok) == ("out\nerr\n", 3, False)
    assert repr(done) == "notebook$ echo out; echo err >&2; exit 3\nout\nerr"


def test_one_that_does_not_end() -> None:
    with pytest.raises(WaitTimeout, match=r"0\.1 seconds: exec sleep 5"):
        here("exec sleep 5", timeout=0.1)


def test_shown_in_the_middle_of_a_cell(capsys: pytest.CaptureFixture[str]) -> None:
    here("echo yes").show()
    assert capsys.readouterr().out == "notebook$ echo yes\nyes\n"
