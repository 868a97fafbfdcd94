"""What commands printed, as a terminal shows it."""

from __future__ import annotations

from dockernet_course.lab import Output


def test_it_reads_like_a_terminal() -> None:
    output = Output("docker exec web hostname", "web\n")
    assert repr(output) == "$ docker exec web hostname\nweb"
    assert str(output) == "web\n"
    assert "web" in output and "db" not in output
    assert output.ok and not Output("false", "", 1).ok
    assert repr(Output("true", "", prompt="host$")) == "host$ true"


def test_a_notebook_gets_plain_text_only() -> None:
    special = [name for name in dir(Output) if name.startswith("_repr_")]
    assert special == []  # plain text is shown as text, so that HTML in it does nothing
